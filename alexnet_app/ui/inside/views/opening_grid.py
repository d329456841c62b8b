"""A grid of small pictures, one of which can be opened with a double click or with Enter."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from alexnet_app.ui.parts.kernel_grid import KernelGrid


class OpeningGrid(KernelGrid):
    """``opened`` tells the place of the picture."""

    opened = Signal(int)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens what is under the pointer."""
        found = self.at(event.position().toPoint())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(found[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens what is picked with Enter; goes with the arrow keys."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.picked is not None:
            self.opened.emit(self.picked)
        else:
            super().keyPressEvent(event)
