"""One plot of the learning curves: its lines and points, and what the mouse does with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QMouseEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication

from alexnet_app.ui.curves.axes import StepAxis, ValueAxis, logarithms
from alexnet_app.ui.curves.looks import CurveLook
from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.theme import SPACE, Colours

Role: TypeAlias = str | CurveLook  # a colour of the theme by its name, or how a run is drawn
NOTCH = 0.8  # what one notch of the wheel leaves of the steps in view


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A line or points with what they are drawn in, and where: ``part`` of the colour of ``role``."""

    item: pg.GraphicsObject
    role: Role
    part: float
    style: Qt.PenStyle
    places: Numbers
    heights: Numbers
    in_pairs: bool


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
        self._drawn: list[tuple[pg.GraphicsObject, Role, float, Qt.PenStyle]] = []
        self._dense: set[pg.PlotCurveItem] = set()
        self._heights: tuple[float, float] | None = None
        self._seen: list[Numbers] = []
        self._given: dict[pg.GraphicsObject, tuple[Numbers, Numbers]] = {}
        self._pressed: QPointF | None = None
        self._colours: Colours | None = None
        self._cursor = pg.InfiniteLine(angle=90)
        self._stretch = pg.LinearRegionItem(movable=False)
        for item, layer in ((self._stretch, -50), (self._cursor, 40)):
            item.setZValue(layer)
            item.hide()
            self.plotItem.vb.addItem(item, ignoreBounds=True)

    def add_line(
        self, role: Role, layer: int, style: Qt.PenStyle = Qt.PenStyle.SolidLine, connect: str = "finite"
    ) -> pg.PlotCurveItem:
        """A curve in the theme's colour ``role``, above those of lower layers."""
        return self._add(pg.PlotCurveItem(connect=connect, antialias=False), role, layer, style)

    def add_dense_line(self, role: Role, layer: int) -> pg.PlotCurveItem:
        """A curve of very many points: as thin as the screen can, which is much faster to draw."""
        item = self.add_line(role, layer)
        self._dense.add(item)
        return item

    def add_points(self, role: Role, layer: int, symbol: object, size: int) -> pg.ScatterPlotItem:
        """Points in the theme's colour ``role``, ``size`` pixels large."""
        item = pg.ScatterPlotItem(symbol=symbol, size=size, antialias=True)
        return self._add(item, role, layer, Qt.PenStyle.NoPen)

    def _add(self, item: pg.GraphicsObject, role: Role, layer: int, style: Qt.PenStyle) -> pg.GraphicsObject:
        item.setZValue(layer)
        self.plotItem.vb.addItem(item, ignoreBounds=True)
        self._drawn.append((item, role, 1.0, style))
        if self._colours is not None:
            self._paint(self._drawn[-1], self._colours)
        return item

    def remove(self, item: pg.GraphicsObject) -> None:
        """Takes a line or points away."""
        self.plotItem.vb.removeItem(item)
        self._drawn = [each for each in self._drawn if each[0] is not item]
        self._given.pop(item, None)
        self._dense.discard(item)

    def fade(self, item: pg.PlotCurveItem, part: float) -> None:
        """Draws a line in ``part`` of its colour, the rest paper."""
        place = next(place for place, each in enumerate(self._drawn) if each[0] is item)
        _, role, _, style = self._drawn[place]
        self._drawn[place] = (item, role, part, style)
        if self._colours is not None:
            self._paint(self._drawn[place], self._colours)

    def colour(self, item: pg.PlotCurveItem, colours: Colours) -> QColor:
        """The colour that a line is drawn in."""
        role, part = next((role, part) for one, role, part, _ in self._drawn if one is item)
        return mixed(colour_of(role, colours), colours.paper, part)

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self.setBackground(colours.paper)
        for axis in (self._steps, self._values):
            axis.paint_in(colours)
        self._colours = colours
        for each in self._drawn:
            self._paint(each, colours)
        self._cursor.setPen(_pen(colours.faint))
        self._stretch.setBrush(mixed(colours.accent, colours.paper, 0.2))
        for edge in self._stretch.lines:
            edge.setPen(_pen(colours.accent))

    def _paint(self, drawn: tuple[pg.GraphicsObject, Role, float, Qt.PenStyle], colours: Colours) -> None:
        item, role, part, style = drawn
        colour = mixed(colour_of(role, colours), colours.paper, part)
        if isinstance(item, pg.ScatterPlotItem):
            item.setBrush(colour)
            item.setPen(colours.paper if style == Qt.PenStyle.NoPen else colour)
            return
        width = 1 if item in self._dense else max(1, round(self.devicePixelRatioF()))  # of a screen's pixels
        item.setPen(_pen(colour, style, width, role.dashes if isinstance(role, CurveLook) else ()))

    def lay_out(self, values_width: int, steps_height: int) -> None:
        """Leaves as much room for the numbers; none below if ``steps_height`` is 0, but the grid stays."""
        self._values.setWidth(values_width)
        self._steps.setStyle(showValues=steps_height > 0)
        self._steps.setHeight(max(steps_height, 1))
        for axis in (self._values, self._steps):
            axis.setTickFont(self.font())

    def count(self, *, fine: bool, timed: bool, logarithmic: bool) -> None:
        """Lets the axis below count something else, as ``StepAxis.count``."""
        self._steps.count(fine=fine, timed=timed, logarithmic=logarithmic)

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
        heights = self.heights(values)
        self.give(item, steps, heights)
        if len(steps):
            first, last = self.plotItem.vb.viewRange()[0]
            self._seen.append(heights[(steps >= first) & (steps <= last)])
        return heights

    def heights(self, values: Numbers) -> Numbers:
        """Where values are drawn: at their logarithms on a logarithmic scale."""
        return logarithms(values) if self._values.logarithmic else values

    def give(self, item: pg.PlotCurveItem | pg.ScatterPlotItem, steps: ArrayLike, heights: ArrayLike) -> None:
        """Puts a line or points where they are to be drawn, unless they are there already. What is empty is hidden."""
        kept = self._given.get(item)
        if kept is not None and len(kept[0]) == 0 == np.size(steps):
            return
        wanted = np.array(steps, float), np.array(heights, float)
        if kept is None or not all(map(_same, kept, wanted)):
            self._given[item] = wanted
            item.setData(*wanted)
            item.setVisible(len(wanted[0]) > 0)

    @property
    def is_logarithmic(self) -> bool:
        """Whether values are drawn by their logarithms."""
        return self._values.logarithmic

    def shown_items(self) -> Iterator[Item]:
        """What is drawn now, from the back to the front."""
        for item, role, part, style in sorted(self._drawn, key=lambda each: each[0].zValue()):
            places, heights = self._given.get(item, (np.empty(0), np.empty(0)))
            if len(places):
                in_pairs = isinstance(item, pg.PlotCurveItem) and item.opts["connect"] == "pairs"
                yield Item(item, role, part, style, places, heights, in_pairs)

    def level(self, item: pg.PlotCurveItem, value: float) -> None:
        """Draws a line across at ``value``, hidden where that is NaN. It changes no height: it may lie out of view."""
        first, last = self.plotItem.vb.viewRange()[0]
        steps = np.array([first, last]) if np.isfinite(value) else np.empty(0)
        values = np.full(len(steps), value)
        self.give(item, steps, self.heights(values))

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
    if len(one) != len(other) or (len(one) and one[-1] != other[-1] and not np.isnan(one[-1])):
        return False  # seen at once, as in every frame that is panned
    return np.array_equal(one, other, equal_nan=True)


def colour_of(role: Role, colours: Colours) -> QColor:
    """The colour of a role in the theme."""
    return role.colour(colours) if isinstance(role, CurveLook) else getattr(colours, role)


def _pen(
    colour: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine, width: int = 1, dashes: tuple[float, ...] = ()
) -> QPen:
    pen = QPen(colour, width, style)
    if dashes:
        pen.setDashPattern(dashes)
    pen.setCosmetic(True)
    return pen
