"""Kernels in a grid, one of which can be picked with the mouse or with the arrow keys."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QPainter

from alexnet_app.ui.parts.kernel_layout import Grid
from alexnet_app.ui.parts.kernel_sheet import MARGIN, KernelSheet
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import show_tip
from alexnet_app.ui.theme import colours, tint

FRAME = 3  # logical pixels, around the picked kernel


class KernelGrid(KernelSheet):
    """The kernels, one of which can be picked; ``chosen`` tells its place in what is shown."""

    chosen = Signal(int)

    def __init__(self, colour: QColor) -> None:
        super().__init__()
        self._colour = colour
        self._slices = 1
        self._numbers: tuple[int, ...] = ()
        self.picked: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pressed.connect(self._pick_picture)

    def set_kernels(
        self, kernels: NDArray[np.uint8], columns: int | None, slices: int, numbers: tuple[int, ...]
    ) -> None:
        """Shows ``kernels``, uint8 (count, height, width, 3), ``slices`` pictures each, with their own ``numbers``."""
        self._slices, self._numbers = slices, numbers
        self.set_pictures(kernels, columns, apart=slices > 1)
        if self.picked is not None and self.picked >= self.kernels():
            self.picked = None
        self._describe()

    def set_colour(self, colour: QColor) -> None:
        """Another tower's."""
        self._colour = colour
        self.update()

    def kernels(self) -> int:
        """How many kernels there are."""
        return self.count() // self._slices

    def set_picked(self, index: int | None) -> None:
        """Frames the kernel at ``index``, None for none; emits nothing."""
        before, self.picked = self.picked, index if index is not None and 0 <= index < self.kernels() else None
        for each in {before, self.picked} - {None}:
            self.update(self.frame_of(each))
        self._describe()

    def frame_of(self, index: int | None) -> QRect:
        """Where the kernel's frame is, in logical pixels."""
        if index is None or index >= self.kernels():
            return QRect()
        first = index * self._slices
        whole = self.cell(first).united(self.cell(first + self._slices - 1))
        return whole.adjusted(-MARGIN - 1, -MARGIN - 1, MARGIN + 1, MARGIN + 1)

    def paint_over(self, painter: QPainter, grid: Grid, ratio: float) -> None:
        """Draws the frame of the picked kernel, or the focus."""
        if self.picked is not None:
            first = self.picked * self._slices
            self._frame(painter, grid.cell(first).united(grid.cell(first + self._slices - 1)), ratio)
        elif self.hasFocus():
            _ring(painter, QRect(0, 0, *grid.size), round(2 * ratio), self.palette().highlight().color())

    def _frame(self, painter: QPainter, inside: QRect, ratio: float) -> None:
        """A ring of the window's text colour where the focus is, of its paper otherwise, around the tower's colour."""
        drawn = colours(self)
        wide, thin = max(2, round(FRAME * ratio)), max(1, round(ratio))
        _ring(painter, inside, wide, tint(self._colour, self))
        _ring(painter, inside, thin, drawn.paper)
        outer = inside.adjusted(-wide, -wide, wide, wide)
        _ring(painter, outer, thin, drawn.text if self.hasFocus() else drawn.paper)

    def _pick_picture(self, picture: int) -> None:
        self._pick(picture // self._slices)

    def _pick(self, index: int) -> None:
        self.set_picked(index)
        self.chosen.emit(index)

    def _describe(self) -> None:
        description = "" if self.picked is None else self.named(self.picked)
        if description != self.accessibleDescription():
            self.setAccessibleDescription(description)

    def number(self, index: int) -> int:
        """The number of the kernel at ``index``, from 1."""
        return self._numbers[index] if index < len(self._numbers) else index + 1

    def named(self, index: int) -> str:
        """What the kernel at ``index`` is called."""
        return self.tr("Kernel {number:,}").format(**shown(number=self.number(index)))

    def event(self, event: QEvent) -> bool:
        """Tells what the pointer is on."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def _tell(self, place: QPoint, on_screen: QPoint) -> None:
        found = self.at(place)
        if found is None:
            show_tip(on_screen, "", self)
            return
        kernel, part = divmod(found[0], self._slices)
        text = self.named(kernel)
        if self._slices > 1:
            text = self.tr("{kernel}, input map {part:,}").format(**shown(kernel=text, part=part + 1))
        show_tip(on_screen, text, self, self.cell(found[0]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Picks with the arrow keys, Home and End."""
        grid = self.grid()
        target = None if grid is None else self._target(Qt.Key(event.key()), grid)
        if target is None:
            super().keyPressEvent(event)
        elif target != self.picked:
            self._pick(target)

    def _target(self, key: Qt.Key, grid: Grid) -> int | None:
        """Where ``key`` leads; None for keys that lead nowhere at all."""
        last = self.kernels() - 1
        down = max(1, grid.columns // self._slices)
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -down, Qt.Key.Key_Down: down}
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            return 0 if key == Qt.Key.Key_Home else last
        if key not in moves:
            return None
        if self.picked is None:
            return 0
        target = self.picked + moves[key]
        return target if 0 <= target <= last else self.picked

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame shows where the keys go."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The frame shows where the keys go."""
        super().focusOutEvent(event)
        self.update()


def _ring(painter: QPainter, inside: QRect, width: int, colour: QColor) -> None:
    """A frame ``width`` pixels wide that lies outside ``inside``."""
    outside = inside.adjusted(-width, -width, width, width)
    top, bottom = QRect(outside.x(), outside.y(), outside.width(), width), outside.bottom() + 1 - width
    painter.fillRect(top, colour)
    painter.fillRect(QRect(outside.x(), bottom, outside.width(), width), colour)
    painter.fillRect(QRect(outside.x(), inside.y(), width, inside.height()), colour)
    painter.fillRect(QRect(outside.right() + 1 - width, inside.y(), width, inside.height()), colour)
