"""Where small pictures of one size lie in a grid, so that every pixel of them is equally large on any screen."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

SMALLEST = 6  # pixels: a picture that is drawn smaller shows nothing
COMFORTABLE = 16  # pixels: rows are not made larger than this where they then have to be scrolled
TIDY = 0.92  # of the largest zoom is enough for a grid without an empty place


@dataclass(frozen=True, slots=True)
class Grid:
    """Where ``count`` pictures of ``width`` × ``height`` pixels lie, in device pixels from the grid's corner.

    Each pixel of a picture is ``zoom`` device pixels wide; ``gap`` lies between columns, ``row_gap`` between rows.
    """

    count: int
    columns: int
    width: int
    height: int
    zoom: int
    gap: int
    row_gap: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return -(-self.count // self.columns)

    @property
    def step(self) -> tuple[int, int]:
        """From one picture to the next, across and down."""
        return self.width * self.zoom + self.gap, self.height * self.zoom + self.row_gap

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole grid."""
        across, down = self.step
        return self.columns * across - self.gap, self.rows * down - self.row_gap

    def cell(self, index: int) -> QRect:
        """Where the picture ``index`` lies."""
        row, column = divmod(index, self.columns)
        across, down = self.step
        return QRect(column * across, row * down, self.width * self.zoom, self.height * self.zoom)

    def at(self, x: int, y: int) -> tuple[int, int, int] | None:
        """The picture there, and the row and the column of its pixel; None beside all pictures."""
        across, down = self.step
        (column, left), (row, top) = divmod(x, across), divmod(y, down)
        index = row * self.columns + column
        inside = left < self.width * self.zoom and top < self.height * self.zoom
        if not (inside and 0 <= column < self.columns and row >= 0 and index < self.count):
            return None
        return index, top // self.zoom, left // self.zoom


@dataclass(frozen=True, slots=True)
class Shape:
    """What has to be laid out: ``columns`` is None where as many may lie in a row as fit best."""

    count: int
    width: int
    height: int
    columns: int | None = None
    apart: bool = False  # rows stand further apart than columns
    tight: bool = False  # nothing lies between columns

    def grid(self, columns: int, zoom: int, ratio: float) -> Grid:
        """The grid with that many columns; ``ratio`` is device pixels by logical ones."""
        gap = max(round(ratio), min(round(3 * ratio), self.width * zoom // 12))
        across = 0 if self.tight else gap
        return Grid(self.count, columns, self.width, self.height, zoom, across, 3 * gap if self.apart else gap)

    def least_zoom(self, ratio: float, pixels: int = SMALLEST) -> int:
        """The zoom at which a picture is ``pixels`` logical ones wide."""
        return max(1, math.ceil(pixels * ratio / self.width))

    def fit(self, room: QSize, ratio: float) -> Grid:
        """The grid with the largest pictures in ``room`` (device pixels); higher where the smallest do not fit."""
        return self._rows_fit(room, ratio) if self.columns else self._best_fit(room, ratio)

    def _rows_fit(self, room: QSize, ratio: float) -> Grid:
        assert self.columns
        least, grid = self.least_zoom(ratio), None
        enough = self.least_zoom(ratio, COMFORTABLE)
        for zoom in range(max(least, room.width() // (self.columns * self.width)), least - 1, -1):
            grid = self.grid(self.columns, zoom, ratio)
            across, down = grid.size
            if across <= room.width() and (down <= room.height() or zoom <= enough):
                return grid
        return self.grid(self.columns, least, ratio)

    def _best_fit(self, room: QSize, ratio: float) -> Grid:
        least = self.least_zoom(ratio)
        most = max(least, min(room.width() // self.width, room.height() // self.height))
        largest: Grid | None = None
        for zoom in range(most, least - 1, -1):
            grid = self._tidiest(room, zoom, ratio)
            if grid is not None and self.count % grid.columns == 0:
                return grid
            largest = largest or grid
            if largest is not None and zoom - 1 < TIDY * largest.zoom:
                return largest
        return largest or self.grid(self._fitting(room.width(), least, ratio), least, ratio)

    def _tidiest(self, room: QSize, zoom: int, ratio: float) -> Grid | None:
        """The grid with the fewest empty places at ``zoom``, then the one most like the room; None if none fits."""
        one = self.grid(1, zoom, ratio)
        rows = (room.height() + one.row_gap) // one.step[1]
        most = min(self.count, (room.width() + one.gap) // one.step[0])
        if rows < 1 or rows * most < self.count:
            return None
        wanted = math.log(room.width() / room.height())

        def roughness(columns: int) -> tuple[int, float]:
            lines = -(-self.count // columns)
            shape = math.log(columns * self.width / (lines * self.height))
            return lines * columns - self.count, abs(shape - wanted)

        return self.grid(min(range(-(-self.count // rows), most + 1), key=roughness), zoom, ratio)

    def _fitting(self, width: int, zoom: int, ratio: float) -> int:
        one = self.grid(1, zoom, ratio)
        return max(1, min(self.count, (width + one.gap) // one.step[0]))
