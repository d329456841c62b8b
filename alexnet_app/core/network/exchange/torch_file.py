"""Torch's files: a dictionary of tensors, read without running what a pickle asks for, and written."""

import io
import json
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.files import replace_file
from alexnet_app.core.network.bundle import Bundle, check_mean
from alexnet_app.core.network.class_names import texts
from alexnet_app.core.network.exchange.checkpoint import Candidate, candidates_in, checked, is_plain, own_numbers
from alexnet_app.core.network.exchange.parts import same_network
from alexnet_app.core.network.exchange.pickles import ASIDE, DICTIONARY, check_pickle, torch_script
from alexnet_app.core.network.exchange.recognizing import Recognized, listing, recognize_weights
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import KNOWN, VARIANTS, variant
from alexnet_app.core.quiet import hush

# what torchvision calls the layers: places in its two Sequentials, of which the others have no weights
TORCHVISION = {
    layer.name: name
    for layer, name in zip(VARIANTS["torchvision"].layers, listing(VARIANTS["torchvision"]), strict=True)
}
OWN_LAYERS = (
    "the layers have this program's names, such as conv1: torchvision's alexnet cannot load them, and other code needs "
    "the layers of {network}"
)
UNTOLD = (
    "code that loads the state dict gets the weights alone: classes, mean, scale and network are in its metadata, "
    '._metadata["alexnet-app"], which import reads'
)
PREPARED = "its input is RGB on 0 to 255, {size} × {size}, minus the mean ({mean}), times the scale ({scale})"
ABOUT = "alexnet-app"  # where ``Saved`` lies in the metadata of a state dict
MOST_PICKLE = 4 << 20  # bytes of what describes the tensors; AlexNet needs about two thousand
MOST_ENTRIES = 10_000
LARGEST_HEADER = 100 << 20  # bytes of what describes the tensors of a safetensors file, of that format
OLD_PICKLES = 5  # with which a file from before torch 1.6 begins


@dataclass(frozen=True, slots=True)
class SavedTensors:
    """What this program had written beside the weights."""

    spec: NetworkSpec
    classes: tuple[str, ...]
    mean: Tensor


@dataclass(frozen=True, slots=True)
class TorchWeights:
    """``weights`` under the names of this program, fp32, of the network ``recognized``.

    ``place`` is where in the file they lie, ``others`` are the places of other weights that could have been meant,
    ``left`` is what lies beside them.
    """

    recognized: Recognized
    weights: dict[str, Tensor]
    saved: SavedTensors | None = None
    place: str = ""
    others: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def read_torch(path: Path, network: NetworkSpec | None = None) -> TorchWeights:
    """A state dict, as torch or safetensors keep it: of ``network``, else of the one that was saved with it, else of
    whichever known one has layers of these names and shapes.

    Raises UserError where there is none, naming the first layers that do not fit; nothing in the file is run.
    """
    found = candidates_in(_safetensors(path) if is_safetensors(path) else _loaded(path))
    fitting: list[TorchWeights] = []
    unfit: list[UserError] = []
    for candidate in found:
        try:
            fitting.append(_recognized(candidate, network, read=not fitting))
        except UserError as error:
            unfit.append(error)
    if not fitting:
        raise unfit[0]
    return replace(fitting[0], others=tuple(each.place for each in fitting[1:]))


def states_in(path: Path) -> Iterator[dict[str, Tensor]]:
    """All that may be weights of one network in ``path``, under the names of the file. Raises UserError as
    ``read_torch``; what can be no weights is passed over.
    """
    for candidate in candidates_in(_safetensors(path) if is_safetensors(path) else _loaded(path)):
        yield {str(name): each for name, each in candidate.tensors.items() if is_plain(each)}


def _recognized(candidate: Candidate, network: NetworkSpec | None, *, read: bool) -> TorchWeights:
    """The network that ``candidate`` is of, with its weights if they are to be ``read``."""
    state, saved = checked(candidate.tensors), _saved(candidate.metadata)
    spec = network or (saved.spec if saved else None)
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    found = recognize_weights(shapes, [spec] if spec else KNOWN.values())
    names = found.names if read else {}
    weights = {ours: own_numbers(theirs, state[theirs]) for ours, theirs in names.items()}
    return TorchWeights(found, weights, saved, candidate.place, left=candidate.left)


def write_torch(path: Path, bundle: Bundle) -> None:
    """Writes the weights as torch's own file: under torchvision's names where its alexnet can load them, else ours.

    The network, the classes and how pixels become its input go along as a state dict's ``_metadata``, of which torch's
    ``load_state_dict`` takes no notice: so it is one file, which any code for state dicts loads.
    """
    spec = bundle.spec
    names = TORCHVISION if _is_torchvisions(spec) else {layer.name: layer.name for layer in spec.layers}
    state = OrderedDict(
        (f"{names[layer.name]}.{kind}", bundle.weights[f"{layer.name}.{kind}"].contiguous())
        for layer in spec.layers
        for kind in ("weight", "bias")
    )
    about = {
        "spec": json.dumps(spec.to_dict()),
        "classes": json.dumps(bundle.classes),
        "mean": bundle.mean.contiguous(),
        "scale": spec.input_scale,
        "steps": _steps(spec),
    }
    state._metadata = OrderedDict({"": {"version": 1}, ABOUT: about})  # type: ignore[attr-defined]
    replace_file(path, lambda temporary: _save(state, temporary))


def _save(state: object, path: Path) -> None:
    """Raises OSError where the disk takes no more: torch has an error of its own for what follows from it."""
    with path.open("wb") as file:
        try:
            torch.save(state, file)
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise


def _is_torchvisions(spec: NetworkSpec) -> bool:
    return same_network(spec, variant("torchvision", spec.classes))


def _steps(spec: NetworkSpec) -> str:
    return (
        f"RGB, 0 to 255: scale the shorter side to {spec.picture_size}, take the centre {spec.picture_size} x "
        f"{spec.picture_size}, then its centre {spec.input_size} x {spec.input_size}; subtract the mean, multiply by "
        "the scale"
    )


def torch_notes(bundle: Bundle) -> tuple[str, ...]:
    """What code that loads the weights of an export does not know of the model, as sentences."""
    spec, notes = bundle.spec, [UNTOLD]
    if not _is_torchvisions(spec):
        notes.insert(0, OWN_LAYERS.format(network=spec.name))
    numbers = ", ".join(f"{each:g}" for each in bundle.mean[:, :1, :1].flatten().tolist())
    mean = numbers if bundle.mean.shape[-1] == 1 else "an image"
    scale = spec.input_scale if isinstance(spec.input_scale, tuple) else (spec.input_scale,)
    notes.append(PREPARED.format(size=spec.input_size, mean=mean, scale=", ".join(f"{each:g}" for each in scale)))
    return tuple(notes)


def is_safetensors(path: Path) -> bool:
    """Whether it begins as such a file does, whatever it is called: with the length of a description in JSON."""
    if path.suffix.lower() == ".safetensors":
        return True
    with path.open("rb") as file:
        begin = file.read(9)
    return len(begin) == 9 and begin[8:] == b"{" and int.from_bytes(begin[:8], "little") < LARGEST_HEADER


def _safetensors(path: Path) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (mapped, not read)


def _loaded(path: Path) -> Any:
    hush(r"torch\.", UserWarning)  # of odd protocols
    hush(r"pickletools", DeprecationWarning)  # of odd texts
    is_zip = _is_zip(path)
    _check_zip(path) if is_zip else _check_old(path)
    aside: list[Any] = [(_Aside, name.replace(" ", ".")) for name in ASIDE]
    aside.append((_dictionary, DICTIONARY.replace(" ", ".")))
    try:
        with torch.serialization.safe_globals(aside):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except Exception as error:  # of a damaged file, whatever comes from the depths of torch
        raise UserError("torch cannot read it: {why}", why=_own_words(cause(error))[:300]) from error


def _own_words(said: str) -> str:
    """What torch cannot read, without its advice to run what a file asks for."""
    return said.rpartition("WeightsUnpickler error: ")[2].partition(" Check the documentation")[0]


def _dictionary(*_: object) -> dict[object, object]:
    """Stands where a dictionary with a default was, which may hold the weights."""
    return {}


def _is_zip(path: Path) -> bool:
    """Whether torch will find an archive in it; UserError where only its end looks like one."""
    with _damage_told():
        return zipfile.is_zipfile(path)


@contextmanager
def _damage_told() -> Iterator[None]:
    """The border to ``zipfile`` and ``pickletools``, which raise whatever a damaged file makes them stumble over."""
    try:
        yield
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:
        raise UserError(
            "it is damaged or not a file of torch: {why}", hint="download or copy it again", why=cause(error)[:300]
        ) from error


class _Aside:
    """Stands where a value of ASIDE was, of which nothing is made."""

    def __init__(self, *_: object) -> None: ...
    def __setstate__(self, _: object) -> None: ...


def _check_zip(path: Path) -> None:
    with _damage_told(), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any("/code/" in each.filename for each in entries):
            raise torch_script()
        if len(entries) > MOST_ENTRIES or any(each.compress_type != zipfile.ZIP_STORED for each in entries):
            raise UserError("it is an archive, but not one written by torch")
        for entry in entries:
            # torch finds it whatever its case, and an archive can hold it twice
            if entry.filename.lower().endswith("data.pkl"):
                check_pickle(archive.open(entry).read(MOST_PICKLE))


def _check_old(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(MOST_PICKLE)
    stream = io.BytesIO(begin)
    for _ in range(OLD_PICKLES):
        with _damage_told():
            check_pickle(stream)


def _saved(metadata: Any) -> SavedTensors | None:
    """What this program wrote. Raises UserError where that has been damaged."""
    about = metadata.get(ABOUT) if isinstance(metadata, Mapping) else None
    if about is None:
        return None
    try:
        spec, classes, mean = json.loads(about["spec"]), json.loads(about["classes"]), about["mean"]
    except (LookupError, TypeError, ValueError, RecursionError):
        spec = classes = mean = None
    if not (isinstance(spec, dict) and isinstance(classes, list) and is_plain(mean)):
        raise UserError("what was saved with its weights cannot be read")
    network = NetworkSpec.from_dict(spec)
    check_mean(tuple(mean.shape), network)
    return SavedTensors(network, texts(classes), own_numbers("the mean", mean))
