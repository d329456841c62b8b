"""A long list of pictures: a thumbnail, the name and the answer of each. Ten thousand of them scroll smoothly."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionFocusRect,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from alexnet_app.ui.classify.views.picture_model import Index, Picture, PictureModel, percent
from alexnet_app.ui.theme import SPACE, colours

THUMBNAIL = 8 * SPACE  # pixels
ROW = THUMBNAIL + SPACE


class PictureList(QTableView):
    """``picked`` tells the path of the current row; empty where there is none."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self.setAccessibleName(self.tr("Pictures"))
        self.pictures = PictureModel(self)
        self.setModel(self.pictures)
        self.setItemDelegate(PictureDelegate(self.pictures, self))
        self._be_plain()
        self.pictures.modelReset.connect(self._restore)
        self.pictures.rowsInserted.connect(self._pick_first)

    def pick(self, path: str) -> None:
        """Makes ``path`` the current row, if it is shown."""
        index = self.pictures.index_of(path)
        if index.isValid():
            self.setCurrentIndex(index)

    def path(self) -> str:
        """The path of the current row; empty where there is none."""
        return self.pictures.path_at(self.currentIndex())

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tells the new one."""
        super().currentChanged(current, previous)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End go to the first and the last picture."""
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.pictures.rowCount() - 1}
        if event.key() in ends and not event.modifiers():
            self.setCurrentIndex(self.pictures.index(ends[Qt.Key(event.key())]))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the current row in sight where it was."""
        before = QRect(self.viewport().rect().topLeft(), event.oldSize())
        was_seen = before.intersects(self.visualRect(self.currentIndex()))
        super().resizeEvent(event)
        if was_seen:
            self.scrollTo(self.currentIndex())

    def event(self, event: QEvent) -> bool:
        """Another screen may have smaller pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.pictures.forget_thumbnails()
        return super().event(event)

    def _be_plain(self) -> None:
        """One column without headers and lines: a table, because a list of Qt's lays out every row at every change."""
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _pick_first(self) -> None:
        """Makes the first of all pictures the current one."""
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.pictures.index(0))

    def _restore(self) -> None:
        """A reset forgets the current row."""
        index = self.pictures.index_of(self._path)
        if not index.isValid() and self.pictures.rowCount():
            index = self.pictures.index(0)
        if index.isValid():
            self.setCurrentIndex(index)
        else:
            self._tell()

    def _tell(self) -> None:
        path = self.path()
        if path != self._path:
            self._path = path
            self.picked.emit(path)


class PictureDelegate(QStyledItemDelegate):
    """Draws a row: the thumbnail, beside it the name above the answer and its per cent."""

    def __init__(self, pictures: PictureModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures = pictures

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws one row."""
        view = option.widget
        picture = self._pictures.picture(index.row())  # straight from it: through Qt each would wait for its turn
        thumbnail = self._pictures.thumbnail(picture.path)
        style = view.style() if view else QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, view)
        painter.save()
        frame = option.rect.adjusted(SPACE, SPACE // 2, -SPACE, -SPACE // 2)
        square = QRect(frame.left(), frame.top(), THUMBNAIL, THUMBNAIL)
        if isinstance(thumbnail, QPixmap):
            draw_fitting(painter, square, thumbnail)
        else:
            painter.fillRect(square, colours(view).grid)
        self._write(painter, option, frame.adjusted(THUMBNAIL + SPACE + SPACE // 2, 0, 0, 0), picture)
        if option.state & QStyle.StateFlag.State_HasFocus:
            ring = QStyleOptionFocusRect()
            ring.rect, ring.palette, ring.state = option.rect, option.palette, option.state
            style.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, ring, painter, view)
        painter.restore()

    def _write(self, painter: QPainter, option: QStyleOptionViewItem, frame: QRect, picture: Picture) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        strong = option.palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        faint = strong if selected else colours(option.widget).faint
        measure, share = option.fontMetrics, percent(picture.share)
        line = measure.height()
        top = frame.top() + (frame.height() - 2 * line - SPACE // 2) // 2
        name = QRect(frame.left(), top, frame.width(), line)
        answer = name.translated(0, line + SPACE // 2)
        _line(painter, measure, name, picture.name, strong, Qt.TextElideMode.ElideMiddle)
        _line(painter, measure, answer, share, strong, right=True)
        answer.setRight(answer.right() - (measure.horizontalAdvance(share) + SPACE if share else 0))
        _line(painter, measure, answer, self._pictures.answer_of(picture), faint if picture.share is None else strong)


def draw_fitting(painter: QPainter, frame: QRect, pixmap: QPixmap) -> None:
    """Draws a square pixmap into ``frame``; smoothly unless it has far fewer pixels than the screen there."""
    enlarged = pixmap.width() * 2 <= frame.width() * painter.device().devicePixelRatio()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not enlarged)
    painter.drawPixmap(frame, pixmap)


def _line(
    painter: QPainter,
    measure: QFontMetrics,
    frame: QRect,
    text: str,
    colour: QColor,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    *,
    right: bool = False,
) -> None:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.setPen(colour)
    painter.drawText(frame, side | Qt.AlignmentFlag.AlignVCenter, measure.elidedText(text, elide, frame.width()))
