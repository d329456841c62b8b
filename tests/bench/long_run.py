"""How soon long runs are on the screen, and how smoothly they are panned: ``python tests/bench/long_run.py``.

Makes a run of ten million steps, 60,000 lines as a training of days has them, and 100 runs of 10,000 steps, in a
temporary folder; then prints how long each takes to open, at first and from what was kept, and how long the frames of
panning and zooming take, offscreen, 1,200 × 600: median and 99 % quantile. ``--steps`` makes it smaller; with
``--processor`` times are those of the processor, for a machine that does something else as well.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # a real screen would draw at its own pace

from PySide6.QtWidgets import QApplication

from alexnet_app.core.runs.condensed_file import condensed, kept_file
from alexnet_app.core.runs.run import Run
from alexnet_app.ui import theme
from alexnet_app.ui.curves.compared import ShownRun
from alexnet_app.ui.curves.learning_curves import LearningCurves
from alexnet_app.ui.train.past import drawn_run

LINE = 167  # steps in a second of a fast training
BATCH = 128
EPOCH = 1_000  # steps
FRAMES = 200
COMPARED = (1, 20, 100)  # runs


CLOCKS = {True: time.process_time, False: time.perf_counter}
now = CLOCKS["--processor" in sys.argv]


def make_run(folder: Path, steps: int, seed: int, line: int = LINE) -> Run:
    """A run whose loss falls, and varies by a tenth."""
    chance = np.random.default_rng(seed)
    run = Run.create(folder, f'network = "shapes-towers"\ndata = "shapes"\nseed = {seed}\n')
    with run.events_file.open("w", encoding="utf-8") as file:
        for first in range(0, steps, line):
            at = np.arange(first, min(first + line, steps))
            losses = (0.6 + 1.7 * np.exp(-at / (0.1 * steps))) * np.exp(chance.normal(0, 0.1, len(at)))
            said = {"event": "StepsDone", "time": 1e9 + first, "first": first, "losses": losses.tolist(), "rate": 0.01}
            file.write(json.dumps({**said, "images_per_second": 9_000.0}) + "\n")
            for step in range(-(-first // EPOCH) * EPOCH, int(at[-1]) + 1, EPOCH * max(1, steps // EPOCH // 90)):
                if step:
                    errors = {"train_error": 0.4, "validation_error": 0.5, "validation_top5_error": 0.1}
                    done = {"event": "EpochDone", "time": 1e9, "epoch": step // EPOCH, "step": step, "train_loss": 1.0}
                    rest = {"validation_loss": 1.1, "best": False, "images_per_second": 9_000.0}
                    file.write(json.dumps({**done, **errors, **rest}) + "\n")
    return run


def opened(run: Run, curves: LearningCurves) -> float:
    """Seconds until the run is drawn."""
    begun = now()
    curves.clear(run.folder.name)
    curves.set_batch_size(BATCH)
    curves.set_steps_per_epoch(EPOCH)
    curves.take_past(drawn_run(condensed(run), BATCH))
    curves.redraw()
    curves.grab()
    return now() - begun


def frames(curves: LearningCurves) -> tuple[float, float]:
    """Median and 99 % quantile of the milliseconds of a frame while it is panned and zoomed."""
    took = []
    curves._show_whole()
    first, last = curves._span.whole
    for frame in range(FRAMES):
        begun = now()
        if frame % 4 == 3:
            curves._turn(first + (last - first) * 0.6, 0.8 if frame < FRAMES // 2 else 1.25)
        else:
            curves._move(0.05 if frame % 8 < 4 else -0.05)
        QApplication.processEvents()  # paints what has changed, as a screen's next frame does
        took.append(1_000 * (now() - begun))
    return float(np.median(took)), float(np.quantile(took, 0.99))


def main() -> None:
    """Prints all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000_000, help="steps of the long run")
    parser.add_argument("--runs", type=int, default=100, help="runs of 10,000 steps")
    parser.add_argument("--processor", action="store_true", help="count the time of the processor only")
    asked = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    theme.follow_system(app)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as there:
        os.environ["XDG_CACHE_HOME"] = there + "/cache"
        curves = LearningCurves()
        curves.resize(1_200, 600)
        curves.show()
        long = make_run(Path(there) / "long", asked.steps, 0)
        size = long.events_file.stat().st_size / 1e6
        print(f"a run of {asked.steps:,} steps, {size:,.0f} MB: opened at first in {opened(long, curves):.2f} s")
        print(f"  from what was kept ({kept_file(long).stat().st_size / 1e6:,.0f} MB) in {opened(long, curves):.2f} s")
        print("  panned and zoomed: {:.1f} ms a frame, p99 {:.1f} ms".format(*frames(curves)))
        runs = [make_run(Path(there) / f"run-{place}", 10_000, place + 1, 500) for place in range(asked.runs)]
        begun = now()
        drawn = [drawn_run(condensed(run), BATCH) for run in runs]
        print(f"{len(runs)} runs of 10,000 steps: read in {now() - begun:.2f} s")
        for place, run in enumerate(drawn):
            curves.show_other(ShownRun(str(place), f"run {place}", run))
            if place + 1 in COMPARED:
                print("  {} compared: {:.1f} ms a frame, p99 {:.1f} ms".format(place + 1, *frames(curves)))
        curves.hide()


if __name__ == "__main__":
    main()
