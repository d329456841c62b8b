"""What comes before the first layer of an ONNX graph: other types and orders of pixels, a mean, a scale."""

from typing import Any

from alexnet_app.core.network.exchange.onnx_nodes import attributes
from alexnet_app.core.network.exchange.onnx_pixels import Pixels
from alexnet_app.core.network.exchange.onnx_tensors import Tensors

FLOATS = (1, 10, 11, 16)  # of onnx.proto: what a Cast may make of pixels
UINT8 = 2
TO_FRONT, TO_BACK = [0, 3, 1, 2], [0, 2, 3, 1]  # orders of dimensions
LAST = -(1 << 31)  # before which a slice backwards ends at the beginning


class Prelude:
    """``pixels`` is what was found; with ``colours_last`` images are (N, side, side, 3) at first."""

    def __init__(self, tensors: Tensors, *, colours_last: bool) -> None:
        self._tensors = tensors
        self._last = colours_last
        self.pixels = Pixels()

    def take(self, node: Any, at: str) -> bool:
        """Whether ``node``, which reads ``at``, does something to pixels that is known here, which is kept."""
        match node.op_type:
            case "Cast":
                return attributes(node).get("to") in FLOATS
            case "Transpose":
                return self._transpose(attributes(node).get("perm"))
            case "Gather" | "Slice":
                turned = self._is_turned(node, at)
                if turned:
                    self.pixels.turn_colours()
                return turned
            case "BatchNormalization":
                return self._normalize(node, at)
        return self._calculate(node, at)

    def is_ready(self) -> bool:
        """Whether the colours lie where a convolution reads them."""
        return not self._last

    def _transpose(self, order: list[int] | None) -> bool:
        if order not in (TO_FRONT, TO_BACK) or self._last is (order == TO_BACK):
            return False
        self._last = order == TO_BACK
        return True

    def _calculate(self, node: Any, at: str) -> bool:
        if len(node.input) != 2 or (node.input[0] == at) == (node.input[1] == at):
            return False
        first = node.input[1] == at
        value = self._tensors.small(node.input[0] if first else node.input[1])
        return value is not None and self.pixels.take(node.op_type, value, first=first, colours_last=self._last)

    def _normalize(self, node: Any, at: str) -> bool:
        values = [self._tensors.small(name) for name in node.input[1:]]
        found = [each for each in values if each is not None]
        if node.input[0] != at or len(found) != 4 or len(values) != 4 or self._last:
            return False
        weight, bias, mean, variance = found
        return self.pixels.normalize(weight, bias, mean, variance + attributes(node).get("epsilon", 1e-5))

    def _is_turned(self, node: Any, at: str) -> bool:
        """Whether blue and red change places."""
        given, axes = attributes(node), (3, -1) if self._last else (1, -3)
        if node.input[0] != at:
            return False
        rows = [self._whole(name) for name in node.input[1:]]
        if node.op_type == "Gather":
            return given.get("axis", 0) in axes and rows == [[2, 1, 0]]
        if len(rows) != 4 or any(len(row) != 1 for row in rows):
            return False
        (begin,), (end,), (axis,), (step,) = rows
        return begin in (2, -1) and end <= -4 and axis in axes and step == -1

    def _whole(self, name: str) -> list[int]:
        value = self._tensors.small(name)
        return [] if value is None else [int(each) for each in value.flatten()]
