"""Caffe's binary files: the layers of a ``.caffemodel`` (both of its layouts), the mean of a ``.binaryproto``.

The numbers are those of Caffe's ``caffe.proto``.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core.errors import Text, UserError
from alexnet_app.core.network.exchange import wire
from alexnet_app.core.network.exchange.parts import MOST_PARTS, Load, Part, convolution, dense, norm, pool
from alexnet_app.core.network.layers import Norm

Fields = Mapping[int, list[int | memoryview]]
OLD_TYPES = {4: "Convolution", 14: "InnerProduct", 15: "LRN", 17: "Pooling", 18: "ReLU", 23: "TanH"}
OLD_SKIPPED = {1, 5, 6, 8, 9, 12, 20, 21, 22, 29, 32, 36}
# what brings pictures, tells an error, or does nothing once training is over
SKIPPED = {
    *("Data", "ImageData", "MemoryData", "HDF5Data", "DummyData", "Input"),
    *("Accuracy", "Softmax", "SoftmaxWithLoss", "Dropout", "Flatten", "Split", "Silence"),
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """The numbers of fields that differ between the two layouts."""

    name: int
    kind: int
    blobs: int
    convolution: int
    pool: int
    relu: int
    norm: int


LAYER, OLD_LAYER = 100, 2  # of the network
_NEW = _Layout(name=1, kind=2, blobs=7, convolution=106, pool=121, relu=123, norm=118)
_OLD = _Layout(name=4, kind=5, blobs=6, convolution=10, pool=19, relu=30, norm=18)


def read_caffe(path: Path) -> list[Part]:
    """The parts of a network in the order of the file; colours of its first layer are blue, green, red.

    Raises UserError where it is no such file, or has a layer that AlexNet has not.
    """
    parts: list[Part] = []
    for number, value in wire.fields(wire.mapped(path)):
        if number in (LAYER, OLD_LAYER):
            layout = _NEW if number == LAYER else _OLD
            parts += _part(_grouped(wire.bytes_of(value)), layout)
        if len(parts) > MOST_PARTS:
            raise UserError("it has more than {limit:,} layers", limit=MOST_PARTS)
    if not any(part.weight for part in parts):
        raise UserError("it contains no layers with weights")
    return parts


def read_mean(path: Path) -> Tensor:
    """The mean picture of a ``.binaryproto``: (3, height, width) or (3, 1, 1), in the file's order of colours."""
    shape, load = _blob(wire.mapped(path))
    while len(shape) > 3 and shape[0] == 1:
        shape = shape[1:]
    return load().reshape(shape)


def _grouped(message: memoryview) -> Fields:
    found: defaultdict[int, list[int | memoryview]] = defaultdict(list)
    for number, value in wire.fields(message):
        found[number].append(value)
    return found


def _part(layer: Fields, layout: _Layout) -> list[Part]:
    name = wire.text(layer[layout.name][0]) if layer.get(layout.name) else Text("a layer")
    kind = _kind(layer, layout, name)
    match kind:
        case "":
            return []
        case "Convolution":
            return [_convolution(name, layer, layout)]
        case "InnerProduct":
            shape, loads = _learned(name, layer, layout)
            while len(shape) > 2 and shape[0] == 1:
                shape = shape[1:]
            return [dense(name, shape, 1, *loads)]
        case "LRN":
            return [_norm(name, _settings(layer, layout.norm))]
        case "Pooling":
            return [_pool(name, _settings(layer, layout.pool))]
        case "ReLU":
            slope = _settings(layer, layout.relu).get(1)
            if slope and wire.single(slope[-1]):
                raise UserError("{name} lets negative values through", name=name)
            return [Part("relu", name)]
        case "TanH":
            return [Part("tanh", name)]
    raise UserError("{name} is a layer of type {kind}, which AlexNet does not have", name=name, kind=kind)


def _kind(layer: Fields, layout: _Layout, name: str) -> str:
    """The type of a layer, empty for those that do not matter here."""
    if layout is _OLD and layer.get(1):
        raise UserError(
            "it is of Caffe's oldest format", hint="bring it up to date with Caffe's upgrade_net_proto_binary"
        )
    if not layer.get(layout.kind):
        raise UserError("{name} has no type", name=name)
    value = layer[layout.kind][-1]
    if layout is _NEW:
        kind = wire.text(value)
        return "" if kind in SKIPPED else kind
    old = wire.integer(value)
    return "" if old in OLD_SKIPPED else OLD_TYPES.get(old, f"number {old}")


def _settings(layer: Fields, number: int) -> Fields:
    given = layer.get(number)
    return _grouped(wire.bytes_of(given[-1])) if given else {}


def _convolution(name: str, layer: Fields, layout: _Layout) -> Part:
    settings = _settings(layer, layout.convolution)
    padding = _even(name, "padding", settings, (3, 9, 10), 0)
    stride = _even(name, "stride", settings, (6, 13, 14), 1)
    groups = _even(name, "groups", settings, (5,), 1)
    if _even(name, "dilation", settings, (18,), 1) != 1:
        raise UserError("{name} is dilated, which AlexNet is not", name=name)
    shape, loads = _learned(name, layer, layout)
    return convolution(name, shape, stride, padding, padding, groups, *loads)


def _even(name: str, what: str, settings: Fields, numbers: tuple[int, ...], otherwise: int) -> int:
    """A number that is the same along height and width."""
    given = {each for number in numbers for value in settings.get(number, ()) for each in wire.varints(value)}
    if len(given) > 1:
        raise UserError("the {what} of {name} differs between height and width", what=what, name=name)
    return given.pop() if given else otherwise


def _norm(name: str, settings: Fields) -> Part:
    if wire.integer(settings.get(4, [0])[-1]):
        raise UserError("{name} normalizes within each map, which AlexNet does not", name=name)
    alpha, beta, k = (
        wire.single(settings[number][-1]) if settings.get(number) else otherwise
        for number, otherwise in ((2, 1.0), (3, 0.75), (5, 1.0))
    )
    return norm(name, Norm(_even(name, "size", settings, (1,), 5), alpha, beta, k), 1)


def _pool(name: str, settings: Fields) -> Part:
    if wire.integer(settings.get(1, [0])[-1]) or _even(name, "padding", settings, (4, 9, 10), 0):
        raise UserError("{name} is not max pooling without padding", name=name)
    return pool(name, _even(name, "size", settings, (2, 5, 6), 1), _even(name, "stride", settings, (3, 7, 8), 1))


def _learned(name: str, layer: Fields, layout: _Layout) -> tuple[tuple[int, ...], list[Load]]:
    """The shape of the weights, and what reads them and the biases."""
    blobs = layer.get(layout.blobs, [])
    if not 1 <= len(blobs) <= 2:
        raise UserError("the weights of {name} are missing", name=name)
    try:
        (shape, weight), *biases = [_blob(wire.bytes_of(blob)) for blob in blobs]
    except UserError as error:
        raise error.within("the weights of {name}: {why}", name=name) from error
    return shape, [weight, *(_flat(load) for _, load in biases)]


def _flat(load: Load) -> Load:
    return lambda: load().flatten()


def _blob(message: memoryview) -> tuple[tuple[int, ...], Load]:
    """The shape of a blob, and what reads it."""
    found = _grouped(message)
    if found.get(7):
        shape = [each for value in _grouped(wire.bytes_of(found[7][-1])).get(1, ()) for each in wire.varints(value)]
    else:
        shape = [wire.integer(found[number][-1]) if found.get(number) else 1 for number in (1, 2, 3, 4)]
    kind, chunks = ("<f8", found[8]) if found.get(8) else ("<f4", found.get(5, []))
    rows = [np.frombuffer(_whole(wire.bytes_of(each), kind), kind) for each in chunks]
    count = sum(len(row) for row in rows)
    if math.prod(shape) != count or not count:
        raise UserError("shape {shape} and {count:,} numbers contradict each other", shape=tuple(shape), count=count)

    def load() -> Tensor:
        return torch.from_numpy(np.concatenate(rows).astype(np.float32)).reshape(shape)

    return tuple(shape), load


def _whole(view: memoryview, kind: str) -> memoryview:
    size = np.dtype(kind).itemsize
    if len(view) % size:
        raise UserError("its numbers are incomplete")
    return view
