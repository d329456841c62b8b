"""The architecture as a frozen value: its layers, its towers, its figures."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.layers import (
    MAP_NORM,
    PAPER_NORM,
    PAPER_POOL,
    TOWERS,
    Convolution,
    Dense,
    Norm,
    Pool,
    Sees,
    convolved_side,
    pooled_side,
    units_of,
)
from alexnet_app.core.network.limits import (
    LARGEST_MAPS,
    LARGEST_NETWORK,
    LARGEST_SIDE,
    MOST_LAYERS,
    Values,
    convolution_values,
    dense_values,
    is_scale,
    is_whole,
    norm_values,
    pool_values,
)

MOST_SAID = 200  # characters of a value that no network can have


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """One row of the layer table, for one picture: output maps or units, their side (1 for a dense layer), numbers
    learned, work. ``inputs`` is how many values one unit reads, ``sees`` whose.
    """

    name: str
    maps: int
    side: int
    parameters: int
    multiply_adds: int
    inputs: int
    sees: Sees

    @property
    def map_bytes(self) -> int:
        """Memory of the outputs of one picture in fp32."""
        return 4 * self.maps * self.side**2


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """Everything that decides a network's shape and start; ``towers`` is 2, or 1 for one column.

    Pictures are brought to squares of ``picture_size``, crops of ``input_size`` go in. The network sees
    (pixel on 0–255 − mean) × ``input_scale``, which can be one number for each of red, green and blue. ``overhang``
    pads the input on the right and below. ``mean`` is that of each colour or the mean picture. The last dense layer
    has one unit a class. ``norm`` is what a step "norm" does, ``map_norm`` a step "map-norm".
    """

    name: str
    picture_size: int
    input_size: int
    convolutions: tuple[Convolution, ...]
    dense: tuple[Dense, ...]
    towers: int = 2
    overhang: int = 0
    input_scale: float | tuple[float, float, float] = 1.0
    mean: Literal["channel", "picture"] = "channel"
    norm: Norm = PAPER_NORM
    pool: Pool = PAPER_POOL
    map_norm: Norm = MAP_NORM

    def __post_init__(self) -> None:
        _check(self)

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
        units = units_of({each.name: each for each in self.layers}[layer])
        if self.towers == 1 or layer == self.layers[-1].name:
            return (slice(0, units),)
        return slice(0, units // 2), slice(units // 2, units)

    def tower_of(self, layer: str, unit: int) -> str:
        """The tower of ``unit``, from 0 within ``layer``: "A", "B", or "" where the layer belongs to none."""
        slices = self.tower_slices(layer)
        return TOWERS[unit >= slices[0].stop] if len(slices) > 1 else ""

    def figures(self) -> tuple[LayerFigures, ...]:
        """The layer table: sizes, learned numbers and multiply-adds of one forward pass of one picture."""
        rows, maps, side = [], 3, self.input_size + self.overhang
        for layer in self.convolutions:
            side = convolved_side(side, layer)
            inputs = self._seen(layer, maps) * layer.size**2
            places = 1 if layer.shared else side**2
            learned, work = layer.kernels * (inputs + 1) * places, layer.kernels * inputs * side**2
            rows.append(LayerFigures(layer.name, layer.kernels, side, learned, work, inputs, layer.sees))
            maps = layer.kernels
            for _ in range(layer.then.count("pool")):
                side = pooled_side(side, self.pool)
        units = maps * side**2
        for dense in self.dense:
            width, inputs = dense.units, self._seen(dense, units)
            rows.append(LayerFigures(dense.name, width, 1, width * (inputs + 1), width * inputs, inputs, dense.sees))
            units = width
        return tuple(rows)

    def _seen(self, layer: Convolution | Dense, before: int) -> int:
        """How many of the ``before`` maps or units of the layer before one unit of ``layer`` reads."""
        return before if layer.sees == "both" else before // self.towers

    def sides(self) -> tuple[int, ...]:
        """The sides of the maps after every convolution and every pool; below 1 where nothing is left of them."""
        sides = [self.input_size + self.overhang]
        for layer in self.convolutions:
            sides.append(convolved_side(sides[-1], layer))
            for _ in range(layer.then.count("pool")):
                sides.append(pooled_side(sides[-1], self.pool))
        return tuple(sides[1:])

    def input_sides(self) -> tuple[int, ...]:
        """The sides of the maps that the convolutions read, padding not counted."""
        sides = [self.input_size + self.overhang]
        for layer in self.convolutions[:-1]:
            side = convolved_side(sides[-1], layer)
            for _ in range(layer.then.count("pool")):
                side = pooled_side(side, self.pool)
            sides.append(side)
        return tuple(sides)

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
            scale = values["input_scale"]
            parts = {
                "input_scale": tuple(scale) if isinstance(scale, list) else scale,
                "convolutions": tuple(
                    Convolution(**{**each, "then": tuple(each["then"])}) for each in values["convolutions"]
                ),
                "dense": tuple(Dense(**each) for each in values["dense"]),
                "norm": Norm(**values["norm"]),
                "pool": Pool(**values["pool"]),
                **({"map_norm": Norm(**values["map_norm"])} if "map_norm" in values else {}),
            }
            return cls(**{**values, **parts})
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UserError("the description of the network is invalid: {why}", why=repr(error)[:200]) from error


def unit_numbers(first: int, places: Iterable[int]) -> tuple[int, ...]:
    """What the kernels or units at ``places`` of a tower, from 0, are called: numbers from 1 within the layer, of which
    ``first`` come before the tower's. So a number is one unit, whether its tower is said or not, and the same in every
    window and command.
    """
    return tuple(first + int(place) + 1 for place in places)


def changes(one: NetworkSpec, other: NetworkSpec) -> tuple[tuple[str, object, object], ...]:
    """In which values two networks differ: (name, of ``one``, of ``other``), such as ("norm.alpha", 1e-4, 0.0256).

    None of what one of them lacks. The names of the networks are not compared.
    """
    first, second = (dict(_values(each.to_dict())) for each in (one, other))
    names = dict.fromkeys((*first, *second))
    pairs = ((name, first.get(name), second.get(name)) for name in names if name != "name")
    return tuple(pair for pair in pairs if pair[1] != pair[2])


def _values(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Plain values with their names, those of a layer under its own."""
    for key, each in value.items():
        if key in ("convolutions", "dense"):
            for layer in each:
                yield from _values(layer, f"{layer['name']}.")
        elif isinstance(each, Mapping):
            yield from _values(each, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", each


def _check(spec: NetworkSpec) -> None:
    """Raises UserError, naming the value, where ``spec`` is no network that could be built and run."""
    for name, value, possible in _limited(spec):
        if not possible:
            said = value if len(repr(value)) <= MOST_SAID else f"{repr(value)[:MOST_SAID]}…"
            raise UserError("a network cannot have {value!r} as its {name}", name=name[:MOST_SAID], value=said)
    if not spec.convolutions or not spec.dense:
        raise UserError("a network needs at least one layer of kernels and one dense layer")
    _check_layers(spec)
    if spec.picture_size < spec.input_size:
        raise UserError(
            "images of {picture} pixels are too small for crops of {crop}",
            picture=spec.picture_size,
            crop=spec.input_size,
        )
    if min(spec.sides()) < 1:
        raise UserError("crops of {size} pixels are too small for {name}", size=spec.input_size, name=spec.name)
    if spec.parameters > LARGEST_NETWORK:
        raise UserError(
            "a network of {parameters:,} parameters is too large; the limit is {limit:,}",
            parameters=spec.parameters,
            limit=LARGEST_NETWORK,
        )

    values = _values_of_a_picture(spec)
    if values > LARGEST_MAPS:
        raise UserError(
            "a network whose maps hold {values:,} values for each image is too large; the limit is {limit:,}",
            values=values,
            limit=LARGEST_MAPS,
        )


def _values_of_a_picture(spec: NetworkSpec) -> int:
    """The picture, all maps, and what locally connected layers make of them before they multiply."""
    rows = {row.name: row for row in spec.figures()}
    gathered = sum(rows[each.name].side ** 2 * rows[each.name].inputs for each in spec.convolutions if not each.shared)
    return 3 * spec.input_size**2 + gathered + sum(row.maps * row.side**2 for row in rows.values())


def _check_layers(spec: NetworkSpec) -> None:
    if spec.classes < 2:
        raise UserError("a network needs at least 2 classes, not {classes}", classes=spec.classes)
    counts = [layer.kernels for layer in spec.convolutions] + [layer.units for layer in spec.dense[:-1]]
    if any(count % spec.towers for count in counts):
        raise UserError("the units of every layer must be shared evenly by {towers} towers", towers=spec.towers)
    names = [layer.name for layer in spec.layers]
    if len(set(names)) < len(names):
        raise UserError("two layers of a network have the same name: {names}", names=", ".join(names))
    for index, layer in enumerate(spec.convolutions):
        if layer.sees == "own" and spec.towers > 1 and (index == 0 or not layer.shared):
            raise UserError("the layer {layer} has no tower of its own to read", layer=layer.name)
    if spec.towers > 1 and spec.dense[-1].sees == "own":
        raise UserError("the layer {layer} has no tower of its own to read", layer=spec.dense[-1].name)
    if "map-norm" in {step for each in spec.convolutions for step in each.then} and spec.map_norm.size % 2 == 0:
        raise UserError("normalization within maps needs an odd size, not {size}", size=spec.map_norm.size)


def _limited(spec: NetworkSpec) -> Values:
    """Every value with its name and whether it can be."""
    count = len(spec.convolutions) + len(spec.dense)
    yield "number of layers", count, count <= MOST_LAYERS  # first: the rest takes time for each
    yield "name", spec.name, isinstance(spec.name, str)
    yield "picture_size", spec.picture_size, is_whole(spec.picture_size, 1, LARGEST_SIDE)
    yield "input_size", spec.input_size, is_whole(spec.input_size, 1, LARGEST_SIDE)
    yield "overhang", spec.overhang, is_whole(spec.overhang, 0, LARGEST_SIDE)
    yield "towers", spec.towers, is_whole(spec.towers, 1, 2)
    yield "input_scale", spec.input_scale, is_scale(spec.input_scale)
    yield "mean", spec.mean, spec.mean in ("channel", "picture")
    yield from norm_values("norm", spec.norm)
    yield from norm_values("map_norm", spec.map_norm)
    yield from pool_values(spec.pool)
    for convolution in spec.convolutions:
        yield from convolution_values(convolution)
    for dense in spec.dense:
        yield from dense_values(dense)
