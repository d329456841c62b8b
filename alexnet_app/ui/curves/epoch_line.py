"""Values of epochs as a line with points, and the diamond at the best one."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.curves.plot import Plot, Role
from alexnet_app.ui.curves.run import DrawnRun, Marks
from alexnet_app.ui.curves.scale import AxisScale
from alexnet_app.ui.theme import SPACE

POINT = 6  # pixels
SOLID, DASH = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine


class EpochLine:
    """One value of each epoch: a line, and a point at each epoch while there is room for them."""

    def __init__(self, plot: Plot, role: Role, layer: int, symbol: str, style: Qt.PenStyle = SOLID) -> None:
        self._plot = plot
        self._line = plot.add_line(role, layer, style)
        self._points = plot.add_points(role, layer + 1, symbol, POINT)

    def draw(self, places: Numbers, values: Numbers, *, points: bool = True) -> Numbers:
        """Shows ``values`` at ``places``, with ``points`` at each; returns the heights they are drawn at."""
        if not len(places):
            self._plot.give(self._points, places, values)
            return self._plot.draw(self._line, places, values)
        there = np.isfinite(places)
        heights = self._plot.draw(self._line, places[there], values[there])
        known = np.isfinite(heights)
        first, last = self._plot.plotItem.vb.viewRange()[0]
        in_view = np.count_nonzero((places >= first) & (places <= last))
        known &= points and in_view * 2 * POINT < self._plot.plotItem.vb.width()
        self._plot.give(self._points, places[there][known], heights[known])
        return heights

    @property
    def item(self) -> pg.PlotCurveItem:
        """The line itself."""
        return self._line

    def remove(self) -> None:
        """Takes it out of its plot."""
        self._plot.remove(self._line)
        self._plot.remove(self._points)


class Best:
    """The diamond at the best epoch."""

    def __init__(self, plot: Plot) -> None:
        self._plot, self._item = plot, plot.add_points("text", 25, "d", SPACE + 4)

    def draw(self, best: int | None, run: DrawnRun, scale: AxisScale, values: Numbers) -> None:
        """Shows it at the epoch of ``run`` that ended at the step ``best``; ``values`` are those of all epochs."""
        here = run.epochs.steps() == best
        places = scale.places(run, run.epochs.steps()[here])
        heights = self._plot.heights(values[here])
        known = np.isfinite(places) & np.isfinite(heights)
        self._plot.give(self._item, places[known], heights[known])


def best_step(run: DrawnRun, marks: Marks | None) -> int | None:
    """Where the epoch ended that is the best so far."""
    steps = {epoch.step for epoch in run.epochs.rows}
    return max((step for step in marks.steps("best") if step in steps), default=None) if marks else None
