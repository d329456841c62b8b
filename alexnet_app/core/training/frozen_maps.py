"""Frozen convolutions computed once: what they make of each image is kept, and a step computes the dense layers only.

Every image has two views, its centre crop and that mirrored. Each is computed when it is first asked for, an image at a
time, so that neither the order nor a resume changes a bit of it.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.feed.batches import Batch, BatchOrder
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.device import autocast
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.training.kept_size import MOST_BYTES, VIEWS, bytes_kept


class FrozenMaps:
    """The last maps of ``network``, whose convolutions do not learn, of the pictures of ``split``; ``mean`` lies on its
    device. UserError where they would take more than ``MOST_BYTES``.
    """

    def __init__(self, network: AlexNet, split: Arrays, mean: Tensor, precision: str) -> None:
        count, need = len(split.labels), bytes_kept(network.spec, len(split.labels))
        if need > MOST_BYTES:
            raise UserError(
                "the maps of {count:,} images would take {need:.1f} GB, more than {most:.1f} GB",
                "set finetune.cache to false",
                count=count,
                need=need / 1e9,
                most=MOST_BYTES / 1e9,
                key="finetune.cache",
            )
        self._network, self._split, self._mean, self._precision = network, split, mean, precision
        self._maps = torch.empty(count, VIEWS, need // (4 * VIEWS * max(1, count)), device=mean.device)
        self._known = np.zeros(count, np.bool_)

    def of(self, chosen: NDArray[np.int64], views: Tensor) -> Tensor:
        """What the dense layers read of the pictures ``chosen`` (N,), fp32 (N, values); ``views`` (N,) is 0 for the
        centre crop, 1 for its mirror.
        """
        for place in chosen[~self._known[chosen]].tolist():
            self._compute(place)
        device = self._maps.device
        return self._maps[torch.from_numpy(chosen).to(device), views.to(device)]

    def centres(self, first: int, count: int) -> Tensor:
        """Those of the centre crops of ``count`` pictures from ``first`` on."""
        return self.of(np.arange(first, first + count), torch.zeros(count, dtype=torch.int64))

    def _compute(self, place: int) -> None:
        spec, device = self._network.spec, self._maps.device
        picture = torch.from_numpy(self._split.pictures[place : place + 1].copy()).to(device)
        crop = centre(picture, spec.input_size, self._mean, spec.input_scale)
        with torch.no_grad(), autocast(device, self._precision):
            found = self._network.features(torch.cat((crop, crop.flip(3))))
        self._maps[place] = found.flatten(1).float()
        self._known[place] = True


class FrozenFeed:
    """A feed of maps instead of pictures: batches of fp32 (N, values) in the order of ``order``, from step ``first``
    on, each image by chance mirrored or not where ``mirror`` says so.
    """

    def __init__(
        self, maps: FrozenMaps, labels: NDArray[np.int64], order: BatchOrder, seed: int, first: int, *, mirror: bool
    ) -> None:
        self.steps_per_epoch, self.batch_size = order.steps_per_epoch, order.batch_size
        self._maps, self._labels, self._order = maps, labels, order
        self._seed, self._next, self._mirror = seed, first, mirror

    def __next__(self) -> Batch:
        step = self._next
        chosen = self._order.chosen(step)
        views = torch.zeros(len(chosen), dtype=torch.int64)
        if self._mirror:
            views.random_(0, VIEWS, generator=stream(self._seed, "augmentation", step))
        found = self._maps.of(chosen, views)
        self._next += 1  # not where an image could not be read: it is tried again
        return Batch(step, found, torch.from_numpy(self._labels[chosen]).to(found.device))

    def close(self) -> None:
        """Nothing is under way."""
