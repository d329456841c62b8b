"""One index of each tower over the epochs of a run, small; a click chooses an epoch."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.theme import SPACE, colours

LOOKS = (("tower_a", Qt.PenStyle.SolidLine), ("tower_b", Qt.PenStyle.DashLine))  # told apart without colours too
HEIGHTS = -0.05, 1.05  # of an index from 0 to 1
ALONE = ("accent", Qt.PenStyle.SolidLine)  # where there are no towers


class IndexPlot(Plot):
    """``pressed`` tells the epoch that was clicked, or that the mouse was dragged to."""

    pressed = Signal(float)

    def __init__(self, title: str) -> None:
        super().__init__(1.0)
        self.setAccessibleName(title)
        self._lines = [self.add_line(role, 0, style) for role, style in (*LOOKS, ALONE)]
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_series(self, epochs: Sequence[float], series: Sequence[Sequence[float | None]]) -> None:
        """Draws one line for each tower, or the one without towers; None is a gap."""
        self.paint_in(colours(self))
        line = QFontMetrics(self.font())
        last = max([1.0, *epochs])
        self.lay_out(line.horizontalAdvance("0.5") + SPACE, line.height() + SPACE // 2)
        self._values.setTicks([[(value, local(f"{value:g}")) for value in (0, 0.5, 1)]])
        self._steps.setTicks([[(value, local(f"{value:,.0f}")) for value in (0.0, last)]])
        self.start(0, last)
        drawn = self._lines[: len(LOOKS)] if len(series) > 1 else self._lines[len(LOOKS) :]
        for each in self._lines:
            self.give(each, [], [])
        for one, values in zip(drawn, series, strict=False):
            heights = np.array([np.nan if each is None else each for each in values], float)
            self.draw(one, np.array(epochs, float), heights)
        self._heights = HEIGHTS  # the same for both, so that they can be compared
        self.end(1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the epoch under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self.place(event.position()).x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Goes on choosing while the button is down."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.pressed.emit(self.place(event.position()).x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The choice is made already."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Is for what lies around it: the whole run is in view."""
        event.ignore()

    def sizeHint(self) -> QSize:
        """Small, but large enough to be clicked."""
        return QSize(22 * SPACE, 9 * SPACE)
