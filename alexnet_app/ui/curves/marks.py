"""What happened at which step, drawn on a plot: rates and resumes. Checkpoints and pauses stand below the axis."""

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainterPath, QPolygonF

from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.curves.run import DrawnRun, Marks
from alexnet_app.ui.curves.scale import AxisScale
from alexnet_app.ui.theme import SPACE, Colours


def triangle() -> QPainterPath:
    """The sign of a checkpoint, 1 × 1 around 0."""
    path = QPainterPath()
    path.addPolygon(QPolygonF.fromList([QPointF(-0.5, 0.5), QPointF(0.0, -0.5), QPointF(0.5, 0.5)]))
    path.closeSubpath()
    return path


def bars() -> QPainterPath:
    """The sign of a pause, 1 × 1 around 0."""
    path = QPainterPath()
    for left in (-0.45, 0.15):
        path.addRect(QRectF(left, -0.5, 0.3, 1.0))
    return path


def thinned(steps: list[int], most: int) -> list[int]:
    """At most about ``most`` of ``steps``: every second, fourth, eighth …, so that few change when one is added; the
    last one always.
    """
    stride = 1 << max(0, (len(steps) - 1) // max(most, 1)).bit_length()
    return sorted({*steps[::stride], *steps[-1:]})


class MarkItems:
    """The marks of one plot; with ``labelled`` rates and resumes have their words at its top."""

    def __init__(self, plot: Plot, *, labelled: bool) -> None:
        self._plot, self._labelled = plot, labelled
        self._rates = plot.add_line("faint", -10, Qt.PenStyle.DotLine, connect="pairs")
        self._resumes = plot.add_line("faint", -10, Qt.PenStyle.DashLine, connect="pairs")
        self._labels: list[pg.TextItem] = []
        self._colours: Colours | None = None

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self._colours = colours
        for label in self._labels:
            self._paint(label, colours)

    def show(self, marks: Marks | None, run: DrawnRun, scale: AxisScale) -> None:
        """Draws ``marks`` of ``run`` where the plot now is; none of them if that is None."""
        marks = marks or Marks()
        (start, stop), (low, high) = self._plot.plotItem.vb.viewRange()
        box = self._plot.plotItem.vb
        first, last = scale.steps(run, start), scale.steps(run, stop)
        rates = thinned(marks.steps("rate", first, last), int(box.width() / SPACE))
        broken = sorted(marks.steps("resume", first, last) + marks.steps("joined", first, last))
        for item, steps in ((self._rates, rates), (self._resumes, broken)):
            places = scale.places(run, np.array(steps, float))
            self._upright(item, places[np.isfinite(places)], low, high)
        if self._labelled:
            said = [(step, kind) for kind in ("rate", "resume", "joined") for step in marks.steps(kind, first, last)]
            words = [(marks.text(step, kind), float(scale.places(run, step))) for step, kind in sorted(said)]
            self._label([each for each in words if np.isfinite(each[1])], start, stop, high)

    def _upright(self, item: pg.PlotCurveItem, places: Numbers, low: float, high: float) -> None:
        self._plot.give(item, np.repeat(places, 2), np.tile([low, high], len(places)))

    def _label(self, words: list[tuple[str, float]], start: float, stop: float, high: float) -> None:
        used = 0
        for used, (place, text, to_the_left) in enumerate(self._with_room(words, start, stop), 1):
            label = self._labels[used - 1] if used <= len(self._labels) else self._another()
            if label.toPlainText() != text:
                label.setPlainText(text)
            label.setAnchor((1, 0) if to_the_left else (0, 0))
            label.setPos(place, high)
            label.show()
        for label in self._labels[used:]:
            label.hide()

    def _with_room(
        self, words: list[tuple[str, float]], start: float, stop: float
    ) -> Iterator[tuple[float, str, bool]]:
        """Place, words and side of the rates and resumes whose words do not cover each other."""
        metrics, free = QFontMetrics(self._plot.font()), -1.0
        per_unit = self._plot.plotItem.vb.width() / (stop - start)
        for text, place in words:
            at = (place - start) * per_unit
            width = metrics.horizontalAdvance(text) + SPACE
            to_the_left = at + width > self._plot.plotItem.vb.width()
            left = at - width if to_the_left else at
            if left > free:
                free = left + width
                yield place, text, to_the_left

    def _another(self) -> pg.TextItem:
        label = pg.TextItem()
        label.textItem.document().setDocumentMargin(2)
        label.setFont(self._plot.font())
        label.setZValue(30)
        self._plot.plotItem.vb.addItem(label, ignoreBounds=True)
        self._labels.append(label)
        if self._colours is not None:
            self._paint(label, self._colours)
        return label

    def _paint(self, label: pg.TextItem, colours: Colours) -> None:
        label.setColor(colours.text)
        label.fill = pg.mkBrush(colours.paper)
        label.update()
