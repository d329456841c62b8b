"""Numbers of runs and of several of them."""

import math
import statistics
from collections.abc import Iterable, Sequence

from alexnet_app.core.events import Ending, EpochDone, Evaluated, Event, RunEnded, RunStarted
from alexnet_app.core.experiments.experiment import Outcome, Spread
from alexnet_app.core.runs.model import unseen_epochs

# Student's t that a difference of no effect exceeds once in twenty times, by the measurements less one
ONCE_IN_TWENTY = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)


def is_beyond_chance(difference: Spread) -> bool:
    """Whether a mean difference is larger than what chance makes once in twenty times (Student's t, two-sided)."""
    if difference.count < 2:
        return False
    limit = ONCE_IN_TWENTY[min(difference.count - 1, len(ONCE_IN_TWENTY)) - 1]
    return abs(difference.mean) > limit * difference.standard_error


def spread(values: Sequence[float]) -> Spread | None:
    """How ``values`` lie; None where there are none. The standard error is the deviation (n − 1) by the root of n."""
    if not values:
        return None
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Spread(len(values), statistics.fmean(values), error, min(values), max(values))


def training_curve(events: Iterable[Event]) -> list[tuple[float, float]]:
    """Training error (0 to 1) over steps. An epoch's error is the mean over its steps: it stands at their middle."""
    curve, before = [], 0
    for event in events:
        if isinstance(event, EpochDone):
            curve.append(((before + event.step) / 2, event.train_error))
            before = event.step
    return curve


def crossing(curve: Sequence[tuple[float, float]], level: float) -> float | None:
    """The step at which ``curve`` first falls to ``level``, on the straight line between two of its points; None where
    it never does. A curve that begins below has crossed at its first point at the latest.
    """
    before: tuple[float, float] | None = None
    for step, value in curve:
        if value <= level:
            if before is None:
                return step
            return before[0] + (step - before[0]) * (before[1] - level) / (before[1] - value)
        before = step, value
    return None


def started(outcome: Outcome) -> RunStarted | None:
    """How the run began; None where its folder does not say."""
    return next((event for event in outcome.events if isinstance(event, RunStarted)), None)


def has_diverged(outcome: Outcome) -> bool:
    """Whether the run ended because its numbers were no longer finite: its errors are not those of what was asked."""
    last = outcome.events[-1] if outcome.events else None
    return isinstance(last, RunEnded) and last.reason == Ending.DIVERGED


def left_out(outcomes: Iterable[Outcome], group: str) -> str:
    """How many runs of ``group`` diverged, so that nothing of them is compared; empty for none."""
    own = [each for each in outcomes if each.planned.group == group]
    count = sum(map(has_diverged, own))
    said = "diverged and is excluded" if count == 1 else "diverged and are excluded"
    return f"{count} of {len(own)} runs {group} {said}" if count else ""


def test_error(outcome: Outcome) -> float | None:
    """Top-1 error (0 to 1) on the pictures that steered nothing; None for a run that was not shown such pictures."""
    tested = [event.top1_error for event in outcome.events if isinstance(event, Evaluated)]
    return tested[-1] if tested else None


def validation_error(outcome: Outcome) -> float | None:
    """Top-1 error (0 to 1) of the last validation on images that were not trained on; None for a run that had none."""
    found = unseen_epochs(outcome.events)
    return found[-1].validation_error if found else None
