"""The kernels of a layer as pictures: one sheet for each tower, as in the paper's Figure 3."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.spec import TOWERS

BORDER = 1  # pixels between kernels, before they are enlarged
PAPER = 255
LARGEST_SHEET = 4_000  # kernel slices on one sheet of a later layer: more cannot be told apart


@dataclass(frozen=True, slots=True)
class Sheet:
    """The kernels of one tower: uint8 (K, size, size, 3) in the order of the layer, with the tower's name.

    ``columns`` is how many make a good row: with a later layer's slices, those of one kernel.
    """

    title: str
    kernels: NDArray[np.uint8]
    columns: int


def kernel_pictures(weight: Tensor) -> NDArray[np.uint8]:
    """conv1's kernels (K, 3, H, W) as RGB pictures, uint8 (K, H, W, 3).

    Zero is middle grey; each kernel is scaled by its own largest weight, so that hues stay as they are.
    """
    kernels = weight.detach().cpu().float().numpy().transpose(0, 2, 3, 1)
    return _grey_at_zero(kernels, axes=(1, 2, 3))


def sheets(bundle: Bundle, layer: str = "conv1") -> tuple[Sheet, ...]:
    """One sheet for tower A and one for tower B; a single one, "one column", for a network without towers.

    A later layer's kernels are shown in grey, each input map's slice by itself: the first kernel's slices, then the
    next one's. Raises UserError for a layer that has no kernels.
    """
    weight = _kernels(bundle, layer)
    slices = bundle.spec.tower_slices(layer)
    titles = ("one column",) if len(slices) == 1 else tuple(f"Tower {tower}" for tower in TOWERS)
    if weight.shape[1] == 3:
        pictures = kernel_pictures(weight)
        found = [pictures[part] for part in slices]
        columns = math.ceil(math.sqrt(len(found[0]) * 4 / 3))
    else:
        found = [_grey_slices(weight[part]) for part in slices]
        columns = weight.shape[1]
    return tuple(Sheet(title, each, columns) for title, each in zip(titles, found, strict=True))


def draw(sheet: Sheet, zoom: int) -> NDArray[np.uint8]:
    """The sheet as one picture, uint8 (height, width, 3), each pixel of a kernel ``zoom`` wide."""
    columns = sheet.columns
    count, height, width, _ = sheet.kernels.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + BORDER, width + BORDER, 3), PAPER, dtype=np.uint8)
    cells[:count, :height, :width] = sheet.kernels
    grid = cells.reshape(rows, columns, height + BORDER, width + BORDER, 3).swapaxes(1, 2)
    picture = grid.reshape(rows * (height + BORDER), columns * (width + BORDER), 3)[:-BORDER, :-BORDER]
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _kernels(bundle: Bundle, layer: str) -> Tensor:
    names = [each.name for each in bundle.spec.convolutions if each.shared]
    if layer not in names:
        raise UserError(
            "the layer {layer!r} has no kernels to show",
            hint="choose one of {known}",
            layer=layer,
            known=", ".join(names),
        )
    return bundle.weights[f"{layer}.weight"]


def _grey_slices(weight: Tensor) -> NDArray[np.uint8]:
    whole = max(1, LARGEST_SHEET // weight.shape[1])  # kernels, with all their slices
    kernels = weight[:whole].detach().cpu().float().numpy()
    grey = _grey_at_zero(kernels, axes=(1, 2, 3)).reshape(-1, *kernels.shape[2:])
    return np.repeat(grey[..., None], 3, axis=3)


def _grey_at_zero(kernels: NDArray[np.float32], axes: tuple[int, ...]) -> NDArray[np.uint8]:
    kernels = np.nan_to_num(
        kernels, nan=0.0, posinf=0.0, neginf=0.0
    )  # a run that diverged still shows its last picture
    largest = np.abs(kernels).max(axis=axes, keepdims=True)
    grey: NDArray[np.float32] = 128 + 127 * kernels / np.maximum(largest, np.finfo(np.float32).tiny)
    return np.rint(grey).astype(np.uint8)
