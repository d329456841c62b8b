"""An experiment as one stream of events: its runs one after the other, then what they have shown."""

import os
import queue
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from alexnet_app.core.awake import kept_awake
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import CheckpointSaved, EpochDone, Event, StepsDone
from alexnet_app.core.experiments.experiment import (
    Concluded,
    Experiment,
    NamedRun,
    Outcome,
    Point,
    RunBegun,
    RunLeft,
    RunOf,
    Scale,
)
from alexnet_app.core.experiments.identity import difference
from alexnet_app.core.experiments.moved import following
from alexnet_app.core.experiments.statistics_of_runs import has_diverged
from alexnet_app.core.experiments.stored import claim, keep_finding, outcome_after, points_of, release
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Stop
from alexnet_app.core.training.config_text import to_toml


def running(
    experiment: Experiment, scale: Scale, folder: Path, asked: "queue.SimpleQueue[Command] | None" = None
) -> Iterator[Event]:
    """Trains what is missing of ``experiment`` in ``folder``: runs that are over are not repeated, one that was stopped
    or broken off goes on where it was, one that can no longer matter is left (``Experiment.leave``). Commands in
    ``asked`` go to the run that is trained; Stop saves it and ends here, without a finding. Else the last event is
    Concluded, and the finding is in the folder.

    Raises UserError for what the person can put right.
    """
    yield from following(folder, experiment, scale)
    planned = experiment.plan(scale)
    claim(folder, experiment, scale)
    try:
        yield from _all(experiment, scale, folder, planned, asked or queue.SimpleQueue())
    except UserError:
        release(folder)
        raise


def _all(
    experiment: Experiment,
    scale: Scale,
    folder: Path,
    planned: tuple[NamedRun, ...],
    asked: "queue.SimpleQueue[Command]",
) -> Iterator[Event]:
    outcomes: list[Outcome] = []
    for index, each in enumerate(planned, start=1):
        outcome = outcome_after(experiment, each, folder, outcomes)
        yield RunBegun(
            each.name, each.group, index, len(planned), outcome is not None, points_of(experiment, each, folder)
        )
        place = _Place(experiment, each, folder, index, len(planned), tuple(outcomes))
        if outcome is None:
            yield from _trained(place, asked)
            outcome = outcome_after(experiment, each, folder, outcomes)
        if outcome is None or (yield from _followed_up(place, outcome, asked)):
            return  # it was stopped
        outcomes.append(outcome)
    finding = experiment.conclude(scale, tuple(outcomes))
    keep_finding(folder, finding)
    yield Concluded(finding)


@dataclass(frozen=True, slots=True)
class _Place:
    """A run of an experiment: the ``index``-th of ``total``, after the ``earlier`` ones."""

    experiment: Experiment
    planned: NamedRun
    folder: Path
    index: int
    total: int
    earlier: tuple[Outcome, ...]

    def told(self, event: Event, points: tuple[Point, ...] = ()) -> RunOf:
        """``event`` with whose it is."""
        return RunOf(self.planned.name, self.index, self.total, event, points)


def _trained(place: _Place, asked: "queue.SimpleQueue[Command]") -> Iterator[Event]:
    """The events of one run, told whose they are. It ends at an epoch's checkpoint where the run need not go on."""
    from alexnet_app.core.training.train import train

    planned, leave = place.planned, place.experiment.leave
    is_new = not os.path.lexists(Run(place.folder / planned.name).config_file)
    run = _opened(planned, place.folder / planned.name)
    try:
        training = cast("Generator[Event, None, None]", kept_awake(train(planned.config, run, asked)))
        with closing(training) as work:
            done = 0
            for event in work:
                yield place.told(event, tuple(place.experiment.points(planned, run, event)))
                done = event.step if isinstance(event, EpochDone) else done
                is_saved = isinstance(event, CheckpointSaved) and event.step == done
                if leave is not None and is_saved and leave(planned, run.events(StepsDone), place.earlier):
                    yield RunLeft(planned.name, place.index, place.total, done)
                    return
    except UserError:
        if is_new:
            run.discard_unstarted()
        raise


def _followed_up(place: _Place, outcome: Outcome, asked: "queue.SimpleQueue[Command]") -> Generator[Event, None, bool]:
    """What is done with each run that is over; whether it was stopped before its end."""
    if place.experiment.after is None or has_diverged(outcome):
        return False
    with closing(place.experiment.after(outcome)) as work:
        for event in work:
            yield place.told(event)
            with suppress(queue.Empty):
                if isinstance(asked.get_nowait(), Stop):
                    return True
    return False


def _opened(planned: NamedRun, folder: Path) -> Run:
    """The run's folder: a new one, or the one that is there if it has the same settings and network."""
    run = Run(folder.absolute())
    if not os.path.lexists(run.config_file):
        run.discard_unstarted()  # killed while it was being made
        return Run.create(folder, to_toml(planned.config))
    why = difference(planned, run)
    if why:
        raise UserError(
            "the run in {folder} does not belong to this experiment: {why}",
            hint=Way.FREE_EXPERIMENT_FOLDER,
            folder=folder,
            why=why,
        )
    return run
