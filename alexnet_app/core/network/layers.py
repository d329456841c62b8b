"""The parts of an architecture as frozen values: layers of kernels, dense layers, normalization, pooling."""

import math
from dataclasses import dataclass
from typing import Literal

Step = Literal["relu", "tanh", "norm", "map-norm", "pool"]
Activation = Literal["relu", "tanh"]
Sees = Literal["own", "both"]
Start = float | Literal["fan-in"]
TOWERS = ("A", "B")


@dataclass(frozen=True, slots=True)
class Convolution:
    """A layer of kernels. ``kernels`` counts both towers together; the first half is tower A.

    ``sees`` says whether a kernel reads the maps of its own tower only or of both (the paper's Figure 2).
    ``then`` is what follows, in order: "norm" is local response normalization, "map-norm" the same within each map.
    ``shared`` False makes it locally connected: own kernels at each position. ``start`` is the standard deviation of
    the weights' start values, "fan-in" for sqrt(2 / inputs of a unit), in the first layer divided by the spread of its
    inputs; ``decay`` multiplies the weight decay.
    """

    name: str
    kernels: int
    size: int
    stride: int = 1
    padding: int = 0
    sees: Sees = "both"
    then: tuple[Step, ...] = ("relu",)
    shared: bool = True
    start: Start = "fan-in"
    bias: float = 0.0
    decay: float = 1.0


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer; ``dropout`` is the share of its *inputs* that is dropped in training (section 4.2).

    ``sees`` "own" connects each half of its units to its own tower only; ``then`` follows it, but for the last one.
    """

    name: str
    units: int
    dropout: float = 0.0
    start: Start = "fan-in"
    bias: float = 0.0
    decay: float = 1.0
    sees: Sees = "both"
    then: Activation = "relu"


@dataclass(frozen=True, slots=True)
class Norm:
    """Local response normalization (section 3.3): ``alpha`` in torch's terms, that is divided by the values summed:
    ``size`` neighbouring maps, of the same tower or, with ``across`` "all", of all maps; in a "map-norm" the squares
    of ``size`` × ``size`` neighbours in the same map.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0
    across: Literal["tower", "all"] = "tower"


@dataclass(frozen=True, slots=True)
class Pool:
    """Max-pooling (section 3.4); ``ceil`` lets the last window hang over the edge."""

    size: int = 3
    stride: int = 2
    ceil: bool = False


PAPER_NORM, PAPER_POOL = Norm(), Pool()
MAP_NORM = Norm(alpha=1e-3, k=1.0)  # as the released source has it, in one of its variants


def convolved_side(side: int, layer: Convolution) -> int:
    """The side of the maps that ``layer`` makes of maps of ``side``."""
    return (side + 2 * layer.padding - layer.size) // layer.stride + 1


def pooled_side(side: int, pool: Pool) -> int:
    """The side of the maps after pooling maps of ``side``, as torch counts it."""
    span = side - pool.size
    if not pool.ceil:
        return span // pool.stride + 1
    outputs = math.ceil(span / pool.stride) + 1
    return outputs if (outputs - 1) * pool.stride < side else outputs - 1


def units_of(layer: Convolution | Dense) -> int:
    """How many kernels or units a layer has, both towers together."""
    return layer.kernels if isinstance(layer, Convolution) else layer.units
