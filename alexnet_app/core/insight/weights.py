"""The weights of every layer in numbers: how they are spread, and of which tower what a tower reads is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.insight.flow import energy_between, meeting_layers, readers_of, shares_of
from alexnet_app.core.network.spec import NetworkSpec

if TYPE_CHECKING:
    from alexnet_app.core.network.bundle import Bundle

BINS = 64  # of a histogram, as many below 0 as above
NEAR = 0.1  # of the standard deviation: a weight that is smaller is near zero
NORMAL_NEAR = math.erf(NEAR / math.sqrt(2))  # of normal weights, with which every training begins: 8 %
AT_ONCE = 1 << 22  # weights that are in memory once more


@dataclass(frozen=True, slots=True)
class WeightSpread:
    """``count`` numbers with their ``mean``, their standard deviation ``spread``, the ``least`` and the ``most``. Only
    finite ones are counted; all are 0 where there is none.
    """

    count: int
    mean: float
    spread: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, eq=False)
class LayerWeights:
    """A layer of ``units`` kernels or units: the spread of its ``weights`` and, apart from them, of its ``biases``.

    ``near_zero`` is the share of the weights smaller than a tenth of their standard deviation, 0 to 1; of normal
    weights 8 %. ``histogram`` counts the weights from −``reach`` to ``reach`` in BINS equal bins.

    ``energy`` is for a layer that reads both towers: which share of the sum of squares of the weights of each of its
    ``readers`` (row: "A" and "B", or "" for the classes) lies on tower A and which on tower B (column), 0 to 1. Weights
    that care for no tower have 0.5 everywhere. None for the others.
    """

    layer: str
    units: int
    weights: WeightSpread
    biases: WeightSpread
    near_zero: float
    histogram: tuple[int, ...]
    reach: float
    readers: tuple[str, ...] = ()
    energy: NDArray[np.float64] | None = None


def layer_weights(bundle: "Bundle") -> Iterator[LayerWeights]:
    """All layers of a model with weights, in their order."""
    spec = bundle.spec
    for row in spec.figures():
        yield _layer(spec, row.name, row.maps, bundle.weights[f"{row.name}.weight"], bundle.weights[f"{row.name}.bias"])


def _layer(spec: NetworkSpec, layer: str, units: int, weight: Tensor, bias: Tensor) -> LayerWeights:
    weights = _spread(weight)
    reach = max(abs(weights.least), abs(weights.most))
    near, counts = 0, np.zeros(BINS, np.int64)
    for part in _parts(weight):
        near += int((part.abs() < NEAR * weights.spread).sum())
        if reach:
            counts += torch.histc(part, BINS, -reach, reach).numpy().astype(np.int64)
    meets = layer in meeting_layers(spec)
    return LayerWeights(
        layer,
        units,
        weights,
        _spread(bias),
        near / weights.count if weights.count else 0.0,
        tuple(counts.tolist()),
        reach,
        readers_of(spec, layer) if meets else (),
        shares_of(energy_between(spec, layer, weight)) if meets else None,
    )


def _spread(tensor: Tensor) -> WeightSpread:
    count, total, squares = 0, 0.0, 0.0
    least, most = math.inf, -math.inf
    for part in _parts(tensor):
        count += len(part)
        total += float(part.sum(dtype=torch.float64))
        squares += float(torch.linalg.vector_norm(part, dtype=torch.float64)) ** 2
        least, most = min(least, float(part.min())), max(most, float(part.max()))
    if not count:
        return WeightSpread(0, 0.0, 0.0, 0.0, 0.0)
    mean = total / count
    return WeightSpread(count, mean, math.sqrt(max(0.0, squares / count - mean**2)), least, most)


def _parts(tensor: Tensor) -> Iterator[Tensor]:
    """The finite numbers of ``tensor`` as fp32, some at a time: of large layers no whole copy is made."""
    for part in tensor.detach().reshape(-1).split(AT_ONCE):
        finite = part.float()[torch.isfinite(part)]
        if len(finite):
            yield finite
