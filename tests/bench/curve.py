"""One update of a live curve with a million points, against plain pyqtgraph: ``python tests/bench/curve.py``.

Both get 50 new losses and are painted at once, offscreen, 1,200 × 600. Ours draws both plots, the mean and the legends;
plain pyqtgraph is a PlotWidget with its default settings and a pen of width 1, given all points by ``setData``.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from tests.bench.profiles import stages_of
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # a real screen would draw both at its own pace

import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QWidget

from alexnet_app.ui import theme
from alexnet_app.ui.curves.learning_curves import LearningCurves
from alexnet_app.ui.curves.lines import ErrorLines, LossLines
from alexnet_app.ui.curves.losses import Losses

POINTS = 1_000_000
NEW = 50
FUNCTIONS = (
    (Losses, "put", "keeping the new losses"),
    (LossLines, "draw", "drawing the losses"),
    (ErrorLines, "draw", "drawing the errors"),
    (LearningCurves, "grab", "painting"),
)
MOST = 20  # milliseconds: more would be seen


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


def update(curve: Plain | Ours, chance: np.random.Generator) -> Callable[[], float]:
    """Milliseconds of one update until it is painted."""

    def measured() -> float:
        new = losses(NEW, chance)
        begin = time.perf_counter()
        curve.update(new)
        curve.widget.grab()
        return 1000 * (time.perf_counter() - begin)

    return measured


def painted(curve: Plain | Ours) -> float:
    """Milliseconds, at the least of some tries, to paint what is there once more."""
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        curve.widget.grab()
        times.append(time.perf_counter() - begin)
    return 1000 * min(times)


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """``curve``."""
    app = QApplication.instance() or QApplication([])
    theme.follow_system(app)
    chance = np.random.default_rng(1)
    values = losses(POINTS, chance)
    plain, ours = Plain(values), Ours(values)
    for curve in (plain, ours):
        shown(curve.widget)
    own = update(ours, chance)
    row = Row(
        name="curve",
        peer=f"plain pyqtgraph {pg.__version__}",
        unit="ms",
        pairs=interleaved(own, update(plain, chance), rounds),
        must=5,
        bound=painted(ours),
        most=MOST,
        note=f"one update with {POINTS:,} points, painted; ours draws two plots, the mean and the legends; "
        "bound: painting the same once more, without new points",
    )
    yield row.explained(lambda: stages_of(own, FUNCTIONS))


def main() -> None:
    """Prints the row."""
    given = arguments(__doc__)
    told(rows(given.rounds), as_json=given.json)


if __name__ == "__main__":
    main()
