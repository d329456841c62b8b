"""What training needs to know about the pixels: their mean, the mean picture, the directions in which colours vary."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.values import Pictures
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.foreign_arrays import arrays_in
from alexnet_app.core.pace import Pace

MOST_BYTES = 64 << 20  # of a file: the mean picture of 256 pixels has 1.5 MB
_RUN = 256  # pictures, or pixels, whose sums fit the small types that are fast
_PIXELS = 1 << 16  # at a time: they become 4 times as large
_CHUNK = 1 << 23  # bytes of pictures at a time


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


@dataclass(slots=True)
class Sums:
    """What statistics are made of: how many pictures, their sum (side, side, 3), the products of colours (3, 3).

    All are whole numbers and below 2**53 for up to 10**11 pixels, so float64 keeps them exactly and they depend on no
    order: sums of parts, added up, are the sums of the whole.
    """

    count: int
    pictures: NDArray[np.int64]
    products: NDArray[np.float64]

    @classmethod
    def none(cls, side: int) -> Self:
        """Of no picture."""
        return cls(0, np.zeros((side, side, 3), np.int64), np.zeros((3, 3)))

    @classmethod
    def of(cls, pictures: NDArray[np.uint8]) -> Self:
        """Of ``pictures`` (N, side, side, 3)."""
        found = cls.none(pictures.shape[1])
        found.count = len(pictures)
        for first in range(0, len(pictures), _RUN):  # so many bytes add up to less than 2**16, which is fast
            found.pictures += pictures[first : first + _RUN].sum(axis=0, dtype=np.uint16)
        pixels = pictures.reshape(-1, 3)
        for first in range(0, len(pixels), _PIXELS):
            found.products += _products(pixels[first : first + _PIXELS])
        return found

    def add(self, other: "Sums") -> None:
        """Counts the pictures of ``other`` too."""
        self.count += other.count
        self.pictures += other.pictures
        self.products += other.products

    def statistics(self) -> Statistics:
        """The statistics of all pictures that were counted, at least 1."""
        pixels = self.count * self.pictures.shape[0] * self.pictures.shape[1]
        mean = self.pictures.sum(axis=(0, 1)) / pixels
        covariance = self.products / pixels - np.outer(mean, mean)
        mean_picture = (self.pictures / self.count).astype(np.float32)
        return Statistics(mean.astype(np.float32), mean_picture, components_of(covariance))


def measure(pictures: Pictures) -> Generator[Event, None, Statistics]:
    """The statistics of ``pictures`` (N, side, side, 3), N at least 1, read once in pieces.

    Yields Progress("measure").
    """
    count, side, pace = len(pictures), pictures.shape[1], Pace()
    step = max(1, _CHUNK // (3 * side * side))
    sums = Sums.none(side)
    for first in range(0, count, step):
        sums.add(Sums.of(pictures[first : first + step]))
        if pace.due():
            yield Progress(Task.MEASURE, min(first + step, count), count)
    return sums.statistics()


def _products(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Products of colours (3, 3), summed over ``pixels`` (N, 3): exact, as those of 256 are below 2**24."""
    colours = np.zeros((3, -(-len(pixels) // _RUN), _RUN), np.float32)
    colours.reshape(3, -1)[:, : len(pixels)] = pixels.T
    products = np.empty((3, 3))
    for one in range(3):
        for other in range(one, 3):
            runs = np.einsum("ij,ij->i", colours[one], colours[other])
            products[one, other] = products[other, one] = runs.sum(dtype=np.float64)
    return products


def components_of(covariance: NDArray[np.float64]) -> Components:
    """The components of a covariance (3, 3)."""
    eigenvalues, vectors = np.linalg.eigh(covariance)  # ascending
    vectors = vectors[:, ::-1]
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return Components(np.sqrt(np.maximum(eigenvalues[::-1], 0.0)), vectors * np.sign(largest))


def write_statistics(path: Path, statistics: Statistics) -> None:
    """Keeps ``statistics`` in ``path``; the same numbers give the same bytes."""
    with path.open("wb") as file:  # savez would add a suffix to a path
        np.savez(
            file,
            mean=statistics.mean,
            mean_picture=statistics.mean_picture,
            standard_deviations=statistics.components.standard_deviations,
            directions=statistics.components.directions,
        )


def read_statistics(path: Path) -> Statistics:
    """What ``write_statistics`` kept. UserError or KeyError where it is damaged."""
    saved = arrays_in(path, MOST_BYTES)
    components = Components(saved["standard_deviations"], saved["directions"])
    return Statistics(saved["mean"], saved["mean_picture"], components)
