"""Which way the stripes of a kernel run, and which colours it sets against each other: angles to sort kernels by."""

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.grain import opponent
from alexnet_app.core.insight.smoothness import Numbers

PADDED = 4  # times a kernel's side: its Fourier transform is read in finer steps of the angle


def stripe_angle(weights: Numbers) -> NDArray[np.float64]:
    """The direction along which the stripes of each kernel (K, C, h, w) run, (K,) in radians from 0 to π: 0 for
    horizontal ones, π/2 for vertical ones, growing counter-clockwise. Of a kernel without a direction it is any.

    The mean angle of the frequencies of its Fourier transform, weighted with their power, where θ and θ + π are one;
    the stripes run across it. Computed of the sum over the channels without its mean.
    """
    grey = np.asarray(weights, np.float64).sum(axis=1)
    grey -= grey.mean(axis=(1, 2), keepdims=True)
    size = PADDED * max(grey.shape[1:]) + 1  # odd: no frequency is its own opposite
    power = np.square(np.abs(np.fft.fft2(grey, s=(size, size), axes=(1, 2))))
    steps = np.fft.fftfreq(size)
    across = np.arctan2(-steps[:, None], steps[None, :])  # rows go down
    summed = (power * np.exp(2j * across)).sum(axis=(1, 2))
    angle: NDArray[np.float64] = np.mod(np.angle(summed) / 2 + np.pi / 2, np.pi)
    return np.where(np.isclose(angle, np.pi), 0.0, angle)


def hue_axis(weights: Numbers) -> NDArray[np.float64]:
    """The pair of opposite hues that each kernel (K, 3, h, w) tells apart, (K,) in radians from 0 to π. Of a grey
    kernel it is any.

    The direction in which its weights spread most in the plane of colours beside grey; a hue and its opposite are one.
    """
    planes = opponent(weights).reshape(len(weights), 2, -1)
    first, second = planes[:, 0], planes[:, 1]
    spread = np.square(first).sum(axis=1) - np.square(second).sum(axis=1)
    axis: NDArray[np.float64] = np.mod(np.arctan2(2 * (first * second).sum(axis=1), spread) / 2, np.pi)
    return np.where(np.isclose(axis, np.pi), 0.0, axis)
