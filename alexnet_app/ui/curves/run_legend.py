"""The legend of many runs: how each is drawn, its name, and its values at the pointer; a click hides a run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.curves.compared import IN_FRONT
from alexnet_app.ui.curves.looks import CurveLook
from alexnet_app.ui.parts.plain import one_line, tip
from alexnet_app.ui.theme import SPACE, colours

Index = QModelIndex | QPersistentModelIndex
SIGN = QSize(4 * SPACE, 2 * SPACE)
LEAST = 18 * SPACE  # pixels of the column of names, with sign and box


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A run: its look, and its values as texts, each maybe with its difference to the baseline."""

    key: str
    name: str
    look: CurveLook
    hidden: bool
    is_baseline: bool
    values: tuple[str, ...]


def difference(value: float, base: float, form: str) -> str:
    """``value`` as a difference to ``base``, with its sign; empty where either is not known."""
    apart = value - base
    return "" if not math.isfinite(apart) else format(apart, f"+{form}").replace("-", "−")


def sign(look: CurveLook, colour: QColor, ratio: float) -> QPixmap:
    """How a run is drawn, as a small picture."""
    picture = QPixmap(SIGN * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    pen = QPen(colour, 2, look.style)
    if look.dashes:
        pen.setDashPattern([each / 2 for each in look.dashes])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(0, SPACE, SIGN.width(), SPACE)
    painter.end()
    return picture


class LegendModel(QAbstractTableModel):
    """The rows of the legend under the names of the values."""

    toggled = Signal(str)

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._names: tuple[str, ...] = ()
        self.rows: list[LegendRow] = []
        self._signs: dict[tuple[CurveLook, int, float], QPixmap] = {}

    def show_rows(self, names: Sequence[str], rows: Sequence[LegendRow]) -> None:
        """Shows ``rows``; where only values changed nothing else is drawn anew."""
        if tuple(names) == self._names and list(rows) == self.rows:
            return
        same = tuple(names) == self._names and [row.key for row in rows] == [row.key for row in self.rows]
        if not same:
            self.beginResetModel()
        self._names, self.rows = tuple(names), list(rows)
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(names)))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        """A row for each run."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The name and the values."""
        return 0 if parent.isValid() else 1 + len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The names of the values."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.tr("Run") if section == 0 else self._names[section - 1]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A run behind can be hidden."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == 0 and self.rows[index.row()].key != IN_FRONT:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Sign, name and values."""
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(row.name) if index.column() == 0 else row.values[index.column() - 1]
            case Qt.ItemDataRole.DecorationRole if index.column() == 0:
                return self._sign(row.look)
            case Qt.ItemDataRole.CheckStateRole if index.column() == 0 and row.key != IN_FRONT:
                return Qt.CheckState.Unchecked if row.hidden else Qt.CheckState.Checked
            case Qt.ItemDataRole.TextAlignmentRole if index.column():
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ForegroundRole if row.hidden:
                return colours(self._view).faint
            case Qt.ItemDataRole.FontRole if row.is_baseline:
                font = self._view.font()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.ToolTipRole:
                return tip(one_line(row.name))
        return None

    def _sign(self, look: CurveLook) -> QPixmap:
        colour, ratio = look.colour(colours(self._view)), self._view.devicePixelRatioF()
        kind = look, colour.rgb(), ratio
        if kind not in self._signs:
            self._signs[kind] = sign(look, colour, ratio)
        return self._signs[kind]

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Hides a run, or shows it again."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.toggled.emit(self.rows[index.row()].key)
        return True


class RunLegend(QTableView):
    """``toggled`` asks to hide or to show a run, ``based`` to make it the baseline (or none, where it is), ``removed``
    to take it away, each with its key; ``cleared`` to take all away.
    """

    toggled = Signal(str)
    based = Signal(str)
    removed = Signal(str)
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = LegendModel(self)
        self.setModel(self.legend)
        self.legend.toggled.connect(self.toggled)
        self.setAccessibleName(self.tr("Compared runs"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(SIGN)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE // 2)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(5 * SPACE)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        self.doubleClicked.connect(lambda index: self.based.emit(self.legend.rows[index.row()].key))

    def show_rows(self, names: Sequence[str], rows: Sequence[LegendRow], widest: Sequence[str]) -> None:
        """Shows ``rows`` under the ``names`` of their values, each column with room for the ``widest`` of its own: no
        value moves anything.
        """
        self.legend.show_rows(names, rows)
        metrics, header = self.fontMetrics(), self.horizontalHeader()
        for column, (name, text) in enumerate(zip(names, widest, strict=True), 1):
            width = max(metrics.horizontalAdvance(text), header.fontMetrics().horizontalAdvance(name)) + 2 * SPACE
            if header.sectionSize(column) != width:
                header.resizeSection(column, width)
        self._give_rest()

    def _give_rest(self) -> None:
        """The name has what is left, and always enough to tell runs apart: then the table can be scrolled."""
        header = self.horizontalHeader()
        values = sum(header.sectionSize(column) for column in range(1, self.legend.columnCount()))
        width = max(self.viewport().width() - values, LEAST)
        if self.legend.columnCount() and header.sectionSize(0) != width:
            header.resizeSection(0, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the name the new rest."""
        super().resizeEvent(event)
        self._give_rest()

    def key(self) -> str | None:
        """The key of the chosen run; None where none is chosen."""
        row = self.currentIndex().row()
        return self.legend.rows[row].key if 0 <= row < len(self.legend.rows) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy takes rows, Space hides, Delete takes away."""
        key = self.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
            copy_rows([self.legend.rows[row].name, *self.legend.rows[row].values] for row in chosen)
        elif event.key() == Qt.Key.Key_Space and key:
            self.toggled.emit(key)
        elif event.key() == Qt.Key.Key_Delete and key:
            self.removed.emit(key)
        else:
            super().keyPressEvent(event)

    def _offer(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.isValid():
            return
        row = self.legend.rows[index.row()]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        base = self.tr("No baseline") if row.is_baseline else self.tr("Use as the baseline")
        menu.addAction(base, lambda: self.based.emit(row.key))
        if row.key != IN_FRONT:
            menu.addAction(self.tr("Show") if row.hidden else self.tr("Hide"), lambda: self.toggled.emit(row.key))
            menu.addAction(self.tr("Remove"), lambda: self.removed.emit(row.key))
        menu.addAction(self.tr("Remove all"), self.cleared.emit)
        menu.popup(self.viewport().mapToGlobal(place))
