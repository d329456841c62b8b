"""Maps and units as pictures: a sheet for each layer and step, tower A beside tower B, the strongest first."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.insight.activations import Shown
from alexnet_app.core.network.spec import NetworkSpec

STEPS = {
    "": "as it is",
    "relu": "after ReLU",
    "tanh": "after tanh",
    "norm": "after LRN",
    "map-norm": "after normalization within maps",
    "pool": "after pooling",
}
TINY = float(np.finfo(np.float32).tiny)
LEAST, UNIT = 48, 20  # pixels of a map's side at least, and of a unit's
GAP, MARGIN, TITLE, NAME = 4, 16, 30, 12  # NAME is the room for a map's number
MOST_NAMED = 512  # maps of a tower whose numbers can be read


def in_grey(
    values: NDArray[np.float32], largest: float | None = None, *, signed: bool | None = None
) -> NDArray[np.uint8]:
    """``values`` as uint8 of the same shape: where all are 0 or more, 0 is black; else 0 is middle grey, as it always
    is where they are said to be ``signed``.

    White is ``largest``, by default the largest size among them.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    most = float(np.abs(finite).max(initial=0.0)) if largest is None else largest
    share = np.clip(finite / np.float32(max(most, TINY)), -1, 1)
    has_signs = float(finite.min(initial=0.0)) < 0 if signed is None else signed
    grey = 128 + 127 * share if has_signs else 255 * share
    return np.asarray(np.rint(grey), np.uint8)


def sheet(shown: Shown, spec: NetworkSpec, towers: Sequence[NDArray[np.intp]]) -> Image.Image:
    """All maps of ``shown`` on one scale, each tower's in the order of ``towers``, with their numbers from 1."""
    is_maps = shown.values.ndim == 3
    cells = in_grey(shown.values if is_maps else shown.values[:, None, None])
    zoom = max(1, math.ceil(LEAST / cells.shape[1])) if is_maps else UNIT
    parts = [_grid(cells, units, zoom, named=is_maps and len(units) <= MOST_NAMED) for units in towers]
    names = [f"tower {name}: " for name in "AB"] if len(parts) > 1 else [""]
    width = sum(each.width for each in parts) + (len(parts) + 1) * MARGIN
    page = Image.new("RGB", (width, max(each.height for each in parts) + TITLE + 2 * MARGIN), "white")
    pen, font, left = ImageDraw.Draw(page), ImageFont.load_default(16), MARGIN
    largest = float(np.abs(shown.values).max(initial=0.0))
    for name, part in zip(names, parts, strict=True):
        pen.text((left, MARGIN // 2), f"{name}{titled(shown)}, white = {largest:.3g}", fill="black", font=font)
        page.paste(part, (left, TITLE + MARGIN))
        left += part.width + MARGIN
    return page


def titled(shown: Shown) -> str:
    """The name of a step of a layer, such as "conv1 after LRN"."""
    return f"{shown.layer} {STEPS[shown.step]}"


def _grid(cells: NDArray[np.uint8], units: NDArray[np.intp], zoom: int, *, named: bool) -> Image.Image:
    """The ``cells`` (K, H, W) of ``units``, enlarged, in rows."""
    height, width = (zoom * side + GAP for side in cells.shape[1:])
    height += NAME if named else 0
    columns = max(1, math.ceil(math.sqrt(len(units) * height / width)))
    rows = -(-len(units) // columns)
    page = Image.new("RGB", (max(columns * width, 420), rows * height), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(10)
    for place, unit in enumerate(units):
        top, left = place // columns * height, place % columns * width
        enlarged = cells[unit].repeat(zoom, axis=0).repeat(zoom, axis=1)
        page.paste(Image.fromarray(enlarged), (left, top))
        if named:
            pen.text((left, top + height - GAP - NAME), str(int(unit) + 1), fill="black", font=font)
    return page
