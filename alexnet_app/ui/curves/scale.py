"""What the curves are drawn over: steps, epochs, images or training time, evenly or by their logarithms."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alexnet_app.ui.curves.axes import logarithms
from alexnet_app.ui.curves.losses import Curve, Numbers
from alexnet_app.ui.curves.run import DrawnRun

OCTAVE = 0.301  # a factor of two, in decimal logarithms
LEAST = 4.0  # steps in view at least; closer there is nothing to see


class Unit(StrEnum):
    """What is counted along the axis. TIME is the time spent in training steps: without pauses, validation, saving."""

    STEPS = "steps"
    EPOCHS = "epochs"
    IMAGES = "images"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class AxisScale:
    """Where steps of a run lie on the axis, as numbers of ``unit``, or as their decimal logarithms."""

    unit: Unit = Unit.STEPS
    logarithmic: bool = False

    def knows(self, run: DrawnRun) -> bool:
        """Whether ``run`` has what the unit needs."""
        match self.unit:
            case Unit.EPOCHS:
                return run.steps_per_epoch > 0
            case Unit.IMAGES:
                return run.batch_size > 0
            case Unit.TIME:
                return not run.clock.empty
        return True

    def places(self, run: DrawnRun, steps: ArrayLike) -> Numbers:
        """Where ``steps`` of ``run`` lie; NaN where there is no place for them."""
        there = self.counts(run, steps)
        return logarithms(there) if self.logarithmic else there

    def counts(self, run: DrawnRun, steps: ArrayLike) -> Numbers:
        """How many of the unit ``steps`` of ``run`` are; NaN where that is not known."""
        wanted = np.asarray(steps, np.float64)
        if self.unit == Unit.STEPS:
            return wanted
        if not self.knows(run):
            return np.full(wanted.shape, np.nan)
        if self.unit == Unit.TIME:
            return run.clock.at(wanted)
        return wanted * run.batch_size if self.unit == Unit.IMAGES else wanted / run.steps_per_epoch

    def steps(self, run: DrawnRun, place: float) -> float:
        """The step of ``run``, no whole number, that lies at ``place``; NaN where that is not known."""
        count = 10.0 ** min(place, 300.0) if self.logarithmic else place
        return float(self.all_steps(run, np.array([count]))[0])

    def all_steps(self, run: DrawnRun, counts: Numbers) -> Numbers:
        """The steps of ``run`` that are so many of the unit: the way back from ``counts``."""
        if self.unit == Unit.STEPS:
            return counts
        if not self.knows(run):
            return np.full(counts.shape, np.nan)
        if self.unit == Unit.TIME:
            return run.clock.steps(counts)
        return counts / run.batch_size if self.unit == Unit.IMAGES else counts * run.steps_per_epoch

    def span(self, run: DrawnRun) -> tuple[float, float] | None:
        """Where the first and the last step of ``run`` lie; None while there is nothing to draw."""
        ends = run.span()
        if ends is None or not self.knows(run):
            return None
        first, last = (max(end, 1.0) for end in ends) if self.logarithmic else ends
        low, high = self.places(run, np.array([first, last]))
        return (float(low), float(high)) if np.isfinite([low, high]).all() else None

    def least(self, run: DrawnRun) -> float:
        """The shortest stretch of the axis that can be shown."""
        return 0.02 if self.logarithmic else float(self.counts(run, LEAST)) if self.knows(run) else LEAST

    def losses(self, run: DrawnRun, view: tuple[float, float], columns: int, half: int | None) -> Curve:
        """Places and losses of ``run`` in ``view``: their means over ``half`` steps on either side, or, for None, as
        they are; as many points as ``columns`` pixels can show.
        """
        if run.losses.empty or not self.knows(run):
            return np.empty(0), np.empty(0)
        parts = [
            run.losses.envelope(start, stop, each) if half is None else run.losses.smoothed(start, stop, each, half)
            for start, stop, each in self._pieces(run, view, columns)
        ]
        if len(parts) == 1:
            steps, losses = parts[0]
        else:
            steps, losses = (np.concatenate(each) for each in zip(*parts, strict=True))
            order = np.argsort(steps, kind="stable")
            steps, losses = steps[order], losses[order]
        places = self.places(run, steps)
        known = np.isfinite(places) if self.logarithmic else slice(None)
        return places[known], losses[known]

    def _pieces(self, run: DrawnRun, view: tuple[float, float], columns: int) -> Iterator[tuple[float, float, int]]:
        """Stretches of steps that together fill ``view``, each with its share of the columns: by logarithms the first
        steps are far apart and the last ones lie close.
        """
        low, high = view
        if not self.logarithmic:
            yield self.steps(run, low), self.steps(run, high), columns
            return
        count = int(np.clip(np.ceil((high - low) / OCTAVE), 1, 40))
        edges: NDArray[np.float64] = np.linspace(low, high, count + 1)
        for start, stop in pairwise(edges):
            yield self.steps(run, float(start)), self.steps(run, float(stop)), max(columns // count, 16)
