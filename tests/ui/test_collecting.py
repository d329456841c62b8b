"""What Qt made is never destroyed on another thread."""

import gc
import threading

from PySide6.QtCore import QObject

from alexnet_app.ui.collecting import THRESHOLDS, Collector

GONE = []


class Looped(QObject):
    """Only the collector of cycles can take it."""

    def __init__(self):
        super().__init__()
        self.itself = self

    def __del__(self):
        GONE.append(threading.get_ident())


def busy():
    for _ in range(20 * THRESHOLDS[0]):
        cycle = []
        cycle.append(cycle)


def test_that_cycles_go_on_the_thread_of_the_window_only(qtbot):
    collector = Collector()
    GONE.clear()
    Looped()
    thread = threading.Thread(target=busy)
    thread.start()
    thread.join()
    assert not GONE
    collector._timer.setInterval(1)
    qtbot.waitUntil(lambda: bool(GONE))
    assert [threading.get_ident()] == GONE
    collector.stop()
    assert gc.isenabled()
