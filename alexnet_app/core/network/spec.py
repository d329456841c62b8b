"""The architecture as a frozen value, and the named variants."""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.limits import check

Step = Literal["relu", "norm", "pool"]
Start = float | Literal["fan-in"]
TOWERS = ("A", "B")


@dataclass(frozen=True, slots=True)
class Convolution:
    """A layer of kernels. ``kernels`` counts both towers together; the first half is tower A.

    ``sees`` says whether a kernel reads the maps of its own tower only or of both (the paper's Figure 2).
    ``then`` is what follows, in order. ``shared`` False makes it locally connected: own kernels at each position.
    ``start`` is the standard deviation of the weights' start values, "fan-in" for sqrt(2 / inputs of a unit),
    in the first layer divided by the spread of its inputs; ``decay`` multiplies the weight decay.
    """

    name: str
    kernels: int
    size: int
    stride: int = 1
    padding: int = 0
    sees: Literal["own", "both"] = "both"
    then: tuple[Step, ...] = ("relu",)
    shared: bool = True
    start: Start = "fan-in"
    bias: float = 0.0
    decay: float = 1.0


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer; ``dropout`` is the share of its *inputs* that is dropped in training (section 4.2)."""

    name: str
    units: int
    dropout: float = 0.0
    start: Start = "fan-in"
    bias: float = 0.0
    decay: float = 1.0


@dataclass(frozen=True, slots=True)
class Norm:
    """Local response normalization (section 3.3): ``alpha`` in torch's terms, that is divided by ``size``."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0


@dataclass(frozen=True, slots=True)
class Pool:
    """Max-pooling (section 3.4); ``ceil`` lets the last window hang over the edge."""

    size: int = 3
    stride: int = 2
    ceil: bool = False


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """One row of the layer table: output maps or units, their side (1 for a dense layer), numbers learned, work."""

    name: str
    maps: int
    side: int
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """Everything that decides a network's shape and start; ``towers`` is 2, or 1 for one column.

    Pictures are brought to squares of ``picture_size``, crops of ``input_size`` go in. The network sees
    (pixel on 0–255 − mean) × ``input_scale``. ``overhang`` pads the input on the right and below.
    ``mean`` is that of each colour or the mean picture. The last dense layer has one unit a class.
    """

    name: str
    picture_size: int
    input_size: int
    convolutions: tuple[Convolution, ...]
    dense: tuple[Dense, ...]
    towers: int = 2
    overhang: int = 0
    input_scale: float = 1.0
    mean: Literal["channel", "picture"] = "channel"
    norm: Norm = Norm()
    pool: Pool = Pool()

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def named(cls, name: str, classes: int | None = None, **changes: Any) -> "NetworkSpec":
        """The variant ``name`` for ``classes`` classes (its own number if None), with fields changed.

        Raises UserError for an unknown name or values that no network can have.
        """
        if name not in VARIANTS:
            raise UserError(
                "there is no network named {name!r}",
                hint="the nearest name is {near!r}; known are {known}",
                name=name,
                near=nearest(name, VARIANTS),
                known=", ".join(VARIANTS),
            )
        spec = dataclasses.replace(VARIANTS[name], **changes)
        return spec if classes is None else spec.with_classes(classes)

    def with_classes(self, classes: int) -> "NetworkSpec":
        """The same network with a last layer of ``classes`` units."""
        return dataclasses.replace(self, dense=(*self.dense[:-1], dataclasses.replace(self.dense[-1], units=classes)))

    @property
    def classes(self) -> int:
        """How many classes the last layer tells apart."""
        return self.dense[-1].units

    @property
    def layers(self) -> tuple[Convolution | Dense, ...]:
        """All learned layers from the picture to the classes."""
        return (*self.convolutions, *self.dense)

    def tower_slices(self, layer: str) -> tuple[slice, ...]:
        """Which units or kernels of ``layer`` belong to tower A and to tower B; one slice where there are no towers.

        The classes of the last layer belong to no tower. KeyError for a layer that is not there.
        """
        units = _units({each.name: each for each in self.layers}[layer])
        if self.towers == 1 or layer == self.layers[-1].name:
            return (slice(0, units),)
        return slice(0, units // 2), slice(units // 2, units)

    def figures(self) -> tuple[LayerFigures, ...]:
        """The layer table: sizes, learned numbers and multiply-adds of one forward pass of one picture."""
        rows, maps, side = [], 3, self.input_size + self.overhang
        for layer in self.convolutions:
            side = convolved_side(side, layer)
            inputs = (maps if layer.sees == "both" else maps // self.towers) * layer.size**2
            places = 1 if layer.shared else side**2
            learned = layer.kernels * (inputs + 1) * places
            rows.append(LayerFigures(layer.name, layer.kernels, side, learned, layer.kernels * inputs * side**2))
            maps = layer.kernels
            for _ in range(layer.then.count("pool")):
                side = pooled_side(side, self.pool)
        units = maps * side**2
        for dense in self.dense:
            width = dense.units
            rows.append(LayerFigures(dense.name, width, 1, width * (units + 1), width * units))
            units = width
        return tuple(rows)

    def sides(self) -> tuple[int, ...]:
        """The sides of the maps after every convolution and every pool; below 1 where nothing is left of them."""
        sides = [self.input_size + self.overhang]
        for layer in self.convolutions:
            sides.append(convolved_side(sides[-1], layer))
            for _ in range(layer.then.count("pool")):
                sides.append(pooled_side(sides[-1], self.pool))
        return tuple(sides[1:])

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(row.parameters for row in self.figures())

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one forward pass of one picture."""
        return sum(row.multiply_adds for row in self.figures())

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "NetworkSpec":
        """The spec that ``to_dict`` gave; UserError if the values make no network."""
        try:
            parts = {
                "convolutions": tuple(
                    Convolution(**{**each, "then": tuple(each["then"])}) for each in values["convolutions"]
                ),
                "dense": tuple(Dense(**each) for each in values["dense"]),
                "norm": Norm(**values["norm"]),
                "pool": Pool(**values["pool"]),
            }
            return cls(**{**values, **parts})
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UserError("the description of the network makes no sense: {why}", why=repr(error)[:200]) from error


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


def nearest(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """The known name that looks most like ``name``."""
    return max(known, key=lambda each: difflib.SequenceMatcher(None, name, each).ratio())


def _units(layer: Convolution | Dense) -> int:
    return layer.kernels if isinstance(layer, Convolution) else layer.units


def _paper(start: float, bias: float) -> dict[str, Any]:
    return {"start": start, "bias": bias}


_NORM_POOL: tuple[Step, ...] = ("relu", "norm", "pool")
_POOL: tuple[Step, ...] = ("relu", "pool")


def _alexnet_2012() -> NetworkSpec:
    """Section 3.5 and Figure 2; biases of 1 where section 5 says so, start values of section 5."""
    one, zero = _paper(0.01, 1.0), _paper(0.01, 0.0)
    return NetworkSpec(
        name="alexnet-2012",
        picture_size=256,
        input_size=227,
        mean="picture",
        convolutions=(
            Convolution("conv1", 96, 11, stride=4, then=_NORM_POOL, **zero),
            Convolution("conv2", 256, 5, padding=2, sees="own", then=_NORM_POOL, **one),
            Convolution("conv3", 384, 3, padding=1, **zero),
            Convolution("conv4", 384, 3, padding=1, sees="own", **one),
            Convolution("conv5", 256, 3, padding=1, sees="own", then=_POOL, **one),
        ),
        dense=(
            Dense("fc6", 4096, **one),
            Dense("fc7", 4096, dropout=0.5, **one),
            Dense("fc8", 1000, dropout=0.5, **zero),
        ),
    )


def _one_column() -> NetworkSpec:
    """The widespread teaching version: one column, no normalization, dropout before fc6 and fc7."""
    return NetworkSpec(
        name="one-column",
        towers=1,
        picture_size=256,
        input_size=227,
        input_scale=1 / 64,
        convolutions=(
            Convolution("conv1", 96, 11, stride=4, padding=2, then=_POOL),
            Convolution("conv2", 256, 5, padding=2, then=_POOL),
            Convolution("conv3", 384, 3, padding=1),
            Convolution("conv4", 384, 3, padding=1),
            Convolution("conv5", 256, 3, padding=1, then=_POOL),
        ),
        dense=(Dense("fc6", 4096, dropout=0.5), Dense("fc7", 4096, dropout=0.5), Dense("fc8", 1000)),
    )


def _cifar_2012() -> NetworkSpec:
    """The four-layer net of sections 3.1 and 3.3, which the paper's footnote leaves to the released parameter files:
    two convolutions, two locally connected layers, normalization with k = 1 (start values of those files).
    """
    return NetworkSpec(
        name="cifar-2012",
        towers=1,
        picture_size=32,
        input_size=24,
        mean="picture",
        convolutions=(
            Convolution("conv1", 64, 5, padding=2, then=_NORM_POOL, start=0.0001, decay=0.0),
            Convolution("conv2", 64, 5, padding=2, then=_NORM_POOL, start=0.01, decay=0.0),
            Convolution("local3", 32, 3, padding=1, shared=False, start=0.04),
            Convolution("local4", 32, 3, padding=1, shared=False, start=0.04),
        ),
        dense=(Dense("fc5", 10, start=0.01),),
        norm=Norm(size=5, alpha=0.001, beta=0.75, k=1.0),
        pool=Pool(ceil=True),
    )


def _small_towers(
    name: str, picture_size: int, input_size: int, stride: int, scale: float, kernels: tuple[int, ...]
) -> NetworkSpec:
    """The paper's topology for small pictures: the same five convolutions, meetings and pools with fewer kernels."""
    first, second, third, fourth, fifth, hidden = kernels
    return NetworkSpec(
        name=name,
        picture_size=picture_size,
        input_size=input_size,
        # pixels spread by 64 × scale: the wider, the smaller are conv1's start values and the sooner it shows what it
        # has learned; with a spread of 1 kernels look like the noise of the start, with 8 small batches can diverge
        input_scale=scale,
        convolutions=(
            Convolution("conv1", first, 7, stride=stride, padding=3, then=_NORM_POOL),
            Convolution("conv2", second, 5, padding=2, sees="own", then=_NORM_POOL),
            Convolution("conv3", third, 3, padding=1),
            Convolution("conv4", fourth, 3, padding=1, sees="own"),
            Convolution("conv5", fifth, 3, padding=1, sees="own", then=_POOL),
        ),
        dense=(Dense("fc6", hidden), Dense("fc7", hidden, dropout=0.5), Dense("fc8", 10, dropout=0.5)),
    )


VARIANTS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        _alexnet_2012(),
        _one_column(),
        _cifar_2012(),
        _small_towers("cifar-towers", 32, 28, 1, 1 / 16, (64, 128, 192, 192, 128, 512)),
        _small_towers("shapes-towers", 64, 56, 2, 1 / 8, (48, 96, 128, 128, 96, 256)),
    )
}
