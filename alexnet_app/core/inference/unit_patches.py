"""The real patches that the units of a layer answer to most and least: one pass over a data set, kept on the disk."""

import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.data.sources.values import Pictures
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.labelled import Labelled
from alexnet_app.core.inference.neighbours import WORK_AT_ONCE, digest
from alexnet_app.core.inference.opened import Opened
from alexnet_app.core.inference.tally_file import counted_of, read_tally, write_tally
from alexnet_app.core.insight.receptive import Field, field, on_picture
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.insight.tally import Extremes, LayerTally, UnitTally
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.places import cache_folder

FOLDER, ENDING = "patches", ".tally"
MOST_KEPT = 200_000_000  # bytes of all passes on the disk; the oldest go first
VERSION = "2"  # of what is counted


@dataclass(frozen=True, slots=True)
class Patch:
    """A cut-out of a real picture: the number ``picture`` of its split, its class and its file ("" where it has none),
    the ``value`` of the unit there, at (``row``, ``column``) of its map, before what follows the layer, and what the
    unit sees of the network's input there, exactly: ``field``.
    """

    picture: int
    label: str
    path: str
    value: float
    row: int
    column: int
    field: Field


def scanned(
    bundle: Bundle, data: Labelled, layer: str, cache: Path | None = None
) -> Generator[Event, None, LayerTally]:
    """What the units of ``layer`` make of all images of ``data``, from the disk where that was looked at before.

    Yields Progress; closed in between, it keeps nothing. It takes the memory of one batch. ``cache`` is where passes
    are kept (default: the user's cache folder). UserError where there are no images, or no such layer.
    """
    _check(bundle.spec, data, layer)
    folder = (cache or cache_folder()) / FOLDER
    path = folder / f"{_key(bundle, data, layer)}{ENDING}"
    known = read_tally(path, *_shape(bundle.spec, layer), len(data.arrays.labels))
    if known is not None:
        with suppress(OSError):  # what was used last goes last
            os.utime(path)
        return known
    found = yield from _scanning(Opened(bundle), data, layer)
    with suppress(UserError, OSError):  # only a cache: with a full disk the next pass takes longer
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, lambda temporary: write_tally(temporary, found, digest(bundle), layer))
        _drop_oldest(folder)
    return found


def kept_tallies(bundle: Bundle, cache: Path | None = None) -> dict[str, LayerTally]:
    """What is kept on the disk of each layer of a model; of several passes over a layer the one of most images."""
    model, found = digest(bundle), dict[str, LayerTally]()
    names = {each.name for each in bundle.spec.layers}
    for path in sorted(((cache or cache_folder()) / FOLDER).glob(f"*{ENDING}")):
        layer, images = counted_of(path, model) or ("", 0)
        if layer in names and (layer not in found or images > found[layer].pictures):
            tally = read_tally(path, *_shape(bundle.spec, layer), images)
            if tally is not None:
                found[layer] = tally
    return found


def patches(spec: NetworkSpec, data: Labelled, layer: str, found: Extremes, unit: int) -> tuple[Patch, ...]:
    """The patches of unit ``unit`` among ``found``, its strongest or its weakest, the most extreme first."""
    side = {row.name: row.side for row in spec.figures()}[layer]
    rows = zip(found.pictures[unit].tolist(), found.values[unit].tolist(), found.places[unit].tolist(), strict=True)
    return tuple(_patch(spec, data, layer, (picture, value, *divmod(place, side))) for picture, value, place in rows)


def pixels_of(spec: NetworkSpec, data: Labelled, patch: Patch) -> NDArray[np.uint8]:
    """The cut-out itself, (height, width, 3): smaller at the edges, where the unit sees padding beside it."""
    return on_picture(patch.field, spec).cut(data.arrays.pictures[patch.picture])


def _patch(spec: NetworkSpec, data: Labelled, layer: str, at: tuple[int, float, int, int]) -> Patch:
    picture, value, row, column = at
    label = data.classes[int(data.arrays.labels[picture])]
    path = data.paths[picture] if data.paths else ""
    return Patch(picture, label, path, value, row, column, field(spec, layer, row, column))


def _check(spec: NetworkSpec, data: Labelled, layer: str) -> None:
    names = [each.name for each in spec.layers]
    if layer not in names:
        raise UserError(
            "the network has no layer {layer!r}", "choose one of {known}", layer=layer, known=", ".join(names)
        )
    if not len(data.arrays.labels):
        raise UserError("there are no images in {split}", split=data.split)


def _shape(spec: NetworkSpec, layer: str) -> tuple[int, int]:
    """How many units the layer has, and how many places each of them."""
    row = {each.name: each for each in spec.figures()}[layer]
    return row.maps, row.side**2


def _scanning(model: Opened, data: Labelled, layer: str) -> Generator[Event, None, LayerTally]:
    tally, count = UnitTally(), len(data.arrays.labels)
    size = max(1, int(WORK_AT_ONCE / model.spec.multiply_adds))
    for at in range(0, count, size):
        chosen = slice(at, min(at + size, count))
        with torch.inference_mode():
            tally.add(_values(model.network, model.batch(data.arrays.pictures[chosen]), layer))
        yield Progress(Task.MEASURE, chosen.stop, count)
    return tally.result()


def _values(network: AlexNet, pictures: Tensor, layer: str) -> Tensor:
    """The products of ``layer`` with its biases; what comes after it is not computed."""
    return next(stage.value for stage in stages(network, pictures) if stage.layer == layer)


def _key(bundle: Bundle, data: Labelled, layer: str) -> str:
    """A name for the pass: another one for other weights, other images, another layer."""
    known = hashlib.sha256()
    for part in (VERSION, digest(bundle), repr(bundle.spec), layer, data.split, repr(data.arrays.pictures.shape)):
        known.update(f"{len(part)}:{part}".encode())
    for content in _traces(data):
        known.update(content)
    return known.hexdigest()[:40]


def _traces(data: Labelled) -> Iterator[bytes]:
    """What tells one set of images from another: of files their paths, sizes and times, else all pixels."""
    if data.paths:
        for path in data.paths:
            yield os.fsencode(path)
            with suppress(OSError):
                status = os.stat(path)  # noqa: PTH116 - of many
                yield f"\0{status.st_size}\0{status.st_mtime_ns}\0".encode()
    else:
        yield from _pixels(data.arrays.pictures)


def _pixels(pictures: Pictures, at_once: int = 256) -> Iterator[bytes]:
    for at in range(0, len(pictures), at_once):
        yield np.ascontiguousarray(pictures[at : at + at_once]).tobytes()


def _drop_oldest(folder: Path) -> None:
    """Removes the passes that were used longest ago, so that all together stay small."""
    kept = 0
    for path in sorted(folder.glob(f"*{ENDING}"), key=lambda each: -each.stat().st_mtime):
        kept += path.stat().st_size
        if kept > MOST_KEPT:
            path.unlink(missing_ok=True)
