"""The images that a network finds most alike: nearest in the units of its last hidden layer (the paper's Figure 4)."""

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import open_regular, parse_json
from alexnet_app.core.inference.labelled import Labelled
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.machine import free_memory
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.checksum import Checksum, read_checked, with_checksum

FORMAT = "alexnet-app neighbours 1"
UNITS, LABELS, PATHS = "units", "labels", "paths"
WORK_AT_ONCE = 10e9  # multiply-adds of a batch: well under a second
LOOKED_AT = 4  # for each neighbour that is wanted so many are compared once more, exactly
MEMORY_SHARE = 0.5  # of the free memory at most


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An image of an index: its ``place`` in it, its class, its file ("" where it has none), and how far away it is:
    the Euclidean distance of the units.
    """

    place: int
    label: str
    path: str
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The last hidden units (N, U), fp32, of the images of ``split`` of the data set ``data``, and what they show:
    ``labels`` (N,) by their place in ``classes``. ``paths`` are their files, empty where they have none. ``model`` is
    the checksum of the weights that it is of; ``trace`` changes with the files, empty where nobody asked.
    """

    model: str
    data: str
    split: str
    address: str
    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    paths: tuple[str, ...]
    units: Tensor
    trace: str = ""

    def nearest(self, units: Tensor, count: int = 6) -> tuple[Neighbour, ...]:
        """The ``count`` images nearest to ``units`` (U,), the nearest first, equal ones in their order.

        All are compared in one product of matrices, and the best of them once more in float64.
        """
        wanted = min(count, len(self.labels))
        apart = self.units.square().sum(1) - 2 * (self.units @ units)
        best = apart.topk(min(LOOKED_AT * wanted, len(apart)), largest=False).indices.sort().values
        exact = (self.units[best].double() - units.double()).square().sum(1).sqrt()
        order = exact.argsort(stable=True)[:wanted]
        return tuple(self._neighbour(int(best[at]), float(exact[at])) for at in order)

    def _neighbour(self, place: int, distance: float) -> Neighbour:
        path = self.paths[place] if self.paths else ""
        return Neighbour(place, self.classes[int(self.labels[place])], path, distance)


def digest(bundle: Bundle) -> str:
    """The checksum of a model's weights and mean: by it an index knows its model, whatever its file is called."""
    known = Checksum({})
    for name in sorted(bundle.weights):
        known.add(name, bundle.weights[name].contiguous())
    known.add("mean", bundle.mean.contiguous())
    return known.text()


class Units:
    """The last hidden units of a model for pictures: what two images are compared by."""

    def __init__(self, bundle: Bundle, device: torch.device | str = "cpu") -> None:
        self._spec, self._network = bundle.spec, bundle.network(device)
        self._mean = bundle.mean.to(device)

    @property
    def batch_size(self) -> int:
        """How many pictures are shown at once."""
        return max(1, int(WORK_AT_ONCE / self._spec.multiply_adds))

    def of(self, pictures: NDArray[np.uint8]) -> Tensor:
        """(N, U), fp32 on the CPU, for pictures uint8 (N, P, P, 3); their centres are shown."""
        batch = torch.from_numpy(np.array(pictures)).to(self._mean.device)  # it may be read-only
        with torch.inference_mode():
            x = centre(batch, self._spec.input_size, self._mean, self._spec.input_scale)
            return _last_hidden(self._network, x).float().cpu()


def indexing(bundle: Bundle, data: Labelled) -> Generator[Event, None, Index]:
    """The index of the images of ``data``. Yields Progress. UserError where memory is too small for it."""
    pictures, labels = data.arrays.pictures, data.arrays.labels
    if not len(labels):
        raise UserError("there are no images in {split}", split=data.split)
    units = Units(bundle)
    first = units.of(pictures[:1])
    _check_memory(len(labels), first.shape[1])
    found = torch.empty(len(labels), first.shape[1])
    for at in range(0, len(labels), units.batch_size):
        part = slice(at, min(at + units.batch_size, len(labels)))
        found[part] = units.of(pictures[part])
        yield Progress(Task.INDEX, part.stop, len(labels))
    paths = data.paths
    return Index(digest(bundle), data.name, data.split, data.address, data.classes, labels, paths, found)


def check_model(index: Index, bundle: Bundle, path: Path) -> None:
    """UserError where ``index``, read from ``path``, is of another model than ``bundle``."""
    if index.model != digest(bundle):
        raise UserError(
            "{path} is the index of another model: distances between the units of two models mean nothing",
            hint="make the index again with this model, or choose the model that it was made with",
            path=path,
        )


def write_index(path: Path, index: Index) -> None:
    """Writes ``path`` (safetensors) so that it is never half there. UserError where it cannot be written."""
    head = {"model": index.model, "data": index.data, "split": index.split, "address": index.address}
    metadata = {"format": FORMAT, "index": json.dumps({**head, "trace": index.trace, "classes": index.classes})}
    names = json.dumps(index.paths).encode()  # ASCII, whatever bytes a name has; a header has room for few
    tensors = {
        UNITS: index.units.contiguous(),
        LABELS: torch.from_numpy(np.array(index.labels)),
        PATHS: torch.frombuffer(bytearray(names), dtype=torch.uint8),
    }
    metadata = with_checksum(tensors, metadata)
    replace_file(path, lambda temporary: save_file(tensors, temporary, metadata))


def read_index(path: Path) -> Index:
    """Reads an index. UserError, naming the file, for anything that is not a whole and undamaged one."""
    open_regular(path).close()
    try:
        with safe_open(path, framework="pt") as file:
            return _index(file)
    except UserError as error:
        raise error.within("{path}: {why}", path=path) from error
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise UserError(
            "{path} cannot be read as an index of images: the file is damaged or something else",
            hint="make it again, with the command index",
            path=path,
            detail=cause(error),
        ) from error


def _index(file: Any) -> Index:
    metadata = file.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise UserError("this is no index of images", hint="make one with the command index")
    tensors, holds = read_checked(file, [LABELS, PATHS, UNITS])
    if not holds:
        raise UserError("the file is damaged (its checksum does not match)", hint="make the index again")
    head = parse_json(metadata["index"])
    units, labels = tensors[UNITS], tensors[LABELS].numpy().astype(np.int64)
    paths, classes = _texts(parse_json(tensors[PATHS].numpy().tobytes())), _texts(head["classes"])
    fits = units.ndim == 2 and len(units) == len(labels) > 0 and len(paths) in (0, len(labels))
    if not fits or units.dtype != torch.float32 or labels.min() < 0 or labels.max() >= len(classes):
        raise ValueError("its parts do not fit together")
    model, data, split, address = _texts([head[name] for name in ("model", "data", "split", "address")])
    (trace,) = _texts([head.get("trace", "")])
    return Index(model, data, split, address, classes, labels, paths, units, trace)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise ValueError("a text is missing")
    return tuple(values)


def _last_hidden(network: AlexNet, x: Tensor) -> Tensor:
    """What the last layer reads: (N, U)."""
    before: Iterator[Tensor] = (stage.value for stage in stages(network, x))
    *_, hidden, _scores = before
    return hidden.flatten(1)


def _check_memory(images: int, units: int) -> None:
    needed, free = 4 * images * units, free_memory()
    if needed > MEMORY_SHARE * free:
        raise UserError(
            "an index of {images:,} images with {units:,} units each needs {needed:.1f} GB of memory; "
            "{free:.1f} GB are free",
            hint="choose a split with fewer images, or a smaller network",
            images=images,
            units=units,
            needed=needed / 1e9,
            free=free / 1e9,
        )
