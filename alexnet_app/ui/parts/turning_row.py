"""Two widgets side by side where there is room for both, else one above the other."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from alexnet_app.ui.theme import SPACE


class TurningRow(QWidget):
    """``needed`` gives the width in pixels from which on both stand side by side; the second one takes the rest."""

    def __init__(self, first: QWidget, second: QWidget, needed: Callable[[], int]) -> None:
        super().__init__()
        self._parts, self._needed = (first, second), needed
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE // 2)
        self._layout.addWidget(first)
        self._layout.addWidget(second, stretch=1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """As narrow as when they stand one above the other."""
        least = max(part.minimumSizeHint().width() for part in self._parts)
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turns."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= self._needed()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)
