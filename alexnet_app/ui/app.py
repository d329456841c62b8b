"""The composition root: the application, its looks, its nets for errors, its window."""

import signal
import socket
from collections.abc import Sequence

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from alexnet_app import __version__, resources
from alexnet_app.commands.interruption import ending_signals
from alexnet_app.ui import theme
from alexnet_app.ui.collecting import Collector
from alexnet_app.ui.focus import follow_focus
from alexnet_app.ui.main_window import MainWindow
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.settings import Settings


def main(paths: Sequence[str]) -> int:
    """Shows the window with ``paths`` opened in it; gives the exit code when it is closed."""
    app = QApplication(["alexnet-app"])
    app.setApplicationName("alexnet-app")
    app.setApplicationDisplayName("AlexNet App")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("alexnet-app")
    app.setWindowIcon(QIcon(str(resources.path("icons/alexnet-app.svg"))))
    app.setQuitOnLastWindowClosed(False)  # the window goes out of sight before its threads are over
    theme.follow_system(app)
    follow_focus(app)
    collector = Collector()
    uncaught = Uncaught()
    uncaught.install()
    window = MainWindow(Settings(), uncaught)
    window.left.connect(app.quit)
    signals = Signals(window)
    app.commitDataRequest.connect(lambda _: window.leave_now())  # the desktop's session ends
    window.show()
    window.open_paths(paths)
    code = app.exec()
    signals.close()
    uncaught.remove()
    collector.stop()
    return code


class Signals(QObject):
    """What the system asks of the program (Ctrl-C, the end of the session): save and leave, without a question."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._ours, self._woken = socket.socketpair()
        for end in (self._ours, self._woken):
            end.setblocking(False)
        self._window = window
        self._notifier = QSocketNotifier(self._woken.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._leave)
        self._before = signal.set_wakeup_fd(self._ours.fileno(), warn_on_full_buffer=False)
        self._numbers = set(ending_signals())
        for number in self._numbers:
            signal.signal(number, lambda *_: None)  # the number arrives through the socket

    def close(self) -> None:
        """Lets signals do again what they did."""
        signal.set_wakeup_fd(self._before)
        for number in self._numbers:
            signal.signal(number, signal.SIG_DFL)
        self._notifier.setEnabled(False)
        self._ours.close()
        self._woken.close()

    def _leave(self) -> None:
        numbers = self._woken.recv(64)
        if self._numbers & set(numbers):
            self._window.leave_now()
