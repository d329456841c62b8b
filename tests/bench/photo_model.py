"""What a model of Tiny ImageNet's classes is worth on photos that it was not trained on.

    python tests/bench/photo_model.py --model M.alexnet --tiny tiny-imagenet-200 --photos FOLDER

FOLDER has photos whose names begin with their synset. Many of such collections are ImageNet's own training pictures, of
which Tiny ImageNet was made: every photo that correlates with one of its training images by more than 0.9, at 64 pixels
or at 16, where a crop that is off by a little still agrees, is left out first, and how many is printed. Photos of the
200 classes count for the errors; all others should be "not sure". Intervals are Wilson's of 95 %.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from alexnet_app.core.data.prepared.prepare import Prepared, prepare
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.events import Answered
from alexnet_app.core.ilsvrc import synsets
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.network.bundle import read_bundle

SIDE, COARSE = 64, 16
LEAKED = 0.9  # a correlation above it is that of the same picture
LOOKED_AT = 50  # training images that are nearest at 16 pixels are compared at 64
TOP = 5
Vectors = NDArray[np.float32]


def main() -> int:
    options = _options()
    known = _prepared(options.tiny)
    photos = sorted(
        each for each in options.photos.iterdir() if each.name[:1] == "n" and each.suffix.upper() == ".JPEG"
    )
    highest = correlations(photos, known)
    leaked = [path for path, found in zip(photos, highest, strict=True) if found > LEAKED]
    kept = [path for path in photos if path not in set(leaked)]
    names = {each.synset: each.name for each in synsets()}
    bundle = read_bundle(options.model)
    classifier, classes = Classifier(bundle, ten_view=options.ten_view), set(bundle.classes)
    inside = [path for path in kept if names[path.name[:9]] in classes]
    print(
        f"{len(photos)} photos; {len(leaked)} that correlate by more than {LEAKED} with a training image are left out"
    )
    print(f"the highest correlation of those that stay is {max(f for f in highest if f <= LEAKED):.2f}")
    answers = {event.path: event for event in classifier.classify(map(str, kept)) if isinstance(event, Answered)}
    _tell("photos of its classes", inside, answers, names)
    _tell("photos of other classes", [path for path in kept if path not in set(inside)], answers, None)
    return 0


def _tell(what: str, paths: list[Path], answers: dict[str, Answered], names: dict[str, str] | None) -> None:
    found = [(names[path.name[:9]] if names else "", answers[str(path)].predictions) for path in paths]
    print(f"{len(found)} {what}:")
    if names:
        for count in (1, TOP):
            wrong = sum(right not in [each.label for each in predictions[:count]] for right, predictions in found)
            print(f"  top-{count} error {_share(wrong, len(found))}")
    print(f"  not sure {_share(sum(unsure(predictions) for _, predictions in found), len(found))}")


def _share(count: int, total: int) -> str:
    """A share with Wilson's interval of 95 %."""
    if not total:
        return "of nothing"
    z, share = 1.96, count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return f"{share:.1%} ({middle - half:.1%} to {middle + half:.1%})"


def correlations(photos: list[Path], known: Prepared) -> list[float]:
    """The highest correlation of each photo, in grey, with any training image of ``known``, of two ways in which such
    images are made: the whole photo brought to a square, and its centre.
    """
    images = [known.splits[name].pictures for name in ("train", "validation")]
    coarse = np.concatenate([_coarse(split) for split in images])
    counts = np.cumsum([0, *map(len, images)])
    found = []
    for path in photos:
        highest = -1.0
        for picture in _views(path):
            alike = coarse @ _vector(picture, COARSE)
            near = np.argpartition(alike, -LOOKED_AT)[-LOOKED_AT:]
            highest = max(highest, float(alike[near].max()))
            fine = _vector(picture, SIDE)
            for row in near:
                part = int(np.searchsorted(counts, row, side="right")) - 1
                image = Image.fromarray(images[part][int(row - counts[part])]).convert("L")
                highest = max(highest, float(_vector(image, SIDE) @ fine))
        found.append(highest)
    return found


def _views(path: Path) -> Iterator[Image.Image]:
    photo = Image.open(path).convert("L")
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    yield photo.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    yield photo.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _vector(image: Image.Image, side: int) -> Vectors:
    pixels = np.asarray(image if image.size == (side, side) else image.resize((side, side), Image.Resampling.BOX))
    return _normal(pixels.reshape(1, -1).astype(np.float32))[0]


def _coarse(pictures: "NDArray[np.uint8]") -> Vectors:
    """Grey images of 16 × 16, (N, 256), each of mean 0 and length 1."""
    parts = []
    for first in range(0, len(pictures), 1000):
        grey = pictures[first : first + 1000].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        step = SIDE // COARSE
        small = grey.reshape(len(grey), COARSE, step, COARSE, step).mean(axis=(2, 4))
        parts.append(_normal(small.reshape(len(small), -1)))
    return np.concatenate(parts)


def _normal(rows: Vectors) -> Vectors:
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def _prepared(folder: Path) -> Prepared:
    work = prepare(open_source(str(folder)), SIDE)
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: Prepared = end.value
            return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "resources" / "models" / "photo-towers.alexnet")
    parser.add_argument("--tiny", type=Path, required=True, help="Tiny ImageNet as it is downloaded")
    parser.add_argument("--photos", type=Path, required=True, help="photos whose names begin with their synset")
    parser.add_argument("--ten-view", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
