"""Weights by name: which of the known networks has layers of these names and shapes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import parameter_shapes
from alexnet_app.core.network.spec import NetworkSpec

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
MOST_TOLD = 3  # layers that do not fit
FEATURES, CLASSIFIER = "features.", "classifier."  # the two Sequentials of torchvision's


@dataclass(frozen=True, slots=True)
class Recognized:
    """``names`` has for each parameter here, such as "conv1.weight", what the file calls it.

    ``others`` are networks that fit as well. ``renumbered`` says that the layers of a listing have other numbers than
    the network's own would have: other modules without weights lie between them. ``unnamed`` says that the layers have
    names that tell nothing, and were taken in their order.
    """

    spec: NetworkSpec
    names: Mapping[str, str]
    others: tuple[str, ...] = ()
    renumbered: bool = False
    unnamed: bool = False


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

    Layers are called as here ("conv1.weight"), or lie in two Sequentials ("features.0.weight", "classifier.1.weight"),
    or have any names and come in the network's order. Where several fit, those come first that also have the names or
    numbers of the file in their own listing, among them the first of ``candidates``. Raises UserError that names the
    nearest one, and the first layers which do not fit it.
    """
    if not shapes:
        raise UserError("it contains no named weights")
    known = list(candidates)
    tries: list[_Try] = []
    for ways in _WAYS:
        tries += [_tried(spec, layers, shapes) for way in ways for spec in known if (layers := way(spec, shapes))]
        if any(each.fits for each in tries):
            break
    if not tries:
        raise UserError(
            "its layer names are unknown, such as {name}, and no known network has as many layers",
            hint="save them as conv1.weight, conv1.bias … fc8.bias, or in two Sequentials, features and classifier",
            name=next(iter(shapes))[:100],
        )
    fitting = [each for each in tries if each.fits]
    if not fitting:
        raise _misfit(max(tries, key=lambda each: each.agreed), shapes, given=len(known) == 1)
    chosen = fitting[0]
    others = dict.fromkeys(each.spec.name for each in fitting if each.spec.name != chosen.spec.name)
    numbers = tuple(".".join(layer.split(".")[:2]) for layer in chosen.layers)
    listed = all(layer.startswith((FEATURES, CLASSIFIER)) for layer in chosen.layers)
    renumbered = listed and numbers != listing(chosen.spec)
    unnamed = not listed and chosen.layers != _names_of(chosen.spec)
    return Recognized(chosen.spec, chosen.names, tuple(others), renumbered, unnamed)


def _misfit(nearest: _Try, shapes: Shapes, *, given: bool) -> UserError:
    said = list(_misfits(nearest, shapes))
    more = f"; and {len(said) - MOST_TOLD} more" if len(said) > MOST_TOLD else ""
    return UserError(
        "the weights do not fit the network {network}: {misfits}"
        if given
        else "the weights fit no known network; the nearest is {network}: {misfits}",
        network=nearest.spec.name,
        misfits="; ".join(said[:MOST_TOLD]) + more,
    )


def _misfits(nearest: _Try, shapes: Shapes) -> Iterator[str]:
    names = nearest.names
    wanted = {names[ours]: shape for ours, shape in parameter_shapes(nearest.spec).items()}
    for name, shape in wanted.items():
        if name not in shapes:
            yield f"{name} of shape {shape} is missing"
        elif shapes[name] != shape:
            yield f"{name} has shape {shapes[name]}, not {shape}"
    for name, shape in shapes.items():
        if name not in wanted:
            yield f"{name[:100]} of shape {shape} belongs to none of its layers"


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
    return _where_any_is(_names_of(spec), shapes)


def _names_of(spec: NetworkSpec) -> tuple[str, ...]:
    return tuple(layer.name for layer in spec.layers)


def _listed(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    return _where_any_is(listing(spec), shapes)


def _in_order(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    """The layers of a listing in their order, whatever their numbers; none where there are more or fewer of them."""
    maps, units = (_layers_below(part, shapes) for part in (FEATURES, CLASSIFIER))
    return _where_as_many(spec, maps, units)


def _unnamed(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    """Layers of any names in the order of the file."""
    found = _layers_below("", shapes, in_order=False)
    return _where_as_many(spec, *_maps_and_units(found, shapes))


def _unnamed_numbers(spec: NetworkSpec, shapes: Shapes) -> tuple[str, ...]:
    """The same in the order of numbers in the names, as a safetensors file is sorted by its text."""
    return _where_as_many(spec, *_maps_and_units(_layers_below("", shapes), shapes))


def _maps_and_units(layers: list[str], shapes: Shapes) -> tuple[list[str], list[str]]:
    kinds = {layer: len(shapes[f"{layer}.weight"]) for layer in layers}
    return [each for each in layers if kinds[each] > 2], [each for each in layers if kinds[each] == 2]


def _where_as_many(spec: NetworkSpec, maps: list[str], units: list[str]) -> tuple[str, ...]:
    as_many = (len(maps), len(units)) == (len(spec.convolutions), len(spec.dense))
    return (*maps, *units) if as_many else ()


# the second row only where no name of the first tells anything that fits
_WAYS: tuple[tuple[Callable[[NetworkSpec, Shapes], tuple[str, ...]], ...], ...] = (
    (_own, _listed, _in_order),
    (_unnamed, _unnamed_numbers),
)


def _where_any_is(layers: tuple[str, ...], shapes: Shapes) -> tuple[str, ...]:
    return layers if any(f"{layer}.weight" in shapes for layer in layers) else ()


def _layers_below(part: str, shapes: Shapes, *, in_order: bool = True) -> list[str]:
    """Modules with a matrix of weights, or more than that; those of a normalization are a row."""
    kind = ".weight"
    found = [key.removesuffix(kind) for key, shape in shapes.items() if key.endswith(kind) and len(shape) > 1]
    below = [each for each in found if each.startswith(part)]
    return sorted(below, key=_by_number) if in_order else below


def _by_number(name: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in name.split("."))


def _tried(spec: NetworkSpec, layers: tuple[str, ...], shapes: Shapes) -> _Try:
    last = shapes.get(f"{layers[-1]}.weight", ())
    spec = spec.with_classes(last[0]) if len(last) == 2 else spec
    found = _Try(spec, layers, 0, fits=False)
    names, wanted = found.names, parameter_shapes(spec)
    agreed = sum(shapes.get(names[ours]) == shape for ours, shape in wanted.items())
    return _Try(spec, layers, agreed, fits=agreed == len(wanted) == len(shapes))
