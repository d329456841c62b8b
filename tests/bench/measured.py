"""What measuring costs a training: ``python tests/bench/measured.py [--network cifar-towers]``.

A run watches few of its steps, and reads the machine every few seconds. Rounds of steps that are watched and of steps
that are not take turns on one Trainer, on a prepared set of random pixels. Ours is a mean step of a whole run of
``--steps`` steps, the watched ones and the readings among them; the peer is a step of a run that measures nothing.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alexnet_app.core.device import choose_device, choose_precision, computing, describe
from alexnet_app.core.readings import SHORTEST, Readings, gpu_numbers
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.measuring import is_watched
from alexnet_app.core.training.trainer import Trainer
from tests.bench.fed import prepared
from tests.bench.rounds import Row, arguments, interleaved, told

MUST = 0.995  # less than half a per cent
STEPS_OF_A_SET = 4
READS = 20


def seconds(trainer: Trainer, count: int, *, is_seen: bool) -> float:
    """Of one of ``count`` steps, all of them watched or none; each is reported, as what is seen of it must be read."""
    trainer.restart_clock()
    begun = time.perf_counter()
    for _ in range(count):
        trainer.measuring.expect(is_seen)
        trainer.train_step()
        trainer.report()
        for _ in trainer.measuring.told(trainer.position.step):
            pass
    return (time.perf_counter() - begun) / count


def reading(folder: Path, trainer: Trainer) -> float:
    """Seconds that one reading of the machine takes."""
    readings = Readings(lambda: folder, gpu_numbers(trainer.devices))
    begun = time.perf_counter()
    for _ in range(READS):
        readings.read()
    taken = (time.perf_counter() - begun) / READS
    readings.close()
    return taken


def row(options: argparse.Namespace, folder: Path) -> Row:
    """Of one network."""
    device = choose_device("auto")
    precision = choose_precision("auto", device)
    config = with_settings(load_config("cifar-towers"), [f"network={options.network}", f"batch_size={options.batch}"])
    config = replace(config, device=str(device))
    side, classes = config.spec().picture_size, config.spec().classes
    with ExitStack() as stack:
        stack.enter_context(computing(precision))
        data = prepared(folder, side, classes, STEPS_OF_A_SET * options.batch)
        run = Run.create(folder / "run", to_toml(config))
        events = stack.enter_context(holding(run))
        trainer = stack.enter_context(Trainer(config, data, (device,), precision, run, events))
        pairs = interleaved(
            lambda: seconds(trainer, options.count, is_seen=True),
            lambda: seconds(trainer, options.count, is_seen=False),
            options.rounds,
        )
        read = reading(folder, trainer)
    watched = sum(is_watched(each, options.epoch) for each in range(options.steps)) / options.steps
    whole = [(plain + watched * max(seen - plain, 0.0) + plain * read / SHORTEST, plain) for seen, plain in pairs]
    longer = sorted(seen - plain for seen, plain in pairs)[len(pairs) // 2]
    note = (
        f"a watched step takes {1000 * longer:.2f} ms longer, one step in {1 / watched:.0f} is watched; "
        f"a reading of the machine takes {1000 * read:.2f} ms, every {SHORTEST:.0f} s at most; {describe(device)}"
    )
    in_ms = tuple((1000 * ours, 1000 * peer) for ours, peer in whole)
    return Row(f"measured-{options.network}", "not measured", "ms/step", in_ms, must=MUST, note=note)


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """The one of the network that was asked for."""
    with tempfile.TemporaryDirectory() as folder:
        yield row(options, Path(folder))


if __name__ == "__main__":
    chosen = arguments(__doc__, network="cifar-towers", batch=128, count=6, steps=23_400, epoch=390)
    told(rows(chosen), as_json=chosen.json)
