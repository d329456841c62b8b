"""An experiment as one stream of events: its runs one after the other, then what they have shown."""

import queue
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Command, Event, RunEnded
from alexnet_app.core.experiments.experiment import Concluded, Experiment, NamedRun, Outcome, RunBegun, RunOf, Scale
from alexnet_app.core.experiments.stored import claim, keep_finding, outcome_of, points_of, release
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.core.training.resume import config_of

MAY_DIFFER = ("device", "precision", "threads", "checkpoint_seconds", "storage", "preset", "about")


def running(
    experiment: Experiment, scale: Scale, folder: Path, asked: "queue.SimpleQueue[Command] | None" = None
) -> Iterator[Event]:
    """Trains what is missing of ``experiment`` in ``folder``: runs that are over are not repeated, one that was stopped
    or broken off goes on where it was. Commands in ``asked`` go to the run that is trained; Stop saves it and ends
    here, without a finding. Else the last event is Concluded, and the finding is in the folder.

    Raises UserError for what the person can put right.
    """
    planned = experiment.plan(scale)
    claim(folder, experiment, scale)
    try:
        yield from _all(experiment, scale, folder, planned, asked)
    except UserError:
        release(folder)
        raise


def _all(
    experiment: Experiment,
    scale: Scale,
    folder: Path,
    planned: tuple[NamedRun, ...],
    asked: "queue.SimpleQueue[Command] | None",
) -> Iterator[Event]:
    for index, each in enumerate(planned, start=1):
        was_over = outcome_of(each, folder) is not None
        past = points_of(experiment, each, folder)
        yield RunBegun(each.name, each.group, index, len(planned), was_over, past)
        if not was_over:
            last = yield from _trained(experiment, each, folder, index, len(planned), asked)
            if not isinstance(last, RunEnded) or last.reason == "stopped":
                return
    finding = experiment.conclude(scale, _outcomes(planned, folder))
    keep_finding(folder, finding)
    yield Concluded(finding)


def _trained(
    experiment: Experiment,
    planned: NamedRun,
    folder: Path,
    index: int,
    total: int,
    asked: "queue.SimpleQueue[Command] | None",
) -> Generator[Event, None, Event | None]:
    """The events of one run, told whose they are; returns the last one."""
    from alexnet_app.core.training.train import train

    is_new = not Run(folder / planned.name).config_file.is_file()
    run = _opened(planned, folder / planned.name)
    last: Event | None = None
    try:
        for last in train(planned.config, run, asked):
            yield RunOf(planned.name, index, total, last, tuple(experiment.points(planned, run, last)))
    except UserError:
        if is_new:
            run.discard_unstarted()
        raise
    return last


def _opened(planned: NamedRun, folder: Path) -> Run:
    """The run's folder: a new one, or the one that is there if it has the same settings."""
    run = Run(folder.absolute())
    if not run.config_file.is_file():
        run.discard_unstarted()  # killed while it was being made
        return Run.create(folder, to_toml(planned.config))
    if not _is_same(config_of(run), planned.config):
        raise UserError(
            "the run in {folder} has other settings than the experiment",
            hint="remove it, or choose another folder with --out",
            folder=folder,
        )
    return run


def _is_same(kept: TrainConfig, planned: TrainConfig) -> bool:
    return replace(kept, **{name: getattr(planned, name) for name in MAY_DIFFER}) == planned


def _outcomes(planned: tuple[NamedRun, ...], folder: Path) -> tuple[Outcome, ...]:
    return tuple(outcome for each in planned if (outcome := outcome_of(each, folder)) is not None)
