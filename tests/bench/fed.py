"""Training from a prepared set against the same step on a batch that is there already: ``python tests/bench/fed.py``.

Ours is the program's own Trainer on a prepared set of random pixels: it reads, crops, mirrors, colours. The peer is the
same Trainer, whose batch is one that was made before, every time. Both train, so each has a network of its own. The
bound is that of the step's arithmetic.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch

from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.prepared.statistics import Components
from alexnet_app.core.data.prepared.storage import RawPictures
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.device import choose_device, choose_precision, computing, describe
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.trainer import Trainer
from tests.bench.bounds import bound, copied, multiplied
from tests.bench.inside import books
from tests.bench.profiles import shares, watched
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

PRESETS = {"alexnet-2012": "imagenet-2012", "cifar-towers": "cifar-towers"}
CASES = {  # rows by the kind of device: network, pictures in a batch, steps in a round
    "cpu": {"fed": ("alexnet-2012", 32, 2), "fed-cifar-towers": ("cifar-towers", 128, 10)},
    "cuda": {
        "fed": ("alexnet-2012", 128, 40),
        "fed-512": ("alexnet-2012", 512, 10),
        "fed-cifar-towers": ("cifar-towers", 128, 100),
    },
}


def prepared(folder: Path, side: int, classes: int, count: int) -> Prepared:
    """A set of ``count`` random pictures, in a file."""
    chance = np.random.default_rng(1)
    pixels = chance.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    pixels.tofile(folder / "train.rgb")
    kept = RawPictures(folder / "train.rgb", count, side)
    train = Arrays(kept, np.arange(count, dtype=np.int64) % classes)
    mean = np.full(3, 127.5, np.float32)
    directions = Components(np.full(3, 50, np.float32), np.eye(3, dtype=np.float32))
    picture = np.full((side, side, 3), 127.5, np.float32)
    names = tuple(str(index) for index in range(classes))
    return Prepared("random", names, {"train": train, "validation": train}, mean, picture, directions)


class Again:
    """The same batch for every step."""

    def __init__(self, feed):
        self.steps_per_epoch, self.batch_size = feed.steps_per_epoch, feed.batch_size
        self._batch, self._step = next(feed), -1
        self._batch = replace(self._batch, pictures=self._batch.pictures.clone())
        feed.close()

    def __next__(self):
        self._step += 1
        return replace(self._batch, step=self._step)

    def close(self):
        """Nothing to end."""


def rate(trainer: Trainer, steps: int) -> Callable[[], float]:
    """Steps a second; the losses are read once, as a report does."""

    def measured() -> float:
        begin = time.perf_counter()
        for _ in range(steps):
            trainer.train_step()
        trainer.report()
        return steps / (time.perf_counter() - begin)

    return measured


def profiled(trainer: Trainer, steps: int, ready: float) -> tuple[str, ...]:
    """What a step waits for, and what it takes itself beside the threads that read ahead; ``ready``: steps a second
    where the batch is there already.
    """
    before = _read_ahead()
    begin = time.perf_counter()
    with watched([(type(trainer.batches), "__next__", "waiting for the batch")]) as stages:
        rate(trainer, steps)()
    whole = time.perf_counter() - begin
    waited = stages.seconds["waiting for the batch"]
    about = f"on a ready batch {100 * steps / ready / whole:.0f} %"
    told = shares({"waiting for the batch": waited, "the step": whole - waited}, whole, {"the step": about})
    worked = (_read_ahead() - before) / whole
    return *told[:-1], f"the threads that read ahead took {100 * worked:.0f} % of the time of a processor"


def _read_ahead() -> float:
    """Seconds that the threads which read ahead have run so far; 0 where the system does not keep book of it."""
    readers = {each.native_id for each in threading.enumerate() if each.name.startswith("batches")}
    return sum(run for thread, (run, _) in books().items() if thread in readers)


def compared(name: str, network: str, batch: int, steps: int, device: torch.device, rounds: int) -> Row:
    """The row called ``name``."""
    settings = [f"network={network}", f"batch_size={batch}", "learning_rate=1e-6"]
    config = with_settings(load_config(PRESETS[network]), settings)
    precision = choose_precision("auto", device)
    with ExitStack() as stack:
        stack.enter_context(computing(precision))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        spec = config.spec()
        data = prepared(folder, spec.picture_size, spec.classes, 8 * batch)
        trainers = []
        for each in ("fed", "again"):
            run = Run.create(folder / each, to_toml(config))
            events = stack.enter_context(holding(run))
            trainers.append(stack.enter_context(Trainer(config, data, (device,), precision, run, events)))
        fed, again = trainers
        again.batches = Again(again.batches)
        about = f"{network}, batch {batch}, {precision}, {describe(device)}, {steps} steps a round"
        row = Row(
            name=name,
            peer="the same step on a ready batch",
            unit="steps/s",
            pairs=interleaved(rate(fed, steps), rate(again, steps), rounds),
            less=False,
            bound=bound(spec, batch, multiplied(device, precision), copied(device)) / batch,
            must=0.95,
            note=about if device.type == "cpu" else f"{about}; the set is on the device",
        )
        return row.explained(lambda: profiled(fed, steps, row.medians[1]))


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """``fed`` and ``fed-cifar-towers``; on a GPU ``fed-512`` too."""
    device = choose_device("auto")
    for name, case in CASES[device.type].items():
        yield compared(name, *case, device, rounds)


def main() -> None:
    """Prints the rows."""
    given = arguments(__doc__)
    told(rows(given.rounds), as_json=given.json)


if __name__ == "__main__":
    main()
