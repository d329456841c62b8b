"""The line under a run: how far it is, how fast, how long still, and what can be asked of it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QToolButton, QWidget

from alexnet_app.ui.parts.progress_line import ProgressLine
from alexnet_app.ui.theme import SPACE


class RunBar(ProgressLine):
    """The line of a run, with a button for each of ``actions``: beside it, or below where there is no room."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        names = (
            self.tr("State of the run"),
            self.tr("Progress of the run"),
            self.tr("Speed"),
            self.tr("Remaining time"),
        )
        super().__init__(names, parent)
        self._outer.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        self._buttons = QWidget()
        line = QHBoxLayout(self._buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addStretch()
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            line.addWidget(button)
        self._outer.addWidget(self._buttons)

    def minimumSizeHint(self) -> QSize:
        """As narrow as it is when it has turned."""
        least = max(self._line.minimumSize().width(), self._buttons.minimumSizeHint().width())
        return QSize(least + 2 * SPACE, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turns; what a run usually says decides it, not what it says now: nothing may jump while it is read."""
        usual = self.tr("epoch 100 of 100 · step 100,000") + self.tr("10,000 images/s") + self.tr("10 min left")
        needed = self.fontMetrics().horizontalAdvance(usual) + 16 * SPACE + self._buttons.sizeHint().width()
        is_wide = event.size().width() >= needed
        self._outer.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)
        self._outer.activate()  # what is left out depends on how wide the line is now
        super().resizeEvent(event)
