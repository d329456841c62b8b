"""What was measured beside what is published: to read, to select, to copy."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.parts.plain import one_line, set_tip
from alexnet_app.ui.theme import SPACE

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NUMBERS = (1, 2)  # the columns of numbers
LONGEST = 500  # characters of a cell
LARGEST = 0.6  # of the width for what a row is about


class FindingTable(QTableWidget):
    """Four columns: what, measured, paper, note. As high as its rows, so that it never scrolls by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setHorizontalHeaderLabels([self.tr("Quantity"), self.tr("Measured"), self.tr("Paper"), self.tr("Note")])
        for column in NUMBERS:
            title = self.horizontalHeaderItem(column)
            assert title is not None
            title.setTextAlignment(RIGHT)
        self.setAccessibleName(self.tr("Measured and published values"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        modes = QHeaderView.ResizeMode
        for column, mode in enumerate((modes.Fixed, modes.ResizeToContents, modes.ResizeToContents, modes.Stretch)):
            header.setSectionResizeMode(column, mode)
        self.set_rows([])

    def set_rows(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        """Shows these rows, each text whole in its tooltip."""
        self.setRowCount(len(rows))
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(one_line(text, LONGEST))
                set_tip(item, text)
                if column in NUMBERS:
                    item.setTextAlignment(RIGHT)
                self.setItem(place, column, item)
        height = self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + height * len(rows) + 2)
        self._share_width()

    def _share_width(self) -> None:
        """What a row is about is read first: it has its room, unless that were most of all."""
        wanted = self.sizeHintForColumn(0) + 2 * SPACE
        self.setColumnWidth(0, min(max(wanted, 20 * SPACE), int(LARGEST * self.viewport().width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Uses the new width."""
        super().resizeEvent(event)
        self._share_width()

    def rows(self) -> list[tuple[str, ...]]:
        """What it shows."""
        return [tuple(self._text(row, column) for column in range(4)) for row in range(self.rowCount())]

    def _text(self, row: int, column: int) -> str:
        item = self.item(row, column)
        return item.text() if item is not None else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy means the selected rows; Qt's own means one cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        else:
            super().keyPressEvent(event)

    def copy_rows(self) -> None:
        """Puts the selected rows on the clipboard, their columns parted by tabs."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        copy_rows([self._text(row, column) for column in range(4)] for row in chosen)
