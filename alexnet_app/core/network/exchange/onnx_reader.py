"""ONNX graphs that are such a network: walked from the picture to the classes, and nothing in them run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.foreign import parse_json
from alexnet_app.core.network.exchange import wire
from alexnet_app.core.network.exchange.onnx_walk import Graph, GraphWalk
from alexnet_app.core.network.spec import NetworkSpec

SPEC, CLASSES, PREPROCESSING = "alexnet-app.spec", "alexnet-app.classes", "alexnet-app.preprocessing"
GRAPH, INITIALIZER, NUMBERS = 7, 5, (4, 9, 10)  # the fields that hold them in onnx.proto
MOST_DESCRIPTION = 4 << 20  # bytes of all that is not weights


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
    graph = GraphWalk(model.graph, path.parent).walk()
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
        value = parse_json(properties.get(key, ""), gaps=True)
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise UserError("its {key} cannot be read", key=key)
    return value
