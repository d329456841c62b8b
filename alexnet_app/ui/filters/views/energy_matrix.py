"""Of which tower what a tower reads: a row for each reader, a column for each tower it reads."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B, colours

ROW = 4 * SPACE  # pixels


class EnergyMatrix(QWidget):
    """Each share as a number, on the colour of the tower that is read: the larger the share, the stronger."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._readers: tuple[str, ...] = ()
        self._sources: tuple[str, ...] = ()
        self._shares: tuple[tuple[float, ...], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(
        self, readers: Sequence[str], sources: Sequence[str], shares: Sequence[Sequence[float]], said: str
    ) -> None:
        """Shows the ``shares``, 0 to 1, a row for each of ``readers``, a column for each of ``sources``; ``said`` is
        read out.
        """
        self._readers, self._sources = tuple(readers), tuple(sources)
        self._shares = tuple(tuple(row) for row in shares)
        self.setAccessibleName(said)
        self.updateGeometry()
        self.update()

    def shares(self) -> tuple[tuple[float, ...], ...]:
        """What is shown."""
        return self._shares

    def sizeHint(self) -> QSize:
        """A row for each reader below the names of the towers."""
        return QSize(self._names() + 18 * SPACE, self._head() + ROW * len(self._readers))

    def minimumSizeHint(self) -> QSize:
        """Room for the numbers."""
        return QSize(self._names() + 14 * SPACE, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The names, the cells, the numbers."""
        painter, drawn, head, left = QPainter(self), colours(self), self._head(), self._names()
        wide = (self.width() - left) // max(1, len(self._sources))
        painter.setPen(drawn.faint)
        for column, name in enumerate(self._sources):
            painter.drawText(QRect(left + column * wide, 0, wide, head), Qt.AlignmentFlag.AlignHCenter, name)
        for row, (name, shares) in enumerate(zip(self._readers, self._shares, strict=True)):
            top = head + row * ROW
            painter.setPen(drawn.faint)
            beside = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(0, top, left, ROW), beside, name)
            for column, share in enumerate(shares):
                cell = QRect(left + column * wide, top, wide - 2, ROW - 2)
                colour = QColor((TOWER_A, TOWER_B)[column])
                colour.setAlphaF(min(1.0, max(0.0, share)) * 0.6)  # the number on it stays readable
                painter.fillRect(cell, drawn.paper)
                painter.fillRect(cell, colour)
                painter.setPen(drawn.text)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, percent(share, 1))

    def _head(self) -> int:
        return self.fontMetrics().height() + SPACE // 2

    def _names(self) -> int:
        return max((self.fontMetrics().horizontalAdvance(each) for each in self._readers), default=0) + SPACE
