"""The table beside the plots: which plot's values, and all of them, however many."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.curves.values import PlotValues
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import Label, one_line, tip
from alexnet_app.ui.theme import SPACE

Index = QModelIndex | QPersistentModelIndex
MOST_COPIED = 100_000  # rows; more belong into a file
NOTHING = PlotValues("", (), range(0))


class ValuesModel(QAbstractTableModel):
    """The rows of a plot, each read when it is drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = NOTHING
        self._row, self._read = -1, [0.0]

    def show_values(self, values: PlotValues) -> None:
        """Shows other values; the same ones with more rows behind are only made longer."""
        titles = [each.title for each in values.columns]
        grown = titles == [each.title for each in self.values.columns] and len(values.steps) >= len(self.values.steps)
        first, last = len(self.values.steps), len(values.steps) - 1
        self._row = -1
        if not grown or not first:
            self.beginResetModel()
            self.values = values
            self.endResetModel()
        elif last >= first:
            self.beginInsertRows(QModelIndex(), first, last)
            self.values = values
            self.endInsertRows()
        else:
            self.values = values
            self.dataChanged.emit(self.index(0, 0), self.index(last, len(titles) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        """A row for each step, or each epoch."""
        return 0 if parent.isValid() else len(self.values.steps)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Steps and values."""
        return 0 if parent.isValid() else len(self.values.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the values are."""
        if orientation == Qt.Orientation.Horizontal and section < len(self.values.columns):
            title = self.values.columns[section].title
            if role == Qt.ItemDataRole.DisplayRole:
                return one_line(title)
            if role == Qt.ItemDataRole.ToolTipRole:
                return tip(title)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A value; nothing where there is none."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.texts(index.row())[index.column()]

    def texts(self, row: int) -> list[str]:
        """A row as it is shown."""
        if row != self._row:
            self._row, self._read = row, self.values.block(row, row + 1)[0].tolist()
        pairs = zip(self.values.columns, self._read, strict=True)
        return ["" if math.isnan(value) else column.text(value) for column, value in pairs]


class ValuesTable(QTableView):
    """Many rows of numbers, to be read and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ValuesModel(self)
        self.setModel(self.rows)
        self.setAccessibleName(self.tr("Values of the plot"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE // 2)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def fit(self) -> None:
        """Makes columns as wide as their names, within reason."""
        header = self.horizontalHeader()
        for column, each in enumerate(self.rows.values.columns):
            named = header.fontMetrics().horizontalAdvance(one_line(each.title)) + 3 * SPACE
            header.resizeSection(column, max(9 * SPACE, min(named, 22 * SPACE)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy takes whole rows, under their names."""
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        rows: list[int] = []
        parts = [*self.selectionModel().selection()]  # type: ignore[misc]  # a list, whatever its hints say
        for part in sorted(parts, key=lambda part: part.top()):
            rows += range(part.top(), min(part.bottom() + 1, part.top() + MOST_COPIED - len(rows)))
        copy_rows([[each.title for each in self.rows.values.columns], *(self.rows.texts(row) for row in rows)])


class ValuesPane(QWidget):
    """``wanted`` asks for the values of another plot."""

    wanted = Signal()

    def __init__(self, save: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ValuesTable()
        self._plots = EntryBox()
        self._plots.setAccessibleName(self.tr("Plot whose values are shown"))
        self._plots.activated.connect(lambda _: self.wanted.emit())
        self._count = Label()
        self._save = QToolButton()
        self._save.setDefaultAction(save)
        self._save.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        line = QHBoxLayout()
        line.setSpacing(SPACE // 2)
        line.addWidget(self._plots)
        line.addStretch(1)
        line.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE // 2, 0, SPACE // 2, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(line)
        layout.addWidget(self.table, stretch=1)

    def offer(self, plots: Sequence[str]) -> None:
        """The plots that are shown, by their names."""
        if [self._plots.itemText(place) for place in range(self._plots.count())] != list(plots):
            chosen = max(self._plots.currentIndex(), 0)
            self._plots.clear()
            self._plots.addItems(list(plots))
            self._plots.setCurrentIndex(min(chosen, len(plots) - 1))

    def part(self) -> int:
        """Which plot is chosen."""
        return max(self._plots.currentIndex(), 0)

    def show_values(self, values: PlotValues) -> None:
        """Shows these."""
        before = [each.title for each in self.table.rows.values.columns]
        self.table.rows.show_values(values)
        if before != [each.title for each in values.columns]:
            self.table.fit()
