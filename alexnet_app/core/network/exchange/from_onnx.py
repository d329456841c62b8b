"""An ONNX graph becomes a model: its network recognized, what it does to pixels taken over."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.network.exchange import labels, onnx_reader
from alexnet_app.core.network.exchange.found import Found, red_first
from alexnet_app.core.network.exchange.onnx_walk import Graph
from alexnet_app.core.network.exchange.parts import known_networks, recognize, same_parts, weights_of
from alexnet_app.core.network.spec import NetworkSpec

OTHER_SIZE = "the graph takes crops of {size}, which are used; {network} itself has crops of {usual}"
ANY_SIZE = "the graph takes images of any size: crops of {size} are used, as in {network}"
INSIDE = "what the graph itself does to pixels, on 0 to 255, is part of the model: its mean and its scale"
UNIT_INSIDE = "what the graph itself does to pixels, on 0 to 1, is part of the model: its mean and its scale"
OUTSIDE = "the graph does nothing to pixels: (pixel − mean) × {scale} is used, as in {network}"


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
    known = recognize(graph.parts, [given] if given else known_networks())
    found = Found(_sized(known, graph), weights_of(known, graph.parts), classes=graph.classes)
    notes = [] if graph.spec else list(_sizes_told(known, graph))
    converted = graph.spec is None and known.name.startswith("caffe")  # wherever it was, it was trained in Caffe
    if graph.pixels.mean is not None or graph.pixels.scale is not None:
        unit = graph.spec is None and not graph.bytes_in and graph.pixels.from_unit()
        notes += [] if graph.spec else [UNIT_INSIDE if unit else INSIDE]
        found.spec = _scaled(found.spec, graph.pixels.scale)
        found.mean = torch.zeros(3, 1, 1) if graph.pixels.mean is None else graph.pixels.mean.contiguous()
    elif known.name == "torchvision":
        found.mean = labels.torchvision_mean()
    elif graph.spec is None and not converted:
        notes.append(OUTSIDE.format(network=known.name, scale=known.input_scale))
    if converted:
        found.blue_first, found.weights = True, red_first(known, found.weights)
        found.mean = None if found.mean is None else found.mean.flip(0)
        if isinstance(found.spec.input_scale, tuple):
            found.spec = replace(found.spec, input_scale=found.spec.input_scale[::-1])
    found.notes = tuple(notes)
    return found


def _sized(spec: NetworkSpec, graph: Graph) -> NetworkSpec:
    """The network for the crops that the graph takes. Raises UserError where these have other maps in it."""
    size = graph.input_size or spec.input_size
    sized = spec
    if size != spec.input_size:
        try:
            sized = replace(spec, input_size=size, picture_size=max(spec.picture_size, size))
        except UserError:
            sized = spec
    if sized.input_size != size or not same_parts(sized, spec) or (graph.sides and tuple(graph.sides) != sized.sides()):
        raise UserError(
            "it takes images of {size} × {size}, of which it makes maps with sides of {found}; those of the network "
            "{network} have {expected}",
            size=size,
            found=", ".join(map(str, graph.sides)),
            network=spec.name,
            expected=", ".join(map(str, spec.sides())),
        )
    return sized


def _sizes_told(spec: NetworkSpec, graph: Graph) -> Iterator[str]:
    if graph.input_size is None:
        yield ANY_SIZE.format(size=spec.input_size, network=spec.name)
    elif graph.input_size != spec.input_size:
        yield OTHER_SIZE.format(size=graph.input_size, network=spec.name, usual=spec.input_size)


def _scaled(spec: NetworkSpec, scale: Tensor | None) -> NetworkSpec:
    """The network with the scale that the graph applies, which is kept in fp32; 1 where it only subtracts."""
    scale = torch.ones(1) if scale is None else scale
    known = torch.tensor(spec.input_scale, dtype=torch.float32).flatten()
    if len(known) == len(scale) and torch.allclose(known, scale, rtol=1e-6, atol=0):
        return spec
    numbers = scale.tolist()
    return replace(spec, input_scale=numbers[0] if len(numbers) == 1 else tuple(numbers))
