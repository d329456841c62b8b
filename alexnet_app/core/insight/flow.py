"""What goes over from one tower to the other where they meet: for one photo, and by the weights alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.insight.stepwise import Silence, stages
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
        return _shares(self.flowed)

    @property
    def energy_shares(self) -> NDArray[np.float64]:
        """Which share of the energy of each reader's weights lies on tower A, and which on tower B."""
        return _shares(self.energy)


def meetings(network: AlexNet, picture: Tensor, silent: Silence | None = None) -> tuple[Meeting, ...]:
    """Every meeting of the towers for ``picture`` (3, S, S), as it goes into the network, in order; none for a network
    of one column. With ``silent`` some of it is switched off.
    """
    return tuple(_meetings(network, picture, silent))


def weight_energy(network: AlexNet, layer: str) -> NDArray[np.float64]:
    """The sum of squares of the weights with which each reader of ``layer`` (row) reads each tower (column)."""
    weight = network.get_submodule(layer).get_parameter("weight").detach().double()
    weight = weight if weight.dim() in (2, 4) else weight.transpose(0, 1)  # locally connected: positions come first
    sources = weight.chunk(HALF, dim=1 if weight.dim() != 3 else 2)
    squares = torch.stack([each.square().flatten(1).sum(1) for each in sources], dim=1)
    rows = [squares[part].sum(0) for part in network.spec.tower_slices(layer)]
    return np.asarray(torch.stack(rows).cpu().numpy(), np.float64)


def meeting_layers(spec: NetworkSpec) -> tuple[str, ...]:
    """The layers that read both towers; none for a network of one column."""
    if spec.towers == 1:
        return ()
    return tuple(each.name for each in spec.layers[1:] if each.sees == "both")


def _meetings(network: AlexNet, picture: Tensor, silent: Silence | None) -> Iterator[Meeting]:
    met, before = meeting_layers(network.spec), picture
    if not met:
        return
    with torch.inference_mode():
        for stage in stages(network, picture[None], silent):
            if not stage.step and stage.layer in met:
                yield _meeting(network, stage.layer, before)
            before = stage.value


def _meeting(network: AlexNet, layer: str, x: Tensor) -> Meeting:
    """What flows where ``layer`` reads ``x`` (1, K, H, W) or (1, U)."""
    slices = network.spec.tower_slices(layer)
    module = network.get_submodule(layer)
    is_dense = layer in {each.name for each in network.spec.dense}
    x = x.flatten(1) if is_dense else x
    bias = module(torch.zeros_like(x))
    columns = []
    for tower in range(HALF):
        alone = torch.zeros_like(x)
        half = x.shape[1] // HALF
        alone[:, tower * half : (tower + 1) * half] = x[:, tower * half : (tower + 1) * half]
        added = (module(alone) - bias)[0].double().abs()
        columns.append(torch.stack([added[part].mean() for part in slices]))
    flowed = np.asarray(torch.stack(columns, dim=1).cpu().numpy(), np.float64)
    return Meeting(layer, TOWERS if len(slices) > 1 else ("",), flowed, weight_energy(network, layer))


def _shares(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = rows.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(rows, whole, out=np.zeros_like(rows), where=whole > 0)
    return shares
