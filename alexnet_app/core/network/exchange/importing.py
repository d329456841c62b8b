"""A file of others becomes a model: its network recognized, its weights checked, its classes named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from alexnet_app.core.errors import UserError, Way, cause
from alexnet_app.core.network.bundle import Bundle, check_shapes, parameter_shapes
from alexnet_app.core.network.exchange import caffe_file, labels, onnx_reader, torch_file
from alexnet_app.core.network.exchange.label_list import read_labels
from alexnet_app.core.network.exchange.parts import known_networks, recognize, weights_of
from alexnet_app.core.network.exchange.recognizing import Recognized
from alexnet_app.core.network.limits import LARGEST_NETWORK
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant

KINDS = ("torch", "caffe", "onnx")
SUFFIXES = {
    ".pth": "torch",
    ".pt": "torch",
    ".safetensors": "torch",
    ".caffemodel": "caffe",
    ".onnx": "onnx",
}
LARGEST_FILE = 8 * LARGEST_NETWORK  # bytes

NO_LABELS = "no labels were given: the 1000 classes of ILSVRC2012 are used"
NUMBERED = "no labels were given: the classes are numbered"
NAMES_BESIDE = "the class names are those of the list beside the file"
MEAN_BESIDE = "the mean is that of the file beside it"
UNFIT_BESIDE = "the names or the mean beside the file do not fit it and were not used"
BLUE_FIRST = "the first layer was read as blue, green, red, as Caffe's networks are"
COLOUR_MEAN = "no mean was given: the channel means of ILSVRC2012 are used"
OTHER_SIZE = "the file takes crops of another size; here they have the size that this network was trained with"

SEVERAL = "{network} is used, the first network that fits the layer names; {others} have layers of these shapes too"
RENUMBERED = (
    "the layer numbers differ from those of {network}: layers without weights, such as dropout or "
    "normalization, are taken from {network}"
)
PIXELS = "the file does not record how pixels are scaled: (pixel − mean) × {scale} is used, as in {network}"


@dataclass(frozen=True, slots=True)
class Imported:
    """A model, and what was taken for granted, as sentences."""

    bundle: Bundle
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """What a file holds; ``mean`` where the file says it, ``classes`` too."""

    spec: NetworkSpec
    weights: dict[str, Tensor]
    blue_first: bool = False
    mean: Tensor | None = None
    classes: tuple[str, ...] | None = None
    synsets: tuple[str, ...] = ()
    other_size: bool = False
    notes: tuple[str, ...] = ()


def import_model(
    path: Path,
    kind: str | None = None,
    names: Path | None = None,
    mean: Path | None = None,
    *,
    network: str | None = None,
    look_beside: bool = False,
) -> Imported:
    """The model in a file of ``kind``, one of KINDS, or the one that its suffix tells.

    ``network`` is the variant that it is, where several have layers of these shapes. ``names`` is a file with one class
    a line, ``mean`` one with Caffe's mean, in the order of colours of the network's input. With ``look_beside`` files
    with the usual names in the folder of the file are taken for them if they fit: what the file itself says is kept.
    Raises UserError, naming the file, for anything that is not such a network; nothing in a file is run.
    """
    kind = kind or kind_of(path)
    spec = variant(network) if network else None
    with _naming(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            raise UserError("it is not a file")  # such as a pipe, which would be waited for
        if path.stat().st_size > LARGEST_FILE:
            raise UserError("{bytes:,} bytes are too many for a network", bytes=path.stat().st_size)
        found = {"torch": _torch, "caffe": _caffe, "onnx": _onnx}[kind](path, spec)
        _check(found)
    notes = [*found.notes, *(_take_beside(path, found) if look_beside else ())]
    return _finished(path, kind, found, names, mean, notes)


def _take_beside(path: Path, found: _Found) -> list[str]:
    """Names and mean from the folder of ``path``, where the file has none; what that was, or that it did not fit."""
    notes: list[str] = []
    names, mean = labels.names_beside(path), labels.mean_beside(path)
    if found.classes is None and names is not None:
        with _unfit_noted(notes):
            notes += [NAMES_BESIDE, *_take_names(found, names)]
    if found.mean is None and mean is not None:
        with _unfit_noted(notes):
            found.mean = labels.read_mean(mean, found.spec.input_size, blue_first=found.blue_first)
            notes.append(MEAN_BESIDE)
    return notes


def _take_names(found: _Found, path: Path) -> tuple[str, ...]:
    """The classes are those of the list ``path``; what was understood of it."""
    listed = read_labels(path, found.spec.classes)
    found.classes, found.synsets = listed.names, listed.synsets
    return listed.notes


@contextmanager
def _unfit_noted(notes: list[str]) -> Iterator[None]:
    """Nobody asked for that file: it is told, and left."""
    try:
        yield
    except UserError:
        if UNFIT_BESIDE not in notes:
            notes.append(UNFIT_BESIDE)


def kind_of(path: Path) -> str:
    """What its suffix tells of a file. Raises UserError for one that tells nothing."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(
            "the name of {path} does not show its format",
            hint=Way.NAME_FORMAT,
            formats=", ".join(KINDS),
            path=path,
        )
    return SUFFIXES[path.suffix.lower()]


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Names the file in what goes wrong with it."""
    try:
        yield
    except UserError as error:
        raise UserError(
            "{path}: {why}", hint=error.hint, **{**error.values, "path": path, "why": error.sentence}
        ) from error
    except (SafetensorError, OSError, ValueError, RuntimeError, MemoryError) as error:
        why = "it is a folder" if path.is_dir() else cause(error)
        raise UserError("{path} cannot be read as a model: {why}", path=path, why=why) from error


def _torch(path: Path, network: NetworkSpec | None) -> _Found:
    read = torch_file.read_torch(path, network)
    spec, saved = read.recognized.spec, read.saved
    if saved:
        return _Found(spec, read.weights, mean=saved.mean, classes=saved.classes)
    mean = labels.torchvision_mean() if spec.name == "torchvision" else None
    return _Found(spec, read.weights, mean=mean, notes=tuple(_assumed(read.recognized)))


def _assumed(recognized: Recognized) -> Iterator[str]:
    """What names and shapes of weights alone do not tell."""
    network = recognized.spec.name
    if recognized.others:
        yield SEVERAL.format(network=network, others=", ".join(recognized.others))
    if recognized.renumbered:
        yield RENUMBERED.format(network=network)
    if network != "torchvision":  # whose own preparation is published with it
        yield PIXELS.format(network=network, scale=recognized.spec.input_scale)


def _caffe(path: Path, network: NetworkSpec | None) -> _Found:
    parts = caffe_file.read_caffe(path)
    spec = recognize(parts, [network] if network else known_networks())
    return _Found(spec, _red_first(spec, weights_of(spec, parts)), blue_first=True)


def _onnx(path: Path, network: NetworkSpec | None) -> _Found:
    try:
        return _graph(path, network)
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:  # the border: what a graph lacks shows wherever it is looked for
        raise UserError("its graph is not valid ONNX: {why}", why=cause(error)[:300]) from error


def _graph(path: Path, network: NetworkSpec | None) -> _Found:
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
    found = _Found(spec, weights_of(spec, graph.parts), mean=graph.mean, classes=graph.classes, other_size=other_size)
    if graph.scale is not None:
        found.spec = _scaled(spec, graph.scale)
        found.mean = torch.zeros(3, 1, 1) if graph.mean is None else graph.mean
    if graph.spec is None and spec.name.startswith("caffe"):  # wherever it was converted, it was trained in Caffe
        found.blue_first, found.weights = True, _red_first(spec, found.weights)
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


def _red_first(spec: NetworkSpec, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    first = f"{spec.layers[0].name}.weight"
    return {name: weight.flip(1).contiguous() if name == first else weight for name, weight in weights.items()}


def _check(found: _Found) -> None:
    """What a bundle must hold: the shapes of its network, finite numbers, a class for each output."""
    spec = found.spec
    check_shapes(
        parameter_shapes(spec),
        {name: tuple(tensor.shape) for name, tensor in found.weights.items()},
    )
    broken = next((name for name, tensor in found.weights.items() if not torch.isfinite(tensor).all()), None)
    if broken:
        raise UserError("the weights of {layer} are not finite", layer=broken)
    if found.classes is not None and len(found.classes) != spec.classes:
        named, units = len(found.classes), spec.classes
        raise UserError("it names {named} classes for {units} outputs", named=named, units=units)
    if found.mean is not None:
        if tuple(found.mean.shape) not in ((3, 1, 1), (3, spec.input_size, spec.input_size)):
            raise UserError("the mean has shape {shape}, not (3, 1, 1)", shape=tuple(found.mean.shape))
        if not torch.isfinite(found.mean).all():
            raise UserError("the mean is not finite")


def _finished(
    path: Path, kind: str, found: _Found, names: Path | None, mean: Path | None, notes: list[str]
) -> Imported:
    if names is not None:
        notes += _take_names(found, names)
    elif found.classes is None:
        known = found.spec.classes == labels.IMAGENET_CLASSES
        found.classes = labels.imagenet_classes() if known else _numbers(found.spec.classes)
        published = kind == "torch" and found.spec.name == "torchvision"
        if not (published and known):
            notes.append(NO_LABELS if known else NUMBERED)
    if mean is not None:
        found.mean = labels.read_mean(mean, found.spec.input_size, blue_first=found.blue_first)
        with _naming(mean):
            _check(found)
    elif found.mean is None:
        found.mean = labels.caffe_mean()
        notes.append(COLOUR_MEAN)
    if found.blue_first and kind == "onnx":
        notes.append(BLUE_FIRST)
    if found.other_size:
        notes.append(OTHER_SIZE)
    summary = {"imported": path.name, "format": kind, "notes": notes}
    if found.synsets:  # which tell classes of one name apart
        summary["synsets"] = list(found.synsets)
    return Imported(Bundle(found.spec, found.classes, found.mean, found.weights, summary), tuple(notes))


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(count))
