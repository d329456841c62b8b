"""Where the rows of a list of pictures lie: below each other or as tiles, under the headings of their groups."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alexnet_app.ui.classify.views.arrangement import Group


@dataclass(frozen=True, slots=True)
class Sizes:
    """Pixels: the width in which to lie, the least width and the height of a picture's place, the height of a heading.

    A least width of 0 lets every picture have a line of its own.
    """

    width: int
    least: int
    height: int
    heading: int

    @property
    def columns(self) -> int:
        """How many pictures lie beside each other."""
        return max(1, self.width // self.least) if self.least else 1


class Placement:
    """Frames as (left, top, width, height), from the top of all; found by halving the groups, so that their number
    counts and not that of the pictures.
    """

    def __init__(self, groups: Sequence[Group], sizes: Sizes) -> None:
        self._groups, self._sizes, self.columns = groups, sizes, sizes.columns
        self._tops: list[int] = []
        self._rows: list[int] = []  # the first one of each group, heading or picture
        top = 0
        for group in groups:
            self._tops.append(top)
            self._rows.append(group.row if group.row >= 0 else group.first)
            top += self._heading(group) + self._lines(group.shown) * sizes.height
        self.height = top

    def frame(self, row: int) -> tuple[int, int, int, int]:
        """Where a row lies."""
        place = bisect_right(self._rows, row) - 1
        group, top, sizes = self._groups[place], self._tops[place], self._sizes
        if row == group.row:
            return 0, top, sizes.width, sizes.heading
        line, column = divmod(row - group.first, self.columns)
        left, right = (sizes.width * each // self.columns for each in (column, column + 1))
        return left, top + self._heading(group) + line * sizes.height, right - left, sizes.height

    def row_at(self, x: int, y: int) -> int:
        """The row at a point; −1 where there is none."""
        row = self.nearest(x, y)
        if row < 0:
            return -1
        left, top, width, height = self.frame(row)
        return row if left <= x < left + width and top <= y < top + height else -1

    def nearest(self, x: int, y: int) -> int:
        """The row at a point, or the one that lies nearest before it; −1 where there is none at all."""
        place = bisect_right(self._tops, max(0, y)) - 1
        while place >= 0:
            group = self._groups[place]
            inside = y - self._tops[place] - self._heading(group)
            if group.row >= 0 and (inside < 0 or not group.shown):
                return group.row
            if group.shown:
                line = min(max(0, inside) // self._sizes.height, self._lines(group.shown) - 1)
                column = min(max(0, x * self.columns // max(1, self._sizes.width)), self.columns - 1)
                return group.first + min(line * self.columns + column, group.shown - 1)
            place -= 1
        return -1

    def rows_between(self, top: int, bottom: int) -> Iterator[int]:
        """The rows of which something lies between two heights."""
        place = max(0, bisect_right(self._tops, max(0, top)) - 1)
        while place < len(self._groups) and self._tops[place] < bottom:
            group, begin = self._groups[place], self._tops[place]
            if group.row >= 0 and begin + self._sizes.heading > top:
                yield group.row
            begin += self._heading(group)
            first = max(0, (top - begin) // self._sizes.height) * self.columns
            last = max(0, -(-(bottom - begin) // self._sizes.height)) * self.columns
            yield from range(group.first + first, group.first + min(last, group.shown))
            place += 1

    def beside(self, row: int, lines: int) -> int:
        """The row that lies so many ``lines`` above (less than 0) or below; the last one there is in that direction."""
        left, top, width, height = self.frame(row)
        middle = left + width // 2 if row not in self._headings() else 0
        while lines:
            y = top + height if lines > 0 else top - 1
            found = self.nearest(middle, y) if 0 <= y < self.height else -1
            if found < 0:
                break
            row = found
            _, top, _, height = self.frame(row)
            lines += -1 if lines > 0 else 1
        return row

    def _headings(self) -> set[int]:
        return {group.row for group in self._groups if group.row >= 0}

    def _heading(self, group: Group) -> int:
        return self._sizes.heading if group.row >= 0 else 0

    def _lines(self, count: int) -> int:
        return -(-count // self.columns)
