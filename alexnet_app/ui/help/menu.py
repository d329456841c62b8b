"""The menu Help: the manual at the page of the panel that is seen, all keys, what the program is."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar

from alexnet_app import __version__
from alexnet_app.ui.help.manual import ManualWindow
from alexnet_app.ui.help.shortcuts import ShortcutsWindow, keys_of
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.questions import AboutBox


class HelpMenu(QObject):
    """Its ``actions``; ``page`` gives the name of the manual's page that is wanted when the manual is opened."""

    def __init__(self, bar: QMenuBar, page: Callable[[], str]) -> None:
        super().__init__(bar)
        self._bar, self._page = bar, page
        self._manual: ManualWindow | None = None
        self._keys: ShortcutsWindow | None = None
        self.manual = self._action(self.tr("Manual"), "F1", self._open_manual)
        set_tip(self.manual, self.tr("Open the manual at the page of this tab"))
        self.shortcuts = self._action(self.tr("Keyboard shortcuts"), "Ctrl+F1", self._open_keys)
        self.about = self._action(self.tr("About AlexNet App"), "Shift+F1", self._tell_about)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)

    def actions(self) -> list[QAction | None]:
        """In the order of the menu; None is a separator."""
        return [self.manual, self.shortcuts, None, self.about]

    def close(self) -> None:
        """The window closes: so do those beside it."""
        for each in (self._manual, self._keys):
            if each is not None:
                each.close()

    def manual_window(self) -> ManualWindow | None:
        """The window of the manual, once it was opened."""
        return self._manual

    def keys_window(self) -> ShortcutsWindow | None:
        """The window of all keys, once it was opened."""
        return self._keys

    def _open_manual(self) -> None:
        self._manual = self._manual or ManualWindow(self._bar.window())
        self._manual.open_page(self._page())

    def _open_keys(self) -> None:
        if self._keys is not None:
            self._keys.close()
            self._keys.deleteLater()
        self._keys = ShortcutsWindow(keys_of(self._bar), self._bar.window())
        self._keys.show()

    def _tell_about(self) -> None:
        AboutBox(self._bar.window(), __version__).open()

    def _action(self, text: str, keys: str, do: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(do)
        return action
