"""Whether fast training ends where plain training ends, on CIFAR-10: ``python tests/bench/exactness.py --data FOLDER``.

FOLDER has CIFAR-10 in either version (default: the download). Ours is the program's own Trainer of ``cifar-towers``,
the peer the same network in plain torch (``peers/plain.py``), both from the same start values on the same batches, with
dropout of their own. Five seeds, three epochs of the first pictures of the training set. After hundreds of steps in
fp32 rounding alone has led two such runs to other weights: what can be compared is the mean of their errors, on 2,000
validation pictures.
"""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alexnet_app import cli
from alexnet_app.core.runs.holding import holding

cli._prepare_torch()  # before torch is loaded

import torch
from torch import nn

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.feed.batches import Batch
from alexnet_app.core.data.prepared.prepare import Prepared, prepare
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.network.bundle import plain_weights
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.trainer import Trainer
from tests.bench.peers.plain import cifar_towers, learning
from tests.bench.rounds import arguments


class Shared:
    """A feed whose last batch can be seen."""

    def __init__(self, feed):
        self._feed = feed
        self.steps_per_epoch, self.batch_size = feed.steps_per_epoch, feed.batch_size
        self.last: Batch | None = None

    def __next__(self) -> Batch:
        self.last = next(self._feed)
        return self.last

    def close(self) -> None:
        """Ends the feed."""
        self._feed.close()


def loaded(folder: str, count: int, tested: int) -> Prepared:
    """The first ``count`` training pictures, and the first ``tested`` validation pictures."""
    data = _result(prepare(_result(opening_source(folder or "cifar10")), 32))
    kept = {
        name: Arrays(data.splits[name].pictures[:most], data.splits[name].labels[:most])
        for name, most in (("train", count), ("validation", tested))
    }
    return Prepared(data.name, data.classes, kept, data.mean, data.mean_picture, data.components)


def _result(work):
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def errors(data: Prepared, seed: int, epochs: int) -> tuple[float, float]:
    """Of ours and of the peer, trained from the same start values on the same batches."""
    config = with_settings(load_config("cifar-towers"), [f"seed={seed}", "device=cpu"])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = Run.create(folder / "run", to_toml(config))
        events = stack.enter_context(holding(run))
        ours = stack.enter_context(Trainer(config, data, (torch.device("cpu"),), "fp32", run, events))
        ours.batches = feed = Shared(ours.batches)
        torch.manual_seed(seed)  # the peer's dropout
        peer = cifar_towers()
        peer.load_state_dict(plain_weights(ours.network))
        learn = learning(peer, config.learning_rate)
        for _ in range(epochs * feed.steps_per_epoch):
            ours.train_step()
            learn(feed.last.pictures.contiguous(), feed.last.labels)
        return wrong(ours.network, ours, data), wrong(peer, ours, data)


@torch.no_grad()
def wrong(network: nn.Module, trainer: Trainer, data: Prepared) -> float:
    """The share of the validation pictures whose class it misses."""
    spec, split = trainer.network.spec, data.splits["validation"]
    network.eval()
    missed = 0
    for begin in range(0, len(split.labels), 500):
        pictures = torch.from_numpy(split.pictures[begin : begin + 500].copy())
        x = centre(pictures, spec.input_size, trainer.mean, spec.input_scale).contiguous()
        labels = torch.from_numpy(split.labels[begin : begin + 500])
        missed += int((network(x).argmax(1) != labels).sum())
    return missed / len(split.labels)


def main() -> None:
    """Prints the errors of every seed, and whether their means differ by less than two standard errors."""
    given = arguments(__doc__, data="", pictures=5120, tested=2000, seeds=5, epochs=3)
    data = loaded(given.data, given.pictures, given.tested)
    differences = []
    for seed in range(1, given.seeds + 1):
        ours, peer = errors(data, seed, given.epochs)
        differences.append(ours - peer)
        print(f"seed {seed}: error of ours {ours:.4f}, of the peer {peer:.4f}", flush=True)
    mean, error = statistics.mean(differences), statistics.stdev(differences) / len(differences) ** 0.5
    verdict = "less than" if abs(mean) < 2 * error else "NOT less than"
    print(
        f"{given.epochs} epochs of {given.pictures} pictures, fp32: ours minus peer {mean:+.4f} ± {error:.4f} "
        f"(standard error of {given.seeds} seeds), {verdict} two standard errors"
    )


if __name__ == "__main__":
    main()
