"""Whether a training has left the start: its loss against that of guessing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.events import StandsAtChance
from alexnet_app.core.training.config import other_rates

STEPS = 500  # of a block whose mean loss decides whether a person is told
BETTER = 0.99  # of the loss of guessing: less than that is learned


def loss_of_guessing(labels: NDArray[np.int64]) -> float:
    """The loss, in nats, of always answering the shares of the classes in ``labels`` (N,): ln of their number where all
    are equal.
    """
    shares = np.bincount(labels) / len(labels)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


class Guessing:
    """Watches the losses of a training in blocks of ``STEPS`` steps, and says once that the mean of a block was no
    better than guessing. It goes on from what ``kept`` gave.
    """

    def __init__(
        self, labels: NDArray[np.int64], steps: int = 0, losses: float = 0.0, *, is_told: bool = False
    ) -> None:
        self.chance = loss_of_guessing(labels)
        self._steps, self._sum = steps, losses
        self._found: float | None = None
        self._is_told = is_told

    def kept(self) -> tuple[int, float, bool]:
        """The steps and the sum of the losses of the block under way, and whether a person was told."""
        return self._steps, self._sum, self._is_told

    def take(self, losses: Sequence[float]) -> None:
        """The losses of the next steps."""
        for loss in losses:
            self._steps, self._sum = self._steps + 1, self._sum + loss
            if self._steps >= STEPS:
                mean = self._sum / self._steps
                if mean >= BETTER * self.chance:
                    self._found = mean
                self._steps, self._sum = 0, 0.0

    def told(self, step: int, rate: float) -> StandsAtChance | None:
        """What to say after ``step`` steps of a run that began with the learning rate ``rate``; None where nothing, or
        nothing again.
        """
        if self._found is None or self._is_told:
            return None
        self._is_told = True
        others = " or ".join(f"{other:g}" for other in other_rates(rate))
        advice = (
            f"the mean loss over {STEPS} steps is no better than guessing ({self.chance:.2f}). If it does not fall, "
            f"stop and start again with another learning rate, for example {others}"
        )
        return StandsAtChance(step, STEPS, self._found, self.chance, advice)
