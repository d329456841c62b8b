"""Runs that wait for their turn: a list on the disk that windows and processes share.

The list is ``queue.json`` in a folder of the person; whoever reads or changes it holds ``queue.lock`` for that moment.
Whoever trains an entry holds ``KEY.lock`` until it is settled: a process that is killed lets it go, and the entry is
taken up again where its run was broken off.
"""

import json
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file, unwritable
from alexnet_app.core.foreign import MOST_TEXT, MissingError, read_json, unreadable
from alexnet_app.core.locks import taken
from alexnet_app.core.runs.listing import runs_folder
from alexnet_app.core.runs.run import Run

if TYPE_CHECKING:
    from filelock import BaseFileLock

MOST_ENTRIES = 1_000
MOST_BYTES = 16 << 20
MOST_FIELD = 4_096  # characters of a path or a sentence
PATIENCE = 60.0  # seconds for which another process may hold the list
PAUSE = 0.02
TRIES = 3
KEY = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A run that waits. ``config`` is its configuration as TOML, ``parent`` the folder in which it gets its own,
    ``name`` what it will be called; ``group`` what several runs have in common that were added together.

    ``run`` is its folder and ``device`` where it is trained ("cpu", "cuda:0,cuda:1") once it has been begun, and
    ``problem`` why it failed.
    """

    key: str
    name: str
    config: str
    parent: str
    group: str = ""
    run: str = ""
    device: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the list; ``held`` are the keys of those that are trained now. Nothing is begun while it ``rests``."""

    entries: tuple[Entry, ...] = ()
    rests: bool = False
    held: frozenset[str] = frozenset()


def queue_folder() -> Path:
    """Where the list of a person is kept: beside the runs."""
    return runs_folder().with_name("queue")


def new_entry(config: str, name: str, parent: Path, group: str = "") -> Entry:
    """An entry for a run of the TOML text ``config``."""
    return Entry(secrets.token_hex(4), name, config, str(parent.absolute()), group)


class Queue:
    """The list in ``folder``. Each method may raise UserError where it cannot be read or written."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or queue_folder()
        self.file = self.folder / "queue.json"
        self.said_file = self.folder / "background.txt"  # what a process prints that works through it

    def read(self) -> Waiting:
        """What is in it now."""
        found = self._read()
        return replace(found, held=self.held(found.entries))

    def add(self, entries: Iterable[Entry]) -> None:
        """Puts ``entries`` at its end. UserError for more than it can have."""
        added = tuple(entries)
        with self.changing() as change:
            if len(change.entries) + len(added) > MOST_ENTRIES:
                raise UserError(
                    "the queue has {count:,} runs; with {more:,} more it would have more than {most:,}",
                    "let some finish, or remove some",
                    count=len(change.entries),
                    more=len(added),
                    most=MOST_ENTRIES,
                )
            change.entries += added

    def remove(self, key: str) -> Entry:
        """Takes an entry out; its run, where it was begun, stays. UserError where it is being trained."""
        with self.changing() as change:
            entry = entry_of(change.entries, key)
            if self.is_held(entry):
                raise UserError("{name} is being trained", "stop the run first", name=entry.name)
            change.drop(key)
        self._forget_lock(key)
        return entry

    def move(self, key: str, place: int) -> None:
        """Puts an entry at ``place``, from 0; beyond the ends is at the end."""
        with self.changing() as change:
            entry = entry_of(change.entries, key)
            rest = [each for each in change.entries if each.key != key]
            rest.insert(min(max(place, 0), len(rest)), entry)
            change.entries = tuple(rest)

    def retry(self, key: str) -> None:
        """Lets an entry that failed be tried again."""
        with self.changing() as change:
            change.put(replace(entry_of(change.entries, key), problem=""))

    def rest(self, *, rests: bool) -> None:
        """Whether nothing more is begun; what is trained goes on."""
        with self.changing() as change:
            change.rests = rests

    def take(self, key: str) -> "BaseFileLock | None":
        """The right to train an entry, until it is released; None where another process has it."""
        from filelock import Timeout

        for attempt in range(TRIES):  # whoever only looks has it for a moment
            try:
                return taken(self._lock(key))
            except Timeout:
                time.sleep(PAUSE if attempt + 1 < TRIES else 0.0)
        return None

    def settle(self, key: str, lock: "BaseFileLock", *, problem: str = "", keep: bool = False) -> None:
        """An entry was trained: it leaves the list, unless it has a ``problem`` to tell or is to be kept for later."""
        with self.changing() as change:
            entry = next((each for each in change.entries if each.key == key), None)
            if entry is not None and (problem or keep):
                run = entry.run if entry.run and Path(entry.run).is_dir() else ""
                change.put(replace(entry, problem=problem[:MOST_FIELD], run=run))
            else:
                change.drop(key)
            lock.release()
        if not (problem or keep):
            self._forget_lock(key)

    def held(self, entries: Iterable[Entry]) -> frozenset[str]:
        """The keys of those that are trained now."""
        return frozenset(each.key for each in entries if self.is_held(each))

    def is_held(self, entry: Entry) -> bool:
        """Whether some process trains it, or is about to."""
        if entry.run and Run(Path(entry.run)).is_being_written():
            return True
        if not self._lock(entry.key).exists():
            return False
        lock = self.take(entry.key)
        if lock is not None:
            lock.release()
        return lock is None

    @contextmanager
    def changing(self) -> "Iterator[QueueChange]":
        """The list, alone; it is written where it was changed and nothing was raised."""
        self._make_folder()
        lock = self._alone()
        try:
            before = self._read()
            change = QueueChange(before.entries, before.rests)
            yield change
            if (change.entries, change.rests) != (before.entries, before.rests):
                self._write(change)
        finally:
            lock.release()

    def working(self) -> "BaseFileLock":
        """The right to work through it, which one process has at a time. UserError where another one does."""
        from filelock import Timeout

        self._make_folder()
        try:
            return taken(self.folder / "working.lock")
        except Timeout:
            raise UserError("another process works through the queue already") from None

    def is_worked_through(self) -> bool:
        """Whether a process of its own works through it."""
        if not (self.folder / "working.lock").exists():
            return False
        try:
            self.working().release()
        except UserError:
            return True
        return False

    def _alone(self) -> "BaseFileLock":
        from filelock import Timeout

        end = time.monotonic() + PATIENCE
        while True:
            try:
                return taken(self.folder / "queue.lock")
            except Timeout:
                if time.monotonic() > end:
                    raise UserError("another process keeps the queue in {folder}", folder=self.folder) from None
                time.sleep(PAUSE)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def _lock(self, key: str) -> Path:
        return self.folder / f"{key}.lock"

    def _forget_lock(self, key: str) -> None:
        with suppress(OSError):
            self._lock(key).unlink(missing_ok=True)

    def _read(self) -> Waiting:
        try:
            data = read_json(self.file, MOST_BYTES, links=False)
        except MissingError:
            return Waiting()
        try:
            return Waiting(tuple(map(_entry, _listed(data))), data.get("rests") is True)
        except (TypeError, ValueError) as error:
            raise unreadable(self.file, str(error)) from error

    def _write(self, change: "QueueChange") -> None:
        plain = {"entries": [asdict(each) for each in change.entries], "rests": change.rests}
        text = json.dumps(plain, ensure_ascii=False, indent=1)
        replace_file(self.file, lambda temporary: temporary.write_text(text, encoding="utf-8"))


class QueueChange:
    """The list while it is changed."""

    def __init__(self, entries: tuple[Entry, ...], rests: bool) -> None:
        self.entries, self.rests = entries, rests

    def put(self, entry: Entry) -> None:
        """In the place of the one with its key."""
        self.entries = tuple(entry if each.key == entry.key else each for each in self.entries)

    def drop(self, key: str) -> None:
        """Without the entry ``key``."""
        self.entries = tuple(each for each in self.entries if each.key != key)


def entry_of(entries: Iterable[Entry], key: str) -> Entry:
    """The entry whose key begins with ``key``; UserError where that is none, or not one."""
    matching = [each for each in entries if key and each.key.startswith(key)]
    if len(matching) != 1:
        raise UserError("the queue has no run {key!r}", "see the list: queue", key=key)
    return matching[0]


def _listed(data: Any) -> list[Any]:
    entries = data.get("entries") if isinstance(data, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise ValueError("it is no list of runs")
    return entries


def _entry(plain: Any) -> Entry:
    """ValueError for what is none."""
    if not isinstance(plain, dict):
        raise ValueError("an entry is no object")  # noqa: TRY004  (as for all that is wrong with it)
    values = {field.name: plain.get(field.name, "") for field in fields(Entry)}
    for name, value in values.items():
        if not isinstance(value, str) or len(value) > (MOST_TEXT if name == "config" else MOST_FIELD):
            raise ValueError(f"{name} of an entry is no text, or too long")
    if not KEY.fullmatch(values["key"]):
        raise ValueError("the key of an entry is none")
    return Entry(**values)
