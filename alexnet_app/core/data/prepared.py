"""The prepared set: every picture decoded, scaled and cropped once, then only mapped into memory.

One folder in the user's cache for each source and side::

    <name>-<fingerprint>/
      train.rgb …        the pictures one after the other, raw uint8 (side, side, 3), without those that were skipped
      progress.json      how many pictures of each split are on the disk, and which were skipped and why
      statistics.npz     of the training split
      skipped.json       what was left out, for people to read
      finished.json      the last progress.json; while it is missing the set is not finished

Pictures are written in the order of the source, so a number says how far it is: what lies behind it in a file after an
interruption is cut off and made again. Labels are the source's own, without those of the skipped pictures.
"""

import hashlib
import json
import os
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.building import Tallies, build_pixels, pixels_file, read_tallies, skips, write_tallies
from alexnet_app.core.data.download import cache_folder
from alexnet_app.core.data.pace import Pace
from alexnet_app.core.data.sources import Arrays, Source, Split
from alexnet_app.core.data.statistics import Components, Statistics, measure
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress
from alexnet_app.core.files import replace_file, unwritable

_FORMAT = 1  # raise it when the same source would give other bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data set ready to train on: all splits are Arrays of one side.

    ``mean`` (3,), ``mean_picture`` (side, side, 3) and ``components`` are of the training split, on 0–255.
    """

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, Arrays]
    mean: NDArray[np.float32]
    mean_picture: NDArray[np.float32]
    components: Components


def prepare(source: Source, side: int, *, cache: Path | None = None) -> Generator[Event, None, Prepared]:
    """``source`` with every picture at (side, side, 3): shorter side scaled to ``side``, then the centre (section 2).

    Arrays of that side stay as they are; anything else is built in ``cache`` (default: the user's cache folder) and
    mapped from there. Yields Progress("prepare") and ("measure"), and Skipped for each picture that cannot be read.
    Stopped at any point, even by a power cut, it goes on there the next time, to the same bytes. A finished set is
    opened at once. Raises UserError where the disk is too small, another process is building the same set, or a class
    has no readable picture left.
    """
    if all(isinstance(split, Arrays) and split.pictures.shape[1:3] == (side, side) for split in source.splits.values()):
        splits = {name: split for name, split in source.splits.items() if isinstance(split, Arrays)}
        statistics = yield from measure(_measured(splits).pictures)
    else:
        splits, statistics = yield from _from_cache(source, side, cache or cache_folder())
    return Prepared(
        source.name, source.classes, splits, statistics.mean, statistics.mean_picture, statistics.components
    )


def part_of(data: Prepared, share: float) -> Prepared:
    """``data`` with ``share`` of its training and its validation pictures, at even distances; the test split is whole.

    Means and colour components stay those of all training pictures.
    """
    if share >= 1:
        return data
    fewer = {name: split if name == "test" else _thinned(split, share) for name, split in data.splits.items()}
    return replace(data, splits=fewer)


def _thinned(split: Arrays, share: float) -> Arrays:
    count = max(1, round(share * len(split.labels)))
    chosen = np.linspace(0, len(split.labels), count, endpoint=False).astype(np.intp)
    return Arrays(np.asarray(split.pictures[chosen]), split.labels[chosen])


_Built: TypeAlias = tuple[dict[str, Arrays], Statistics]


def _from_cache(source: Source, side: int, cache: Path) -> Generator[Event, None, _Built]:
    fingerprint = yield from _fingerprint(source, side)
    name = re.sub(r"[^\w.-]+", "-", source.name)[:60] or "set"
    folder = cache / "prepared" / f"{name}-{fingerprint}"
    built = _open_finished(folder, source, side)
    if built is not None:
        yield from skips(source, read_tallies(folder / "finished.json", source))
        return built
    with _only_builder(folder):
        yield from _build(folder, source, side)
    built = _open_finished(folder, source, side)
    assert built is not None, folder
    return built


def _build(folder: Path, source: Source, side: int) -> Iterator[Event]:
    if _open_finished(folder, source, side) is not None:  # another process was quicker
        return
    if (folder / "finished.json").exists():  # a part of it is damaged: everything again
        (folder / "progress.json").unlink(missing_ok=True)
        (folder / "finished.json").unlink()
    yield from build_pixels(folder, source, side)
    tallies = read_tallies(folder / "progress.json", source)
    statistics = yield from measure(_measured(_mapped(folder, source, tallies, side)).pictures)
    replace_file(folder / "statistics.npz", lambda temporary: _write_statistics(temporary, statistics))
    skipped = [{"path": skip.path, "reason": skip.reason} for skip in skips(source, tallies)]
    text = json.dumps(skipped, indent=1, ensure_ascii=False)
    replace_file(folder / "skipped.json", lambda temporary: temporary.write_text(text, "utf-8", "backslashreplace"))
    write_tallies(folder / "finished.json", tallies)  # the last
    (folder / "progress.json").unlink()


def _open_finished(folder: Path, source: Source, side: int) -> _Built | None:
    """The set in ``folder``, or None where it is not finished or a part of it is not as it was left."""
    if not (folder / "finished.json").is_file():
        return None
    try:
        splits = _mapped(folder, source, read_tallies(folder / "finished.json", source), side)
        return splits, _read_statistics(folder / "statistics.npz")
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _mapped(folder: Path, source: Source, tallies: Tallies, side: int) -> dict[str, Arrays]:
    splits = {}
    for name, tally in tallies.items():
        path, labels = pixels_file(folder, name), source.splits[name].labels
        shape = (tally.rows, side, side, 3)
        if tally.done != len(labels) or path.stat().st_size != np.prod(shape, dtype=np.int64):
            raise ValueError(path)
        splits[name] = Arrays(np.memmap(path, np.uint8, "r", shape=shape), np.delete(labels, list(tally.skipped)))
    return splits


def _measured(splits: Mapping[str, Arrays]) -> Arrays:
    """What is measured: the training split, or the only one of a set that nobody trains on."""
    return splits["train"] if "train" in splits else next(iter(splits.values()))


def _write_statistics(path: Path, statistics: Statistics) -> None:
    with path.open("wb") as file:  # savez would add a suffix to a path
        np.savez(
            file,
            mean=statistics.mean,
            mean_picture=statistics.mean_picture,
            standard_deviations=statistics.components.standard_deviations,
            directions=statistics.components.directions,
        )


def _read_statistics(path: Path) -> Statistics:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
        components = Components(saved["standard_deviations"], saved["directions"])
        return Statistics(saved["mean"], saved["mean_picture"], components)


def _fingerprint(source: Source, side: int) -> Generator[Event, None, str]:
    """Changes with whatever could change a byte of the result: names, sizes and times of files, labels, side."""
    digest, pace = hashlib.sha256(repr((_FORMAT, side, source.classes)).encode(errors="surrogatepass")), Pace()
    for name, split in source.splits.items():
        digest.update(repr((name, len(split.labels))).encode() + split.labels.tobytes())
        if isinstance(split, Arrays):
            digest.update(repr(split.pictures.shape).encode())
        for index in range(len(split.labels)):
            digest.update(_trace(split, index))
            if pace.due():
                yield Progress("check", index, len(split.labels))
    return digest.hexdigest()[:16]


def _trace(split: Split, index: int) -> bytes:
    if isinstance(split, Arrays):
        return np.ascontiguousarray(split.pictures[index]).tobytes()
    path = split.paths[index]
    try:
        status = os.stat(path)  # noqa: PTH116 - of a million files
    except OSError:
        return os.fsencode(path) + b"\0missing"
    return os.fsencode(path) + f"\0{status.st_size}\0{status.st_mtime_ns}\0".encode()


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0, thread_local=False)  # a generator may be closed on another thread
        lock.acquire()
    except Timeout as error:
        raise UserError(
            "these pictures are being prepared by another process already", "wait until it is done", folder=folder
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        yield
    finally:
        lock.release()
