"""How the pictures of a run are varied: on the device as a whole batch, or on the CPU one by one in its cache."""

import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.augment import Draws, Scale, augment, draw

PIECE = 1 << 19  # bytes in fp32 that are worked on at a time: with what is subtracted from them they stay in the cache

Read: TypeAlias = Callable[[NDArray[np.uint8], int], None]  # pictures from a place in the batch on, into the array


class VariationSettings(Protocol):
    """What a run is configured to vary."""

    @property
    def crop(self) -> bool: ...  # noqa: D102
    @property
    def mirror(self) -> bool: ...  # noqa: D102
    @property
    def noise_divides(self) -> bool: ...  # noqa: D102
    @property
    def shared_by(self) -> int: ...  # noqa: D102
    def noise_in(self, epoch: int) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Variation:
    """Crops of ``size`` from pictures of ``side``, mirrored and coloured as ``settings`` and ``seed`` say.

    ``mean`` and, where it is a tensor, ``scale`` lie on the device that varies whole batches; ``components`` is on the
    CPU, where all is drawn.
    """

    settings: VariationSettings
    seed: int
    side: int
    size: int
    mean: Tensor
    scale: Scale
    components: Tensor

    def draws(self, step: int, epoch: int, count: int) -> Draws:
        """Of the batch of ``count`` pictures of ``step``, which is in ``epoch`` (from 1)."""
        return draw(
            count,
            self.side - self.size,
            crop=self.settings.crop,
            mirror=self.settings.mirror,
            components=self.components,
            noise=self.settings.noise_in(epoch),
            chance=stream(self.seed, "augmentation", step),
            shared_by=self.settings.shared_by,
        )

    def divisor(self, epoch: int) -> float:
        """What the pictures of ``epoch`` are divided by."""
        return 1 + self.settings.noise_in(epoch) if self.settings.noise_divides else 1.0

    def varied(self, pictures: Tensor, draws: Draws, epoch: int) -> Tensor:
        """A batch as it goes in: uint8 (N, side, side, 3) → fp32 (N, 3, size, size), on the device that holds it."""
        there = draws.to(pictures.device)
        return augment(pictures, there, self.size, self.mean, self.scale, divided_by=self.divisor(epoch))


class OneByOne:
    """``Variation.varied`` on the CPU, bit for bit, for pictures that are read a few at a time.

    A picture is cut out, turned to fp32 in its place of the batch, and shifted and scaled while it is in the cache.
    Several threads may use one of these; each should have told torch to compute on it alone.
    """

    def __init__(self, variation: Variation) -> None:
        self._variation, size = variation, variation.size
        self._mean = variation.mean.permute(1, 2, 0).expand(-1, size, 3).reshape(-1, 3 * size)  # rows of R G B R G B …
        scale = variation.scale
        self._factor: float | Tensor
        if isinstance(scale, tuple | Tensor):
            self._factor = torch.as_tensor(scale, dtype=torch.float32).repeat(size)
        else:
            self._factor = scale
        self._memory = Memory()

    def __call__(self, read: Read, draws: Draws, epoch: int) -> Tensor:
        """The batch that ``draws`` is for, fp32 (N, 3, size, size), channels-last; its memory is used again later."""
        side, size, count = self._variation.side, self._variation.size, len(draws.top)
        made = self._memory.lent((count, size, size, 3))
        at_once = min(count, max(1, PIECE // made[0].nbytes))
        raw = np.empty((at_once, side, side, 3), np.uint8)
        crops = torch.empty((at_once, size, size, 3), dtype=torch.uint8)
        places = list(zip(draws.top.tolist(), draws.left.tolist(), draws.mirrored.tolist(), strict=True))
        for begin in range(0, count, at_once):
            piece = made[begin : begin + at_once]
            here, cut = raw[: len(piece)], crops[: len(piece)]
            read(here, begin)
            self._cut(torch.from_numpy(here), cut, places[begin : begin + at_once])
            self._shift(piece.copy_(cut).flatten(2), draws.colour[begin : begin + at_once], epoch)
        return made.permute(0, 3, 1, 2)

    def _cut(self, pictures: Tensor, crops: Tensor, places: list[tuple[int, int, bool]]) -> None:
        size = self._variation.size
        for crop, picture, (top, left, mirrored) in zip(crops, pictures, places, strict=True):
            cut = picture[top : top + size, left : left + size]
            crop.copy_(cut.flip(1) if mirrored else cut)

    def _shift(self, rows: Tensor, colour: Tensor, epoch: int) -> None:
        """``rows`` (N, size, 3 · size) in place; every step rounds as it does on a whole batch."""
        rows.add_(colour.repeat(1, self._variation.size)[:, None]).sub_(self._mean).mul_(self._factor)
        divisor = self._variation.divisor(epoch)
        if divisor != 1.0:
            rows.div_(divisor)


class Memory:
    """Memory for batches, used again as soon as no tensor lies in it any more.

    The system gives new memory page by page, zeroed: for a batch that takes as long as to make it.
    """

    def __init__(self) -> None:
        self._free: deque[NDArray[np.float32]] = deque()

    def lent(self, shape: tuple[int, ...]) -> Tensor:
        """An fp32 tensor of ``shape``, which is the same at every call, with whatever was in it before."""
        try:
            memory = self._free.pop()
        except IndexError:
            memory = np.empty(shape, np.float32)
        view = memory[:]  # torch holds this one: it goes with the last tensor, also one that only autograd has
        weakref.finalize(view, self._free.append, memory).atexit = False
        return torch.from_numpy(view)
