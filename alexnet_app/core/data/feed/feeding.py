"""Batches as the network wants them, on its device, made while it computes: the way that suits device and set."""

from contextlib import nullcontext
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core import machine
from alexnet_app.core.data.feed.augment import sent
from alexnet_app.core.data.feed.batches import Batch, Batches, BatchOrder, Growth, kept_ahead
from alexnet_app.core.data.feed.reading import is_raw, read_into
from alexnet_app.core.data.feed.variation import Variation
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.device import memory_bytes

RESIDENT_SHARE = 0.4  # of the free memory of a device, at most, for a set that stays there: the rest is for the steps
UPLOAD = 64 << 20  # bytes that go there at once
MOST_READERS = 8


class Feed(Protocol):
    """An endless iterator over batches of fp32 (N, 3, size, size) and labels on the device; close it."""

    @property
    def steps_per_epoch(self) -> int: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    def __next__(self) -> Batch: ...
    def close(self) -> None: ...  # noqa: D102


def feeding(
    split: Arrays,
    batch_size: int,
    seed: int,
    first: int,
    variation: Variation,
    device: torch.device,
    growth: Growth | None = None,
    *,
    balance: bool = False,
) -> Feed:
    """The batches from step ``first`` on: the same numbers on every way. With ``balance`` each class is as frequent.

    On a CPU they are made by threads beside the one that computes. On a GPU a set that fits stays there; another one
    is copied to it batch by batch.
    """
    readers = _readers(device, raw=is_raw(split.pictures))
    if device.type == "cpu":
        return Batches(
            split, batch_size, seed, first, variation=variation, readers=readers, growth=growth, balance=balance
        )
    if fits(split, device):
        return Resident(split, batch_size, seed, first, variation, device, growth, balance=balance)
    pinned = device.type == "cuda"
    raw = Batches(split, batch_size, seed, first, pinned=pinned, readers=readers, growth=growth, balance=balance)
    return Streamed(raw, variation, device)


def fits(split: Arrays, device: torch.device) -> bool:
    """Whether ``split`` can stay in the memory of the device: raw pixels that leave room for the steps."""
    size = int(np.prod(split.pictures.shape))
    return is_raw(split.pictures) and size <= RESIDENT_SHARE * memory_bytes(device)


class Resident:
    """Batches of a set that lies on the device as uint8: gathered and varied there, and no step waits for the host."""

    def __init__(
        self,
        split: Arrays,
        batch_size: int,
        seed: int,
        first: int,
        variation: Variation,
        device: torch.device,
        growth: Growth | None = None,
        *,
        balance: bool = False,
    ) -> None:
        classes = split.labels if balance else None
        order = self._order = BatchOrder(len(split.labels), batch_size, seed, growth, classes)
        self.steps_per_epoch, self.batch_size = order.steps_per_epoch, order.batch_size
        self._variation = variation
        self._device = device
        self._next = first
        self._pictures = _uploaded(split, device)
        self._labels = torch.tensor(split.labels, device=device)

    def __next__(self) -> Batch:
        step, self._next = self._next, self._next + 1
        epoch = self._order.epoch(step)
        chosen = sent(torch.from_numpy(self._order.chosen(step)), self._device)
        draws = self._variation.draws(step, epoch, self.batch_size)
        pictures = self._variation.varied(self._pictures.index_select(0, chosen), draws, epoch)
        return Batch(step, pictures, self._labels.index_select(0, chosen))

    def close(self) -> None:
        """Lets the device's memory go."""
        self._pictures = self._labels = torch.empty(0)


class Streamed:
    """Batches that go to the device on a stream of their own while it computes, and are varied there."""

    def __init__(self, raw: Batches, variation: Variation, device: torch.device) -> None:
        self.steps_per_epoch, self.batch_size = raw.steps_per_epoch, raw.batch_size
        self._raw = raw
        self._variation = variation
        self._device = device
        self._copying = torch.cuda.Stream(device) if device.type == "cuda" else None
        self._coming: Batch | None = None

    def __next__(self) -> Batch:
        batch = self._coming or self._send()
        if self._copying is not None:
            computing = torch.cuda.current_stream(self._device)
            computing.wait_stream(self._copying)
            for each in (batch.pictures, batch.labels):
                each.record_stream(computing)  # their memory is the copying stream's, which must not reuse it too soon
        self._coming = self._send()
        epoch = self._raw.order.epoch(batch.step)
        draws = self._variation.draws(batch.step, epoch, self.batch_size)
        return Batch(batch.step, self._variation.varied(batch.pictures, draws, epoch), batch.labels)

    def close(self) -> None:
        """Ends the reading threads."""
        self._raw.close()

    def _send(self) -> Batch:
        batch = next(self._raw)
        with nullcontext() if self._copying is None else torch.cuda.stream(self._copying):
            there = (each.to(self._device, non_blocking=True) for each in (batch.pictures, batch.labels))
            return Batch(batch.step, *there)


def _uploaded(split: Arrays, device: torch.device) -> Tensor:
    shape = split.pictures.shape
    there = torch.empty(shape, dtype=torch.uint8, device=device)
    at_once = max(1, UPLOAD // int(np.prod(shape[1:])))
    for begin in range(0, shape[0], at_once):
        chosen = np.arange(begin, min(begin + at_once, shape[0]))
        held = np.empty((len(chosen), *shape[1:]), np.uint8)
        read_into(held, split.pictures, chosen)
        there[begin : begin + len(chosen)].copy_(torch.from_numpy(held))
    return there


def bytes_ahead(batch_bytes: int, device: torch.device, *, raw: bool) -> int:
    """What batches of fp32 that take ``batch_bytes`` need on the device beside the one that is learned from.

    On a CPU those that are ready and those that are being made; a GPU makes each when its turn comes.
    """
    if device.type != "cpu":
        return 0
    readers = _readers(device, raw=raw)
    return batch_bytes * (kept_ahead(readers) + 1)  # one more, whose memory is used again when autograd lets it go


def _readers(device: torch.device, *, raw: bool) -> int:
    """One thread varies more raw pictures than a CPU can learn from; whatever must be decoded takes all it gets."""
    cores = machine.cores()
    if device.type == "cpu" and raw:
        return 1 if cores <= MOST_READERS else 2
    return max(1, min(MOST_READERS, cores // 2))
