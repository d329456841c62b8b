"""Training in the window against training without one: ``python tests/bench/window.py [CIFAR] [--rounds 5]``.

The preset ``cifar10`` on the CIFAR-10 folder or archive CIFAR (or ALEXNET_CIFAR10), once in the real window on a
virtual screen with its curves visible, once with ``train`` in a plain process. Rounds are interleaved; the rate is
pictures by the time in steps, without the first seconds; the ratio is the window's rate over the plain one. In the
window a timer of 10 ms tells how late the thread that paints is: every moment at which it should have come counts,
also those that were missed altogether. The last line, with ``--json``, is for machines.
"""

import argparse
import dataclasses
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "desktop")]

import screen as virtual

from alexnet_app import cli

SKIPPED = 5.0  # seconds of training before it counts
TICK = 0.010  # seconds
PATIENCE = 120.0  # seconds that a child may take beside its training
NAME = "training in the window against training without one"


class Rate:
    """Pictures by time in steps, from ``SKIPPED`` seconds after the first step on."""

    def __init__(self):
        self.begun = None
        self._pictures = self._seconds = 0.0
        self.reports = 0

    def take(self, event, batch_size):
        """Counts a StepsDone; gives the seconds since the first one."""
        now = time.monotonic()
        self.begun = self.begun or now
        if now - self.begun >= SKIPPED:
            pictures = len(event.losses) * batch_size
            self._pictures += pictures
            self._seconds += pictures / event.images_per_second
            self.reports += 1
        return now - self.begun

    def value(self):
        """Pictures a second."""
        return self._pictures / self._seconds


def plain(data, seconds, out):
    """Trains in this process, without a window."""
    from alexnet_app.core.events import StepsDone
    from alexnet_app.core.runs.run import Run
    from alexnet_app.core.training.config import load_config, to_toml
    from alexnet_app.core.training.train import train

    config = dataclasses.replace(load_config("cifar10"), data=data)
    run = Run.create(out.with_suffix(".run"), to_toml(config))
    rate, work = Rate(), train(config, run)
    for event in work:
        if isinstance(event, StepsDone) and rate.take(event, config.batch_size) >= SKIPPED + seconds:
            work.close()
    out.write_text(json.dumps({"rate": rate.value()}))


def windowed(data, seconds, out, switch_interval):
    """The program, with someone in it who starts the training, looks at the clock, and closes the window."""
    from PySide6.QtCore import QObject, Qt, QTimer
    from visiting import visited

    from alexnet_app.core.events import StepsDone

    if switch_interval:
        sys.setswitchinterval(switch_interval)

    class Visitor(QObject):
        """Ticks every 10 ms; what it sees is kept for each phase."""

        def __init__(self, window):
            super().__init__()
            self.window, self.rate, self.phase = window, Rate(), "loading"
            self.late = {"loading": [], "starting": [], "training": []}
            self._last = time.perf_counter()
            window.train.control.reported.connect(self.hear)
            self._timer = QTimer(self, interval=round(1000 * TICK), timerType=Qt.TimerType.PreciseTimer)
            self._timer.timeout.connect(self.tick)
            self._timer.start()

        def tick(self):
            now = time.perf_counter()
            late, self._last = now - self._last - TICK, now
            self.late[self.phase].append(max(0.0, late))
            while late > TICK:  # ticks that did not come at all were late too
                late -= TICK
                self.late[self.phase].append(late)
            if self.phase == "loading" and not self.window._headline.text():
                self.phase = "starting"
                self.begin()

        def begin(self):
            setup = self.window.train.setup
            setup.use_preset("cifar10")
            setup.form.set_values({"data": data})
            self.window.train.start()

        def hear(self, event):
            if isinstance(event, StepsDone):
                passed = self.rate.take(event, self.window.train._live.state.batch_size)
                self.phase = "training" if passed >= SKIPPED else "starting"
                if passed >= SKIPPED + seconds:
                    self.window.train.control.reported.disconnect(self.hear)
                    self._timer.stop()
                    self.window.leave_now()

    code, visitor = visited(Visitor)
    out.write_text(json.dumps({"rate": visitor.rate.value(), "reports": visitor.rate.reports, "late": visitor.late}))
    return code


def of_child(screen, kind, options):
    """What a child process of that kind wrote."""
    out = screen.home / f"{kind}.json"
    out.unlink(missing_ok=True)
    command = [sys.executable, __file__, options.data, "--seconds", str(options.seconds), "--child", kind]
    process = screen.run(*command, "--out", str(out), "--switch-interval", str(options.switch_interval))
    code = process.wait(options.seconds + PATIENCE)
    assert code == 0, (screen.home / f"{Path(sys.executable).name}.log").read_text()[-3000:]
    shutil.rmtree(out.with_suffix(".run"), ignore_errors=True)
    return json.loads(out.read_text())


def percentile(values, share):
    """In milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def lateness(rounds, phase):
    """p50, p99 and the largest of all rounds, in milliseconds, and p99 of each round."""
    every = [late for each in rounds for late in each["late"][phase]]
    return {
        "p50": percentile(every, 0.50),
        "p99": percentile(every, 0.99),
        "max": percentile(every, 1.0),
        "p99_of_rounds": [percentile(each["late"][phase], 0.99) for each in rounds],
        "ticks": len(every),
    }


def measured(options):
    """What each kind of process wrote, by kind, for each round."""
    kinds = ["plain", "windowed"] + (["switched"] if options.switch_interval else [])
    with tempfile.TemporaryDirectory() as home:
        screen = virtual.Screen(Path(home))
        try:
            return [{kind: of_child(screen, kind, options) for kind in kinds} for _ in range(options.rounds)]
        finally:
            screen.close()


def report(rounds, kind, name):
    """Prints what people read; gives what machines read."""
    pairs = [(each["plain"]["rate"], each[kind]["rate"]) for each in rounds]
    ratios = sorted(window / alone for alone, window in pairs)
    alone, window = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(ratios)
    print(
        f"{name}: {window:,.0f} against {alone:,.0f} pictures/s, ratio {ratio:.3f} "
        f"({ratios[0]:.3f} to {ratios[-1]:.3f})"
    )
    record = {"name": name, "ours": window, "theirs": alone, "ratio": ratio, "range": [ratios[0], ratios[-1]]}
    for phase, meaning in (("training", "while it trains"), ("loading", "while torch is loaded")):
        late = lateness([each[kind] for each in rounds], phase)
        p99s = ", ".join(f"{value:.1f}" for value in late["p99_of_rounds"])
        print(
            f"  a timer of 10 ms, {meaning}, is late by {late['p50']:.2f} ms (p50), {late['p99']:.1f} ms (p99; of each "
            f"round {p99s}), {late['max']:.1f} ms (most); {late['ticks']:,} ticks"
        )
        record[f"late_ms_{phase}"] = late
    return record


def arguments():
    """Of the command line."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("data", nargs="?", default=os.environ.get("ALEXNET_CIFAR10", ""))
    read.add_argument("--rounds", type=int, default=5)
    read.add_argument("--seconds", type=float, default=20.0)
    read.add_argument(
        "--switch-interval", type=float, default=0.0, help="a third process, a window with this one, in s"
    )
    read.add_argument("--json", action="store_true")
    read.add_argument("--child", choices=("plain", "windowed", "switched"), help=argparse.SUPPRESS)
    read.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return read.parse_args()


def main():
    """Prints three lines for each kind of window, and with ``--json`` another one."""
    options = arguments()
    if not Path(options.data or "/nowhere").exists():
        sys.exit("give a CIFAR-10 folder or archive, or set ALEXNET_CIFAR10")
    options.data = str(Path(options.data).absolute())
    if options.child:
        cli._prepare_torch()  # before torch is loaded
    if options.child == "plain":
        return plain(options.data, options.seconds, options.out)
    if options.child:
        interval = options.switch_interval if options.child == "switched" else 0.0
        return windowed(options.data, options.seconds, options.out, interval)
    if virtual.lacking():
        sys.exit(f"no virtual screen: {', '.join(virtual.lacking())} not installed")
    rounds = measured(options)
    print(f"{os.cpu_count()} processors, {options.rounds} interleaved rounds of {options.seconds:.0f} s")
    record = report(rounds, "windowed", NAME)
    if options.switch_interval:
        record["switched"] = report(
            rounds, "switched", f"with a switch interval of {1000 * options.switch_interval:g} ms"
        )
    if options.json:
        print(json.dumps(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
