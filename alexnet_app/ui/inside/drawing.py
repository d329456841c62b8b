"""From what a network makes of a photo to what is drawn of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.activations import Shown, answers, order
from alexnet_app.core.insight.filters import kernel_picture
from alexnet_app.core.insight.map_sheets import in_grey
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.ui.inside import words
from alexnet_app.ui.inside.jobs import Seen
from alexnet_app.ui.inside.views.columns import Column, Face, TowerBlock
from alexnet_app.ui.inside.views.unit_view import DrawnWalk

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.arithmetic import Arithmetic

FACES = 8  # strongest maps of a tower in the figure
LEVELS = 96  # a bar of units is drawn with so many steps at most
INPUTS = 3  # input maps whose products are drawn


def columns(seen: Seen) -> tuple[Column, ...]:
    """The layers of what was seen, from the first to the classes."""
    return tuple(_column(seen, each.name) for each in seen.spec.layers)


def _column(seen: Seen, layer: str) -> Column:
    shown = answers(seen.shown, layer)
    towers = order(shown, seen.spec)
    is_off = _off(seen, len(towers))
    pairs = zip(seen.spec.tower_slices(layer), towers, is_off, strict=True)
    blocks = tuple(_block(seen.spec, shown, part, units, is_off=off) for part, units, off in pairs)
    return Column(layer, words.size(seen.spec, layer), blocks)


def _off(seen: Seen, towers: int) -> tuple[bool, ...]:
    return tuple(towers > 1 and at == seen.request.off.tower for at in range(towers))


def _block(spec: NetworkSpec, shown: Shown, part: slice, units: NDArray[np.intp], *, is_off: bool) -> TowerBlock:
    """One tower's part of a layer. White is the largest value of the layer: towers can be compared."""
    count = part.stop - part.start
    largest = float(np.abs(shown.values).max(initial=0.0))
    if shown.values.ndim == 1:
        levels = in_grey(np.maximum(shown.values[part], 0), largest)
        return TowerBlock(count, 1, (), _coarser(levels), is_off)
    faces = [_face(spec, shown, int(unit)) for unit in units[:FACES]]
    return TowerBlock(count, shown.values.shape[1], faces, None, is_off)


def _face(spec: NetworkSpec, shown: Shown, unit: int) -> Face:
    title, peak = words.unit_title(spec, shown.layer, unit), float(shown.values[unit].max())
    return Face(unit, in_grey(shown.values[unit]), words.peak(title, peak))


def _coarser(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The strongest of neighbouring units, so that a bar of a hundred pixels shows thousands."""
    if len(levels) <= LEVELS:
        return levels
    parts = np.array_split(levels, LEVELS)
    return np.array([part.max() for part in parts], np.uint8)


def strongest(seen: Seen, layer: str) -> int:
    """The unit of a layer with the largest value, from 0."""
    return int(answers(seen.shown, layer).peaks.argmax())


def grids(spec: NetworkSpec, shown: Shown, by: Sequence[NDArray[np.intp]]) -> list[NDArray[np.uint8]]:
    """For each tower all its maps in the order ``by``, uint8 (maps, side, side, 3), on one scale; units are maps of one
    pixel.
    """
    grey = in_grey(shown.values if shown.values.ndim == 3 else shown.values[:, None, None])
    return [np.repeat(grey[units][..., None], 3, axis=3) for units in by]


def one_map(shown: Shown, unit: int) -> NDArray[np.uint8]:
    """One map, uint8 (side, side, 3), on its own scale."""
    values = shown.values[unit]
    grey = in_grey(values if values.ndim else values[None, None])
    return np.repeat(grey[..., None], 3, axis=2)


def walk(found: "Arithmetic") -> DrawnWalk:
    """The arithmetic of one number: in the first layer in colour, else the input maps that add most."""
    if found.first_map == 0 and len(found.kernel) == 3:
        colour = np.asarray(kernel_picture(found.patch))
        products = _in_colour_of_sign(found.products.sum(axis=0, keepdims=True))
        return DrawnWalk(kernel_picture(found.kernel)[None], colour[None], products, words.walk(found))
    most = np.argsort(-np.abs(found.products.sum(axis=(1, 2))), kind="stable")[:INPUTS].tolist()
    parts = (found.kernel[most], found.patch[most], found.products[most])
    kernel, patch, products = (_in_colour_of_sign(np.asarray(each, np.float64)) for each in parts)
    return DrawnWalk(kernel, patch, products, words.walk(found), words.inputs_used(found, most))


def _in_colour_of_sign(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(maps, h, w) as pictures (maps, h, w, 3): white above 0, black below, grey at 0."""
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    grey = np.rint(128 + 127 * np.clip(values / largest, -1, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=3)
