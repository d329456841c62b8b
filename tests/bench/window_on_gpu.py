"""The window on a GPU: ``python tests/bench/window_on_gpu.py --out FOLDER [--packed FOLDER] [--rounds 3]``.

Trains ``cifar-towers`` and ``imagenet-2012`` in the real window, offscreen, on its worker thread, and beside it with
the command's own loop, in interleaved rounds. For each it tells how late a timer of the thread that paints is, the
images a second of both, how soon a pause, another learning rate and a stop are obeyed, and what memory the device has
back then, and keeps a picture of the window while it trains. Without a GPU it takes the CPU, smaller batches and fewer
images.

``--packed`` is a folder with what ``packaging/pack_window.py`` has packed, for a machine without PySide6. Data are
drawn unless ``--cifar`` and ``--photos`` name some. Figures are written to FOLDER/figures.json after every round, so
that what is cut off loses nothing.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "desktop")]

PRESETS = ("cifar-towers", "imagenet-2012")
TICK = 0.010  # seconds
PATIENCE = 300.0  # seconds of one child, beside those that count


def options_given() -> argparse.Namespace:
    """The command line; ``child`` is for our own processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--packed", type=Path, help="what packaging/pack_window.py has packed, unpacked")
    parser.add_argument("--cifar", default="", help="CIFAR-10, its folder or archive")
    parser.add_argument("--photos", default="", help="a folder with one sub-folder per class")
    parser.add_argument("--device", default="", help="default: the first GPU, else the CPU")
    parser.add_argument("--presets", nargs="+", default=PRESETS, choices=PRESETS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0, help="that count, of each training")
    parser.add_argument("--images", type=int, default=0, help="photos that are drawn: 20,000, on a CPU 400")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def environment(packed: Path | None, out: Path) -> dict[str, str]:
    """That of the children: offscreen, with what was packed where the machine has none of its own."""
    found = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(out / "home")}
    found |= {"XDG_CACHE_HOME": str(out / "cache"), "XDG_STATE_HOME": str(out / "state"), "GOMP_SPINCOUNT": "1000"}
    if packed is None:
        return found
    lacking = out / "libraries"
    lacking.mkdir(exist_ok=True)
    for library in sorted((packed / "lib").iterdir()):
        try:
            ctypes.CDLL(library.name)
        except OSError:
            link = lacking / library.name
            if not link.exists():
                link.symlink_to(library.resolve())
    fonts = out / "fonts.conf"
    places = f"<dir>{packed.resolve() / 'fonts'}</dir><cachedir>{out / 'cache'}</cachedir>"
    fonts.write_text(f"<fontconfig>{places}</fontconfig>")
    paths = [str(packed.resolve()), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    libraries = [str(lacking.resolve()), *filter(None, [os.environ.get("LD_LIBRARY_PATH", "")])]
    return found | {
        "PYTHONPATH": os.pathsep.join(paths),
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "FONTCONFIG_FILE": str(fonts),
    }


def drawn_cifar(folder: Path) -> Path:
    """Images of 32 × 32 in the layout of CIFAR-10's binary version, as many; what is on them means nothing."""
    import numpy as np

    chance = np.random.default_rng(1)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"):
        rows = chance.integers(0, 256, (10_000, 3073), np.uint8)
        rows[:, 0] = np.arange(10_000) % 10
        rows.tofile(folder / name)
    names = "airplane automobile bird cat deer dog frog horse ship truck".split()  # noqa: SIM905
    (folder / "batches.meta.txt").write_text("\n".join(names) + "\n")
    return folder


def drawn_photos(folder: Path, count: int) -> Path:
    """JPEG files of 256 × 256 in 20 classes: smooth noise."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from PIL import Image

    def draw(place: int) -> None:
        path = folder / f"class {place % 20:02}" / f"{place}.jpg"
        small = np.random.default_rng(place).integers(0, 256, (12, 12, 3), np.uint8)
        Image.fromarray(small).resize((256, 256), Image.Resampling.BICUBIC).save(path, quality=88)

    for number in range(20):
        (folder / f"class {number:02}").mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as threads:
        list(threads.map(draw, range(count)))
    return folder


def settings(preset: str, data: str, device: str) -> dict[str, object]:
    """What is changed in a preset: it is to train on and on."""
    found: dict[str, object] = {"data": data, "device": device, "epochs": 10_000}
    if device == "cpu":
        found["batch_size"] = 8 if preset == "imagenet-2012" else 32
    return found


def memory() -> float:
    """Megabytes that this process holds on the GPU; without one, of the computer's memory."""
    import torch

    if torch.cuda.is_initialized():
        return torch.cuda.memory_reserved() / 1e6
    import psutil

    return psutil.Process().memory_info().rss / 1e6


def plain(preset: str, data: str, device: str, options: argparse.Namespace, out: Path) -> None:
    """Trains without a window."""
    import dataclasses

    from alexnet_app.core.events import StepsDone
    from alexnet_app.core.runs.run import Run
    from alexnet_app.core.training.config_text import load_config, to_toml
    from alexnet_app.core.training.train import train
    from tests.bench.inside import SKIPPED, Rate

    config = dataclasses.replace(load_config(preset), **settings(preset, data, device))
    run = Run.create(options.out / "home" / f"plain-{preset}-{time.time_ns()}", to_toml(config))
    rate, work = Rate(), train(config, run)
    for event in work:
        if isinstance(event, StepsDone) and rate.take(event, config.batch_size) >= SKIPPED + options.seconds:
            work.close()  # type: ignore[attr-defined]
    out.write_text(json.dumps({"rate": rate.value()}))


class Visitor:
    """Someone in the window: starts a training, takes its rate, counts ticks, pauses, steers, looks, stops, leaves."""

    def __init__(self, window, preset, data, device, options):
        from PySide6.QtCore import Qt, QTimer

        from tests.bench.inside import Rate

        self.window, self.train, self.options = window, window.tabs.train, options
        self.preset, self.values = preset, settings(preset, data, device)
        self.rate, self.late, self.found = Rate(), [], {}
        self.asked = self.last = 0.0
        self.phase = "loading"
        self.train.control.happened.connect(self.hear)
        self.train.control.ended.connect(self.over)
        self.timer = QTimer(window, interval=round(1000 * TICK), timerType=Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.tick)
        self.timer.start()

    def tick(self):
        now = time.perf_counter()
        if self.phase == "loading" and not self.window._headline.text():
            self.begin()
        elif self.phase == "ticking":
            late = now - self.last - TICK
            self.late.append(max(0.0, late))
            while late > TICK:  # those that did not come at all were late too
                late -= TICK
                self.late.append(late)
            if now >= self.until:
                self.look()
        self.last = now

    def begin(self):
        self.phase = "training"
        self.before = memory()
        self.window.tabs.setCurrentWidget(self.train)
        self.train.setup.use_preset(self.preset)
        self.train.setup.form.set_values(self.values)
        self.train.start()

    def hear(self, event):
        """Each thing that is asked for is asked once the one before has happened."""
        from alexnet_app.core.events import Continued, Paused, RateChanged, RunEnded, StepsDone
        from tests.bench.inside import SKIPPED

        waited = 1000 * (time.perf_counter() - self.asked)
        match event:
            case StepsDone() if self.phase == "training":
                if self.rate.take(event, self.train._live.state.batch_size) >= SKIPPED + self.options.seconds:
                    self.phase, self.until = "ticking", time.perf_counter() + 4.0
            case Paused():
                self.found["pause_ms"] = waited
                self.ask("continue_ms", self.train.control.pause_action)
            case Continued():
                self.found["continue_ms"] = waited
                self.ask("rate_ms", self.train.control.rate_action)
            case RateChanged() if self.phase == "asking":
                self.found["rate_ms"] = waited
                self.asked = time.perf_counter()
                self.train.control.stop()
            case RunEnded():
                self.found["stop_ms"] = waited

    def look(self):
        self.phase = "asking"
        self.found["memory_mb"] = memory() - self.before
        picture = self.options.out / f"window-{self.preset}.png"
        self.window.grab().save(str(picture))
        self.ask("pause_ms", self.train.control.pause_action)

    def ask(self, _, action):
        self.asked = time.perf_counter()
        action.trigger()

    def over(self):
        self.timer.stop()
        self.found["left_mb"] = memory() - self.before
        self.found["rate"] = self.rate.value() if self.rate.reports else 0.0
        self.found["late_ms"] = [round(1000 * each, 2) for each in self.late]
        self.found["said"] = self.train.banner.text()
        self.window.leave_now()


def windowed(preset: str, data: str, device: str, options: argparse.Namespace, out: Path) -> None:
    """Trains in the window."""
    from visiting import visited

    code, visitor = visited(lambda window: Visitor(window, preset, data, device, options))
    out.write_text(json.dumps(visitor.found))
    sys.exit(code)


def child(kind: str, preset: str, data: str, device: str, options: argparse.Namespace, around: dict[str, str]) -> dict:
    """What a process of its own has measured; what it said where it failed."""
    out = options.out / f"{kind}-{preset}.json"
    out.unlink(missing_ok=True)
    words = [sys.executable, __file__, "--out", str(options.out), "--seconds", str(options.seconds)]
    words += ["--cifar", data, "--device", device, "--child", kind, preset]
    said = options.out / f"{kind}-{preset}.log"
    with said.open("wb") as log:
        process = subprocess.Popen(words, env=around, stdout=log, stderr=log)
        try:
            process.wait(options.seconds + PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if not out.exists():
        return {"failed": said.read_text(errors="replace")[-2000:]}
    return json.loads(out.read_text())


def told(preset: str, rounds: list[dict[str, dict]]) -> str:
    """The figures of one preset, in lines."""
    whole = [each for each in rounds if each["window"].get("rate") and each["plain"].get("rate")]
    if not whole:
        return f"{preset}: nothing was measured; {rounds[-1]}"
    ratios = [each["window"]["rate"] / each["plain"]["rate"] for each in whole]
    late = sorted(tick for each in whole for tick in each["window"]["late_ms"])
    last = whole[-1]["window"]
    rates = ", ".join(f"{each['window']['rate']:,.1f} / {each['plain']['rate']:,.1f}" for each in whole)
    asked = ", ".join(f"{name} {last.get(f'{name}_ms', -1):.0f} ms" for name in ("pause", "continue", "rate", "stop"))
    lines = [
        f"{preset}: images/s, window / command: {rates}; ratio {statistics.median(ratios):.3f} (median)",
        f"timer of 10 ms late by {late[len(late) // 2]:.1f} ms (p50), {late[int(0.99 * len(late))]:.1f} (p99), "
        f"{late[-1]:.0f} (most), {len(late)} ticks",
        asked,
        f"memory while it trains {last['memory_mb']:,.0f} MB, after it {last['left_mb']:,.0f} MB",
        f"it said: {last['said']}",
    ]
    return "\n  ".join(lines)


def main() -> int:
    """Draws what is needed, measures in rounds, tells after each."""
    options = options_given()
    options.out = options.out.resolve()
    if options.child:
        from alexnet_app import cli

        cli._prepare_torch()
        kind, preset = options.child
        out = options.out / f"{kind}-{preset}.json"
        (windowed if kind == "window" else plain)(preset, options.cifar, options.device, options, out)
        return 0
    import torch

    device = options.device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    count = options.images or (400 if device == "cpu" else 20_000)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "home").mkdir(exist_ok=True)
    around = environment(options.packed, options.out)
    data = {"cifar-towers": options.cifar or str(drawn_cifar(options.out / "cifar"))}
    if "imagenet-2012" in options.presets:
        data["imagenet-2012"] = options.photos or str(drawn_photos(options.out / "photos", count))
    print(f"on {torch.cuda.get_device_name() if device != 'cpu' else 'the CPU'}, torch {torch.__version__}", flush=True)
    found: dict[str, list[dict]] = {preset: [] for preset in options.presets}
    for _ in range(options.rounds):
        for preset in options.presets:
            kinds = ("window", "plain") if len(found[preset]) % 2 else ("plain", "window")
            found[preset].append({kind: child(kind, preset, data[preset], device, options, around) for kind in kinds})
            (options.out / "figures.json").write_text(json.dumps(found))
            print(told(preset, found[preset]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
