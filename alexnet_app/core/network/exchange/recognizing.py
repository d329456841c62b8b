"""Weights by name: which of the known networks has layers of these names and shapes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import check_shapes, parameter_shapes
from alexnet_app.core.network.spec import NetworkSpec

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
FEATURES, CLASSIFIER = "features.", "classifier."  # the two Sequentials of torchvision's listing and most tutorials'


@dataclass(frozen=True, slots=True)
class Recognized:
    """``names`` has for each parameter here, such as "conv1.weight", what the file calls it.

    ``others`` are networks that fit as well. ``renumbered`` says that the layers of a listing have other numbers than
    the network's own would have: other modules without weights lie between them.
    """

    spec: NetworkSpec
    names: Mapping[str, str]
    others: tuple[str, ...] = ()
    renumbered: bool = False


@dataclass(frozen=True, slots=True)
class _Try:
    """``spec`` with its layers looked for under the names ``layers``, of which ``agreed`` tensors have their shapes."""

    spec: NetworkSpec
    layers: tuple[str, ...]
    agreed: int
    fits: bool

    @property
    def names(self) -> dict[str, str]:
        pairs = zip(self.spec.layers, self.layers, strict=True)
        return {f"{ours.name}.{kind}": f"{theirs}.{kind}" for ours, theirs in pairs for kind in ("weight", "bias")}


def recognize_weights(shapes: Shapes, candidates: Iterable[NetworkSpec]) -> Recognized:
    """The network whose weights have ``shapes``, with as many classes as its last layer has units.

    Layers are called as here ("conv1.weight"), or lie in two Sequentials ("features.0.weight", "classifier.1.weight").
    Where several fit, those come first that also have the names or numbers of the file in their own listing, among
    them the first of ``candidates``. Raises UserError that names the first layer which does not fit the nearest one.
    """
    if not shapes:
        raise UserError("it contains no named weights")
    known = list(candidates)
    tries = [_tried(spec, layers, shapes) for way in _WAYS for spec in known if (layers := way(spec, shapes))]
    if not tries:
        raise UserError(
            "its layer names are unknown, such as {name}",
            hint="save them as conv1.weight, conv1.bias … fc8.bias, or in two Sequentials, features and classifier",
            name=next(iter(shapes)),
        )
    fitting = [each for each in tries if each.fits]
    if not fitting:
        nearest = max(tries, key=lambda each: each.agreed)
        wanted, names = parameter_shapes(nearest.spec), nearest.names
        who = f"the network {nearest.spec.name}"
        check_shapes({names[ours]: shape for ours, shape in wanted.items()}, shapes, who)
    chosen = fitting[0]
    others = dict.fromkeys(each.spec.name for each in fitting if each.spec.name != chosen.spec.name)
    numbers = tuple(".".join(layer.split(".")[:2]) for layer in chosen.layers)
    renumbered = chosen.layers[0].startswith(FEATURES) and numbers != listing(chosen.spec)
    return Recognized(chosen.spec, chosen.names, tuple(others), renumbered)


def listing(spec: NetworkSpec) -> tuple[str, ...]:
    """The layers of ``spec`` in two Sequentials where each step is a module of its own: "features.0" … "classifier.6".

    Dropout is one before its layer, as in torchvision's network.
    """
    names, place = [], 0
    for layer in spec.convolutions:
        names.append(f"{FEATURES}{place}")
        place += 1 + len(layer.then)
    place = 0
    for dense in spec.dense:
        place += bool(dense.dropout)
        names.append(f"{CLASSIFIER}{place}")
        place += 2
    return tuple(names)


def _own(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    return _where_any_is(tuple(layer.name for layer in spec.layers), shapes)


def _listed(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    return _where_any_is(listing(spec), shapes)


def _in_order(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    """The layers of a listing in their order, whatever their numbers; none where there are more or fewer of them."""
    maps, units = (_layers_below(part, shapes) for part in (FEATURES, CLASSIFIER))
    counts = len(spec.convolutions), len(spec.dense)
    return (*maps, *units) if (len(maps), len(units)) == counts else ()


_WAYS: tuple[Callable[[NetworkSpec, Shapes], tuple[str, ...]], ...] = (_own, _listed, _in_order)


def _where_any_is(layers: tuple[str, ...], shapes: Shapes) -> tuple[str, ...]:
    return layers if any(f"{layer}.weight" in shapes for layer in layers) else ()


def _layers_below(part: str, shapes: Shapes) -> list[str]:
    """Modules with a matrix of weights, or more than that; those of a normalization are a row."""
    kind = ".weight"
    found = [key.removesuffix(kind) for key, shape in shapes.items() if key.endswith(kind) and len(shape) > 1]
    return sorted((each for each in found if each.startswith(part)), key=_by_number)


def _by_number(name: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in name.split("."))


def _tried(spec: NetworkSpec, layers: tuple[str, ...], shapes: Shapes) -> _Try:
    last = shapes.get(f"{layers[-1]}.weight", ())
    spec = spec.with_classes(last[0]) if len(last) == 2 else spec
    found = _Try(spec, layers, 0, fits=False)
    names, wanted = found.names, parameter_shapes(spec)
    agreed = sum(shapes.get(names[ours]) == shape for ours, shape in wanted.items())
    return _Try(spec, layers, agreed, fits=agreed == len(wanted) == len(shapes))
