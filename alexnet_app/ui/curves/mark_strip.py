"""The row below the axis of steps: where checkpoints were written and the run was paused."""

import math

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Signal
from PySide6.QtGui import QHelpEvent, QPainter, QPainterPath, QPaintEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.curves.marks import bars, thinned, triangle
from alexnet_app.ui.curves.run import DrawnRun, Marks
from alexnet_app.ui.curves.scale import AxisScale
from alexnet_app.ui.theme import SPACE, colours

APART = 3 * SPACE  # pixels: checkpoints that are nearer to each other are thinned
SIGNS = ("checkpoint", "pause")


class MarkStrip(QWidget):
    """Signs of one height in one row, over what the plot above shows. ``asked``: the mouse rests there on the screen;
    what happened between these places?
    """

    asked = Signal(QPoint, float, float)

    def __init__(self) -> None:
        super().__init__()
        self._span, self._place = (0.0, 1.0), QRect()
        self._drawn: list[tuple[str, int]] = []
        self._paths: dict[str, QPainterPath] = {"checkpoint": triangle(), "pause": bars()}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as a sign, with a little room around it."""
        return QSize(0, SPACE + 4)

    def show_marks(
        self, marks: Marks | None, run: DrawnRun, scale: AxisScale, span: tuple[float, float], left: int, width: int
    ) -> None:
        """Draws the checkpoints and pauses of ``run`` between the places ``span``, which lie ``width`` pixels apart
        from ``left`` on; none where ``marks`` is None.
        """
        self._span, self._place = span, QRect(left, 0, max(width, 1), self.height())
        drawn: list[tuple[str, int]] = []
        if marks is not None:
            ends = scale.steps(run, span[0]), scale.steps(run, span[1])
            steps = thinned(marks.steps("checkpoint", *ends), width // APART)
            signs = [("checkpoint", step) for step in steps] + [("pause", step) for step in marks.steps("pause", *ends)]
            places = [(kind, float(scale.places(run, step))) for kind, step in signs]
            drawn = [(kind, self._at(place)) for kind, place in places if math.isfinite(place)]
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()

    def drawn(self, kind: str) -> list[int]:
        """The pixels at which there is a sign of a kind, from the left."""
        return [at for one, at in self._drawn if one == kind]

    def _at(self, place: float) -> int:
        start, stop = self._span
        return round(self._place.left() + (place - start) / max(stop - start, 1e-9) * self._place.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the signs."""
        painter, drawn = QPainter(self), colours(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for kind, at in self._drawn:
            place = QTransform.fromTranslate(at, self.height() / 2).scale(SPACE, SPACE)
            painter.fillPath(place.map(self._paths[kind]), drawn.faint if kind == "checkpoint" else drawn.text)

    def event(self, event: QEvent) -> bool:
        """Asks for words when the mouse rests."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            start, stop = self._span
            per_pixel = (stop - start) / max(self._place.width(), 1)
            here = start + (event.pos().x() - self._place.left()) * per_pixel
            self.asked.emit(event.globalPos(), here - SPACE * per_pixel, here + SPACE * per_pixel)
            return True
        return super().event(event)
