"""What goes over from one tower to the other where they meet: for one photo, and by the weights alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from alexnet_app.core.insight.activations import Shown
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import TOWERS
from alexnet_app.core.network.spec import NetworkSpec

HALF = 2  # what reads both towers reads them as halves


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """A ``layer`` that reads both towers. Rows are the ``readers`` ("A" and "B", or "" for the classes, which belong to
    no tower), columns what they read: tower A, tower B.

    ``flowed`` is what the products with the photo's values add to the readers' sums: the mean of its size over units
    and places. ``energy`` is the sum of the squares of the weights. ``flow_shares`` and ``energy_shares`` are the same
    as shares of each row, 0 to 1; of nothing they are 0.
    """

    layer: str
    readers: tuple[str, ...]
    flowed: NDArray[np.float64]
    energy: NDArray[np.float64]

    @property
    def flow_shares(self) -> NDArray[np.float64]:
        """Which share of what really flows into each reader comes from tower A, and which from tower B."""
        return shares_of(self.flowed)

    @property
    def energy_shares(self) -> NDArray[np.float64]:
        """Which share of the energy of each reader's weights lies on tower A, and which on tower B."""
        return shares_of(self.energy)


def meetings(
    network: AlexNet, shown: Sequence[Shown], energy: Mapping[str, NDArray[np.float64]] | None = None
) -> tuple[Meeting, ...]:
    """Every meeting of the towers in what is ``shown`` of a picture, from the first layer on, in order; none for a
    network of one column. ``energy`` is ``weight_energy`` of the layers where that is known already: it is the same for
    every picture.
    """
    met, found = meeting_layers(network.spec), []
    with torch.inference_mode():
        for before, here in pairwise(shown):
            if not here.after and here.layer in met:
                known = (energy or {}).get(here.layer)
                found.append(_meeting(network, here.layer, torch.from_numpy(before.values)[None], known))
    return tuple(found)


def weight_energy(network: AlexNet, layer: str) -> NDArray[np.float64]:
    """The sum of squares of the weights with which each reader of ``layer`` (row) reads each tower (column)."""
    return energy_between(network.spec, layer, network.get_submodule(layer).get_parameter("weight").detach())


def energy_between(spec: NetworkSpec, layer: str, weight: Tensor) -> NDArray[np.float64]:
    """The same of the ``weight`` of ``layer`` alone, as a model keeps it."""
    weight = weight if weight.dim() in (2, 4) else weight.transpose(0, 1)  # locally connected: positions come first
    sources = weight.chunk(HALF, dim=1 if weight.dim() != 3 else 2)
    norm = partial(torch.linalg.vector_norm, dtype=torch.float64)
    rows = [[float(norm(each[part])) ** 2 for each in sources] for part in spec.tower_slices(layer)]
    return np.array(rows, np.float64)


def readers_of(spec: NetworkSpec, layer: str) -> tuple[str, ...]:
    """Who reads both towers in ``layer``: "A" and "B", or "" for the classes, which belong to no tower."""
    return TOWERS if len(spec.tower_slices(layer)) > 1 else ("",)


def meeting_layers(spec: NetworkSpec) -> tuple[str, ...]:
    """The layers that read both towers; none for a network of one column."""
    if spec.towers == 1:
        return ()
    return tuple(each.name for each in spec.layers[1:] if each.sees == "both")


def _meeting(network: AlexNet, layer: str, x: Tensor, energy: NDArray[np.float64] | None) -> Meeting:
    """What flows where ``layer`` reads ``x`` (1, K, H, W) or (1, U)."""
    slices, module = network.spec.tower_slices(layer), network.get_submodule(layer)
    x = x.to(module.get_parameter("weight").device)
    x = x.flatten(1) if layer in {each.name for each in network.spec.dense} else x
    added = [_added(module, x, tower)[0].abs() for tower in range(HALF)]
    flowed = np.array([[float(each[part].mean()) for each in added] for part in slices], np.float64)
    return Meeting(
        layer, readers_of(network.spec, layer), flowed, weight_energy(network, layer) if energy is None else energy
    )


def _added(module: nn.Module, x: Tensor, tower: int) -> Tensor:
    """What the values ``x`` of one tower add to the sums of a layer, in its form."""
    half = x.shape[1] // HALF
    part = slice(tower * half, (tower + 1) * half)
    weight = module.get_parameter("weight")
    if isinstance(module, nn.Conv2d):
        return F.conv2d(x[:, part], weight[:, part], None, module.stride, module.padding)
    if weight.dim() == HALF:
        return x[:, part] @ weight[:, part].T
    alone = torch.zeros_like(x)
    alone[:, part] = x[:, part]
    both: Tensor = module(alone) - module(torch.zeros_like(x))
    return both


def shares_of(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each of ``rows`` as shares of its sum, 0 to 1; 0 where that is 0."""
    whole = rows.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(rows, whole, out=np.zeros_like(rows), where=whole > 0)
    return shares
