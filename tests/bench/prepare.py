"""How fast large photos become a prepared set, against Pillow's full decode and resize on as many threads.

    python tests/bench/prepare.py [--photos N] [--rounds 7] [--json]

Photos are those in ``imagenet1000_256`` of ALEXNET_TEST_DATA, else white noise, scaled up; the note says which. Ours is
the whole of preparing: decode, scale, sums, checksums, records, files that are on the disk.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PIL import Image

from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.record import digest
from alexnet_app.core.data.prepared.statistics import Sums
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.machine import cores
from tests.bench.profiles import shares
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

SIDE = 256
PHOTOS = 24
BOUND = "decoding alone, at the smallest scale that has 256 pixels"


def rows(rounds: int = ROUNDS, photos: int = PHOTOS) -> Iterator[Row]:
    """Photos of a phone, whose shorter side has 3000 pixels, to raw and to JPEG; and smaller ones of 1500 to raw."""
    with tempfile.TemporaryDirectory() as folder:
        large = _make(Path(folder, "large"), photos, 4000, 3000)
        yield _row("prepare", large, Path(folder), "raw", rounds, 3.0)
        yield _row("prepare-jpeg", large, Path(folder), "jpeg", rounds, None)
        small = _make(Path(folder, "small"), 16 * photos, 2000, 1500)  # 96 took 0.6 s, too little beside what begins it
        yield _row("prepare-2000", small, Path(folder), "raw", rounds, 3.0)


def _row(name: str, source: Source, folder: Path, storage: str, rounds: int, must: float | None) -> Row:
    paths = source.splits["train"].paths  # type: ignore[union-attr]
    cache = folder / "cache"

    def ours() -> float:
        shutil.rmtree(cache, ignore_errors=True)
        begun = perf_counter()
        for _ in prepare(source, SIDE, storage=storage, cache=cache):
            pass
        return len(paths) / (perf_counter() - begun)

    def peer() -> float:
        begun = perf_counter()
        with ThreadPoolExecutor(cores()) as pool:
            np.stack(list(pool.map(_plain, paths)))
        return len(paths) / (perf_counter() - begun)

    with Image.open(paths[0]) as picture:
        size = f"{picture.width} x {picture.height}"
    note = f"{len(paths)} photos of {size}, scaled up from {source.name}, {cores()} threads, storage {storage}; "
    note += f"bound: {BOUND}"
    pairs, most = interleaved(ours, peer, rounds), _decoded(paths)
    row = Row(name, "Pillow full decode + resize", "photos/s", pairs, less=False, bound=most, must=must, note=note)
    return row.explained(lambda: _profile(paths, *(cores() / each for each in (row.medians[0], most))))


def _profile(paths: Sequence[str], whole: float, decoding: float) -> tuple[str, ...]:
    """Where the ``whole`` of a photo goes, in seconds of a processor; ``decoding`` alone takes so many."""
    fitted = [read_fitted(Path(path), SIDE) for path in paths]
    seconds = {
        "decoding": decoding,
        "orientation, colours and scaling": _mean(lambda: [read_fitted(Path(path), SIDE) for path in paths], paths)
        - decoding,
        "sums of the mean and the colours": _mean(lambda: Sums.of(np.stack(fitted)), paths),
        "checksums": _mean(lambda: [digest(memoryview(each).cast("B")) for each in fitted], paths),
    }
    return shares(seconds, whole)


def _mean(work: Callable[[], object], paths: Sequence[str]) -> float:
    begun = perf_counter()
    work()
    return (perf_counter() - begun) / len(paths)


def _decoded(paths: Sequence[str]) -> float:
    """Photos a second that libjpeg decodes at the smallest scale that is large enough, and nothing else."""

    def one(path: str) -> None:
        with Image.open(path) as picture:
            picture.draft("RGB", (SIDE, SIDE))
            picture.load()

    times = []
    for _ in range(3):
        begun = perf_counter()
        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(one, paths))
        times.append(perf_counter() - begun)
    return len(paths) / min(times)


def _plain(path: str) -> np.ndarray:
    """As a careful user writes it: decode, shorter side to 256, centre."""
    with Image.open(path) as picture:
        scale = SIDE / min(picture.size)
        size = round(picture.width * scale), round(picture.height * scale)
        scaled = picture.convert("RGB").resize(size, Image.Resampling.BILINEAR)
    left, top = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
    return np.asarray(scaled.crop((left, top, left + SIDE, top + SIDE)))


def _make(folder: Path, count: int, width: int, height: int) -> Source:
    folder.mkdir()
    data = os.environ.get("ALEXNET_TEST_DATA")
    real = sorted(Path(data, "imagenet1000_256").glob("*.JPEG"))[:: max(1, 1000 // count)] if data else []
    chance = np.random.default_rng(1)
    paths = []
    for index in range(count):
        path = folder / f"{index}.jpg"
        small = Image.open(real[index]) if real else Image.fromarray(chance.integers(0, 256, (96, 128, 3), np.uint8))
        small.convert("RGB").resize((width, height), Image.Resampling.BICUBIC).save(path, quality=92)
        paths.append(str(path))
    labels = np.arange(count, dtype=np.int64) % 2
    return Source("photos of ImageNet" if real else "noise", ("a", "b"), {"train": Files(tuple(paths), labels)})


def main() -> None:
    """Prints the rows."""
    options = arguments(__doc__, photos=PHOTOS)
    told(rows(options.rounds, options.photos), as_json=options.json)


if __name__ == "__main__":
    main()
