"""The most probable classes as bars."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOptionFocusRect, QWidget

from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.parts.plain import one_line, show_tip
from alexnet_app.ui.theme import SPACE, colours

ROWS = 5
ROW = 3 * SPACE
BAR = SPACE + SPACE // 2
MARK = 3  # pixels
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class Top5Bars(QWidget):
    """Up to five rows of label, bar and per cent. It is as high without any, so that nothing jumps.

    ``chosen`` tells the label of a row that was clicked, or chosen with the arrow keys.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers: list[tuple[str, float]] = []
        self._labels: list[str] = []
        self._faint = False
        self._marked = self._truth = ""
        self.setAccessibleName(self.tr("Most probable classes"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_answers(self, answers: Sequence[tuple[str, float]], *, unsure: bool = False, truth: str = "") -> None:
        """Label and probability (0 to 1) of each, the likeliest first; ``unsure`` draws them all alike and faint.
        ``truth`` is the class that is known to be right, drawn in the colour of what is.
        """
        self._truth = truth
        self._answers, self._faint = [(one_line(label), share) for label, share in answers[:ROWS]], unsure
        self._labels, self._marked = [label for label, _ in answers[:ROWS]], ""
        self.setAccessibleDescription(self.text())
        self.update()

    def mark(self, label: str) -> None:
        """Marks the row of ``label``, of which more is shown elsewhere; none where it is empty."""
        self._marked = label
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the row under the pointer."""
        row = int(event.position().y()) // self._row()
        if row < len(self._labels):
            self.chosen.emit(self._labels[row])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down choose the row above and below the marked one."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or not self._labels:
            super().keyPressEvent(event)
            return
        row = self._labels.index(self._marked) if self._marked in self._labels else -step
        self.chosen.emit(self._labels[min(max(row + step, 0), len(self._labels) - 1)])

    def text(self) -> str:
        """What it shows, a line each."""
        return "\n".join(f"{label} {percent(share, 1)}" for label, share in self._answers)

    def sizeHint(self) -> QSize:
        """Five rows."""
        return QSize(48 * SPACE, ROWS * self._row())

    def minimumSizeHint(self) -> QSize:
        """Room for short labels and short bars."""
        return QSize(24 * SPACE, ROWS * self._row())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, (label, share) in enumerate(self._answers):
            if self._labels[row] == self._marked:
                frame = QRect(0, row * self._row(), self.width(), self._row())
                painter.fillRect(QRect(frame.left(), frame.top(), MARK, frame.height()), colours(self).accent)
            self._draw(painter, row, label, share)
        if self.hasFocus():
            ring = QStyleOptionFocusRect()
            ring.initFrom(self)
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, ring, painter, self)

    def event(self, event: QEvent) -> bool:
        """Tells a label that was cut short in full."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = event.pos().y() // self._row()
            show_tip(event.globalPos(), self._answers[row][0] if row < len(self._answers) else "", self)
            return True
        return super().event(event)

    def _row(self) -> int:
        return max(ROW, self.fontMetrics().height() + SPACE // 2)

    def _draw(self, painter: QPainter, row: int, label: str, share: float) -> None:
        drawn, measure = colours(self), self.fontMetrics()
        line = QRect(SPACE, row * self._row(), self.width() - SPACE, self._row())
        names = min(24 * SPACE, 2 * line.width() // 5)
        numbers = measure.horizontalAdvance(percent(1, 1))
        left, right = (side | Qt.AlignmentFlag.AlignVCenter for side in (LEFT, RIGHT))
        is_true = bool(self._truth) and self._labels[row] == self._truth
        painter.setPen(drawn.right if is_true else drawn.faint if self._faint or row else drawn.text)
        label = f"✓ {label}" if is_true else label
        text = measure.elidedText(label, Qt.TextElideMode.ElideRight, names)
        painter.drawText(QRect(line.left(), line.top(), names, line.height()), left, text)
        painter.drawText(line, right, percent(share, 1))
        room = QRectF(line.left() + names + SPACE, 0, line.width() - names - numbers - 2 * SPACE - SPACE, BAR)
        room.moveTop(line.top() + (line.height() - BAR) / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(drawn.grid)
        painter.drawRoundedRect(room, 2, 2)
        room.setWidth(room.width() * min(max(share, 0.0), 1.0))
        painter.setBrush(drawn.right if is_true else drawn.faint if self._faint else drawn.accent)
        painter.drawRoundedRect(room, 2, 2)
