"""Many small pictures of one size in a grid, every pixel of them equally large and crisp on any screen."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.parts.kernel_layout import Grid, Shape
from alexnet_app.ui.theme import SPACE, colours, tint

MARGIN = SPACE // 2  # around the grid: the frame of a picked kernel needs it


class KernelSheet(QWidget):
    """Pictures in a grid as large as the room allows; asks for more room, to be scrolled, where they would vanish.

    ``pointed`` tells the picture, the row and the column of the pixel under the pointer, −1 for none; ``pressed`` the
    picture that was clicked.
    """

    pointed = Signal(int, int, int)
    pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape: Shape | None = None
        self._atlas = QImage()
        self._across = 1
        self._free = 0
        self._placeholder = ""
        self._fitted: tuple[object, Grid] | None = None
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_pictures(self, pictures: NDArray[np.uint8], columns: int | None = None, *, apart: bool = False) -> None:
        """Shows ``pictures``, uint8 (count, height, width, 3), in rows of ``columns``, or as they fit best.

        With ``apart`` the rows stand further apart than the columns.
        """
        count, height, width, _ = pictures.shape
        shape = self._tightened(Shape(count, width, height, columns, apart)) if count else None
        changed = shape != self._shape
        self._shape = shape
        self._across = max(1, math.isqrt(count))  # neither side of the atlas may exceed 32,767 pixels
        self._atlas = _atlas(pictures, self._across) if count else QImage()
        if changed:
            self.updateGeometry()
        self.update()

    def set_room(self, width: int) -> None:
        """How wide it can be without being scrolled: rows that miss it by little give up what parts their pictures."""
        self._free = width
        shape = self._tightened(self._shape) if self._shape else None
        if shape != self._shape:
            self._shape = shape
            self.updateGeometry()
            self.update()

    def clear(self) -> None:
        """Shows the placeholder."""
        self.set_pictures(np.zeros((0, 1, 1, 3), np.uint8))

    def set_placeholder(self, text: str) -> None:
        """What is said while there are no pictures."""
        self._placeholder = text
        self.update()

    def count(self) -> int:
        """How many pictures there are."""
        return self._shape.count if self._shape else 0

    def grid(self) -> Grid | None:
        """Where the pictures lie now, in device pixels; None while there are none."""
        if self._shape is None:
            return None
        ratio = self.devicePixelRatioF()
        key = (self._shape, self.width(), self.height(), ratio)
        if self._fitted is None or self._fitted[0] != key:
            self._fitted = key, self._shape.fit(self._room(self.width(), self.height(), ratio), ratio)
        return self._fitted[1]

    def cell(self, index: int) -> QRect:
        """Where the picture ``index`` lies in the widget, in logical pixels, rounded outward."""
        grid = self.grid()
        if grid is None:
            return QRect()
        ratio, found = self.devicePixelRatioF(), grid.cell(index)
        left, top = math.floor(found.x() / ratio), math.floor(found.y() / ratio)
        width, height = math.ceil(found.width() / ratio), math.ceil(found.height() / ratio)
        return QRect(left + MARGIN, top + MARGIN, width + 1, height + 1)

    def at(self, place: QPoint) -> tuple[int, int, int] | None:
        """The picture at ``place``, and the row and the column of its pixel there."""
        grid, ratio = self.grid(), self.devicePixelRatioF()
        if grid is None:
            return None
        return grid.at(math.floor((place.x() - MARGIN) * ratio), math.floor((place.y() - MARGIN) * ratio))

    def paint_over(self, painter: QPainter, grid: Grid, ratio: float) -> None:
        """For what lies over the pictures; the painter's unit is a device pixel, its origin the grid's corner."""

    @staticmethod
    def _room(width: int, height: int, ratio: float) -> QSize:
        return QSize(max(1, int((width - 2 * MARGIN) * ratio)), max(1, int((height - 2 * MARGIN) * ratio)))

    def sizeHint(self) -> QSize:
        """Room for pictures of a good size."""
        return self.minimumSizeHint().expandedTo(QSize(30 * SPACE, 20 * SPACE))

    def minimumSizeHint(self) -> QSize:
        """Room for the rows at the smallest zoom; where rows are free, for a few pictures."""
        if self._shape is None:
            return QSize(10 * SPACE, 6 * SPACE)
        return QSize(self._least_width(self._shape), 6 * SPACE)

    def _least_width(self, shape: Shape) -> int:
        ratio = self.devicePixelRatioF()
        columns = shape.columns or min(4, shape.count)
        width = shape.grid(columns, shape.least_zoom(ratio), ratio).size[0]
        return math.ceil(width / ratio) + 2 * MARGIN

    def _tightened(self, shape: Shape) -> Shape:
        loose, tight = replace(shape, tight=False), replace(shape, tight=True)
        fits = self._least_width(tight) <= self._free < self._least_width(loose)
        return tight if shape.columns and fits else loose

    def heightForWidth(self, width: int) -> int:
        """The least height that shows every picture."""
        if self._shape is None:
            return 6 * SPACE
        ratio = self.devicePixelRatioF()
        grid = self._shape.fit(self._room(width, 0, ratio), ratio)
        return math.ceil(grid.size[1] / ratio) + 2 * MARGIN

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the pictures within the part that is asked for."""
        painter = QPainter(self)
        grid = self.grid()
        if grid is None:
            painter.setPen(colours(self).faint)
            where = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._placeholder)
            return
        ratio = self.devicePixelRatioF()
        _use_device_pixels(painter, MARGIN)
        self._draw(painter, grid, event.rect(), ratio)
        self.paint_over(painter, grid, ratio)

    def _draw(self, painter: QPainter, grid: Grid, part: QRect, ratio: float) -> None:
        across, down = grid.step
        first, last = (int((edge - MARGIN) * ratio) // down for edge in (part.top() - 1, part.bottom() + 2))
        left, right = (int((edge - MARGIN) * ratio) // across for edge in (part.left() - 1, part.right() + 2))
        for row in range(max(0, first), min(grid.rows - 1, last) + 1):
            for column in range(max(0, left), min(grid.columns - 1, right) + 1):
                index = row * grid.columns + column
                if index < grid.count:
                    y, x = divmod(index, self._across)
                    source = QRect(x * grid.width, y * grid.height, grid.width, grid.height)
                    painter.drawImage(grid.cell(index), self._atlas, source)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells what the pointer is on."""
        self.pointed.emit(*(self.at(event.position().toPoint()) or (-1, -1, -1)))

    def leaveEvent(self, event: QEvent) -> None:
        """Tells that the pointer is on nothing."""
        self.pointed.emit(-1, -1, -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tells which picture was clicked."""
        found = self.at(event.position().toPoint())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(found[0])

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def event(self, event: QEvent) -> bool:
        """Lays the pictures out anew on a screen with another scale."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.updateGeometry()
        return super().event(event)


class Swatch(QWidget):
    """A tower's colour beside its name."""

    def __init__(self, colour: QColor) -> None:
        super().__init__()
        self._colour = colour
        self.setFixedSize(2 * SPACE, SPACE)

    def set_colour(self, colour: QColor) -> None:
        """Another tower's."""
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A short thick line."""
        QPainter(self).fillRect(self.rect().adjusted(0, 2, 0, -2), tint(self._colour, self))


def lone_sheet(name: str) -> KernelSheet:
    """A sheet for one picture, as high as it is given room, which a screen reader calls ``name``."""
    sheet = KernelSheet()
    sheet.setAccessibleName(name)
    policy = sheet.sizePolicy()
    policy.setHeightForWidth(False)
    sheet.setSizePolicy(policy)
    return sheet


def _atlas(pictures: NDArray[np.uint8], across: int) -> QImage:
    """All pictures in one image, rows of ``across`` without gaps."""
    count, height, width, _ = pictures.shape
    rows = -(-count // across)
    whole = np.zeros((rows * across, height, width, 3), np.uint8)
    whole[:count] = pictures
    joined = whole.reshape(rows, across, height, width, 3).swapaxes(1, 2)
    image = to_qimage(joined.reshape(rows * height, across * width, 3))
    return image.convertToFormat(QImage.Format.Format_RGB32)  # what Qt draws fastest


def _use_device_pixels(painter: QPainter, margin: int) -> None:
    """Makes a device pixel the unit and puts the origin on one, ``margin`` logical pixels inside the widget.

    At a scale of 125 % a widget may begin between two device pixels; pictures must not.
    """
    logical = painter.deviceTransform()
    corner = logical.map(QPoint(margin, margin).toPointF())
    back, _ = logical.inverted()
    painter.setWorldTransform(QTransform.fromTranslate(round(corner.x()), round(corner.y())) * back)
