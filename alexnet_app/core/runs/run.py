"""The run folder: create it, open it to write its events, read them back, follow another process that writes them."""

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alexnet_app.core.errors import UserError, Way, cause
from alexnet_app.core.events import CheckpointSaved, Event, Resumed, RunEnded, StepsDone
from alexnet_app.core.files import remove_leftovers, replace_file, unwritable
from alexnet_app.core.requests import Command, Leave
from alexnet_app.core.runs.event_log import EventLog
from alexnet_app.core.runs.lines import event_from_line, to_line

FOLLOW_SECONDS = 0.2  # how soon a follower sees what was written
GONE_SECONDS = 5.0  # without a word, until a follower looks whether the run is still trained


class Run:
    """The folder of one run. Holds paths only; ``opened`` gives the one process that trains it the right to write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config_file = folder / "config.toml"
        self.events_file = folder / "events.jsonl"
        self.commands_file = folder / "commands.jsonl"
        self.resume_file = folder / "resume.safetensors"
        self.last_file = folder / "last.alexnet"
        self.best_file = folder / "best.alexnet"
        self.filters_folder = folder / "filters"
        self.log_file = folder / "log.txt"

    @classmethod
    def create(cls, folder: Path, config: str) -> "Run":
        """A new run with the TOML text ``config``. UserError if the folder has something in it or cannot be made."""
        run = cls(folder.absolute())
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
        replace_file(run.config_file, lambda temporary: temporary.write_text(config, encoding="utf-8"))
        return run

    @classmethod
    def existing(cls, folder: Path) -> "Run":
        """The run in ``folder``; UserError if there is none."""
        run = cls(folder.absolute())
        if not run.config_file.is_file():
            raise UserError(
                "{folder} is not a run folder: it has no config.toml", hint="choose a run folder", folder=folder
            )
        return run

    def discard_unstarted(self) -> None:
        """Removes the folder of a run that never made a step, so that the next try can have its name."""
        if any(isinstance(event, StepsDone) for event in self.events()):
            return
        lock = self.folder / "writing.lock"
        with suppress(OSError):
            for file in (self.config_file, self.events_file, self.log_file, lock, *self.filters_folder.glob("*.npy")):
                file.unlink(missing_ok=True)
            self.filters_folder.rmdir()
            self.folder.rmdir()

    def events(self, *without: type[Event]) -> list[Event]:
        """All events that hold, in order, but for the kinds ``without``: what a resume has undone is left out."""
        return [event for _, event in _lasting(self._lines(without))]

    def ended(self) -> RunEnded | None:
        """How the run ended, or None while it can go on from where it was broken off."""
        last = next(reversed(self.events()), None)
        return last if isinstance(last, RunEnded) else None

    def is_being_written(self) -> bool:
        """Whether a process trains this run now."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / "writing.lock")
        try:
            with lock.acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # a folder that cannot be written cannot be trained
            return False

    def _lines(self, without: tuple[type[Event], ...] = ()) -> list[tuple[int, Event]]:
        """Each whole event with the place in bytes where its line begins."""
        if not self.events_file.exists():
            return []
        skipped = tuple(f'{{"event": "{kind.__name__}"'.encode() for kind in without)
        found, place = [], 0
        with self.events_file.open("rb") as file:
            for line in file:
                # to_line writes the kind first: lines of other kinds need not be parsed
                event = None if skipped and line.startswith(skipped) else event_from_line(line)
                if event is not None:
                    found.append((place, event))
                place += len(line)
        return found

    def lines_from(self, place: int) -> list[bytes]:
        """The whole lines of ``events.jsonl`` from ``place`` on, also those of events that this version knows not."""
        return self._from(place).split(b"\n")[:-1]

    def _from(self, place: int) -> bytes:
        """What ``events.jsonl`` has from ``place`` on; nothing while it is not there."""
        if not self.events_file.exists():
            return b""
        with self.events_file.open("rb") as file:
            file.seek(place)
            return file.read()

    def ask(self, command: Command) -> None:
        """Asks the process that trains this run, from another process."""
        with self.commands_file.open("ab") as file:
            file.write(to_line(command, time.time()).encode() + b"\n")

    @contextmanager
    def opened(self) -> Iterator[EventLog]:
        """The right to write into this run, which one process has at a time; UserError if another one has it."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / "writing.lock")
        try:
            lock.acquire(timeout=1.0)  # someone who only looks has it for a moment
        except Timeout:
            raise UserError(
                "another process is training the run in {folder}",
                hint="stop it first, or wait until it finishes",
                folder=self.folder,
            ) from None
        except OSError as error:
            raise unwritable(self.folder, error) from error
        try:
            self.filters_folder.mkdir(exist_ok=True)  # a folder with nothing but a configuration can be started
            remove_leftovers(self.folder)
            with EventLog(self.events_file) as log:
                yield log
        finally:
            lock.release()

    def follow(self, stopping: queue.SimpleQueue[Command]) -> Iterator[Event]:
        """Yields the run's events, first the past ones, then as another process writes them, until it ends.

        Commands from ``stopping`` are passed on to that process; ``Leave`` ends this alone. It ends too when that
        process is gone without a word. The past is as ``events`` gives it.
        """
        lines = self._lines()
        place = self.events_file.stat().st_size if self.events_file.exists() else 0
        for _, event in _lasting(lines):
            yield event
        last = lines[-1][1] if lines else None
        torn = b""
        heard = time.monotonic()
        while not isinstance(last, RunEnded):
            with suppress(queue.Empty):
                command = stopping.get(timeout=FOLLOW_SECONDS)
                if isinstance(command, Leave):
                    return
                self.ask(command)
            fresh = self._from(place)
            if fresh:
                heard = time.monotonic()
            elif time.monotonic() - heard > GONE_SECONDS:
                if not self.is_being_written():
                    return
                heard = time.monotonic()
            place += len(fresh)
            *whole, torn = (torn + fresh).split(b"\n")
            for event in filter(None, map(event_from_line, whole)):
                last = event
                yield event


def _lasting(lines: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """Without what each resume has undone: the lines between its checkpoint and itself.

    The words that the checkpoint was saved are written after it; they hold.
    """
    kept: list[tuple[int, Event]] = []
    for place, event in lines:
        if isinstance(event, Resumed):
            kept = [
                (at, each)
                for at, each in kept
                if at < event.position or (isinstance(each, CheckpointSaved) and each.step <= event.step)
            ]
        kept.append((place, event))
    return kept


def read_config_text(run: Run) -> str:
    """The text of the run's configuration; UserError if it cannot be read."""
    try:
        return run.config_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("{path} cannot be read: {why}", path=run.config_file, why=cause(error)) from error
