"""What is going on, in the corner beside the tabs."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QTabBar

from alexnet_app.ui.parts.plain import Label, one_line
from alexnet_app.ui.theme import SPACE

LONGEST = 80  # characters


class Headline(Label):
    """A text that steps back, as high as the tabs, so that they stand on one line."""

    def __init__(self, tabs: QTabBar) -> None:
        super().__init__()
        self._tabs = tabs
        self.setContentsMargins(SPACE, 0, SPACE, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setAccessibleName(self.tr("Current state"))

    def setText(self, text: str) -> None:
        """Shows ``text``; a run may be called anything, and the tabs need their room."""
        super().setText(one_line(text, LONGEST))

    def sizeHint(self) -> QSize:
        """As high as the tabs: a corner is no higher than what is in it."""
        return QSize(super().sizeHint().width(), self._tabs.sizeHint().height())
