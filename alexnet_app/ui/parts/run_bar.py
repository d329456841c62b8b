"""The line under a run: how far it is, how fast, how long still, and what can be asked of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton, QWidget

from alexnet_app.ui.parts.progress_line import ProgressLine
from alexnet_app.ui.theme import SPACE


class RunBar(ProgressLine):
    """The line of a run, with a button for each of ``actions``."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        names = (
            self.tr("State of the run"),
            self.tr("Progress of the run"),
            self.tr("Speed"),
            self.tr("Remaining time"),
        )
        super().__init__(names, parent)
        self._line.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._line.addWidget(button)
