"""What the Filters panel has done on threads: reading a model, ordering and drawing its kernels, writing a picture."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.insight.filters import (
    OF_PICTURES,
    Order,
    Sheet,
    Tower,
    WeightScale,
    layers_with_kernels,
    sheets,
    towers,
)
from alexnet_app.core.insight.selectivity import Specialization, specialization_of
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle


@dataclass(frozen=True, slots=True)
class FilterRequest:
    """What to show: a layer of the model at ``path`` in an order and on a scale; ``bundle`` where it was read before.

    A layer that the model lacks, or an order that the layer cannot have, gives way to the first one.
    """

    path: str
    layer: str
    order: Order
    bundle: "Bundle | None" = None
    scale: WeightScale = "own"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a run kept the snapshot that is shown in the place of its model: after ``step`` steps, ``epoch`` epochs.

    ``has_scales`` is False where only shares of each kernel's largest weight are known, as older runs kept them.
    """

    step: int
    epoch: float
    has_scales: bool = True


@dataclass(frozen=True, slots=True)
class FilterView:
    """What is shown, and the model without its dense layers.

    ``specialization`` is what the towers have specialised in; None where there is one, or where kernels see no colours.
    ``moment`` is None where the model itself is shown.
    """

    path: str
    layer: str
    order: Order
    bundle: "Bundle"
    sheets: tuple[Sheet, ...]
    towers: tuple[Tower, ...]
    specialization: Specialization | None = None
    scale: WeightScale = "own"
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class SavedSheet:
    """The picture is at ``path``."""

    path: Path


def look(request: FilterRequest, asked: Asked) -> Iterator[FilterView]:
    """Reads the model if it has to be read, and draws a layer of it."""
    bundle = request.bundle or read_model(Path(request.path))
    layers = layers_with_kernels(bundle.spec)
    layer = request.layer if request.layer in layers else layers[0]
    can_have = request.order not in OF_PICTURES or sees_colours(bundle.spec, layer)
    order: Order = request.order if can_have else "learned"
    drawn, numbers = sheets(bundle, layer, order, request.scale), towers(bundle, layer)
    known = specialization_of(bundle, layer)
    yield FilterView(request.path, layer, order, bundle, drawn, numbers, known, request.scale)


def save(view: FilterView, caption: str, path: Path, replace: bool, asked: Asked) -> Iterator[SavedSheet]:
    """Writes what is shown as a PNG, or with ``caption`` as an SVG or a PDF, as ``path`` ends; ``replace``: the person
    agreed to replace the one that is there.
    """
    from alexnet_app.core.insight.pictures import write_drawn
    from alexnet_app.core.outputs import DRAWINGS, PNG, Guard

    Guard([view.path], replace=replace).file(path, DRAWINGS.get(path.suffix.lower(), PNG))
    write_drawn(view.sheets, path, caption)
    yield SavedSheet(path)


def sees_colours(spec: NetworkSpec, layer: str) -> bool:
    """Whether the layer's kernels read the picture itself."""
    return layer == spec.convolutions[0].name


def file_of(path: str) -> tuple[str, int]:
    """The file at ``path`` as it is now: its path, and when it was written (0 where it is missing)."""
    try:
        return path, Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return path, 0


def read_model(path: Path) -> "Bundle":
    """The model at ``path`` without its dense layers. Raises UserError as ``read_bundle``."""
    from alexnet_app.core.network.bundle import read_bundle

    bundle = read_bundle(path)
    kept = {f"{layer.name}.{part}" for layer in bundle.spec.convolutions for part in ("weight", "bias")}
    return replace(bundle, weights={name: bundle.weights[name] for name in kept})
