"""Whether files of a finished set were exchanged for others of the same size and time, as ``mv`` can do it.

What a system changes with every change of a file, also of its name or its rights (``st_ctime``; on Windows when it was
created), is kept beside the set. Where it differs the block of the file is made again and compared: nothing else is
decoded, and a set of the same images stays.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.prepared.blocks import make_block
from alexnet_app.core.data.prepared.fingerprint import looked_at
from alexnet_app.core.data.prepared.record import Record, read_blocks
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.errors import OutOfReachError, UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import read_bytes
from alexnet_app.core.pace import Pace

TIMES = ".times"


def times_file(folder: Path, split: str) -> Path:
    """Where the times of the files of ``split`` are kept: int64 (N,), nanoseconds, in their order."""
    return folder / f"{split}{TIMES}"


def keep_times(folder: Path, source: Source) -> None:
    """Writes down how the files of ``source`` are now."""
    for name, split in _files(source):
        _keep(folder, name, _times(split.paths))


def were_kept(folder: Path, source: Source) -> bool:
    """Whether all files are as they were when that was written down, if it was."""
    kept = ((_read(folder, name, split), split) for name, split in _files(source))
    return all(times is None or np.array_equal(times, _times(split.paths)) for times, split in kept)


def exchanged(folder: Path, source: Source, record: Record, *, thorough: bool = False) -> Generator[Event, None, bool]:
    """Whether an image of the finished set in ``folder`` is another one now. Of large splits those files that
    ``looked_at`` says, unless ``thorough``. Yields Progress("check").
    """
    for name, split in _files(source):
        kept = _read(folder, name, split)
        if kept is None:  # a set of an older version: from now on it is noticed
            _keep(folder, name, _times(split.paths))
            continue
        places = np.arange(len(kept)) if thorough else looked_at(len(kept))
        now = _times([split.paths[place] for place in places.tolist()])
        other = places[(now != kept[places]) & (now != 0)]  # 0: out of reach, which is told by whoever reads it
        if not other.size:
            continue
        if (yield from _has_other_blocks(folder, name, split, record, np.unique(other // record.block))):
            return True
        kept[places] = np.where(now != 0, now, kept[places])
        _keep(folder, name, kept)
    return False


def _has_other_blocks(
    folder: Path, name: str, split: Files, record: Record, numbers: NDArray[np.intp]
) -> Generator[Event, None, bool]:
    kept, pace = read_blocks(folder, name), Pace()
    for done, number in enumerate(numbers.tolist()):
        if pace.due():
            yield Progress(Task.CHECK, done * record.block, len(numbers) * record.block)
        try:
            made = make_block(split, number * record.block, record.block, record.side, record.storage)
        except OutOfReachError:
            continue
        if made.digest != kept["digest"][number].tobytes():
            return True
    return False


def _files(source: Source) -> Iterator[tuple[str, Files]]:
    return ((name, split) for name, split in source.splits.items() if isinstance(split, Files))


def _times(paths: "tuple[str, ...] | list[str]") -> NDArray[np.int64]:
    found = np.zeros(len(paths), np.int64)
    for place, path in enumerate(paths):
        with suppress(OSError):
            found[place] = os.stat(path).st_ctime_ns  # noqa: PTH116 - of a million files
    return found


def _read(folder: Path, name: str, split: Files) -> NDArray[np.int64] | None:
    """What was written down; None where it was not, or is of another number of files."""
    with suppress(UserError, OSError, ValueError):
        data = read_bytes(times_file(folder, name), 8 * len(split.paths))
        kept = np.frombuffer(data, "<i8").astype(np.int64)
        return kept if len(kept) == len(split.paths) else None
    return None


def _keep(folder: Path, name: str, times: NDArray[np.int64]) -> None:
    """Where that cannot be written, as on a full disk, it is looked at again the next time."""
    with suppress(OSError, UserError):
        data = times.astype("<i8").tobytes()
        replace_file(times_file(folder, name), lambda temporary: temporary.write_bytes(data))
