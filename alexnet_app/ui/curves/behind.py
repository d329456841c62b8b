"""The lines of the runs that are drawn behind the one in front, in one plot."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from alexnet_app.ui.curves.compared import ShownRun
from alexnet_app.ui.curves.epoch_line import EpochLine
from alexnet_app.ui.curves.losses import Curve, Numbers
from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.curves.sight import RAW_RUNS, Sight

PALE = 0.35  # of its colour is left of the raw curve behind a smoothed one
FEW = 5  # runs that are drawn as finely as the screen can
EMPTY: Curve = np.empty(0), np.empty(0)


class _RunLines:
    """One run in one plot: a line, the same raw and pale behind it, and lines of epochs in training and validation,
    each made when it is first needed: every item of a plot costs something in every frame.
    """

    def __init__(self, plot: Plot, run: ShownRun, layer: int) -> None:
        self._plot, self._layer = plot, layer
        self.look = run.look
        self._lines: dict[bool, pg.PlotCurveItem] = {}
        self._epochs: dict[str, EpochLine] = {}

    def line(self, *, raw: bool = False) -> pg.PlotCurveItem:
        """The line of every step, or the ``raw`` one behind it."""
        if raw not in self._lines:
            if raw:
                self._lines[raw] = self._plot.add_dense_line(self.look, self._layer - 40)
                self._plot.fade(self._lines[raw], PALE)
            else:
                self._lines[raw] = self._plot.add_line(self.look, self._layer, self.look.style)
        return self._lines[raw]

    def draw(self, curve: Curve, *, raw: bool = False) -> None:
        """Draws the line of every step."""
        if len(curve[0]) or raw in self._lines:
            self._plot.draw(self.line(raw=raw), *curve)

    def draw_epochs(self, symbol: str, places: Numbers, values: Numbers, *, points: bool) -> None:
        """Draws the line of epochs whose points have this ``symbol``."""
        if len(places) and symbol not in self._epochs:
            self._epochs[symbol] = EpochLine(self._plot, self.look, self._layer, symbol, self.look.style)
        if symbol in self._epochs:
            self._epochs[symbol].draw(places, values, points=points)

    def remove(self) -> None:
        """Takes all out of the plot."""
        for item in self._lines.values():
            self._plot.remove(item)
        for each in self._epochs.values():
            each.remove()


class RunsBehind:
    """Any number of runs in one plot, each in its look."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._lines: dict[str, _RunLines] = {}
        self._few = True

    def line(self, key: str) -> pg.PlotCurveItem:
        """The line of the run ``key``."""
        return self._lines[key].line()

    def _shown(self, runs: Sequence[ShownRun]) -> list[tuple[ShownRun, _RunLines]]:
        """``runs`` with their lines; those of all others are gone."""
        looks = {run.key: run.look for run in runs}
        for key in [key for key, lines in self._lines.items() if looks.get(key) != lines.look]:
            self._lines.pop(key).remove()
        for place, run in enumerate(runs):
            if run.key not in self._lines:
                self._lines[run.key] = _RunLines(self._plot, run, -10 - 2 * place)
        return [(run, self._lines[run.key]) for run in runs]

    def draw_losses(self, runs: Sequence[ShownRun], sight: Sight) -> None:
        """Their losses of every step, and of validation."""
        view, columns = self._view(), self._columns(len(runs))
        self._few = len(runs) <= FEW
        for run, lines in self._shown(runs):
            half = sight.half or None
            scale = sight.scale
            main = scale.losses(run.drawn, view, columns, half) if sight.training_loss else EMPTY
            raw = half and sight.raw and sight.training_loss and len(runs) <= RAW_RUNS
            lines.draw(scale.losses(run.drawn, view, columns, None) if raw else EMPTY, raw=True)
            lines.draw(main)
            self._epochs(lines, "s", run, sight, "validation_loss", drawn=sight.validation_loss)

    def draw_errors(self, runs: Sequence[ShownRun], sight: Sight) -> None:
        """Their errors of every epoch."""
        self._few = len(runs) <= FEW
        for run, lines in self._shown(runs):
            self._epochs(lines, "o", run, sight, "train_error", 100.0, drawn=sight.training_error)
            self._epochs(lines, "s", run, sight, "validation_error", 100.0, drawn=sight.validation_error)

    def draw_series(self, runs: Sequence[ShownRun], sight: Sight, name: str, factor: float) -> None:
        """Their series ``name``, its values times ``factor``."""
        for run, lines in self._shown(runs):
            series = run.drawn.series.get(name)
            low, high = (sight.scale.steps(run.drawn, each) for each in self._view())
            steps, values = series.drawn(low, high, self._columns(len(runs))) if series is not None else EMPTY
            places = sight.scale.places(run.drawn, steps)
            there = np.isfinite(places)
            lines.draw((places[there], values[there] * factor))

    def _epochs(
        self,
        lines: _RunLines,
        symbol: str,
        run: ShownRun,
        sight: Sight,
        name: str,
        factor: float = 1.0,
        *,
        drawn: bool,
    ) -> None:
        epochs = run.drawn.epochs
        values: Numbers = factor * epochs.of(name) if drawn else EMPTY[0]
        places = sight.scale.places(run.drawn, epochs.steps()) if drawn else EMPTY[0]
        lines.draw_epochs(symbol, places, values, points=self._few)  # those of many runs would cover all lines

    def _view(self) -> tuple[float, float]:
        first, last = self._plot.plotItem.vb.viewRange()[0]
        return float(first), float(last)

    def _columns(self, runs: int) -> int:
        """Points for a line: many lines cover each other, and cost each its own."""
        return max(int(self._plot.plotItem.vb.width()) // (1 if runs <= FEW else 2), 128)
