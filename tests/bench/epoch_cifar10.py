"""Real CIFAR-10 to a given test error, against plain torch and torchvision: ``python tests/bench/epoch_cifar10.py``.

How long a training takes is the pictures that it needs over the pictures that it sees a second. The rate is measured
here, in interleaved rounds of our own Trainer with the preset ``cifar10`` and of ``peers/cifar10.py``. How many
pictures each needs to the error takes hours on a CPU, so it is measured once, with ``--needed``, and kept in
``epoch_cifar10.json``; with ``--device cuda`` it should take minutes. It can be stopped and goes on from its last look
at the test error, which it keeps in the system's folder for temporary files. bf16 is a row of its own where the
processor multiplies it itself.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np
import torch

from alexnet_app.core.data.prepared.prepare import Prepared, prepare
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.device import computing, describe
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.evaluate import evaluate
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.trainer import Trainer
from tests.bench.bounds import bound, copied, multiplied
from tests.bench.peers.cifar10 import BATCH, WORKERS, Training
from tests.bench.profiles import alone, operators, shares
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

CPU = torch.device("cpu")
KEPT = Path(__file__).with_suffix(".json")
STEPS = 20  # of a round
SEEDS = (1, 2, 3)
OFTEN = 117  # steps between two looks at the test error: a third of an epoch, and an epoch while the error is
FAR = 0.05  # this far above what is looked for
MUST, LEVEL = {"fp32": 1.7, "bf16": 2.5}, 0.25  # what is aimed at, and the error that it is meant for


def of_generator(work):
    """What a generator returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def opened(cifar: str, seed: int, precision: str) -> tuple[TrainConfig, Prepared]:
    """The preset and its pictures."""
    # the network and the schedule of peers/cifar10.py, on which the images that are needed were counted
    same = ["network=cifar-2012", "validation_joins_after=0", "epochs=120", "optimization.schedule=plateau"]
    settings = [*same, "optimization.patience=10", f"seed={seed}", f"precision={precision}"]
    config = with_settings(load_config("cifar10"), settings)
    source = of_generator(opening_source(cifar))
    return config, of_generator(prepare(source, config.spec().picture_size))


class Ours:
    """The program's own Trainer, with a look at the test error that the program itself takes at the end only."""

    def __init__(
        self, stack: ExitStack, folder: Path, cifar: str, seed: int, precision: str, device: torch.device = CPU
    ) -> None:
        config, self.data = opened(cifar, seed, precision)
        run = Run(folder / "run") if (folder / "run").exists() else Run.create(folder / "run", to_toml(config))
        events = stack.enter_context(holding(run))
        self.trainer = Trainer(config, self.data, (device,), precision, run, events)
        stack.enter_context(self.trainer)
        self.step = self.trainer.train_step

    @property
    def steps(self) -> int:
        """How many were made."""
        return self.trainer.position.step

    def keep(self) -> None:
        """Lets a training that begins later in the same folder go on here."""
        self.trainer.save() or sys.exit("a weight is no longer finite")

    def error(self) -> float:
        """Of the test pictures, centre view."""
        self.trainer.report()
        test, precision = self.data.splits["test"], self.trainer.precision
        return of_generator(evaluate(self.trainer.network, test, self.trainer.mean, precision)).top1_error


class Theirs:
    """``peers/cifar10.py`` on the same pictures."""

    def __init__(self, folder: Path, cifar: str, seed: int, precision: str, device: torch.device = CPU) -> None:
        splits = opened(cifar, seed, precision)[1].splits
        train, self.test = (
            (np.ascontiguousarray(splits[name].pictures[:]), splits[name].labels) for name in ("train", "test")
        )
        self.training = Training(train, seed, bf16=precision == "bf16", device=str(device))
        self.steps, self._file = 0, folder / "peer.pt"
        if self._file.exists():
            found = torch.load(self._file, weights_only=True, map_location=device)
            self.steps = found["steps"]
            self.training.network.load_state_dict(found["network"])
            self.training.optimizer.load_state_dict(found["optimizer"])
            torch.manual_seed(1000 * seed + self.steps)  # an order of its own for what is left

    def step(self) -> None:
        """One more."""
        self.training.step()
        self.steps += 1

    def keep(self) -> None:
        """Lets a training that begins later in the same folder go on here."""
        network, optimizer = self.training.network.state_dict(), self.training.optimizer.state_dict()
        replace_file(
            self._file,
            lambda file: torch.save({"steps": self.steps, "network": network, "optimizer": optimizer}, file),
        )

    def error(self) -> float:
        """Of the test pictures, centre view."""
        return self.training.error(self.test)


def rate(step: Callable[[], None], steps: int) -> Callable[[], float]:
    """Pictures a second; what was ready before the clock started is used up first."""

    def measured() -> float:
        for _ in range(2 * WORKERS):
            step()
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        return steps * BATCH / (time.perf_counter() - begin)

    return measured


def crossing(curve: list[tuple[int, float]], level: float) -> float | None:
    """Pictures at which the error first is ``level``, on the line between two looks."""
    before = (0, 0.9)
    for pictures, error in curve:
        if error <= level:
            share = (before[1] - level) / max(before[1] - error, 1e-9)
            return before[0] + share * (pictures - before[0])
        before = pictures, error
    return None


def needed(cifar: str, level: float, epochs: int, only: str, seeds: Sequence[int], device: torch.device) -> None:
    """Trains both from each seed until the test error is ``level``; what is in the file already is not done again."""
    for seed in seeds:
        for name in ("ours", "peer") if not only else (only,):
            if str(seed) in kept(level)["pictures"].get(name, {}):
                continue
            with ExitStack() as stack:
                stack.enter_context(computing("fp32"))
                folder = Path(tempfile.gettempdir(), "alexnet-epoch-cifar10", f"{name}-{seed}-{device.type}")
                folder.mkdir(parents=True, exist_ok=True)
                if name == "ours":
                    one = Ours(stack, folder, cifar, seed, "fp32", device)
                else:
                    one = Theirs(folder, cifar, seed, "fp32", device)
                pictures = crossing(_curve(one, folder / "curve.json", level, epochs), level)
            print(f"{name}, seed {seed}: {pictures} pictures", flush=True)
            if pictures is None:  # so many epochs were not enough; with more it goes on
                continue
            now = kept(level)  # another process may have added to it
            now["pictures"].setdefault(name, {})[str(seed)] = pictures
            now["device"] = describe(device) if device.type == "cuda" else "CPU"
            KEPT.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")
            shutil.rmtree(folder)


def kept(level: float | None = None) -> dict:
    """What was measured before, at ``level`` if that is given."""
    found = json.loads(KEPT.read_text()) if KEPT.exists() else {"level": level, "pictures": {}}
    if level is not None and found["level"] != level:
        sys.exit(f"{KEPT.name} is for {found['level']:.0%}; remove it to measure {level:.0%}")
    return found


def _curve(one: Ours | Theirs, file: Path, level: float, epochs: int) -> list[tuple[int, float]]:
    """(pictures, test error) at each look until it is ``level``; ``file`` has those of a training that was stopped."""
    before = json.loads(file.read_text()) if file.exists() else []
    curve = [look for look in before if look[0] <= one.steps * BATCH]  # the last one may not have been kept
    while one.steps < 3 * OFTEN * epochs and not (curve and curve[-1][1] <= level):
        more = OFTEN if curve and curve[-1][1] <= level + FAR else 3 * OFTEN
        for _ in range(more):
            one.step()
        curve.append((one.steps * BATCH, one.error()))
        print(f"  {curve[-1][0]:,} pictures, {curve[-1][1]:.2%}", flush=True)
        replace_file(file, lambda temporary: temporary.write_text(json.dumps(curve)))
        one.keep()
    return curve


def row(cifar: str, precision: str, rounds: int, steps: int) -> Row:
    """Seconds to the error, in each round by the rates of that round."""
    found = kept()
    ours, theirs = (statistics.fmean(found["pictures"][name].values()) for name in ("ours", "peer"))
    with ExitStack() as stack:
        speeds = multiplied(CPU, precision), copied(CPU)
        stack.enter_context(computing(precision))  # as the program does; the peer gains by the memory that is kept
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own, other = Ours(stack, folder, cifar, 1, precision), Theirs(folder, cifar, 1, precision)
        rates = interleaved(rate(own.step, steps), rate(other.step, steps), rounds)
        own.trainer.report()
        said = ", ".join(f"{statistics.median(each):,.0f}" for each in zip(*rates, strict=True))
        measured = Row(
            name="epoch-cifar10" + ("" if precision == "fp32" else f"-{precision}"),
            peer=f"torch and torchvision, {WORKERS} workers",
            unit=f"s to {found['level']:.0%} test error",
            pairs=tuple((ours / mine, theirs / its) for mine, its in rates),
            bound=ours / bound(own.trainer.network.spec, BATCH, *speeds),
            must=MUST[precision] if found["level"] == LEVEL else None,
            note=f"{precision}, {steps} steps a round; pictures/s {said}; pictures needed {ours:,.0f}, {theirs:,.0f} "
            f"(means of {len(found['pictures']['ours'])} and {len(found['pictures']['peer'])} seeds, once, fp32, "
            f"{found.get('device', 'CPU')})",
        )
        return measured.explained(lambda: shares(*operators(own.step, alone)))


def multiplies_bf16() -> bool:
    """Whether the processor does; where it does not, torch imitates it slowly."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def rows(rounds: int = ROUNDS, cifar: str = "", steps: int = STEPS) -> Iterator[Row]:
    """``epoch-cifar10`` and, where the processor has it, ``epoch-cifar10-bf16``."""
    if not KEPT.exists():
        sys.exit("measure first how many pictures are needed, with --needed 0.25")
    for precision in ("fp32", "bf16") if multiplies_bf16() else ("fp32",):
        yield row(place(cifar), precision, rounds, steps)


def place(cifar: str) -> str:
    """Where CIFAR-10 is; the archive in the program's cache where nothing else is said."""
    return cifar or os.environ.get("ALEXNET_CIFAR10", "") or "cifar10"


def main() -> None:
    """Prints the rows, or with ``--needed 0.25`` measures the pictures."""
    given = arguments(__doc__, cifar="", steps=STEPS, needed=0.0, epochs=30, only="", seed=0, device="cpu")
    if given.needed:
        seeds, device = (given.seed,) if given.seed else SEEDS, torch.device(given.device)
        needed(place(given.cifar), given.needed, given.epochs, given.only, seeds, device)
    else:
        told(rows(given.rounds, given.cifar, given.steps), as_json=given.json)


if __name__ == "__main__":
    main()
