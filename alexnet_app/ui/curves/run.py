"""What learning curves keep of a run: its losses, its epochs and what happened at which step."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from alexnet_app.ui.curves.clock import Clock
from alexnet_app.ui.curves.losses import Losses, Numbers
from alexnet_app.ui.curves.series import AllSeries

KINDS = ("rate", "checkpoint", "best", "resume", "pause", "joined")


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch that was over after ``step`` steps. Losses in nats, errors as fractions (0 to 1)."""

    step: int
    train_loss: float
    train_error: float
    validation_loss: float
    validation_error: float


NO_EPOCH = Epoch(0, np.nan, np.nan, np.nan, np.nan)


@dataclass(slots=True)
class Epochs:
    """The epochs of a run, in order."""

    rows: list[Epoch] = field(default_factory=list)
    _columns: dict[str, Numbers] = field(default_factory=dict)  # asked for in every frame

    def put(self, epoch: Epoch) -> None:
        """Takes an epoch; it replaces those at or after its step."""
        self.cut(epoch.step - 1)
        self.rows.append(epoch)
        self._columns.clear()

    def cut(self, step: int) -> None:
        """Drops the epochs that ended after ``step``."""
        while self.rows and self.rows[-1].step > step:
            self.rows.pop()
            self._columns.clear()

    def steps(self) -> Numbers:
        """Where they ended."""
        return self._column("step")

    def of(self, name: str) -> Numbers:
        """One column, such as "validation_loss"; infinities become NaN."""
        return self._column(name)

    def _column(self, name: str) -> Numbers:
        if name not in self._columns:
            values = np.array([getattr(row, name) for row in self.rows], np.float64)
            self._columns[name] = np.where(np.isfinite(values), values, np.nan)
        return self._columns[name]

    def newest(self) -> Epoch:
        """The last epoch; all NaN if there is none."""
        return self.rows[-1] if self.rows else NO_EPOCH

    def at(self, step: float) -> Epoch:
        """The epoch that ended nearest to ``step``; all NaN if there is none."""
        return min(self.rows, key=lambda row: abs(row.step - step), default=NO_EPOCH)


@dataclass(slots=True)
class DrawnRun:
    """Everything that is drawn of one run. ``steps_per_epoch`` and ``batch_size`` are 0 where they are not known."""

    losses: Losses = field(default_factory=Losses)
    epochs: Epochs = field(default_factory=Epochs)
    series: AllSeries = field(default_factory=AllSeries)
    clock: Clock = field(default_factory=Clock)
    steps_per_epoch: int = 0
    batch_size: int = 0

    def put(self, first: int, losses: ArrayLike, speed: float = np.nan) -> None:
        """Takes the losses of the steps ``first`` …, made at ``speed`` images a second."""
        self.losses.put(first, losses)
        count = self.losses.end - first
        if count > 0:
            took = count * self.batch_size / speed if speed > 0 and self.batch_size else np.nan
            self.clock.put(first + count, count, took)

    def cut(self, step: int) -> None:
        """Drops ``step`` and all later ones, and what came after it."""
        self.losses.cut(step)
        self.epochs.cut(step)
        self.series.cut(step)
        self.clock.cut(step)

    def done(self) -> int:
        """How many steps are done."""
        return max(self.losses.end, self.epochs.newest().step)

    def span(self) -> tuple[float, float] | None:
        """The first and the last step; None while there is nothing."""
        ends = [] if self.losses.empty else [self.losses.first, self.losses.end - 1]
        ends += [row.step for row in (*self.epochs.rows[:1], *self.epochs.rows[-1:])]
        return (float(min(ends)), float(max(ends))) if ends else None


class Marks:
    """What happened at which step: for each of ``KINDS`` the steps with a few words."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[int, str]] = {kind: {} for kind in KINDS}

    def put(self, step: int, kind: str, text: str) -> None:
        """Takes a mark; ValueError for a kind that there is not."""
        if kind not in KINDS:
            raise ValueError(kind)
        self._texts[kind][step] = text

    def cut(self, step: int) -> None:
        """Drops what came after ``step``."""
        for kind, texts in self._texts.items():
            self._texts[kind] = {each: text for each, text in texts.items() if each <= step}

    def steps(self, kind: str, start: float = -np.inf, stop: float = np.inf) -> list[int]:
        """The steps of a kind from ``start`` to ``stop``, in order."""
        return sorted(step for step in self._texts[kind] if start <= step <= stop)

    def text(self, step: int, kind: str) -> str:
        """The words of a mark."""
        return self._texts[kind].get(step, "")

    def near(self, start: float, stop: float) -> Sequence[tuple[str, int, str]]:
        """Kind, step and words of the marks from ``start`` to ``stop``."""
        return [(kind, step, self.text(step, kind)) for kind in KINDS for step in self.steps(kind, start, stop)]
