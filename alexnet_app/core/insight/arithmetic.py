"""One number of a map, step by step: kernel, patch, products and bias that add up to it, and what follows it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.insight.receptive import Field, field
from alexnet_app.core.insight.stepwise import Stage, stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import Convolution
from alexnet_app.core.network.spec import NetworkSpec


@dataclass(frozen=True, slots=True)
class Normalized:
    """What response normalization made of one number (section 3.3): ``after`` = ``before`` / (k + α/n · Σ a²)^β.

    ``squares`` are the squares a² of the maps ``maps``, from 0 within the layer, that the sum is over. ``share`` is
    after / before, 0 for a 0. ``constant`` is k^-β, the share that is left where all maps are 0; ``cut``, 0 to 1, is
    what the comparison with the other maps takes from there: ``share`` = ``constant`` · (1 − ``cut``).
    """

    before: float
    after: float
    share: float
    constant: float
    cut: float
    maps: tuple[int, ...]
    squares: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic:
    """How the number at (``row``, ``column``) of map ``unit`` of ``layer`` comes about.

    ``kernel``, ``patch`` (what the kernel lies on, 0 for padding) and ``products`` are (maps, size, size): ``products``
    (float64) add up, with ``bias``, to ``value``, which is the network's own. ``first_map`` is the number of the first
    map that is read. ``tower`` is "A", "B" or "" without towers; ``field`` is what the unit sees of the network's
    input. ``followed`` is what the steps make of the number up to the first pool, such as (("relu", 0.5), …).
    ``normalized`` is what LRN does to it there, None where there is none.
    """

    layer: str
    unit: int
    tower: str
    row: int
    column: int
    field: Field
    kernel: NDArray[np.float32]
    patch: NDArray[np.float32]
    products: NDArray[np.float64]
    first_map: int
    bias: float
    value: float
    followed: tuple[tuple[str, float], ...]
    normalized: Normalized | None


def arithmetic(
    network: AlexNet,
    picture: Tensor,
    layer: str,
    unit: int,
    row: int,
    column: int,
    known: Iterable[Stage] | None = None,
) -> Arithmetic:
    """The number at (``row``, ``column``) of map ``unit`` of the convolution ``layer`` for ``picture`` (3, S, S), as it
    goes into the network. ``known`` are the stages of the picture where they were computed before. KeyError for a layer
    that is no convolution, IndexError for a place that is not there.
    """
    spec = network.spec
    chosen = {each.name: each for each in spec.convolutions}[layer]
    with torch.inference_mode():
        before, done = _around(network, picture, layer, known)
        maps = done[0][1]
        if not (0 <= unit < len(maps) and 0 <= row < maps.shape[1] and 0 <= column < maps.shape[2]):
            raise IndexError((unit, row, column))
        kernel, bias, first = _kernel(network, chosen, unit, row * maps.shape[2] + column, len(before))
        patch = _patch(before[first : first + len(kernel)], chosen, row, column)
        followed, normalized = _followed(spec, done, unit, row, column)
    return Arithmetic(
        layer,
        unit,
        spec.tower_of(layer, unit),
        row,
        column,
        field(spec, layer, row, column),
        kernel.numpy(),
        patch.numpy(),
        (kernel.double() * patch.double()).numpy(),
        first,
        bias,
        float(maps[unit, row, column]),
        followed,
        normalized,
    )


def normalized_at(spec: NetworkSpec, maps: Tensor, unit: int, row: int, column: int) -> Normalized:
    """What the normalization of ``spec`` makes of one number of ``maps`` (C, H, W), which are what it reads."""
    norm = spec.norm
    group = len(maps) // (spec.towers if norm.across == "tower" else 1)
    begin = unit // group * group
    seen = range(max(begin, unit - norm.size // 2), min(begin + group, unit + (norm.size - 1) // 2 + 1))
    squares = maps[seen.start : seen.stop, row, column].double().square()
    before = float(maps[unit, row, column])
    constant = norm.k**-norm.beta
    share = float((norm.k + norm.alpha / norm.size * squares.sum()) ** -norm.beta)
    found = share if before else 0.0
    return Normalized(
        before, before * share, found, constant, 1 - share / constant, tuple(seen), tuple(squares.tolist())
    )


def _around(
    network: AlexNet, picture: Tensor, layer: str, known: Iterable[Stage] | None
) -> tuple[Tensor, list[tuple[str, Tensor]]]:
    """What ``layer`` reads, and what is there after it and each step that follows it: maps (C, H, W) on the CPU."""
    spec = network.spec
    before = F.pad(picture[None], (0, spec.overhang, 0, spec.overhang))
    done: list[tuple[str, Tensor]] = []
    for stage in stages(network, picture[None]) if known is None else known:
        if stage.layer == layer:
            done.append((stage.step, stage.value[0].cpu()))
        elif done:
            break
        else:
            before = stage.value
    return before[0].cpu(), done


def _kernel(network: AlexNet, layer: Convolution, unit: int, place: int, maps: int) -> tuple[Tensor, float, int]:
    """The weights (maps, size, size) of a unit, its bias, and the first of the ``maps`` that it reads."""
    weight, bias = (network.get_submodule(layer.name).get_parameter(name).detach().cpu() for name in ("weight", "bias"))
    if not layer.shared:  # own ones at each place
        return weight[place, unit].unflatten(0, (maps, layer.size, layer.size)), float(bias[place, unit]), 0
    kernel = weight[unit].contiguous()
    return kernel, float(bias[unit]), unit // (len(weight) * len(kernel) // maps) * len(kernel)


def _patch(maps: Tensor, layer: Convolution, row: int, column: int) -> Tensor:
    padded = F.pad(maps, [layer.padding] * 4)
    top, left = row * layer.stride, column * layer.stride
    return padded[:, top : top + layer.size, left : left + layer.size].contiguous()


def _followed(
    spec: NetworkSpec, done: list[tuple[str, Tensor]], unit: int, row: int, column: int
) -> tuple[tuple[tuple[str, float], ...], Normalized | None]:
    """What becomes of the number up to the first pool, which compares it with others."""
    found: list[tuple[str, float]] = []
    normalized = None
    before = done[0][1]
    for step, maps in done[1:]:
        if step == "pool":
            break
        if step == "norm":
            normalized = normalized_at(spec, before, unit, row, column)
        found.append((step, float(maps[unit, row, column])))
        before = maps
    return tuple(found), normalized
