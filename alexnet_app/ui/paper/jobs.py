"""What the Paper panel lets run on worker threads."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from alexnet_app.core.events import Event
from alexnet_app.core.experiments.experiment import Concluded, Experiment, Finding, RunBegun, Scale
from alexnet_app.core.experiments.stored import findings_below, folder_for, kept_plan, outdated, points_of
from alexnet_app.core.steering import Command


@dataclass(frozen=True, slots=True)
class KeptExperiment:
    """The latest finding of an experiment, where it is, and the points of its runs."""

    experiment: str
    folder: Path
    finding: Finding
    runs: tuple[RunBegun, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The experiment that begins now is kept in ``folder``; its runs have steps of ``batch_size`` images."""

    folder: Path
    batch_size: int


def reading(parent: Path, experiments: tuple[Experiment, ...]) -> Iterator[KeptExperiment]:
    """What is kept of each experiment."""
    for experiment in experiments:
        for folder, finding in findings_below(parent, experiment):
            planned = kept_plan(folder, experiment)
            runs = tuple(
                RunBegun(each.name, each.group, place, len(planned), True, points_of(experiment, each, folder))
                for place, each in enumerate(planned, start=1)
            )
            yield KeptExperiment(experiment.name, folder, _with_age(finding, outdated(folder, experiment)), runs)
            break


def _with_age(finding: Finding, why: str) -> Finding:
    """``finding`` with the word that its runs are otherwise than today's would be, ``why``; itself where they are not.

    Start then takes a new folder.
    """
    earlier = f"{finding.conditions}. Measured by an earlier version: the folder holds {why}"
    return replace(finding, conditions=earlier) if why else finding


def experimenting(
    experiment: Experiment, scale: Scale, parent: Path, asked: "queue.SimpleQueue[Command]"
) -> Iterator[object]:
    """The experiment, and at its end its pictures."""
    from alexnet_app.core.experiments.kernels import write_kernels
    from alexnet_app.core.experiments.moved import placing
    from alexnet_app.core.experiments.picture import write_figure
    from alexnet_app.core.experiments.running import running

    folder = yield from placing(parent, experiment, scale)
    planned = experiment.plan(scale)
    yield Placed(folder, planned[0].config.batch_size if planned else 1)
    job = running(experiment, scale, folder, asked)
    try:
        for event in job:
            if isinstance(event, Concluded):
                write_figure(experiment, scale, folder, event.finding)
                write_kernels(experiment, scale, folder)
            yield event
    finally:
        job.close()  # type: ignore[attr-defined]


def expecting_it(experiment: Experiment, scale: Scale, parent: Path) -> Iterator[Event]:
    """What the experiment would take."""
    from alexnet_app.core.experiments.expected import expecting

    yield from expecting(experiment, scale, folder_for(parent, experiment, scale))
