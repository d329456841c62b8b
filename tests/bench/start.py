"""From the start of the process to the first paint of the window, and to an answer: ``python tests/bench/start.py``.

The real program on a virtual screen, against itself with torch, torchvision and pyqtgraph imported before the window is
made. The disk is warm, and Python has its compiled modules, as from the second start on. ``start`` ends at the first
paint, and fails where torch was already being loaded then; where it takes too long, three more starts tell of their
parts, and the middle one is taken. ``start-classify`` ends when a picture that the program was started with has its
labels in the list: then it is ready to classify beyond doubt.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "desktop")]

import screen as virtual

from tests.bench import parts
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

INSIDE = ROOT / "tests" / "desktop" / "first_paint"
PICTURE = sorted((ROOT / "resources" / "samples").glob("*"))[0]
EAGER = "torch torchvision pyqtgraph"
HEAVY = {"torch", "torchvision", "pyqtgraph", "matplotlib", "PIL"}
MOST = 1.0  # seconds to the first paint
EMPTY = """
import os, sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
{imports}

class Window(QMainWindow):
    def paintEvent(self, event):
        QTimer.singleShot(0, tell)

def tell():
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(str(time.time()))
    os.replace(sys.argv[1] + ".part", sys.argv[1])

app, window = QApplication([]), Window()
window.resize(1280, 800)
window.show()
app.exec()
"""
AS_USED = {"PYTHONDONTWRITEBYTECODE": ""}  # a program that is used finds its modules compiled


def started(screen: virtual.Screen, until: str, *paths: Path, eager: str = "") -> tuple[float, set[str]]:
    """Seconds until the program has ``until``, "PAINTED" or "ANSWERED", and which modules were loaded then."""
    there = screen.home / "there.json"
    there.unlink(missing_ok=True)
    variables = AS_USED | {"PYTHONPATH": str(INSIDE), f"ALEXNET_{until}": str(there), "ALEXNET_EAGER": eager}
    begun = time.time()
    process = screen.run(sys.executable, str(ROOT / "main.py"), *map(str, paths), variables=variables)
    try:
        virtual.wait_for(there.exists, until.lower())
    finally:
        process.kill()
        process.wait()
    found = json.loads(there.read_text())
    return found["time"] - begun, set(found["loaded"])


def quickly(screen: virtual.Screen) -> float:
    """Seconds to the first paint; AssertionError where the program had begun to load what takes long."""
    seconds, loaded = started(screen, "PAINTED")
    assert not loaded & HEAVY, f"loaded before the first paint: {', '.join(sorted(loaded & HEAVY))}"
    return seconds


def nothing(screen: virtual.Screen, imports: str) -> float:
    """Seconds, at the least of some tries, until a window without anything in it is painted, after ``imports``."""
    there, seconds = screen.home / "there.json", []
    for _ in range(3):
        there.unlink(missing_ok=True)
        begun = time.time()
        process = screen.run(sys.executable, "-c", EMPTY.format(imports=imports), str(there), variables=AS_USED)
        try:
            virtual.wait_for(there.exists, "painted")
        finally:
            process.kill()
            process.wait()
        seconds.append(float(there.read_text()) - begun)
    return min(seconds)


def told_start(screen: virtual.Screen) -> dict[str, float]:
    """Seconds of each part of one start, up to the first paint. Telling it takes a little longer itself."""
    there, log = screen.home / "there.json", screen.home / f"{Path(sys.executable).name}.log"
    there.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    variables = AS_USED | {"PYTHONPATH": str(INSIDE), "ALEXNET_PAINTED": str(there), "ALEXNET_MARKS": "1"}
    begun = time.time()
    process = screen.run(sys.executable, "-X", "importtime", str(ROOT / "main.py"), variables=variables)
    try:
        virtual.wait_for(there.exists, "painted")
    finally:
        process.kill()
        process.wait()
    return parts.of_start(log.read_text().splitlines(), begun)


def profile(screen: virtual.Screen) -> list[str]:
    """Where the time of a start goes: of three the one that took the middle time."""
    return parts.shares(sorted((told_start(screen) for _ in range(3)), key=lambda told: sum(told.values()))[1])


def row(name: str, ours: Callable[[], float], peer: Callable[[], float], rounds: int, **more: object) -> Row:
    """Of two ways to start."""
    return Row(name, "the same with eager imports", "s", interleaved(ours, peer, rounds), **more)


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """``start`` and ``start-classify``."""
    if virtual.lacking():
        sys.exit(f"no virtual screen: {', '.join(virtual.lacking())} not installed")
    with tempfile.TemporaryDirectory() as home:
        screen = virtual.Screen(Path(home))
        try:
            yield row(
                "start",
                lambda: quickly(screen),
                lambda: started(screen, "PAINTED", eager=EAGER)[0],
                rounds,
                bound=nothing(screen, ""),
                must=3,
                most=MOST,
                note="start of the process to the first paint, warm disk; bound: a window of Qt without anything in it",
            ).explained(lambda: profile(screen))
            yield row(
                "start-classify",
                lambda: started(screen, "ANSWERED", PICTURE)[0],
                lambda: started(screen, "ANSWERED", PICTURE, eager=EAGER)[0],
                rounds,
                bound=nothing(screen, "import torch"),
                note="start of the process with a picture to its labels on the screen, warm disk; bound: an empty "
                "window that has imported torch",
            )
        finally:
            screen.close()


def main() -> None:
    """Prints the rows."""
    given = arguments(__doc__)
    told(rows(given.rounds), as_json=given.json)


if __name__ == "__main__":
    main()
