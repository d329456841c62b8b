"""One map large, what one number of it sees of the photo, and the products that add up to that number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.inside.views.field_view import FieldView
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.kernel_sheet import Swatch, lone_sheet
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE

Field = tuple[int, int, int, int]  # rows and columns of the photo: top, left, bottom, right


@dataclass(frozen=True, slots=True, eq=False)
class DrawnWalk:
    """How one number comes about, drawn and said: ``kernel``, ``patch`` and ``products`` are uint8 (maps, size, size,
    3) of the same maps.
    """

    kernel: NDArray[np.uint8]
    patch: NDArray[np.uint8]
    products: NDArray[np.uint8]
    sum: str
    inputs: str = ""


class UnitView(QWidget):
    """``pointed`` tells the row and the column of the map that the pointer is on, −1 for none; ``switched`` that the
    map is to be switched off, or on again, ``about_wanted`` that its page is wanted.
    """

    pointed = Signal(int, int)
    switched = Signal(bool)
    about_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("The chosen map"))
        self._title, self._swatch = Label(), Swatch(QColor())
        self.map, self.field = lone_sheet(self.tr("The map, enlarged")), FieldView()
        self._place = ElidedLabel(faint=True)
        self._sum, self._inputs = Label(), Label()
        self._parts = [lone_sheet(each) for each in (self.tr("Kernel"), self.tr("Patch"), self.tr("Products"))]
        self._walk = QWidget()
        self.off = QPushButton(self.tr("Switch off"))
        self.off.setCheckable(True)
        self.about = QPushButton(self.tr("About this map…"))
        set_tip(self.about, self.tr("What it answers to, what it wants, and who uses it"))
        self.about.clicked.connect(self.about_wanted)
        set_tip(self.off, self.tr("Make this map 0 and see what becomes of the answers"))
        self._lay_out()
        self.map.pointed.connect(lambda _, row, column: self.pointed.emit(row, column))
        self.off.clicked.connect(self.switched)
        self.show_walk(None)

    def show_unit(self, title: str, colour: QColor, picture: NDArray[np.uint8], crop: QImage, *, is_off: bool) -> None:
        """Shows a map, uint8 (side, side, 3), and the photo, until the pointer is on one of its numbers."""
        self._title.setText(title)
        self._swatch.set_colour(colour)
        self.map.set_pictures(picture[None])
        self.field.show_picture(crop)
        self.off.setChecked(is_off)
        self.setAccessibleDescription(title)
        self.show_walk(None)

    def set_can_switch(self, possible: bool, why_not: str) -> None:
        """Whether the map can be switched off."""
        self.off.setEnabled(possible)
        set_tip(self.off, self.tr("Make this map 0 and see what becomes of the answers") if possible else why_not)

    def show_number(self, words: str, field: Field | None) -> None:
        """Says a number of the map and frames what it sees of the photo."""
        self._place.show_text(words)
        self.field.show_field(field)

    def show_walk(self, walk: DrawnWalk | None, why_not: str = "") -> None:
        """Shows how the number comes about; None takes that away, and ``why_not`` is said instead."""
        self._walk.setVisible(walk is not None)
        self._sum.setText(walk.sum if walk is not None else why_not)
        self._inputs.setText(walk.inputs if walk is not None else "")
        self._inputs.setVisible(bool(self._inputs.text()))
        if walk is not None:
            for sheet, pictures in zip(self._parts, (walk.kernel, walk.patch, walk.products), strict=True):
                sheet.set_pictures(pictures)

    def told(self) -> Sequence[str]:
        """What is said of the number under the pointer."""
        return self._place.text(), self._sum.text(), self._inputs.text()

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        for label in (self._sum, self._inputs):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._inputs.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        heading = QHBoxLayout()
        heading.setSpacing(SPACE)
        heading.addWidget(self._swatch)
        heading.addWidget(self._title, stretch=1)
        heading.addWidget(self.about)
        heading.addWidget(self.off)
        beside = QHBoxLayout()
        beside.setSpacing(SPACE)
        beside.addWidget(self.map, stretch=1)
        beside.addWidget(self.field, stretch=1)
        grid = QGridLayout(self._walk)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        for column, sheet in enumerate(self._parts):
            name = Label(sheet.accessibleName())
            name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            sheet.setFixedHeight(10 * SPACE)
            grid.addWidget(name, 0, column)
            grid.addWidget(sheet, 1, column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, SPACE, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(heading)
        layout.addLayout(beside, stretch=1)
        for widget in (self._place, self._walk, self._inputs, self._sum):
            layout.addWidget(widget)
