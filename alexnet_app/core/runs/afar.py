"""Following a run that another machine writes, over a share that may go away: it is read only, and nothing is asked.

Whether a process trains it cannot be told from here, as locks do not reach over every share. What can be told is when
the last news came, and whether the folder can be read at all.
"""

import os
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, RunEnded
from alexnet_app.core.foreign import MissingError, UnreadableError, open_regular, unreadable
from alexnet_app.core.runs.points import step_after, timed_past
from alexnet_app.core.runs.reading import Arriving
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Leave

LOOK_SECONDS = 1.0  # between two looks at the share
STALE_SECONDS = 180.0  # without news, until that is said


@dataclass(frozen=True, slots=True)
class NoNews:
    """Nothing has come for ``seconds``; the last was of step ``step``."""

    seconds: float
    step: int


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """The folder cannot be read now, because of ``why``; it is looked for again. The last news was of step ``step``."""

    why: str
    step: int


@dataclass(frozen=True, slots=True)
class NewsAgain:
    """After one of these: the folder can be read, and there are news, or there may be some; of step ``step``."""

    step: int


Remark: TypeAlias = NoNews | OutOfReach | NewsAgain


def follow_afar(
    run: Run, stopping: "queue.SimpleQueue[Command]", clock: Callable[[], float] = time.monotonic
) -> Iterator[Event | Remark]:
    """Yields the events of ``run``, first those that hold of the past, then what comes, until it ends or ``stopping``
    has a ``Leave``; in between, in what state it is. UnreadableError where it cannot be read at the beginning.
    """
    past, end = timed_past(run)
    follower = _Follower(run, end, clock)
    for _, event in past:
        yield follower.taken(event)
    if past and past[-1][0] and not follower.is_over:
        yield from follower.aged(time.time() - past[-1][0])
    while not follower.is_over:
        try:
            if isinstance(stopping.get(timeout=LOOK_SECONDS), Leave):
                return
        except queue.Empty:
            pass
        yield from follower.look()


class _Follower:
    """What is known of the run, and how long there were no news."""

    def __init__(self, run: Run, place: int, clock: Callable[[], float]) -> None:
        self._run, self._clock, self._place = run, clock, place
        self._arriving = Arriving(run.events_file, place)
        self._step = 0
        self._heard = clock()
        self._told: type[Remark] | None = None  # what was said last that is still so
        self.is_over = False

    def taken(self, event: Event) -> Event:
        """Notes where the run is with ``event``."""
        self._step = step_after(event, self._step)
        self.is_over = isinstance(event, RunEnded)
        return event

    def aged(self, seconds: float) -> Iterator[Remark]:
        """There were no news for ``seconds`` before it was opened."""
        if seconds > STALE_SECONDS:
            self._told = NoNews
            yield NoNews(seconds, self._step)

    def look(self) -> Iterator[Event | Remark]:
        """What has come, and what is to be said of it."""
        try:
            self._place = _grown(self._run, self._place)
            is_written, events = self._arriving.read()
        except (UserError, OSError) as error:
            if self._told is not OutOfReach:
                self._told = OutOfReach
                yield OutOfReach(_why(error), self._step)
            return
        if self._told is OutOfReach or (is_written and self._told is not None):
            self._told = None
            self._heard = self._clock()
            yield NewsAgain(self._step)
        for event in events:
            yield self.taken(event)
        if is_written:
            self._heard = self._clock()
        elif self._told is None and self._clock() - self._heard > STALE_SECONDS:
            self._told = NoNews
            yield NoNews(self._clock() - self._heard, self._step)


def _grown(run: Run, place: int) -> int:
    """How many bytes the events have now, at least ``place``. UnreadableError where they are gone or fewer than they
    were: a share that shows old files, or none.
    """
    try:
        with open_regular(run.events_file, links=False) as file:
            size = os.fstat(file.fileno()).st_size
    except MissingError:
        if place or not run.folder.is_dir():
            raise
        return 0  # nothing has happened yet
    if size < place:
        raise unreadable(run.events_file, "it is shorter than it was")
    return size


def _why(error: UserError | OSError) -> str:
    return (
        error.short
        if isinstance(error, UnreadableError)
        else str(error)
        if isinstance(error, UserError)
        else cause(error)
    )
