"""Which kernels have learned: neighbouring weights of a learned kernel are alike, those of start noise are not."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float32] | NDArray[np.float64]

NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows and columns to the next pixel: beside, below, both diagonals
HALF = 0.5  # of a kernel's energy: a smoothness below it can be that of a kernel that is mostly noise
RARE = 1 / 1_000  # noise exceeds the threshold this often
SIMULATED = 20_000  # kernels of noise
AT_ONCE = 1_000_000  # weights of simulated kernels that are in memory together
DEAD = 0.01  # of the strongest kernel's L2 norm: a weaker one answers to nothing
ROUNDING = 1e-12  # of a kernel's energy: less beside its mean is rounding


def smoothness(weights: Numbers) -> NDArray[np.float64]:
    """How alike neighbouring pixels of each kernel of ``weights`` (K, C, h, w) are, (K,) from −1 to 1.

    The lag-1 autocorrelation along a row, along a column and along both diagonals, all channels together; the largest
    of the four counts. So stripes are as smooth along themselves as a spot is everywhere: the mean over rows and
    columns would call fine stripes noise, and fine stripes are mostly grey. One mean over all weights of a kernel is
    taken off first: a flat colour stays, noise that became brighter as a whole stays noise. 0 for kernels of one value,
    of no neighbours, and with a weight that is not finite.
    """
    kernels = np.asarray(weights, np.float64)
    kernels = np.where(np.isfinite(kernels).all(axis=(1, 2, 3), keepdims=True), kernels, 0)
    whole = np.square(kernels).sum(axis=(1, 2, 3))
    kernels = kernels - kernels.mean(axis=(1, 2, 3), keepdims=True)
    varied = np.square(kernels).sum(axis=(1, 2, 3)) > ROUNDING * whole
    found = [_correlation(*pair, varied) for pair in _pairs(kernels)]
    return np.max(found, axis=0) if found else np.zeros(len(kernels))


@lru_cache(maxsize=32)
def noise_smoothness(shape: tuple[int, int, int]) -> float:
    """The smoothness that one of 1,000 kernels of pure noise, ``shape`` (C, h, w), exceeds.

    A quantile of 20,000 kernels of independent normal weights, the same at each call: 0.19 for 3 × 11 × 11, 0.30 for
    3 × 7 × 7, 0.45 for 3 × 5 × 5, 0.78 for 3 × 3 × 3.
    """
    chance = np.random.default_rng(0)
    most = max(1, AT_ONCE // max(1, int(np.prod(shape))))
    parts = [min(most, SIMULATED - first) for first in range(0, SIMULATED, most)]
    found = np.concatenate([smoothness(chance.normal(size=(part, *shape))) for part in parts])
    return float(np.quantile(found, 1 - RARE))


def threshold(shape: tuple[int, int, int]) -> float:
    """The smoothness above which a kernel of ``shape`` (C, h, w) has learned: that of noise, and at least one half.

    Below one half the noise that a kernel began with may outweigh what it has learned, and would be taken for colour.
    """
    return max(HALF, noise_smoothness(shape))


def has_learned(weights: Numbers) -> NDArray[np.bool_]:
    """Which kernels of a layer, ``weights`` (K, C, h, w), have learned, (K,): smoother than noise, and not dead.

    A kernel with less than 1 % of the strongest one's L2 norm is dead.
    """
    norms = np.sqrt(np.square(weights, dtype=np.float64).sum(axis=(1, 2, 3)))
    strongest = norms.max(initial=0.0, where=np.isfinite(norms))
    _, channels, height, width = weights.shape
    alive = (norms > 0) & (norms >= DEAD * strongest)
    learned: NDArray[np.bool_] = alive & (smoothness(weights) > threshold((channels, height, width)))
    return learned


def _pairs(kernels: NDArray[np.float64]) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """For each direction all first and all second pixels of the pairs of neighbours; none where there is no pair."""
    height, width = kernels.shape[2:]
    for down, right in NEIGHBOURS:
        if height > down and width > abs(right):
            left, last = max(0, -right), width - max(0, right)
            yield kernels[:, :, : height - down, left:last], kernels[:, :, down:, left + right : last + right]


def _correlation(
    first: NDArray[np.float64], second: NDArray[np.float64], varied: NDArray[np.bool_]
) -> NDArray[np.float64]:
    axes = (1, 2, 3)
    energy = np.sqrt(np.square(first).sum(axis=axes) * np.square(second).sum(axis=axes))
    shared = (first * second).sum(axis=axes)
    found: NDArray[np.float64] = np.divide(shared, energy, out=np.zeros(len(shared)), where=varied & (energy > 0))
    return found
