"""Where a run stands, folded from its events: for everything that shows numbers of a run."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from alexnet_app.core.events import (
    CheckpointSaved,
    Continued,
    Ending,
    EpochDone,
    Evaluated,
    Event,
    Measured,
    MemoryShort,
    NormalizationSeen,
    Notice,
    Paused,
    Progress,
    RateChanged,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
    Task,
    Warned,
)
from alexnet_app.core.runs.asked_rates import AskedRates

MOST_MEASURED = 500  # newest values that are kept; what the program measures has some hundred
SLEPT_SECONDS, SLEPT_TIMES = 60.0, 10.0  # a report that took so long, and so many times as long as usual
MEMORY_STEPS = 200  # the speed shown is that of about so many steps


class Phase(StrEnum):
    """What a run is doing."""

    WAITING = "waiting"
    PREPARING = "preparing"
    TRAINING = "training"
    EVALUATING = "evaluating"
    PAUSED = "paused"
    ENDED = "ended"


def epochs_done(events: Sequence[Event]) -> int:
    """How many epochs are over, by the last of ``events`` that says it: lines of epochs may be gone, or not be read."""
    saying = EpochDone | CheckpointSaved | RunEnded | Resumed
    return next((event.epoch for event in reversed(events) if isinstance(event, saying)), 0)


@dataclass(slots=True)
class RunState:
    """``take`` every event in order. ``clock`` gives seconds; the time between epochs is measured with it, so that
    remaining time counts validation too.

    ``step`` steps and ``epoch``
    epochs are done; ``task``, ``done`` and ``total`` are those of the last Progress; ``measured`` has the newest value
    of each named series.
    """

    batch_size: int
    clock: Callable[[], float] = time.monotonic
    phase: Phase = Phase.WAITING
    step: int = 0
    epoch: int = 0
    epochs: int = 0
    steps_per_epoch: int = 0
    rate: float = 0.0
    asked_rates: AskedRates = field(default_factory=AskedRates)  # since it began or was resumed
    images_per_second: float = 0.0
    best_error: float | None = None
    best_epoch: int = 0
    last: EpochDone | None = None
    tested: Evaluated | None = None
    saved_step: int = 0
    ended: RunEnded | None = None
    normalization: tuple[NormalizationSeen, ...] = ()
    measured: dict[str, float] = field(default_factory=dict)
    task: Task | None = None
    done: int = 0
    total: int = 0
    _between: float = 0.0  # seconds from an epoch's last step to the next one's first
    _stopped_at: float | None = field(default=None)
    _slept: bool = False  # the last report was one of a computer that stood still

    def take(self, event: Event) -> None:
        """Brings the state up to date."""
        match event:
            case RunStarted() | Resumed():
                self._begin(event)
            case Warned() | MemoryShort():
                self._warned(event)
            case Progress():
                self._advance(event)
            case StepsDone():
                self._steps(event)
            case EpochDone():
                self._epoch(event)
            case RateChanged() | CheckpointSaved():
                self._told(event)
            case Paused() | Continued():
                self.phase = Phase.PAUSED if isinstance(event, Paused) else Phase.TRAINING
                self.task, self._stopped_at = None, None  # how long a person waits says nothing of the rest
            case Evaluated() | NormalizationSeen() | Measured():
                self._measured(event)
            case RunEnded():
                self.phase, self.ended = Phase.ENDED, event

    def remaining_seconds(self) -> float | None:
        """How long the rest will take at the present speed; None while that is not known."""
        if not (self.images_per_second and self.steps_per_epoch and self.epochs):
            return None
        steps = max(0, self.epochs * self.steps_per_epoch - self.step)
        seconds = steps * self.batch_size / self.images_per_second + self._between * (self.epochs - self.epoch)
        return seconds if math.isfinite(seconds) else None

    def share(self) -> float:
        """How much of all steps is done, 0 to 1; 0 while their number is not known; 1 for a run that has finished,
        also early.
        """
        if self.ended is not None and self.ended.reason == Ending.FINISHED:
            return 1.0
        steps = self.epochs * self.steps_per_epoch
        return min(1.0, self.step / steps) if steps else 0.0

    def _begin(self, event: RunStarted | Resumed) -> None:
        if isinstance(event, Resumed):
            self.step, self.epoch = event.step, event.epoch
        self.phase, self.ended, self.images_per_second, self._stopped_at = Phase.TRAINING, None, 0.0, None
        self.normalization, self.asked_rates, self.measured = (), AskedRates(), {}
        self.epochs, self.steps_per_epoch = event.epochs, event.steps_per_epoch

    def _told(self, event: RateChanged | CheckpointSaved) -> None:
        if isinstance(event, CheckpointSaved):
            self.saved_step = event.step
        else:
            self.asked_rates.note(self.rate, event.rate, event.reason)
            self.rate = event.rate

    def _advance(self, event: Progress) -> None:
        measures = event.task in (Task.VALIDATION, Task.TEST)
        self.phase = Phase.EVALUATING if measures else Phase.PREPARING
        self.phase = Phase.PAUSED if event.task == Task.WAIT else self.phase
        self.task, self.done, self.total = event.task, event.done, event.total

    def _warned(self, event: Warned | MemoryShort) -> None:
        notice = event.notice if isinstance(event, Warned) else None
        if notice in (Notice.DATA_GONE, Notice.WAITS_TO_SAVE) or (isinstance(event, MemoryShort) and event.asked):
            self.phase, self.task, self.done, self._stopped_at = Phase.PAUSED, Task.WAIT, 0, None
        elif self.task == Task.WAIT and notice in (Notice.DATA_BACK, Notice.SAVED_AGAIN):
            self.phase, self.task = Phase.TRAINING, None

    def _measured(self, event: Evaluated | NormalizationSeen | Measured) -> None:
        if isinstance(event, Evaluated):
            self.tested = event
        elif isinstance(event, NormalizationSeen):
            self.normalization = (*self.normalization, event)
        elif len(self.measured.keys() | event.values.keys()) <= MOST_MEASURED:
            self.measured |= event.values

    def _steps(self, event: StepsDone) -> None:
        now = self.clock()
        if self._stopped_at is not None:
            self._between, self._stopped_at = now - self._stopped_at, None
        count = len(event.losses)
        share = min(1.0, count / MEMORY_STEPS) if self.images_per_second else 1.0
        if event.images_per_second > 0 and not self._has_slept(event):
            pace = (1 - share) / self.images_per_second if self.images_per_second else 0.0
            pace += share / event.images_per_second  # paces are averaged, not speeds
            self.images_per_second = 1 / pace if pace else 0.0  # whoever wrote it: no speed is beyond all numbers
        self.phase, self.step, self.rate = Phase.TRAINING, event.first + count, event.rate
        if self.steps_per_epoch and self.step % self.steps_per_epoch == 0:
            self._stopped_at = now

    def _has_slept(self, event: StepsDone) -> bool:
        """Whether the computer stood still in the steps of ``event``, so that they tell no speed; of two reports in a
        row the second one tells it.
        """
        images = len(event.losses) * self.batch_size
        usual = images / self.images_per_second if self.images_per_second else math.inf
        taken = images / event.images_per_second
        self._slept = not self._slept and taken > max(SLEPT_SECONDS, SLEPT_TIMES * usual)
        return self._slept

    def _epoch(self, event: EpochDone) -> None:
        self.epoch, self.step, self.last = event.epoch, event.step, event
        if event.best:
            self.best_error, self.best_epoch = event.validation_error, event.epoch
