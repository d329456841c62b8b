"""All kernels of conv1 by what they care for: from spots to stripes across, from grey to colour upwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.theme import SPACE, Colours, colours

BINS = 10  # of each histogram
EDGE = 6 * SPACE  # pixels: a histogram beside the plot
RADIUS = 4  # pixels, of a kernel
NEAR = 2 * SPACE  # pixels: a click so near means the kernel


@dataclass(frozen=True, slots=True)
class Dot:
    """A kernel: ``number`` of the tower at ``tower``, its indices from 0 to 1, and whether it has ``learned``."""

    tower: int
    number: int
    direction: float
    colour: float
    learned: bool


class SplitPlot(QWidget):
    """Tower A as discs, tower B as triangles; what has not learned is small and faint. Histograms are of what has.

    ``picked`` tells tower and number of the kernel that was clicked.
    """

    picked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dots: tuple[Dot, ...] = ()
        self._chosen = (-1, -1)
        self._noise: tuple[float, float] | None = None
        self._names = (self.tr("spots"), self.tr("stripes")), (self.tr("grey"), self.tr("colour"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_dots(
        self, dots: Sequence[Dot], chosen: tuple[int, int], said: str, noise: tuple[float, float] | None = None
    ) -> None:
        """Draws the kernels; ``chosen`` has a ring, ``said`` is read out. ``noise`` is the direction index and the
        colour index that noise has: dotted lines.
        """
        self._dots, self._chosen, self._noise = tuple(dots), chosen, noise
        self.setAccessibleName(said)
        self.update()

    def dots(self) -> tuple[Dot, ...]:
        """What is drawn."""
        return self._dots

    def place_of(self, dot: Dot) -> QPointF:
        """Where a kernel is drawn."""
        room = self._room()
        across, up = max(0.0, min(dot.direction, 1.0)), max(0.0, min(dot.colour, 1.0))
        return QPointF(room.left() + across * room.width(), room.bottom() - up * room.height())

    def counts(self, tower: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """How many learned kernels of a tower fall into each tenth: of the direction index, of the colour index."""
        learned = [each for each in self._dots if each.tower == tower and each.learned]
        return _tenths([each.direction for each in learned]), _tenths([each.colour for each in learned])

    def sizeHint(self) -> QSize:
        """A good size for a hundred kernels."""
        return QSize(56 * SPACE, 50 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Small, but each corner can be told from the others."""
        return QSize(28 * SPACE, 24 * SPACE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Picks the nearest kernel."""
        apart = [(self.place_of(each) - event.position()).manhattanLength() for each in self._dots]
        if apart and min(apart) <= NEAR:
            found = self._dots[int(np.argmin(apart))]
            self.picked.emit(found.tower, found.number)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame, the histograms, the kernels."""
        painter, drawn = QPainter(self), colours(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self._room()
        painter.fillRect(room, drawn.paper)
        painter.setPen(drawn.grid)
        painter.drawRect(room)
        self._name_ends(painter, room, drawn)
        for tower in (0, 1):
            self._draw_histograms(painter, room, tower)
        if self._noise is not None:
            across, up = room.left() + self._noise[0] * room.width(), room.bottom() - self._noise[1] * room.height()
            painter.setPen(QPen(drawn.faint, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(across, room.top()), QPointF(across, room.bottom()))
            painter.drawLine(QPointF(room.left(), up), QPointF(room.right(), up))
        for dot in sorted(self._dots, key=lambda each: each.learned):
            self._draw_dot(painter, dot, drawn)

    def _room(self) -> QRectF:
        """The plot itself, without histograms and names."""
        line, wide = self.fontMetrics().height() + SPACE, self._wide()
        return QRectF(self.rect()).adjusted(wide, EDGE, -EDGE - SPACE, -line)

    def _wide(self) -> int:
        return max(self.fontMetrics().horizontalAdvance(each) for each in self._names[1]) + SPACE

    def _name_ends(self, painter: QPainter, room: QRectF, drawn: Colours) -> None:
        painter.setPen(drawn.faint)
        line, wide = self.fontMetrics().height(), self._wide()
        below = QRectF(room.left(), room.bottom() + SPACE // 2, room.width(), line)
        beside = QRectF(0, room.top(), wide - SPACE, room.height())
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        painter.drawText(below, left, self._names[0][0])
        painter.drawText(below, right, self._names[0][1])
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignBottom, self._names[1][0])
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignTop, self._names[1][1])

    def _draw_histograms(self, painter: QPainter, room: QRectF, tower: int) -> None:
        """Above by the direction, at the right by the colour; the towers side by side in each tenth."""
        directions, hues = self.counts(tower)
        drawn = colours(self)
        most = max(1, *(max(counts) for each in (0, 1) for counts in self.counts(each)))
        across, up = room.width() / BINS, room.height() / BINS
        for place, (direction, hue) in enumerate(zip(directions, hues, strict=True)):
            high, far = (EDGE - 2) * direction / most, (EDGE - 2) * hue / most
            left = room.left() + (place + tower / 2) * across
            top = room.bottom() - (place + (tower + 1) / 2) * up
            painter.fillRect(QRectF(left, room.top() - 1 - high, across / 2 - 1, high), _colour(tower, drawn))
            painter.fillRect(QRectF(room.right() + 2, top, far, up / 2 - 1), _colour(tower, drawn))

    def _draw_dot(self, painter: QPainter, dot: Dot, drawn: Colours) -> None:
        place, radius = self.place_of(dot), RADIUS if dot.learned else RADIUS / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_colour(dot.tower, drawn) if dot.learned else drawn.faint)
        if dot.tower == 0:
            painter.drawEllipse(place, radius, radius)
        else:
            corners = ((-radius, radius), (radius, radius), (0, -radius))
            painter.drawPolygon(QPolygonF([place + QPointF(*corner) for corner in corners]))
        if (dot.tower, dot.number) == self._chosen:
            painter.setPen(QPen(drawn.text, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(place, RADIUS + 3, RADIUS + 3)


def _colour(tower: int, drawn: Colours) -> QColor:
    return (drawn.tower_a, drawn.tower_b)[tower]


def _tenths(values: Sequence[float]) -> tuple[int, ...]:
    counts, _ = np.histogram(np.clip(values, 0, 1), bins=BINS, range=(0, 1))
    return tuple(counts.tolist())
