"""What is learned of the units of a layer in one pass over many pictures, in memory that does not grow with them."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BINS = 64  # of a histogram, as many below 0 as above
KEPT = 9  # strongest and weakest pictures of each unit
PLACES = 256  # of a map, evenly spread, whose values are counted in the histogram


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """The pictures in which each unit is strongest, or weakest, one place of each: all (units, kept), the most extreme
    first. ``places`` are row · side + column of the map, ``pictures`` count from 0; equal values in this order.
    """

    values: NDArray[np.float32]
    pictures: NDArray[np.int64]
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LayerTally:
    """What was seen of a layer's units, before what follows the layer, in ``pictures`` pictures.

    ``fires`` (units,) is the share of pictures in which a unit is above 0 anywhere, ``fires_at`` that of all places.
    ``histogram`` (units, BINS) counts values from −``reach`` to ``reach``; of large maps those at 256 places.
    """

    pictures: int
    strongest: Extremes
    weakest: Extremes
    fires: NDArray[np.float64]
    fires_at: NDArray[np.float64]
    histogram: NDArray[np.int64]
    reach: float

    @property
    def is_dead(self) -> NDArray[np.bool_]:
        """Which units are above 0 in none of the pictures, (units,)."""
        return np.asarray(self.fires == 0, np.bool_)


class UnitTally:
    """Counts batch by batch."""

    def __init__(self) -> None:
        self._pictures, self._places = 0, 1
        self._high: Extremes | None = None
        self._low: Extremes | None = None
        self._fired = self._fired_at = np.zeros(0, np.int64)
        self._histogram, self._reach = np.zeros((0, BINS), np.int64), 0.0

    def add(self, values: Tensor) -> None:
        """Adds ``values`` of the next pictures, (N, units, H, W) or (N, units), in their order."""
        flat = (
            values.detach().float().flatten(2).cpu() if values.dim() > 2 else values.detach().float()[..., None].cpu()
        )
        count, units, self._places = flat.shape
        if not self._pictures:
            self._fired = self._fired_at = np.zeros(units, np.int64)
            self._histogram = np.zeros((units, BINS), np.int64)
        self._high = _further(self._high, flat, self._pictures, largest=True)
        self._low = _further(self._low, flat, self._pictures, largest=False)
        above = flat > 0
        self._fired = self._fired + above.any(2).sum(0).numpy()
        self._fired_at = self._fired_at + above.sum((0, 2)).numpy()
        self._count(flat[..., :: -(-self._places // PLACES)])
        self._pictures += count

    def result(self) -> LayerTally:
        """What has been counted. ValueError where nothing was added."""
        if self._high is None or self._low is None:
            raise ValueError("no pictures were seen")
        shares = self._fired / self._pictures, self._fired_at / (self._pictures * self._places)
        return LayerTally(self._pictures, self._high, self._low, *shares, self._histogram, self._reach)

    def _count(self, flat: Tensor) -> None:
        most = float(flat.abs().max())
        if most > self._reach:
            reach = 2.0 ** math.ceil(math.log2(most))
            while self._reach and self._reach < reach:  # two bins become one: nothing is lost
                self._histogram = _halved(self._histogram)
                self._reach *= 2
            self._reach = reach
        units = flat.shape[1]
        width = 2 * self._reach / BINS or 1.0
        bins = ((flat + self._reach) / width).long().clamp_(0, BINS - 1)
        bins += (torch.arange(units) * BINS)[:, None]
        counted = torch.bincount(bins.flatten(), minlength=units * BINS).numpy()
        self._histogram = self._histogram + counted.reshape(units, BINS)


def _halved(histogram: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same counts in bins of twice the width, from −2 · reach to 2 · reach."""
    pairs = histogram.reshape(len(histogram), BINS // 2, 2).sum(axis=2)
    wider = np.zeros_like(histogram)
    wider[:, BINS // 4 : BINS // 4 + BINS // 2] = pairs
    return wider


def _further(known: Extremes | None, flat: Tensor, first: int, *, largest: bool) -> Extremes:
    """The most extreme of ``known`` and of pictures ``flat`` (N, units, places), whose numbers begin with ``first``."""
    found, places = flat.max(2) if largest else flat.min(2)
    numbers = torch.arange(first, first + len(flat)).expand(flat.shape[1], -1)
    parts = [found.T, numbers, places.T]
    if known is not None:
        before = (torch.from_numpy(each) for each in (known.values, known.pictures, known.places))
        parts = [torch.cat(pair, dim=1) for pair in zip(before, parts, strict=True)]
    order = torch.argsort(parts[0], dim=1, descending=largest, stable=True)[:, :KEPT]
    values, pictures, chosen = (each.gather(1, order).numpy() for each in parts)
    return Extremes(values, pictures, chosen)
