"""How often a unit had which value: bars in a scale of logarithms, with a line at 0."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.theme import SPACE, colours

LEAST = 32  # bars: no fewer than half as many are shown


class Histogram(QWidget):
    """Bars from −reach to reach."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: Sequence[int] = ()
        self._reach = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("How often which value is there"))

    def show_counts(self, counts: Sequence[int], reach: float, words: str) -> None:
        """Shows ``counts`` of values from −``reach`` to ``reach``, without the outer halves where nothing lies there;
        ``words`` are for a screen reader.
        """
        self._counts, self._reach = tuple(counts), reach
        while len(self._counts) >= LEAST and not any(self._counts[: (quarter := len(self._counts) // 4)]):
            if any(self._counts[-quarter:]):
                break
            self._counts, self._reach = self._counts[quarter:-quarter], self._reach / 2
        self.setAccessibleDescription(words)
        self.update()

    def counts(self) -> Sequence[int]:
        """What is drawn."""
        return self._counts

    def reach(self) -> float:
        """The largest value that has a bar."""
        return self._reach

    def sizeHint(self) -> QSize:
        """Room for the bars and a line of numbers."""
        return QSize(40 * SPACE, 12 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Narrow bars."""
        return QSize(20 * SPACE, 12 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the bars from the bottom, the line, and the numbers below."""
        if not self._counts:
            return
        painter, drawn = QPainter(self), colours(self)
        line = painter.fontMetrics().height()
        high, wide = self.height() - line, self.width() / len(self._counts)
        most = math.log1p(max(self._counts)) or 1.0
        for place, count in enumerate(self._counts):
            tall = high * math.log1p(count) / most
            if count:
                painter.fillRect(QRectF(place * wide, high - tall, max(1.0, wide - 1), tall), drawn.faint)
        painter.setPen(QPen(drawn.accent, 2))
        painter.drawLine(self.width() // 2, 0, self.width() // 2, high)
        painter.setPen(drawn.text)
        below = QRectF(0, high, self.width(), line)
        ends = (
            (Qt.AlignmentFlag.AlignLeft, "−"),
            (Qt.AlignmentFlag.AlignHCenter, ""),
            (Qt.AlignmentFlag.AlignRight, ""),
        )
        for (side, sign), value in zip(ends, (self._reach, 0.0, self._reach), strict=True):
            painter.drawText(below, side, f"{sign}{local(f'{value:g}' if value >= 100 else f'{value:.3g}')}")
