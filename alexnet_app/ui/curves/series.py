"""Named series over training steps, beside losses and errors."""

import numpy as np
from numpy.typing import NDArray

from alexnet_app.ui.curves.losses import Growing, Numbers

MOST_SERIES, MOST_FAMILIES = 500, 50  # of a run; what the program measures has some ten of each


class Series:
    """Values at steps, in order. A stretch of equal values is kept as its two ends, which draws the same line."""

    def __init__(self) -> None:
        self._steps, self._values = Growing(np.int64), Growing(np.float64)

    @property
    def steps(self) -> list[int]:
        """The numbers of steps done at which there is a value."""
        return [int(step) for step in self._steps.values]

    @property
    def values(self) -> list[float]:
        """The values there."""
        return [float(value) for value in self._values.values]

    @property
    def empty(self) -> bool:
        """Whether there is no value."""
        return self._steps.size == 0

    def put(self, step: int, value: float) -> None:
        """Takes the value at ``step``; it replaces those after it."""
        self.cut(step)
        steps, values = self._steps.values, self._values.values
        if len(steps) == 1 and steps[-1] == step and values[-1] != value:
            values[-1] = value
        elif len(steps) > 1 and values[-1] == values[-2] == value:
            steps[-1] = step
        elif not (len(steps) and (steps[-1], values[-1]) == (step, value)):
            self._steps.extend(np.array([step]))
            self._values.extend(np.array([value]))

    def put_all(self, steps: NDArray[np.int64], values: Numbers) -> None:
        """Takes values at ``steps``, which rise, behind all that are there."""
        inner = np.zeros(len(values), bool)  # within a stretch of equal values
        inner[1:-1] = (values[1:-1] == values[:-2]) & (values[1:-1] == values[2:])
        self._steps.extend(steps[~inner])
        self._values.extend(values[~inner])

    def cut(self, step: int) -> None:
        """Drops what came after ``step``; a stretch of equal values ends there."""
        steps, values = self._steps.values, self._values.values
        kept = int(np.searchsorted(steps, step, side="right"))
        if 0 < kept < len(steps) and values[kept] == values[kept - 1] and steps[kept - 1] < step:
            steps[kept] = step
            kept += 1
        self._steps.cut(kept)
        self._values.cut(kept)

    def drawn(self, first: float = -np.inf, last: float = np.inf, columns: int = 1 << 30) -> tuple[Numbers, Numbers]:
        """Steps and values from ``first`` to ``last``, with one more on either side, infinities as NaN: as they are, or
        the lowest and highest of about ``columns`` blocks.
        """
        begin, end = np.searchsorted(self._steps.values, [first, last])
        some = slice(max(int(begin) - 1, 0), int(end) + 1)
        steps, values = self._steps.values[some].astype(np.float64), self._values.values[some].copy()
        values[~np.isfinite(values)] = np.nan
        size = len(steps) // max(columns, 1)
        if size < 2:
            return steps, values
        whole = len(steps) // size * size
        blocks = values[:whole].reshape(-1, size)
        lowest, highest = np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)
        heights = np.stack([lowest, highest], axis=1).ravel()
        centres = np.repeat(steps[:whole].reshape(-1, size).mean(axis=1), 2)
        return np.append(centres, steps[whole:]), np.append(heights, values[whole:])

    def at(self, step: float | None) -> float:
        """The value nearest to ``step``, the last one for None; NaN where there is none."""
        steps = self._steps.values
        if not len(steps):
            return np.nan
        if step is None:
            return float(self._values.values[-1])
        after = min(int(np.searchsorted(steps, step)), len(steps) - 1)
        before = max(after - 1, 0)
        nearest = before if abs(steps[before] - step) <= abs(steps[after] - step) else after
        return float(self._values.values[nearest])


class AllSeries:
    """The named series of a run: "rate", "silent/conv1" … A family is what stands before the stroke."""

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}
        self._families: set[str] = set()  # with those whose values are gone

    def put(self, name: str, step: int, value: float) -> bool:
        """Takes a value of the series ``name``. Whether it is the first one there; no more series are kept than a
        window can draw.
        """
        series = self._series.get(name) or self._new(name)
        if series is None:
            return False
        is_first = series.empty
        series.put(step, value)
        return is_first

    def put_all(self, name: str, steps: NDArray[np.int64], values: Numbers) -> None:
        """Takes the values of the series ``name`` at ``steps``, which rise, where there are none yet."""
        series = self._series.get(name) or self._new(name)
        if series is not None:
            series.put_all(steps, values)

    def _new(self, name: str) -> Series | None:
        family = name.partition("/")[0]
        if len(self._series) == MOST_SERIES or len({*self._families, family}) > MOST_FAMILIES:
            return None
        self._families.add(family)
        return self._series.setdefault(name, Series())

    def cut(self, step: int) -> None:
        """Drops what came after ``step``."""
        for series in self._series.values():
            series.cut(step)

    def families(self) -> tuple[str, ...]:
        """Those of which there are values, in the order in which they came."""
        return tuple(dict.fromkeys(name.partition("/")[0] for name, each in self._series.items() if not each.empty))

    def of(self, family: str) -> dict[str, Series]:
        """The members of a family by their names, such as "conv1"; "" where it has one series only."""
        found = ((name.partition("/"), series) for name, series in self._series.items())
        return {member: series for (own, _, member), series in found if own == family and not series.empty}

    def get(self, name: str) -> Series | None:
        """The series ``name``; None where there is none."""
        series = self._series.get(name)
        return None if series is None or series.empty else series

    def newest(self, name: str) -> float:
        """The last value of the series ``name``; NaN where there is none."""
        return self._series[name].at(None) if name in self._series else np.nan
