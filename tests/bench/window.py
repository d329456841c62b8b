"""Training in the window against training without one: ``python tests/bench/window.py [--cifar FOLDER]``.

The preset ``cifar10`` on a CIFAR-10 folder or archive (default: ALEXNET_CIFAR10), in the real window on a virtual
screen with its curves visible, against ``train`` in a plain process. The rate is pictures by the time in steps, without
the first seconds. In the window, after those that count, a timer of 10 ms tells for some more seconds how late the
thread that paints is: every moment at which it should have come counts, also those that were missed altogether. Of the
latest hundredth it is told, where the system keeps book of it, how much of the delay this thread worked itself, how
much it waited for a processor, and the rest, in which it waited for Python's lock. Where the rate is too low, one more
training tells what its threads spent their time on.
"""

import dataclasses
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "desktop")]

import screen as virtual

from alexnet_app import cli
from tests.bench import parts
from tests.bench.inside import SKIPPED, Rate, Threads
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

SECONDS = 9.0  # seconds that count
PATIENCE = 120.0  # seconds that a child may take beside its training
MOST_LATE = 15.0  # milliseconds, 99 of 100 times
Tick = tuple[float, float, float]  # seconds late; of these, seconds of work and of waiting for a processor


def plain(data, seconds, out):
    """Trains in this process, without a window."""
    from alexnet_app.core.events import StepsDone
    from alexnet_app.core.runs.run import Run
    from alexnet_app.core.training.config_text import load_config, to_toml
    from alexnet_app.core.training.train import train

    config = dataclasses.replace(load_config("cifar10"), data=data)
    run = Run.create(out.with_suffix(".run"), to_toml(config))
    rate, work = Rate(), train(config, run)
    for event in work:
        if isinstance(event, StepsDone) and rate.take(event, config.batch_size) >= SKIPPED + seconds:
            work.close()
    out.write_text(json.dumps({"rate": rate.value()}))


def windowed(data, seconds, out, switch_interval, *, profiled=False):
    """The program, with someone in it who starts the training, looks at the clock, and closes the window."""
    from visiting import visited

    from tests.bench.visitor import Visitor

    if switch_interval:
        sys.setswitchinterval(switch_interval)
    threads = Threads() if profiled else None

    code, visitor = visited(lambda window: Visitor(window, data, seconds, threads))
    found = {"rate": visitor.rate.value(), "reports": visitor.rate.reports, "late": visitor.late}
    out.write_text(json.dumps(found | {"parts": visitor.parts, "waited": visitor.waited}))
    return code


def of_child(screen: virtual.Screen, kind: str, options) -> dict:
    """What a child process of that kind wrote."""
    out = screen.home / f"{kind}.json"
    out.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--cifar", options.cifar, "--seconds", str(options.seconds)]
    command += ["--switch-interval", str(options.switch_interval), "--child", kind, "--out", str(out)]
    process = screen.run(*command)
    code = process.wait(options.seconds + PATIENCE)
    if code:
        raise RuntimeError((screen.home / f"{Path(sys.executable).name}.log").read_text()[-3000:])
    shutil.rmtree(out.with_suffix(".run"), ignore_errors=True)
    return json.loads(out.read_text())


def percentile(values: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def lateness(ticks: list[Tick]) -> str:
    """How late a timer is, in words."""
    late = [tick[0] for tick in ticks]
    p50, p99, most = (percentile(late, share) for share in (0.50, 0.99, 1.0))
    return f"late by {p50:.1f} ms (p50), {p99:.1f} (p99), {most:.0f} (most)"


def causes(ticks: list[Tick]) -> str:
    """What delayed the latest hundredth."""
    latest = sorted(tick for tick in ticks if any(tick[1:]))[-max(1, len(ticks) // 100) :]
    if not latest:
        return ""
    late, run, waited = (1000 * statistics.mean(column) for column in zip(*latest, strict=True))
    rest = max(0.0, late - run - waited)
    return (
        f"; in the latest hundredth, {late:.0f} ms late, it worked {run:.0f} ms, waited {waited:.0f} ms for a "
        f"processor and {rest:.0f} ms for Python's lock"
    )


def rows(rounds: int = ROUNDS, options=None) -> Iterator[Row]:
    """``window``."""
    options = options or given([])
    if virtual.lacking():
        sys.exit(f"no virtual screen: {', '.join(virtual.lacking())} not installed")
    if not Path(options.cifar or "/nowhere").exists():
        sys.exit("no CIFAR-10: give its folder or archive, --cifar, or set ALEXNET_CIFAR10")
    options.cifar = str(Path(options.cifar).absolute())
    ticks: dict[str, list[Tick]] = {"training": [], "loading": []}
    p99s = []

    def windowed_rate() -> float:
        found = of_child(screen, "windowed", options)
        for phase, kept in ticks.items():
            kept += [tuple(tick) for tick in found["late"][phase]]
        p99s.append(percentile([tick[0] for tick in found["late"]["training"]], 0.99))
        return found["rate"]

    with tempfile.TemporaryDirectory() as home:
        screen = virtual.Screen(Path(home))
        try:
            pairs = interleaved(windowed_rate, rate_of(screen, options), rounds, warm=0)  # each warms itself
            yield row_of(pairs, ticks, p99s, options).explained(lambda: profile(screen, options))
        finally:
            screen.close()


def profile(screen: virtual.Screen, options) -> list[str]:
    """What the threads spent the time of all processors on, in a training of its own."""
    found = of_child(screen, "profiled", options)
    waited = found["waited"] / options.seconds
    return [
        *parts.shares(found["parts"], 9),
        f"a thread of the training waited for a processor {100 * waited:.0f} % of the time",
    ]


def row_of(pairs, ticks: dict[str, list[Tick]], p99s: list[float], options) -> Row:
    """``window``, without its profile."""
    p99 = percentile([tick[0] for tick in ticks["training"]], 0.99)
    missed = "" if p99 < MOST_LATE else ": NOT REACHED"
    return Row(
        "window",
        "train without a window",
        "pictures/s",
        pairs,
        less=False,
        bound=computed(),
        must=0.97,
        note=f"preset cifar10, {options.seconds:.0f} s a round; while it trains a timer of 10 ms is "
        f"{lateness(ticks['training'])}, aim p99 below {MOST_LATE:g}{missed} (p99 of the rounds "
        f"{', '.join(f'{each:.0f}' for each in sorted(p99s))}){causes(ticks['training'])}; while torch is loaded it is "
        f"{lateness(ticks['loading'])}",
    )


def computed() -> float:
    """Pictures a second at which the arithmetic of the training would take all the time."""
    import torch

    from alexnet_app.core.training.config_text import load_config
    from tests.bench.bounds import bound, copied, multiplied

    config, cpu = load_config("cifar10"), torch.device("cpu")
    return bound(config.spec(), config.batch_size, multiplied(cpu, "fp32"), copied(cpu))


def rate_of(screen: virtual.Screen, options) -> Callable[[], float]:
    """Pictures a second without a window."""
    return lambda: of_child(screen, "plain", options)["rate"]


def given(argv: list[str] | None = None):
    """The command line; ``child`` and ``out`` are for our own processes."""
    cifar = os.environ.get("ALEXNET_CIFAR10", "")
    return arguments(__doc__, argv, cifar=cifar, seconds=SECONDS, switch_interval=0.0, child="", out="")


def main() -> int:
    """Prints the row; in a child it writes what was measured into a file."""
    options = given()
    if options.child:
        cli._prepare_torch()  # before torch is loaded
    if options.child == "plain":
        return plain(options.cifar, options.seconds, Path(options.out))
    if options.child:
        profiled = options.child == "profiled"
        return windowed(options.cifar, options.seconds, Path(options.out), options.switch_interval, profiled=profiled)
    told(rows(options.rounds, options), as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
