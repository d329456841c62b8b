"""Torch's files: a dictionary of tensors, read without running what a pickle asks for, and written."""

import io
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.files import replace_file
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, check_shapes
from alexnet_app.core.network.exchange.parts import same_network
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant

# what torchvision calls the layers: places in its two Sequentials, of which the others have no weights
TORCHVISION = {
    "conv1": "features.0",
    "conv2": "features.3",
    "conv3": "features.6",
    "conv4": "features.8",
    "conv5": "features.10",
    "fc6": "classifier.1",
    "fc7": "classifier.4",
    "fc8": "classifier.6",
}
MOST_PICKLE = 4 << 20  # bytes of what describes the tensors; AlexNet needs about two thousand
MOST_ENTRIES = 10_000
OLD_PICKLES = 5  # with which a file from before torch 1.6 begins
_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
HARMLESS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {name}Storage" for name in _STORAGES),
}
CALLS = {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}  # which no such file needs


def read_torchvision(path: Path) -> tuple[NetworkSpec, dict[str, Tensor]]:
    """The network and the weights of a state dict of ``torchvision.models.alexnet``, ``.pth`` or ``.safetensors``.

    Raises UserError where it is none, naming the first layer that does not fit; nothing in the file is run.
    """
    state = _safetensors(path) if path.suffix.lower() == ".safetensors" else _state(_loaded(path))
    state = {name.replace("module.", ""): tensor for name, tensor in state.items()}  # trained on several devices
    if "conv1.weight" in state:
        raise UserError(
            "its layers are named as this program names them, but weights alone do not say what lies between them",
            hint="use the .alexnet file that they were exported from",
        )
    odd = next((name for name, tensor in state.items() if tensor.is_complex()), None)
    if odd is not None:
        raise UserError("the weights of {name} are complex numbers", name=odd)
    last = state.get(f"{TORCHVISION['fc8']}.weight")
    spec = variant("torchvision", None if last is None or last.dim() != 2 else len(last))
    named = {
        f"{theirs}.{kind}": f"{ours}.{kind}" for ours, theirs in TORCHVISION.items() for kind in ("weight", "bias")
    }
    ours = AlexNet(spec, "meta").state_dict()
    check_shapes(
        {theirs: tuple(ours[name].shape) for theirs, name in named.items()},
        {name: tuple(tensor.shape) for name, tensor in state.items()},
    )
    # a copy: the file may change while the model is used
    return spec, {name: state[theirs].to(torch.float32, copy=True).contiguous() for theirs, name in named.items()}


def write_torch(path: Path, bundle: Bundle) -> None:
    """Writes the weights as torch's own file: under torchvision's names where its alexnet can load them, else ours."""
    spec = bundle.spec
    theirs = same_network(spec, variant("torchvision", spec.classes))
    names = TORCHVISION if theirs else {layer.name: layer.name for layer in spec.layers}
    state = {
        f"{names[layer.name]}.{kind}": bundle.weights[f"{layer.name}.{kind}"].contiguous()
        for layer in spec.layers
        for kind in ("weight", "bias")
    }
    replace_file(path, lambda temporary: torch.save(state, temporary))


def _safetensors(path: Path) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (mapped, not read)


def _loaded(path: Path) -> Any:
    is_zip = zipfile.is_zipfile(path)
    _check_zip(path) if is_zip else _check_old(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except Exception as error:  # of a damaged file, whatever comes from the depths of torch
        raise UserError("torch cannot read it: {why}", why=cause(error)[:300]) from error


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or any(each.compress_type != zipfile.ZIP_STORED for each in entries):
                raise UserError("it is an archive, but none that torch has written")
            for entry in entries:
                # torch finds it whatever its case, and an archive can hold it twice
                if entry.filename.lower().endswith("data.pkl"):
                    _check_pickle(archive.open(entry).read(MOST_PICKLE))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UserError("it is torn, or no file of torch: {why}", hint="get it again", why=cause(error)) from error


def _check_old(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(MOST_PICKLE)
    stream = io.BytesIO(begin)
    for _ in range(OLD_PICKLES):
        _check_pickle(stream)


def _check_pickle(pickle: bytes | io.BytesIO) -> None:
    """Refuses what calls anything but the makers of tensors, before torch, which refuses code but not a gigabyte."""
    try:
        for operation, argument, _ in pickletools.genops(pickle):
            called = operation.name in CALLS or (operation.name == "GLOBAL" and argument not in HARMLESS)
            if called:
                raise UserError(
                    "it asks to call {what}, which weights do not need; nothing was run",
                    hint="save the state_dict alone where it was made, or do not trust it",
                    what=str(argument).replace(" ", ".") if argument else operation.name,
                )
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise UserError("it is torn, or no file of torch", hint="get it again") from error


def _state(loaded: Any) -> dict[str, Tensor]:
    """The tensors by name, also of a checkpoint that holds them beside other things."""
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, Mapping) or not loaded:
        raise UserError("it holds no weights by name")
    for name, value in loaded.items():
        usable = isinstance(value, Tensor) and value.layout == torch.strided and value.is_floating_point()
        if not (isinstance(name, str) and usable and value.device.type == "cpu"):
            raise UserError("{name} in it is no plain tensor of floating-point numbers", name=repr(name)[:100])
    return dict(loaded)
