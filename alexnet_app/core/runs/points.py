"""Every number of a run over its steps, under the names that other programs expect: for tables and TensorBoard."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alexnet_app.core.events import EpochDone, Evaluated, Event, Resumed, RunStarted, StepsDone
from alexnet_app.core.foreign import MissingError, open_regular
from alexnet_app.core.measures import RATE, series_of
from alexnet_app.core.runs.reading import lasting, lines_in
from alexnet_app.core.runs.run import Run

TRAIN_LOSS, VALIDATION_LOSS = "loss/train", "loss/validation"
EPOCH_LOSS = "loss/train_epoch"  # the mean of an epoch's steps
TRAIN_ERROR, VALIDATION_ERROR, TOP5_ERROR = "error/train", "error/validation", "error/validation_top5"
LEARNING_RATE, SPEED = "learning_rate", "images_per_second"
TIME = re.compile(rb'^\{"event": "[A-Za-z]{1,40}", "time": ([0-9]{1,12}(?:\.[0-9]{1,6})?)')


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A value of the series ``name`` after ``step`` steps, at ``time`` in seconds since 1970, 0 where that is not
    known. Errors are fractions, 0 to 1, losses are in nats.
    """

    name: str
    step: int
    value: float
    time: float = 0.0


def points_of(event: Event, step: int = 0) -> Iterator[tuple[str, int, float]]:
    """The values that ``event`` brings: name, number of steps done, value. ``step`` is where the run is, for what says
    no step of its own.
    """
    match event:
        case StepsDone(first, losses, rate, speed):
            yield from ((TRAIN_LOSS, first + place, loss) for place, loss in enumerate(losses, 1))
            yield LEARNING_RATE, first + len(losses), rate
            yield SPEED, first + len(losses), speed
        case EpochDone():
            yield EPOCH_LOSS, event.step, event.train_loss
            yield TRAIN_ERROR, event.step, event.train_error
            yield VALIDATION_LOSS, event.step, event.validation_loss
            yield VALIDATION_ERROR, event.step, event.validation_error
            yield TOP5_ERROR, event.step, event.validation_top5_error
        case Evaluated(split):
            yield f"loss/{split}", step, event.loss
            yield f"error/{split}", step, event.top1_error
            yield f"error/{split}_top5", step, event.top5_error
        case _:
            yield from (each for each in series_of(event) if each[0] != RATE)


class Steps:
    """Which steps of each series were given already."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def is_new(self, name: str, step: int) -> bool:
        """Whether ``step`` of the series ``name`` is after all that were given; it is given then."""
        if step <= self._last.get(name, -1):
            return False
        self._last[name] = step
        return True


def step_after(event: Event, step: int) -> int:
    """How many steps are done once ``event`` has happened, ``step`` before it."""
    match event:
        case StepsDone(first, losses):
            return first + len(losses)
        case RunStarted():
            return 0
        case Resumed() | EpochDone():
            return event.step
    return step


def timed_events(run: Run, *without: type[Event]) -> list[tuple[float, Event]]:
    """The events of ``run`` that hold, each with when it was written, in seconds since 1970; 0 where its line does not
    say. UnreadableError as ``Run.events``.
    """
    return timed_past(run, *without)[0]


def timed_past(run: Run, *without: type[Event]) -> tuple[list[tuple[float, Event]], int]:
    """The same of the lines that are whole, and where the last of these ends: there the next one begins."""
    past = run.past(*without)
    kept = lasting([(place, event) for place, event in past.found if place < past.end])
    times = _times(run, {place for place, _ in kept})
    return [(times.get(place, 0.0), event) for place, event in kept], past.end


def points(run: Run) -> Iterator[SeriesPoint]:
    """All that ``run`` has measured, in the order in which it was; no step of a series is there twice."""
    return points_in(timed_events(run))


def points_in(events: Iterable[tuple[float, Event]]) -> Iterator[SeriesPoint]:
    """The same of ``events`` with their times. The times of the steps of a line lie between it and the one before."""
    before, step, steps = 0.0, 0, Steps()
    for time, event in events:
        count = len(event.losses) if isinstance(event, StepsDone) else 0
        for place, (name, at, value) in enumerate(points_of(event, step), 1):
            is_between = name == TRAIN_LOSS and 0 < before <= time
            if steps.is_new(name, at):
                yield SeriesPoint(name, at, value, before + (time - before) * place / count if is_between else time)
        before, step = time or before, step_after(event, step)


def _times(run: Run, places: set[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    try:
        with open_regular(run.events_file, links=False) as file:
            for place, line in lines_in(file):
                if place in places and (said := TIME.match(line)) is not None:
                    found[place] = float(said[1])
    except MissingError:
        pass
    return found
