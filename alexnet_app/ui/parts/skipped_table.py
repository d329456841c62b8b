"""The files that were left out, and why: to read, to select, to copy."""

from collections.abc import Iterable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.parts.plain import TEXT, one_line, tip
from alexnet_app.ui.theme import SPACE

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
LONGEST = 500  # characters of a cell
MEASURED = 200  # rows below the first one in sight: what is cut further down is whole in its tooltip


class SkippedModel(QAbstractTableModel):
    """Path and reason, a row each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str]] = []

    def add(self, rows: Iterable[tuple[str, str]]) -> None:
        """Appends rows, in one change."""
        new = list(rows)
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows += new
            self.endInsertRows()

    def set_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Replaces all."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row(self, number: int) -> tuple[str, str]:
        """Path and reason of a row."""
        return self._rows[number]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        """How many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Two."""
        return 2

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """The text, also as a tooltip where it is cut short."""
        if role not in (Role.DisplayRole, Role.ToolTipRole):
            return None
        text = self._rows[index.row()][index.column()]
        return tip(one_line(text, TEXT)) if role == Role.ToolTipRole else one_line(text, LONGEST)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """The names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return (self.tr("File"), self.tr("Reason"))[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class _Reasons(QStyledItemDelegate):
    """Of a path the end matters, of a reason the beginning."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class SkippedTable(QTableView):
    """A table of what was skipped; Copy puts the selected rows on the clipboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Skipped files"))
        self.skipped = SkippedModel(self)
        self.setModel(self.skipped)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._reasons = _Reasons(self)
        self.setItemDelegateForColumn(1, self._reasons)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setResizeContentsPrecision(MEASURED)
        for changed in (self.skipped.rowsInserted, self.skipped.modelReset):
            changed.connect(self._share_width)
        self.horizontalHeader().setHighlightSections(False)
        self.setFixedHeight(18 * SPACE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shares the width anew."""
        super().resizeEvent(event)
        self._share_width()

    def showEvent(self, event: QShowEvent) -> None:
        """What came while it was out of sight was not measured."""
        super().showEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        """Files get what they need, up to a half; the reasons, which are sentences, all the rest."""
        if self.isVisible():
            header = self.horizontalHeader()
            wanted = max(self.sizeHintForColumn(0), header.sectionSizeHint(0)) + SPACE
            header.resizeSection(0, min(wanted, self.viewport().width() // 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy means the selected rows; Qt's own means one cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        else:
            super().keyPressEvent(event)

    def copy_rows(self) -> None:
        """Puts the selected rows on the clipboard, path and reason parted by a tab."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        copy_rows(self.skipped.row(row) for row in rows)
