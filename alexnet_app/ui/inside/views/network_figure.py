"""Figure 2 of the paper, alive: the photo, both towers with their strongest maps, and what flows between them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygon
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.inside.views.columns import Cell, Column, Face, FigureLayout, TowerBlock, laid_out
from alexnet_app.ui.parts.plain import show_tip
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B, colours, tint

TOWERS = (TOWER_A, TOWER_B)
OWN, MOST = 1.5, 9.0  # pixels: a line to the same tower, and one that carries everything where towers meet
CLEAR = 150  # of 255: what lines and the sides of blocks are drawn with
RING = 2


class NetworkFigure(QWidget):
    """``layer_picked`` tells a layer that was clicked or gone to with the keys, ``unit_picked`` a layer and a unit of
    it, from 0, ``unit_opened`` one whose page is wanted: a double click, or Enter.
    """

    layer_picked = Signal(str)
    unit_picked = Signal(str, int)
    unit_opened = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._photo = QImage()
        self._layer, self._unit = "", -1
        self._images: dict[int, QImage] = {}  # of faces and levels
        self._fitted: tuple[object, FigureLayout] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("The network"))

    def show_columns(self, photo: QImage, columns: Sequence[Column]) -> None:
        """Shows a photo, as the network sees it, on its way through the layers."""
        self._photo, self._columns, self._fitted = photo, tuple(columns), None
        self._images = {}
        self.update()

    def show_flows(self, flows: dict[str, Sequence[Sequence[float]]]) -> None:
        """For each layer that reads both towers what share of each reader's input comes from each, 0 to 1."""
        self._columns = tuple(
            Column(each.layer, each.size, each.blocks, flows.get(each.layer, ())) for each in self._columns
        )
        self.update()

    def pick(self, layer: str, unit: int = -1) -> None:
        """Marks a layer and a unit of it; emits nothing."""
        self._layer, self._unit = layer, unit
        self.setAccessibleDescription(
            layer if unit < 0 else self.tr("{layer}, map {unit}").format(layer=layer, unit=unit + 1)
        )
        self.update()

    def layers(self) -> tuple[str, ...]:
        """The layers that are shown."""
        return tuple(each.layer for each in self._columns)

    def layout_now(self) -> FigureLayout:
        """Where everything lies now."""
        key = (self.width(), self.height(), len(self._columns))
        if self._fitted is None or self._fitted[0] != key:
            line = self.fontMetrics().lineSpacing()
            self._fitted = key, laid_out(self._columns, self.width(), self.height(), line)
        return self._fitted[1]

    def sizeHint(self) -> QSize:
        """Room for a figure that can be read from some way off."""
        return QSize(110 * SPACE, 42 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Each tower with a row of its strongest maps."""
        return QSize(64 * SPACE, 24 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the lines first, the blocks over them."""
        if not self._columns:
            return
        painter, place = QPainter(self), self.layout_now()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._draw_choice(painter, place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_lines(painter, place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawImage(place.photo, self._photo)
        for column, cells, where in zip(self._columns, place.cells, place.columns, strict=True):
            self._draw_title(painter, column, where)
            for at, (block, cell) in enumerate(zip(column.blocks, cells, strict=True)):
                self._draw_block(painter, block, cell, self._colour(column, at))
                for unit, thumb in cell.thumbs:
                    self._draw_thumb(
                        painter, block, unit, thumb, picked=(column.layer, unit) == (self._layer, self._unit)
                    )
        self._draw_towers(painter, place)

    def _draw_choice(self, painter: QPainter, place: FigureLayout) -> None:
        if self._layer in self.layers():
            where = place.columns[self.layers().index(self._layer)].adjusted(1, 1, -1, -1)
            painter.fillRect(where, colours(self).paper)
            painter.setPen(self.palette().highlight().color() if self.hasFocus() else colours(self).grid)
            painter.drawRect(where.adjusted(0, 0, -1, -1))

    def _draw_title(self, painter: QPainter, column: Column, where: QRect) -> None:
        line, drawn = painter.fontMetrics().lineSpacing(), colours(self)
        font = painter.font()
        font.setBold(column.layer == self._layer)
        painter.setFont(font)
        painter.setPen(drawn.text)
        top = QRect(where.left() + 4, where.top() + 4, where.width() - 4, line)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, column.layer)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(drawn.faint)
        size = painter.fontMetrics().elidedText(column.size, Qt.TextElideMode.ElideRight, top.width())
        painter.drawText(top.translated(0, line), Qt.AlignmentFlag.AlignLeft, size)

    def _draw_towers(self, painter: QPainter, place: FigureLayout) -> None:
        """The names of the towers, beside their first blocks."""
        if len(place.cells[0]) < len(TOWERS):
            return
        line, photo = painter.fontMetrics().lineSpacing(), place.photo
        names = ((self.tr("Tower A"), photo.top() - line - SPACE), (self.tr("Tower B"), photo.bottom() + SPACE))
        for colour, (name, above) in zip(TOWERS, names, strict=True):
            painter.setPen(QPen(tint(colour, self), RING))
            painter.drawLine(SPACE, above + line, 3 * SPACE, above + line)
            painter.setPen(colours(self).text)
            painter.drawText(QPoint(SPACE, above + line - 3), name)

    def _draw_lines(self, painter: QPainter, place: FigureLayout) -> None:
        start = QPoint(place.photo.right() + 1, place.photo.center().y())
        for at, cell in enumerate(place.cells[0]):
            self._line(painter, start, cell.entry, self._colour(self._columns[0], at), OWN)
        pairs = zip(pairwise(place.cells), self._columns[1:], self._columns[:-1], strict=True)
        for (before, here), column, source in pairs:
            for reader, cell in enumerate(here):
                for tower, other in enumerate(before):
                    width = self._width(column, reader, tower, len(here), len(before))
                    if width:
                        self._line(painter, other.way_out, cell.entry, self._colour(source, tower), width)

    @staticmethod
    def _width(column: Column, reader: int, tower: int, readers: int, towers: int) -> float:
        """How wide the line from a tower to a reader is; 0 where there is none."""
        if column.flows:
            return max(0.5, MOST * column.flows[reader][tower])
        return OWN if readers != towers or reader == tower else 0.0

    @staticmethod
    def _line(painter: QPainter, start: QPoint, end: QPoint, colour: QColor, width: float) -> None:
        shade = QColor(colour)
        shade.setAlpha(CLEAR)
        painter.setPen(QPen(shade, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(start, end)

    def _draw_block(self, painter: QPainter, block: TowerBlock, cell: Cell, colour: QColor) -> None:
        """A box whose front is the strongest map; or the bar of its units."""
        shade = QColor(colour)
        shade.setAlpha(CLEAR)
        front, back = cell.front, cell.back
        if cell.depth:
            painter.setPen(colour)
            painter.setBrush(shade)
            left, right = front.topLeft(), front.topRight() + QPoint(1, 0)
            low = front.bottomRight() + QPoint(1, 1)
            painter.drawPolygon(QPolygon([left, right, right + back, left + back]))
            painter.drawPolygon(QPolygon([right, low, low + back, right + back]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if block.levels is not None:
            painter.drawImage(front, self._of_levels(block))
        elif block.faces:
            painter.drawImage(front, self._image(block.faces[0]))
        painter.setPen(colour)
        painter.drawRect(front.adjusted(-1, -1, 0, 0))
        if block.is_off:
            words = QRect(0, 0, 5 * SPACE, painter.fontMetrics().height())
            words.moveCenter(front.center())
            painter.fillRect(words, colours(self).paper)
            painter.setPen(colours(self).text)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.tr("off"))

    def _draw_thumb(self, painter: QPainter, block: TowerBlock, unit: int, where: QRect, *, picked: bool) -> None:
        face = next(each for each in block.faces if each.unit == unit)
        painter.drawImage(where, self._image(face))
        if picked:
            painter.setPen(QPen(self.palette().highlight().color(), RING))
            painter.drawRect(where.adjusted(-1, -1, 0, 0))

    def _colour(self, column: Column, at: int) -> QColor:
        return tint(TOWERS[at], self) if len(column.blocks) == len(TOWERS) else colours(self).accent

    def _image(self, face: Face) -> QImage:
        if id(face) not in self._images:
            self._images[id(face)] = to_qimage(np.repeat(face.picture[..., None], 3, axis=2))
        return self._images[id(face)]

    def _of_levels(self, block: TowerBlock) -> QImage:
        if id(block) not in self._images:
            assert block.levels is not None
            self._images[id(block)] = to_qimage(np.repeat(block.levels[:, None, None], 3, axis=2))
        return self._images[id(block)]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Picks the map under the pointer, or its layer."""
        if event.button() != Qt.MouseButton.LeftButton or not self._columns:
            return
        at, place = event.position().toPoint(), self.layout_now()
        unit, column = place.unit_at(at), place.column_at(at)
        if unit is not None:
            self.unit_picked.emit(self._columns[unit[0]].layer, unit[1])
        elif column is not None:
            self.layer_picked.emit(self._columns[column].layer)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Asks for the page of the map under the pointer."""
        found = self.layout_now().unit_at(event.position().toPoint()) if self._columns else None
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.unit_opened.emit(self._columns[found[0]].layer, found[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go through the layers, Up and Down through the strongest maps of the chosen one, Enter asks
        for the page of the map that is picked.
        """
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._columns:
            step = 1 if key == Qt.Key.Key_Right else -1
            now = self.layers().index(self._layer) if self._layer in self.layers() else -1
            self.layer_picked.emit(self.layers()[min(max(now + step, 0), len(self._columns) - 1)])
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._strongest():
            units, step = self._strongest(), 1 if key == Qt.Key.Key_Down else -1
            now = units.index(self._unit) + step if self._unit in units else 0
            self.unit_picked.emit(self._layer, units[min(max(now, 0), len(units) - 1)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._unit >= 0:
            self.unit_opened.emit(self._layer, self._unit)
        else:
            super().keyPressEvent(event)

    def _strongest(self) -> list[int]:
        """The maps of the chosen layer that have a picture, tower A's first."""
        return [
            face.unit
            for each in self._columns
            if each.layer == self._layer
            for block in each.blocks
            for face in block.faces
        ]

    def event(self, event: QEvent) -> bool:
        """Tells what a map is."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._columns:
            found = self.layout_now().unit_at(event.pos())
            words = ""
            if found is not None:
                faces = [face for block in self._columns[found[0]].blocks for face in block.faces]
                words = next(face.words for face in faces if face.unit == found[1])
            show_tip(event.globalPos(), words, self)
            return True
        return super().event(event)
