"""A network run step by step, for those who look inside: what is there after every layer and after what follows it."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.network.ablations import gain_only
from alexnet_app.core.network.alexnet import AlexNet, follow
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec


@dataclass(frozen=True, slots=True)
class Stage:
    """What is there after one step: ``value`` is maps (N, K, H, W) or units (N, U), tower A in the first half.

    ``step`` is "" for the products of a layer's weights with its biases, else what followed, such as "relu". The last
    stage is the scores of the classes (N, classes).
    """

    layer: str
    step: str
    value: Tensor


@dataclass(frozen=True, slots=True)
class Silence:
    """What is switched off in a network that is looked at.

    ``tower`` (0 for A, 1 for B): its outputs are 0 in every layer, right after its weights, so that nothing of it
    reaches the other tower where they meet, and response normalization does not see it either. A layer that reads both
    towers gets twice what the other one says, so that its sums stay as large as it has learned them, as dropout does in
    training. The scores of the classes belong to no tower. ``units``, (layer, unit) each, are 0 in the same way, with
    nothing to make up for them. Without ``normalization`` no value is compared with its neighbours: it is only
    multiplied by the constant k^-β, which is what normalization does to maps of zeros.
    """

    tower: int | None = None
    units: tuple[tuple[str, int], ...] = ()
    normalization: bool = True


def stages(network: AlexNet, pictures: Tensor, silent: int | Silence | None = None) -> Iterator[Stage]:
    """All stages for ``pictures`` (N, 3, S, S) as they go into the network, dropout off; in the type of both.

    Where gradients are wanted ``value`` may be told so (``requires_grad_``) before the next stage is asked for.
    ``silent`` is what is switched off; a number is the tower. IndexError for a unit that is not there.
    """
    off = silent if isinstance(silent, Silence) else Silence(silent)
    spec, x = network.spec if off.normalization else gain_only(network.spec), pictures
    if spec.overhang:
        x = F.pad(x, (0, spec.overhang, 0, spec.overhang))
    for layer in spec.convolutions:
        if layer is not spec.convolutions[0]:
            x = _made_up_for(layer, x, off)
        x = _silenced(network.get_submodule(layer.name)(x), spec, layer.name, off)
        yield Stage(layer.name, "", x)
        for step in layer.then:
            x = follow(step, x, spec, spec.towers)
            yield Stage(layer.name, step, x)
    x = x.flatten(1)
    *hidden, classes = spec.dense
    for dense in hidden:
        x = network.get_submodule(dense.name)(_made_up_for(dense, x, off))
        x = _silenced(x, spec, dense.name, off)
        yield Stage(dense.name, "", x)
        x = follow(dense.then, x, spec, spec.towers)
        yield Stage(dense.name, dense.then, x)
    yield Stage(classes.name, "", network.get_submodule(classes.name)(_made_up_for(classes, x, off)))


def scores(network: AlexNet, pictures: Tensor, silent: int | Silence | None = None) -> Tensor:
    """The scores of the classes (N, classes), computed as ``stages`` does: with gradients where they are wanted."""
    *_, last = stages(network, pictures, silent)
    return last.value


def _made_up_for(layer: Convolution | Dense, x: Tensor, off: Silence) -> Tensor:
    """The input of ``layer``, twice as large where half of what it reads is silent."""
    return x if off.tower is None or layer.sees == "own" else 2 * x


def _silenced(x: Tensor, spec: NetworkSpec, layer: str, off: Silence) -> Tensor:
    units = [unit for name, unit in off.units if name == layer]
    if off.tower is None and not units:
        return x
    kept = x.new_ones(x.shape[1])
    if off.tower is not None and spec.towers > 1:
        kept[spec.tower_slices(layer)[off.tower]] = 0
    kept[units] = 0
    return torch.where(kept.bool().reshape(-1, *[1] * (x.dim() - 2)), x, 0)
