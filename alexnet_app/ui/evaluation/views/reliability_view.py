"""Whether a model is as often right as it is sure: a bar for each range of confidence, and the line of who is."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.plain import show_tip
from alexnet_app.ui.theme import SPACE, colours


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers whose confidence is from ``low`` to ``high`` (0 to 1): how many, their mean ``confidence``, and the share
    that is ``right``.
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float


class ReliabilityView(QWidget):
    """The reliability diagram. Bars below the dashed line: surer than right; above it: better than it thinks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: tuple[ReliabilityBin, ...] = ()
        self._missing = ""
        self.setAccessibleName(self.tr("Reliability diagram"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_bins(self, bins: Sequence[ReliabilityBin], missing: str = "") -> None:
        """Draws these; ``missing`` says why there are none."""
        self._bins, self._missing = tuple(bins), missing
        said = "; ".join(self.text(each) for each in self._bins if each.count)
        self.setAccessibleDescription(said or missing)
        self.update()

    def text(self, each: ReliabilityBin) -> str:
        """What a bar says."""
        text = self.tr("confidence {low:.0f} to {high:.0f} %: right on {right:.0f} % of {count:,} images")
        values = {"low": 100 * each.low, "high": 100 * each.high, "right": 100 * each.right, "count": each.count}
        return text.format(**shown(**values))

    def sizeHint(self) -> QSize:
        """As the confusion matrix beside it."""
        return QSize(56 * SPACE, 40 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Room for bars that can be told apart."""
        return QSize(32 * SPACE, 20 * SPACE)

    def square(self) -> QRectF:
        """Where the diagram is drawn: confidence to the right, accuracy upwards, both from 0 to 1."""
        line = self.fontMetrics().height()
        left, below = self.fontMetrics().horizontalAdvance("100 %") + line + 2 * SPACE, 2 * line + SPACE
        side = max(SPACE, min(self.width() - left - 2 * SPACE, self.height() - below - SPACE))
        return QRectF(left + (self.width() - left - side) / 2, SPACE, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the axes, the bars, and the line on which confidence and accuracy are the same."""
        painter, drawn, square = QPainter(self), colours(self), self.square()
        if not self._bins:
            painter.setPen(drawn.faint)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._missing)
            return
        painter.fillRect(square, drawn.paper)
        self._draw_axes(painter, square)
        most = max((each.count for each in self._bins), default=1)
        for each in self._bins:
            if each.count:
                bar = self._bar(square, each)
                shade = drawn.accent
                shade.setAlphaF(0.35 + 0.65 * min(1.0, each.count / most))  # few images say little
                painter.fillRect(bar, shade)
        painter.setPen(QPen(drawn.text, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(square.bottomLeft(), square.topRight()))
        painter.setPen(QPen(drawn.faint, 1))
        painter.drawRect(square)

    def _draw_axes(self, painter: QPainter, square: QRectF) -> None:
        drawn, line = colours(self), self.fontMetrics().height()
        for at in (0.0, 0.25, 0.5, 0.75, 1.0):
            x, y = square.left() + at * square.width(), square.bottom() - at * square.height()
            painter.setPen(QPen(drawn.grid, 1))
            painter.drawLine(QLineF(square.left(), y, square.right(), y))
            painter.drawLine(QLineF(x, square.top(), x, square.bottom()))
            painter.setPen(drawn.faint)
            said = local(f"{100 * at:.0f} %")
            painter.drawText(QRectF(x - 40, square.bottom() + 2, 80, line), Qt.AlignmentFlag.AlignHCenter, said)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(square.left() - 84, y - line / 2, 80, line), right, said)
        below = QRectF(square.left(), square.bottom() + line, square.width(), line + 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self.tr("confidence"))
        painter.save()
        painter.translate(square.left() - self.fontMetrics().horizontalAdvance("100 %") - line - SPACE, square.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, square.height(), line), Qt.AlignmentFlag.AlignHCenter, self.tr("right"))
        painter.restore()

    def _bar(self, square: QRectF, each: ReliabilityBin) -> QRectF:
        left, right = (square.left() + at * square.width() for at in (each.low, each.high))
        top = square.bottom() - each.right * square.height()
        return QRectF(QPointF(left + 1, min(top, square.bottom() - 2)), QPointF(right - 1, square.bottom()))

    def event(self, event: QEvent) -> bool:
        """Says what the bar under the pointer means."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._bins:
            square, x = self.square(), event.pos().x()
            at = (x - square.left()) / max(1.0, square.width())
            found = next((each for each in self._bins if each.low <= at < each.high and each.count), None)
            show_tip(event.globalPos(), self.text(found) if found else "", self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
