"""What a report tells of a run: plain values, read from its folder; what cannot be read is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from alexnet_app import __version__
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import (
    Evaluated,
    Event,
    Measured,
    NormalizationSeen,
    RateChanged,
    Resumed,
    RunStarted,
)
from alexnet_app.core.inference.evaluation import Evaluation
from alexnet_app.core.inference.evaluation_file import read_evaluations
from alexnet_app.core.insight.filters import tiled
from alexnet_app.core.insight.learning import Mark, Snapshots, parts_at, snapshots_of
from alexnet_app.core.network.layers import TOWERS
from alexnet_app.core.runs.checkpoint import said_in_checkpoint
from alexnet_app.core.runs.listing import RunSummary, summarize
from alexnet_app.core.runs.points import points_in, timed_events
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.board import flat
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, preset_names
from alexnet_app.core.training.resume import config_of

COLUMNS = 8  # kernels in a row
NOT_TOLD = ("preset", "about", "data")  # these are told elsewhere


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting and its value; ``usual`` is that of the preset, ``differs`` whether it is another one."""

    key: str
    value: str
    usual: str
    differs: bool


@dataclass(frozen=True, slots=True, eq=False)
class ReportSheet:
    """conv1 of a tower, "A", "B" or "" without towers, after ``epoch`` epochs: RGBA, uint8 (height, width, 4)."""

    tower: str
    epoch: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """All of it. ``series`` has (epoch, value) by name; ``preset`` is what the settings are compared with."""

    summary: RunSummary
    config: TrainConfig
    started: RunStarted | None
    events: Sequence[Event]
    series: Mapping[str, Sequence[tuple[float, float]]]
    preset: str
    settings: Sequence[SettingRow]
    kernels: Sequence[ReportSheet]
    evaluations: Sequence[Evaluation]
    tested: Evaluated | None
    rates: Sequence[RateChanged]
    versions: Sequence[tuple[str, str]]


def facts_of(run: Run) -> RunFacts:
    """What is known of ``run``. UserError where its settings or events cannot be read."""
    config = config_of(run)
    timed = timed_events(run)
    events = [event for _, event in timed]
    started = next((each for each in reversed(events) if isinstance(each, RunStarted)), None)
    lengths = [each.steps_per_epoch for each in events if isinstance(each, RunStarted | Resumed)]
    per_epoch = next((length for length in reversed(lengths) if length), 1)
    series: dict[str, list[tuple[float, float]]] = {}
    for each in points_in(timed):
        series.setdefault(each.name, []).append((each.step / per_epoch, each.value))
    preset, settings = _settings(config)
    return RunFacts(
        summarize(run),
        config,
        started,
        events,
        series,
        preset,
        settings,
        _kernels(run),
        read_evaluations(run),
        next((each for each in reversed(events) if isinstance(each, Evaluated)), None),
        [each for each in events if isinstance(each, RateChanged)],
        _versions(run, started, timed[0][0] if timed else 0.0),
    )


def measured_names(facts: RunFacts) -> list[str]:
    """The series that were measured beside losses, errors and speed, in the order of their names."""
    found: set[str] = set()
    for event in facts.events:
        if isinstance(event, Measured):
            found |= set(event.values)
        elif isinstance(event, NormalizationSeen):
            found.add(f"lrn-cut/{event.layer}")
    return sorted(found & set(facts.series))


def _settings(config: TrainConfig) -> tuple[str, list[SettingRow]]:
    """What the settings are compared with, and each of them, those that differ first."""
    named = config.preset in preset_names()
    usual = flat(load_config(config.preset) if named else TrainConfig())
    rows = [
        SettingRow(key, _said(value), _said(usual[key]), value != usual[key])
        for key, value in flat(config).items()
        if key not in NOT_TOLD
    ]
    return config.preset if named else "", sorted(rows, key=lambda each: not each.differs)


def _said(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _kernels(run: Run) -> list[ReportSheet]:
    """conv1 at the start and at the end; nothing where the run keeps none."""
    try:
        snapshots = snapshots_of(run)
    except UserError:
        return []
    ends = [snapshots.marks[0], snapshots.marks[-1]] if len(snapshots.marks) > 1 else [snapshots.marks[0]]
    return [sheet for mark in ends for sheet in _sheets(snapshots, mark)]


def _sheets(snapshots: Snapshots, mark: Mark) -> list[ReportSheet]:
    found = parts_at(snapshots, mark)
    if found is None:
        return []
    names = TOWERS if len(snapshots.slices) == 2 else ("",)
    return [
        ReportSheet(name, mark.epoch, _on_glass(found[0][part]))
        for name, part in zip(names, snapshots.slices, strict=True)
    ]


def _on_glass(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The kernels (K, h, w, 3) in rows, with nothing between them: the page may be light or dark."""
    opaque = np.full((*pictures.shape[:3], 1), 255, np.uint8)
    return tiled(np.concatenate([pictures, opaque], axis=3), COLUMNS, paper=0)


def _versions(run: Run, started: RunStarted | None, began: float) -> list[tuple[str, str]]:
    before = said_in_checkpoint(run.resume_file).conditions
    rows = [
        ("Began", _date(began) if began else ""),
        ("Device", started.device if started else ""),
        ("Precision", started.precision if started else before.get("precision", "")),
        ("CPU threads", f"{started.threads:,}" if started else ""),
        ("torch", before.get("torch", "")),
        ("Kernels", before.get("kernels", "")),
        ("Placement", before.get("placement", "")),
        ("Images", before.get("data", "")),
        ("Report written by", f"AlexNet App {__version__}"),
        ("Report written", _date(datetime.now().timestamp())),
    ]
    return [(name, value) for name, value in rows if value]


def _date(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):
        return ""
