"""Whether what the maps of *Why* point at is where the thing is that the picture shows.

    python tests/bench/where_it_looks.py MODEL BOXES.json

BOXES.json has for each photo, by its path, its class and the boxes around the things of that class, drawn before any
map was seen: {"photo.jpg": {"label": "bees", "boxes": [[left, top, right, bottom], …]}}, as shares of the largest
square in the middle of the photo. For each method of ``explain`` it prints on how many photos the strongest pixel of
the map lies in a box, with Wilson's interval of 95 %, beside the share of the seen area that the boxes cover, which is
what a pixel drawn by chance would reach; and which share of the map's positive values they hold.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.inference.explanation import Explainer, Method
from alexnet_app.core.inference.interval import wilson
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.header import network_in

METHODS = (Method.OCCLUSION, Method.GRADIENTS, Method.GRAD_CAM)
Mask = NDArray[np.bool_]


def main() -> int:
    options = _options()
    bundle = read_bundle(options.model)
    explainer = Explainer(bundle)
    side, seen = bundle.spec.picture_size, bundle.spec.input_size
    hits: dict[str, int] = dict.fromkeys(METHODS, 0)
    held: dict[str, list[float]] = {each: [] for each in METHODS}
    areas, right = [], 0
    photos = json.loads(options.boxes.read_text(encoding="utf-8"))
    for name, told in photos.items():
        picture = read_fitted(Path(name), side)
        inside = mask(told["boxes"], side, seen)
        areas.append(inside.mean())
        right += explainer.explain(picture).label == told["label"]
        for method in METHODS:
            (heat,) = explainer.heat(picture, told["label"], method)
            hits[method] += bool(inside[np.unravel_index(heat.argmax(), heat.shape)])
            held[method].append(heat.clip(0)[inside].sum() / max(heat.clip(0).sum(), 1e-12))
    count = len(photos)
    answered = f"{count} photos, {right} of them answered right"
    print(f"{network_in(options.model)}: {answered}; boxes cover {np.mean(areas):.1%} of what is seen")
    for method in METHODS:
        low, high = (1 - each for each in wilson(count - hits[method], count)[::-1])
        share = f"strongest pixel in a box on {hits[method]} ({low:.0%} to {high:.0%})"
        print(f"{method}: {share}; boxes hold {np.mean(held[method]):.1%} of what speaks for the class")
    return 0


def mask(boxes: list[list[float]], side: int, seen: int) -> Mask:
    """Which pixels of the seen centre, (seen, seen) of a square of ``side``, lie in a box."""
    places = (np.arange(seen) + 0.5 + (side - seen) // 2) / side
    found = np.zeros((seen, seen), bool)
    for left, top, right, bottom in boxes:
        across, down = (left <= places) & (places <= right), (top <= places) & (places <= bottom)
        found |= down[:, None] & across[None, :]
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("boxes", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
