"""What there is to look at on a page of a lecture: pictures, bars of answers or a crossing, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.theme import SPACE, colours, tint

GAP = 3 * SPACE
TWO_LINES = "x\nx"  # as high as a caption may be
CLEAR = 150  # of 255: what the lines of a crossing are drawn with
EDGE = 3  # pixels of a box, and of the line over a caption
SQUARE, BARS, WIDE = 1.0, 1.2, 2.0  # how wide each is beside the others
AIR, BAR = 1.2, 0.4  # of the height of a line: a row of text, and the bar below it


@dataclass(frozen=True, slots=True)
class SlidePicture:
    """A picture over its caption; ``tint`` is its tower's colour. Only a photo is smoothed where it is enlarged."""

    image: QImage
    caption: str
    tint: QColor | None = None
    is_photo: bool = False


@dataclass(frozen=True, slots=True)
class SlideBars:
    """Labels and shares (0 to 1)."""

    rows: tuple[tuple[str, float], ...]
    caption: str
    tint: QColor | None = None


@dataclass(frozen=True, slots=True)
class SlideLine:
    """A line from ``start`` to ``end`` with ``words`` at ``told``, all as shares of width and height; ``width`` is a
    share of the height.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    told: tuple[float, float]
    width: float
    words: str
    tint: QColor


@dataclass(frozen=True, slots=True)
class SlideBox:
    """A box with ``words``: left, top, width and height as shares of the drawing. Without ``tint`` there are only the
    words.
    """

    place: tuple[float, float, float, float]
    words: str
    tint: QColor | None = None


@dataclass(frozen=True, slots=True)
class SlideCrossing:
    """Boxes and the lines between them; the drawing is ``shape`` times as wide as high."""

    lines: tuple[SlideLine, ...]
    boxes: tuple[SlideBox, ...]
    shape: float
    caption: str


SlideExhibit: TypeAlias = SlidePicture | SlideBars | SlideCrossing


class SlideView(QWidget):
    """Draws what it is given as large as there is room for, in letters of its font, which has a size in pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exhibits: tuple[SlideExhibit, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What there is to look at"))

    def show_exhibits(self, exhibits: Sequence[SlideExhibit]) -> None:
        """Shows these."""
        self._exhibits = tuple(exhibits)
        self.setAccessibleDescription("\n".join(map(_said, exhibits)))
        self.update()

    def sizeHint(self) -> QSize:
        """As much room as there is."""
        return QSize(80 * SPACE, 40 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Text comes first on a small screen."""
        return QSize(20 * SPACE, 10 * SPACE)

    def cells(self) -> list[tuple[QRect, QRect]]:
        """For each exhibit where it is drawn, and its caption, which has up to two lines."""
        weights = [_weight(each) for each in self._exhibits]
        room = self.width() - GAP * (len(weights) - 1)
        widths = [int(room * each / sum(weights)) for each in weights]
        low = max(map(self._caption_height, self._exhibits, widths), default=0)
        found, left = [], 0
        for width in widths:
            drawn = QRect(left, 0, width, max(1, self.height() - low - SPACE))
            found.append((drawn, QRect(left, drawn.bottom() + SPACE, width, low)))
            left += width + GAP
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws each exhibit and its caption below it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for each, (place, caption) in zip(self._exhibits, self.cells(), strict=True):
            drawn = self._draw(painter, each, place)
            own = None if isinstance(each, SlideCrossing) else each.tint
            below = QRect(caption.left(), drawn.bottom() + SPACE, caption.width(), caption.height())
            if own is not None:
                painter.fillRect(QRect(drawn.left(), below.top() - SPACE // 2, drawn.width(), EDGE), tint(own, self))
            painter.setPen(colours(self).text)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(below, flags, each.caption)

    def _draw(self, painter: QPainter, exhibit: SlideExhibit, place: QRect) -> QRect:
        """Draws it within ``place`` and tells where."""
        match exhibit:
            case SlidePicture():
                return self._draw_picture(painter, exhibit, place)
            case SlideBars():
                return self._draw_bars(painter, exhibit, place)
            case SlideCrossing():
                return self._draw_crossing(painter, exhibit, place)

    @staticmethod
    def _draw_picture(painter: QPainter, picture: SlidePicture, place: QRect) -> QRect:
        drawn = QRect(place.topLeft(), picture.image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
        drawn.moveCenter(place.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.is_photo)
        painter.drawImage(drawn, picture.image)
        return drawn

    def _draw_bars(self, painter: QPainter, bars: SlideBars, place: QRect) -> QRect:
        line = self.fontMetrics().height()
        row = int(min(line * (AIR + 2 * BAR), place.height() / max(1, len(bars.rows))))
        drawn = QRect(0, 0, place.width(), row * len(bars.rows))
        drawn.moveCenter(place.center())
        numbers = self.fontMetrics().horizontalAdvance(percent(1, 1)) + SPACE
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for at, (label, share) in enumerate(bars.rows):
            top = drawn.top() + at * row
            text = QRect(drawn.left(), top, drawn.width(), line)
            room = drawn.width() - numbers
            name = self.fontMetrics().elidedText(one_line(label), Qt.TextElideMode.ElideRight, room)
            painter.setPen(colours(self).text)
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawText(text, right, percent(share, 1))
            bar = QRectF(drawn.left(), top + line + line * (AIR - 1) / 2, drawn.width(), max(2.0, line * BAR))
            painter.fillRect(bar, colours(self).grid)
            bar.setWidth(bar.width() * min(max(share, 0.0), 1.0))
            painter.fillRect(bar, tint(bars.tint, self) if bars.tint else colours(self).accent)
        return drawn

    def _draw_crossing(self, painter: QPainter, crossing: SlideCrossing, place: QRect) -> QRect:
        size = QSize(int(crossing.shape * 1_000), 1_000).scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        drawn = QRect(place.topLeft(), size)
        drawn.moveCenter(place.center())

        def point(at: tuple[float, float]) -> QPointF:
            return QPointF(drawn.left() + at[0] * drawn.width(), drawn.top() + at[1] * drawn.height())

        for line in crossing.lines:
            shade = QColor(tint(line.tint, self))
            shade.setAlpha(CLEAR)
            painter.setPen(QPen(shade, line.width * drawn.height(), c=Qt.PenCapStyle.FlatCap))
            painter.drawLine(point(line.start), point(line.end))
        for box in crossing.boxes:
            left, top, width, height = box.place
            self._draw_box(painter, box, QRectF(point((left, top)), point((left + width, top + height))))
        for line in crossing.lines:
            self._tell(painter, line.words, point(line.told))
        return drawn

    def _draw_box(self, painter: QPainter, box: SlideBox, where: QRectF) -> None:
        if box.tint is not None:
            painter.setPen(QPen(tint(box.tint, self), EDGE))
            painter.setBrush(colours(self).paper)
            painter.drawRect(where)
        painter.setPen(colours(self).text)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, box.words)

    def _tell(self, painter: QPainter, words: str, at: QPointF) -> None:
        """Words over a line, on paper so that they can be read."""
        metrics = self.fontMetrics()
        where = QRectF(0, 0, metrics.horizontalAdvance(words) + SPACE, metrics.height())
        where.moveCenter(at)
        painter.fillRect(where, colours(self).paper)
        painter.setPen(colours(self).text)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, words)

    def _caption_height(self, exhibit: SlideExhibit, width: int) -> int:
        room, flags = QRect(0, 0, width, 1 << 16), Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        texts = exhibit.caption, TWO_LINES
        return min(self.fontMetrics().boundingRect(room, flags, each).height() for each in texts)


def font_of(widget: QWidget, pixels: int, *, bold: bool = False) -> QFont:
    """The font of ``widget`` with letters of this height."""
    font = QFont(widget.font())
    font.setPixelSize(max(1, pixels))
    font.setBold(bold)
    return font


def _weight(exhibit: SlideExhibit) -> float:
    """How wide it is beside the others."""
    match exhibit:
        case SlidePicture():
            return max(SQUARE, exhibit.image.width() / max(1, exhibit.image.height()))
        case SlideBars():
            return BARS
        case SlideCrossing():
            return WIDE


def _said(exhibit: SlideExhibit) -> str:
    """What it says, for those who do not see it."""
    match exhibit:
        case SlideBars():
            rows = (f"{one_line(label)} {percent(share, 1)}" for label, share in exhibit.rows)
            return f"{exhibit.caption}: {', '.join(rows)}"
        case _:
            return exhibit.caption
