"""Checksums of a prepared set: which pictures are damaged, and making them again."""

import os
from collections.abc import Container, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import numpy as np

from alexnet_app.core.data.prepared.blocks import make_block
from alexnet_app.core.data.prepared.record import SUSPECT, Record, digest, read_blocks, read_finished
from alexnet_app.core.data.prepared.storage import data_file
from alexnet_app.core.data.sources.values import Source, Split
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Damaged, Event, Progress, Task
from alexnet_app.core.files import fresh_file, sync, unwritable
from alexnet_app.core.pace import Pace


def verify(folder: Path) -> Generator[Event, None, int]:
    """Reads every byte of the finished set in ``folder``; how many pictures are not as they were written.

    Yields Progress("verify") and Damaged for each such block; preparing the set again then repairs it. Raises UserError
    where the set is not finished.
    """
    record = read_finished(folder)
    if record is None:
        raise UserError(
            "the prepared set in {folder} is not finished, or its record is damaged", "prepare it again", folder=folder
        )
    damaged = 0
    with closing(_bad_blocks(folder, record, Task.VERIFY)) as found:
        for event in found:
            if isinstance(event, Damaged):
                damaged += event.count
                refused = _refused(folder)
                yield event  # also where that cannot be written down
                if refused:
                    raise refused
            else:
                yield event
    return damaged


def repair(folder: Path, source: Source, record: Record, absent: Container[str] = ()) -> Generator[Event, None, bool]:
    """Makes the damaged blocks of a finished set again in their places; False where that did not give the same bytes.

    ``absent`` is that of ``make_block``. Yields Progress("repair") and Damaged.
    """
    _suspect(folder)  # while a file is written to, its length says nothing
    for name, tally in record.tallies.items():
        path, split = data_file(folder, name, record.storage), source.splits[name]
        if tally.done != len(split.labels):
            return False
        with path.open("r+b" if path.exists() else "w+b") as file:
            for event in _bad_blocks_of(folder, name, record, Pace(), Task.REPAIR, file):
                if isinstance(event, Damaged) and not _mended(folder, name, record, split, absent, file, event):
                    return False
                yield event
            file.truncate(tally.size)
            file.flush()
            os.fsync(file.fileno())
    (folder / SUSPECT).unlink(missing_ok=True)
    return True


def _mended(
    folder: Path, name: str, record: Record, split: Split, absent: Container[str], file: BinaryIO, bad: Damaged
) -> bool:
    """Whether the block is as it was now: nothing is written where its pictures have become others."""
    kept = read_blocks(folder, name)
    place = int(np.searchsorted(kept["rows"], bad.first, side="right"))
    made = make_block(split, place * record.block, record.block, record.side, record.storage, absent)
    if made.digest != kept["digest"][place].tobytes():
        return False
    file.seek(int(kept["end"][place - 1]) if place else 0)
    file.write(made.data)
    return True


def _refused(folder: Path) -> UserError | None:
    """Why it cannot be written down that a block is damaged."""
    try:
        _suspect(folder)
    except UserError as error:
        return error
    return None


def _suspect(folder: Path) -> None:
    try:
        fresh_file(folder / SUSPECT).close()
        sync(folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _bad_blocks(folder: Path, record: Record, task: Task) -> Generator[Event, None, None]:
    pace = Pace()
    for name in record.tallies:
        path = data_file(folder, name, record.storage)
        if not path.is_file():
            yield Damaged(name, 0, record.tallies[name].rows)
            continue
        with path.open("rb") as file:
            yield from _bad_blocks_of(folder, name, record, pace, task, file)


def _bad_blocks_of(folder: Path, name: str, record: Record, pace: Pace, task: Task, file: BinaryIO) -> Iterator[Event]:
    before, total = _rows_before(record, name)
    begin = rows = 0
    for end, rows_then, kept in read_blocks(folder, name).tolist():
        if digest(_read(file, begin, end - begin)) != kept and rows_then > rows:
            yield Damaged(name, rows, rows_then - rows)
        begin, rows = end, rows_then
        if pace.due():
            yield Progress(task, before + rows, total)


def _read(file: BinaryIO, begin: int, size: int) -> bytes:
    """What lies there; nothing where the disk cannot tell."""
    try:
        file.seek(begin)
        return file.read(size)
    except OSError:
        return b""


def _rows_before(record: Record, name: str) -> tuple[int, int]:
    """How many pictures of the set lie in the splits before ``name``, and in all."""
    rows = {split: tally.rows for split, tally in record.tallies.items()}
    return sum(rows[split] for split in list(rows)[: list(rows).index(name)]), sum(rows.values())
