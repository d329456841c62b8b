"""The ``.alexnet`` file: weights and all that is needed to use them, in the safetensors format, which runs no code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from alexnet_app.core.errors import Text, UserError, cause
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import UnreadableError, check_regular, open_regular, parse_json
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.checksum import read_checked, with_checksum
from alexnet_app.core.network.class_names import check_names, distinct, texts
from alexnet_app.core.network.spec import NetworkSpec

FORMAT = "alexnet-app 1"
MEAN = "preprocessing.mean"
PLAIN = ("F32", "F16", "BF16", "F64")  # numbers that are weights by themselves, as safetensors calls them
OTHER = Text("use another model, such as best.alexnet or last.alexnet of the same run, or another copy of the file")
SHORT = ("header too small", "invalid header length", "not fully covered")  # how safetensors says that there is no more


@dataclass(frozen=True, slots=True)
class Bundle:
    """A trained model. ``weights`` under ``conv1.weight`` … ``fc8.bias``, fp32, contiguous, tower A first.

    ``mean`` is what is subtracted from pixels on 0–255: (3, 1, 1), or (3, S, S) for a mean picture. ``summary`` says
    where the weights come from, in plain JSON values. ``checked`` is False where it was read from a file of an earlier
    version, which carries no checksum: then it is unknown whether the weights are as they were written.
    """

    spec: NetworkSpec
    classes: tuple[str, ...]
    mean: Tensor
    weights: Mapping[str, Tensor]
    summary: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = True

    def network(self, device: torch.device | str = "cpu") -> AlexNet:
        """The network with these weights, ready to answer (evaluation mode)."""
        network = AlexNet(self.spec, device)
        network.load_state_dict(dict(self.weights))
        return network.to(memory_format=torch.channels_last).eval()


def plain_weights(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the network's weights as they are kept: on the CPU, fp32, in the plain layout."""
    return {
        name: tensor.detach().to("cpu", torch.float32, copy=True).contiguous()
        for name, tensor in network.state_dict().items()
    }


def write_bundle(path: Path, bundle: Bundle, *, half: bool = False) -> None:
    """Writes ``path`` so that it is never half there. With ``half`` the weights are kept as fp16, in half the room.

    A checksum goes with it. Raises UserError where it cannot be written, where two classes have one name or one has
    none, or where fp16 cannot hold a weight or none of a layer's; ``half_notes`` says what else is lost.
    """
    check_names(bundle.classes)
    # JSON in ASCII: the name of a class is the name of a folder, whose bytes need not be text
    metadata = {
        "format": FORMAT,
        "spec": json.dumps(bundle.spec.to_dict()),
        "classes": json.dumps(bundle.classes),
        "preprocessing": json.dumps(
            {
                "picture_size": bundle.spec.picture_size,
                "input_size": bundle.spec.input_size,
                "scale": bundle.spec.input_scale,
                "mean": f"tensor {MEAN}, pixels on 0 to 255",
            }
        ),
        "summary": json.dumps(bundle.summary),
    }
    weights = _halved(bundle.weights) if half else bundle.weights
    tensors = {**weights, MEAN: bundle.mean.contiguous()}
    metadata = with_checksum(tensors, metadata)
    replace_file(path, lambda temporary: save_file(tensors, temporary, metadata))


def _halved(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    halved = {name: tensor.half() for name, tensor in weights.items()}
    broken = next((name for name, tensor in halved.items() if not torch.isfinite(tensor).all()), None)
    if broken:
        raise UserError(
            "the weights {name} have values beyond {most:,.0f}, which fp16 cannot represent",
            hint="write the model in fp32",
            name=broken,
            most=torch.finfo(torch.float16).max,
        )
    for name, tensor in halved.items():
        if name.endswith(".weight") and not tensor.any() and weights[name].any():
            raise UserError(
                "the largest of the weights {name} is {largest:.1e}, which becomes zero in fp16",
                hint="write the model in fp32",
                name=name,
                largest=float(weights[name].abs().max()),
            )
    return halved


def half_notes(weights: Mapping[str, Tensor]) -> tuple[str, ...]:
    """What ``weights`` lose as fp16 beside digits: how many become zero, and which layers are kept with few digits."""
    tiny = torch.finfo(torch.float16).tiny
    total = sum(tensor.numel() for tensor in weights.values())
    zeros = sum(int(((tensor != 0) & (tensor.half() == 0)).sum()) for tensor in weights.values())
    notes = [f"{zeros:,} of {total:,} weights are too small for fp16 and became zero"] if zeros else []
    for name, tensor in weights.items():
        largest = float(tensor.abs().max())
        if name.endswith(".weight") and 0 < largest < tiny:
            notes.append(f"the weights {name} are {largest:.1e} at most: below {tiny:.1e} fp16 keeps fewer digits")
    return tuple(notes)


def read_bundle(path: Path) -> Bundle:
    """Reads a model. Raises UserError, naming the file, for anything that is not a whole, undamaged and consistent one.

    Of a file without a checksum, which an earlier version wrote, classes that share a name are told apart by a number.
    """
    try:
        open_regular(path).close()  # safetensors waits for a pipe, and calls a file missing that must not be read
        with safe_open(path, framework="pt") as file:
            return _bundle(path, file)
    except UnreadableError as error:
        raise _unreadable(path, error.why) from error
    except UserError as error:
        raise error.within("{path}: {why}", path=path) from error
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise _unreadable(path, _why(error), cause(error)) from error


def _unreadable(path: Path, why: str, detail: str = "") -> UserError:
    return UserError(
        "{path} cannot be read as a model: {why}",
        hint="choose the .alexnet file of a run, such as last.alexnet",
        path=path,
        why=why,
        detail=detail,
    )


def is_bundle(path: Path) -> bool:
    """Whether a safetensors file, whatever it is called, is a model of this program; False where it cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:
            return (file.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError, ValueError, RuntimeError):
        return False


def spec_in_bundle(path: Path) -> NetworkSpec | None:
    """The network of the model ``path``, without its weights; None where it cannot be read."""
    try:
        check_regular(path)
        with safe_open(path, framework="pt") as file:
            return NetworkSpec.from_dict(_json(file.metadata() or {}, "spec", dict))
    except (UserError, SafetensorError, OSError, ValueError, RuntimeError):
        return None


def _why(error: Exception) -> str:
    """What is wrong with a file, without the words of the format."""
    if isinstance(error, OSError):
        return cause(error)
    if any(words in str(error) for words in SHORT):
        return Text("the file is truncated or damaged")
    return "the file is damaged or not a model"


def _bundle(path: Path, file: Any) -> Bundle:
    metadata = file.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise UserError(
            "this is not a model of this program (format {format!r}, not {expected!r})",
            format=metadata.get("format"),
            expected=FORMAT,
        )
    spec = NetworkSpec.from_dict(_json(metadata, "spec", dict))
    classes = texts(_json(metadata, "classes", list))
    if len(classes) != spec.classes:
        raise UserError("it names {named} classes for {units} outputs", named=len(classes), units=spec.classes)
    expected = parameter_shapes(spec)
    found = {name: tuple(file.get_slice(name).get_shape()) for name in set(file.keys()) - {MEAN}}
    check_shapes(expected, found)
    odd = next((name for name in (*expected, MEAN) if _kind(file, name) not in PLAIN), None)
    if odd is not None:
        raise UserError("{name} has the type {kind}, not a plain floating-point type", name=odd, kind=_kind(file, odd))
    check_mean(tuple(file.get_slice(MEAN).get_shape()) if MEAN in set(file.keys()) else (), spec)
    tensors, holds = read_checked(file, [*expected, MEAN])
    if holds is False:
        raise UserError("the file is damaged (its checksum does not match)", hint=OTHER)
    weights = {name: tensors.pop(name).float() for name in expected}
    broken = next((name for name, tensor in weights.items() if not torch.isfinite(tensor).all()), None)
    if broken:
        raise UserError("the weights of {layer} are not finite", layer=broken)
    mean = tensors[MEAN].float()
    if not torch.isfinite(mean).all():
        raise UserError("the mean is not finite")
    if holds:
        check_names(classes)
    named = classes if holds else distinct(classes)
    return Bundle(spec, named, mean, weights, _json(metadata, "summary", dict), checked=bool(holds))


def _kind(file: Any, name: str) -> str:
    """How safetensors calls the numbers of ``name``; as ours where there are none: that is told elsewhere."""
    return str(file.get_slice(name).get_dtype()) if name in set(file.keys()) else PLAIN[0]


def parameter_shapes(spec: NetworkSpec) -> dict[str, tuple[int, ...]]:
    """The shapes of all weights and biases of the network ``spec``, by their names here."""
    return {name: tuple(tensor.shape) for name, tensor in AlexNet(spec, "meta").state_dict().items()}


def check_shapes(
    expected: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]], who: str = "the network"
) -> None:
    """Raises UserError that names the first layer which does not fit ``who`` needs it, with both shapes."""
    for name, shape in expected.items():
        if name not in found:
            raise UserError(
                "the weights {name} of shape {shape} are missing, which {who} needs", name=name, shape=shape, who=who
            )
        if found[name] != shape:
            raise UserError(
                "the weights {name} have shape {found}, {who} needs {shape}",
                name=name,
                found=found[name],
                shape=shape,
                who=who,
            )
    extra = next((name for name in found if name not in expected), None)
    if extra:
        raise UserError("the weights {name} belong to no layer of {who}", name=extra, who=who)


def check_mean(shape: tuple[int, ...], spec: NetworkSpec) -> None:
    """Raises UserError unless ``shape`` is that of three colours, or of an image that ``spec`` reads."""
    if shape not in ((3, 1, 1), (3, spec.input_size, spec.input_size)):
        raise UserError("the mean has shape {shape}, not (3, 1, 1)", shape=shape)


def _json(metadata: Mapping[str, str], key: str, kind: type) -> Any:
    try:
        value = parse_json(metadata.get(key, ""), gaps=True)
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise UserError("its {key} cannot be read", key=key)
    return value
