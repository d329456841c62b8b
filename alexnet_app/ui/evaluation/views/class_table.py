"""How often each class was named wrongly: a table with bars, sorted by whatever column is clicked."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
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
ARROW = "\N{EM SPACE}"  # room for what tells the order: it is drawn over the end of a title that is aligned right
NAME, PICTURES, WRONG, ERROR = range(4)
LEFT, RIGHT = (
    side | Qt.AlignmentFlag.AlignVCenter for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)


class ClassModel(QAbstractTableModel):
    """Name, pictures, wrong ones and their share, a row for each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, int, int, float]] = []

    def set_rows(self, rows: Sequence[tuple[str, int, int]]) -> None:
        """Name, how many pictures, how many of them wrong."""
        self.beginResetModel()
        self._rows = [(one_line(name), count, wrong, wrong / count if count else 0.0) for name, count, wrong in rows]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        """How many classes there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Four."""
        return 4

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
            return value if isinstance(value, str) else self._number(value, index.row())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """The names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            name = (self.tr("Class"), self.tr("Images"), self.tr("Wrong"), self.tr("Error"))[section]
            return name if section == NAME else name + ARROW
        if orientation == Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return LEFT if section == NAME else RIGHT
        return None

    def _number(self, value: float, row: int) -> str:
        if isinstance(value, int):
            return local(f"{value:,}")
        return local(f"{100 * value:.1f} %") if self._rows[row][PICTURES] else "–"


class _Bars(QStyledItemDelegate):
    """The share as a bar behind its number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The bar first, then the number as any cell has it."""
        drawn, share = colours(self._table()), float(index.data(Role.UserRole))
        number = option.fontMetrics.horizontalAdvance("100.0 %") + 2 * SPACE
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, option.palette.highlight())
        room = option.rect.adjusted(SPACE, option.rect.height() // 3, -number, -(option.rect.height() // 3))
        painter.fillRect(room, drawn.grid)
        painter.fillRect(
            QRect(
                room.topLeft(),
                room.size().scaled(round(share * room.width()), room.height(), Qt.AspectRatioMode.IgnoreAspectRatio),
            ),
            option.palette.highlightedText() if selected else drawn.accent,
        )
        painter.setPen(option.palette.highlightedText().color() if selected else drawn.text)
        painter.drawText(option.rect.adjusted(0, 0, -SPACE, 0), RIGHT, index.data())

    def _table(self) -> QWidget:
        table = self.parent()
        assert isinstance(table, QWidget)
        return table


class ClassTable(QTableView):
    """``picked`` tells the number of the class whose row is chosen, −1 for none."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Errors of each class"))
        self.rows = ClassModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.rows)
        self._sorted.setSortRole(Role.UserRole)
        self.setModel(self._sorted)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._bars = _Bars(self)
        self.setItemDelegateForColumn(ERROR, self._bars)
        self.setSortingEnabled(True)
        self.sortByColumn(ERROR, Qt.SortOrder.DescendingOrder)
        self._lay_out()
        self.selectionModel().selectionChanged.connect(self._tell)

    def _lay_out(self) -> None:
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(6 * SPACE)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(ERROR, QHeaderView.ResizeMode.Fixed)
        for column in (PICTURES, WRONG):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.resizeSection(ERROR, self.fontMetrics().horizontalAdvance("100.0 %") + 10 * SPACE)

    def set_rows(self, rows: Sequence[tuple[str, int, int]]) -> None:
        """Name, pictures and wrong ones of each class; the order that was asked for stays."""
        self.rows.set_rows(rows)
        self.picked.emit(-1)

    def names(self) -> list[str]:
        """The classes from top to bottom."""
        return [str(self._sorted.index(row, NAME).data()) for row in range(self._sorted.rowCount())]

    def pick(self, number: int) -> None:
        """Chooses the row of a class."""
        self.selectRow(self._sorted.mapFromSource(self.rows.index(number, NAME)).row())

    def _tell(self) -> None:
        chosen = self.selectionModel().selectedRows()
        self.picked.emit(self._sorted.mapToSource(chosen[0]).row() if chosen else -1)
