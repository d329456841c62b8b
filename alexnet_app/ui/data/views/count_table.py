"""How many images each class has in each split, with its share of all as a bar."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import one_line, tip
from alexnet_app.ui.theme import SPACE, colours

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
NAME, TRAIN, VALIDATION, TEST, SHARE = range(5)
LEFT, RIGHT = (
    side | Qt.AlignmentFlag.AlignVCenter for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)


class CountModel(QAbstractTableModel):
    """A row for each class: its name, how many images each split has of it, its share of all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, int, int, int, float]] = []

    def set_rows(self, rows: Sequence[tuple[str, int, int, int]]) -> None:
        """Name, training, validation and test images of each class."""
        total = max(1, sum(sum(counts) for _, *counts in rows))
        self.beginResetModel()
        self._rows = [(one_line(name), *counts, sum(counts) / total) for name, *counts in rows]  # type: ignore[misc]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        """How many classes there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Five."""
        return 5

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Words to read; under UserRole what is sorted by."""
        value = self._rows[index.row()][index.column()]
        if role == Role.UserRole:
            return value
        if role == Role.TextAlignmentRole:
            return LEFT if index.column() == NAME else RIGHT
        if role == Role.ToolTipRole and index.column() == NAME:
            return tip(str(value))
        if role == Role.DisplayRole:
            if isinstance(value, str):
                return value
            return local(f"{value:,}" if isinstance(value, int) else f"{100 * value:.1f} %")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """The names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            names = (self.tr("Class"), self.tr("Train"), self.tr("Validation"), self.tr("Test"), self.tr("Share"))
            return names[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return LEFT if section == NAME else RIGHT
        return None


class _Bars(QStyledItemDelegate):
    """The share as a bar beside its number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        owner = self.parent()
        assert isinstance(owner, QWidget)
        drawn, share = colours(owner), float(index.data(Role.UserRole))
        number = option.fontMetrics.horizontalAdvance("100.0 %") + 2 * SPACE
        room = option.rect.adjusted(SPACE, option.rect.height() // 3, -number, -(option.rect.height() // 3))
        painter.fillRect(room, drawn.grid)
        room.setWidth(max(1, round(share * room.width())))
        painter.fillRect(room, drawn.accent)


class CountTable(QTableView):
    """Sorted by whatever column is clicked; as the classes are numbered at first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Images of each class"))
        self.rows = CountModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.rows)
        self._sorted.setSortRole(Role.UserRole)
        self.setModel(self._sorted)
        self._bars = _Bars(self)
        self.setItemDelegateForColumn(SHARE, self._bars)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(6 * SPACE)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in (TRAIN, VALIDATION, TEST):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(SHARE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(SHARE, self.fontMetrics().horizontalAdvance("100.0 %") + 9 * SPACE)

    def show_counts(self, rows: Sequence[tuple[str, int, int, int]]) -> None:
        """Name, training, validation and test images of each class; a split that has none has no column."""
        self.rows.set_rows(rows)
        for column in (VALIDATION, TEST):
            self.setColumnHidden(column, not any(row[column] for row in rows))
