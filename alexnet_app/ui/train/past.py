"""The past of a run as curves take it: made on a thread, as ten million steps take a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np

from alexnet_app.core.events import EpochDone, Event, Resumed, RunStarted
from alexnet_app.core.measures import RATE
from alexnet_app.core.runs.condensed import Condensed
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui.curves.clock import Clock
from alexnet_app.ui.curves.run import DrawnRun, Epoch
from alexnet_app.ui.parts.numbers import local

LEFT_OUT = ("preset", "about")  # of the settings: what they came from changes nothing


@dataclass(frozen=True, slots=True, eq=False)
class RunPast:
    """All steps of the run on the screen so far, in place of those in the events before."""

    drawn: DrawnRun


@dataclass(frozen=True, slots=True, eq=False)
class RunHistory:
    """The past of the run ``name`` in ``folder``, to be shown beside another one, and its settings by their names."""

    folder: Path
    name: str
    drawn: DrawnRun
    settings: Mapping[str, str]


def drawn_run(kept: Condensed, batch_size: int) -> DrawnRun:
    """The run as it is drawn, with its levels of detail."""
    run = DrawnRun(batch_size=batch_size)
    run.losses.put(kept.first, kept.losses)
    run.losses.raise_levels()
    run.clock = _clock(kept, batch_size)
    if len(kept.ends):
        steps = np.stack([kept.ends - kept.counts, kept.ends], axis=1).ravel()
        run.series.put_all(RATE, *_rising(steps, np.repeat(kept.rates, 2)))
    for name, (steps, values) in kept.series.items():
        run.series.put_all(name, *_rising(steps, values))
    for event in kept.events:
        _take(run, event)
    return run


def _clock(kept: Condensed, batch_size: int) -> Clock:
    clock = Clock()
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = np.where(kept.speeds > 0, kept.counts * batch_size / kept.speeds, np.nan)
    rising = np.concatenate([[True], np.diff(kept.ends) > 0]) if len(kept.ends) else np.empty(0, bool)
    clock.put(kept.ends[rising], kept.counts[rising], seconds[rising])
    return clock


def _rising(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without what goes back: whoever wrote it, steps rise."""
    kept = steps >= np.maximum.accumulate(steps) if len(steps) else np.empty(0, bool)
    return steps[kept], values[kept]


def _take(run: DrawnRun, event: Event) -> None:
    match event:
        case RunStarted() | Resumed():
            run.steps_per_epoch = event.steps_per_epoch or run.steps_per_epoch
        case EpochDone():
            values = event.train_loss, event.train_error, event.validation_loss, event.validation_error
            run.epochs.put(Epoch(event.step, *values))


def settings_of(config: TrainConfig) -> dict[str, str]:
    """The settings of a run by their names, as they are shown."""
    return dict(_settings(config))


def _settings(values: object, above: str = "") -> Iterable[tuple[str, str]]:
    for each in fields(values):  # type: ignore[arg-type]
        value = getattr(values, each.name)
        name = above + each.name.replace("_", " ")
        if is_dataclass(value):
            yield from _settings(value, f"{name}: ")
        elif each.name not in LEFT_OUT:
            yield name, _said(value)


def _said(value: object) -> str:
    if isinstance(value, float):
        return local(f"{value:g}")
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
