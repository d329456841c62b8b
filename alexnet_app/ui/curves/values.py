"""The values behind a plot as columns over steps: for the table beside it and for its CSV file.

A column is read for many steps at once and for the few that are seen, so ten million rows cost nothing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.curves.catalogue import measure_of
from alexnet_app.ui.curves.compared import ComparedRuns, ShownRun
from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.curves.run import DrawnRun
from alexnet_app.ui.curves.scale import AxisScale, Unit
from alexnet_app.ui.curves.series import Series
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.parts.numbers import local

AT_ONCE = 10_000  # rows
Read = Callable[[Numbers], Numbers]


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """``read`` gives the values at steps of the run in front, NaN for none; ``text`` one of them as it is shown."""

    title: str
    read: Read
    text: Callable[[float], str] = "{:.6g}".format


@dataclass(frozen=True, slots=True)
class PlotValues:
    """The columns of a plot over ``steps`` of the run in front: whole numbers, but for what other runs alone have."""

    title: str
    columns: tuple[ValueColumn, ...]
    steps: range | NDArray[np.float64]

    def block(self, begin: int, end: int) -> Numbers:
        """The values of the rows from ``begin`` to ``end`` (rows, columns)."""
        some = self.steps[begin:end]
        steps = np.arange(some.start, some.stop, dtype=np.float64) if isinstance(some, range) else some
        return np.stack([column.read(steps) for column in self.columns], axis=1)

    def rows(self) -> Iterator[list[object]]:
        """All rows for a file: numbers, empty for none."""
        for begin in range(0, len(self.steps), AT_ONCE):
            for row in self.block(begin, begin + AT_ONCE).tolist():
                yield [_plain(value) for value in row]


def _plain(value: float) -> object:
    """A number in a file; empty for none, and whole where it is."""
    if math.isnan(value):
        return ""
    return int(value) if value.is_integer() else value


def tr(text: str) -> str:
    """Translates a text of the curves."""
    return QCoreApplication.translate("curves", text)


def values_of(part: int, family: str, runs: ComparedRuns, sight: Sight) -> PlotValues:
    """The values of the plot ``part``: losses, errors, or the series of ``family``."""
    if part == 0:
        return _losses(runs, sight)
    return _errors(runs, sight) if part == 1 else _series(family, runs, sight)


def _losses(runs: ComparedRuns, sight: Sight) -> PlotValues:
    front = runs.front.drawn
    columns = [ValueColumn(tr("training loss"), front.losses.many, _loss)]
    if sight.half:
        columns.append(ValueColumn(tr("training loss, smoothed"), lambda at: front.losses.means(at, sight.half), _loss))
    columns.append(ValueColumn(tr("validation loss"), _epochs(runs.front, "validation_loss", 1.0), _loss))
    spans = [_stretch(run, runs.front, sight.scale) for run in (runs.front, *runs.seen())]
    for run in runs.seen():
        back, drawn = _back(run, runs.front, sight.scale), run.drawn
        if sight.training_loss:
            columns.append(ValueColumn(_named(run, tr("training loss")), _after(back, drawn.losses.many), _loss))
        if sight.training_loss and sight.half:
            read = _after(back, partial(_means, drawn, sight.half))
            columns.append(ValueColumn(_named(run, tr("training loss, smoothed")), read, _loss))
        if sight.validation_loss:
            read = _after(back, _epochs(run, "validation_loss", 1.0))
            columns.append(ValueColumn(_named(run, tr("validation loss")), read, _loss))
    known = [span for span in spans if span is not None]
    steps = range(min(low for low, _ in known), max(high for _, high in known) + 1) if known else range(0)
    return PlotValues(tr("Loss"), (*_counted(runs, sight.scale), *columns), steps)


def _means(run: DrawnRun, half: int, at: Numbers) -> Numbers:
    return run.losses.means(at, half)


def _errors(runs: ComparedRuns, sight: Sight) -> PlotValues:
    columns = [
        ValueColumn(tr("training error (%)"), _epochs(runs.front, "train_error", 100.0), _percent),
        ValueColumn(tr("validation error (%)"), _epochs(runs.front, "validation_error", 100.0), _percent),
    ]
    ends = [runs.front.drawn.epochs.steps()]
    for run in runs.seen():
        back = _back(run, runs.front, sight.scale)
        ends.append(_forth(run, runs.front, sight.scale, run.drawn.epochs.steps()))
        if sight.training_error:
            read = _after(back, _epochs(run, "train_error", 100.0))
            columns.append(ValueColumn(_named(run, tr("training error (%)")), read, _percent))
        if sight.validation_error:
            read = _after(back, _epochs(run, "validation_error", 100.0))
            columns.append(ValueColumn(_named(run, tr("validation error (%)")), read, _percent))
    return PlotValues(tr("Error"), (*_counted(runs, sight.scale), *columns), _union(ends))


def _series(family: str, runs: ComparedRuns, sight: Sight) -> PlotValues:
    row, columns, steps = measure_of(family), [], []
    for member, series in runs.front.drawn.series.of(family).items():
        columns.append(ValueColumn(member or row.title, _points(series, row.factor)))
        steps.append(np.array(series.drawn()[0]))
    for run in runs.seen():
        found = run.drawn.series.get(family)
        if found is not None:
            back = _back(run, runs.front, sight.scale)
            columns.append(ValueColumn(_named(run, row.title), _after(back, _points(found, row.factor))))
            steps.append(_forth(run, runs.front, sight.scale, found.drawn()[0]))
    return PlotValues(row.title, (*_counted(runs, sight.scale), *columns), _union(steps))


def _counted(runs: ComparedRuns, scale: AxisScale) -> list[ValueColumn]:
    """The steps, and what else the axis counts, or epochs where they are known."""
    front, found = runs.front.drawn, [ValueColumn(tr("Step"), lambda at: at, _whole)]
    if scale.unit in (Unit.STEPS, Unit.EPOCHS) and front.steps_per_epoch:
        found.append(ValueColumn(tr("Epoch"), lambda at: at / front.steps_per_epoch, _epoch))
    elif scale.unit == Unit.IMAGES and front.batch_size:
        found.append(ValueColumn(tr("Images"), lambda at: at * front.batch_size, _whole))
    elif scale.unit == Unit.TIME:
        found.append(ValueColumn(tr("Training time (s)"), front.clock.at, _tenths))
    return found


def _named(run: ShownRun, what: str) -> str:
    return tr("{run}: {what}").format(run=run.name, what=what)


def _stretch(run: ShownRun, front: ShownRun, scale: AxisScale) -> tuple[int, int] | None:
    """The first and the last step of the run's losses, as steps of the run in front."""
    losses = run.drawn.losses
    if losses.empty:
        return None
    low, high = _forth(run, front, scale, np.array([losses.first, losses.end - 1], float))
    return (round(low), round(high)) if np.isfinite([low, high]).all() else None


def _even(scale: AxisScale) -> AxisScale:
    return AxisScale(scale.unit)


def _back(run: ShownRun, front: ShownRun, scale: AxisScale) -> Read:
    """From steps of the run in front to those of ``run`` that lie at the same place."""
    even = _even(scale)
    if even.unit == Unit.STEPS or run is front or front.drawn.span() is None:
        return lambda at: at
    return lambda at: even.all_steps(run.drawn, even.counts(front.drawn, at))


def _forth(run: ShownRun, front: ShownRun, scale: AxisScale, steps: Numbers) -> Numbers:
    """From steps of ``run`` to those of the run in front at the same place."""
    even = _even(scale)
    if even.unit == Unit.STEPS or run is front or front.drawn.span() is None:
        return steps
    return even.all_steps(front.drawn, even.counts(run.drawn, steps))


def _after(back: Read, read: Read) -> Read:
    return lambda at: read(back(at))


def _epochs(run: ShownRun, name: str, factor: float) -> Read:
    steps, values = run.drawn.epochs.steps(), factor * run.drawn.epochs.of(name)
    return lambda at: _exactly(at, steps, values)


def _points(series: Series, factor: float) -> Read:
    steps, values = series.drawn()
    return lambda at: _exactly(at, steps, factor * values)


def _exactly(at: Numbers, steps: Numbers, values: Numbers) -> Numbers:
    """The values at the steps that are those of ``at``, but for rounding; NaN elsewhere."""
    if not len(steps):
        return np.full(len(at), np.nan)
    place = np.clip(np.searchsorted(steps, at - 0.5), 0, len(steps) - 1)
    return np.where(np.abs(steps[place] - at) < 0.5, values[place], np.nan)


def _union(steps: Sequence[Numbers]) -> NDArray[np.float64]:
    found = np.unique(np.round(np.concatenate([*steps, np.empty(0)]), 3))
    return np.asarray(found[np.isfinite(found)], np.float64)


def _loss(value: float) -> str:
    return local(f"{value:.5g}")


def _percent(value: float) -> str:
    return local(f"{value:.2f}")


def _whole(value: float) -> str:
    return local(f"{value:,.0f}" if value == round(value) else f"{value:,.1f}")


def _tenths(value: float) -> str:
    return local(f"{value:,.1f}")


def _epoch(value: float) -> str:
    return local(f"{value:,.2f}")
