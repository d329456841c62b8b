"""Where an experiment stands, folded from its events: for everything that shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from alexnet_app.core.events import Ending, Event, Resumed, RunEnded
from alexnet_app.core.experiments.experiment import Concluded, Finding, Point, RunBegun, RunLeft, RunOf
from alexnet_app.core.runs.state import RunState


@dataclass(slots=True)
class PaperState:
    """``take`` every event in order. ``lines`` are the points so far, by run and by curve; the run ``index`` of
    ``total`` stands as ``run`` says.
    """

    batch_size: int = 1
    clock: Callable[[], float] = time.monotonic
    lines: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    name: str = ""
    index: int = 0
    total: int = 0
    run: RunState = field(default_factory=lambda: RunState(1))
    finding: Finding | None = None
    _begun_at: float | None = None
    _is_over: bool = False
    _took: list[float] = field(default_factory=list)  # seconds of each run that was trained to its end here

    def take(self, event: Event) -> None:
        """Brings the state up to date."""
        match event:
            case RunBegun():
                self._begin(event)
            case RunOf(name, _, _, inner, points):
                self.run.take(inner)
                if isinstance(inner, Resumed):
                    self._cut(name, inner.step)
                self._add(name, points)
                if isinstance(inner, RunEnded) and inner.reason != Ending.STOPPED:
                    self._end()
            case RunLeft():
                self._end()
            case Concluded(finding):
                self.finding = finding

    def share(self) -> float:
        """How much of all runs is done, 0 to 1."""
        if not self.total:
            return 0.0
        is_over = self._is_over or self.run.ended is not None
        return (self.index - 1 + (1.0 if is_over else self.run.share())) / self.total

    def remaining_seconds(self) -> float | None:
        """How long the rest takes if every run to come takes as long as those before; None while that is not known."""
        rest = self.run.remaining_seconds()
        if rest is None or self._begun_at is None:
            return None
        usual = sum(self._took) / len(self._took) if self._took else self.clock() - self._begun_at + rest
        return rest + (self.total - self.index) * usual

    def _begin(self, event: RunBegun) -> None:
        self.name, self.index, self.total = event.name, event.index, event.total
        self.run = RunState(self.batch_size, self.clock)
        self._begun_at, self._is_over = (None if event.is_over else self.clock()), False
        self._cut(event.name, -1)
        self._add(event.name, event.points)

    def _end(self) -> None:
        """The run went to its end, or is left."""
        self._is_over = True
        if self._begun_at is not None:
            self._took.append(self.clock() - self._begun_at)

    def _add(self, name: str, points: tuple[Point, ...]) -> None:
        for point in points:
            self.lines.setdefault((name, point.curve), []).append((point.step, point.value))

    def _cut(self, name: str, step: int) -> None:
        for key in [key for key in self.lines if key[0] == name]:
            self.lines[key] = [pair for pair in self.lines[key] if pair[0] <= step]
