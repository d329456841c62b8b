"""Building a prepared set: decode in threads, write in order, record how far it is, go on after any interruption."""

import json
import os
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.decode import fit, read_picture
from alexnet_app.core.data.pace import Pace
from alexnet_app.core.data.sources import Arrays, Source, Split
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, Progress, Skipped
from alexnet_app.core.files import free_bytes, replace_file

RECORD_PICTURES = 1000  # at most so many pictures …
RECORD_SECONDS = 2.0  # … or so much time is lost when the power goes


@dataclass(slots=True)
class Tally:
    """How far a split is: ``done`` of its pictures were looked at; ``skipped`` says by index why one was left out."""

    done: int = 0
    skipped: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Pictures in the file."""
        return self.done - len(self.skipped)


Tallies: TypeAlias = Mapping[str, Tally]


def read_tallies(path: Path, source: Source) -> Tallies:
    """What ``path`` records for each split of ``source``; all at the start where it is missing or unreadable."""
    try:
        record = json.loads(path.read_bytes())
        return {
            name: Tally(int(record[name]["done"]), {int(i): str(why) for i, why in record[name]["skipped"].items()})
            for name in source.splits
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {name: Tally() for name in source.splits}


def write_tallies(path: Path, tallies: Tallies) -> None:
    """Record ``tallies`` in ``path``, whole or not at all."""
    record = {name: {"done": tally.done, "skipped": tally.skipped} for name, tally in tallies.items()}
    replace_file(path, lambda temporary: temporary.write_text(json.dumps(record)))


def skips(source: Source, tallies: Tallies) -> Iterator[Skipped]:
    """The pictures that were left out so far."""
    for name, tally in tallies.items():
        yield from (_skip(source.splits[name], index, reason) for index, reason in tally.skipped.items())


def _skip(split: Split, index: int, reason: str) -> Skipped:
    assert not isinstance(split, Arrays)  # arrays can always be read
    return Skipped(split.paths[index], reason)


def pixels_file(folder: Path, split: str) -> Path:
    """Where the pictures of ``split`` lie."""
    return folder / f"{split}.rgb"


def build_pixels(folder: Path, source: Source, side: int) -> Iterator[Event]:
    """Write the pixel files of all splits, from where ``progress.json`` says they are; the record is then complete.

    Yields Progress("prepare") and Skipped, first for those skipped before. Raises UserError where the disk is too
    small or cannot be written, or where a class has no readable picture.
    """
    tallies = read_tallies(folder / "progress.json", source)
    for name, tally in tallies.items():
        path = pixels_file(folder, name)
        if tally.rows * _row(side) > (path.stat().st_size if path.exists() else 0):
            tally.done, tally.skipped = 0, {}  # somebody cut the file
    _check_space(folder, source, tallies, side)
    yield from skips(source, tallies)
    pace, total = Pace(), sum(len(split.labels) for split in source.splits.values())
    for name, split in source.splits.items():
        with closing(_build_split(folder, name, split, tallies, side)) as reasons:
            for reason in reasons:
                if reason is not None:
                    yield _skip(split, tallies[name].done - 1, reason)
                if pace.due():
                    yield Progress("prepare", sum(tally.done for tally in tallies.values()), total)
        _check_left(source, name, tallies[name])
    yield Progress("prepare", total, total)


def _build_split(
    folder: Path, name: str, split: Split, tallies: Tallies, side: int
) -> Generator[str | None, None, None]:
    """Write what is left of a split; after each picture yields why it was skipped, or None where it was not."""
    path, tally = pixels_file(folder, name), tallies[name]
    with (
        _told_as_sentence(folder),
        path.open("r+b" if path.exists() else "w+b") as file,
        closing(_fitted(split, side, tally.done)) as pictures,
    ):
        file.truncate(tally.rows * _row(side))
        file.seek(0, os.SEEK_END)
        recorded, moment = tally.done, monotonic()
        for picture in pictures:
            if isinstance(picture, UserError):
                tally.skipped[tally.done] = picture.sentence
            else:
                file.write(picture.data)
            tally.done += 1
            if tally.done - recorded >= RECORD_PICTURES or monotonic() - moment >= RECORD_SECONDS:
                _record(folder, file, tallies)
                recorded, moment = tally.done, monotonic()
            yield tally.skipped.get(tally.done - 1)
        _record(folder, file, tallies)


def _record(folder: Path, file: BinaryIO, tallies: Tallies) -> None:
    file.flush()
    os.fsync(file.fileno())  # the record must never say more than the disk has
    write_tallies(folder / "progress.json", tallies)


def _fitted(split: Split, side: int, first: int) -> Generator[NDArray[np.uint8] | UserError, None, None]:
    """The pictures from ``first`` on, in order, decoded by several threads (Pillow works without the GIL)."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    waiting: deque[Future[NDArray[np.uint8] | UserError]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for index in range(first, len(split.labels)):
            waiting.append(pool.submit(_fit_one, split, index, side))
            if len(waiting) >= 8 * workers:  # so much memory at most
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _fit_one(split: Split, index: int, side: int) -> NDArray[np.uint8] | UserError:
    if isinstance(split, Arrays):
        return fit(split.pictures[index], side)
    try:
        return fit(read_picture(Path(split.paths[index]), shorter_side=side), side)
    except UserError as error:
        return error


@contextmanager
def _told_as_sentence(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            "{folder} cannot be written: {reason}",
            "make room there and start again: it goes on where it stopped",
            folder=folder,
            reason=cause(error),
        ) from error


def _row(side: int) -> int:
    return side * side * 3


def _check_space(folder: Path, source: Source, tallies: Tallies, side: int) -> None:
    left = sum(len(split.labels) - tallies[name].done for name, split in source.splits.items())
    need, free = left * _row(side), free_bytes(folder)
    if need > free:
        raise UserError(
            "preparing these pictures needs {need:,.1f} MB in {folder}, but {free:,.1f} MB are free",
            "make room there, or choose a smaller side",
            need=need / 1e6,
            free=free / 1e6,
            folder=folder,
        )


def _check_left(source: Source, name: str, tally: Tally) -> None:
    labels = source.splits[name].labels
    before = np.bincount(labels, minlength=len(source.classes))
    left = np.bincount(np.delete(labels, list(tally.skipped)), minlength=len(source.classes))
    emptied = np.flatnonzero((before > 0) & (left == 0))
    if emptied.size:
        raise UserError(
            "no picture of the class {name} in {split} can be read; the first: {reason}",
            "replace them",
            name=source.classes[emptied[0]],
            split=name,
            reason=next(why for index, why in tally.skipped.items() if labels[index] == emptied[0]),
        )
    if not left.sum():
        raise UserError("there are no pictures in {split}", split=name)
