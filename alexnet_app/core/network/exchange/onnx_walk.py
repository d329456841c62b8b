"""The one way through an ONNX graph, from the picture to the classes, as the parts of a network."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.exchange.onnx_nodes import attributes, four, name_of, same, strange
from alexnet_app.core.network.exchange.onnx_pixels import Pixels
from alexnet_app.core.network.exchange.onnx_prelude import FLOATS, UINT8, Prelude
from alexnet_app.core.network.exchange.onnx_tensors import Tensors
from alexnet_app.core.network.exchange.parts import MOST_PARTS, Part, convolution, dense, norm, pool
from alexnet_app.core.network.layers import Norm, Pool, pooled_side
from alexnet_app.core.network.spec import NetworkSpec

NOTHING = {"Dropout", "Identity", "Flatten", "Reshape", "Squeeze"}  # which change no number once training is over
ENDS = {"Softmax", "LogSoftmax"}


@dataclass(slots=True)
class Graph:
    """What was found: the parts in order, the sides of the maps after each convolution and pool where the side of the
    input is known, what the graph itself does with pixels and whether they come as bytes, and what this program had
    written beside it.
    """

    parts: list[Part] = field(default_factory=list)
    input_size: int | None = None
    sides: list[int] = field(default_factory=list)
    pixels: Pixels = field(default_factory=Pixels)
    bytes_in: bool = False
    spec: NetworkSpec | None = None
    classes: tuple[str, ...] | None = None


class GraphWalk:
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
        size, last = _side(inputs[0])
        self.found = Graph(input_size=size, bytes_in=inputs[0].type.tensor_type.elem_type == UINT8)
        self.prelude = Prelude(self.tensors, colours_last=last)
        self.side = size

    def walk(self) -> Graph:
        """All parts. Raises UserError for the first thing that no such network does."""
        ended = False
        for _ in range(MOST_PARTS):
            readers = self.readers[self.at]
            if not readers:
                self.found.pixels = self.prelude.pixels
                return self.found
            if (within := self._within_maps(readers)) is not None:
                self.at = within
                continue
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
        before = not self.found.parts and self.prelude.take(node, self.at)
        if not before and not _does_nothing(node):
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
            case "Cast" if attributes(node).get("to") in FLOATS:
                pass
            case _:
                raise strange(node)

    def _add(self, part: Part) -> None:
        self.found.parts.append(part)

    def _convolution(self, node: Any) -> Part:
        given = attributes(node)
        plain = given.get("auto_pad", b"NOTSET") == b"NOTSET" and set(given.get("dilations", [1])) == {1}
        if not plain or not self.prelude.is_ready():
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

    def _within_maps(self, readers: list[Any]) -> str | None:
        """The result of a normalization within maps, as this program writes it, with a mean of squares;
        None where the readers of ``self.at`` are none.
        """
        square = next((each for each in readers if each.op_type == "Mul" and list(each.input) == [self.at] * 2), None)
        if square is None or len(readers) != 2:
            return None
        chain, at = [], square.output[0]
        for kind in ("AveragePool", "Mul", "Add", "Pow", "Mul"):
            nodes = self.readers[at]
            if len(nodes) != 1 or nodes[0].op_type != kind:
                return None
            chain.append(nodes[0])
            at = nodes[0].output[0]
        means, *sums, last = chain
        numbers = [self.tensors.small(each.input[1]) for each in sums]
        alpha, k, power = (None if each is None or each.numel() != 1 else float(each) for each in numbers)
        size = _window(means)
        if last not in readers or alpha is None or k is None or power is None or not size:
            return None
        self._add(norm(name_of(square), Norm(size, alpha, -power, k), 1, "map-norm"))
        return str(at)


def _does_nothing(node: Any) -> bool:
    """Whether it is not for the scores; torchvision's averaging does nothing at its own size."""
    given = attributes(node)
    if node.op_type in ENDS:
        return given.get("axis", -1) in (1, -1)
    return node.op_type in NOTHING or (node.op_type == "AveragePool" and given.get("kernel_shape") == [1, 1])


def _window(node: Any) -> int:
    """The side of the window of which means are taken at each place, zeros around the maps counted; 0 if it is none."""
    given = attributes(node)
    size = same(node, given.get("kernel_shape", []))
    plain = given.get("count_include_pad", 0) == 1 and set(given.get("strides", [1])) == {1}
    return size if plain and given.get("pads") == [size // 2] * 4 else 0


def _norm(node: Any, groups: int) -> Part:
    given = attributes(node)
    values = Norm(given.get("size", 0), given.get("alpha", 1e-4), given.get("beta", 0.75), given.get("bias", 1.0))
    return norm(name_of(node), values, groups)


def _side(value: Any) -> tuple[int | None, bool]:
    """The side of the pictures that the graph takes, None where it takes several; whether their colours come last."""
    sizes = [each.dim_value for each in value.type.tensor_type.shape.dim]
    last = len(sizes) == 4 and sizes[3] == 3 and sizes[1] == sizes[2]
    height, width = (sizes[1:3] if last else sizes[2:]) if len(sizes) == 4 else (0, 1)
    if height != width or not (last or sizes[1] in (0, 3)):
        raise UserError("its input has shape {shape}, not (pictures, 3, side, side)", shape=tuple(sizes))
    return height or None, last
