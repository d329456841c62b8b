"""The system's own notification of what happens to a run while nobody looks at the window."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from alexnet_app.ui.parts.plain import one_line, set_tip
from alexnet_app.ui.settings import Settings

KEPT = "notifications"
SHOWN_MS = 15_000  # a wish: desktops decide
LONGEST = 300  # characters
UNMARKED = str.maketrans({"<": "‹", ">": "›", "&": "+"})  # desktops format what looks like HTML


class Notifier(QObject):
    """Tells through the tray where there is one; ``window`` asks for attention either way. ``action`` turns it off."""

    def __init__(self, window: QMainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._settings = window, settings
        self._tray: QSystemTrayIcon | None = None  # while something is told
        self.action = QAction(self.tr("Notify me when a run ends"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Alt+N"))
        self.action.setCheckable(True)
        self.action.setChecked(settings.text(KEPT) != "off")
        set_tip(
            self.action,
            self.tr("Show a notification of the system when a run ends, fails or needs you while you look elsewhere"),
        )
        self.action.toggled.connect(lambda on: settings.keep_text(KEPT, "on" if on else "off"))
        window.installEventFilter(self)

    def tell(self, title: str, text: str) -> None:
        """Shows both, unless somebody looks at the window or wants none. They are shown as they are, not as HTML."""
        if not self.action.isChecked() or self._window.isActiveWindow() or not self._window.isVisible():
            return
        QApplication.alert(self._window)
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(self._come_up)
            self._tray.activated.connect(self._come_up)
        self._tray.show()  # it tells nothing without
        self._tray.showMessage(_plain(title), _plain(text), self._window.windowIcon(), SHOWN_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes the icon away when somebody looks."""
        if event.type() == QEvent.Type.WindowActivate:
            self.withdraw()
        return False

    def withdraw(self) -> None:
        """Leaves nothing in the tray."""
        if self._tray is not None:
            self._tray.hide()

    def _come_up(self) -> None:
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self.withdraw()


def _plain(text: str) -> str:
    return one_line(" ".join(text.split()), LONGEST).translate(UNMARKED)
