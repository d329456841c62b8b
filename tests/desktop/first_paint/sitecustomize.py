"""Tells when the main window was first painted and what was loaded by then; put into the program by PYTHONPATH.

Writes ``{"time": seconds since 1970, "loaded": [top-level modules]}`` into the file named in ALEXNET_PAINTED, and the
same into the one named in ALEXNET_ANSWERED when a picture that the program was started with has its labels in the list.
The modules named in ALEXNET_EAGER are imported before the window is made. With ALEXNET_MARKS set it says on stderr
when the interpreter was ready, the application begun and made, the window begun, shown and painted.
"""

import os
import sys


class _Watch:
    """Looks on as modules are imported, and steps in when the program has turned to its window."""

    def find_spec(self, name, path=None, target=None):
        if name == "alexnet_app.ui.app":
            sys.meta_path.remove(self)
            for each in os.environ.get("ALEXNET_EAGER", "").split():
                __import__(each)
            _watch_painting()


def _mark(name):
    import time

    if "ALEXNET_MARKS" in os.environ:
        os.write(2, f"mark: {name} {time.time():.6f}\n".encode())


def _mark_steps():
    """Puts classes in the place of two of Qt's that say when they are made and shown."""
    from PySide6 import QtWidgets

    class Application(QtWidgets.QApplication):
        def __init__(self, *given):
            _mark("application")
            super().__init__(*given)
            _mark("applied")

    class Window(QtWidgets.QMainWindow):
        def __init__(self, *given):
            _mark("window")
            super().__init__(*given)

        def show(self):
            _mark("shown")
            super().show()

    QtWidgets.QApplication, QtWidgets.QMainWindow = Application, Window


def _tell(name):
    import json
    import time

    if name not in os.environ:
        return
    path, loaded = os.environ[name], sorted({each.partition(".")[0] for each in tuple(sys.modules)})
    with open(path + ".part", "w") as file:  # noqa: PTH123
        json.dump({"time": time.time(), "loaded": loaded}, file)
    os.replace(path + ".part", path)  # noqa: PTH105


def _watch_painting():
    if "ALEXNET_MARKS" in os.environ:
        _mark_steps()
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Painted(QObject):
        """From the window's own paint event on it sees all events: the first that is none is sent when all is drawn."""

        def eventFilter(self, _, event):
            is_paint = event.type() == QEvent.Type.Paint
            if is_paint and not self.begun:
                self.begun = True
                QApplication.instance().installEventFilter(self)
            elif self.begun and not is_paint:
                self.window.removeEventFilter(self)
                QApplication.instance().removeEventFilter(self)
                _mark("painted")
                _tell("ALEXNET_PAINTED")
            return False

    painted = Painted()
    painted.begun = False
    run = QApplication.exec

    def run_watched(*_):
        painted.window = next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow))
        painted.window.installEventFilter(painted)
        if "ALEXNET_ANSWERED" in os.environ:
            answering = painted.window.tabs.classify.answering
            answering.answered.connect(lambda change: change.answered and _tell("ALEXNET_ANSWERED"))
        return run()

    QApplication.exec = run_watched


if {"ALEXNET_PAINTED", "ALEXNET_ANSWERED"} & set(os.environ):
    _mark("interpreter")
    sys.meta_path.insert(0, _Watch())
