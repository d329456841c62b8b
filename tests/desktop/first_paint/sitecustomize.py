"""Tells when the main window was first painted and what was loaded by then; put into the program by PYTHONPATH.

Writes ``{"time": seconds since 1970, "loaded": [top-level modules]}`` into the file named in ALEXNET_PAINTED. The
modules named in ALEXNET_EAGER are imported before the window is made.
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


def _watch_painting():
    import json
    import time

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
                self.tell()
            return False

        def tell(self):
            loaded = sorted({name.partition(".")[0] for name in tuple(sys.modules)})
            path = os.environ["ALEXNET_PAINTED"]
            with open(path + ".part", "w") as file:  # noqa: PTH123
                json.dump({"time": time.time(), "loaded": loaded}, file)
            os.replace(path + ".part", path)  # noqa: PTH105

    painted = Painted()
    painted.begun = False
    run = QApplication.exec

    def run_watched(*_):
        painted.window = next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow))
        painted.window.installEventFilter(painted)
        return run()

    QApplication.exec = run_watched


if os.environ.get("ALEXNET_PAINTED"):
    sys.meta_path.insert(0, _Watch())
