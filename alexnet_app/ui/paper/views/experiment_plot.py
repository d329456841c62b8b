"""Many runs in one plot: a line for each run and curve, over one axis of training steps, with a height that matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from alexnet_app.ui.curves.legend import Sign
from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE, Colours, colours

FORMS = ("solid", "dashed", "dotted")
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
COLUMNS = 2  # of the legend
HEADROOM = 0.12  # above the highest level, as a share of their distance: its label stands there


@dataclass(frozen=True, slots=True)
class CurveStyle:
    """What a curve is called and how it is drawn: ``dash`` is a place in FORMS, ``tower`` is "A", "B" or empty."""

    name: str
    dash: int = 0
    tower: str = ""


Line = Sequence[tuple[float, float]]  # step and height
Lines = Mapping[tuple[str, str], Line]  # by run and by curve


class ExperimentPlot(QWidget):
    """Feed it with ``set_curves`` for an experiment and ``show_lines`` for what it has so far."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = Plot(100.0)
        self._curves: tuple[CurveStyle, ...] = ()
        self._items: dict[tuple[str, str], pg.PlotCurveItem] = {}
        self._signs: list[tuple[Sign, Label]] = []
        self._levels: dict[float, pg.InfiniteLine] = {}
        self._title = ElidedLabel()
        self._steps = Label(self.tr("Training steps"), alignment=Qt.AlignmentFlag.AlignHCenter)
        self._legend = QGridLayout()
        self._lay_out()
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Curves of the experiment"))
        self.paint()

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._legend.setHorizontalSpacing(2 * SPACE)
        self._legend.setVerticalSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self._title)
        layout.addLayout(self._legend)
        layout.addWidget(self._plot, stretch=1)
        layout.addWidget(self._steps)
        metrics = self.fontMetrics()
        self._plot.lay_out(metrics.horizontalAdvance("0.000") + SPACE, metrics.height() + SPACE // 2)
        self._plot.setMinimumHeight(22 * SPACE)
        for signal in (self._plot.turned, self._plot.picked, self._plot.moved, self._plot.stretched):
            signal.connect(self._show_whole)  # one range for all runs: it is not zoomed
        self._plot.whole_wanted.connect(self._show_whole)

    def set_curves(self, axis: str, curves: Sequence[CurveStyle], levels: Sequence[float] = ()) -> None:
        """Begins anew with these curves over an axis of steps; ``levels`` are heights that are drawn, in percent."""
        self._clear()
        self._curves = tuple(curves)
        self._title.show_text(axis[:1].upper() + axis[1:])
        for place, curve in enumerate(curves):
            sign, label = Sign(FORMS[curve.dash % len(FORMS)]), Label(curve.name)
            row, column = divmod(place, COLUMNS)
            self._legend.addWidget(sign, row, 2 * column)
            self._legend.addWidget(label, row, 2 * column + 1)
            self._signs.append((sign, label))
        self._legend.setColumnStretch(2 * COLUMNS, 1)
        for level in levels:
            self._draw_level(level)
        self.paint()

    def _draw_level(self, level: float) -> None:
        options = {"position": 0.96, "anchors": [(1, 1), (1, 1)]}
        line = self._levels[level] = pg.InfiniteLine(level, angle=0, label=local(f"{level:g} %"), labelOpts=options)
        line.setZValue(-2)
        self._plot.plotItem.vb.addItem(line, ignoreBounds=True)

    def show_lines(self, lines: Lines) -> None:
        """Draws these lines, and none that was drawn before and is not among them."""
        for key in [key for key in self._items if key not in lines]:
            self._plot.plotItem.vb.removeItem(self._items.pop(key))
        for key in lines:
            if key not in self._items:
                item = self._items[key] = pg.PlotCurveItem(antialias=True)
                self._plot.plotItem.vb.addItem(item, ignoreBounds=True)
                item.setPen(self._pen(key[1], colours(self)))
        last = max((step for line in lines.values() for step, _ in line), default=100.0)
        self._plot.start(0, last)
        for key, line in lines.items():
            steps, values = np.array([step for step, _ in line]), np.array([value for _, value in line])
            self._plot.draw(self._items[key], steps, values)
        if self._levels:
            low, high = min(self._levels), max(self._levels)
            seen = np.array([low, high + HEADROOM * (high - low)])
            self._plot.draw(pg.PlotCurveItem(), np.array([0.0, last]), seen)
        self._plot.end(0.02)
        self._describe(lines)

    def _describe(self, lines: Lines) -> None:
        """Tells a screen reader where each line is now."""
        form = self.tr("{curve}, {run}: {value} at step {step}")
        said = [
            form.format(curve=curve, run=run, value=local(f"{line[-1][1]:.3g}"), step=local(f"{line[-1][0]:,.0f}"))
            for (run, curve), line in lines.items()
            if line
        ]
        self.setAccessibleDescription("; ".join(said) if said else self.tr("No points yet"))

    def _clear(self) -> None:
        for item in self._items.values():
            self._plot.plotItem.vb.removeItem(item)
        self._items.clear()
        for line in self._levels.values():
            self._plot.plotItem.vb.removeItem(line)
        self._levels.clear()
        for pair in self._signs:
            for widget in pair:
                self._legend.removeWidget(widget)
                widget.deleteLater()
        self._signs.clear()

    def _show_whole(self, *_: object) -> None:
        self._plot.fit()

    def _colour(self, name: str, drawn: Colours) -> QColor:
        place = next(place for place, curve in enumerate(self._curves) if curve.name == name)
        own = {"A": drawn.tower_a, "B": drawn.tower_b}.get(self._curves[place].tower)
        return own if own is not None else (drawn.accent, drawn.second, drawn.other)[place % 3]

    def _pen(self, name: str, drawn: Colours) -> QPen:
        dash = next(curve.dash for curve in self._curves if curve.name == name)
        pen = QPen(self._colour(name, drawn), 1.5 * self.devicePixelRatioF(), STYLES[dash % len(STYLES)])
        pen.setCosmetic(True)
        return pen

    def paint(self) -> None:
        """Takes the colours of the theme."""
        drawn = colours(self)
        self._plot.paint_in(drawn)
        for (_, name), item in self._items.items():
            item.setPen(self._pen(name, drawn))
        for curve, (sign, _) in zip(self._curves, self._signs, strict=True):
            sign.set_colour(self._colour(curve.name, drawn))
        level = QPen(drawn.faint, 1, Qt.PenStyle.DashDotLine)
        level.setCosmetic(True)
        for line in self._levels.values():
            line.setPen(level)
            line.label.setColor(drawn.faint)
        self._steps.setStyleSheet(f"color: {drawn.faint.name()}")

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.paint()
