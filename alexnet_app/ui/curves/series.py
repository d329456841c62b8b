"""Named series over training steps, beside losses and errors."""

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from alexnet_app.ui.curves.losses import Numbers

MOST_SERIES, MOST_FAMILIES = 500, 50  # of a run; what the program measures has some ten of each


@dataclass(slots=True)
class Series:
    """Values at steps, in order. A stretch of equal values is kept as its two ends, which draws the same line."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def put(self, step: int, value: float) -> None:
        """Takes the value at ``step``; it replaces those after it."""
        self.cut(step)
        if self.steps and self.steps[-1] == step and self.values[-1] != value and len(self.steps) == 1:
            self.values[-1] = value
        elif len(self.steps) > 1 and self.values[-1] == self.values[-2] == value:
            self.steps[-1] = step
        elif not (self.steps and (self.steps[-1], self.values[-1]) == (step, value)):
            self.steps.append(step)
            self.values.append(value)

    def cut(self, step: int) -> None:
        """Drops what came after ``step``; a stretch of equal values ends there."""
        kept = bisect_right(self.steps, step)
        if 0 < kept < len(self.steps) and self.values[kept] == self.values[kept - 1] and self.steps[kept - 1] < step:
            self.steps[kept] = step
            kept += 1
        del self.steps[kept:], self.values[kept:]

    def drawn(self) -> tuple[Numbers, Numbers]:
        """Steps and values, infinities as NaN."""
        values = np.array(self.values, np.float64)
        return np.array(self.steps, np.float64), np.where(np.isfinite(values), values, np.nan)

    def at(self, step: float | None) -> float:
        """The value nearest to ``step``, the last one for None; NaN where there is none."""
        if not self.steps:
            return np.nan
        if step is None:
            return self.values[-1]
        return self.values[min(range(len(self.steps)), key=lambda place: abs(self.steps[place] - step))]


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
        is_first = not series.steps
        series.put(step, value)
        return is_first

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
        return tuple(dict.fromkeys(name.partition("/")[0] for name, each in self._series.items() if each.steps))

    def of(self, family: str) -> dict[str, Series]:
        """The members of a family by their names, such as "conv1"; "" where it has one series only."""
        found = ((name.partition("/"), series) for name, series in self._series.items())
        return {member: series for (own, _, member), series in found if own == family and series.steps}

    def newest(self, name: str) -> float:
        """The last value of the series ``name``; NaN where there is none."""
        return self._series[name].at(None) if name in self._series else np.nan
