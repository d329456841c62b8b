"""Whether a checkpoint stands where the events of its run say: the learning rate, and how long they were."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alexnet_app.core.events import Event, RateChanged, RateReason, StepsDone
from alexnet_app.core.runs.checkpoint import Position
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class EventHistory:
    """What the events say against a checkpoint. With a ``contradiction`` no run can have written both;
    ``difference`` is what is otherwise than when it was written, such as events that a power cut took. Both are empty
    where all is as it was.
    """

    contradiction: str = ""
    difference: str = ""


def history_of(run: Run, position: Position, config: TrainConfig) -> EventHistory:
    """Compares the events of ``run`` with the ``position`` of its checkpoint."""
    events = run.events_until(position.events, StepsDone)
    if events is None:
        return EventHistory(difference=f"lines of {run.events_file.name} are missing")
    return EventHistory(contradiction=_rates(events, position, config))


def _rates(events: Sequence[Event], position: Position, config: TrainConfig) -> str:
    """In what the learning rate is not what ``config`` and the changes among ``events`` make it."""
    rate, dropped, how = config.learning_rate, 0, config.optimization
    for event in events:
        if not isinstance(event, RateChanged):
            continue
        if event.reason not in (RateReason.ASKED, RateReason.UNDONE):  # what a person did is no drop
            dropped += 1
            if not math.isclose(event.rate, rate / how.factor):
                return f"its events drop the learning rate from {rate:g} to {event.rate:g}, not by {how.factor:g}"
        rate = event.rate
    if position.rate != rate:
        return f"its learning rate is {position.rate:g}, by its events {rate:g}"
    due = {"plateau": position.dropped, "steps": sum(each <= position.epoch for each in set(how.milestones))}
    if dropped != due.get(how.schedule, 0):
        return f"its learning rate has dropped {due.get(how.schedule, 0)} times, by its events {dropped} times"
    return ""
