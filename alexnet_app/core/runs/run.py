"""The run folder: create it, open it to write its events, read them back, follow another process that writes them."""

import os
import queue
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import (
    Event,
    FiltersSeen,
    Measured,
    NormalizationSeen,
    Resumed,
    RunEnded,
    Skipped,
    StepsDone,
)
from alexnet_app.core.files import open_to_append, replace_file, unwritable
from alexnet_app.core.foreign import MissingError, check_regular, open_regular, read_text
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.lock import LOCK, OWNER, is_held
from alexnet_app.core.runs.reading import Arriving, Past, lasting, read_ends, read_past
from alexnet_app.core.steering import Command, Leave

IN_MASSES = (StepsDone, FiltersSeen, Measured, NormalizationSeen, Skipped)
FOLLOW_SECONDS = 0.2  # how soon a follower sees what was written
SAID = "background.txt"  # what a process of its own prints that trains the run
GONE_SECONDS = 5.0  # without a word, until a follower looks whether the run is still trained


class Run:
    """The folder of one run. Holds paths only; ``holding`` gives the one process that trains it the right to write."""

    def __init__(self, folder: Path) -> None:
        self.move_to(folder)

    def move_to(self, folder: Path) -> None:
        """Is the run in ``folder`` from now on: its own may be gone while it is trained."""
        self.folder = folder
        self.config_file = folder / "config.toml"
        self.events_file = folder / "events.jsonl"
        self.commands_file = folder / "commands.jsonl"
        self.resume_file = folder / "resume.safetensors"
        self.last_file = folder / "last.alexnet"
        self.best_file = folder / "best.alexnet"
        self.filters_folder = folder / "filters"
        self.log_file = folder / "log.txt"
        self.lock_file = folder / LOCK
        self.name_file = folder / "name.json"
        self.said_file = folder / SAID

    @property
    def replaced_files(self) -> tuple[Path, ...]:
        """What is written beside and renamed."""
        return self.config_file, self.resume_file, self.last_file, self.best_file

    @property
    def grown_files(self) -> tuple[Path, ...]:
        """What is written where it is."""
        return self.events_file, self.commands_file, self.log_file, self.lock_file, self.folder / OWNER

    @classmethod
    def create(cls, folder: Path, config: str) -> "Run":
        """A new run with the TOML text ``config``. UserError if the folder has something in it or cannot be made."""
        run = cls(folder.absolute())
        is_new = not run.folder.exists()
        try:
            if run.folder.exists() and any(run.folder.iterdir()):
                raise UserError(
                    "the run folder {folder} is not empty",
                    hint=Way.OTHER_RUN_FOLDER,
                    folder=folder,
                )
            run.filters_folder.mkdir(parents=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        try:
            replace_file(run.config_file, lambda temporary: temporary.write_text(config, encoding="utf-8"))
        except BaseException:
            with suppress(OSError):  # the next try is to find it as this one did
                run.filters_folder.rmdir()
                if is_new:
                    run.folder.rmdir()
            raise
        return run

    @classmethod
    def existing(cls, folder: Path) -> "Run":
        """The run in ``folder``; UserError if there is none."""
        run = cls(folder.absolute())
        if not os.path.lexists(run.config_file):
            raise UserError(
                "{folder} is not a run folder: it has no config.toml", hint="choose a run folder", folder=folder
            )
        check_regular(run.config_file, links=False)
        return run

    def has_started(self) -> bool:
        """Whether it has made a step. UnreadableError where its events cannot be read."""
        return any(isinstance(event, StepsDone) for event in self.events())

    def discard_unstarted(self) -> None:
        """Removes the folder of a run that never made a step, so that the next try can have its name."""
        if self.has_started():
            return
        if self.filters_folder.is_symlink():
            return  # what it leads to is not of this run
        with suppress(OSError):
            snapshots = self.filters_folder.glob("*.npy")
            own = (self.config_file, self.events_file, self.log_file, self.lock_file, self.name_file)
            for file in (*own, self.said_file, self.commands_file, *snapshots):
                file.unlink(missing_ok=True)
            self.filters_folder.rmdir()
            self.folder.rmdir()

    def past(self, *without: type[Event]) -> Past:
        """What its events say, but for the kinds ``without``. UnreadableError where they cannot be read."""
        return read_past(self.events_file, without)

    def events(self, *without: type[Event]) -> list[Event]:
        """All events that hold, in order, but for the kinds ``without``: what a resume has undone is left out.

        UnreadableError where they cannot be read.
        """
        return self.past(*without).lasting()

    def outline(self, without: tuple[type[Event], ...] = IN_MASSES) -> Past:
        """What its events say of how it stands: without what comes in masses, and of a long run only the beginning and
        the end, for which a list of many runs and the window can wait. UnreadableError where they cannot be read.
        """
        return read_ends(self.events_file, without)

    def events_until(self, place: int, *without: type[Event]) -> list[Event] | None:
        """The events that held when ``events.jsonl`` was ``place`` bytes long, but for the kinds ``without``; None
        where lines are gone: it has none that ends there, or a resume was told of more than were left before it.
        """
        if place and self._byte_before(place) != b"\n":
            return None
        before = [line for line in self.past(*without).found if line[0] < place]
        if any(isinstance(event, Resumed) and event.position > at for at, event in before):
            return None
        return [event for _, event in lasting(before)]

    def _byte_before(self, place: int) -> bytes:
        """The byte of ``events.jsonl`` before ``place``; none where it is shorter."""
        try:
            with open_regular(self.events_file, links=False) as file:
                if place > os.fstat(file.fileno()).st_size:  # nobody can go there
                    return b""
                file.seek(place - 1)
                return file.read(1)
        except MissingError:
            return b""

    def ended(self) -> RunEnded | None:
        """How the run ended, or None while it can go on from where it was broken off."""
        last = next(reversed(self.outline().lasting()), None)
        return last if isinstance(last, RunEnded) else None

    def is_being_written(self) -> bool:
        """Whether a process trains this run now."""
        return is_held(self.folder)

    def lines_from(self, place: int) -> list[bytes]:
        """The whole lines of ``events.jsonl`` from ``place`` on, also those of events that this version knows not."""
        try:
            with open_regular(self.events_file, links=False) as file:
                file.seek(place)
                return file.read(Arriving.AT_ONCE).split(b"\n")[:-1]
        except MissingError:
            return []

    def ask(self, command: Command) -> None:
        """Asks the process that trains this run, from another process."""
        try:
            with open_to_append(self.commands_file) as file:
                file.write(to_line(command, time.time()).encode() + b"\n")
        except OSError as error:
            raise unwritable(self.commands_file, error) from error

    def follow(self, stopping: queue.SimpleQueue[Command], after: int = 0) -> Iterator[Event]:
        """Yields the run's events, first the past ones, then as another process writes them, until it ends.

        Commands from ``stopping`` are passed on to that process; ``Leave`` ends this alone. It ends too when that
        process is gone without a word. The past is as ``events`` gives it; with ``after``, the place in bytes to which
        it was read before, only what comes behind it.
        """
        past = Past(end=after) if after else self.past()
        past.found = [(place, event) for place, event in past.found if place < past.end]  # the rest is still arriving
        arriving = Arriving(self.events_file, past.end)
        yield from past.lasting()
        # while a resume prepares, the end before it still stands there: it is none
        last = past.found[-1][1] if past.found and not self.is_being_written() else None
        heard = time.monotonic()
        while not isinstance(last, RunEnded):
            with suppress(queue.Empty):
                command = stopping.get(timeout=FOLLOW_SECONDS)
                if isinstance(command, Leave):
                    return
                self.ask(command)
            is_written, events = arriving.read()
            if is_written:
                heard = time.monotonic()
            elif time.monotonic() - heard > GONE_SECONDS:
                if not self.is_being_written():
                    return
                heard = time.monotonic()
            for last in events:
                yield last


def read_config_text(run: Run) -> str:
    """The text of the run's configuration; UserError if it cannot be read."""
    return read_text(run.config_file, links=False)
