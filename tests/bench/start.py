"""From the start of the process to the first paint of the window: ``python tests/bench/start.py [--rounds 7]``.

The real program on a virtual screen, against itself with torch, torchvision and pyqtgraph imported before the window is
made. The disk is warm; rounds are interleaved; the ratio is the eager time over ours. It fails where torch was already
being loaded at the first paint. The last line, with ``--json``, is for machines.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "desktop"))

import screen as virtual

INSIDE = ROOT / "tests" / "desktop" / "first_paint"
EAGER = "torch torchvision pyqtgraph"
HEAVY = {"torch", "torchvision", "pyqtgraph", "matplotlib", "PIL"}
NAME = "process start to the first paint of the window"


def start(screen: virtual.Screen, eager: str = "") -> tuple[float, set[str]]:
    """Seconds to the first paint, and which modules were loaded then."""
    told = screen.home / "painted.json"
    told.unlink(missing_ok=True)
    variables = {"PYTHONPATH": str(INSIDE), "ALEXNET_PAINTED": str(told), "ALEXNET_EAGER": eager}
    begun = time.time()
    process = screen.run(sys.executable, str(ROOT / "main.py"), variables=variables)
    try:
        virtual.wait_for(told.exists, "the first paint")
    finally:
        process.kill()
        process.wait()
    found = json.loads(told.read_text())
    return found["time"] - begun, set(found["loaded"])


def quickly(screen: virtual.Screen) -> float:
    """Seconds of the program as it is; AssertionError where it had begun to load what takes long."""
    seconds, loaded = start(screen)
    assert not loaded & HEAVY, f"loaded before the first paint: {', '.join(sorted(loaded & HEAVY))}"
    return seconds


def measured(rounds: int) -> list[tuple[float, float]]:
    """(eager, ours) of each round."""
    with tempfile.TemporaryDirectory() as home:
        screen = virtual.Screen(Path(home))
        try:
            pairs = [(start(screen, EAGER)[0], quickly(screen)) for _ in range(rounds + 1)]
        finally:
            screen.close()
    return pairs[1:]  # the first round warms the disk


def described(values: tuple[float, ...]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Prints a line, and with ``--json`` another one."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    lacking = virtual.lacking()
    if lacking:
        sys.exit(f"no virtual screen: {', '.join(lacking)} not installed")
    pairs = measured(chosen.rounds)
    theirs, ours = zip(*pairs, strict=True)
    ratios = sorted(eager / own for eager, own in pairs)
    ratio = statistics.median(ratios)
    print(f"{os.cpu_count()} processors, {chosen.rounds} interleaved rounds, warm disk")
    print(
        f"{NAME}: ours {described(ours)}, with eager imports {described(theirs)}, "
        f"ratio {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    if chosen.json:
        record = {
            "name": NAME,
            "ours_s": statistics.median(ours),
            "theirs_s": statistics.median(theirs),
            "ratio": ratio,
            "range": [ratios[0], ratios[-1]],
        }
        print(json.dumps(record))


if __name__ == "__main__":
    main()
