"""The loss over the learning rate, on a logarithmic axis, with the rates that are told apart in it."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.theme import SPACE, Colours, colours

LEAST_SIZE = QSize(60 * SPACE, 30 * SPACE)
HEADROOM = 1.5  # times the loss at the start: what runs away above it is cut


class RateRangePlot(QWidget):
    """Single losses are faint, their smooth course is a line; ``marks`` are rates with a word each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: tuple[float, ...] = ()
        self._losses: tuple[float, ...] = ()
        self._smooth: tuple[float, ...] = ()
        self._marks: tuple[tuple[float, str], ...] = ()
        self._span = (1e-5, 1.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Loss over the learning rate"))

    def minimumSizeHint(self) -> QSize:
        """Large enough to tell a slope."""
        return LEAST_SIZE

    def show_losses(self, rates: Sequence[float], losses: Sequence[float], span: tuple[float, float]) -> None:
        """What has been tried so far, of the rates in ``span``."""
        self._rates, self._losses, self._span = tuple(rates), tuple(losses), span
        self._smooth, self._marks = (), ()
        self.update()

    def show_result(self, smooth: Sequence[float], marks: Sequence[tuple[float, str]]) -> None:
        """What came of it."""
        self._smooth, self._marks = tuple(smooth), tuple(marks)
        told = "; ".join(f"{word} {local(f'{rate:.2g}')}" for rate, word in self._marks)
        self.setAccessibleDescription(told)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws it anew."""
        painter, drawn = QPainter(self), colours(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), drawn.paper)
        line = self.fontMetrics().height()
        room = QRectF(self.rect()).adjusted(6 * SPACE, line + SPACE, -2 * SPACE, -line - 2 * SPACE)
        low, high = self._heights()
        self._draw_axes(painter, drawn, room, low, high)
        painter.setClipRect(room.adjusted(-2, -2, 2, 2))
        self._draw_course(painter, room, self._losses, QPen(_faint(drawn.accent), 1), low, high)
        self._draw_course(painter, room, self._smooth, QPen(drawn.accent, 2), low, high)
        painter.setClipping(False)
        self._draw_marks(painter, drawn, room)

    def _heights(self) -> tuple[float, float]:
        finite = [loss for loss in self._losses if math.isfinite(loss)]
        if not finite:
            return 0.0, 1.0
        most = HEADROOM * finite[0]
        kept = [loss for loss in finite if loss <= most]
        low, high = min(kept), max(kept)
        pad = 0.08 * (high - low or 1.0)
        return low - pad, high + pad

    def _x(self, room: QRectF, rate: float) -> float:
        least, most = map(math.log10, self._span)
        return room.left() + room.width() * (math.log10(rate) - least) / (most - least)

    def _draw_axes(self, painter: QPainter, drawn: Colours, room: QRectF, low: float, high: float) -> None:
        least, most = (math.log10(end) for end in self._span)
        for power in range(math.ceil(least - 1e-9), math.floor(most + 1e-9) + 1):
            x = self._x(room, 10.0**power)
            painter.setPen(QPen(drawn.grid, 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            painter.setPen(drawn.faint)
            place = QRectF(x - 5 * SPACE, room.bottom() + SPACE / 2, 10 * SPACE, self.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, local(f"{10.0**power:g}"))
        for share in (0.0, 0.5, 1.0):
            y = room.bottom() - share * room.height()
            painter.setPen(QPen(drawn.grid, 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(drawn.faint)
            place = QRectF(0, y - SPACE, room.left() - SPACE / 2, 2 * SPACE)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, local(f"{low + share * (high - low):.2f}"))

    def _draw_course(
        self, painter: QPainter, room: QRectF, values: Sequence[float], pen: QPen, low: float, high: float
    ) -> None:
        points = [
            QPointF(self._x(room, rate), room.bottom() - room.height() * (value - low) / (high - low))
            for rate, value in zip(self._rates, values, strict=False)
            if math.isfinite(value)
        ]
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))

    def _draw_marks(self, painter: QPainter, drawn: Colours, room: QRectF) -> None:
        for rate, word in self._marks:
            x = self._x(room, rate)
            painter.setPen(QPen(drawn.text, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            text = f"{word} {local(f'{rate:.2g}')}"
            wide = self.fontMetrics().horizontalAdvance(text)
            left = min(max(room.left(), x - wide / 2), room.right() - wide)
            painter.setPen(drawn.text)
            painter.drawText(QPointF(left, room.top() - SPACE / 2), text)


def _faint(colour: QColor) -> QColor:
    pale = QColor(colour)
    pale.setAlpha(90)
    return pale
