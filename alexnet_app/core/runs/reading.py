"""Reading the events of a run, whoever wrote them: within bounds, and what this version does not know is counted."""

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from alexnet_app.core.errors import cause
from alexnet_app.core.events import CheckpointSaved, Event, Resumed
from alexnet_app.core.foreign import MissingError, open_regular, unreadable
from alexnet_app.core.runs.lines import event_from_line, event_or_newer

MOST_LINE = 4 << 20  # bytes; a second of the fastest training has some thousand losses, 100 KB
MOST_BYTES = 1 << 30  # of all events; a month of training has half of that
MOST_EVENTS = 1_000_000  # that are read, without those that a reader does not ask for
HEAD, TAIL = 1 << 20, 4 << 20  # bytes that are read of each run in a list; an epoch of an hour has 2 MB
MOST_LISTED = 6_000  # events that are read at either end of these, without those in masses
MOST_BROKEN = 10_000  # lines that are none: each kill of a training leaves one
MOST_BROKEN_BYTES = 8 << 20  # in these


@dataclass(slots=True)
class Past:
    """What ``events.jsonl`` holds: each event with the place in bytes where its line begins; ``newer`` lines are events
    that this version does not know, ``broken`` ones none at all. ``end`` is behind the last whole line. Not ``whole``
    is what was read at its two ends only.
    """

    found: list[tuple[int, Event]] = field(default_factory=list)
    newer: int = 0
    broken: int = 0
    broken_bytes: int = 0
    end: int = 0
    whole: bool = True

    def lasting(self) -> list[Event]:
        """The events that hold: without what a resume has undone."""
        return [event for _, event in lasting(self.found)]


def read_past(path: Path, without: tuple[type[Event], ...] = (), most: int = MOST_EVENTS) -> Past:
    """What ``path`` holds but for the kinds ``without``, ``most`` events; nothing where it is not there.

    Raises UnreadableError where it is not a file that a training can have written.
    """
    skipped = tuple(f'{{"event": "{kind.__name__}"'.encode() for kind in without)
    past = Past()
    try:
        with open_regular(path, links=False) as file:
            _check_bytes(path, os.fstat(file.fileno()).st_size)  # a file of nothing but holes takes long to be read
            for place, line in lines_in(file):
                # to_line writes the kind first: lines of other kinds need not be parsed
                if not (skipped and line.startswith(skipped)):
                    take(past, place, line)
                check_size(path, past, place, most)
                past.end = place + len(line) if line.endswith(b"\n") else past.end
    except MissingError:
        return past
    except OSError as error:
        raise unreadable(path, cause(error)) from error
    return past


def read_ends(path: Path, without: tuple[type[Event], ...]) -> Past:
    """What ``path`` holds but for the kinds ``without``, of a long file at its beginning and its end only: in a list of
    many runs none may take long. Nothing where it is not there; raises as ``read_past``.
    """
    past = Past()
    try:
        with open_regular(path, links=False) as file:
            size = os.fstat(file.fileno()).st_size
            _check_bytes(path, size)
            lines, past.whole = _lines_at_ends(file, size, without)
    except MissingError:
        return past
    except OSError as error:
        raise unreadable(path, cause(error)) from error
    if len(lines) > 2 * MOST_LISTED:
        lines, past.whole = lines[:MOST_LISTED] + lines[-MOST_LISTED:], False
    for place, line in lines:
        take(past, place, line)
        past.end = place + len(line) if line.endswith(b"\n") else past.end
    check_size(path, past, past.end, len(lines))
    return past


def _lines_at_ends(file: BinaryIO, size: int, without: tuple[type[Event], ...]) -> tuple[list[tuple[int, bytes]], bool]:
    """The lines of the first HEAD and the last TAIL bytes that are not of the kinds ``without``, and whether these are
    all. A line of which a part lies between the two is left out.
    """
    # to_line writes the kind first: lines of other kinds need not be parsed
    kinds = "|".join(kind.__name__ for kind in without)
    wanted = re.compile(rb'^(?!{"event": "(?:' + kinds.encode() + rb')").+\n?', re.MULTILINE)
    if size <= HEAD + TAIL:
        return [(each.start(), each.group()) for each in wanted.finditer(file.read(HEAD + TAIL))], True
    head = file.read(HEAD)
    begin = file.seek(size - TAIL)
    tail = file.read(TAIL)
    first = tail.find(b"\n") + 1 or len(tail)
    lines = [(each.start(), each.group()) for each in wanted.finditer(head, 0, head.rfind(b"\n") + 1)]
    lines += [(begin + each.start(), each.group()) for each in wanted.finditer(tail, first)]
    return lines, False


def take(past: Past, place: int, line: bytes) -> None:
    """Puts the event in ``line``, which begins at ``place``, into ``past``, or counts what is none."""
    event, is_newer = event_or_newer(line) if len(line) < MOST_LINE else (None, False)
    if event is not None:
        past.found.append((place, event))
    elif is_newer:
        past.newer += 1
    elif line.endswith(b"\n"):  # the last line may be written just now
        past.broken += 1
        past.broken_bytes += len(line)


def _check_bytes(path: Path, size: int) -> None:
    if size > MOST_BYTES:
        raise unreadable(path, f"it has more than {MOST_BYTES:,} bytes")


def check_size(path: Path, past: Past, place: int, most: int) -> None:
    """Raises UnreadableError where a file that was read up to ``place`` is larger or more broken than a run's."""
    _check_bytes(path, place)
    if past.broken > MOST_BROKEN or past.broken_bytes > MOST_BROKEN_BYTES:
        raise unreadable(path, f"{past.broken:,} of its lines are not events")
    if len(past.found) + past.newer > most:
        raise unreadable(path, f"it has more than {most:,} events")


def lines_in(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line with the place where it begins. Of one that is longer than MOST_LINE only the newline is given."""
    place = 0
    while line := file.readline(MOST_LINE):
        begin, place = place, place + len(line)
        if len(line) < MOST_LINE or line.endswith(b"\n"):
            yield begin, line
            continue
        while more := file.readline(MOST_LINE):
            place += len(more)
            if place > MOST_BYTES or more.endswith(b"\n"):
                break
        yield place - 1, b"\n"


class Arriving:
    """Events as another process writes them: whole lines of what is read from ``place`` on."""

    AT_ONCE = 16 << 20  # bytes that are read

    def __init__(self, path: Path, place: int) -> None:
        self._path, self._place, self._torn = path, place, b""

    def read(self) -> tuple[bool, list[Event]]:
        """Whether something was written since the last call, and the events in it."""
        fresh = self._fresh()
        self._place += len(fresh)
        *whole, torn = (self._torn + fresh).split(b"\n")
        self._torn = torn if len(torn) < MOST_LINE else b"?"  # its line is no event any more
        return bool(fresh), [event for line in whole if (event := event_from_line(line)) is not None]

    def _fresh(self) -> bytes:
        try:
            with open_regular(self._path, links=False) as file:
                file.seek(self._place)
                return file.read(self.AT_ONCE)
        except MissingError:
            return b""
        except OSError as error:
            raise unreadable(self._path, cause(error)) from error


def lasting(lines: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """Without what each resume has undone: the lines between its checkpoint and itself.

    The words that the checkpoint was saved are written after it; they hold. Gone through from the end, so that a file
    of nothing but resumes takes no longer than any other.
    """
    kept: list[tuple[int, Event]] = []
    undone = _Undone()
    for place, event in reversed(lines):
        first = undone.from_step(place)
        if first is None or (isinstance(event, CheckpointSaved) and event.step <= first):
            kept.append((place, event))
        if isinstance(event, Resumed):
            undone.add(event.position, event.step)
    kept.reverse()
    return kept


class _Undone:
    """What later resumes have undone. Of two, the one that reaches back as far and to as early a step counts."""

    def __init__(self) -> None:
        self._positions: list[int] = []  # upwards
        self._steps: list[int] = []  # downwards

    def from_step(self, place: int) -> int | None:
        """The earliest step to which a resume went back that has undone what is written at ``place``; None for none."""
        count = bisect_right(self._positions, place)
        return self._steps[count - 1] if count else None

    def add(self, position: int, step: int) -> None:
        """Takes a resume that is earlier in the file."""
        begin = bisect_right(self._positions, position)
        if begin and self._steps[begin - 1] <= step:
            return
        begin, end = bisect_left(self._positions, position), begin
        while end < len(self._steps) and self._steps[end] >= step:
            end += 1
        self._positions[begin:end], self._steps[begin:end] = [position], [step]
