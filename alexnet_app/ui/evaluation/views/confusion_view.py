"""Which classes are taken for which: a square of cells, row the true class, column the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.theme import SPACE, colours

LARGEST_CELL = 5 * SPACE
LONGEST_NAME = 16 * SPACE
ARROWS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cells lie, in logical pixels: a cell is ``cell`` wide, or ``classes`` classes share one pixel."""

    left: int
    top: int
    cell: int
    classes: int
    side: int
    named: bool


class ConfusionView(QWidget):
    """The cells as large as there is room, every one equally large. ``pointed`` tells the true and the answered class
    of the cell that the pointer or the keys are on, −1 for none; ``picked`` those of one with images that was clicked,
    or on which Return was pressed.
    """

    pointed = Signal(int, int)
    picked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._shares: NDArray[np.float64] = np.zeros((0, 0))
        self._names: list[str] = []
        self._cell = (-1, -1)
        self._row = -1
        self._drawn: tuple[tuple[int, str], QImage] | None = None
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_counts(self, counts: NDArray[np.int64], names: Sequence[str]) -> None:
        """How often each class (row) got each answer (column), with the names of both."""
        self._counts, self._names = counts, [one_line(name) for name in names]
        self._shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
        self._drawn, self._row = None, -1
        self._point(-1, -1)
        self.update()

    def set_row(self, row: int) -> None:
        """Frames the row of a class, −1 for none."""
        self._row = row
        self.update()

    def text(self, true: int, answered: int) -> str:
        """What a cell says."""
        count, all_ = int(self._counts[true, answered]), int(self._counts[true].sum())
        words = self.tr("{true} → {answered}: {count:,} of {all:,}, {share:.1f} %")
        share = 100 * self._shares[true, answered]
        return words.format(
            **shown(true=self._names[true], answered=self._names[answered], count=count, all=all_, share=share)
        )

    def cell(self, true: int, answered: int) -> QRect:
        """Where a cell lies in the widget."""
        place = self._place()
        x, y = place.left + answered * place.cell // place.classes, place.top + true * place.cell // place.classes
        return QRect(x, y, place.cell, place.cell)

    def at(self, point: QPoint) -> tuple[int, int]:
        """The true and the answered class of the cell at ``point``, −1 for none."""
        place, count = self._place(), len(self._counts)
        row = (point.y() - place.top) * place.classes // place.cell
        column = (point.x() - place.left) * place.classes // place.cell
        return (row, column) if 0 <= row < count and 0 <= column < count else (-1, -1)

    def sizeHint(self) -> QSize:
        """Room for ten classes with their names."""
        return QSize(56 * SPACE, 48 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Room for cells that can be told apart."""
        return QSize(32 * SPACE, 26 * SPACE)

    def _place(self) -> _Place:
        count, line = max(1, len(self._counts)), self.fontMetrics().height()
        names = self._name_width()
        for named, margin in ((True, names + line), (False, line + SPACE)):
            side = max(1, min(self.width(), self.height()) - margin - 2)
            cell = min(LARGEST_CELL, side // count)
            if not named or cell >= line - 2:
                break
        classes = 1 if cell else -(-count // side)
        cell = max(1, cell)
        used = -(-count * cell // classes)
        left = margin + max(0, (self.width() - margin - used) // 2)
        return _Place(left, margin + max(0, (self.height() - margin - used) // 2), cell, classes, used, named)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws names, cells, and the frames of what is chosen."""
        if not len(self._counts):
            return
        painter, place, drawn = QPainter(self), self._place(), colours(self)
        square = QRect(place.left, place.top, place.side, place.side)
        painter.drawImage(square, self._image(place.classes))
        if place.cell >= SPACE // 2 + 1 and place.classes == 1:
            self._draw_lines(painter, place, drawn.grid)
        self._draw_numbers(painter, place)
        self._draw_titles(painter, place)
        if place.named:
            self._draw_names(painter, place)
        painter.setPen(QPen(drawn.text, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._row >= 0:
            painter.drawRect(
                self.cell(self._row, 0).united(self.cell(self._row, len(self._counts) - 1)).adjusted(-1, -1, 0, 0)
            )
        if self._cell[0] >= 0:
            painter.setPen(QPen(drawn.text, 2))
            painter.drawRect(self.cell(*self._cell))

    def _image(self, classes: int) -> QImage:
        """One pixel a cell; of classes that share a pixel the largest share shows."""
        drawn = colours(self)
        key = (classes, drawn.paper.name())
        if self._drawn is None or self._drawn[0] != key:
            pad = -len(self._shares) % classes
            shares = np.pad(self._shares, ((0, pad), (0, pad)))
            blocks = len(shares) // classes
            most = shares.reshape(blocks, classes, blocks, classes).max(axis=(1, 3))
            shades = np.sqrt(most)  # rare mistakes are to be seen beside what is right
            ends = [_rgb(colour) for colour in (drawn.paper, drawn.accent)]
            pixels = ends[0] + shades[:, :, None] * (ends[1] - ends[0])
            self._drawn = key, to_qimage(np.round(pixels).astype(np.uint8))
        return self._drawn[1]

    def _draw_lines(self, painter: QPainter, place: _Place, colour: QColor) -> None:
        painter.setPen(QPen(colour, 1))
        for number in range(len(self._counts) + 1):
            along = number * place.cell - (number > 0)  # on the last pixel of each cell
            painter.drawLine(place.left + along, place.top, place.left + along, place.top + place.side - 1)
            painter.drawLine(place.left, place.top + along, place.left + place.side - 1, place.top + along)

    def _draw_numbers(self, painter: QPainter, place: _Place) -> None:
        widest = self.fontMetrics().horizontalAdvance(local(f"{self._counts.max():,}"))
        if place.classes > 1 or place.cell < widest + SPACE // 2:
            return
        drawn = colours(self)
        for row, column in np.argwhere(self._counts > 0).tolist():
            dark = self._shares[row, column] > 0.3
            painter.setPen(drawn.paper if dark else drawn.text)
            painter.drawText(
                self.cell(row, column), Qt.AlignmentFlag.AlignCenter, local(f"{self._counts[row, column]:,}")
            )

    def _draw_titles(self, painter: QPainter, place: _Place) -> None:
        line = self.fontMetrics().height()
        painter.setPen(colours(self).faint)
        middle = Qt.AlignmentFlag.AlignHCenter
        names = self._name_width() if place.named else SPACE // 2
        painter.drawText(QRect(place.left, place.top - names - line, place.side, line), middle, self.tr("answered"))
        painter.save()
        painter.translate(place.left - names - line, place.top + place.side)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, place.side, line), middle, self.tr("true class"))
        painter.restore()

    def _draw_names(self, painter: QPainter, place: _Place) -> None:
        drawn, measure, room = colours(self), self.fontMetrics(), self._name_width()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for number, name in enumerate(self._names):
            text = measure.elidedText(name, Qt.TextElideMode.ElideRight, room - SPACE)
            painter.setPen(drawn.text if number in self._cell else drawn.faint)
            along = number * place.cell
            painter.drawText(QRect(place.left - room, place.top + along, room - SPACE // 2, place.cell), right, text)
            painter.save()
            painter.translate(place.left + along, place.top - SPACE // 2)
            painter.rotate(-90)
            painter.drawText(QRect(0, 0, room, place.cell), left, text)
            painter.restore()

    def _name_width(self) -> int:
        """Room for the longest name; a letter's fraction of a pixel is rounded up."""
        widest = max(map(self.fontMetrics().horizontalAdvance, self._names or [""])) + 2
        return min(LONGEST_NAME, widest, min(self.width(), self.height()) // 3) + SPACE

    def _point(self, true: int, answered: int) -> None:
        if (true, answered) != self._cell:
            self._cell = (true, answered)
            self.setAccessibleDescription(self.text(true, answered) if true >= 0 else "")
            self.pointed.emit(true, answered)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells what the pointer is on."""
        self._point(*self.at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Picks the cell under the pointer."""
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pick(*self.at(event.position().toPoint()))

    def _pick(self, true: int, answered: int) -> None:
        if true >= 0 and self._counts[true, answered]:
            self.picked.emit(true, answered)

    def leaveEvent(self, event: QEvent) -> None:
        """Tells that it is on nothing."""
        self._point(-1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from cell to cell; Return picks one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cell[0] >= 0:
            self._pick(*self._cell)
            return
        step = ARROWS.get(Qt.Key(event.key()))
        if step is None or not len(self._counts):
            super().keyPressEvent(event)
            return
        last = len(self._counts) - 1
        now = self._cell if self._cell[0] >= 0 else (0, -1)
        self._point(*(min(last, max(0, at + by)) for at, by in zip(now, step, strict=True)))

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _rgb(colour: QColor) -> NDArray[np.float64]:
    return np.array((colour.red(), colour.green(), colour.blue()), np.float64)
