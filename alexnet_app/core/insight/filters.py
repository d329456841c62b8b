"""The kernels of a layer as pictures and as numbers, tower by tower, as in the paper's Figure 3."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.layers import TOWERS
from alexnet_app.core.network.spec import NetworkSpec, unit_numbers

if TYPE_CHECKING:  # the window draws single kernels before, and without, torch
    from torch import Tensor

    from alexnet_app.core.network.bundle import Bundle

BORDER = 1  # pixels between kernels, before they are enlarged
PAPER = 255
LARGEST_SHEET = 4_000  # kernel slices on one sheet of a later layer: more cannot be told apart

Order: TypeAlias = Literal["learned", "strength", "colour", "hue", "stripes", "direction"]
ORDERS: tuple[Order, ...] = get_args(Order)
OF_PICTURES = frozenset[Order]({"colour", "hue", "stripes", "direction"})  # orders of kernels that read a picture
CLEAR = 0.3  # of the colour index or the direction index: below it a hue or a direction says little
WeightScale: TypeAlias = Literal["own", "common"]  # white and black are each kernel's largest weight, or the layer's
WEIGHT_SCALES: tuple[WeightScale, ...] = get_args(WeightScale)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The kernels of one tower: uint8 (K, size, size, 3), with the tower's name.

    ``columns`` is how many make a good row: with a later layer's slices, those of one kernel. ``numbers`` are the
    kernels in the order shown, from 1 within the layer; ``slices`` pictures make one kernel.
    """

    title: str
    kernels: NDArray[np.uint8]
    columns: int
    numbers: tuple[int, ...] = ()
    slices: int = 1


@dataclass(frozen=True, slots=True)
class Tower:
    """The kernels of one tower as numbers: ``weights`` fp32 (K, maps, size, size), ``biases`` fp32 (K).

    ``first`` is how many kernels of the layer come before. ``sees`` names the towers whose maps the kernels read, with
    how many of each: empty where that is the picture; the one column of a network without towers is named "".
    """

    name: str
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    first: int
    sees: tuple[tuple[str, int], ...]


def layers_with_kernels(spec: NetworkSpec) -> tuple[str, ...]:
    """The layers whose kernels can be shown: convolutions that share theirs between all positions."""
    return tuple(each.name for each in spec.convolutions if each.shared)


def towers(bundle: "Bundle", layer: str) -> tuple[Tower, ...]:
    """The numbers of ``layer``, tower A then tower B, or the one column. Raises UserError as ``sheets`` does."""
    weights, biases = _numbers(_kernels(bundle, layer)), _numbers(bundle.weights[f"{layer}.bias"])
    names = TOWERS if bundle.spec.towers == 2 else ("",)
    return tuple(
        Tower(name, weights[part], biases[part], part.start, _seen(bundle.spec, layer, name))
        for name, part in zip(names, bundle.spec.tower_slices(layer), strict=True)
    )


def strength(weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """The L2 norm of each kernel of ``weights`` (K, maps, size, size); 0 for a kernel of zeros."""
    norm: NDArray[np.float64] = np.sqrt(_energy(weights))
    return norm


def colourfulness(weights: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of each kernel (K, 3, size, size) is colour: 1 − energy along grey / all energy.

    0 where red, green and blue are the same everywhere, 1 where their sum is 0 everywhere, 2/3 for a pure primary
    colour. Energy is the sum of squares; along grey it is that of (R + G + B) / √3. A kernel of zeros has 0.
    """
    grey = _energy(weights.sum(axis=1, keepdims=True, dtype=np.float64)) / 3
    whole = _energy(weights)
    share = np.divide(grey, whole, out=np.ones_like(whole), where=whole > 0)
    colour: NDArray[np.float64] = np.clip(1 - share, 0, 1)
    return colour


def order_of(weights: NDArray[np.float32], order: Order) -> NDArray[np.intp]:
    """The kernels' places in ``order``: as learned; the strongest, the most colourful or the most striped first; by hue
    or by the direction of their stripes, those that have one first. Ties as learned.

    Raises UserError for an order ``OF_PICTURES`` where the kernels (K, maps, size, size) do not read a picture.
    """
    if order == "learned":
        return np.arange(len(weights))
    if order in OF_PICTURES and weights.shape[1] != 3:
        raise UserError(
            "kernels that read {maps} maps have no colour and no direction to sort by",
            hint="sort by strength",
            maps=weights.shape[1],
        )
    return np.argsort(_value(weights, order), kind="stable")


def _value(weights: NDArray[np.float32], order: Order) -> NDArray[np.float64]:
    """What is the smallest for the kernel that comes first."""
    from alexnet_app.core.insight.directions import hue_axis, stripe_angle
    from alexnet_app.core.insight.selectivity import colour_index, orientation_index

    match order:
        case "strength":
            return -strength(weights)
        case "colour":
            return -colourfulness(weights)
        case "stripes":
            return -orientation_index(weights)
        case "hue":
            return np.where(colour_index(weights) >= CLEAR, hue_axis(weights), np.inf)
    return np.where(orientation_index(weights) >= CLEAR, stripe_angle(weights), np.inf)


def slice_pictures(kernel: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Each map's slice of one kernel (maps, size, size) in grey, uint8 (maps, size, size, 3).

    Zero is middle grey; all slices have the same scale.
    """
    return np.repeat(_grey_at_zero(kernel, axes=(0, 1, 2))[..., None], 3, axis=3)


def kernel_picture(kernel: NDArray[np.float32]) -> NDArray[np.uint8]:
    """One kernel of conv1 (3, size, size) in colour, uint8 (size, size, 3), as in ``kernel_pictures``."""
    return _grey_at_zero(kernel.transpose(1, 2, 0), axes=(0, 1, 2))


def pictures_on(kernels: NDArray[np.float32], largest: float) -> NDArray[np.uint8]:
    """conv1's kernels (K, 3, H, W) as RGB pictures, uint8 (K, H, W, 3), all on one scale: ``largest`` is white."""
    return _in_colour(kernels, largest)


def kernel_pictures(weight: "Tensor") -> NDArray[np.uint8]:
    """conv1's kernels (K, 3, H, W) as RGB pictures, uint8 (K, H, W, 3).

    Zero is middle grey; each kernel is scaled by its own largest weight, so that hues stay as they are.
    """
    return _in_colour(_numbers(weight))


def largest_weights(weight: "Tensor") -> NDArray[np.float32]:
    """The size of the largest finite weight of each kernel (K, maps, H, W), fp32 (K,): what is white or black in its
    picture.
    """
    kernels = _numbers(weight)
    largest: NDArray[np.float32] = np.abs(kernels).max(axis=(1, 2, 3), initial=0, where=np.isfinite(kernels))
    return largest


def sheets(
    bundle: "Bundle", layer: str = "conv1", order: Order = "learned", scale: WeightScale = "own"
) -> tuple[Sheet, ...]:
    """One sheet for tower A and one for tower B; a single one, "one column", for a network without towers.

    Within its sheet each tower is in ``order``. With the ``scale`` "own" each kernel is drawn by its own largest
    weight, with "common" all by that of the layer: weak kernels are faint then. A later layer's kernels are shown in
    grey, each input map's slice by itself: the first kernel's slices, then the next one's, as many kernels as make no
    more than LARGEST_SHEET slices.
    Raises UserError for a layer that has no kernels, or none that can be ordered so.
    """
    found = towers(bundle, layer)
    largest = max(_largest(each.weights) for each in found) if scale == "common" else None
    return tuple(_sheet(each, order, largest) for each in found)


def draw(sheet: Sheet, zoom: int) -> NDArray[np.uint8]:
    """The sheet as one picture, uint8 (height, width, 3), each pixel of a kernel ``zoom`` wide."""
    return tiled(sheet.kernels, sheet.columns).repeat(zoom, axis=0).repeat(zoom, axis=1)


def tiled(cells: NDArray[np.uint8], columns: int, paper: int = PAPER) -> NDArray[np.uint8]:
    """``cells`` uint8 (N, h, w, C) as one picture (height, width, C), in rows of ``columns``; between them and behind
    the last one is ``paper`` in every channel, a pixel wide.
    """
    count, height, width, channels = cells.shape
    rows = -(-count // columns)
    spaced = np.full((rows * columns, height + BORDER, width + BORDER, channels), paper, dtype=np.uint8)
    spaced[:count, :height, :width] = cells
    grid = spaced.reshape(rows, columns, height + BORDER, width + BORDER, channels).swapaxes(1, 2)
    return grid.reshape(rows * (height + BORDER), columns * (width + BORDER), channels)[:-BORDER, :-BORDER]


def _sheet(tower: Tower, order: Order, largest: float | None) -> Sheet:
    title = f"Tower {tower.name}" if tower.name else "one column"
    found = order_of(tower.weights, order)
    maps = tower.weights.shape[1]
    if not tower.sees:  # the picture: three maps are one in colour
        columns = math.ceil(math.sqrt(len(found) * 4 / 3))
        drawn = _in_colour(tower.weights[found], largest)
        return Sheet(title, drawn, columns, unit_numbers(tower.first, found))
    found = found[: max(1, LARGEST_SHEET // maps)]  # whole kernels, with all their slices
    drawn = _grey_slices(tower.weights[found], largest)
    return Sheet(title, drawn, maps, unit_numbers(tower.first, found), slices=maps)


def _seen(spec: NetworkSpec, layer: str, tower: str) -> tuple[tuple[str, int], ...]:
    place = [each.name for each in spec.convolutions].index(layer)
    if place == 0:
        return ()
    before, names = spec.convolutions[place - 1].kernels, TOWERS if spec.towers == 2 else ("",)
    seen = names if spec.convolutions[place].sees == "both" else (tower,)
    return tuple((name, before // len(names)) for name in seen)


def _kernels(bundle: "Bundle", layer: str) -> "Tensor":
    names = layers_with_kernels(bundle.spec)
    if layer not in names:
        raise UserError(
            "the layer {layer!r} has no kernels to show",
            hint="choose one of {known}",
            layer=layer,
            known=", ".join(names),
        )
    return bundle.weights[f"{layer}.weight"]


def _numbers(tensor: "Tensor") -> NDArray[np.float32]:
    numbers: NDArray[np.float32] = tensor.detach().cpu().float().numpy()
    return numbers


def _energy(weights: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    energy: NDArray[np.float64] = np.square(weights, dtype=np.float64).sum(axis=(1, 2, 3))
    return energy


def _largest(weights: NDArray[np.float32]) -> float:
    """The largest size of a finite weight; 0 where there is none."""
    return float(np.abs(weights).max(initial=0.0, where=np.isfinite(weights)))


def _in_colour(kernels: NDArray[np.float32], largest: float | None = None) -> NDArray[np.uint8]:
    return _grey_at_zero(kernels.transpose(0, 2, 3, 1), axes=(1, 2, 3), largest=largest)


def _grey_slices(kernels: NDArray[np.float32], largest: float | None) -> NDArray[np.uint8]:
    grey = _grey_at_zero(kernels, axes=(1, 2, 3), largest=largest).reshape(-1, *kernels.shape[2:])
    return np.repeat(grey[..., None], 3, axis=3)


def _grey_at_zero(
    kernels: NDArray[np.float32], axes: tuple[int, ...], largest: float | None = None
) -> NDArray[np.uint8]:
    """``largest`` is the weight that is white; None for the largest along ``axes``."""
    kernels = np.nan_to_num(
        kernels, nan=0.0, posinf=0.0, neginf=0.0
    )  # a run that diverged still shows its last picture
    scale = np.abs(kernels).max(axis=axes, keepdims=True) if largest is None else np.float32(largest)
    grey: NDArray[np.float32] = 128 + 127 * kernels / np.maximum(scale, np.finfo(np.float32).tiny)
    return np.rint(grey).astype(np.uint8)
