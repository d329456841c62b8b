"""How the kernels of a tower are spread over an index from 0 to 1: small bars between the names of its two ends."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE, colours, tint

BAR, LEAST_BAR = 10, 5  # pixels: a bar and the gap after it, where there is room and where there is not
GAP = 2
DOT = 2  # pixels: the dots of the line at the level of noise, and what parts them


class TraitBars(QWidget):
    """A histogram on one line: the name of 0, a bar for each part of the way, the name of 1.

    A line through the bars marks the median, a dotted one the level that noise has. The largest count has the full
    height.
    """

    def __init__(self, low: str, high: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = low, high
        self._counts: tuple[int, ...] = ()
        self._median: float | None = None
        self._noise: float | None = None
        self._colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_counts(
        self, counts: Sequence[int], median: float | None, colour: QColor, meaning: str, noise: float | None = None
    ) -> None:
        """Shows how many are in each part from 0 to 1; ``meaning`` is the tooltip and what is read out.

        ``median`` is None where nothing was counted, ``noise`` where its level is not known.
        """
        self._counts, self._median, self._noise, self._colour = tuple(counts), median, noise, colour
        set_tip(self, meaning)
        self.setAccessibleName(meaning)
        self.updateGeometry()
        self.update()

    def counts(self) -> tuple[int, ...]:
        """What is shown."""
        return self._counts

    def noise(self) -> float | None:
        """The marked level of noise."""
        return self._noise

    def sizeHint(self) -> QSize:
        """Room for the bars and both names."""
        return QSize(self._names() + BAR * len(self._counts), max(3 * SPACE, self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        """Narrower bars; the names stay."""
        return QSize(self._names() + LEAST_BAR * len(self._counts), self.sizeHint().height())

    def _names(self) -> int:
        """How wide the names are, and the gaps beside the bars."""
        metrics = self.fontMetrics()
        return metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high) + 2 * SPACE

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, bars, the line under them, the median."""
        painter, drawn = QPainter(self), colours(self)
        painter.setPen(drawn.faint)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | middle, self._low)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | middle, self._high)
        if not self._counts:
            return
        left = self.fontMetrics().horizontalAdvance(self._low) + SPACE
        step = (self.width() - self._names()) // len(self._counts)
        floor, wide = self.height() - 1, step * len(self._counts) - GAP
        bar = tint(self._colour, self)
        for number, count in enumerate(self._counts):
            height = round((floor - 1) * count / max(1, *self._counts))
            painter.fillRect(left + number * step, floor - height, step - GAP, height, bar)
        painter.fillRect(left, floor, wide, 1, drawn.faint)
        if self._noise is not None:
            place = left + round(self._noise * wide)
            for top in range(0, floor, 2 * DOT):
                painter.fillRect(place, top, 1, DOT, drawn.text)
        if self._median is not None:
            painter.fillRect(left + round(self._median * wide), 0, 2, floor, drawn.text)
