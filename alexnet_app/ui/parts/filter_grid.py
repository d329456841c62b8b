"""The kernels of one tower as in the paper's Figure 3: looked at, picked with the mouse or with the arrow keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.kernel_grid import KernelGrid
from alexnet_app.ui.parts.kernel_sheet import MARGIN, KernelSheet, Swatch
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE


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
        self._sheet = self.made_of(colour)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._sheet)
        self._lay_out()
        self.setFocusProxy(self._sheet)
        self._sheet.chosen.connect(self._choose)
        self._name()

    @staticmethod
    def made_of(colour: QColor) -> KernelGrid:
        """The grid itself, for what is no kernel another one."""
        return KernelGrid(colour)

    def spoken(self, title: str, count: int, layer: str) -> str:
        """What a screen reader says of it."""
        if not count:
            return self.tr("{tower}, no kernels").format(tower=title)
        if layer:
            name = self.tr("{tower}, {count:,} kernels of {layer}")
            return name.format(**shown(tower=title, count=count, layer=layer))
        return self.tr("{tower}, {count:,} kernels").format(**shown(tower=title, count=count))

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
        name = self.spoken(self._title, self._sheet.kernels(), self._layer)
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


def _centre(place: QRect) -> tuple[int, int]:
    return place.center().x(), place.center().y()
