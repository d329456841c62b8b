"""Python's cyclic garbage, collected on the thread of the window only.

Python collects on whatever thread happens to make objects. What Qt made for the window, such as a dialog that was
closed, must not be destroyed on a thread that trains or looks for runs: that ends the process.
"""

import gc

from PySide6.QtCore import QObject, QTimer

PERIOD = 1_000  # milliseconds
THRESHOLDS = (700, 10, 10)  # Python's own: objects, then collections of the younger generation


class Collector(QObject):
    """Collects while it lives; Python does so by itself again after ``stop``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(PERIOD)
        gc.disable()

    def look(self) -> None:
        """Collects the oldest generation that is due."""
        due = [
            place for place, (count, most) in enumerate(zip(gc.get_count(), THRESHOLDS, strict=True)) if count > most
        ]
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """Leaves it to Python."""
        self._timer.stop()
        gc.enable()
