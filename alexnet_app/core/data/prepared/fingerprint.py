"""Whether a source is still the one that a set was made of, at a cost that does not grow with its size."""

import hashlib
import os
from collections.abc import Generator, Iterable

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.prepared.record import FORMAT
from alexnet_app.core.data.sources.values import Arrays, Files, Source
from alexnet_app.core.errors import UserError, cause, out_of_reach
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.pace import Pace

FIRST_RULE = 1  # sets of the first rule of drawing validation images do not say it
SINGLY = 20_000  # of a split with more files, sizes and times of so many are looked at, at even distances


def fingerprint(source: Source, side: int, absent: set[str] | None = None) -> Generator[Event, None, str]:
    """Changes with what could change a byte of the set: labels, side, names, and sizes and times of files, and whether
    they may be read.

    A set whose validation images were drawn by another rule is another set. In a split of more than ``SINGLY`` files a
    new, missing or renamed one is always noticed, but one that was written over in its place only by
    ``trace_of_files``. Paths that cannot be read now are added to ``absent``.
    """
    pace, lost = Pace(), set() if absent is None else absent
    rule = () if source.split_rule == FIRST_RULE else (source.split_rule,)
    known = hashlib.sha256(repr((FORMAT, side, source.classes, *rule)).encode(errors="surrogatepass"))
    for name, split in source.splits.items():
        known.update(repr((name, len(split.labels))).encode() + split.labels.tobytes())
        if isinstance(split, Arrays):
            known.update(repr(split.pictures.shape).encode())
            yield from _all_pixels(known, split, pace)
        else:
            for first in range(0, len(split.paths), 1000):
                known.update(os.fsencode("\0".join(split.paths[first : first + 1000])) + b"\0")
            places = looked_at(len(split.paths))
            yield from _all_files(known, [split.paths[place] for place in places.tolist()], pace, lost)
    return known.hexdigest()[:16]


def looked_at(count: int) -> NDArray[np.intp]:
    """The places of the files of a split of ``count`` whose sizes and times are looked at."""
    return np.unique(np.linspace(0, count - 1, min(SINGLY, count)).astype(np.intp))


def trace_of_files(source: Source, absent: set[str] | None = None) -> Generator[Event, None, str]:
    """Changes with the size or time of any file of ``source``; every one is looked at, also for ``absent``.

    Raises OutOfReachError for one that is gone since it was listed, but for those that are in ``absent`` already.
    """
    known, pace, lost = hashlib.sha256(), Pace(), set() if absent is None else absent
    for split in source.splits.values():
        if isinstance(split, Files):
            yield from _all_files(known, split.paths, pace, lost, strict=True)
    return known.hexdigest()[:16]


def is_large(source: Source) -> bool:
    """Whether ``fingerprint`` does not look at every file."""
    return any(isinstance(split, Files) and len(split.paths) > SINGLY for split in source.splits.values())


def place_of(source: Source) -> str:
    """Where the files of ``source`` lie: the folder that all are in; nothing for arrays."""
    splits = [split.paths for split in source.splits.values() if isinstance(split, Files) and split.paths]
    ends = [paths[place] for paths in splits for place in (0, -1)]
    try:
        return os.fsencode(os.path.commonpath(ends)).decode(errors="replace") if ends else ""
    except ValueError:  # on several drives
        return ""


def _is_gone(path: str, error: OSError) -> bool:
    """Whether a file is no longer there that was listed a moment ago. A link may have led nowhere for long, and a
    folder may have been listed before it was closed.
    """
    return not isinstance(error, PermissionError) and not os.path.islink(path)  # noqa: PTH114 - of a million files


def _all_pixels(known: "hashlib._Hash", split: Arrays, pace: Pace) -> Generator[Event, None, None]:
    for index in range(len(split.labels)):
        known.update(np.ascontiguousarray(split.pictures[index]).tobytes())
        if pace.due():
            yield Progress(Task.CHECK, index, len(split.labels))


def _all_files(
    known: "hashlib._Hash", paths: Iterable[str], pace: Pace, absent: set[str], *, strict: bool = False
) -> Generator[Event, None, None]:
    waiting: list[str] = []
    for total, path in enumerate(paths, 1):
        try:
            status = os.stat(path)  # noqa: PTH116 - of a million files
            is_open = os.access(path, os.R_OK)
            closed = "" if is_open else " closed"  # it was left out, until somebody opens it
            waiting.append(f"{status.st_size} {status.st_mtime_ns}{closed}")
        except OSError as error:
            if strict and path not in absent and _is_gone(path, error):
                raise out_of_reach(UserError("{path}: {reason}", path=path, reason=cause(error))) from error
            is_open = False
            waiting.append("missing")
        if not is_open:
            absent.add(path)
        if total % 1000 == 0:
            known.update("\0".join(waiting).encode())
            waiting.clear()
            if pace.due():
                yield Progress(Task.CHECK, total, 0)
    known.update("\0".join(waiting).encode() + b"\n")
