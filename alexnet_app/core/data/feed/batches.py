"""Batches of pictures in a seeded order, made ahead on threads, from an exact position."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.augment import Draws
from alexnet_app.core.data.feed.reading import read_into
from alexnet_app.core.data.feed.variation import OneByOne, Variation
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.device import compute_on_one_thread
from alexnet_app.core.errors import UserError

READ_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """The pictures of a step and their labels, int64 (N,). Pictures are uint8 (N, S, S, 3), or as they go into the
    network, fp32 (N, 3, size, size), where they were varied.
    """

    step: int
    pictures: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Growth:
    """A set of which only the first ``at_first`` pictures are seen in the first ``epochs`` epochs, then all."""

    at_first: int
    epochs: int


def balanced(labels: NDArray[np.int64], count: int, chance: torch.Generator) -> NDArray[np.int64]:
    """The places of ``count`` pictures in random order, as many of each class in ``labels`` (N,) as of every other, or
    one less. Of a class all pictures come once before one comes again.
    """
    classes = np.unique(labels)
    quota, more = divmod(count, len(classes))
    with_more = set(torch.randperm(len(classes), generator=chance)[:more].tolist())
    parts = []
    for place, label in enumerate(classes):
        own, wanted = np.flatnonzero(labels == label), quota + (place in with_more)
        rounds = [torch.randperm(len(own), generator=chance).numpy() for _ in range(-(-wanted // len(own)))]
        parts += [own[np.concatenate(rounds)[:wanted]]] if rounds else []
    together = np.concatenate(parts).astype(np.int64)
    order: NDArray[np.int64] = torch.randperm(count, generator=chance).numpy()
    return np.take(together, order)


class BatchOrder:
    """Which pictures a step sees. Every epoch has its own order, drawn from (seed, "order", epoch).

    Pictures that fill no whole batch wait for the next epoch's order; a set smaller than a batch is one batch. With a
    ``growth`` an epoch keeps its steps when the set has grown: it sees as many pictures as before, drawn from all.
    With ``classes``, the labels (N,), an epoch has as many pictures, of each class as many as of every other: those of
    small classes come again, of large ones some wait for another epoch.
    """

    def __init__(
        self,
        count: int,
        batch_size: int,
        seed: int,
        growth: Growth | None = None,
        classes: NDArray[np.int64] | None = None,
    ) -> None:
        self._all = count
        count = growth.at_first if growth else count
        self._growth = growth
        self._classes = classes
        self._count = count
        self._seed = seed
        self._lock = threading.Lock()
        self._known: dict[int, NDArray[np.int64]] = {}
        self.batch_size = min(batch_size, count)
        self.steps_per_epoch = count // self.batch_size

    def epoch(self, step: int) -> int:
        """The epoch in which ``step`` is, from 1."""
        return step // self.steps_per_epoch + 1

    def chosen(self, step: int) -> NDArray[np.int64]:
        """The places of the pictures of ``step``, ascending. May be called from any thread."""
        epoch, place = divmod(step, self.steps_per_epoch)
        # in the order of the file: it is read forwards, and within a batch the order means nothing
        return np.sort(self._of(epoch)[place * self.batch_size : (place + 1) * self.batch_size])

    def _of(self, epoch: int) -> NDArray[np.int64]:
        with self._lock:
            if epoch not in self._known:
                if len(self._known) > 1:  # readers are in two epochs at most
                    del self._known[min(self._known)]
                grown = self._growth is not None and epoch >= self._growth.epochs
                count = self._all if grown else self._count
                self._known[epoch] = self._drawn(count, stream(self._seed, "order", epoch))
            return self._known[epoch]

    def _drawn(self, count: int, chance: torch.Generator) -> NDArray[np.int64]:
        if self._classes is None:
            return np.asarray(torch.randperm(count, generator=chance).numpy())
        return balanced(self._classes[:count], self._count, chance)


def kept_ahead(readers: int) -> int:
    """How many batches so many threads make before they are asked for."""
    return max(READ_AHEAD, readers + 1)


class Batches:
    """An endless iterator over the batches of step ``first``, ``first + 1`` …; the same ones whenever it starts there.

    With a ``variation`` they are ready for the network, on the CPU. ``readers`` threads make as many batches at once;
    ``READ_AHEAD``, or with more threads one for each and one that waits, are kept. Where one cannot be read (UserError)
    the next call tries the same one again. Close it, or use it in a ``with`` block.
    """

    def __init__(
        self,
        split: Arrays,
        batch_size: int,
        seed: int,
        first: int = 0,
        *,
        pinned: bool = False,
        variation: Variation | None = None,
        readers: int = 1,
        growth: Growth | None = None,
        balance: bool = False,
    ) -> None:
        self.order = BatchOrder(len(split.labels), batch_size, seed, growth, split.labels if balance else None)
        self._split = split
        self._pinned = pinned
        self._variation = variation
        self._vary = OneByOne(variation) if variation else None
        self._next = first
        self._most_ahead = kept_ahead(readers)
        self._ahead: deque[Future[Batch]] = deque()
        self._readers = ThreadPoolExecutor(readers, "batches", compute_on_one_thread, (torch.get_num_threads(),))

    @property
    def steps_per_epoch(self) -> int:
        """How many batches an epoch has."""
        return self.order.steps_per_epoch

    @property
    def batch_size(self) -> int:
        """How many pictures a batch has."""
        return self.order.batch_size

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        while len(self._ahead) < self._most_ahead:
            self._ahead.append(self._readers.submit(self._maker(self._next)))
            self._next += 1
        try:
            batch = self._ahead[0].result()
        except UserError:
            self._go_back()
            raise
        self._ahead.popleft()
        return batch

    def _go_back(self) -> None:
        """What could not be read is read anew when it is asked for again: no step is left out."""
        self._next -= len(self._ahead)
        for each in self._ahead:
            each.cancel()
        self._ahead.clear()

    def close(self) -> None:
        """Ends the reading threads."""
        self._readers.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _maker(self, step: int) -> Callable[[], Batch]:
        if self._variation is None:
            return lambda: self._read(step)
        # drawn here: the number of threads that multiplies colours may show in the last digit
        draws = self._variation.draws(step, self.order.epoch(step), self.batch_size)
        return lambda: self._varied(step, draws)

    def _read(self, step: int) -> Batch:
        chosen = self.order.chosen(step)
        shape = (len(chosen), *self._split.pictures.shape[1:])
        pictures = torch.empty(shape, dtype=torch.uint8, pin_memory=self._pinned)
        read_into(pictures.numpy(), self._split.pictures, chosen)
        labels = torch.from_numpy(self._split.labels[chosen])
        return Batch(step, pictures, labels.pin_memory() if self._pinned else labels)

    def _varied(self, step: int, draws: Draws) -> Batch:
        assert self._vary is not None
        chosen = self.order.chosen(step)

        def read(held: NDArray[np.uint8], begin: int) -> None:
            read_into(held, self._split.pictures, chosen[begin : begin + len(held)])

        pictures = self._vary(read, draws, self.order.epoch(step))
        return Batch(step, pictures, torch.from_numpy(self._split.labels[chosen]))
