"""How often a network is wrong on pictures whose class is known."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.device import autocast
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.towers import Network

BATCH = 250


@dataclass(frozen=True, slots=True)
class Errors:
    """Over ``pictures`` pictures: mean loss in nats, top-1 and top-5 error as fractions. Single centre view."""

    pictures: int
    loss: float
    top1_error: float
    top5_error: float


def evaluate(
    network: Network,
    split: Arrays,
    mean: Tensor,
    precision: str,
    maps: Callable[[int, int], Tensor] | None = None,
    at_once: int = BATCH,
) -> Generator[int, None, Errors]:
    """Yields the number of pictures done after each batch, so that the caller can stop in between; returns the errors.
    ``at_once`` pictures make a batch. ``maps`` gives what the convolutions make of so many pictures from the first one
    on, where that is known already.

    ``mean`` lies on the network's device, the first one where there are two. The network is in evaluation mode
    meanwhile and is put back as it was.
    """
    spec, device, before = network.spec, mean.device, network.training
    sums = torch.zeros(3, dtype=torch.float64, device=device)
    network.eval()
    try:
        for first in range(0, len(split.labels), at_once):
            labels = torch.from_numpy(split.labels[first : first + at_once].copy()).to(device)
            inputs = maps(first, len(labels)) if maps else _centres(split, first, len(labels), mean, spec)
            with torch.inference_mode(), autocast(device, precision):
                scores = network(inputs)
                sums += _sums(scores, labels)
            yield first + len(labels)
    finally:
        network.train(before)
    loss, wrong, missed = (sums / len(split.labels)).tolist()
    return Errors(len(split.labels), loss, wrong, missed)


def _centres(split: Arrays, first: int, count: int, mean: Tensor, spec: NetworkSpec) -> Tensor:
    pictures = torch.from_numpy(split.pictures[first : first + count].copy()).to(mean.device)  # it may be read-only
    return centre(pictures, spec.input_size, mean, spec.input_scale)


def _sums(scores: Tensor, labels: Tensor) -> Tensor:
    """Sum of losses, number of wrong first answers, number of labels that are not among the first five."""
    best = scores.topk(min(5, scores.shape[1])).indices == labels[:, None]
    loss = F.cross_entropy(scores, labels, reduction="sum")
    return torch.stack((loss.double(), (~best[:, 0]).sum().double(), (~best.any(dim=1)).sum().double()))
