"""Batches of raw pictures in a seeded order, read ahead on a thread, from an exact position."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core.data.chance import stream
from alexnet_app.core.data.sources import Arrays

READ_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """The pictures of a step: uint8 (N, S, S, 3) and their labels, int64 (N,)."""

    step: int
    pictures: Tensor
    labels: Tensor


class Batches:
    """An endless iterator over the batches of step ``first``, ``first + 1`` …; the same ones whenever it starts there.

    Every epoch has its own order, drawn from (seed, "order", epoch). Pictures that fill no whole batch wait for the
    next epoch's order; a set smaller than a batch is one batch. Close it, or use it in a ``with`` block.
    """

    def __init__(self, split: Arrays, batch_size: int, seed: int, first: int = 0, *, pinned: bool = False) -> None:
        self._split = split
        self._size = min(batch_size, len(split.labels))
        self._seed = seed
        self._pinned = pinned
        self._next = first
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, dtype=np.int64))
        self._ahead: deque[Future[Batch]] = deque()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="batches")

    @property
    def steps_per_epoch(self) -> int:
        """How many batches an epoch has."""
        return len(self._split.labels) // self._size

    @property
    def batch_size(self) -> int:
        """How many pictures a batch has."""
        return self._size

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        while len(self._ahead) < READ_AHEAD:
            self._ahead.append(self._reader.submit(self._read, self._next))
            self._next += 1
        return self._ahead.popleft().result()

    def close(self) -> None:
        """Ends the reading thread."""
        self._reader.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _read(self, step: int) -> Batch:
        epoch, place = divmod(step, self.steps_per_epoch)
        if self._order[0] != epoch:
            chance = stream(self._seed, "order", epoch)
            self._order = epoch, torch.randperm(len(self._split.labels), generator=chance).numpy()
        # in the order of the file: a memory map is read forwards, and within a batch the order means nothing
        chosen = np.sort(self._order[1][place * self._size : (place + 1) * self._size])
        pictures, labels = torch.from_numpy(self._split.pictures[chosen]), torch.from_numpy(self._split.labels[chosen])
        if self._pinned:
            pictures, labels = pictures.pin_memory(), labels.pin_memory()
        return Batch(step, pictures, labels)
