"""Images of the same content, found without reading most files: only those of the same size are compared."""

import os
from collections.abc import Generator, Hashable, Sequence
from contextlib import suppress
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.tree import AT_ONCE
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.pace import Pace

MOST = 200_000  # files; in larger sets they are not looked for
WHOLE = 1 << 16  # bytes that are read at once; of larger files a part first
PART = 1 << 12


def finding_twins(paths: Sequence[str]) -> Generator[Event, None, NDArray[np.int64]]:
    """A number for each of ``paths`` (N,), the same for files of the same content; its own for what cannot be read.
    Yields Progress("compare").
    """
    groups, pace = [list(range(len(paths)))], Pace()
    for told_by in (_size, _part, _whole):
        total, done = sum(map(len, groups)), 0
        apart: list[list[int]] = []
        for group in groups:
            same: dict[Hashable, list[int]] = {}
            for place in group:
                with suppress(OSError):
                    same.setdefault(told_by(paths[place]), []).append(place)
                done += 1
                if done % AT_ONCE == 0 and pace.due():
                    yield Progress(Task.COMPARE, done, total, "files")
            apart += (each for each in same.values() if len(each) > 1)
        groups = apart
    found = np.arange(len(paths), dtype=np.int64)
    for group in groups:
        found[group] = group[0]
    return found


def _size(path: str) -> int:
    return os.stat(path).st_size  # noqa: PTH116 - of many files


def _part(path: str) -> bytes:
    """The whole content of a small file, the begin and the end of a larger one."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        size = os.fstat(file.fileno()).st_size
        if size <= WHOLE:
            return _digest(file.read(WHOLE))
        start = file.read(PART)
        file.seek(size - PART)
        return _digest(start + file.read(PART))


def _whole(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        size = os.fstat(file.fileno()).st_size
        if size <= WHOLE:
            return b""  # ``_part`` has told it
        known = blake2b(digest_size=16)
        while piece := file.read(1 << 20):
            known.update(piece)
    return known.digest()


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
