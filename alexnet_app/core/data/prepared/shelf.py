"""The prepared sets that lie in the cache: what they are, how much room they take, and deleting one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from alexnet_app.core.data.prepared.record import (
    FINISHED,
    SKIPPED,
    SUSPECT,
    Record,
    is_of_another_version,
    read_finished,
    read_progress,
)
from alexnet_app.core.data.prepared.states import SetState
from alexnet_app.core.errors import UserError, Way, cause
from alexnet_app.core.foreign import open_regular, parse_json
from alexnet_app.core.places import cache_folder

MOST_LINE = 1 << 20  # bytes of a line about a skipped file


@dataclass(frozen=True, slots=True)
class PreparedSet:
    """One folder of the cache. ``source`` is the name of the data set, ``where`` the folder that its files were in,
    ``address`` what it is opened with to be prepared again; nothing where that is not known. ``split_rule`` is that by
    which its validation images were drawn; None where nothing can be read of it.

    ``made`` and ``used`` are seconds since 1970, of what was written and opened last; ``side`` is 0 where nothing can
    be read of it.
    """

    name: str
    folder: Path
    source: str
    where: str
    side: int
    storage: str
    pictures: int
    skipped: int
    bytes: int
    made: float
    used: float
    state: SetState
    address: str
    split_rule: int | None = None


def sets_folder(cache: Path | None = None) -> Path:
    """Where prepared sets lie in ``cache`` (default: the user's). It may not exist yet."""
    return (cache or cache_folder()) / "prepared"


def prepared_sets(cache: Path | None = None) -> tuple[PreparedSet, ...]:
    """All sets in ``cache`` (default: the user's), the last used first; also begun ones, and older versions'."""
    try:
        folders = [path for path in sets_folder(cache).iterdir() if path.is_dir()]
    except OSError:
        return ()
    found = [each for each in map(_described, folders) if each.folder.is_dir()]  # one may be deleted meanwhile
    return tuple(sorted(found, key=lambda each: (-each.used, each.name)))


def left_out(folder: Path, most: int) -> tuple[tuple[str, str], ...]:
    """The first ``most`` files that are not in the set in ``folder``, each with the reason."""
    found = []
    with suppress(UserError, OSError), open_regular(folder / SKIPPED) as file:
        for line in islice(iter(partial(file.readline, MOST_LINE), b""), most):
            with suppress(ValueError, KeyError, TypeError):  # the end of it may be torn
                entry = parse_json(line)
                found.append((str(entry["path"]), str(entry["reason"])))
    return tuple(found)


def delete_set(name: str, cache: Path | None = None) -> int:
    """Deletes the set ``name``; how many bytes that gave back. UserError where there is none or it is being built."""
    known = {each.name: each for each in prepared_sets(cache)}
    if name not in known:
        raise UserError("there is no prepared set called {name!r}", Way.LIST_SETS, name=name)
    found = known[name]
    try:
        _delete(found.folder)
    except OSError as error:
        raise UserError("{folder} cannot be deleted: {why}", folder=found.folder, why=cause(error)) from error
    return found.bytes


def _delete(folder: Path) -> None:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock", timeout=0)
    try:
        with lock:
            if os.name != "nt":
                (folder / FINISHED).unlink(missing_ok=True)  # first: half a set must not look whole
                shutil.rmtree(folder)
                return
            found = [path for path in folder.iterdir() if path.name != "lock"]
            # pictures first: while a training reads them they refuse to go, and the set stays whole
            for path in sorted(found, key=lambda path: (path.suffix not in (".rgb", ".jpg"), path.name == FINISHED)):
                path.unlink()
    except Timeout as error:
        raise UserError(
            "the set in {folder} is being prepared now", "stop it, or wait until it has finished", folder=folder
        ) from error
    shutil.rmtree(folder)


def _described(folder: Path) -> PreparedSet:
    finished = read_finished(folder)
    begun = None if finished else read_progress(folder)
    record = finished or (begun[0] if begun else None)
    whole = finished is not None and not (folder / SUSPECT).exists()
    state = SetState.FINISHED if whole else SetState.BEGUN if begun else SetState.DAMAGED
    if record is None and is_of_another_version(folder):
        state = SetState.OLD
    files = dict(_files(folder))
    times = {name: status.st_mtime for name, status in files.items()}
    made = max((time for name, time in times.items() if name not in ("used", "lock", SUSPECT)), default=0.0)
    return PreparedSet(
        folder.name,
        folder,
        record.source if record else folder.name,
        record.where if record else "",
        record.side if record else 0,
        record.storage if record else "",
        sum(tally.rows for tally in record.tallies.values()) if record else 0,
        _skipped(record) if record else 0,
        sum(status.st_size for status in files.values()),
        made,
        times.get("used", made),
        state,
        record.address if record else "",
        record.split_rule if record else None,
    )


def _skipped(record: Record) -> int:
    return sum(map(len, record.skipped.values()))


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """What is in ``folder``, without what goes while it is looked at: temporary files of one who writes there."""
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                yield path.name, path.stat()
