"""What no network can be, and what only a damaged or hostile file would ask for."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from alexnet_app.core.errors import UserError

if TYPE_CHECKING:
    from alexnet_app.core.network.layers import Convolution, Dense, Norm
    from alexnet_app.core.network.spec import NetworkSpec

LARGEST_NETWORK = 500_000_000  # learned numbers, more than eight times AlexNet
LARGEST_MAPS = 1 << 26  # values that one picture makes in a network, a hundred times as many as in AlexNet
LARGEST_SIDE = 4096  # of a picture: a batch of larger ones fits no memory
LARGEST_COUNT = 100_000  # units of a layer, pixels of a step
STEPS = ("relu", "tanh", "norm", "map-norm", "pool")
NAME = re.compile(r"[a-z]+[0-9]+")  # which no other attribute of a module has


def check(spec: "NetworkSpec") -> None:
    """Raises UserError, naming the value, where ``spec`` is no network that could be built and run."""
    for name, value, possible in _values(spec):
        if not possible:
            raise UserError("a network cannot have {value!r} as its {name}", name=name, value=value)
    if not spec.convolutions or not spec.dense:
        raise UserError("a network needs at least one layer of kernels and one dense layer")
    _check_layers(spec)
    if spec.picture_size < spec.input_size:
        raise UserError(
            "pictures of {picture} pixels are too small for crops of {crop}",
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
            "a network whose maps hold {values:,} values for each picture is too large; the limit is {limit:,}",
            values=values,
            limit=LARGEST_MAPS,
        )


def _values_of_a_picture(spec: "NetworkSpec") -> int:
    """The picture, all maps, and what locally connected layers make of them before they multiply."""
    rows = {row.name: row for row in spec.figures()}
    gathered = sum(rows[each.name].side ** 2 * rows[each.name].inputs for each in spec.convolutions if not each.shared)
    return 3 * spec.input_size**2 + gathered + sum(row.maps * row.side**2 for row in rows.values())


def _check_layers(spec: "NetworkSpec") -> None:
    if spec.classes < 2:
        raise UserError("a network must tell at least 2 classes apart, not {classes}", classes=spec.classes)
    counts = [layer.kernels for layer in spec.convolutions] + [layer.units for layer in spec.dense[:-1]]
    if any(count % spec.towers for count in counts):
        raise UserError("the units of every layer must be shared evenly by {towers} towers", towers=spec.towers)
    names = [layer.name for layer in spec.layers]
    if len(set(names)) < len(names):
        raise UserError("two layers of a network have the same name: {names}", names=", ".join(names))
    for index, layer in enumerate(spec.convolutions):
        if layer.sees == "own" and spec.towers > 1 and (index == 0 or not layer.shared):
            raise UserError("the layer {layer} has no tower of its own to see", layer=layer.name)
    if spec.towers > 1 and spec.dense[-1].sees == "own":
        raise UserError("the layer {layer} has no tower of its own to see", layer=spec.dense[-1].name)
    if "map-norm" in {step for each in spec.convolutions for step in each.then} and spec.map_norm.size % 2 == 0:
        raise UserError("a norm within maps needs an odd size, not {size}", size=spec.map_norm.size)


def _values(spec: "NetworkSpec") -> Iterator[tuple[str, object, bool]]:
    """Every value with its name and whether it can be."""
    yield "name", spec.name, isinstance(spec.name, str)
    yield "picture_size", spec.picture_size, _whole(spec.picture_size, 1, LARGEST_SIDE)
    yield "input_size", spec.input_size, _whole(spec.input_size, 1, LARGEST_SIDE)
    yield "overhang", spec.overhang, _whole(spec.overhang, 0, LARGEST_SIDE)
    yield "towers", spec.towers, _whole(spec.towers, 1, 2)
    yield "input_scale", spec.input_scale, _scale(spec.input_scale)
    yield "mean", spec.mean, spec.mean in ("channel", "picture")
    pool = spec.pool
    yield from _norm("norm", spec.norm)
    yield from _norm("map_norm", spec.map_norm)
    yield "pool.size", pool.size, _whole(pool.size, 1)
    yield "pool.stride", pool.stride, _whole(pool.stride, 1)
    yield "pool.ceil", pool.ceil, isinstance(pool.ceil, bool)
    for convolution in spec.convolutions:
        yield from _layer(convolution)
        yield from _convolution(convolution)
    for dense in spec.dense:
        yield from _layer(dense)
        yield f"{dense.name}.units", dense.units, _whole(dense.units, 1)
        yield f"{dense.name}.dropout", dense.dropout, _real(dense.dropout, 0.0) and dense.dropout < 1
        yield f"{dense.name}.sees", dense.sees, dense.sees in ("own", "both")
        yield f"{dense.name}.then", dense.then, dense.then in ("relu", "tanh")


def _norm(name: str, norm: "Norm") -> Iterator[tuple[str, object, bool]]:
    yield f"{name}.size", norm.size, _whole(norm.size, 1)
    yield f"{name}.alpha", norm.alpha, _real(norm.alpha, 0.0)
    yield f"{name}.beta", norm.beta, _real(norm.beta, 0.0)
    yield f"{name}.k", norm.k, _real(norm.k, 0.0) and norm.k > 0
    yield f"{name}.across", norm.across, norm.across in ("tower", "all")


def _layer(layer: "Convolution | Dense") -> Iterator[tuple[str, object, bool]]:
    yield "layer", layer.name, isinstance(layer.name, str) and NAME.fullmatch(layer.name) is not None
    yield f"{layer.name}.start", layer.start, layer.start == "fan-in" or _real(layer.start, 0.0)
    yield f"{layer.name}.bias", layer.bias, _real(layer.bias)
    yield f"{layer.name}.decay", layer.decay, _real(layer.decay, 0.0)


def _convolution(layer: "Convolution") -> Iterator[tuple[str, object, bool]]:
    yield f"{layer.name}.kernels", layer.kernels, _whole(layer.kernels, 1)
    yield f"{layer.name}.size", layer.size, _whole(layer.size, 1)
    yield f"{layer.name}.stride", layer.stride, _whole(layer.stride, 1)
    yield f"{layer.name}.padding", layer.padding, _whole(layer.padding, 0, LARGEST_SIDE)
    yield f"{layer.name}.sees", layer.sees, layer.sees in ("own", "both")
    yield f"{layer.name}.then", layer.then, all(step in STEPS for step in layer.then)
    yield f"{layer.name}.shared", layer.shared, isinstance(layer.shared, bool)


def _scale(value: object) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return len(parts) in (1, 3) and all(_real(each, 0.0) and each > 0 for each in parts)


def _whole(value: object, least: int, most: int = LARGEST_COUNT) -> bool:
    return type(value) is int and least <= value <= most


def _real(value: object, least: float = -1e9) -> bool:
    return type(value) in (int, float) and least <= value <= 1e9  # type: ignore[operator]  # false for NaN
