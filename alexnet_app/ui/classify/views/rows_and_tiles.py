"""A view of many pictures in rows or as tiles, under the headings of their groups.

A hundred thousand of them scroll smoothly: where they lie is computed from the groups, and only what is in sight is
looked at. It is a table of Qt's by name, so that screen readers know it, and lays out nothing of what that would.
"""

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QStyle, QStyleOptionViewItem, QTableView, QWidget

from alexnet_app.ui.classify.views.picture_delegate import (
    LEAST,
    ROW,
    THUMBNAIL,
    TILE,
    PictureDelegate,
    heading_height,
    tile_height,
)
from alexnet_app.ui.classify.views.picture_model import Index, PictureModel
from alexnet_app.ui.classify.views.placement import Placement, Sizes
from alexnet_app.ui.theme import colours

Action = QAbstractItemView.CursorAction
Hint = QAbstractItemView.ScrollHint
STEPS = {Action.MoveLeft: -1, Action.MovePrevious: -1, Action.MoveRight: 1, Action.MoveNext: 1}


class RowsAndTiles(QTableView):
    """Shows ``pictures``; ``is_grid`` as tiles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = PictureModel(self)
        self._placement = Placement((), Sizes(1, 0, ROW, ROW))
        self._delegate = PictureDelegate(self.pictures, self)
        self.setModel(self.pictures)
        self.setItemDelegate(self._delegate)
        self._be_plain()
        self.pictures.modelReset.connect(self._place_anew)
        self.pictures.rowsInserted.connect(self._place_anew)

    def is_grid(self) -> bool:
        """Whether pictures are tiles."""
        return self._delegate.is_grid

    def set_grid(self, is_grid: bool) -> None:
        """Shows pictures as tiles, or as rows."""
        if is_grid != self._delegate.is_grid:
            self._delegate.is_grid = is_grid
            self.pictures.forget_thumbnails()
            self._place_anew()
            self.scrollTo(self.currentIndex(), Hint.PositionAtCenter)

    def side(self) -> int:
        """How wide and high a thumbnail is drawn, in logical pixels."""
        return TILE if self._delegate.is_grid else THUMBNAIL

    def visualRect(self, index: Index) -> QRect:
        """Where a row is on the screen, in or out of sight."""
        if not index.isValid():
            return QRect()
        return QRect(*self._placement.frame(index.row())).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row at a point."""
        row = self._placement.row_at(point.x(), point.y() + self.verticalOffset())
        return self.pictures.index(row) if row >= 0 else self.pictures.index(-1)

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        """Brings a row into sight."""
        if not index.isValid():
            return
        _, top, _, height = self._placement.frame(index.row())
        bar, room = self.verticalScrollBar(), self.viewport().height()
        if hint == Hint.PositionAtCenter:
            bar.setValue(top + height // 2 - room // 2)
        elif top < bar.value() or hint == Hint.PositionAtTop:
            bar.setValue(top)
        elif top + height > bar.value() + room or hint == Hint.PositionAtBottom:
            bar.setValue(top + height - room)

    def verticalOffset(self) -> int:
        """Pixels above what is in sight."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        """Nothing is wider than the view."""
        return 0

    def isIndexHidden(self, index: Index) -> bool:
        """What is hidden is no row."""
        return False

    def moveCursor(self, action: Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """The row that a key leads to."""
        last, row = self.pictures.rowCount() - 1, self.currentIndex().row()
        if last < 0:
            return self.pictures.index(-1)
        if row < 0:
            return self.pictures.index(0)
        if action in STEPS:
            row += STEPS[action]
        elif action in (Action.MoveHome, Action.MoveEnd):
            row = 0 if action == Action.MoveHome else last
        else:
            screen = max(1, self.viewport().height() // self._sizes().height)
            lines = {Action.MoveUp: -1, Action.MoveDown: 1, Action.MovePageUp: -screen, Action.MovePageDown: screen}
            row = self._placement.beside(row, lines[action])
        return self.pictures.index(min(max(row, 0), last))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Chooses all from the row at one corner to that at the other, as they stand."""
        offset = self.verticalOffset()
        ends = [self._placement.nearest(each.x(), each.y() + offset) for each in (rect.topLeft(), rect.bottomRight())]
        if min(ends) >= 0:
            selection = QItemSelection(self.pictures.index(min(ends)), self.pictures.index(max(ends)))
            self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """All: what is in sight is drawn in a moment."""
        return QRegion(self.viewport().rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws what is in sight."""
        painter = QPainter(self.viewport())
        offset, option = self.verticalOffset(), QStyleOptionViewItem()
        self.initViewItemOption(option)
        state, current = option.state & ~QStyle.StateFlag.State_HasFocus, self.currentIndex().row()
        selected, area = self.selectionModel(), event.rect()
        if not self.pictures.rowCount() and self.pictures.wanted().words:
            painter.setPen(colours(self).faint)
            text = self.tr("No picture matches the filter")
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
        for row in self._placement.rows_between(area.top() + offset, area.bottom() + 1 + offset):
            index = self.pictures.index(row)
            option.rect, option.state = QRect(*self._placement.frame(row)).translated(0, -offset), state
            if selected.isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if row == current and self.hasFocus():
                option.state |= QStyle.StateFlag.State_HasFocus
            self._delegate.paint(painter, option, index)

    def updateGeometries(self) -> None:
        """Fits the scroll bar to what there is."""
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(room)
        bar.setSingleStep(self._sizes().height // 2)
        bar.setRange(0, max(0, self._placement.height - room))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Moves what is in sight; only the rest is drawn."""
        self.scrollDirtyRegion(0, dy)
        self.viewport().scroll(0, dy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the current row in sight where it was."""
        was_seen = QRect(QPoint(0, 0), event.oldSize()).intersects(self.visualRect(self.currentIndex()))
        super().resizeEvent(event)
        self._place_anew()
        if was_seen:
            self.scrollTo(self.currentIndex())

    def event(self, event: QEvent) -> bool:
        """Another screen may have smaller pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.pictures.forget_thumbnails()
        return super().event(event)

    def _be_plain(self) -> None:
        corner = self.findChild(QAbstractButton)  # where headers meet
        for each in (self.horizontalHeader(), self.verticalHeader(), corner):
            if each is not None:
                each.hide()
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QTableView.DragDropMode.DragOnly)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else tiles would move when it comes
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _sizes(self) -> Sizes:
        measure, width = self.fontMetrics(), self.viewport().width()
        if self._delegate.is_grid:
            return Sizes(width, LEAST, tile_height(measure), heading_height(measure))
        return Sizes(width, 0, ROW, heading_height(measure))

    def _place_anew(self) -> None:
        self._placement = Placement(self.pictures.groups(), self._sizes())
        self.updateGeometries()
        self.viewport().update()
