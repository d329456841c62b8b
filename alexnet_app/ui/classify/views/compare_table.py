"""What two models say of each picture, in a table that stays quick with many."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont, QImage, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.parts.plain import TEXT, one_line, tip
from alexnet_app.ui.theme import SPACE

KEPT = 500  # thumbnails
SIDE = 5 * SPACE  # of a thumbnail
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
NAME, FIRST, FIRST_SHARE, SECOND, SECOND_SHARE, APART = range(6)
NUMBERS = (FIRST_SHARE, SECOND_SHARE, APART)


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A picture with the likeliest class of each model and its probability, and how far ``apart`` they are (0 to 1)."""

    path: str
    name: str
    first: str
    first_share: float
    second: str
    second_share: float
    differs: bool
    apart: float


class CompareModel(QAbstractTableModel):
    """The rows. ``thumbnail_wanted`` tells the path of a picture that is in sight."""

    thumbnail_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ComparedRow] = []
        self._names = ("", "")
        self._thumbnails: OrderedDict[str, QPixmap | None] = OrderedDict()

    def set_rows(self, rows: Sequence[ComparedRow]) -> None:
        """Replaces all."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def set_names(self, first: str, second: str) -> None:
        """What the models are called."""
        self._names = (one_line(first), one_line(second))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, APART)

    def set_thumbnail(self, path: str, picture: QImage | None) -> None:
        """Shows ``picture`` from now on; nothing where there is none."""
        made = None if picture is None else QPixmap.fromImage(picture)
        if made is not None:  # as many pixels as the screen has there
            made.setDevicePixelRatio(max(1.0, made.width() / SIDE))
        self._thumbnails[path] = made
        if len(self._thumbnails) > KEPT:
            self._thumbnails.popitem(last=False)
        if self._rows:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(self._rows) - 1, NAME), [Role.DecorationRole])

    def row(self, number: int) -> ComparedRow:
        """A row."""
        return self._rows[number]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        """How many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Name, two answers with their probabilities, difference."""
        return 0 if parent.isValid() else APART + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        """The names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.TextAlignmentRole:
            return _side(section)
        share = self.tr("Probability")
        names = (self.tr("Picture"), self._names[0], share, self._names[1], share, self.tr("Difference"))
        if role == Role.ToolTipRole:
            return tip(self._about(section))
        return _roomy(names[section], section) if role == Role.DisplayRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Texts, thumbnails, and different answers in strong letters."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        match role:
            case Role.DisplayRole:
                return _roomy(texts_of(row)[column], column)
            case Role.ToolTipRole:
                return tip(one_line(row.path, TEXT)) if column == NAME else tip(texts_of(row)[column])
            case Role.TextAlignmentRole:
                return _side(column)
            case Role.FontRole if row.differs and column in (FIRST, SECOND):
                font = QFont()
                font.setBold(True)
                return font
            case Role.DecorationRole if column == NAME:
                return self._thumbnail(row.path)
        return None

    def _thumbnail(self, path: str) -> QPixmap:
        if path not in self._thumbnails:
            self.thumbnail_wanted.emit(path)
        found = self._thumbnails.get(path)
        if found is not None:
            return found
        blank = QPixmap(SIDE, SIDE)
        blank.fill(Qt.GlobalColor.transparent)
        return blank

    def _about(self, section: int) -> str:
        if section == APART:
            return self.tr("The largest difference between the probabilities of one of the two classes")
        return self._names[section == SECOND] if section in (FIRST, SECOND) else ""


class CompareTable(QTableView):
    """``picked`` tells the path of the current row."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Answers of both models"))
        self.rows = CompareModel(self)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(SIDE + SPACE)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        for column in (NAME, FIRST, SECOND):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column in NUMBERS:
            header.resizeSection(column, self.fontMetrics().horizontalAdvance(self.tr("Probability")) + 4 * SPACE)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tells the new one."""
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.picked.emit(self.rows.row(current.row()).path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy takes whole rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            chosen = sorted({index.row() for index in self.selectedIndexes()})
            copy_rows([texts_of(self.rows.row(each)) for each in chosen])
        else:
            super().keyPressEvent(event)


def texts_of(row: ComparedRow) -> tuple[str, ...]:
    """What the columns of a row say."""
    first, second = (percent(share, 1) for share in (row.first_share, row.second_share))
    return one_line(row.name), one_line(row.first), first, one_line(row.second), second, percent(row.apart, 1)


def _roomy(text: str, column: int) -> str:
    """A number with room between it and the word that follows on its right."""
    return f"{text}\N{EN SPACE}" if column in NUMBERS else text


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
