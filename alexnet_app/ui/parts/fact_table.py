"""A narrow table of labels and values."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE


class FactTable(QWidget):
    """Labels on the left, values right-aligned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[tuple[Label, Label]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(MARGIN, 0, MARGIN, 0)
        self._grid.setVerticalSpacing(SPACE // 4)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setColumnStretch(1, 1)

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Shows ``rows``, a label and a value each, in place of those that are there."""
        while len(self._cells) < len(rows):
            self._add()
        for number, cells in enumerate(self._cells):
            label, value = rows[number] if number < len(rows) else ("", "")
            for cell, text in zip(cells, (label, value), strict=True):
                if cell.text() != text:  # each text that is set lays out all that is around it
                    cell.setText(text)
                cell.setVisible(number < len(rows))

    def rows(self) -> list[tuple[str, str]]:
        """What is shown."""
        return [(label.text(), value.text()) for label, value in self._cells if label.text()]

    def _add(self) -> None:
        label, value = Label(), Label()
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._grid.addWidget(label, len(self._cells), 0)
        self._grid.addWidget(value, len(self._cells), 1)
        self._cells.append((label, value))
