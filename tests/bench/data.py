"""From a prepared set to a varied fp32 batch, against torchvision: ``python tests/bench/data.py --data FOLDER``.

FOLDER (default: ALEXNET_TEST_DATA) holds photos at any depth. They are scaled to a shorter side of 256, cut to the
centre and kept as JPEGs of quality 90 in a folder, and as prepared sets of raw pixels and of JPEGs. Then batches of
128 crops of 227 are made, on one thread for us, in one worker process of a DataLoader for torchvision, each with
torch on one thread. The consumer takes a batch and lets it go, so both have one core to themselves; what the
DataLoader needs to hand a batch over is part of what it costs. Its worker starts before the clock does and its epoch
never ends, so that a small folder costs it no restarts. Batches that were made while the other one was measured are
taken before the clock starts: what is counted was made while it ran. torchvision decodes 256-px JPEGs, which is what
a careful user keeps; that ours can have raw pixels is the point of a prepared set.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from PIL import Image

from alexnet_app.core.data.feed import batches as batches_
from alexnet_app.core.data.feed.batches import Batches
from alexnet_app.core.data.feed.variation import OneByOne, Variation
from alexnet_app.core.data.prepared.storage import STORAGES, data_file, ends_file, open_pictures, to_jpeg
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.training.config import Augmentation
from tests.bench.profiles import stages_of
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

SIDE, SIZE, BATCH, MOST, READY = 256, 227, 128, 1024, 4  # no more than so many are ready before the clock starts
MEAN = (123.7, 116.8, 103.9)
BOUNDS = {  # a copy reads and writes each byte; this reads uint8 and writes fp32
    "raw": f"{SIDE * SIDE * 3 / 1e3:.0f} kB read and {4 * SIZE * SIZE * 3 / 1e3:.0f} kB written as fast as memory",
    "jpeg": "Pillow's decoding alone, of the peer's files",
}
FUNCTIONS = (  # of the thread that makes batches
    (batches_, "read_into", "reading, and decoding what is kept as JPEG"),
    (OneByOne, "_cut", "crop and mirror"),
    (OneByOne, "_shift", "colour, mean and scale"),
)
COMPONENTS = torch.tensor([[-69.7, 14.9, 7.9], [-70.6, -0.6, -15.8], [-69.3, -14.8, 8.2]])


class ColourNoise:
    """The noise of section 4.1, on a tensor from 0 to 1."""

    def __call__(self, picture):
        return picture + (COMPONENTS / 255 @ (torch.randn(3) * 0.1))[:, None, None]


def made(photos: Path, folder: Path) -> dict[str, Arrays]:
    """Up to ``MOST`` photos in ``folder``: as JPEG files, and as the two storages of a prepared set, by their names."""
    paths = sorted(path for path in photos.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})[:MOST]
    if len(paths) < BATCH:
        raise SystemExit(f"{photos} holds {len(paths)} photos, at least {BATCH} are needed")
    (folder / "jpeg" / "class").mkdir(parents=True)
    ends = [0]
    with data_file(folder, "train", "raw").open("wb") as raw, data_file(folder, "train", "jpeg").open("wb") as jpegs:
        for index, path in enumerate(paths):
            with Image.open(path) as photo:
                part = _square(photo.convert("RGB"))
            part.save(folder / "jpeg" / "class" / f"{index:05d}.jpg", quality=90)
            raw.write(np.asarray(part).tobytes())
            ends.append(ends[-1] + jpegs.write(to_jpeg(np.asarray(part))))
    np.array(ends[1:], "<i8").tofile(ends_file(folder, "train"))
    labels = np.zeros(len(paths), np.int64)
    return {name: Arrays(open_pictures(folder, "train", name, len(paths), SIDE), labels) for name in STORAGES}


def _square(photo: Image.Image) -> Image.Image:
    scale = SIDE / min(photo.size)
    scaled = photo.resize([max(SIDE, round(scale * side)) for side in photo.size], Image.Resampling.BICUBIC)
    left, top = (scaled.width - SIDE) // 2, (scaled.height - SIDE) // 2
    return scaled.crop((left, top, left + SIDE, top + SIDE))


def rate(batches: Iterator[object], count: int) -> Callable[[], float]:
    """Pictures a second of the next ``count`` batches, after those that were ready."""

    def measured() -> float:
        for _ in islice(batches, READY):
            pass
        begin = time.perf_counter()
        for _ in islice(batches, count):
            pass
        return count * BATCH / (time.perf_counter() - begin)

    return measured


def theirs(folder: Path) -> Iterator[object]:
    """Batches without end from one worker, which has the usual two ready."""
    from torchvision import datasets, transforms

    steps = [
        transforms.RandomCrop(SIZE),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        ColourNoise(),
        transforms.Normalize([each / 255 for each in MEAN], [0.229, 0.224, 0.225]),
    ]
    data = datasets.ImageFolder(str(folder), transforms.Compose(steps))
    endless = torch.utils.data.RandomSampler(data, replacement=True, num_samples=1 << 40)
    return iter(torch.utils.data.DataLoader(data, BATCH, sampler=endless, num_workers=1))


def copied() -> float:
    """Bytes a second that this core copies from memory to memory."""
    here, there = np.ones(256 << 20, np.uint8), np.ones(256 << 20, np.uint8)
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        np.copyto(there, here)
        times.append(time.perf_counter() - begin)
    return len(here) / min(times)


def decoded(folder: Path) -> float:
    """JPEGs a second that Pillow decodes, and nothing else, on this core."""
    files = [path.read_bytes() for path in sorted(folder.iterdir())[:BATCH]]
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        for each in files:
            with Image.open(BytesIO(each)) as picture:
                picture.load()
        times.append(time.perf_counter() - begin)
    return len(files) / min(times)


def rows(rounds: int = ROUNDS, data: str = "") -> Iterator[Row]:
    """``data-raw`` and ``data-jpeg``."""
    torch.set_num_threads(1)
    photos = Path(data or os.environ.get("ALEXNET_TEST_DATA", "") or sys.exit("needs --data FOLDER"))
    scale = tuple(1 / (255 * each) for each in (0.229, 0.224, 0.225))
    vary = Variation(Augmentation(), 1, SIDE, SIZE, torch.tensor(MEAN).reshape(3, 1, 1), scale, COMPONENTS)
    moved = SIDE * SIDE * 3 + 4 * SIZE * SIZE * 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        splits = made(photos, folder)
        peer = rate(theirs(folder / "jpeg"), 4)
        bounds = {"raw": 2 * copied() / moved, "jpeg": decoded(folder / "jpeg" / "class")}
        for storage, count, must in (("raw", 24, 6), ("jpeg", 8, 2)):
            split = splits[storage]
            with Batches(split, BATCH, 1, variation=vary) as batches:
                own = rate(batches, count)
                row = Row(
                    name=f"data-{storage}",
                    peer="torchvision with 1 worker",
                    unit="pictures/s",
                    pairs=interleaved(own, peer, rounds),
                    less=False,
                    bound=bounds[storage],
                    must=must,
                    note=f"one core each, {len(split.labels)} photos; bound: {BOUNDS[storage]}",
                )
                yield row.explained(lambda own=own: stages_of(own, FUNCTIONS))


def main() -> None:
    """Prints the row."""
    given = arguments(__doc__, data="")
    told(rows(given.rounds, given.data), as_json=given.json)


if __name__ == "__main__":
    main()
