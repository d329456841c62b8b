"""A file of others becomes a model: its network recognized, its weights checked, its classes named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.errors import Text, UserError, Way, cause
from alexnet_app.core.network.bundle import Bundle, is_bundle, read_bundle
from alexnet_app.core.network.class_names import distinct
from alexnet_app.core.network.exchange import caffe_file, labels, torch_file
from alexnet_app.core.network.exchange.found import Found, check, red_first
from alexnet_app.core.network.exchange.from_onnx import from_onnx
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
PICKLES = bytes(range(2, 6))  # their protocols
# an ONNX model begins with its version, then comes the name of what wrote it, its opsets or the graph
IR_VERSIONS, GRAPH_FIELDS = bytes(range(3, 16)), b"\x12\x1a\x22\x3a\x42"
LARGEST_FILE = 8 * LARGEST_NETWORK  # bytes

NO_LABELS = Text("no labels were given: the 1000 classes of ILSVRC2012 are used")
SAME_NAMES = Text("classes with the same name are told apart by a number")
NUMBERED = Text("no labels were given: the classes are numbered")
NAMES_BESIDE = Text("the class names are those of the list beside the file")
MEAN_BESIDE = Text("the mean is that of the file beside it")
UNFIT_BESIDE = Text("the names or the mean beside the file do not fit it and were not used")
BLUE_FIRST = Text("the first layer was read as blue, green, red, as Caffe's networks are")
COLOUR_MEAN = Text("no mean was given: the channel means of ILSVRC2012 are used")

SEVERAL = "{network} is used, the first network that fits the layer names; {others} have layers of these shapes too"
RENUMBERED = (
    "the layer numbers differ from those of {network}: layers without weights, such as dropout or "
    "normalization, are taken from {network}"
)
UNNAMED = (
    "the layers do not have the usual names: they were taken in their order, and what lies between them, such as "
    "pooling or normalization, from {network}"
)
CHOSEN = "the weights in {place} are used; {others} has such weights too: to import those, save them alone"
LEFT = "not part of the network and ignored: {names}"
MOST_SHOWN = 3
PIXELS = "the file does not record how pixels are scaled: (pixel − mean) × {scale} is used, as in {network}"


@dataclass(frozen=True, slots=True)
class Imported:
    """A model, and what was taken for granted, as sentences."""

    bundle: Bundle
    notes: tuple[str, ...]


def import_model(
    path: Path,
    kind: str | None = None,
    names: Path | None = None,
    mean: Path | None = None,
    *,
    network: str | None = None,
    look_beside: bool = False,
) -> Imported:
    """The model in a file of ``kind``, one of KINDS, or the one that its suffix or its first bytes tell.

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
        found = {"torch": _torch, "caffe": _caffe, "onnx": from_onnx}[kind](path, spec)
        check(found)
    notes = [*found.notes, *(_take_beside(path, found) if look_beside else ())]
    return _finished(path, kind, found, names, mean, notes)


def _take_beside(path: Path, found: Found) -> list[str]:
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


def _take_names(found: Found, path: Path) -> tuple[str, ...]:
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
    """What its suffix tells of a file, else how it begins. Raises UserError where neither tells anything."""
    kind = SUFFIXES.get(path.suffix.lower()) or _kind_by_content(path)
    if kind is None:
        raise UserError(
            "the name of {path} does not show its format",
            hint=Way.NAME_FORMAT,
            formats=", ".join(KINDS),
            path=path,
        )
    return kind


def _kind_by_content(path: Path) -> str | None:
    """Checkpoints have many suffixes, such as .bin, .ckpt, .pkl and .pth.tar."""
    if not path.is_file():
        return None
    try:
        if torch_file.is_safetensors(path):
            return "torch"
        with path.open("rb") as file:
            begin = file.read(3)
    except OSError:
        return None
    is_pickle = begin[:1] == b"\x80" and begin[1:2] in PICKLES
    is_graph = begin[:1] == b"\x08" and begin[1:2] in IR_VERSIONS and begin[2:] in GRAPH_FIELDS
    return "torch" if is_pickle or begin == b"PK\x03" else "onnx" if is_graph else None


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Names the file in what goes wrong with it."""
    try:
        yield
    except UserError as error:
        raise error.within("{path}: {why}", path=path) from error
    except Exception as error:  # the border: the readers raise whatever a damaged file makes them stumble over
        why = Text("it is a folder") if path.is_dir() else cause(error)
        raise UserError("{path} cannot be read as a model: {why}", path=path, why=why) from error


def _torch(path: Path, network: NetworkSpec | None) -> Found:
    if torch_file.is_safetensors(path) and is_bundle(path):
        own = read_bundle(path)
        return Found(own.spec, dict(own.weights), mean=own.mean, classes=own.classes, summary=own.summary)
    read = torch_file.read_torch(path, network)
    spec, saved, where = read.recognized.spec, read.saved, tuple(_chosen(read))
    if saved:
        return Found(spec, read.weights, mean=saved.mean, classes=saved.classes, notes=where)
    mean = labels.torchvision_mean() if spec.name == "torchvision" else None
    return Found(spec, read.weights, mean=mean, notes=(*where, *_assumed(read.recognized)))


def _chosen(read: torch_file.TorchWeights) -> Iterator[str]:
    """Which of the weights in a checkpoint were taken."""
    if read.others:
        place, *others = (repr(each) if each else "the file itself" for each in (read.place, *read.others))
        yield CHOSEN.format(place=place, others=" and ".join(others))
    if read.left:
        shown = ", ".join(name[:100] for name in read.left[:MOST_SHOWN])
        yield LEFT.format(names=shown + " …" * (len(read.left) > MOST_SHOWN))


def _assumed(recognized: Recognized) -> Iterator[str]:
    """What names and shapes of weights alone do not tell."""
    network = recognized.spec.name
    if recognized.others:
        yield SEVERAL.format(network=network, others=", ".join(recognized.others))
    if recognized.renumbered:
        yield RENUMBERED.format(network=network)
    if recognized.unnamed:
        yield UNNAMED.format(network=network)
    if network != "torchvision":  # whose own preparation is published with it
        yield PIXELS.format(network=network, scale=recognized.spec.input_scale)


def _caffe(path: Path, network: NetworkSpec | None) -> Found:
    parts = caffe_file.read_caffe(path)
    spec = recognize(parts, [network] if network else known_networks())
    return Found(spec, red_first(spec, weights_of(spec, parts)), blue_first=True)


def _finished(path: Path, kind: str, found: Found, names: Path | None, mean: Path | None, notes: list[str]) -> Imported:
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
            check(found)
    elif found.mean is None:
        found.mean = labels.caffe_mean()
        notes.append(COLOUR_MEAN)
    if found.blue_first and kind == "onnx":
        notes.append(BLUE_FIRST)
    assert found.classes is not None
    if (named := distinct(found.classes)) != found.classes:
        found.classes = named
        notes.append(SAME_NAMES)
    summary = {**found.summary, "imported": path.name, "format": kind, "notes": notes}
    if found.synsets:  # which tell classes of one name apart
        summary["synsets"] = list(found.synsets)
    return Imported(Bundle(found.spec, found.classes, found.mean, found.weights, summary), tuple(notes))


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(count))
