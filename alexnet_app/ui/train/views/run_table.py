"""The table of runs: its rows, what is sorted and found in it, and which columns are seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QFocusEvent, QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from alexnet_app.ui.parts.plain import TEXT, one_line, tip, visible
from alexnet_app.ui.theme import SPACE

NAME = "name"
USUAL = (NAME, "error", "state")  # columns that are seen until others are chosen
LATEST = "changed"  # what the runs are sorted by until a person sorts them
DETAIL = 500  # characters of what a tooltip says of a run
WIDEST = 26 * SPACE  # pixels of a column
NAME_LEAST, NAME_AMONG_MANY = 10 * SPACE, 22 * SPACE  # of that of the name; of that beside more than are usual

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class RunCell:
    """What stands in a column of a run, and by what it is sorted: a number or a text; None where there is nothing,
    which comes last.
    """

    text: str
    order: float | str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it is shown: ``detail`` says all of it in lines, such as "12 of 60 epochs, 18.2 % error"; ``cells`` by
    the names of the columns; ``words`` is where it is found by.
    """

    path: str
    name: str
    detail: str
    can_resume: bool
    is_training: bool
    cells: Mapping[str, RunCell] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    archived: bool = False
    words: str = ""


class RunTableModel(QAbstractTableModel):
    """The runs as rows; ``names`` are the columns with their headings."""

    def __init__(self, names: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.columns, self._heads = tuple(names), tuple(names.values())
        self.rows: list[RunRow] = []
        self._slanted = QFont(parent.font())
        self._slanted.setItalic(True)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Shows these."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """How many runs there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """How many columns there are, seen or not."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The headings."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What Qt asks of a cell."""
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(self.cell(index).text)
            case Qt.ItemDataRole.ToolTipRole:
                return tip(f"{one_line(row.name)}\n{visible(row.detail, DETAIL)}\n{one_line(row.path, TEXT)}")
            case Qt.ItemDataRole.TextAlignmentRole:
                is_number = isinstance(self.cell(index).order, float) and self.columns[index.column()] != LATEST
                side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.FontRole if row.archived:
                return self._slanted
        return None

    def cell(self, index: Index) -> RunCell:
        """The cell at ``index``."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        return row.cells.get(column) or RunCell(row.name if column == NAME else "")


class FoundRows(QSortFilterProxyModel):
    """The runs that are looked for, sorted: each word of ``wanted`` is in them, archived ones only where wished."""

    def __init__(self, model: RunTableModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._words, self._archived = model, tuple[str, ...](), False
        self.setSourceModel(model)

    def find(self, wanted: str, *, archived: bool) -> None:
        """Leaves only these."""
        self._words, self._archived = tuple(wanted.casefold().split()), archived
        self.invalidate()  # one of the two that are in every version of Qt

    def filterAcceptsRow(self, row: int, _: Index) -> bool:
        """Whether the run is one of them."""
        run = self._model.rows[row]
        return (self._archived or not run.archived) and all(word in run.words for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        """Numbers by size, texts by letters, nothing last in either order."""
        one, other = self._model.cell(left).order, self._model.cell(right).order
        if one is None or other is None:
            is_down = self.sortOrder() == Qt.SortOrder.DescendingOrder
            return one is not other and (one is None) == is_down
        if isinstance(one, str) or isinstance(other, str):
            return str(one).casefold() < str(other).casefold()
        return one < other


class RunTable(QTableView):
    """``picked`` when other runs are chosen. ``columns`` is the menu of its columns."""

    picked = Signal()

    def __init__(self, names: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunTableModel(names, self)
        self.found = FoundRows(self.runs, self)
        self.setModel(self.found)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        self._make_columns(names)
        self.selectionModel().selectionChanged.connect(lambda *_: self.picked.emit())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What the keys lead to is seen as chosen: it is what a button would act on."""
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_key and self.found.rowCount() and not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))

    def _make_columns(self, names: Mapping[str, str]) -> None:
        self.columns = QMenu(self.tr("Columns"), self)
        self._switches: dict[str, QAction] = {}
        for name, text in names.items():
            if name != NAME:
                action = self.columns.addAction(text)
                action.setCheckable(True)
                action.toggled.connect(self._show_columns)
                self._switches[name] = action
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(lambda place, *_: self._fit_name() if place else None)
        header.setMaximumSectionSize(WIDEST)
        header.setResizeContentsPrecision(100)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        header.setSortIndicatorShown(True)
        self.setSortingEnabled(True)
        self.want_columns(",".join(USUAL))
        self.want_order(f"{LATEST} descending")

    def _offer_columns(self, place: QPoint) -> None:
        self.columns.popup(self.horizontalHeader().viewport().mapToGlobal(place))

    def _show_columns(self) -> None:
        for place, name in enumerate(self.runs.columns):
            self.setColumnHidden(place, name != NAME and not self._switches[name].isChecked())
        self._fit_name()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The name takes what the other columns leave."""
        super().resizeEvent(event)
        self._fit_name()

    def _fit_name(self) -> None:
        header = self.horizontalHeader()
        left = self.viewport().width() - (header.length() - header.sectionSize(0))
        are_many = header.count() - header.hiddenSectionCount() > len(USUAL)
        header.resizeSection(0, max(NAME_AMONG_MANY if are_many else NAME_LEAST, left))

    def columns_wanted(self) -> str:
        """The columns that are seen, with commas."""
        return ",".join((NAME, *(name for name, action in self._switches.items() if action.isChecked())))

    def want_columns(self, names: str) -> None:
        """Shows the columns ``names``; what is none is passed over."""
        for name, action in self._switches.items():
            action.setChecked(name in names.split(","))
        self._show_columns()

    def order_wanted(self) -> str:
        """By which column the runs are sorted, and how."""
        is_up = self.found.sortOrder() == Qt.SortOrder.AscendingOrder
        return f"{self.runs.columns[max(0, self.found.sortColumn())]} {'ascending' if is_up else 'descending'}"

    def want_order(self, wanted: str) -> None:
        """Sorts as ``order_wanted`` says it; ValueError for what is no column."""
        name, _, how = wanted.partition(" ")
        order = Qt.SortOrder.DescendingOrder if how == "descending" else Qt.SortOrder.AscendingOrder
        self.sortByColumn(self.runs.columns.index(name), order)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Shows these runs; the choice and the place stay where their runs are still there."""
        if rows == self.runs.rows:
            return
        chosen, current, place = set(self.paths()), self.path(), self.verticalScrollBar().value()
        self.runs.show_rows(rows)
        self.select(chosen, current)
        self.verticalScrollBar().setValue(place)
        self.picked.emit()

    def shown(self) -> list[RunRow]:
        """The runs that are seen, in their order."""
        indices = (self.found.index(row, 0) for row in range(self.found.rowCount()))
        return [self.runs.rows[self.found.mapToSource(index).row()] for index in indices]

    def chosen(self) -> list[RunRow]:
        """The chosen runs, in the order in which they are seen."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        shown = self.shown() if places else []
        return [shown[place] for place in places]

    def paths(self) -> list[str]:
        """Where the chosen runs are."""
        return [row.path for row in self.chosen()]

    def path(self) -> str:
        """Where the run is that was chosen last; empty where none is."""
        index = self.currentIndex()
        if not index.isValid() or not self.selectionModel().isRowSelected(index.row(), QModelIndex()):
            return next(iter(self.paths()), "")
        return self.runs.rows[self.found.mapToSource(index).row()].path

    def select(self, paths: set[str], current: str) -> None:
        """Chooses the runs at ``paths``."""
        model, rows = self.selectionModel(), QItemSelectionModel.SelectionFlag.Rows
        for place, row in enumerate(self.shown()):
            if row.path == current:
                model.setCurrentIndex(self.found.index(place, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            if row.path in paths:
                model.select(self.found.index(place, 0), QItemSelectionModel.SelectionFlag.Select | rows)
