"""An ONNX graph becomes a model: its network recognized, what it does to pixels taken over."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.network.exchange import labels, onnx_reader
from alexnet_app.core.network.exchange.found import Found, red_first
from alexnet_app.core.network.exchange.parts import known_networks, recognize, weights_of
from alexnet_app.core.network.spec import NetworkSpec


def from_onnx(path: Path, network: NetworkSpec | None) -> Found:
    """What an ``.onnx`` file holds, of ``network`` if that is given. Raises UserError where it is none of AlexNet."""
    try:
        return _graph(path, network)
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:  # the border: what a graph lacks shows wherever it is looked for
        raise UserError("its graph is not valid ONNX: {why}", why=cause(error)[:300]) from error


def _graph(path: Path, network: NetworkSpec | None) -> Found:
    graph = onnx_reader.read_onnx(path)
    given = network or graph.spec
    spec = recognize(graph.parts, [given] if given else known_networks())
    other_size = graph.input_size not in (None, spec.input_size)
    if graph.sides and not other_size and tuple(graph.sides) != spec.sides():
        raise UserError(
            "its maps have sides of {found}, those of the network {network} {expected}",
            found=graph.sides,
            network=spec.name,
            expected=list(spec.sides()),
        )
    found = Found(spec, weights_of(spec, graph.parts), mean=graph.mean, classes=graph.classes, other_size=other_size)
    if graph.scale is not None:
        found.spec = _scaled(spec, graph.scale)
        found.mean = torch.zeros(3, 1, 1) if graph.mean is None else graph.mean
    if graph.spec is None and spec.name.startswith("caffe"):  # wherever it was converted, it was trained in Caffe
        found.blue_first, found.weights = True, red_first(spec, found.weights)
        found.mean = None if found.mean is None else found.mean.flip(0)
        if isinstance(found.spec.input_scale, tuple):
            found.spec = replace(found.spec, input_scale=found.spec.input_scale[::-1])
    if found.mean is None and spec.name == "torchvision":
        found.mean = labels.torchvision_mean()
    return found


def _scaled(spec: NetworkSpec, scale: Tensor) -> NetworkSpec:
    """The network with the scale that the graph applies, which is kept in fp32."""
    numbers = scale.tolist()
    if torch.equal(torch.tensor(spec.input_scale).flatten(), scale):
        return spec
    return replace(spec, input_scale=numbers[0] if len(numbers) == 1 else tuple(numbers))
