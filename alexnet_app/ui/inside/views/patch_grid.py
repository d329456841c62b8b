"""Patches of real images in three rows, of which one can be opened with the mouse or with the keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alexnet_app.ui.inside.views.opening_grid import OpeningGrid
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE

COLUMNS = 3
SIDES = (64, 96)  # pixels of a patch, where there is little room, and where there is much


class PatchGrid(QWidget):
    """Patches under their title; ``opened`` tells the place of one that was clicked."""

    opened = Signal(int)

    def __init__(self, title: str, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = _Patches(colour)
        self.sheet.setAccessibleName(title)
        self._pictures: Sequence[NDArray[np.uint8]] = ()
        self._large = True
        self.set_large(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Label(title))
        layout.addWidget(self.sheet)
        self.sheet.opened.connect(self.opened)

    def show_patches(self, pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str]) -> None:
        """Shows ``pictures``, uint8 (count, side, side, 3) for each of ``SIDES``, each with what is said of it."""
        self._pictures, self.sheet.captions = pictures, tuple(captions)
        self.sheet.set_picked(None)
        self._draw()

    def set_large(self, large: bool) -> None:
        """Whether there is much room."""
        if large != self._large:
            self._large = large
            room = COLUMNS * SIDES[large] + 2 * SPACE
            self.sheet.setFixedHeight(room)
            self.sheet.setMinimumWidth(room)
            self._draw()

    def _draw(self) -> None:
        if self._pictures:
            self.sheet.set_kernels(self._pictures[self._large], COLUMNS, 1, ())

    def captions(self) -> tuple[str, ...]:
        """What is said of each."""
        return self.sheet.captions


class _Patches(OpeningGrid):
    def __init__(self, colour: QColor) -> None:
        self.captions: tuple[str, ...] = ()
        super().__init__(colour)
        policy = self.sizePolicy()
        policy.setHeightForWidth(False)
        self.setSizePolicy(policy)
        self.pressed.connect(self.opened)

    def named(self, index: int) -> str:
        """What is said of the patch at ``index``."""
        return self.captions[index] if index < len(self.captions) else ""
