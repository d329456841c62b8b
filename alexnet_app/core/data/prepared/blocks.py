"""Blocks of a prepared set: decoded, scaled, encoded, summed and check-summed, each by one thread in one go."""

import os
from collections import deque
from collections.abc import Container, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.decode import fit, read_fitted
from alexnet_app.core.data.prepared.record import digest
from alexnet_app.core.data.prepared.statistics import Sums
from alexnet_app.core.data.prepared.storage import from_jpeg, to_jpeg
from alexnet_app.core.data.sources.values import Arrays, Split
from alexnet_app.core.errors import OutOfReachError, UserError, out_of_reach
from alexnet_app.core.machine import cores
from alexnet_app.core.pace import PERIOD

SAMPLE = 32  # pictures that tell how large all are as JPEG
AHEAD = 4  # blocks for each thread, beside the one it works at …
AHEAD_BYTES = 1 << 29  # … in so much memory at most
SUM_BYTES = 8  # for each value of a picture, beside the pixels of a block


@dataclass(frozen=True, slots=True)
class Block:
    """``count`` pictures of a split from ``first`` on, as they lie in its data file; of those in ``skipped`` (place,
    path, reason) nothing does. ``lengths`` are the bytes of each other one.
    """

    first: int
    count: int
    data: bytes | memoryview
    lengths: tuple[int, ...]
    skipped: tuple[tuple[int, str, str], ...]
    digest: bytes
    sums: Sums


class _LeftError(Exception):
    """Nobody wants the block any more."""


def blocks(
    split: Split, first: int, block: int, side: int, storage: str, absent: Container[str] = ()
) -> Generator[Block | None, None, None]:
    """The blocks of ``split`` from picture ``first`` on, in order, by all processors (Pillow works without the GIL).

    Yields None now and then while the next one is not ready, so that it can be left in between. Raises OutOfReachError
    as ``make_block`` does.
    """
    left = Flag()
    ahead = min(AHEAD * cores(), max(1, AHEAD_BYTES // (side * side * 3 * (block + SUM_BYTES))))
    waiting: deque[Future[Block]] = deque()
    pool = ThreadPoolExecutor(cores(), thread_name_prefix="prepare")
    try:
        for begin in range(first, len(split.labels), block):
            waiting.append(pool.submit(make_block, split, begin, block, side, storage, absent, left))
            if len(waiting) > ahead:
                yield from _awaited(waiting.popleft())
        while waiting:
            yield from _awaited(waiting.popleft())
    finally:
        left.set()
        pool.shutdown(cancel_futures=True)


def _awaited(future: Future[Block]) -> Iterator[Block | None]:
    while True:
        with suppress(TimeoutError):
            yield future.result(timeout=PERIOD)
            return
        yield None


def make_block(
    split: Split,
    first: int,
    block: int,
    side: int,
    storage: str,
    absent: Container[str] = (),
    left: Flag | None = None,
) -> Block:
    """The ``block`` pictures of ``split`` from ``first`` on, or fewer at its end; given up once ``left`` is set.

    What is no picture is left out, and what was ``absent`` when it began. Raises OutOfReachError for a file that could
    be read then and cannot now: left out, it would lack for good in a set that is told to be whole.
    """
    count = min(block, len(split.labels) - first)
    pixels = np.empty((count, side, side, 3), np.uint8)
    encoded: list[bytes] = []
    skipped: list[tuple[int, str, str]] = []
    row = 0
    for index in range(first, first + count):
        if left is not None and left.is_set():
            raise _LeftError
        try:
            pixels[row] = _fitted(split, index, side)
        except UserError as error:
            assert not isinstance(split, Arrays)
            if _was_there(split.paths[index], error, absent):
                raise out_of_reach(error) from error
            skipped.append((index, split.paths[index], error.sentence))
            continue
        if storage == "jpeg":
            encoded.append(to_jpeg(pixels[row]))
            pixels[row] = from_jpeg(encoded[-1])  # means and colours are those of what will be seen
        row += 1
    data = b"".join(encoded) if storage == "jpeg" else pixels[:row].reshape(-1).data
    lengths = tuple(map(len, encoded)) if storage == "jpeg" else (side * side * 3,) * row
    return Block(first, count, data, lengths, tuple(skipped), digest(data), Sums.of(pixels[:row]))


def _was_there(path: str, error: UserError, absent: Container[str]) -> bool:
    """Whether ``path`` could be read before and cannot now. Where the system says that it may be read and refuses it,
    it may always have.
    """
    if not isinstance(error, OutOfReachError) or path in absent:
        return False
    return not (isinstance(error.__cause__, PermissionError) and os.access(path, os.R_OK))


def sampled_size(split: Split, side: int) -> float:
    """Bytes of a JPEG picture of ``split``, the mean of some at even distances."""
    places = np.unique(np.linspace(0, len(split.labels) - 1, SAMPLE).astype(int)).tolist()
    found = []
    for index in places:
        with suppress(UserError):
            found.append(len(to_jpeg(_fitted(split, index, side))))
    return sum(found) / len(found) if found else 0.0


def _fitted(split: Split, index: int, side: int) -> NDArray[np.uint8]:
    if isinstance(split, Arrays):
        return fit(split.pictures[index], side)
    return read_fitted(Path(split.paths[index]), side)
