"""Building a prepared set: blocks written in order, a record of how far it is, going on after any interruption."""

import os
from collections.abc import Container, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import numpy as np

from alexnet_app.core.data.prepared.blocks import Block, blocks, sampled_size
from alexnet_app.core.data.prepared.record import (
    BLOCK_ROW,
    PROGRESS,
    SKIPPED,
    STATISTICS,
    Record,
    SplitTally,
    blocks_file,
    read_progress,
    running_digest,
    sizes,
    skipped_lines,
    skips,
    write_finished,
    write_progress,
)
from alexnet_app.core.data.prepared.statistics import Sums, write_statistics
from alexnet_app.core.data.prepared.storage import data_file, ends_file
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import OutOfReachError, UserError, cause
from alexnet_app.core.events import Event, Progress, Skipped, Task
from alexnet_app.core.files import free_bytes, replace_file, sync_open
from alexnet_app.core.pace import Pace

BLOCK = 8  # pictures that one thread makes in one go
RECORD_PICTURES = 10_000  # at most so many pictures …
RECORD_SECONDS = 2.0  # … or so much time is lost when the power goes
JPEG_MARGIN = 1.1  # what some pictures say of all


def new_record(source: Source, side: int, storage: str, where: str, files: str) -> Record:
    """Of a set of which nothing was made yet."""
    tallies = {name: SplitTally() for name in source.splits}
    new = Record(side, storage, BLOCK, source.name, where, files, tallies, address=source.address)
    new.split_rule = source.split_rule
    return new


def build(folder: Path, source: Source, new: Record, absent: Container[str] = ()) -> Iterator[Event]:
    """Makes the set that ``new`` describes in ``folder``, from where the record there says it is, to the same bytes.

    ``absent`` are the paths of files that could not be read when it was looked at them all. Yields Progress("prepare")
    and Skipped, first for those skipped before. Raises UserError where the disk is too small or cannot be written, a
    file is out of reach that was not absent, or a class has no readable picture.
    """
    kept = read_progress(folder)
    same = kept is not None and (kept[0].files, kept[0].block) == (new.files, new.block) and kept[0].is_for(new)
    record, sums = kept if kept is not None and same else (new, Sums.none(new.side))
    if not same:
        for path in sizes(folder, record):
            path.unlink(missing_ok=True)
    for path, size in sizes(folder, record).items():  # what was not recorded gives its room back first
        if path.exists() and path.stat().st_size > size:
            os.truncate(path, size)
    check_space(folder, source, record)
    yield from skips(source, record)
    pace, total = Pace(), sum(len(split.labels) for split in source.splits.values())
    for name in source.splits:
        with _told_as_sentence(folder), _Writer(folder, name, record, sums) as writer:
            yield from _build_split(source, name, writer, absent, pace, total)
        _check_left(source, name, record)
    replace_file(folder / STATISTICS, lambda temporary: write_statistics(temporary, sums.statistics()))
    write_finished(folder, record)  # the last
    (folder / PROGRESS).unlink()
    yield Progress(Task.PREPARE, total, total)


def measured(names: Iterable[str]) -> str:
    """Which split is measured: that to train on, or the first of a set that nobody trains on."""
    known = list(names)
    return "train" if "train" in known else known[0]


def _build_split(
    source: Source, name: str, writer: "_Writer", absent: Container[str], pace: Pace, total: int
) -> Iterator[Event]:
    record = writer.record
    first = record.tallies[name].done
    with closing(blocks(source.splits[name], first, record.block, record.side, record.storage, absent)) as made:
        for block in made:
            if block is not None:
                writer.append(block)
                yield from (Skipped(path, reason) for _, path, reason in block.skipped)
            if pace.due():
                yield Progress(Task.PREPARE, sum(tally.done for tally in record.tallies.values()), total)


class _Writer:
    """The growing files of one split. What was appended and not recorded is made again after an interruption."""

    def __init__(self, folder: Path, name: str, record: Record, sums: Sums) -> None:
        self._folder, self._name, self.record, self._sums = folder, name, record, sums
        self._recorded, self._moment = record.tallies[name].done, monotonic()
        self._opened = ExitStack()

    def __enter__(self) -> "_Writer":
        wanted = sizes(self._folder, self.record)
        with self._opened as opened:
            self._data = self._open(data_file(self._folder, self._name, self.record.storage), wanted)
            self._blocks = self._open(blocks_file(self._folder, self._name), wanted)
            self._skipped = self._open(self._folder / SKIPPED, wanted)
            jpeg = self.record.storage == "jpeg"
            self._ends = self._open(ends_file(self._folder, self._name), wanted) if jpeg else None
            small = (file for file in (self._blocks, self._skipped, self._ends) if file is not None)
            self._checks = {file: running_digest(file) for file in small}
            self._opened = opened.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._opened:
            if kind is None or issubclass(kind, GeneratorExit | OutOfReachError):
                self._note()

    def append(self, block: Block) -> None:
        """Writes ``block``, which must be the next one."""
        tally = self.record.tallies[self._name]
        self._data.write(block.data)
        if self._ends is not None:
            self._write(self._ends, (tally.size + np.cumsum(block.lengths, dtype="<i8")).tobytes())
        lines = skipped_lines(self._name, block.skipped)
        self._write(self._skipped, lines)
        tally.done += block.count
        tally.rows += len(block.lengths)
        tally.size += sum(block.lengths)
        row = np.array((tally.size, tally.rows, block.digest), BLOCK_ROW)
        self._write(self._blocks, row.tobytes())
        self.record.skipped_size += len(lines)
        for index, _, reason in block.skipped:
            self.record.skipped.setdefault(self._name, {})[index] = reason
        if self._name == measured(self.record.tallies):
            self._sums.add(block.sums)
        if tally.done - self._recorded >= RECORD_PICTURES or monotonic() - self._moment >= RECORD_SECONDS:
            self._note()

    def _open(self, path: Path, wanted: dict[Path, int]) -> BinaryIO:
        file = self._opened.enter_context(path.open("r+b" if path.exists() else "w+b"))
        file.truncate(wanted[path])
        file.seek(0, os.SEEK_END)
        return file

    def _write(self, file: BinaryIO, data: bytes) -> None:
        file.write(data)
        self._checks[file].update(data)

    def _note(self) -> None:
        for file in (self._data, self._blocks, self._skipped, self._ends):
            if file is not None:
                file.flush()
                sync_open(file.fileno())  # the record must never say more than the disk has
        self.record.digests |= {Path(file.name).name: check.hexdigest() for file, check in self._checks.items()}
        write_progress(self._folder, self.record, self._sums)
        self._recorded, self._moment = self.record.tallies[self._name].done, monotonic()


@contextmanager
def _told_as_sentence(folder: Path) -> Iterator[None]:
    try:
        yield
    except OutOfReachError:  # of a picture
        raise
    except (OSError, UserError) as error:
        why = error.__cause__ if isinstance(error, UserError) else error  # the record is written by one who tells
        if not isinstance(why, OSError):
            raise
        raise UserError(
            "{folder} cannot be written: {reason}",
            "free some space there and start again; preparing continues where it stopped",
            folder=folder,
            reason=cause(why),
        ) from error


def check_space(folder: Path, source: Source, record: Record) -> None:
    """UserError where what is left to make does not fit on the disk; of JPEG, some pictures tell how large all are."""
    free = free_bytes(folder)
    if room_needed(source, replace(record, storage="raw")) <= free:  # then there is room for JPEG too
        return
    need = room_needed(source, record)
    if need > free:
        raise UserError(
            "preparing these images needs {need:,.1f} MB in {folder}, but {free:,.1f} MB are free",
            "free some space there, or choose a smaller side"
            if record.storage == "jpeg"
            else "free some space there, or choose a smaller side or the storage jpeg",
            need=need / 1e6,
            free=free / 1e6,
            folder=folder,
        )


def room_needed(source: Source, record: Record) -> float:
    """Bytes that the pictures take that are left to make."""
    left = {name: len(split.labels) - record.tallies[name].done for name, split in source.splits.items()}
    if record.storage == "raw":
        return sum(left.values()) * record.side * record.side * 3
    return sum(
        left[name] * JPEG_MARGIN * sampled_size(split, record.side)
        for name, split in source.splits.items()
        if left[name]
    )


def _check_left(source: Source, name: str, record: Record) -> None:
    labels = source.splits[name].labels
    before = np.bincount(labels, minlength=len(source.classes))
    left = np.bincount(np.delete(labels, record.left_out(name)), minlength=len(source.classes))
    emptied = np.flatnonzero((before > 0) & (left == 0))
    if emptied.size and name == "train":  # others judge what they can
        raise UserError(
            "no image of the class {name} in {split} can be read; the first: {reason}",
            "replace them",
            name=source.classes[emptied[0]],
            split=name,
            reason=next(why for index, why in record.skipped[name].items() if labels[index] == emptied[0]),
        )
    if not left.sum():
        raise UserError("there are no images in {split}", split=name)
