"""The prepared set: every picture decoded, scaled and cropped once, then only read.

One folder in the user's cache for each source, side and storage::

    <name>-<fingerprint>-<raw or jpeg>/
      train.rgb or train.jpg …    the pictures one after the other, without those that were skipped
      train.ends …                of JPEG: where each picture ends
      train.blocks …              end, rows and checksum of each block of pictures
      skipped.jsonl               what was left out and why, for people too
      progress.npz                how far each split is, and the sums that statistics are made of
      statistics.npz              of the training split
      finished.json               the last record, with checksums; while it is missing the set is not finished
      train.times …               when each file was last changed, in name and rights too
      suspect                     there while a block is known to be damaged
      used                        its time says when the set was opened last

Pictures are written in the order of the source, so a number says how far it is: what lies behind it in a file after an
interruption is cut off and made again. Labels are the source's own, without those of the skipped pictures.
"""

import re
from collections.abc import Container, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.prepared.building import build, measured, new_record, room_needed
from alexnet_app.core.data.prepared.exchanged import TIMES, exchanged, keep_times, were_kept
from alexnet_app.core.data.prepared.fingerprint import fingerprint, is_large, place_of, trace_of_files
from alexnet_app.core.data.prepared.moved import adopting
from alexnet_app.core.data.prepared.record import FINISHED, PROGRESS, STATISTICS, SUSPECT, Record, read_finished, skips
from alexnet_app.core.data.prepared.statistics import Components, Statistics, measure, read_statistics
from alexnet_app.core.data.prepared.storage import STORAGES, open_pictures
from alexnet_app.core.data.prepared.verifying import repair
from alexnet_app.core.data.sources.named import check_apart
from alexnet_app.core.data.sources.values import SHARE_RULE, Arrays, Source, newest_rule
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.files import free_bytes, fresh_file, remove_leftovers, unwritable
from alexnet_app.core.foreign import kind_of
from alexnet_app.core.locks import taken
from alexnet_app.core.places import cache_folder

ROOM = 1.1  # raw only where the disk has so many times the room that it takes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data set ready to train on: all splits are Arrays of one side.

    ``mean`` (3,), ``mean_picture`` (side, side, 3) and ``components`` are of the training split, on 0–255. ``folder``
    is where it lies, None for arrays that needed no preparing. ``share_rule`` is how a share of it is chosen.
    """

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, Arrays]
    mean: NDArray[np.float32]
    mean_picture: NDArray[np.float32]
    components: Components
    folder: Path | None = None
    split_rule: int = field(default_factory=newest_rule)
    share_rule: int = SHARE_RULE


@dataclass(frozen=True, slots=True)
class SetPlace:
    """The ``folder`` that a set is in or will be, the record that a ``new`` one begins with, and the paths of files
    that were ``absent`` when that was found.
    """

    folder: Path
    new: Record
    absent: frozenset[str]


def prepare(
    source: Source,
    side: int,
    *,
    storage: str = "auto",
    cache: Path | None = None,
    thorough: bool = False,
    place: SetPlace | None = None,
) -> Generator[Event, None, Prepared]:
    """``source`` with every picture at (side, side, 3): shorter side scaled to ``side``, then the centre (section 2).

    Arrays of that side stay as they are; anything else is built in ``cache`` (default: the user's cache folder) and
    read from there. ``storage`` is "raw", "jpeg", or "auto": what is there already, else raw where the disk has the
    room. ``thorough``: every source file is looked at, see ``fingerprint``. ``place`` is what ``placed`` gave, if that
    was asked before. Yields Progress("check"), ("prepare"), ("repair") and ("measure"), and Skipped for each picture
    that cannot be read. Stopped at any point, even by a power cut, it goes on there the next time, to the same bytes.
    A finished set is opened at once, a damaged one repaired. Raises UserError where the disk is too small, another
    process is building the same set, a file is out of reach that was there at first, or a class has no readable picture
    left.
    """
    if is_ready(source, side):
        splits = {name: split for name, split in source.splits.items() if isinstance(split, Arrays)}
        found = yield from measure(splits[measured(splits)].pictures)
        return _together(source, splits, found, None)
    place = place or (yield from placed(source, side, storage, cache))
    return (yield from _from_cache(source, place, thorough=thorough))


def is_ready(source: Source, side: int) -> bool:
    """Whether ``source`` has pictures of that side already, so that nothing is to be prepared."""
    return own_side(source) == side


def own_side(source: Source) -> int | None:
    """The side that all pictures of ``source`` have already; None where they are files, or not all alike."""
    sides = {split.pictures.shape[1:3] if isinstance(split, Arrays) else None for split in source.splits.values()}
    height, width = next(iter(sides)) or (0, 0)
    return height if len(sides) == 1 and 0 < height == width else None


def placed(source: Source, side: int, storage: str, cache: Path | None = None) -> Generator[Event, None, SetPlace]:
    """Where the set of ``prepare``'s arguments is or will be. Yields Progress("check")."""
    absent: set[str] = set()
    trace = yield from fingerprint(source, side, absent)
    name, sets = _folder_name(source.name), (cache or cache_folder()) / "prepared"
    new = new_record(source, side, storage, place_of(source), "")
    new.trace = trace
    yield from adopting(sets / f"{name}-{trace}", source, new, absent)
    if storage == "auto":
        new.storage = _storage(sets / f"{name}-{trace}", source, new)
    return SetPlace(sets / f"{name}-{trace}-{new.storage}", new, frozenset(absent))


def _folder_name(name: str) -> str:
    """``name`` as a folder may be called everywhere, and be given to a command."""
    plain = re.sub(r"[^\w.-]+", "-", name)[:60].lstrip("-")
    return plain.encode()[:200].decode(errors="ignore") or "set"  # file systems count bytes, 255 of them at most


def _together(source: Source, splits: Mapping[str, Arrays], found: Statistics, folder: Path | None) -> Prepared:
    statistics = found.mean, found.mean_picture, found.components
    return Prepared(source.name, source.classes, splits, *statistics, folder, source.split_rule)


def _from_cache(source: Source, place: SetPlace, *, thorough: bool) -> Generator[Event, None, Prepared]:
    folder, new = place.folder, place.new
    absent = set(place.absent)
    files = (yield from trace_of_files(source, absent)) if thorough and is_large(source) else None
    opened, told = _open_finished(place, source, files), False
    other = opened is not None and (yield from exchanged(folder, source, opened[1], thorough=thorough))
    if opened is None or other:
        check_apart(folder.parent, source.address)
        with _only_builder(folder):
            for file in (FINISHED, PROGRESS) if other else ():
                (folder / file).unlink(missing_ok=True)
            new.files = files or (yield from trace_of_files(source, absent))
            told = yield from _build(place, source, files, absent)
        opened = _open_finished(place, source, files)
    if opened is None:
        raise UserError(
            "the prepared set in {folder} has been deleted in the meantime", "prepare it again", folder=folder
        )
    if not told:
        yield from skips(source, opened[1])
    return opened[0]


def _storage(stem: Path, source: Source, new: Record) -> str:
    """What is there already, finished or begun; else raw where the disk has room for it, and for something else."""
    for file in (FINISHED, PROGRESS):
        for storage in STORAGES:
            if Path(f"{stem}-{storage}", file).exists():
                return storage
    new.storage = "raw"
    return "raw" if ROOM * room_needed(source, new) <= free_bytes(stem) else "jpeg"


def _build(place: SetPlace, source: Source, files: str | None, absent: Container[str]) -> Generator[Event, None, bool]:
    """Makes or mends the set; whether it was told what is left out."""
    folder, new = place.folder, place.new
    if _open_finished(place, source, files) is not None:  # another process was quicker
        return False
    kept = read_finished(folder)
    # of the same pictures, so a part of it is damaged
    if kept is not None and kept.files == new.files and kept.is_for(new):
        if (yield from repair(folder, source, kept, absent)):
            return False
        (folder / PROGRESS).unlink(missing_ok=True)
    for file in (FINISHED, SUSPECT):
        (folder / file).unlink(missing_ok=True)
    if not were_kept(folder, source):
        (folder / PROGRESS).unlink(missing_ok=True)  # what was begun is of other images
    keep_times(folder, source)
    yield from build(folder, source, new, absent)
    return True


def _open_finished(place: SetPlace, source: Source, files: str | None) -> tuple[Prepared, Record] | None:
    """The set in ``place``, or None where it is not finished, a part of it is not as it was left, or it is another one:
    of another side or source, or of other ``files``.
    """
    folder = place.folder
    record = None if (folder / SUSPECT).exists() else read_finished(folder)
    if record is None or not record.is_for(place.new) or files not in (None, record.files):
        return None
    splits = {}
    try:
        for name, tally in record.tallies.items():
            labels = source.splits[name].labels
            pictures = open_pictures(folder, name, record.storage, tally.rows, record.side)
            kept = np.delete(labels, record.left_out(name))
            if tally.done != len(labels) or len(kept) != len(pictures):
                return None
            splits[name] = Arrays(pictures, kept)
        statistics = read_statistics(folder / STATISTICS)
    except (UserError, OSError, ValueError, KeyError, IndexError):
        return None
    with suppress(OSError):
        fresh_file(folder / "used").close()
    return _together(source, splits, statistics, folder), record


def _check_inside(folder: Path) -> None:
    """UserError where something in ``folder``, which is about to be written, leads out of it."""
    for path in folder.iterdir():
        kind = kind_of(path.lstat())
        if kind:
            raise UserError(
                "nothing is prepared in {folder}: {name} is {kind}, not a regular file",
                "delete the folder; the set is then prepared anew",
                folder=folder,
                name=path.name,
                kind=kind,
            )


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    from filelock import Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = taken(folder / "lock")
    except Timeout as error:
        raise UserError(
            "these images are already being prepared", "wait until that has finished", folder=folder
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        _check_inside(folder)
        remove_leftovers(folder)
        yield
    except OSError as error:  # such as of files that belong to somebody else
        raise unwritable(folder, error) from error
    finally:
        _leave_nothing_empty(folder)
        lock.release()


def _leave_nothing_empty(folder: Path) -> None:
    """Removes a set in which nothing was begun, as where the disk has no room for it: no list is to show it."""
    with suppress(OSError):  # on Windows the lock, which is held, stays
        found = list(folder.iterdir())
        if all(path.name == "lock" or path.suffix == TIMES for path in found):
            for path in found:
                path.unlink()
            folder.rmdir()
