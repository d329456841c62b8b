"""The menu that makes the window light or dark."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from alexnet_app.ui.theme import Appearance


class AppearanceMenu(QMenu):
    """One of three; ``chosen`` tells an Appearance."""

    chosen = Signal(Appearance)

    def __init__(self, now: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Appearance"))
        self._group = QActionGroup(self)
        for each, text, key in (
            (Appearance.SYSTEM, self.tr("Follow the system"), "Ctrl+Alt+S"),
            (Appearance.LIGHT, self.tr("Light"), "Ctrl+Alt+L"),
            (Appearance.DARK, self.tr("Dark"), "Ctrl+Alt+D"),
        ):
            action = QAction(text, self._group)
            action.setShortcut(QKeySequence(key))
            action.setCheckable(True)
            action.setChecked(each is now)
            action.setData(str(each))
            self.addAction(action)
        self._group.triggered.connect(self._tell)

    def _tell(self, action: QAction) -> None:
        self.chosen.emit(Appearance(action.data()))
