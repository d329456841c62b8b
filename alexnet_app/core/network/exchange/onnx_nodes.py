"""The nodes of an ONNX graph: what is set of them, and how they are refused."""

from typing import Any

from alexnet_app.core.errors import UserError

QUANTIZED = ("Quantize", "Dequantize", "DynamicQuantize", "QLinear", "ConvInteger", "MatMulInteger")


def attributes(node: Any) -> dict[str, Any]:
    """What is set of a node: numbers, rows of numbers, bytes; other kinds are not read."""
    kinds = {1: "f", 2: "i", 3: "s", 6: "floats", 7: "ints"}
    values = {each.name: getattr(each, kinds[each.type]) for each in node.attribute if each.type in kinds}
    return {name: value if isinstance(value, int | float | bytes) else list(value) for name, value in values.items()}


def same(node: Any, values: list[int]) -> int:
    """A size that is the same along height and width. Raises UserError where it is not."""
    if len(set(values)) != 1 or values[0] < 1:
        raise UserError("{node} differs between height and width", node=name_of(node))
    return values[0]


def four(node: Any, values: list[int]) -> list[int]:
    """The zeros around maps: above, left, below, right. Raises UserError where these are not four."""
    if len(values) != 4:
        raise strange(node)
    return values


def name_of(node: Any) -> str:
    """What the file calls a node, or its result where it has no name."""
    return str(node.name or node.output[0])[:200]


def strange(node: Any) -> UserError:
    """The refusal of what no AlexNet does."""
    kind, name = node.op_type[:100], name_of(node)
    if kind.startswith(QUANTIZED):
        return UserError(
            "its numbers are quantized ({kind} at {node}), which no network here is",
            hint="export it before it is quantized",
            kind=kind,
            node=name,
        )
    return UserError(
        "the operation {kind} at {node} is not one of AlexNet's, or not in this place", kind=kind, node=name
    )
