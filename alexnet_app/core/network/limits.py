"""What no network can be, and what only a damaged or hostile file would ask for."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from alexnet_app.core.network.layers import Convolution, Dense, Norm, Pool

Values: TypeAlias = Iterator[tuple[str, object, bool]]  # a value's name, itself, and whether it can be

LARGEST_NETWORK = 500_000_000  # learned numbers, more than eight times AlexNet
LARGEST_MAPS = 1 << 26  # values that one picture makes in a network, a hundred times as many as in AlexNet
LARGEST_SIDE = 4096  # of a picture: a batch of larger ones fits no memory
LARGEST_COUNT = 100_000  # units of a layer, pixels of a step
MOST_LAYERS = 100  # AlexNet has 8
MOST_STEPS = 10  # after a convolution
STEPS = ("relu", "tanh", "norm", "map-norm", "pool")
NAME = re.compile(r"[a-z]+[0-9]+")  # which no other attribute of a module has


def norm_values(name: str, norm: Norm) -> Values:
    """Those of a normalization."""
    yield f"{name}.size", norm.size, is_whole(norm.size, 1)
    yield f"{name}.alpha", norm.alpha, _real(norm.alpha, 0.0)
    yield f"{name}.beta", norm.beta, _real(norm.beta, 0.0)
    yield f"{name}.k", norm.k, _real(norm.k, 0.0) and norm.k > 0
    yield f"{name}.across", norm.across, norm.across in ("tower", "all")


def _layer_values(layer: Convolution | Dense) -> Values:
    yield "layer", layer.name, isinstance(layer.name, str) and NAME.fullmatch(layer.name) is not None
    yield f"{layer.name}.start", layer.start, layer.start == "fan-in" or _real(layer.start, 0.0)
    yield f"{layer.name}.bias", layer.bias, _real(layer.bias)
    yield f"{layer.name}.decay", layer.decay, _real(layer.decay, 0.0)


def pool_values(pool: Pool) -> Values:
    """Those of a pool."""
    yield "pool.size", pool.size, is_whole(pool.size, 1)
    yield "pool.stride", pool.stride, is_whole(pool.stride, 1)
    yield "pool.ceil", pool.ceil, isinstance(pool.ceil, bool)


def dense_values(layer: Dense) -> Values:
    """Those of a dense layer."""
    yield from _layer_values(layer)
    yield f"{layer.name}.units", layer.units, is_whole(layer.units, 1)
    yield f"{layer.name}.dropout", layer.dropout, _real(layer.dropout, 0.0) and layer.dropout < 1
    yield f"{layer.name}.sees", layer.sees, layer.sees in ("own", "both")
    yield f"{layer.name}.then", layer.then, layer.then in ("relu", "tanh")


def convolution_values(layer: Convolution) -> Values:
    """Those of a layer of kernels."""
    yield from _layer_values(layer)
    yield f"{layer.name}.kernels", layer.kernels, is_whole(layer.kernels, 1)
    yield f"{layer.name}.size", layer.size, is_whole(layer.size, 1)
    yield f"{layer.name}.stride", layer.stride, is_whole(layer.stride, 1)
    yield f"{layer.name}.padding", layer.padding, is_whole(layer.padding, 0, LARGEST_SIDE)
    yield f"{layer.name}.sees", layer.sees, layer.sees in ("own", "both")
    yield f"{layer.name}.then", len(layer.then), len(layer.then) <= MOST_STEPS
    yield f"{layer.name}.then", layer.then, all(step in STEPS for step in layer.then)
    yield f"{layer.name}.shared", layer.shared, isinstance(layer.shared, bool)


def is_scale(value: object) -> bool:
    """One positive number, or one for each colour."""
    parts = value if isinstance(value, tuple) else (value,)
    return len(parts) in (1, 3) and all(_real(each, 0.0) and each > 0 for each in parts)


def is_whole(value: object, least: int, most: int = LARGEST_COUNT) -> bool:
    """A whole number within limits."""
    return type(value) is int and least <= value <= most


def _real(value: object, least: float = -1e9) -> bool:
    return type(value) in (int, float) and least <= value <= 1e9  # type: ignore[operator]  # false for NaN
