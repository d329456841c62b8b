"""One plot of the learning curves: its lines and points, and what the mouse does with it."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QMouseEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication

from alexnet_app.ui.curves.axes import StepAxis, ValueAxis, logarithms
from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.theme import SPACE, Colours

NOTCH = 0.8  # what one notch of the wheel leaves of the steps in view


def mixed(colour: QColor, paper: QColor, part: float) -> QColor:
    """``colour`` faded towards ``paper`` down to ``part``, and opaque: transparency is slow to draw."""
    pairs = (colour.red(), paper.red()), (colour.green(), paper.green()), (colour.blue(), paper.blue())
    return QColor(*(round(part * one + (1 - part) * other) for one, other in pairs))


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """Curves over training steps. What the mouse asks for goes out as signals; it changes no range itself but the
    height, which each plot has for itself.
    """

    turned = Signal(float, float)  # the wheel: show so many times as many steps, around this one
    picked = Signal(float, float)  # a drag: show these steps
    moved = Signal(float)  # a drag with Shift or the middle button: go on by this part of what is in view
    pointed = Signal(object)  # the step under the mouse; None when it leaves
    asked = Signal(QPoint, float, float)  # the mouse rests there on the screen: what happened between these steps?
    stretched = Signal()  # the height was chosen
    whole_wanted = Signal()  # a double click

    def __init__(self, highest: float) -> None:
        self._highest = highest  # the height of an empty plot
        self._steps, self._values = StepAxis(), ValueAxis()
        axes = {"bottom": self._steps, "left": self._values}
        super().__init__(axisItems=axes, enableMenu=False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(15 * SPACE, 6 * SPACE)
        for axis in axes.values():
            axis.setZValue(-1000)  # the grid behind the curves
        self.plotItem.hideButtons()
        self.plotItem.setContentsMargins(0, 2, SPACE, 0)
        self.plotItem.setMouseEnabled(False, False)
        self.plotItem.disableAutoRange()
        self._drawn: list[tuple[pg.GraphicsObject, str, float, Qt.PenStyle]] = []
        self._dense: set[pg.PlotCurveItem] = set()
        self._heights: tuple[float, float] | None = None
        self._seen: list[Numbers] = []
        self._given: dict[pg.GraphicsObject, tuple[Numbers, Numbers]] = {}
        self._pressed: QPointF | None = None
        self._cursor = pg.InfiniteLine(angle=90)
        self._stretch = pg.LinearRegionItem(movable=False)
        for item, layer in ((self._stretch, -50), (self._cursor, 40)):
            item.setZValue(layer)
            item.hide()
            self.plotItem.vb.addItem(item, ignoreBounds=True)

    def add_line(
        self, role: str, layer: int, style: Qt.PenStyle = Qt.PenStyle.SolidLine, connect: str = "finite"
    ) -> pg.PlotCurveItem:
        """A curve in the theme's colour ``role``, above those of lower layers."""
        return self._add(pg.PlotCurveItem(connect=connect, antialias=False), role, layer, style)

    def add_dense_line(self, role: str, layer: int) -> pg.PlotCurveItem:
        """A curve of very many points: as thin as the screen can, which is much faster to draw."""
        item = self.add_line(role, layer)
        self._dense.add(item)
        return item

    def add_points(self, role: str, layer: int, symbol: object, size: int) -> pg.ScatterPlotItem:
        """Points in the theme's colour ``role``, ``size`` pixels large."""
        item = pg.ScatterPlotItem(symbol=symbol, size=size, antialias=True)
        return self._add(item, role, layer, Qt.PenStyle.NoPen)

    def _add(self, item: pg.GraphicsObject, role: str, layer: int, style: Qt.PenStyle) -> pg.GraphicsObject:
        item.setZValue(layer)
        self.plotItem.vb.addItem(item, ignoreBounds=True)
        self._drawn.append((item, role, 1.0, style))
        return item

    def fade(self, item: pg.PlotCurveItem, part: float) -> None:
        """Draws a line in ``part`` of its colour, the rest paper, from the next ``paint_in`` on."""
        self._drawn = [(one, role, part if one is item else old, style) for one, role, old, style in self._drawn]

    def colour(self, item: pg.PlotCurveItem, colours: Colours) -> QColor:
        """The colour that a line is drawn in."""
        role, part = next((role, part) for one, role, part, _ in self._drawn if one is item)
        return mixed(getattr(colours, role), colours.paper, part)

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self.setBackground(colours.paper)
        for axis in (self._steps, self._values):
            axis.paint_in(colours)
        width = max(1, round(self.devicePixelRatioF()))  # of a screen's pixels
        for item, role, part, style in self._drawn:
            colour = mixed(getattr(colours, role), colours.paper, part)
            if isinstance(item, pg.ScatterPlotItem):
                item.setBrush(colour)
                item.setPen(colours.paper if style == Qt.PenStyle.NoPen else colour)
            else:
                item.setPen(_pen(colour, style, 1 if item in self._dense else width))
        self._cursor.setPen(_pen(colours.faint))
        self._stretch.setBrush(mixed(colours.accent, colours.paper, 0.2))
        for edge in self._stretch.lines:
            edge.setPen(_pen(colours.accent))

    def lay_out(self, values_width: int, steps_height: int) -> None:
        """Leaves as much room for the numbers; none below if ``steps_height`` is 0, but the grid stays."""
        self._values.setWidth(values_width)
        self._steps.setStyle(showValues=steps_height > 0)
        self._steps.setHeight(max(steps_height, 1))
        for axis in (self._values, self._steps):
            axis.setTickFont(self.font())

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draws values by their logarithms from now on."""
        self._values.logarithmic = logarithmic
        self._heights = None
        self._values.picture = None
        self._values.update()

    def set_signed(self, signed: bool) -> None:
        """Whether values below zero mean something: the axis has numbers there, too."""
        self._values.signed = signed

    def start(self, first: float, last: float) -> None:
        """Begins a redraw: the steps to be shown."""
        margin = (last - first) * SPACE / max(self.plotItem.vb.width(), SPACE)
        self.plotItem.vb.setXRange(first - margin, last + margin, padding=0)
        self._seen.clear()

    def draw(self, item: pg.PlotCurveItem, steps: Numbers, values: Numbers) -> Numbers:
        """Gives a line or points their data; returns the heights they are drawn at."""
        heights = logarithms(values) if self._values.logarithmic else values
        self.give(item, steps, heights)
        first, last = self.plotItem.vb.viewRange()[0]
        self._seen.append(heights[(steps >= first) & (steps <= last)])
        return heights

    def give(self, item: pg.PlotCurveItem | pg.ScatterPlotItem, steps: ArrayLike, heights: ArrayLike) -> None:
        """Puts a line or points where they are to be drawn, unless they are there already. What is empty is hidden."""
        wanted = np.array(steps, float), np.array(heights, float)
        kept = self._given.get(item)
        if kept is None or not all(map(_same, kept, wanted)):
            self._given[item] = wanted
            item.setData(*wanted)
            item.setVisible(len(wanted[0]) > 0)

    def level(self, item: pg.PlotCurveItem, value: float) -> None:
        """Draws a line across at ``value``, hidden where that is NaN. It changes no height: it may lie out of view."""
        first, last = self.plotItem.vb.viewRange()[0]
        steps = np.array([first, last]) if np.isfinite(value) else np.empty(0)
        values = np.full(len(steps), value)
        self.give(item, steps, logarithms(values) if self._values.logarithmic else values)

    def end(self, least: float) -> None:
        """Ends a redraw: fits the height, at least ``least``, to what is in view, if none was chosen."""
        low, high = self._heights or self._fitting(least)
        self.plotItem.vb.setYRange(low, high, padding=0)
        self.scene().prepareForPaint()  # what it moves while it is painted it would paint once more

    def _fitting(self, least: float) -> tuple[float, float]:
        seen = np.concatenate([*self._seen, np.empty(0)])
        seen = seen[np.isfinite(seen)]
        low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, self._highest)
        least = max(least, 1e-6 * max(abs(low), abs(high)))  # a float has no more digits to tell heights apart
        missing = max(least - (high - low), 0) / 2
        pixel = (high - low + 2 * missing) / max(self.plotItem.vb.height() - 2 * SPACE, SPACE)
        return low - missing - SPACE * pixel, high + missing + SPACE * pixel

    @property
    def is_stretched(self) -> bool:
        """Whether the height was chosen."""
        return self._heights is not None

    def fit(self) -> None:
        """Goes back to a height that fits."""
        self._heights = None

    def move_up(self, part: float) -> None:
        """Goes up by ``part`` of the height in view."""
        low, high = self.plotItem.vb.viewRange()[1]
        by = (high - low) * part
        self._heights = low + by, high + by

    def point_at(self, step: float | None) -> None:
        """Draws a vertical line at ``step``."""
        self._cursor.setVisible(step is not None)
        if step is not None:
            self._cursor.setPos(step)

    def place(self, at: QPointF) -> QPointF:
        """The step and the height at a pixel."""
        return QPointF(self.plotItem.vb.mapSceneToView(self.mapToScene(at.toPoint())))

    def viewportEvent(self, event: QEvent) -> bool:
        """Asks for words when the mouse rests."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = QPointF(event.pos())
            start, stop = (self.place(at + QPointF(by, 0)).x() for by in (-SPACE, SPACE))
            self.asked.emit(event.globalPos(), start, stop)
            return True
        return bool(super().viewportEvent(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms around the mouse: in steps, or in height with Ctrl or over the axis. Sideways it moves."""
        turn, at = event.angleDelta(), self.place(event.position())
        over_axis = event.position().x() < self._values.width()
        event.accept()
        if turn.x() and not turn.y():
            self.moved.emit(-turn.x() / 1200)
        elif over_axis or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            low, high = self.plotItem.vb.viewRange()[1]
            factor = NOTCH ** (turn.y() / 120)
            self._heights = at.y() - (at.y() - low) * factor, at.y() + (high - at.y()) * factor
            self.stretched.emit()
        else:
            self.turned.emit(at.x(), NOTCH ** (turn.y() / 120))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a drag."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Points, or drags: chooses a stretch of steps, or moves what is in view."""
        at = event.position()
        self.pointed.emit(self.place(at).x())
        if self._pressed is None or not event.buttons():
            return
        if event.buttons() & Qt.MouseButton.MiddleButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            box = self.plotItem.vb
            if self.is_stretched:
                self.move_up((at.y() - self._pressed.y()) / max(box.height(), 1))
            self.moved.emit((self._pressed.x() - at.x()) / max(box.width(), 1))
            self._pressed = at
        elif abs(at.x() - self._pressed.x()) >= QApplication.startDragDistance():
            self._stretch.setRegion((self.place(self._pressed).x(), self.place(at).x()))
            self._stretch.show()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends a drag."""
        self._pressed = None
        if self._stretch.isVisible():
            self._stretch.hide()
            self.picked.emit(*sorted(self._stretch.getRegion()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Goes back to the whole run."""
        self.whole_wanted.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leaves the menu to the panel around it."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Points nowhere any more."""
        self.pointed.emit(None)


def _same(one: Numbers, other: Numbers) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def _pen(colour: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine, width: int = 1) -> QPen:
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen
