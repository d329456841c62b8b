"""What training needs to know about the pixels: their mean, the mean picture, the directions in which colours vary."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.pace import Pace
from alexnet_app.core.data.sources import Pictures
from alexnet_app.core.events import Event, Progress

_CHUNK = 1 << 23  # bytes of pictures at a time; they become 8 times as large in float64


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of RGB pixels on 0–255 (section 4.1), the strongest first.

    ``standard_deviations`` (3,): square roots of the eigenvalues of the covariance. ``directions`` (3, 3): one unit
    column for each; its largest entry is positive, so that the sign does not depend on the library.
    """

    standard_deviations: NDArray[np.float64]
    directions: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the training split, on 0–255: ``mean`` (3,) of each colour, ``mean_picture`` (side, side, 3), components."""

    mean: NDArray[np.float32]
    mean_picture: NDArray[np.float32]
    components: Components


def measure(pictures: Pictures) -> Generator[Event, None, Statistics]:
    """The statistics of ``pictures`` (N, side, side, 3), N at least 1, read once in pieces.

    All sums are of whole numbers and below 2**53 for up to 10**11 pixels, so float64 keeps them exactly and the result
    depends on no order. Yields Progress("measure").
    """
    count, pace = len(pictures), Pace()
    step = max(1, _CHUNK // pictures[0].size)
    picture_sum = np.zeros(pictures.shape[1:], np.int64)
    products = np.zeros((3, 3))
    for first in range(0, count, step):
        chunk = pictures[first : first + step]
        pixels = chunk.reshape(-1, 3).astype(np.float64)
        products += pixels.T @ pixels
        picture_sum += chunk.sum(axis=0, dtype=np.int64)
        if pace.due():
            yield Progress("measure", min(first + step, count), count)
    pixels_in_all = count * pictures.shape[1] * pictures.shape[2]
    mean = picture_sum.sum(axis=(0, 1)) / pixels_in_all
    covariance = products / pixels_in_all - np.outer(mean, mean)
    mean_picture = (picture_sum / count).astype(np.float32)
    return Statistics(mean.astype(np.float32), mean_picture, components_of(covariance))


def components_of(covariance: NDArray[np.float64]) -> Components:
    """The components of a covariance (3, 3)."""
    eigenvalues, vectors = np.linalg.eigh(covariance)  # ascending
    vectors = vectors[:, ::-1]
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return Components(np.sqrt(np.maximum(eigenvalues[::-1], 0.0)), vectors * np.sign(largest))
