"""What the film of the Filters panel has done on threads: reading snapshots, judging them, writing a film."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alexnet_app.core.events import Progress, Task
from alexnet_app.core.insight.filters import pictures_on
from alexnet_app.core.insight.selectivity import Specialization, specialization
from alexnet_app.ui.filters.jobs import FilterView, Moment
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:
    from alexnet_app.core.insight.film import Film
    from alexnet_app.core.insight.learning import IndexPoint
    from alexnet_app.core.insight.strip import Strip

DRAWING = Task.DRAW


@dataclass(frozen=True, slots=True)
class StripRead:
    """The snapshots on the way to a model, which itself is the last one; None where there are none."""

    strip: "Strip | None"


@dataclass(frozen=True, slots=True)
class JudgedSnapshots:
    """Both indices of each tower at every snapshot, and how the kernels are spread over them; of these nothing without
    towers.
    """

    points: "tuple[IndexPoint, ...]"
    spread: tuple[Specialization, ...]


@dataclass(frozen=True, slots=True)
class SavedFilm:
    """The film is at ``path``."""

    path: Path
    film: "Film"


def read(view: FilterView, asked: Asked) -> Iterator[Progress | StripRead | JudgedSnapshots]:
    """Reads the film of the model of ``view``, then judges it."""
    from alexnet_app.core.insight.film_source import film_of_model

    strip = yield from film_of_model(Path(view.path), view.bundle)  # type: ignore[misc]
    yield StripRead(strip)
    if strip is not None:
        yield from _judged(strip)


def _judged(strip: "Strip") -> Iterator[Progress | JudgedSnapshots]:
    from alexnet_app.core.insight.learning import index_point, point_of

    points, spread = [], []
    for place, (step, epoch) in enumerate(zip(strip.steps, strip.epochs, strict=True)):
        kernels = strip.kernels(place)
        if len(strip.slices) > 1:
            spread.append(specialization(kernels, strip.slices, rounds=0))
            points.append(point_of(spread[-1], step, epoch))
        else:
            points.append(index_point(kernels, strip.slices, step, epoch))
        yield Progress(Task.MEASURE, place + 1, len(strip), "snapshots")
    yield JudgedSnapshots(tuple(points), tuple(spread))


def save(
    view: FilterView, strip: "Strip", path: Path, replace_it: bool, asked: Asked
) -> Iterator[Progress | SavedFilm]:
    """Writes ``strip`` as a GIF, or as an MP4 where it is called so; ``replace_it``: the person agreed to that."""
    from alexnet_app.core.insight.film import filming
    from alexnet_app.core.outputs import GIF, VIDEO, Guard

    guard = Guard([view.path], replace=replace_it)
    guard.file(path, VIDEO if path.suffix.lower() == ".mp4" else GIF)
    yield SavedFilm(path, (yield from filming(strip, path)))  # type: ignore[misc]


def moment_of(strip: "Strip", place: int) -> Moment | None:
    """What the snapshot at ``place`` is of; None for the last one, the model itself."""
    is_last = place >= len(strip) - 1
    return None if is_last else Moment(strip.steps[place], strip.epochs[place], strip.has_scales)


def at_moment(view: FilterView, strip: "Strip", place: int, spread: Specialization | None = None) -> FilterView:
    """``view`` with the kernels of the snapshot at ``place`` of ``strip`` in the same order; ``view`` for the last.

    ``spread`` is how these kernels are spread over both indices, where that is known already.
    """
    if place >= len(strip) - 1:
        return view
    kernels, pictures = strip.kernels(place), strip.pictures[place]
    if view.scale == "common":
        pictures = pictures_on(kernels, float(strip.scales[place].max()))
    towers = zip(view.towers, strip.slices, strict=True)
    return replace(
        view,
        sheets=tuple(replace(sheet, kernels=pictures[np.array(sheet.numbers) - 1]) for sheet in view.sheets),
        towers=tuple(replace(tower, weights=kernels[part]) for tower, part in towers),
        specialization=spread or (specialization(kernels, strip.slices, rounds=0) if len(view.towers) > 1 else None),
        moment=moment_of(strip, place),
    )
