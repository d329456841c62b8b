"""One node of an ONNX graph: what is set of it, and what is said of one that no such network has."""

from typing import Any

from alexnet_app.core.errors import UserError


def attributes(node: Any) -> dict[str, Any]:
    """What is set of a node: numbers, rows of numbers, bytes; other kinds are not read."""
    kinds = {1: "f", 2: "i", 3: "s", 6: "floats", 7: "ints"}
    values = {each.name: getattr(each, kinds[each.type]) for each in node.attribute if each.type in kinds}
    return {name: value if isinstance(value, int | float | bytes) else list(value) for name, value in values.items()}


def same(node: Any, values: list[int]) -> int:
    """The one number that ``values``, by side, all are; UserError where they differ."""
    if len(set(values)) != 1 or values[0] < 1:
        raise UserError("{node} differs between height and width", node=name_of(node))
    return values[0]


def four(node: Any, values: list[int]) -> list[int]:
    """``values``, one for each edge: top, left, bottom, right; UserError where they are not four."""
    if len(values) != 4:
        raise strange(node)
    return values


def side_of(value: Any) -> int | None:
    """The side of the pictures that the graph takes; None where it takes several."""
    sizes = [each.dim_value for each in value.type.tensor_type.shape.dim]
    if len(sizes) != 4 or sizes[1] not in (0, 3) or sizes[2] != sizes[3]:
        raise UserError("its input has shape {shape}, not (pictures, 3, side, side)", shape=tuple(sizes))
    return sizes[2] or None


def name_of(node: Any) -> str:
    """What people find the node by."""
    return str(node.name or node.output[0])[:200]


def strange(node: Any) -> UserError:
    """The sentence for a node that is none of AlexNet's."""
    return UserError(
        "the operation {kind} at {node} is not one of AlexNet's, or not in this place",
        kind=node.op_type[:100],
        node=name_of(node),
    )
