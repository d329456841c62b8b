"""Whether a training has left the start: its loss against that of guessing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.events import StandsAtChance

STEPS = 500  # in a row that are no better than guessing, until a person is told
BETTER = 0.99  # of the loss of guessing: less than that is learned


def loss_of_guessing(labels: NDArray[np.int64]) -> float:
    """The loss, in nats, of always answering the shares of the classes in ``labels`` (N,): ln of their number where all
    are equal.
    """
    shares = np.bincount(labels) / len(labels)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


class Guessing:
    """Watches the losses of a training, and says once when they have stood at chance for ``STEPS`` steps."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self.chance = loss_of_guessing(labels)
        self._steps, self._sum = 0, 0.0
        self._found: float | None = None
        self._is_told = False

    def take(self, losses: Sequence[float]) -> None:
        """The losses of the next steps."""
        for loss in losses:
            self._steps, self._sum = self._steps + 1, self._sum + loss
            if self._steps == STEPS:
                mean = self._sum / STEPS
                if mean >= BETTER * self.chance:
                    self._found = mean
                self._steps, self._sum = 0, 0.0

    def told(self, step: int, rate: float) -> StandsAtChance | None:
        """What to say after ``step`` steps, at the learning rate ``rate``; None where nothing, or nothing again."""
        if self._found is None or self._is_told:
            return None
        self._is_told = True
        advice = (
            f"the loss has been no better than guessing ({self.chance:.2f}) for {STEPS} steps. If it stays there, stop "
            f"and start again with another learning rate, for example {rate / 10:g} or {rate * 3:g}"
        )
        return StandsAtChance(step, STEPS, self._found, self.chance, advice)
