"""Weights that a training begins with: a whole model in any file that can be imported, or its convolutions alone."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import Bundle, is_bundle, parameter_shapes, read_bundle
from alexnet_app.core.network.exchange.importing import import_model, kind_of
from alexnet_app.core.network.exchange.labels import caffe_mean, torchvision_mean
from alexnet_app.core.network.exchange.torch_file import states_in
from alexnet_app.core.network.header import network_in
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import KNOWN, variant

KINDS = ("weight", "bias")


def start_in(path: Path, network: str = "") -> Bundle:
    """What a training can begin with in ``path``: a model of this program, or weights of others.

    Where the dense layers of those are missing or fit no known network, the convolutions alone: then the bundle has no
    classes and the weights of these layers only. ``network`` is the variant that is wanted, where several have such
    layers. Raises UserError where nothing fits, naming the nearest network.
    """
    if not path.is_file() or path.suffix == ".alexnet" or is_bundle(path):
        return read_bundle(path)
    try:
        return import_model(path, look_beside=True).bundle
    except UserError:
        found = _convolutions_in(path, network)
        if found is None:
            raise
        return found


def network_to_begin(path: Path) -> str:
    """The variant of the network in ``path``; empty where none can be read: whoever opens it says why."""
    known = network_in(path)
    if known or not path.is_file() or path.suffix == ".alexnet":
        return known
    try:
        return start_in(path).spec.name
    except UserError:
        return ""


def _convolutions_in(path: Path, network: str) -> Bundle | None:
    if kind_of(path) != "torch":
        return None
    specs = [variant(network), *KNOWN.values()] if network in KNOWN else list(KNOWN.values())
    fitting = (_fitted(state, specs) for state in states_in(path))
    spec, weights = next((each for each in fitting if each is not None), (None, {}))
    if spec is None:
        return None
    mean = torchvision_mean() if spec.name == "torchvision" else caffe_mean()
    return Bundle(spec, (), mean, weights, {"imported": path.name, "format": "torch"})


def _fitted(state: Mapping[str, Tensor], specs: Iterable[NetworkSpec]) -> tuple[NetworkSpec, dict[str, Tensor]] | None:
    """The first of ``specs`` whose convolutions are the layers of kernels in ``state``, in their order."""
    layers = list(_layers_of_kernels(state))
    for spec in specs:
        shapes = parameter_shapes(spec)
        ours = [layer.name for layer in spec.convolutions]
        pairs = [
            (f"{own}.{kind}", f"{their}.{kind}") for own, their in zip(ours, layers, strict=False) for kind in KINDS
        ]
        fits = all(their in state and tuple(state[their].shape) == shapes[own] for own, their in pairs)
        if len(ours) == len(layers) and fits:
            return spec, {own: state[their].to(torch.float32, copy=True).contiguous() for own, their in pairs}
    return None


def _layers_of_kernels(state: Mapping[str, Tensor]) -> Iterator[str]:
    found = [
        name.removesuffix(".weight") for name, each in state.items() if name.endswith(".weight") and each.dim() == 4
    ]
    yield from sorted(
        found, key=lambda name: [(int(part), "") if part.isdecimal() else (-1, part) for part in name.split(".")]
    )
