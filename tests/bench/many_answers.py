"""A hundred thousand pictures in the Classify panel: memory, the time of a frame while it is scrolled, of a filter.

    python tests/bench/many_answers.py [--pictures 100000] [--frames 400] [--json]

To be started in the root of the repository. The pictures are small PNG files in a temporary folder, each its own. They
are found, and the first ones are answered by the bundled model, as a person's are; the others get answers that are made
up here, a thousand in a report. A frame is one paint of all that is in sight after the scroll bar has moved, on Qt's
offscreen screen, while thumbnails are decoded beside it.
"""

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
SCREEN = ROOT / "tests" / "ui" / "screen.json"
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={SCREEN}")

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.rounds import arguments

CLASSES, CHUNK, LONG = 200, 1000, 120.0
NAMES = [f"class {number}" for number in range(CLASSES)]
SIZE = 1366, 768


def draw(top: Path, count: int) -> None:
    """``count`` PNGs of 16 × 16 pixels, in a folder for each thousand; a colour of its own makes each another file."""
    chance = np.random.default_rng(1)
    for number in range(count):
        folder = top / f"{number // 1000:03}"
        folder.mkdir(exist_ok=True)
        file = BytesIO()
        Image.fromarray(chance.integers(0, 256, (16, 16, 3), np.uint8)).save(file, "PNG", compress_level=1)
        (folder / f"photo {number:06}.png").write_bytes(file.getvalue())


def wait(condition: Callable[[], bool]) -> None:
    """Lets the window work until ``condition`` holds."""
    loop, begun = QEventLoop(), perf_counter()

    def look() -> None:
        if condition() or perf_counter() - begun > LONG:
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(2)
    loop.exec()


def resident() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_info().rss) / 2**20


def made_up(paths: list[str], chance: random.Random) -> tuple[Any, ...]:
    """Answers as the network gives them: five classes each."""
    from alexnet_app.core.events import Answered, Prediction

    events = []
    for path in paths:
        first, labels = chance.random(), chance.sample(range(CLASSES), 5)
        shares = (first, *((1 - first) / 2 ** (place + 1) for place in range(4)))
        pairs = zip(labels, shares, strict=True)
        events.append(Answered(path, tuple(Prediction(NAMES[label], share) for label, share in pairs)))
    return tuple(events)


def answer_all(panel: Any) -> float:
    """Gives every picture an answer; the longest time that one report took, in milliseconds."""
    from alexnet_app.ui.classify.jobs import Answers

    chance, longest = random.Random(1), 0.0
    paths = list(panel.answering.album.files())
    for first in range(0, len(paths), CHUNK):
        events = made_up(paths[first : first + CHUNK], chance)
        begun = perf_counter()
        panel.answering._take(Answers(panel.answering._number, events))
        QApplication.processEvents()
        longest = max(longest, perf_counter() - begun)
    return 1000 * longest


def frames(panel: Any, count: int) -> dict[str, float]:
    """How long ``count`` frames took, in milliseconds, half of them a wheel's step apart, half of them jumps; and how
    much of it this thread worked, whatever else the computer did.
    """
    bar, viewport, chance = panel.list.verticalScrollBar(), panel.list.viewport(), random.Random(2)
    took, worked = [], []
    for number in range(count):
        step = bar.value() + 3 * bar.singleStep() if number % 2 else chance.randrange(max(1, bar.maximum()))
        begun, own = perf_counter(), thread_time()
        bar.setValue(min(step, bar.maximum()))
        viewport.repaint()
        took.append(1000 * (perf_counter() - begun))
        worked.append(1000 * (thread_time() - own))
        QApplication.processEvents()
    took.sort()
    worked.sort()
    found = {"p50": took[count // 2], "p99": took[int(0.99 * count)], "most": took[-1]}
    return found | {"p99 of its own work": worked[int(0.99 * count)]}


def timed(do: Callable[[], object]) -> float:
    """Milliseconds that this thread works until it is done and drawn."""
    begun = thread_time()
    do()
    QApplication.processEvents()
    return 1000 * (thread_time() - begun)


def arranging(panel: Any) -> dict[str, float]:
    """How much work each order, the groups and filters are, in milliseconds."""
    from alexnet_app.ui.classify.views.arrangement import Order

    bar, found = panel.gallery.bar, {}
    for order in Order:
        found[f"sort by {order}"] = timed(lambda order=order: bar.want(order))
    found["filter of a class"] = timed(lambda: panel.gallery.filter.setText("class 17"))
    found["filter of one file"] = timed(lambda: panel.gallery.filter.setText("photo 0777"))
    found["no filter"] = timed(panel.gallery.filter.clear)
    found["groups"] = timed(panel.commands.group.trigger)
    found["fold a group"] = timed(lambda: panel.list.pictures.fold(0))
    found["choose all"] = timed(panel.list.selectAll)
    panel.list.pick(panel.list.pictures.matching_paths()[-5])
    found["remove one"] = timed(panel.commands.pictures.remove.trigger)
    found["undo"] = timed(panel.commands.undo.trigger)
    return found


def measured(folder: str, count: int, frame_count: int) -> dict[str, Any]:
    """All figures, of a panel with the bundled model."""
    from alexnet_app.core.runs.listing import bundled_models
    from alexnet_app.ui.classify.panel import ClassifyPanel
    from alexnet_app.ui.collecting import Collector
    from alexnet_app.ui.job import Jobs
    from alexnet_app.ui.settings import Settings

    collector, jobs = Collector(), Jobs()  # garbage is collected as in the window
    panel = ClassifyPanel(jobs, Settings())
    panel.resize(*SIZE)
    panel.show()
    panel.set_models([("bundled", str(bundled_models()[0]))])
    wait(lambda: not jobs.running())
    album, begun = panel.answering.album, perf_counter()
    panel.classify([folder])
    wait(lambda: bool(album.answered()))
    first = perf_counter() - begun
    wait(lambda: album.pictures() == count)
    found = perf_counter() - begun
    panel.commands.cancel.trigger()
    wait(lambda: not jobs.running())
    waiting = resident()
    said: dict[str, Any] = {"first answer, s": first, "all listed, s": found, "longest report, ms": answer_all(panel)}
    said["bytes for the answers of a picture"] = (resident() - waiting) * 2**20 / count
    said["rows"] = frames(panel, frame_count)
    said["arranging, ms of work"] = arranging(panel)
    said["rows in groups"] = frames(panel, frame_count)
    panel.commands.grid.trigger()
    said["tiles in groups"] = frames(panel, frame_count)
    said["memory, MB"] = resident()
    jobs.abandon_all()
    wait(lambda: not jobs.running())
    collector.stop()
    return said


def main() -> None:
    options = arguments(__doc__, pictures=100_000, frames=400)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=f"{home}/config", XDG_CACHE_HOME=f"{home}/cache")
        (Path(home) / "photos").mkdir()
        draw(Path(home) / "photos", options.pictures)
        app = QApplication(["many answers"])
        empty = resident()
        said = measured(f"{home}/photos", options.pictures, options.frames) | {"memory before, MB": empty}
        del app
    if options.json:
        print(json.dumps(said))
        return
    for name, value in said.items():
        if isinstance(value, dict):
            print(f"{name}: {', '.join(f'{key} {each:,.1f}' for key, each in value.items())}")
        else:
            print(f"{name}: {value:,.2f}")


if __name__ == "__main__":
    main()
