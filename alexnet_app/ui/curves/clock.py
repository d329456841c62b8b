"""How long a run has trained by each of its steps: the time in steps, without pauses, validation and saving."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alexnet_app.ui.curves.losses import Growing, Numbers

LONGEST = 1e12  # seconds: what a speed near zero would make


class Clock:
    """Training time (seconds) at numbers of steps done; between these it passes evenly."""

    def __init__(self) -> None:
        self._ends = Growing(np.float64, 0.0)
        self._seconds = Growing(np.float64, 0.0)

    @property
    def empty(self) -> bool:
        """Whether no time is known."""
        return bool(self._seconds.values[-1] <= 0)

    def put(self, end: ArrayLike, count: ArrayLike, seconds: ArrayLike) -> None:
        """The ``count`` steps before each of ``end`` took ``seconds``. NaN for what is not known: as fast as those
        before. Steps that nobody tells of take none.
        """
        ends, counts = np.atleast_1d(np.asarray(end, float)), np.atleast_1d(np.asarray(count, float))
        took = np.atleast_1d(np.asarray(seconds, float))
        if not len(ends):
            return
        self.cut(float(ends[0] - counts[0]))
        known = np.isfinite(took) & (took >= 0) & (took < LONGEST)
        if not known.all():
            pace = self._pace() if not known.any() else took[known].sum() / max(counts[known].sum(), 1)
            took = np.where(known, took, counts * pace)
        begins = ends - counts
        last, now = self._ends.values[-1], self._seconds.values[-1]
        sums = now + np.cumsum(took)
        knots = np.stack([begins, ends], axis=1).ravel()
        times = np.stack([sums - took, sums], axis=1).ravel()
        kept = knots > np.maximum.accumulate(np.concatenate([[last], knots[:-1]]))
        self._ends.extend(knots[kept])
        self._seconds.extend(times[kept])

    def _pace(self) -> float:
        """Seconds for a step so far; 0 where that is not known."""
        return float(self._seconds.values[-1] / max(self._ends.values[-1], 1.0))

    def cut(self, step: float) -> None:
        """Drops what came after ``step`` steps."""
        ends = self._ends.values
        kept = int(np.searchsorted(ends, step, side="right"))
        if kept < len(ends):
            at = self.at(np.array([step]))[0]
            self._ends.cut(max(kept, 1))
            self._seconds.cut(max(kept, 1))
            if step > self._ends.values[-1]:
                self._ends.extend(np.array([step]))
                self._seconds.extend(np.array([at]))

    def at(self, steps: NDArray[np.floating]) -> Numbers:
        """The training time at ``steps``; behind the last one as fast as before."""
        return _read(steps, self._ends.values, self._seconds.values)

    def steps(self, seconds: NDArray[np.floating]) -> Numbers:
        """The steps done after ``seconds``: the way back."""
        times = self._seconds.values
        rising = np.concatenate([[True], np.diff(times) > 0])
        return _read(seconds, times[rising], self._ends.values[rising])


def _read(wanted: NDArray[np.floating], known: Numbers, values: Numbers) -> Numbers:
    found = np.interp(wanted, known, values)
    slope = values[-1] / known[-1] if known[-1] > 0 else 0.0
    return np.where(wanted > known[-1], values[-1] + (wanted - known[-1]) * slope, np.where(wanted < 0, wanted, found))
