"""Losses step by step, drawn and smoothed at a cost that does not grow with their number."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Numbers: TypeAlias = NDArray[np.floating]
Curve: TypeAlias = tuple[Numbers, Numbers]
MOST_STEPS = 20_000_000  # as ``runs/condensed.py`` reads
LARGEST = 1e6  # nats: more counts as this much in a mean, or one spike would take the digits of all that follow


class Growing:
    """A numpy array that grows at its end, with room to spare."""

    def __init__(self, dtype: DTypeLike, first: float | None = None) -> None:
        self._room: NDArray[Any] = np.empty(1024, dtype)
        self.size = 0
        if first is not None:
            self.extend(np.array([first], dtype))

    @property
    def values(self) -> NDArray[Any]:
        """What is in it now; valid until the next ``extend``."""
        return self._room[: self.size]

    def extend(self, values: NDArray[Any]) -> None:
        """Puts ``values`` at the end."""
        size = self.size + len(values)
        if size > len(self._room):
            room = np.empty(max(size, 2 * len(self._room)), self._room.dtype)
            room[: self.size] = self.values
            self._room = room
        self._room[self.size : size] = values
        self.size = size

    def cut(self, size: int) -> None:
        """Drops what is behind the first ``size`` values."""
        self.size = min(self.size, max(size, 0))


class Losses:
    """The training loss (nats) of each step from ``first`` on. NaN, also where a step is missing, makes a gap.

    Two things make it cheap at a million steps: lowest and highest values of blocks of 2, 4, 8 … steps, and running
    sums, from which the mean around any step is one subtraction, however wide it is.
    """

    def __init__(self) -> None:
        self.first = 0
        self._raw = Growing(np.float32)
        self._sums = Growing(np.float64, 0)
        self._counts = Growing(np.int32, 0)  # MOST_STEPS is less
        self._levels: list[tuple[Growing, Growing]] = []  # of blocks of 2, 4, 8 … steps: lowest, highest

    @property
    def end(self) -> int:
        """The step after the last one."""
        return self.first + self._raw.size

    @property
    def empty(self) -> bool:
        """Whether there is no step."""
        return self._raw.size == 0

    def put(self, first: int, losses: ArrayLike) -> None:
        """Takes the losses of the steps ``first``, ``first + 1`` …; they replace what was there from ``first`` on."""
        with np.errstate(over="ignore"):  # beyond float32 is as good as infinite
            values = np.array(losses, np.float32).ravel()
        self.cut(first)
        if self.empty:
            self.first = first
        if len(values) and first + len(values) - self.first <= MOST_STEPS:
            self._extend(np.full(first - self.end, np.nan, np.float32))
            self._extend(values)

    def _extend(self, values: NDArray[np.float32]) -> None:
        known = np.isfinite(values)
        values[~known] = np.nan
        self._raw.extend(values)
        counted = np.where(known, np.clip(values, -LARGEST, LARGEST), np.float32(0))
        self._sums.extend(np.cumsum(counted, dtype=np.float64) + self._sums.values[-1])
        self._counts.extend(np.cumsum(known, dtype=np.int32) + self._counts.values[-1])

    def cut(self, step: int) -> None:
        """Drops ``step`` and all that follow."""
        size = max(step - self.first, 0)
        self._raw.cut(size)
        self._sums.cut(size + 1)
        self._counts.cut(size + 1)
        for power, (low, high) in enumerate(self._levels, 1):
            low.cut(size >> power)
            high.cut(size >> power)

    def at(self, step: float) -> float:
        """The loss of a step; NaN where there is none."""
        index = round(step) - self.first
        return float(self._raw.values[index]) if 0 <= index < self._raw.size else np.nan

    def many(self, steps: Numbers) -> Numbers:
        """The losses of ``steps``; NaN where there is none."""
        return self._read(steps, lambda indices: self._raw.values[indices].astype(np.float64))

    def means(self, steps: Numbers, half: int) -> Numbers:
        """The means around ``steps``; NaN where there is none."""
        return self._read(steps, lambda indices: self._means(indices, self._narrowed(half)))

    def _read(self, steps: Numbers, read: Callable[[NDArray[np.int64]], Numbers]) -> Numbers:
        found = np.full(len(steps), np.nan)
        with np.errstate(invalid="ignore"):
            there = (steps >= self.first - 0.5) & (steps < self.end - 0.5)
        found[there] = read(np.round(steps[there]).astype(np.int64) - self.first)
        return found

    def last(self) -> float:
        """The newest loss; NaN if there is none."""
        return self.at(self.end - 1)

    def envelope(self, start: float, stop: float, columns: int) -> Curve:
        """Steps and losses from ``start`` to ``stop``: as they are, or the lowest and highest of ``columns`` to twice
        as many blocks of steps, so that no spike is lost.
        """
        begin, end = self._between(start, stop)
        power = max((end - begin) // max(columns, 1), 1).bit_length() - 1
        power = min(power, (self._raw.size >> 7).bit_length())  # of which there are blocks
        if power == 0:
            return np.arange(begin, end) + float(self.first), self._raw.values[begin:end].astype(np.float64)
        low, high, centres = self._blocks(begin, end, power)
        return np.repeat(centres + self.first, 2), np.stack([low, high], axis=1).ravel()

    def _blocks(self, begin: int, end: int, power: int) -> tuple[Numbers, Numbers, Numbers]:
        """Lowest and highest values of the blocks of 2 ** power steps that hold begin … end, and their centres."""
        self.raise_levels()
        low, high = self._levels[power - 1]
        size = 1 << power
        some = slice(begin >> power, min(-(-end >> power), low.size))
        centres = np.arange(some.start, max(some.start, some.stop)) * float(size) + (size - 1) / 2
        rest = self._raw.values[max(some.start, some.stop) << power : end].astype(np.float64)  # no whole block yet
        if not len(rest):
            return low.values[some], high.values[some], centres
        return (
            np.append(low.values[some], np.fmin.reduce(rest)),
            np.append(high.values[some], np.fmax.reduce(rest)),
            np.append(centres, end - (len(rest) + 1) / 2),
        )

    def raise_levels(self) -> None:
        """Brings the blocks up to date; only new ones cost anything."""
        lower = higher = self._raw
        for power in range(1, (self._raw.size >> 7).bit_length() + 1):
            if power > len(self._levels):
                self._levels.append((Growing(np.float32), Growing(np.float32)))
            low, high = self._levels[power - 1]
            new = slice(2 * low.size, 2 * (self._raw.size >> power))
            # of every second one: to reduce pairs takes some times as long
            low.extend(np.fmin(lower.values[new][::2], lower.values[new][1::2]))
            high.extend(np.fmax(higher.values[new][::2], higher.values[new][1::2]))
            lower, higher = low, high

    def smooth_at(self, step: float, half: int) -> float:
        """The mean around ``step``; NaN where there is none."""
        index = round(step) - self.first
        inside = 0 <= index < self._raw.size
        return float(self._means(np.array([index]), self._narrowed(half))[0]) if inside else np.nan

    def smoothed(self, start: float, stop: float, columns: int, half: int) -> Curve:
        """Steps and the mean over ``half`` steps before and after each, from ``start`` to ``stop``.

        Early in a run, over a fifth of it at most. Towards both ends over fewer, down to a quarter, and as many on
        either side as there are: otherwise the newest value would lag behind by half a window.
        """
        begin, end = self._between(start, stop)
        stride = 1 << max((end - begin) // max(columns, 1), 1).bit_length() - 1
        indices = np.arange(-(-begin // stride) * stride, end, stride)
        if end > begin:
            indices = np.unique(np.append(indices, [begin, end - 1]))
        return indices + float(self.first), self._means(indices, max(self._narrowed(half), stride // 2))

    def _narrowed(self, half: int) -> int:
        return min(half, self._raw.size // 10)

    def _means(self, indices: NDArray[np.int64], half: int) -> Numbers:
        last = self._raw.size - 1
        around = np.clip(np.minimum(indices, last - indices), max(half // 4, min(half, 3)), half)
        return self._mean(np.maximum(indices - around, 0), np.minimum(indices + around, last) + 1)

    def _mean(self, begin: NDArray[np.int64], end: NDArray[np.int64]) -> Numbers:
        sums, counts = self._sums.values, self._counts.values
        count = counts[end] - counts[begin]
        mean = (sums[end] - sums[begin]) / np.maximum(count, 1)
        return np.where(count > 0, mean, np.nan)

    def _between(self, start: float, stop: float) -> tuple[int, int]:
        """Where the steps from ``start`` to ``stop`` lie, with one more on either side."""
        begin, end = np.clip([np.floor(start) - self.first - 1, np.ceil(stop) - self.first + 2], 0, self._raw.size)
        return int(begin), int(max(begin, end))
