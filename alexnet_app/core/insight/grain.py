"""The noise in kernels of conv1: what their start values, or small batches, have left over what they have learned."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.smoothness import Numbers

# two directions of colour at right angles to grey and to each other
OPPONENT = np.array([[1.0, -1.0, 0.0], [1.0, 1.0, -2.0]]) / np.sqrt([[2.0], [6.0]])
COLOURS = 3
MOST = 0.5  # of a kernel's energy: a kernel with more noise is not taken for learned


def noise_variance(weights: Numbers) -> NDArray[np.float64]:
    """The variance of the noise in each weight of the kernels ``weights`` (K, C, h, w), (K,).

    It is the mean square of the finest detail of a kernel's colour: of both directions beside grey, those coefficients
    of their cosine transform (DCT-II, orthonormal) whose frequencies are in the upper half in rows and in columns. What
    a kernel learns is hardly there: spots and soft edges are coarser, lines in a row or a column have no frequency in
    the other direction, and grey has none of it. Only the finest diagonal stripes of two colours (less than 3 pixels
    wide) are partly taken for noise.

    The null: for a kernel of grey and independent normal noise of variance σ² in every weight, the sum of squares of
    these d coefficients is σ² · χ²(d), exactly, whatever the grey. d is 2, 8, 18, 50 for sides of 3, 5, 7, 11. It is
    divided by the median of χ²(d), not by its mean, so that half of the estimates are too small and half too large: it
    is medians that towers are compared by. So of 3 × 3 pixels little is known (half of the estimates lie between 0.4
    and 2 times σ²), of 7 × 7 it is known to about a third, of 11 × 11 to a fifth.

    At most half of a kernel's energy is noise: of more no kernel has learned (``has_learned``). 0 for a side of 1, and
    for kernels of other maps than red, green and blue.
    """
    kernels = np.asarray(weights, np.float64)
    _, channels, height, width = kernels.shape
    rows, columns = _fine_waves(height), _fine_waves(width)
    degrees = len(OPPONENT) * len(rows) * len(columns) if channels == COLOURS else 0
    if not degrees:
        return np.zeros(len(kernels))
    fine = rows @ opponent(kernels) @ columns.T
    found = np.square(fine).sum(axis=(1, 2, 3)) / _chi_square_median(degrees)
    most = MOST * np.square(kernels).sum(axis=(1, 2, 3)) / (channels * height * width)
    variance: NDArray[np.float64] = np.minimum(found, most)
    return variance


def opponent(weights: Numbers) -> NDArray[np.float64]:
    """What of the kernels ``weights`` (K, 3, h, w) is colour: their two planes beside grey, (K, 2, h, w)."""
    planes: NDArray[np.float64] = np.einsum("oc,kchw->kohw", OPPONENT, np.asarray(weights, np.float64))
    return planes


@lru_cache(maxsize=32)
def _fine_waves(side: int) -> NDArray[np.float64]:
    """The rows of the cosine transform of ``side`` pixels whose frequency is in the upper half, (waves, side)."""
    frequencies = np.arange((side + 1) // 2, side) if side > 1 else np.arange(0)
    places = np.arange(side) + 0.5
    waves: NDArray[np.float64] = np.sqrt(2 / side) * np.cos(np.pi / side * frequencies[:, None] * places)
    return waves


def _chi_square_median(degrees: int) -> float:
    """The median of χ² to about 1 % (Wilson and Hilferty)."""
    return degrees * float((1 - 2 / (9 * degrees)) ** 3)
