"""Draws what is in a list of pictures: rows, tiles, and the headings of groups."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOption,
    QStyleOptionFocusRect,
    QStyleOptionViewItem,
    QWidget,
)

from alexnet_app.ui.classify.views import row_words
from alexnet_app.ui.classify.views.arrangement import Group, ListedPicture
from alexnet_app.ui.classify.views.picture_model import Index, PictureModel
from alexnet_app.ui.parts.numbers import local, percent
from alexnet_app.ui.theme import SPACE, colours

THUMBNAIL = 8 * SPACE  # pixels, in a row
ROW = THUMBNAIL + SPACE
TILE = 14 * SPACE  # pixels: the picture of a tile
LEAST = TILE + 2 * SPACE  # the width of a tile
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
MIDDLE, END = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight


def tile_height(measure: QFontMetrics) -> int:
    """Room for a picture, its name, its answer, and what is known of its class."""
    return TILE + 3 * measure.height() + 3 * SPACE


def heading_height(measure: QFontMetrics) -> int:
    """Room for a line."""
    return measure.height() + 2 * SPACE


class PictureDelegate(QStyledItemDelegate):
    """``is_grid`` draws tiles instead of rows."""

    def __init__(self, pictures: PictureModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self.is_grid = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws one row, one tile or one heading."""
        picture = self._pictures.picture(index.row())  # straight from it: through Qt each would wait for its turn
        style = option.widget.style() if option.widget else QApplication.style()
        painter.save()
        if picture is None:
            group = self._pictures.group(index.row())
            assert group is not None
            _draw_heading(painter, option, group, style)
        else:
            style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
            (self._draw_tile if self.is_grid else self._draw_row)(painter, option, picture)
        if option.state & QStyle.StateFlag.State_HasFocus:
            ring = QStyleOptionFocusRect()
            ring.rect, ring.palette, ring.state = option.rect, option.palette, option.state
            style.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, ring, painter, option.widget)
        painter.restore()

    def _draw_row(self, painter: QPainter, option: QStyleOptionViewItem, picture: ListedPicture) -> None:
        frame = option.rect.adjusted(SPACE, SPACE // 2, -SPACE, -SPACE // 2)
        self._draw_thumbnail(painter, option, QRect(frame.topLeft(), QSize(THUMBNAIL, THUMBNAIL)), picture)
        lines, pen = frame.adjusted(THUMBNAIL + SPACE + SPACE // 2, 0, 0, 0), _Pen(painter, option)
        has_third = bool(_mark(picture))
        step = pen.line + (1 if has_third else SPACE // 2)
        count = 3 if has_third else 2
        lines.setTop(lines.top() + max(0, (lines.height() - step * (count - 1) - pen.line) // 2))
        lines.setHeight(pen.line)
        pen.write(lines, picture.name, pen.strong, elide=MIDDLE)
        self._write_answer(pen, lines.translated(0, step), picture)
        if has_third:
            pen.write(lines.translated(0, 2 * step), _mark(picture), pen.of(picture))

    def _draw_tile(self, painter: QPainter, option: QStyleOptionViewItem, picture: ListedPicture) -> None:
        frame = option.rect.adjusted(SPACE, SPACE, -SPACE, -SPACE)
        square = QRect(0, 0, TILE, TILE)
        square.moveCenter(QPoint(frame.center().x(), frame.top() + TILE // 2))
        self._draw_thumbnail(painter, option, square, picture)
        pen = _Pen(painter, option)
        line = QRect(square.left(), square.bottom() + SPACE // 2, square.width(), pen.line)
        pen.write(line, picture.name, pen.strong, elide=MIDDLE)
        self._write_answer(pen, line.translated(0, pen.line), picture)
        pen.write(line.translated(0, 2 * pen.line), _mark(picture), pen.of(picture))

    def _draw_thumbnail(
        self, painter: QPainter, option: QStyleOptionViewItem, square: QRect, picture: ListedPicture
    ) -> None:
        thumbnail = self._pictures.thumbnail(picture.path) if not picture.said.reason else None
        if isinstance(thumbnail, QPixmap):
            draw_fitting(painter, square, thumbnail)
        else:
            painter.fillRect(square, colours(option.widget).grid)

    def _write_answer(self, pen: "_Pen", line: QRect, picture: ListedPicture) -> None:
        share = percent(picture.share)
        if share:
            pen.write(line, share, pen.strong, side=RIGHT)
            line = line.adjusted(0, 0, -(pen.measure.horizontalAdvance(share) + SPACE), 0)
        said = row_words.answer(picture, self._pictures.waiting()) if not picture.given else picture.said.label
        pen.write(line, said, pen.faint if picture.share is None else pen.strong)


class _Pen:
    """Writes single lines in the colours of a row, which are others where it is chosen."""

    def __init__(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        self._painter, self.measure = painter, option.fontMetrics
        self.line = self.measure.height()
        self._is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if self._is_chosen else QPalette.ColorRole.Text
        self._drawn = colours(option.widget)
        self.strong = option.palette.color(role)
        self.faint = self.strong if self._is_chosen else self._drawn.faint

    def of(self, picture: ListedPicture) -> QColor:
        """The colour of what is known of a picture's class: right, wrong, or a person's word."""
        if self._is_chosen:
            return self.strong
        if picture.given:
            return self._drawn.accent
        return self._drawn.right if picture.is_right else self._drawn.wrong

    def write(
        self,
        frame: QRect,
        text: str,
        colour: QColor,
        *,
        side: Qt.AlignmentFlag = LEFT,
        elide: Qt.TextElideMode = END,
    ) -> None:
        """Writes ``text`` on one line, cut where it is too long."""
        self._painter.setPen(colour)
        shown = self.measure.elidedText(text, elide, frame.width())
        self._painter.drawText(frame, side | Qt.AlignmentFlag.AlignVCenter, shown)


def _mark(picture: ListedPicture) -> str:
    """The class that a picture is known to be of, behind a sign that tells without its colour; empty for none."""
    if picture.given:
        return f"✎ {picture.given}"
    if not picture.said.truth or not picture.said.label:
        return ""
    return f"{'✓' if picture.is_right else '✗'} {picture.said.truth}"


def _draw_heading(painter: QPainter, option: QStyleOptionViewItem, group: Group, style: QStyle) -> None:
    drawn, frame = colours(option.widget), option.rect
    painter.fillRect(frame, option.palette.color(QPalette.ColorRole.AlternateBase))
    painter.setPen(drawn.grid)
    painter.drawLine(frame.bottomLeft(), frame.bottomRight())
    arrow = QStyleOption()
    arrow.initFrom(option.widget)
    arrow.rect = QRect(frame.left() + SPACE, frame.center().y() - SPACE // 2, SPACE, SPACE)
    kinds = QStyle.PrimitiveElement
    style.drawPrimitive(kinds.PE_IndicatorArrowDown if group.shown else kinds.PE_IndicatorArrowRight, arrow, painter)
    count = local(f"{group.count:,}")
    line = frame.adjusted(3 * SPACE, 0, -SPACE, 0)
    font = QFont(option.font)
    painter.setPen(drawn.faint)
    painter.drawText(line, RIGHT | Qt.AlignmentFlag.AlignVCenter, count)
    line.setRight(line.right() - option.fontMetrics.horizontalAdvance(count) - SPACE)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(drawn.text)
    title = QFontMetrics(font).elidedText(row_words.title(group), END, line.width())
    painter.drawText(line, LEFT | Qt.AlignmentFlag.AlignVCenter, title)


def draw_fitting(painter: QPainter, frame: QRect, pixmap: QPixmap) -> None:
    """Draws a square pixmap into ``frame``; smoothly unless it has far fewer pixels than the screen there."""
    enlarged = pixmap.width() * 2 <= frame.width() * painter.device().devicePixelRatio()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not enlarged)
    painter.drawPixmap(frame, pixmap)
