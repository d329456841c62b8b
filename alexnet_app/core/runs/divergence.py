"""A run whose numbers ran away: from where it can continue, and how that is said in the window and in a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Ending, Event, RateChanged, RunEnded, StepsDone
from alexnet_app.core.runs.run import IN_MASSES, Run
from alexnet_app.core.steering import LEAST_RATE

LESS = 10  # the learning rate is divided by it, as it is by hand


@dataclass(frozen=True, slots=True)
class Divergence:
    """The run in ``folder`` diverged after ``step`` steps, with the learning rate ``rate`` (0 where nothing says it).
    ``epoch`` and ``saved`` are the whole epochs and the steps of its checkpoint, None where it has none.
    """

    folder: Path
    step: int
    rate: float
    epoch: int | None = None
    saved: int | None = None

    @property
    def lower(self) -> float:
        """A learning rate with which to continue or to start again, with no more digits than a person would type."""
        return max(float(f"{self.rate / LESS:.6g}"), LEAST_RATE)

    def told(self) -> UserError:
        """What has happened, what is kept, and the way out."""
        if self.saved is not None:
            return UserError(
                "the run diverged after {step:,} steps with a learning rate of {rate:g}: its loss is no longer finite; "
                "the checkpoint and the models of epoch {epoch:,} (step {saved:,}) are kept",
                hint=Way.LOWER_RATE,
                step=self.step,
                rate=self.rate,
                epoch=self.epoch,
                saved=self.saved,
                lower=self.lower,
                folder=self.folder,
            )
        return UserError(
            "the run diverged after {step:,} steps with a learning rate of {rate:g}: its loss is no longer finite, and "
            "nothing was saved before",
            hint="start again with a learning rate below {rate:g}, for example {lower}",
            step=self.step,
            rate=self.rate,
            lower=self.lower,
            key="learning_rate",
        )


def divergence_of(run: Run) -> Divergence | None:
    """How ``run`` diverged; None where it did not end so. UnreadableError where its events cannot be read."""
    from alexnet_app.core.runs.checkpoint import position_in_checkpoint

    # at their end: a window waits for it
    events = run.outline(tuple(kind for kind in IN_MASSES if kind is not StepsDone)).lasting()
    last = events[-1] if events else None
    if not isinstance(last, RunEnded) or last.reason != Ending.DIVERGED:
        return None
    kept = position_in_checkpoint(run.resume_file)
    rate = _last_rate(events) or (kept.rate if kept else 0.0)
    if kept is None:
        return Divergence(run.folder, last.step, rate)
    return Divergence(run.folder, last.step, rate, kept.epoch, kept.step)


def _last_rate(events: Sequence[Event]) -> float:
    """The learning rate with which the last steps were made; 0 where no event says it."""
    said = (event.rate for event in reversed(events) if isinstance(event, StepsDone | RateChanged))
    return next(said, 0.0)
