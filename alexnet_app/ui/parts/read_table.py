"""A table to read, to select and to copy."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.parts.plain import TEXT, one_line
from alexnet_app.ui.theme import SPACE


class ReadTable(QTableWidget):
    """A table to read: words to the left, numbers from the column ``words`` on to the right; Copy takes whole rows.

    Columns are as wide as their texts; with ``shares`` of the width, texts wrap in them.
    """

    def __init__(self, names: Sequence[str], words: int = 99, *, shares: Sequence[int] = ()) -> None:
        super().__init__(0, len(names))
        self._words, self._shares = words, tuple(shares)
        self._rows: list[Sequence[str]] = []
        self.setItemDelegate(_Roomy(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(bool(shares))
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        if not shares:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column, name in enumerate(names):
            self.setHorizontalHeaderItem(column, self._item(name, column, bold=False))

    def fill(self, rows: Sequence[Sequence[str]], *, last_is_sum: bool = False) -> None:
        """Shows ``rows`` in place of those that are there; the last one bold where it is a sum."""
        self._rows = [row for row in rows if row]
        self.setRowCount(len(self._rows))
        for place, row in enumerate(self._rows):
            is_sum = last_is_sum and place == len(self._rows) - 1
            for column, text in enumerate(row):
                self.setItem(place, column, self._item(text, column, bold=is_sum))
        self.resizeRowsToContents()

    def texts(self) -> list[list[str]]:
        """What is shown, row by row."""
        return [list(row) for row in self._rows]

    def _item(self, text: str, column: int, *, bold: bool) -> QTableWidgetItem:
        item = QTableWidgetItem(one_line(text, TEXT))
        item.setTextAlignment(self._alignment(column))
        font = item.font()
        font.setBold(bold)
        item.setFont(font)
        return item

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column >= self._words else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wraps the texts anew."""
        super().resizeEvent(event)
        for column, share in enumerate(self._shares):
            self.setColumnWidth(column, self.viewport().width() * share // sum(self._shares))
        if self._shares:
            self.resizeRowsToContents()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy means the selected rows; Qt's own means one cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
            texts = self.texts()
            copy_rows(texts[row] for row in chosen)
        else:
            super().keyPressEvent(event)


class _Roomy(QStyledItemDelegate):
    """Leaves room between rows and columns."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(SPACE, SPACE)
