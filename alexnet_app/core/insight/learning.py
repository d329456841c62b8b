"""How conv1 has learned in a run: its snapshots in order, and what the towers care for over the epochs."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, FiltersSeen, Progress, Resumed, RunStarted, Task
from alexnet_app.core.insight.selectivity import Specialization, colour_index, needed, orientation_index, typical
from alexnet_app.core.insight.smoothness import Numbers, has_learned
from alexnet_app.core.insight.snapshot import kernels_of, read_parts
from alexnet_app.core.network.bundle import spec_in_bundle
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import KNOWN
from alexnet_app.core.runs.border import snapshot_file
from alexnet_app.core.runs.run import IN_MASSES, Run

MOST_WEIGHTS = 500_000  # of conv1: AlexNet has 34,848; a run folder is a stranger's, and a film has many snapshots
WITHOUT = tuple(each for each in IN_MASSES if each is not FiltersSeen)


@dataclass(frozen=True, slots=True)
class Mark:
    """A snapshot of conv1: after ``step`` steps, ``epoch`` epochs (a fraction), in the file ``path``."""

    step: int
    epoch: float
    path: Path


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The snapshots of a run in order, and which of the kernels belong to tower A and to tower B; one slice without
    towers.
    """

    marks: tuple[Mark, ...]
    slices: tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """Both indices of each tower at a snapshot: medians over the kernels that have ``learned`` (how many); None of a
    tower before so many have that it can be judged.
    """

    step: int
    epoch: float
    learned: tuple[int, ...]
    colour: tuple[float | None, ...]
    orientation: tuple[float | None, ...]


def snapshots_of(run: Run) -> Snapshots:
    """What ``run`` has kept of conv1; what a resume has undone is left out. UserError where it keeps none, or its
    network is not known.
    """
    events = run.events(*WITHOUT)
    lengths = [each.steps_per_epoch for each in events if isinstance(each, RunStarted | Resumed)]
    per_epoch = next((length for length in lengths if length), 1)
    seen = {each.step: each.file for each in events if isinstance(each, FiltersSeen)}
    found = ((step, snapshot_file(run, file)) for step, file in sorted(seen.items()))
    marks = tuple(Mark(step, step / per_epoch, path) for step, path in found if path is not None and path.is_file())
    if not marks:
        raise UserError(
            "the run in {folder} has no snapshots of conv1", "choose a run that has been trained", folder=run.folder
        )
    spec = _spec(run, events)
    return Snapshots(marks, spec.tower_slices(spec.convolutions[0].name))


def parts_at(snapshots: Snapshots, mark: Mark) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | None:
    """The pictures (K, h, w, 3) of one of ``snapshots`` and each one's largest weight (K,); None where they are gone,
    torn, of another number than the network has, or larger than any.
    """
    found = read_parts(mark.path)
    fits = found is not None and len(found[0]) == snapshots.slices[-1].stop and found[0].size <= MOST_WEIGHTS
    return found if fits else None


def kernels_at(snapshots: Snapshots, mark: Mark) -> NDArray[np.float32] | None:
    """The kernels (K, 3, h, w) of one of ``snapshots``; None where ``parts_at`` gives none."""
    found = parts_at(snapshots, mark)
    return None if found is None else kernels_of(*found)


def index_series(snapshots: Snapshots) -> Generator[Event, None, tuple[IndexPoint, ...]]:
    """Both indices of each tower over the snapshots, of which those that cannot be read are passed over. Yields
    Progress.
    """
    points = []
    for number, mark in enumerate(snapshots.marks):
        kernels = kernels_at(snapshots, mark)
        if kernels is not None:
            points.append(index_point(kernels, snapshots.slices, mark.step, mark.epoch))
        yield Progress(Task.MEASURE, number + 1, len(snapshots.marks), "snapshots")
    return tuple(points)


def index_point(kernels: Numbers, slices: Sequence[slice], step: int, epoch: float) -> IndexPoint:
    """Both indices of conv1 ``kernels`` (K, 3, h, w), whose towers are ``slices``: as the last model is judged by."""
    learned, colours, lines = has_learned(kernels), colour_index(kernels), orientation_index(kernels)
    counts = tuple(int(learned[part].sum()) for part in slices)
    enough = [count >= needed(part.stop - part.start) for count, part in zip(counts, slices, strict=True)]
    colour, orientation = (
        tuple(typical(index[part][learned[part]]) if each else None for each, part in zip(enough, slices, strict=True))
        for index in (colours, lines)
    )
    return IndexPoint(step, epoch, counts, colour, orientation)


def point_of(known: Specialization, step: int, epoch: float) -> IndexPoint:
    """The same of two towers of which it is known what they have specialised in."""
    towers = known.towers
    return IndexPoint(
        step,
        epoch,
        tuple(each.learned for each in towers),
        tuple(each.colour if each.is_enough else None for each in towers),
        tuple(each.orientation if each.is_enough else None for each in towers),
    )


def _spec(run: Run, events: Sequence[Event]) -> NetworkSpec:
    """The network of a run, as its model has it, or else by its name."""
    named = next((KNOWN.get(each.network) for each in events if isinstance(each, RunStarted)), None)
    found = spec_in_bundle(run.last_file) or spec_in_bundle(run.best_file) or named
    if found is None:
        raise UserError(
            "which network the run in {folder} trains is not known: it has no model yet",
            "wait for its first checkpoint",
            folder=run.folder,
        )
    return found
