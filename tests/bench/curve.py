"""One update of a live curve with a million points, against plain pyqtgraph: ``python tests/bench/curve.py``.

Both get 50 new losses and are painted at once, offscreen, 1,200 × 600. Ours draws both plots, the mean and the legends;
plain pyqtgraph is a PlotWidget with its default settings and a pen of width 1, given all points by ``setData``. Rounds
are interleaved; the ratio is pyqtgraph's time over ours. The last line, with ``--json``, is for machines.
"""

import json
import os
import statistics
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QWidget

from alexnet_app.ui import theme
from alexnet_app.ui.widgets.curves import LearningCurves

ROUNDS = 9
POINTS = 1_000_000
NEW = 50
NAME = "one update of a live curve with 1e6 points"


def losses(count: int, chance: np.random.Generator) -> np.ndarray:
    """Plausible ones: they fall, and vary by a tenth."""
    steps = np.arange(count)
    return (0.6 + 1.7 * np.exp(-steps / (0.1 * count))) * np.exp(chance.normal(0, 0.1, count))


class Plain:
    """pyqtgraph as it comes."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.widget = pg.PlotWidget()
        self.curve = self.widget.plot(values, pen=pg.mkPen("b", width=1))

    def update(self, new: np.ndarray) -> None:
        self.values = np.append(self.values, new)
        self.curve.setData(self.values)


class Ours:
    """The curves of the window."""

    def __init__(self, values: np.ndarray) -> None:
        self.count = len(values)
        self.widget = LearningCurves()
        self.widget.add_losses(0, values)
        for step in range(10_000, len(values), 10_000):
            self.widget.add_epoch(step, 1.0, 0.4, 1.1, 0.45, best=False)
            self.widget.add_marker(step, "checkpoint", "")

    def update(self, new: np.ndarray) -> None:
        self.widget.add_losses(self.count, new)
        self.count += len(new)
        self.widget.redraw()


def shown(widget: QWidget) -> None:
    """Puts it on the screen that is none."""
    widget.resize(1200, 600)
    widget.show()
    QApplication.processEvents()
    widget.grab()


def seconds(curve: Plain | Ours, new: np.ndarray) -> float:
    """Of one update until it is painted."""
    start = time.perf_counter()
    curve.update(new)
    curve.widget.grab()
    return time.perf_counter() - start


def main() -> None:
    """Prints a line, and with ``--json`` another one."""
    app = QApplication([])
    theme.follow_system(app)
    chance = np.random.default_rng(1)
    values = losses(POINTS, chance)
    plain, ours = Plain(values), Ours(values)
    pairs = []
    for curve in (plain, ours):
        shown(curve.widget)
    for _ in range(ROUNDS + 1):  # the first one warms up
        new = losses(NEW, chance)
        pairs.append((seconds(plain, new), seconds(ours, new)))
    ratios = sorted(theirs / own for theirs, own in pairs[1:])
    theirs, own = (1000 * statistics.median(column) for column in zip(*pairs[1:], strict=True))
    ratio = statistics.median(ratios)
    print(f"PySide6, pyqtgraph {pg.__version__}, {ROUNDS} interleaved rounds")
    print(
        f"{NAME}: ours {own:.1f} ms, pyqtgraph {theirs:.1f} ms, ratio {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    if "--json" in sys.argv[1:]:
        record = {"name": NAME, "ours_ms": own, "theirs_ms": theirs, "ratio": ratio, "range": [ratios[0], ratios[-1]]}
        print(json.dumps(record))


if __name__ == "__main__":
    main()
