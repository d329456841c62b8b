"""Torch's files: a dictionary of tensors, read without running what a pickle asks for, and written."""

import encodings.aliases
import io
import json
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.files import replace_file
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.exchange.parts import same_network
from alexnet_app.core.network.exchange.recognizing import Recognized, listing, recognize_weights
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import KNOWN, VARIANTS, variant

# what torchvision calls the layers: places in its two Sequentials, of which the others have no weights
TORCHVISION = {
    layer.name: name
    for layer, name in zip(VARIANTS["torchvision"].layers, listing(VARIANTS["torchvision"]), strict=True)
}
PLACES = ("state_dict", "model_state_dict", "model", "net", "network", "weights")  # of them in a checkpoint
WRAPPERS = {"module", "_orig_mod", "model"}  # what trained it on several devices, compiled it, or held it
ABOUT = "alexnet-app"  # where ``Saved`` lies in the metadata of a state dict
MOST_PICKLE = 4 << 20  # bytes of what describes the tensors; AlexNet needs about two thousand
MOST_ENTRIES = 10_000
OLD_PICKLES = 5  # with which a file from before torch 1.6 begins
_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
PLAIN = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
ENCODE = "_codecs encode"  # which numpy has its bytes by
HARMLESS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {name}Storage" for name in _STORAGES),
    ENCODE,
}
# what numpy's numbers beside the weights are made by, such as the best accuracy so far; they are not read
NUMPY = {
    *(f"numpy{old}.multiarray {name}" for old in (".core", "._core") for name in ("scalar", "_reconstruct")),
    *("numpy dtype", "numpy ndarray"),
}
# codecs that make bytes of bytes, which one after the other would make gigabytes of a few, and those that take hours
_GROWING = ("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "uu_codec", "zlib_codec", "punycode", "idna")
GROWING = {*_GROWING, *(alias for alias, codec in encodings.aliases.aliases.items() if codec in _GROWING)}
CALLS = {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}  # which no such file needs


@dataclass(frozen=True, slots=True)
class SavedTensors:
    """What this program had written beside the weights."""

    spec: NetworkSpec
    classes: tuple[str, ...]
    mean: Tensor


@dataclass(frozen=True, slots=True)
class TorchWeights:
    """``weights`` under the names of this program, fp32, of the network ``recognized``."""

    recognized: Recognized
    weights: dict[str, Tensor]
    saved: SavedTensors | None = None


def read_torch(path: Path, network: NetworkSpec | None = None) -> TorchWeights:
    """A state dict, ``.pth`` or ``.safetensors``: of ``network``, else of the one that was saved with it, else of
    whichever known one has layers of these names and shapes.

    Raises UserError where there is none, naming the first layer that does not fit; nothing in the file is run.
    """
    state, saved = (_safetensors(path), None) if path.suffix.lower() == ".safetensors" else _state(_loaded(path))
    state = _unwrapped(_checked(state))
    spec = network or (saved.spec if saved else None)
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    found = recognize_weights(shapes, [spec] if spec else KNOWN.values())
    # a copy: the file may change while the model is used
    weights = {ours: state[theirs].to(torch.float32, copy=True).contiguous() for ours, theirs in found.names.items()}
    return TorchWeights(found, weights, saved)


def write_torch(path: Path, bundle: Bundle) -> None:
    """Writes the weights as torch's own file: under torchvision's names where its alexnet can load them, else ours.

    The network, the classes and the mean go along as a state dict's ``_metadata``, of which torch's ``load_state_dict``
    takes no notice.
    """
    spec = bundle.spec
    theirs = same_network(spec, variant("torchvision", spec.classes))
    names = TORCHVISION if theirs else {layer.name: layer.name for layer in spec.layers}
    state = OrderedDict(
        (f"{names[layer.name]}.{kind}", bundle.weights[f"{layer.name}.{kind}"].contiguous())
        for layer in spec.layers
        for kind in ("weight", "bias")
    )
    about = {
        "spec": json.dumps(spec.to_dict()),
        "classes": json.dumps(bundle.classes),
        "mean": bundle.mean.contiguous(),
    }
    state._metadata = OrderedDict({"": {"version": 1}, ABOUT: about})  # type: ignore[attr-defined]
    replace_file(path, lambda temporary: torch.save(state, temporary))


def _unwrapped(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the names of what a network was wrapped in. Raises UserError where two become one."""
    plain = {".".join(part for part in name.split(".") if part not in WRAPPERS): each for name, each in state.items()}
    if len(plain) < len(state):
        raise UserError("it contains the weights of more than one network", hint="save the state_dict of one")
    return plain


def _safetensors(path: Path) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (mapped, not read)


def _loaded(path: Path) -> Any:
    is_zip = zipfile.is_zipfile(path)
    _check_zip(path) if is_zip else _check_old(path)
    aside: list[Any] = [(_Aside, name.replace(" ", ".")) for name in NUMPY]
    try:
        with torch.serialization.safe_globals(aside):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except Exception as error:  # of a damaged file, whatever comes from the depths of torch
        raise UserError("torch cannot read it: {why}", why=cause(error)[:300]) from error


class _Aside:
    """Stands where a number or an array of numpy was, of which nothing is made."""

    def __init__(self, *_: object) -> None: ...
    def __setstate__(self, _: object) -> None: ...


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or any(each.compress_type != zipfile.ZIP_STORED for each in entries):
                raise UserError("it is an archive, but not one written by torch")
            for entry in entries:
                # torch finds it whatever its case, and an archive can hold it twice
                if entry.filename.lower().endswith("data.pkl"):
                    _check_pickle(archive.open(entry).read(MOST_PICKLE))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UserError(
            "it is damaged or not a file of torch: {why}", hint="download or copy it again", why=cause(error)
        ) from error


def _check_old(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(MOST_PICKLE)
    stream = io.BytesIO(begin)
    for _ in range(OLD_PICKLES):
        _check_pickle(stream)


def _check_pickle(pickle: bytes | io.BytesIO) -> None:
    """Refuses what calls anything but the makers of tensors, before torch, which refuses code but not a gigabyte."""
    encodes, growing, known = False, "", HARMLESS | NUMPY
    try:
        for operation, argument, _ in pickletools.genops(pickle):
            if operation.name == "GLOBAL":
                encodes = encodes or argument == ENCODE
            elif isinstance(argument, str) and _grows(argument):
                growing = argument
            if operation.name in CALLS or (operation.name == "GLOBAL" and argument not in known):
                raise _calling(str(argument).replace(" ", ".") if argument else operation.name)
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise UserError("it is damaged or not a file of torch", hint="download or copy it again") from error
    if encodes and growing:
        raise _calling(f"the codec {growing}")


def _grows(text: str) -> bool:
    """Whether it names a codec of GROWING, as Python looks for them."""
    return encodings.normalize_encoding(text.lower()).replace(".", "_") in GROWING


def _calling(what: str) -> UserError:
    return UserError(
        "it asks to call {what}, which weights do not need; nothing was run",
        hint="save only the state_dict, or do not use this file",
        what=what,
    )


def _state(loaded: Any) -> tuple[dict[str, Tensor], SavedTensors | None]:
    """The tensors by name, also of a checkpoint that holds them beside other things; and what was saved with them."""
    for key in PLACES:
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, Mapping):
        raise UserError("it contains no named weights")
    return dict(loaded), _saved(getattr(loaded, "_metadata", None))


def _checked(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    """What any file of torch has as weights. Raises UserError where something in it can be none, or where it is empty.

    Whole numbers, and floating-point ones of 8 bits, are weights only together with a scale that is kept elsewhere.
    """
    if not state:
        raise UserError("it contains no named weights")
    for name, value in state.items():
        if not (isinstance(name, str) and _is_plain(value)):
            called = repr(name)[:100]
            if not isinstance(value, Tensor):
                raise UserError("{name} in it is not a plain floating-point tensor", name=called)
            raise UserError(
                "{name} in it is not a plain floating-point tensor, but of type {kind}",
                name=called,
                kind=str(value.dtype).removeprefix("torch."),
            )
    return dict(state)


def _is_plain(value: Any) -> bool:
    usable = isinstance(value, Tensor) and value.layout == torch.strided and value.dtype in PLAIN
    return usable and value.device.type == "cpu"


def _saved(metadata: Any) -> SavedTensors | None:
    """What this program wrote. Raises UserError where that has been damaged."""
    about = metadata.get(ABOUT) if isinstance(metadata, Mapping) else None
    if about is None:
        return None
    try:
        spec, classes, mean = json.loads(about["spec"]), json.loads(about["classes"]), about["mean"]
    except (LookupError, TypeError, ValueError, RecursionError):
        spec = classes = mean = None
    if not (isinstance(spec, dict) and isinstance(classes, list) and _is_plain(mean)):
        raise UserError("what was saved with its weights cannot be read")
    mean = mean.to(torch.float32, copy=True).contiguous()
    return SavedTensors(NetworkSpec.from_dict(spec), tuple(map(str, classes)), mean)
