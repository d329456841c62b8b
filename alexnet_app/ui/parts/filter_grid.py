"""The kernels of one tower as in the paper's Figure 3: looked at, picked with the mouse or with the arrow keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.kernel_layout import Grid
from alexnet_app.ui.parts.kernel_sheet import MARGIN, KernelSheet, Swatch
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import Label, set_tip, show_tip
from alexnet_app.ui.theme import SPACE, colours

FRAME = 3  # logical pixels, around the picked kernel


class FilterGrid(QWidget):
    """The kernels of one tower under its title; scrolls by itself where they do not fit.

    ``picked`` tells which kernel was chosen, by its place in what is shown, from 0.
    """

    picked = Signal(int)

    def __init__(self, title: str, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._layer, self._verdict = title, "", ""
        self._heading = Label(title)
        self._swatch = Swatch(colour)
        self._note = ElidedLabel(faint=True)
        self._sheet = _Kernels(colour)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._sheet)
        self._lay_out()
        self.setFocusProxy(self._sheet)
        self._sheet.chosen.connect(self._choose)
        self._name()

    def set_kernels(
        self,
        kernels: NDArray[np.uint8],
        columns: int | None = None,
        *,
        slices: int = 1,
        numbers: Sequence[int] = (),
        layer: str = "",
    ) -> None:
        """Shows ``kernels``, uint8 (count, height, width, 3), in rows of ``columns``, or as large as they fit.

        ``slices`` consecutive pictures make one kernel (a later layer's input maps). ``numbers`` are the kernels' own,
        from 1, where they are not shown in their order; ``layer`` is what they are kernels of, such as "conv1".
        """
        self._layer = layer
        self._sheet.set_kernels(kernels, columns, slices, tuple(numbers))
        self._name()

    def clear(self) -> None:
        """Shows the placeholder instead of kernels."""
        self.set_kernels(np.zeros((0, 1, 1, 3), np.uint8))
        self.set_note("")

    def set_title(self, title: str, colour: QColor) -> None:
        """Names another tower."""
        self._title = title
        self._write_heading()
        self._swatch.set_colour(colour)
        self._sheet.set_colour(colour)
        self._name()

    def set_verdict(self, verdict: str, meaning: str = "") -> None:
        """What the tower is like, in a word or two after its title; ``meaning`` is the tooltip. Empty takes it away."""
        self._verdict = verdict
        set_tip(self._heading, meaning)
        self._write_heading()

    def heading(self) -> str:
        """The title and what was said of the tower."""
        return self._heading.text()

    def set_note(self, note: str) -> None:
        """What is said beside the title, such as how many kernels of all are shown."""
        self._note.show_text(note)

    def note(self) -> str:
        """What is said beside the title."""
        return self._note.text()

    def set_placeholder(self, text: str) -> None:
        """What is said while there are no kernels."""
        self._sheet.set_placeholder(text)

    def set_picked(self, index: int | None) -> None:
        """Frames the kernel at ``index``, None for none; emits nothing."""
        self._sheet.set_picked(index)

    def picked_index(self) -> int | None:
        """The framed kernel's place; None if there is none."""
        return self._sheet.picked

    def count(self) -> int:
        """How many kernels are shown."""
        return self._sheet.kernels()

    def sheet(self) -> KernelSheet:
        """The grid itself, without title and scroll bars."""
        return self._sheet

    def _lay_out(self) -> None:
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustIgnored)
        font = self._heading.font()
        font.setBold(True)
        self._heading.setFont(font)
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, 0, MARGIN, 0)
        line.setSpacing(SPACE)
        line.addWidget(self._swatch)
        line.addWidget(self._heading)
        line.addWidget(self._note, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(line)
        layout.addWidget(self._scroll, stretch=1)

    def _choose(self, index: int) -> None:
        self._scroll.ensureVisible(*_centre(self._sheet.frame_of(index)), 3 * SPACE, 3 * SPACE)
        self.picked.emit(index)

    def _write_heading(self) -> None:
        self._heading.setText(f"{self._title} – {self._verdict}" if self._verdict else self._title)

    def _name(self) -> None:
        count = self._sheet.kernels()
        if not count:
            name = self.tr("{tower}, no kernels").format(tower=self._title)
        elif self._layer:
            name = self.tr("{tower}, {count:,} kernels of {layer}")
            name = name.format(**shown(tower=self._title, count=count, layer=self._layer))
        else:
            name = self.tr("{tower}, {count:,} kernels").format(**shown(tower=self._title, count=count))
        if name != self.accessibleName():  # each setting is told to the screen reader
            self.setAccessibleName(name)
            self._sheet.setAccessibleName(name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bar that scrolls down must not make one necessary that scrolls sideways."""
        super().resizeEvent(event)
        self._sheet.set_room(self.width() - self._scroll.verticalScrollBar().sizeHint().width())

    def sizeHint(self) -> QSize:
        """Room for kernels of a good size."""
        return QSize(40 * SPACE, 40 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Room for a handful of kernels; the rest is scrolled."""
        return QSize(20 * SPACE, 16 * SPACE)


class _Kernels(KernelSheet):
    """The kernels, one of which can be picked."""

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
        self._slices, self._numbers = slices, numbers
        self.set_pictures(kernels, columns, apart=slices > 1)
        if self.picked is not None and self.picked >= self.kernels():
            self.picked = None
        self._describe()

    def set_colour(self, colour: QColor) -> None:
        self._colour = colour
        self.update()

    def kernels(self) -> int:
        return self.count() // self._slices

    def set_picked(self, index: int | None) -> None:
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
        if self.picked is not None:
            first = self.picked * self._slices
            self._frame(painter, grid.cell(first).united(grid.cell(first + self._slices - 1)), ratio)
        elif self.hasFocus():
            _ring(painter, QRect(0, 0, *grid.size), round(2 * ratio), self.palette().highlight().color())

    def _frame(self, painter: QPainter, inside: QRect, ratio: float) -> None:
        """A ring of the window's text colour where the focus is, of its paper otherwise, around the tower's colour."""
        drawn = colours(self)
        wide, thin = max(2, round(FRAME * ratio)), max(1, round(ratio))
        _ring(painter, inside, wide, self._colour)
        _ring(painter, inside, thin, drawn.paper)
        outer = inside.adjusted(-wide, -wide, wide, wide)
        _ring(painter, outer, thin, drawn.text if self.hasFocus() else drawn.paper)

    def _pick_picture(self, picture: int) -> None:
        self._pick(picture // self._slices)

    def _pick(self, index: int) -> None:
        self.set_picked(index)
        self.chosen.emit(index)

    def _describe(self) -> None:
        description = "" if self.picked is None else self._named(self.picked)
        if description != self.accessibleDescription():
            self.setAccessibleDescription(description)

    def _named(self, index: int) -> str:
        number = self._numbers[index] if index < len(self._numbers) else index + 1
        return self.tr("Kernel {number:,}").format(**shown(number=number))

    def event(self, event: QEvent) -> bool:
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
        text = self._named(kernel)
        if self._slices > 1:
            text = self.tr("{kernel}, input map {part:,}").format(**shown(kernel=text, part=part + 1))
        show_tip(on_screen, text, self, self.cell(found[0]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
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
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
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


def _centre(place: QRect) -> tuple[int, int]:
    return place.center().x(), place.center().y()
