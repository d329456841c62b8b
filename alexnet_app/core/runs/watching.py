"""Whether runs in a folder have come, gone, saved something or ended since somebody looked, at the cost of a few looks
at directories: no file of a run is read.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.runs.lock import is_held

MOST_WATCHED = 100  # runs of which it is looked whether a process trains them: the latest ones


@dataclass(frozen=True, slots=True)
class FolderSeen:
    """The folders below one with the times of their last change, in nanoseconds, and which runs are trained."""

    times: frozenset[tuple[str, int]] = frozenset()
    trained: frozenset[str] = frozenset()


def directory_times(parent: Path) -> frozenset[tuple[str, int]]:
    """The folders in ``parent``, each with when a file was made, replaced or removed in it; none where it is gone."""
    found = set()
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir():
                    found.add((entry.name, entry.stat().st_mtime_ns))
    return frozenset(found)


def seen_in(parent: Path, runs: Iterable[Path]) -> FolderSeen:
    """How ``parent`` looks now; of ``runs`` in it, whether a process trains them."""
    return FolderSeen(directory_times(parent), frozenset(str(folder) for folder in runs if is_held(folder)))
