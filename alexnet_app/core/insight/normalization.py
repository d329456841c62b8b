"""What response normalization does in a trained network: how much it cuts, beyond a constant factor (section 3.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet

MOST = 0.99  # the quantile that is told beside the median
AT_ONCE = 1 << 22  # values of a layer whose quantiles are looked for: torch takes no more


@dataclass(frozen=True, slots=True)
class NormalizationCut:
    """How much the normalization after ``layer`` cuts its input: ``median`` and ``most`` (99 % quantile), 0 to 1."""

    layer: str
    median: float
    most: float


def normalization_cuts(network: AlexNet, pictures: Tensor) -> tuple[NormalizationCut, ...]:
    """The cut of each layer that is normalized, over the values of its maps that are not 0, for ``pictures``
    (N, 3, S, S) as they go into the network. Computed in fp32 on the device of both; the network is left as it is.
    """
    return tuple(_cut(layer, values) for layer, values in cuts(network, pictures))


def cuts(network: AlexNet, pictures: Tensor) -> Iterator[tuple[str, Tensor]]:
    """For each normalized layer 1 − (k / (k + α/n · Σ a²))^β of every value of its maps that is not 0, (M,).

    Normalization divides a value by (k + α/n · Σ a²)^β. The part k^β is a constant that any next layer could have
    learned; what is more than that compares neighbouring maps, and is the cut. Nothing can be cut from a 0.
    """
    norm = network.spec.norm
    alone = network.spec.towers if norm.across == "tower" else 1
    with torch.inference_mode():
        x = pictures
        for stage in stages(network, pictures):
            if stage.step == "norm":
                yield stage.layer, (1 - _factors(x, norm.size, norm.alpha, norm.beta, norm.k, alone))[x != 0]
            x = stage.value


def _factors(x: Tensor, size: int, alpha: float, beta: float, k: float, towers: int) -> Tensor:
    """What each value of ``x`` (N, C, H, W) is multiplied by, times k^β."""
    grouped = x.unflatten(1, (towers, -1)).flatten(0, 1)
    squares = grouped.square()
    padded = F.pad(squares, (0, 0, 0, 0, size // 2, (size - 1) // 2))
    sums = padded.unfold(1, size, 1).sum(-1)
    factors: Tensor = (k / (k + alpha / size * sums)).pow(beta).unflatten(0, (-1, towers)).flatten(1, 2)
    return factors


def _cut(layer: str, values: Tensor) -> NormalizationCut:
    if not len(values):
        return NormalizationCut(layer, 0.0, 0.0)
    flat = values[:: -(-len(values) // AT_ONCE)].float().sort().values
    median, most = (float(flat[round(share * (len(flat) - 1))]) for share in (0.5, MOST))
    return NormalizationCut(layer, median, most)
