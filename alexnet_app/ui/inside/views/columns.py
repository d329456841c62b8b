"""What the figure of a network is drawn from, and where each part of it lies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect

from alexnet_app.ui.theme import SPACE

LEAST_FACE, LEAST_BAR = 14, 24  # pixels
THUMB, GAP = 26, 3
MOST_ROWS = 2  # of thumbnails
BAR = 10
DENSE = 0.5  # of the width of a convolution's column
FRONT, HIGH, DEEP = 0.6, 0.46, 0.2  # of a column's width, a tower's height, and a column's width again
SLANT = 0.5  # what lies behind goes up by that much of what it goes to the right


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A map of a layer: its ``unit``, from 0 within the layer, its picture, uint8 (side, side), and what is said of
    it.
    """

    unit: int
    picture: NDArray[np.uint8]
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class TowerBlock:
    """A layer of one tower: so many ``maps`` of ``side`` × ``side``, its strongest ``faces``, the strongest first.

    ``levels`` are its units where they are no maps, uint8 (units,), 255 for the strongest.
    """

    maps: int
    side: int
    faces: Sequence[Face] = ()
    levels: NDArray[np.uint8] | None = None
    is_off: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A layer: a block for each tower, and what is written above. ``flows`` is for each reader what share of its input
    comes from each tower, 0 to 1, where it reads both; empty where each reads its own.
    """

    layer: str
    size: str
    blocks: Sequence[TowerBlock]
    flows: Sequence[Sequence[float]] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a block lies: its front, how far its back is from there, and its thumbnails, a unit and a place each."""

    front: QRect
    depth: int
    thumbs: tuple[tuple[int, QRect], ...]

    @property
    def back(self) -> QPoint:
        """From the front to the back."""
        return QPoint(self.depth, -round(SLANT * self.depth))

    @property
    def entry(self) -> QPoint:
        """Where lines from the layer before end."""
        return QPoint(self.front.left(), self.front.center().y())

    @property
    def way_out(self) -> QPoint:
        """Where lines to the next layer begin."""
        return QPoint(self.front.right() + 1 + self.depth, self.front.center().y() - round(SLANT * self.depth / 2))


@dataclass(frozen=True, slots=True)
class FigureLayout:
    """Where everything lies: the photo, and of each column all of it, its title and its cells."""

    photo: QRect
    columns: tuple[QRect, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def column_at(self, place: QPoint) -> int | None:
        """The column at ``place``."""
        return next((at for at, each in enumerate(self.columns) if each.contains(place)), None)

    def unit_at(self, place: QPoint) -> tuple[int, int] | None:
        """The column and the unit whose thumbnail is at ``place``."""
        for column, cells in enumerate(self.cells):
            for unit, where in (thumb for cell in cells for thumb in cell.thumbs):
                if where.contains(place):
                    return column, unit
        return None


def laid_out(columns: Sequence[Column], width: int, height: int, line: int) -> FigureLayout:
    """Lays out ``columns`` in so many pixels; ``line`` is the height of a line of text, of which titles have two."""
    title = 2 * line + SPACE
    photo_side = max(LEAST_BAR, min(round(0.4 * height), round(0.12 * width), 20 * SPACE))
    photo = QRect(SPACE, title + (height - title - photo_side) // 2, photo_side, photo_side)
    shares = [DENSE if _is_dense(each) else 1.0 for each in columns]
    left = photo.right() + 3 * SPACE
    unit = max(1.0, (width - left - SPACE) / max(sum(shares), 1.0))
    places, cells = [], []
    for column, share in zip(columns, shares, strict=True):
        place = QRect(left, 0, int(share * unit), height)
        places.append(place)
        cells.append(_cells(columns, column, place.adjusted(0, title, 0, 0), unit))
        left += place.width()
    return FigureLayout(photo, tuple(places), tuple(cells))


def _cells(columns: Sequence[Column], column: Column, place: QRect, unit: float) -> tuple[Cell, ...]:
    """The blocks of a column, one below the other."""
    towers = len(column.blocks)
    most = max(len(each.blocks) for each in columns)
    high = place.height() // most
    rows = [_row(place, at, towers) for at in range(towers)]
    if _is_dense(column):
        largest = max(each.maps for other in columns if _is_dense(other) for each in other.blocks)
        return tuple(
            _bar(block, _row(place, at, towers), round(0.8 * high), largest) for at, block in enumerate(column.blocks)
        )
    sides = max(each.side for other in columns for each in other.blocks)
    maps = max(each.maps for other in columns if not _is_dense(other) for each in other.blocks)
    scale = min(FRONT * unit, HIGH * high) / sides
    found = []
    for block, row in zip(column.blocks, rows, strict=True):
        side, depth = max(LEAST_FACE, round(scale * block.side)), round(DEEP * unit * block.maps / maps)
        found.append(_cell(block, row, side, depth))
    return tuple(found)


def _row(place: QRect, at: int, towers: int) -> QRect:
    high = place.height() // towers
    return QRect(place.left(), place.top() + at * high, place.width(), high)


def _bar(block: TowerBlock, room: QRect, high: int, largest: int) -> Cell:
    """Units that are no maps: a bar whose height tells how many they are."""
    bar = QRect(0, 0, BAR, max(LEAST_BAR, round(high * (block.maps / largest) ** 0.5)))
    bar.moveCenter(room.center())
    return Cell(bar, 0, ())


def _cell(block: TowerBlock, room: QRect, side: int, depth: int) -> Cell:
    """A block of maps, with its strongest ones below it as far as there is room."""
    across = max(1, (room.width() - SPACE) // (THUMB + GAP))
    free = room.height() - side - round(SLANT * depth) - 2 * GAP
    rows = max(0, min(MOST_ROWS, free // (THUMB + GAP), -(-len(block.faces) // across)))
    whole = round(SLANT * depth) + side + rows * (THUMB + GAP) + GAP
    top = room.top() + max(0, (room.height() - whole) // 2) + round(SLANT * depth)
    front = QRect(room.left() + GAP + (room.width() - side - depth) // 6, top, side, side)
    thumbs = []
    for at, face in enumerate(block.faces[: rows * across]):
        row, column = divmod(at, across)
        corner = QPoint(room.left() + GAP + column * (THUMB + GAP), front.bottom() + 2 * GAP + row * (THUMB + GAP))
        thumbs.append((face.unit, QRect(corner.x(), corner.y(), THUMB, THUMB)))
    return Cell(front, depth, tuple(thumbs))


def _is_dense(column: Column) -> bool:
    return column.blocks[0].levels is not None
