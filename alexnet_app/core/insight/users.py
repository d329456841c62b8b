"""Which units of the next layer use a unit, by their weights, and of which tower they are."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import Dense
from alexnet_app.core.network.spec import NetworkSpec


@dataclass(frozen=True, slots=True)
class User:
    """A ``unit`` of the next layer, from 0 within it, of ``tower`` ("A", "B" or ""), and how strongly it uses another
    one: ``strength`` is the L2 norm of the weights on it, ``total`` their sum: above 0 where it is for it.
    """

    unit: int
    tower: str
    strength: float
    total: float


@dataclass(frozen=True, slots=True)
class Use:
    """Who uses a unit: the next ``layer``, its ``users`` with the largest weights first, and how the energy of all
    weights on the unit, the sum of their squares, is shared: by tower, 0 to 1; one share, "", for the classes, which
    belong to no tower, and without towers.
    """

    layer: str
    users: tuple[User, ...]
    shares: dict[str, float]


def use_of(network: AlexNet, layer: str, unit: int, count: int = 5) -> Use | None:
    """Who uses unit ``unit`` of ``layer``, its ``count`` strongest users; None for the classes, which nobody reads.

    IndexError for a unit that is not there, KeyError for a layer.
    """
    spec = network.spec
    names = [each.name for each in spec.layers]
    place = names.index(layer) if layer in names else -1
    if place < 0:
        raise KeyError(layer)
    units = spec.figures()[place].maps
    if not 0 <= unit < units:
        raise IndexError((layer, unit))
    if place + 1 == len(names):
        return None
    following = names[place + 1]
    weights, first = _weights_on(network, following, unit, units)
    energy = weights.square().sum(1)
    order = torch.argsort(energy, descending=True, stable=True)[:count].tolist()
    users = tuple(
        User(first + at, spec.tower_of(following, first + at), float(energy[at].sqrt()), float(weights[at].sum()))
        for at in order
    )
    return Use(following, users, _shares(spec, following, energy, first))


def _weights_on(network: AlexNet, layer: str, unit: int, units: int) -> tuple[Tensor, int]:
    """The weights of ``layer`` on one of the ``units`` before it, (readers, weights), and the first of the readers."""
    spec = network.spec
    chosen = {each.name: each for each in spec.layers}[layer]
    weight = network.get_submodule(layer).get_parameter("weight").detach().cpu().double()
    if not isinstance(chosen, Dense) and not chosen.shared:  # own weights at each position: (positions, kernels, …)
        weight = weight.transpose(0, 1).unflatten(2, (units, -1)).transpose(1, 2).flatten(2)
    own = chosen.sees == "own" and spec.towers > 1
    read = units // spec.towers if own else units
    weight = weight.reshape(len(weight), read, -1)
    if not own:
        return weight[:, unit], 0
    half = len(weight) // spec.towers
    first = unit // read * half
    return weight[first : first + half, unit % read], first


def _shares(spec: NetworkSpec, layer: str, energy: Tensor, first: int) -> dict[str, float]:
    whole = float(energy.sum())
    towers: dict[str, float] = {spec.tower_of(layer, part.start): 0.0 for part in spec.tower_slices(layer)}
    for at, each in enumerate(energy.tolist()):
        towers[spec.tower_of(layer, first + at)] += each / whole if whole else 0.0
    return towers
