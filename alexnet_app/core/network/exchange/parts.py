"""A network as the row of its parts: what a file of others holds is compared with the networks that are known here."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from torch import Tensor

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.layers import Convolution, Norm
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import VARIANTS

Load: TypeAlias = Callable[[], Tensor]
Numbers: TypeAlias = tuple[tuple[str, float], ...]
MOST_PARTS = 1000  # of a network in a file: AlexNet has about thirty


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a network: "convolution", "dense", "local", "relu", "tanh", "norm", "map-norm" or "pool".

    ``name`` is what the file calls it, ``shape`` that of its weights, ``numbers`` what else must agree. ``weight`` and
    ``bias`` read them, fp32, once it is known that they fit; None where there are none.
    """

    kind: str
    name: str
    shape: tuple[int, ...] = ()
    numbers: Numbers = ()
    weight: Load | None = None
    bias: Load | None = None

    def fits(self, wanted: "Part") -> bool:
        """Whether it computes the same, but for the weights."""
        mine, others = dict(self.numbers), dict(wanted.numbers)
        return (
            (self.kind, self.shape, mine.keys()) == (wanted.kind, wanted.shape, others.keys())
            # files keep numbers in fp32
            and all(math.isclose(mine[name], others[name], rel_tol=1e-5) for name in mine)
        )

    def __str__(self) -> str:
        said = [str(self.shape)] * bool(self.shape) + [f"{name} {value:g}" for name, value in self.numbers]
        known = f"{self.kind} {self.name}" if self.name != self.kind else self.kind
        return f"{known} ({', '.join(said)})" if said else known


def convolution(
    name: str, shape: tuple[int, ...], stride: int, before: int, after: int, groups: int, *loads: Load
) -> Part:
    """A layer of kernels; ``before`` and ``after`` are the zeros around the maps, above and left, below and right."""
    numbers = (("stride", stride), ("padding", before), ("padding after", after), ("groups", groups))
    return Part("convolution", name, shape, numbers, *loads)


def dense(name: str, shape: tuple[int, ...], groups: int, *loads: Load) -> Part:
    """A fully connected layer; with 2 ``groups`` each half of its units reads its half of the inputs."""
    return Part("dense", name, shape, (("groups", groups),), *loads)


def norm(name: str, values: Norm, groups: int, kind: str = "norm") -> Part:
    """Local response normalization; with 2 ``groups`` within each tower."""
    numbers = (("size", values.size), ("alpha", values.alpha), ("beta", values.beta), ("k", values.k))
    return Part(kind, name, (), (*numbers, ("groups", groups)))


def pool(name: str, size: int, stride: int) -> Part:
    """Max-pooling."""
    return Part("pool", name, (), (("size", size), ("stride", stride)))


def parts_of(spec: NetworkSpec) -> tuple[Part, ...]:
    """The parts of a network that is known."""
    rows = {row.name: row for row in spec.figures()}
    parts: list[Part] = []
    for layer in spec.convolutions:
        parts.append(_convolution(spec, layer, rows[layer.name].inputs, rows[layer.name].side))
        parts += [_step(spec, step) for step in layer.then]
    for each in spec.dense:
        groups = spec.towers if each.sees == "own" else 1
        parts.append(dense(each.name, (each.units, rows[each.name].inputs), groups))
        parts.append(Part(each.then, each.then))
    return tuple(parts[:-1])  # nothing follows the last layer


def _convolution(spec: NetworkSpec, layer: Convolution, inputs: int, side: int) -> Part:
    if not layer.shared:
        return Part("local", layer.name, (side**2, layer.kernels, inputs))
    shape = (layer.kernels, inputs // layer.size**2, layer.size, layer.size)
    after = layer.padding + (spec.overhang if layer is spec.convolutions[0] else 0)
    groups = spec.towers if layer.sees == "own" else 1
    return convolution(layer.name, shape, layer.stride, layer.padding, after, groups)


def _step(spec: NetworkSpec, step: str) -> Part:
    if step == "norm":
        return norm("norm", spec.norm, spec.towers if spec.norm.across == "tower" else 1)
    if step == "map-norm":
        return norm("map-norm", spec.map_norm, 1, "map-norm")
    return pool("pool", spec.pool.size, spec.pool.stride) if step == "pool" else Part(step, step)


def known_networks() -> list[NetworkSpec]:
    """Those that a file can hold, the likeliest first."""
    first = ("caffe", "caffenet", "torchvision", "alexnet-2012")
    others = [spec for name, spec in VARIANTS.items() if name not in first]
    return [*(VARIANTS[name] for name in first), *others]


def same_network(one: NetworkSpec, other: NetworkSpec) -> bool:
    """Whether both compute the same from the same weights and crops."""
    return same_parts(one, other) and one.sides() == other.sides()


def same_parts(one: NetworkSpec, other: NetworkSpec) -> bool:
    """Whether both compute the same from the same weights, whatever the crops."""
    parts, others = parts_of(one), parts_of(other)
    return len(parts) == len(others) and all(part.fits(each) for part, each in zip(parts, others, strict=True))


def recognize(parts: Sequence[Part], candidates: Iterable[NetworkSpec]) -> NetworkSpec:
    """The first of ``candidates`` that has these parts, with as many classes as the last of them has units.

    Raises UserError that names the first part which does not fit the nearest one, with both shapes.
    """
    nearest, agreed = None, -1
    classes = next((part.shape[0] for part in reversed(parts) if part.kind == "dense"), None)
    for candidate in candidates:
        spec = candidate if classes is None else candidate.with_classes(classes)
        wanted = parts_of(spec)
        pairs = zip(parts, wanted, strict=False)
        fitting = sum(1 for _ in takewhile(lambda pair: pair[0].fits(pair[1]), pairs))
        if fitting == len(parts) == len(wanted):
            return spec
        if fitting > agreed:
            nearest, agreed = spec, fitting
    assert nearest is not None
    raise _misfit(parts, nearest, agreed)


def _misfit(parts: Sequence[Part], spec: NetworkSpec, place: int) -> UserError:
    wanted = parts_of(spec)
    if place == len(parts):
        after = parts[-1].name if parts else "nothing"
        return UserError(
            "it ends after {after}, the network {network} needs {wanted} next",
            after=after,
            network=spec.name,
            wanted=wanted[place],
        )
    if place == len(wanted):
        return UserError("{found} belongs to no layer of the network {network}", found=parts[place], network=spec.name)
    found, needed = parts[place], wanted[place]
    if found.kind == needed.kind and found.shape != needed.shape:
        return UserError(
            "the weights of {name} have shape {found}, the network {network} needs {expected}",
            name=found.name,
            found=found.shape,
            network=spec.name,
            expected=needed.shape,
        )
    return UserError(
        "{found} is in the place where the network {network} has {needed}",
        found=found,
        network=spec.name,
        needed=needed,
    )


def weights_of(spec: NetworkSpec, parts: Sequence[Part]) -> dict[str, Tensor]:
    """The weights of parts that fit, under the names of this program; their values are not checked."""
    learned = [part for part in parts if part.weight is not None]
    weights = {}
    for layer, part in zip(spec.layers, learned, strict=True):
        assert part.weight is not None
        if part.bias is None:
            raise UserError("the layer {name} has no biases", name=part.name)
        weights[f"{layer.name}.weight"] = part.weight().reshape(part.shape)  # old files have more dimensions, of 1
        weights[f"{layer.name}.bias"] = part.bias()
    return weights
