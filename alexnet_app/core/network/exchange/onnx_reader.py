"""ONNX graphs that are such a network: walked from the picture to the classes, and nothing in them run."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.network.exchange import wire
from alexnet_app.core.network.exchange.onnx_nodes import attributes, four, name_of, same, side_of, strange
from alexnet_app.core.network.exchange.onnx_tensors import Tensors
from alexnet_app.core.network.exchange.parts import MOST_PARTS, Part, convolution, dense, norm, pool
from alexnet_app.core.network.layers import Norm, Pool, pooled_side
from alexnet_app.core.network.spec import NetworkSpec

SPEC, CLASSES, PREPROCESSING = "alexnet-app.spec", "alexnet-app.classes", "alexnet-app.preprocessing"
GRAPH, INITIALIZER, NUMBERS = 7, 5, (4, 9, 10)  # the fields that hold them in onnx.proto
MOST_DESCRIPTION = 4 << 20  # bytes of all that is not weights
NOTHING = {"Dropout", "Identity", "Flatten", "Reshape", "Squeeze"}  # which change no number once training is over
ENDS = {"Softmax", "LogSoftmax"}


@dataclass(slots=True)
class Graph:
    """What was found: the parts in order, the sides of the maps after each convolution and pool where the side of the
    input is known, what the graph itself does with pixels, and what this program had written beside it.
    """

    parts: list[Part] = field(default_factory=list)
    input_size: int | None = None
    sides: list[int] = field(default_factory=list)
    mean: Tensor | None = None
    scale: Tensor | None = None
    spec: NetworkSpec | None = None
    classes: tuple[str, ...] | None = None


def read_onnx(path: Path) -> Graph:
    """The network of an ``.onnx`` file. Raises UserError where it is none, or does what AlexNet does not."""
    _check_size(wire.mapped(path))
    import onnx

    try:
        model = onnx.load_model(str(path), load_external_data=False)
    except Exception as error:  # of a damaged file, whatever comes from the depths of protobuf
        raise UserError(
            "it is damaged or not an ONNX file: {why}", hint="download or copy it again", why=cause(error)[:300]
        ) from error
    graph = _Walk(model.graph, path.parent).walk()
    properties = {each.key: each.value for each in model.metadata_props}
    if SPEC in properties:
        graph.spec = NetworkSpec.from_dict(_json(properties, SPEC, dict))
        graph.classes = tuple(str(name) for name in _json(properties, CLASSES, list))
    return graph


def _check_size(message: memoryview) -> None:
    """Refuses what would grow when it is parsed: the objects of a description take thirty times its bytes."""
    described = len(message)
    for number, graph in wire.fields(message):
        for inner, tensor in wire.fields(wire.bytes_of(graph)) if number == GRAPH else ():
            if inner == INITIALIZER:
                held = wire.fields(wire.bytes_of(tensor))
                described -= sum(len(row) for key, row in held if key in NUMBERS and not isinstance(row, int))
    if described > MOST_DESCRIPTION:
        raise UserError(
            "the description of its graph has {bytes:,} bytes, more than any such network needs", bytes=described
        )


def _json(properties: Mapping[str, str], key: str, kind: type) -> Any:
    try:
        value = json.loads(properties.get(key, ""))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise UserError("its {key} cannot be read", key=key)
    return value


class _Walk:
    """Goes from the one input to the last node, along the only reader of each result."""

    def __init__(self, graph: Any, folder: Path) -> None:
        self.tensors = Tensors(graph, folder)
        self.readers: defaultdict[str, list[Any]] = defaultdict(list)
        for node in graph.node:
            for name in set(node.input):
                if node.op_type != "Shape":  # of which others make the arguments of a Reshape
                    self.readers[name].append(node)
        inputs = [each for each in graph.input if each.name not in self.tensors]
        if len(inputs) != 1:
            raise UserError("it has {count} inputs, not one image", count=len(inputs))
        self.at = inputs[0].name
        self.found = Graph(input_size=side_of(inputs[0]))
        self.side = self.found.input_size

    def walk(self) -> Graph:
        """All parts. Raises UserError for the first thing that no such network does."""
        ended = False
        for _ in range(MOST_PARTS):
            readers = self.readers[self.at]
            if not readers:
                return self.found
            if len(readers) > 1 or ended:
                raise UserError(
                    "{node} is read by more than one layer, which no AlexNet does", node=name_of(readers[0])
                )
            node = readers[0]
            ended = node.op_type in ENDS
            if node.op_type == "Split":
                self.at = self._towers(node)
            else:
                self.at = self._follow(node)
        raise UserError("it has more than {limit:,} layers", limit=MOST_PARTS)

    def _follow(self, node: Any) -> str:
        """Takes one node; the name of its result."""
        if node.domain not in ("", "ai.onnx"):
            raise strange(node)
        if node.op_type == "MatMul":
            return self._product(node)
        if not _does_nothing(node):
            self._take(node)
        return str(node.output[0])

    def _take(self, node: Any) -> None:
        match node.op_type:
            case "Conv":
                self._add(self._convolution(node))
            case "Relu" | "Tanh":
                self._add(Part(node.op_type.lower(), name_of(node)))
            case "LRN":
                self._add(_norm(node, 1))
            case "MaxPool":
                self._add(self._pool(node))
            case "Gemm":
                self._add(self._gemm([node], 1))
            case "Sub" | "Mul":
                self._prepare(node)
            case _:
                raise strange(node)

    def _add(self, part: Part) -> None:
        self.found.parts.append(part)

    def _prepare(self, node: Any) -> None:
        """What is done to pixels before the first layer."""
        value = self.tensors.small(node.input[1]) if node.input[0] == self.at else None
        if self.found.parts or value is None or not isinstance(value, Tensor):
            raise strange(node)
        value = value.reshape(value.shape[-3:]) if value.dim() > 3 else value
        if node.op_type == "Sub" and self.found.mean is None and self.found.scale is None:
            self.found.mean = value
        elif node.op_type == "Mul" and self.found.scale is None and value.numel() in (1, 3):
            self.found.scale = value.flatten()
        else:
            raise strange(node)

    def _convolution(self, node: Any) -> Part:
        given = attributes(node)
        if given.get("auto_pad", b"NOTSET") != b"NOTSET" or set(given.get("dilations", [1])) != {1}:
            raise strange(node)
        top, left, bottom, right = four(node, given.get("pads", [0, 0, 0, 0]))
        stride = same(node, given.get("strides", [1]))
        if (top, bottom) != (left, right):
            raise UserError("{node} differs between height and width", node=name_of(node))
        shape = self.tensors.shape(node.input[1])
        if self.side is not None and len(shape) == 4:
            self.side = (self.side + top + bottom - shape[2]) // stride + 1
            self.found.sides.append(self.side)
        loads = [self.tensors.load(name) for name in node.input[1:]]
        return convolution(name_of(node), shape, stride, top, bottom, given.get("group", 1), *loads)

    def _pool(self, node: Any) -> Part:
        given = attributes(node)
        top, left, bottom, right = four(node, given.get("pads", [0, 0, 0, 0]))
        size, stride = same(node, given.get("kernel_shape", [])), same(node, given.get("strides", [1]))
        plain = given.get("auto_pad", b"NOTSET") == b"NOTSET" and set(given.get("dilations", [1])) == {1}
        if not plain or top or left or bottom != right:
            raise strange(node)
        if self.side is not None:
            ceil = bool(given.get("ceil_mode", 0))
            self.side = pooled_side(self.side + bottom, Pool(size, stride, ceil))
            self.found.sides.append(self.side)
        return pool(name_of(node), size, stride)

    def _gemm(self, nodes: list[Any], groups: int) -> Part:
        """A fully connected layer, or the halves of one whose towers do not see each other."""
        shapes, weights, biases = [], [], []
        for node in nodes:
            given = attributes(node)
            plain = given.get("alpha", 1.0) == given.get("beta", 1.0) == 1.0 and not given.get("transA", 0)
            if not plain or len(node.input) != 3:
                raise strange(node)
            turned = not given.get("transB", 0)
            shape = self.tensors.shape(node.input[1])
            shapes.append(shape[::-1] if turned else shape)
            weights.append(self.tensors.load(node.input[1], turned=turned))
            biases.append(self.tensors.load(node.input[2]))
        shape = (sum(each[0] for each in shapes if each), *shapes[0][1:])
        return dense(
            name_of(nodes[0]),
            shape,
            groups,
            lambda: torch.cat([load() for load in weights]),
            lambda: torch.cat([load() for load in biases]),
        )

    def _product(self, node: Any) -> str:
        """A fully connected layer as a product and a sum."""
        sums = self.readers[node.output[0]]
        if len(sums) != 1 or sums[0].op_type != "Add" or node.input[0] != self.at:
            raise strange(node)
        bias = next((name for name in sums[0].input if name != node.output[0]), None)
        if bias is None:  # it adds the product to itself
            raise strange(sums[0])
        shape, load = self.tensors.shape(node.input[1]), self.tensors.load(node.input[1], turned=True)
        self._add(dense(name_of(node), shape[::-1], 1, load, self.tensors.load(bias)))
        return str(sums[0].output[0])

    def _towers(self, split: Any) -> str:
        """The same layer on either half of the maps: Split, two nodes, Concat."""
        halves = [self.readers[name] for name in split.output]
        nodes = [each[0] for each in halves if len(each) == 1]
        joins = {id(each): each for node in nodes for each in self.readers[node.output[0]]}
        join = next(iter(joins.values()), None)
        kinds = {node.op_type for node in nodes}
        if (len(halves), len(nodes), len(joins), len(kinds)) != (2, 2, 1, 1) or join is None:
            raise strange(split)
        axes = (attributes(split).get("axis", 0), attributes(join).get("axis"))
        in_order = list(join.input) == [node.output[0] for node in nodes] and join.op_type == "Concat"
        if axes != (1, 1) or not in_order or not self._is_even(split):
            raise strange(split)
        if kinds == {"Gemm"}:
            self._add(self._gemm(nodes, 2))
        elif kinds == {"LRN"} and _norm(nodes[0], 2).fits(_norm(nodes[1], 2)):
            self._add(_norm(nodes[0], 2))
        else:
            raise strange(nodes[0])
        return str(join.output[0])

    def _is_even(self, split: Any) -> bool:
        sizes = attributes(split).get("split")
        if len(split.input) > 1 and split.input[1]:
            found = self.tensors.small(split.input[1])
            sizes = [] if found is None else found.tolist()
        return sizes is None or (len(sizes) == 2 and sizes[0] == sizes[1])


def _does_nothing(node: Any) -> bool:
    """Whether it is not for the scores; torchvision's averaging does nothing at its own size."""
    idle = node.op_type == "AveragePool" and attributes(node).get("kernel_shape") == [1, 1]
    return idle or node.op_type in NOTHING | ENDS


def _norm(node: Any, groups: int) -> Part:
    given = attributes(node)
    values = Norm(given.get("size", 0), given.get("alpha", 1e-4), given.get("beta", 0.75), given.get("bias", 1.0))
    return norm(name_of(node), values, groups)
