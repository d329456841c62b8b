"""Whether a model is as often right as it is sure (Guo et al., 2017: "On Calibration of Modern Neural Networks")."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15  # as many as in the paper, of equal width


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers with a probability from above ``low`` up to ``high`` (0 to 1): how many, their mean ``confidence``, and
    the share that is ``right``; both 0 where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The reliability diagram, and the expected calibration ``error`` (0 to 1): how far confidence and accuracy lie
    apart in a bin, in the mean of all answers.
    """

    bins: tuple[Bin, ...]
    error: float


def calibration_of(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Of answers with the probabilities ``sure`` (N,), of which ``right`` (N,) were correct; N at least 1."""
    place = np.clip(np.ceil(sure * BINS).astype(np.int64) - 1, 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    many = np.maximum(1, counts)
    confidence = np.bincount(place, sure, BINS) / many
    accuracy = np.bincount(place, right.astype(np.float64), BINS) / many
    error = float((counts * np.abs(accuracy - confidence)).sum() / max(1, len(sure)))
    bins = tuple(
        Bin(at / BINS, (at + 1) / BINS, int(counts[at]), float(confidence[at]), float(accuracy[at]))
        for at in range(BINS)
    )
    return Calibration(bins, error)
