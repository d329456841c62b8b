"""The prepared set of files that were moved: its pictures are those of the same files, wherever these are now."""

import os
from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path

from alexnet_app.core.data.prepared.fingerprint import trace_of_files
from alexnet_app.core.data.prepared.record import FINISHED, PROGRESS, SUSPECT, Record, read_finished, write_finished
from alexnet_app.core.data.prepared.storage import STORAGES
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.events import Event


def adopting(stem: Path, source: Source, new: Record, absent: Iterable[str]) -> Generator[Event, None, None]:
    """Gives a finished set of the same files, which lay where nothing is any more, the name ``stem`` and its storage.

    They are the same where all sizes and times are, in the same order. Nothing where there is a set of that name, or no
    other one; labels are the source's own, so a class may have another name. Yields Progress("check").
    """
    if any(Path(f"{stem}-{storage}", file).exists() for storage in STORAGES for file in (FINISHED, PROGRESS)):
        return
    if not any(isinstance(split, Files) for split in source.splits.values()):
        return
    files = ""
    for folder in _folders(stem.parent):
        record = read_finished(folder)
        if record is None or not _could_be(folder, record, source, new):
            continue
        files = files or (yield from trace_of_files(source, set(absent)))
        if record.files == files:
            _take(folder, Path(f"{stem}-{record.storage}"), record, new)
            return


def _folders(sets: Path) -> list[Path]:
    try:
        return sorted(path for path in sets.iterdir() if path.is_dir())
    except OSError:
        return []


def _could_be(folder: Path, record: Record, source: Source, new: Record) -> bool:
    """Whether ``folder`` has a whole set of as many files as ``source``, made alike, of a place that is gone."""
    counts = {name: len(split.labels) for name, split in source.splits.items()}
    alike = (record.side, record.split_rule) == (new.side, new.split_rule) and new.storage in ("auto", record.storage)
    is_gone = bool(record.where) and not Path(record.where).exists()
    same = {name: tally.done for name, tally in record.tallies.items()} == counts
    return alike and same and is_gone and not (folder / SUSPECT).exists()


def _take(folder: Path, target: Path, record: Record, new: Record) -> None:
    """Renames it, unless somebody works on it; where it cannot be renamed the set is prepared anew."""
    from filelock import FileLock, Timeout

    with suppress(OSError, Timeout):
        with FileLock(folder / "lock", timeout=0, thread_local=False):
            record.source, record.where = new.source, new.where
            record.address, record.trace = new.address, new.trace
            write_finished(folder, record)
        os.rename(folder, target)  # noqa: PTH104
