"""The values of all runs at the pointer, for the legend beside the plots."""

import math
from dataclasses import dataclass

from alexnet_app.ui.curves.catalogue import Measure
from alexnet_app.ui.curves.compared import ComparedRuns, ShownRun
from alexnet_app.ui.curves.lines import error_text, loss_text, tr
from alexnet_app.ui.curves.run_legend import LegendRow, difference
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.parts.numbers import local


@dataclass(frozen=True, slots=True)
class ToldValue:
    """What a run's legend entry says: loss, error (0 to 1), and the third plot's value."""

    loss: float
    error: float
    third: float


def names(row: Measure | None) -> tuple[str, ...]:
    """The names of the columns, of three where a third plot is shown."""
    return (tr("Loss"), tr("Error")) if row is None else (tr("Loss"), tr("Error"), row.title)


def told(run: ShownRun, place: float | None, sight: Sight, family: str) -> ToldValue:
    """The values of ``run`` at the ``place`` of the pointer, or the newest ones; NaN behind its end."""
    drawn, losses = run.drawn, run.drawn.losses
    step = sight.scale.steps(drawn, place) if place is not None else math.nan
    if place is not None and not 0 <= step <= drawn.done() + 0.5:
        return ToldValue(math.nan, math.nan, math.nan)
    epoch = drawn.epochs.newest() if place is None else drawn.epochs.at(step)
    near = losses.end - 1 if place is None else step
    loss = losses.smooth_at(near, sight.half) if sight.half else losses.at(near)
    series = drawn.series.get(family) if family else None
    return ToldValue(
        loss if sight.training_loss else epoch.validation_loss,
        epoch.validation_error if sight.validation_error else epoch.train_error,
        series.at(None if place is None else step) if series is not None else math.nan,
    )


def legend_rows(runs: ComparedRuns, place: float | None, sight: Sight, row: Measure | None) -> list[LegendRow]:
    """A row for each run; beside each value its difference to the baseline's."""
    family = row.family if row is not None else ""
    found = {run.key: told(run, place, sight, family) for run in runs}
    base = found.get(runs.baseline) if runs.baseline is not None else None
    rows = []
    for run in runs:
        own = found[run.key]
        other = base if run.key != runs.baseline else None
        values = [
            _beside(loss_text(own.loss), difference(own.loss, other.loss, ".3f") if other else ""),
            _beside(error_text(own.error), difference(100 * own.error, 100 * other.error, ".1f") if other else ""),
        ]
        if row is not None:
            apart = difference(row.factor * own.third, row.factor * other.third, ".3g") if other else ""
            values.append(_beside(row.text(own.third) if math.isfinite(own.third) else "", apart))
        rows.append(LegendRow(run.key, run.name, run.look, run.hidden, run.key == runs.baseline, tuple(values)))
    return rows


def _beside(value: str, apart: str) -> str:
    if not value:
        return "–"
    return f"{value}  {local(apart)}" if apart else value


def widest(row: Measure | None, *, based: bool) -> list[str]:
    """The widest value of each column; ``based``: with a difference to a baseline."""
    loss, error = ("0.0000  +0.000", "100.0 %  +00.0") if based else ("0.0000", "100.0 %")
    third = [] if row is None else ["0.00e-05  +0.0e-05" if based else "0.00e-05"]
    return [loss, error, *third]
