"""The changes of the learning rate that a person asked for, so that each can be taken back."""

from dataclasses import dataclass, field

from alexnet_app.core.events import RateReason
from alexnet_app.core.steering import LEAST_RATE, MOST_RATE


@dataclass(slots=True)
class AskedRates:
    """``note`` every change of a run since it began or was resumed: the trainer and whoever reads its events then
    agree on what an undo does.
    """

    _changes: list[tuple[float, float]] = field(default_factory=list)  # rates before and after

    def note(self, before: float, after: float, reason: RateReason) -> None:
        """The rate went from ``before`` to ``after``; what a schedule does cannot be taken back."""
        if reason is RateReason.ASKED and before > 0:
            self._changes.append((before, after))
        elif reason is RateReason.UNDONE and self._changes:
            self._changes.pop()

    def undone(self, rate: float) -> float | None:
        """The rate that an undo leads to from ``rate``, None where nothing is left. A schedule may have changed the
        rate since: what it did stays.
        """
        if not self._changes:
            return None
        before, after = self._changes[-1]
        return before if rate == after else min(max(rate * before / after, LEAST_RATE), MOST_RATE)
