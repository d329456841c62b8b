"""What is known of a unit, together: its kernel, the real patches it answers to, what it wants, who uses it."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.inference.labelled import Labelled
from alexnet_app.core.inference.opened import Opened
from alexnet_app.core.inference.unit_notes import Unit
from alexnet_app.core.inference.unit_patches import Patch, patches, pixels_of, scanned
from alexnet_app.core.insight.ascent import STEPS, Wanted, ascending
from alexnet_app.core.insight.filters import kernel_picture
from alexnet_app.core.insight.guided import guided
from alexnet_app.core.insight.tally import LayerTally
from alexnet_app.core.insight.users import Use, use_of
from alexnet_app.core.network.bundle import Bundle


@dataclass(frozen=True, slots=True, eq=False)
class PatchCut:
    """A patch of a real picture with its pixels, uint8 (h, w, 3), and what of them made the unit fire: ``guided``,
    float32 (h, w, 3), 0 at pixels that did nothing; None for the weakest patches, at which it does not fire.
    """

    patch: Patch
    pixels: NDArray[np.uint8]
    guided: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """What a unit did on the ``pictures`` of a data set: as ``LayerTally`` has it, of this unit alone."""

    pictures: int
    strongest: tuple[PatchCut, ...]
    weakest: tuple[PatchCut, ...]
    fires: float
    fires_at: float
    is_dead: bool
    histogram: NDArray[np.int64]
    reach: float


@dataclass(frozen=True, slots=True, eq=False)
class UnitPage:
    """A ``unit`` of ``layer``, from 0 within it, of ``tower`` ("A", "B" or ""); ``label`` is its class in the last one.

    ``kernel`` is its picture, uint8 (size, size, 3), in the first layer, else None. ``habits`` is None where no data
    were looked at, ``wanted`` where nothing was to be drawn, ``use`` for the classes, which nobody reads. ``note`` is
    what a person has written about it.
    """

    layer: str
    unit: int
    tower: str
    label: str
    kernel: NDArray[np.uint8] | None
    habits: Habits | None
    wanted: Wanted | None
    use: Use | None
    note: str = ""


def unit_pages(
    bundle: Bundle,
    layer: str,
    units: Sequence[int],
    data: Labelled | None,
    *,
    steps: int = STEPS,
    seed: int = 0,
    notes: Mapping[Unit, str] | None = None,
) -> Generator[Event, None, tuple[UnitPage, ...]]:
    """A page for each of ``units`` of ``layer``, from 0 within it. With ``data`` all its images are looked at, or what
    was kept of that is read; with ``steps`` of 0 nothing is drawn. Yields Progress. UserError for a layer or a unit
    that is not there.
    """
    check_units(bundle, layer, units)
    model = Opened(bundle)
    tally = (yield from scanned(bundle, data, layer)) if data is not None else None
    found = (yield from ascending(model.network, model.mean, layer, units, seed=seed, steps=steps)) if steps else ()
    wanted = {each.unit: each for each in found}
    pages = []
    for unit in units:
        habits = habits_of(model, data, layer, tally, unit) if data is not None and tally is not None else None
        page = plain_page(model, layer, unit, (notes or {}).get((layer, unit), ""))
        pages.append(replace(page, habits=habits, wanted=wanted.get(unit)))
    return tuple(pages)


def check_units(bundle: Bundle, layer: str, units: Sequence[int]) -> None:
    """UserError for a ``layer``, or one of its ``units``, from 0, that the network does not have."""
    counts = {row.name: row.maps for row in bundle.spec.figures()}
    if layer not in counts:
        raise UserError(
            "the network has no layer {layer!r}", "choose one of {known}", layer=layer, known=", ".join(counts)
        )
    for unit in units:
        if not 0 <= unit < counts[layer]:
            raise UserError(
                "{layer} has no unit {unit:,}",
                "choose from 1 to {count:,}",
                layer=layer,
                unit=unit + 1,
                count=counts[layer],
            )


def plain_page(model: Opened, layer: str, unit: int, note: str = "") -> UnitPage:
    """What is known of a unit at once: without ``habits`` and ``wanted``."""
    first, last = model.spec.convolutions[0], model.spec.dense[-1]
    kernel = None
    if layer == first.name and first.shared:
        weight = model.network.get_submodule(layer).get_parameter("weight")
        kernel = kernel_picture(weight[unit].detach().cpu().float().numpy())
    label = model.classes[unit] if layer == last.name else ""
    use = use_of(model.network, layer, unit)
    return UnitPage(layer, unit, model.spec.tower_of(layer, unit), label, kernel, None, None, use, note)


def habits_of(model: Opened, data: Labelled, layer: str, tally: LayerTally, unit: int) -> Habits:
    """What the unit did on the images of ``data``, of which ``tally`` was counted."""
    strongest, weakest = (patches(model.spec, data, layer, ends, unit) for ends in (tally.strongest, tally.weakest))
    return Habits(
        tally.pictures,
        _explained(model, data, layer, unit, strongest),
        tuple(PatchCut(each, pixels_of(model.spec, data, each), None) for each in weakest),
        float(tally.fires[unit]),
        float(tally.fires_at[unit]),
        bool(tally.is_dead[unit]),
        tally.histogram[unit],
        tally.reach,
    )


def _explained(model: Opened, data: Labelled, layer: str, unit: int, found: Sequence[Patch]) -> tuple[PatchCut, ...]:
    """The patches with what made the unit fire."""
    pictures = np.stack([data.arrays.pictures[each.picture] for each in found])
    places = torch.tensor([(each.row, each.column) for each in found])
    gradients = guided(model.network, model.batch(pictures), layer, unit, places).permute(0, 2, 3, 1)
    cuts = []
    for patch, gradient in zip(found, gradients.float().numpy(), strict=True):
        seen = patch.field
        inner = np.ascontiguousarray(gradient[seen.top : seen.bottom, seen.left : seen.right])
        cuts.append(PatchCut(patch, pixels_of(model.spec, data, patch), inner))
    return tuple(cuts)
