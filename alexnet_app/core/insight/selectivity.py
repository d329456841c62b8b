"""What each tower has specialised in: how much its kernels care for colour, how much for the direction of a line.

The paper's section 6.1 and Figure 3: one tower becomes largely colour-agnostic, the other largely colour-specific.
Only kernels that have learned are judged: noise has a colour index of 2/3, more than most kernels that see colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.filters import colourfulness
from alexnet_app.core.insight.smoothness import has_learned
from alexnet_app.core.network.layers import TOWERS

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle

Verdict: TypeAlias = Literal["mostly lines", "mostly colours", "no clear difference"]
Numbers: TypeAlias = NDArray[np.float32] | NDArray[np.float64]

PADDED = 4  # times the kernel's side: how finely its spectrum is looked at
NO_LINES = 1e-12  # of a kernel's energy: less in grey is rounding
BINS = 10  # of a histogram, from 0 to 1
CLEAR = 0.05  # a p-value below it decides
AT_ONCE = 1_000  # rounds of a permutation test whose draws are in memory together
ROUNDING = 1e-12  # medians that are nearer are the same
LEAST_LEARNED = 8  # kernels of a tower: of fewer, no median says much
NOISE_COLOUR = 2 / 3  # of noise's energy lies beside grey: two of three directions
NOISE_KERNELS = 2_000  # simulated for the orientation of noise


@dataclass(frozen=True, slots=True)
class TowerTraits:
    """One tower: how many of its ``kernels`` have ``learned``, and how many are ``needed`` for a verdict.

    ``colour`` and ``orientation`` are the medians of both indices over the kernels that have learned, None where none
    has; ``colours`` and ``orientations`` are how many of these fall into each tenth from 0 to 1.
    """

    name: str
    kernels: int
    learned: int
    needed: int
    colour: float | None
    orientation: float | None
    colours: tuple[int, ...]
    orientations: tuple[int, ...]
    verdict: Verdict

    @property
    def is_enough(self) -> bool:
        """Whether so many kernels have learned that the tower can be judged."""
        return self.learned >= self.needed


@dataclass(frozen=True, slots=True)
class NoiseLevel:
    """What kernels of pure noise have: the expected colour index, the median orientation index of their size."""

    colour: float
    orientation: float


@dataclass(frozen=True, slots=True)
class Specialization:
    """Tower A and tower B, and how probable differences of their medians as large as these are by chance alone.

    Both probabilities are None where too few kernels of a tower have learned. ``noise`` is what noise of this size has.
    """

    towers: tuple[TowerTraits, TowerTraits]
    colour_p: float | None
    orientation_p: float | None
    noise: NoiseLevel

    @property
    def lacking(self) -> tuple[TowerTraits, ...]:
        """The towers of which too few kernels have learned: with any of them there is no verdict."""
        return tuple(each for each in self.towers if not each.is_enough)


def colour_index(weights: Numbers) -> NDArray[np.float64]:
    """How much of each kernel of ``weights`` (K, 3, h, w) is colour, (K,) from 0 to 1.

    1 − energy along grey / all energy: 0 for grey, 2/3 for a pure primary colour, 1 where red, green and blue sum to 0;
    0 for a kernel of zeros.
    """
    return colourfulness(weights)


def orientation_index(weights: Numbers) -> NDArray[np.float64]:
    """How much each kernel of ``weights`` (K, C, h, w) prefers one direction, (K,) from 0 to 1.

    The power p of the kernel's Fourier transform, of the sum over its channels without its mean and padded with zeros,
    is gathered by the angle θ of its frequency, where θ and θ + 180° are one: |Σ p · exp(2iθ)| / Σ p. It nears 1 for a
    grating (0.7 to 0.9 for the few stripes that 7 to 11 pixels have room for) and is 0 for a spot, for a cross of two
    equal gratings, and where grey is the same everywhere; noise has about 0.1.
    """
    grey = np.asarray(weights, np.float64).sum(axis=1)
    grey -= grey.mean(axis=(1, 2), keepdims=True)
    size = PADDED * max(grey.shape[1:])
    power = np.square(np.abs(np.fft.fft2(grey, s=(size, size), axes=(1, 2))))
    power[:, 0, 0] = 0
    steps = np.fft.fftfreq(size)
    turns = np.exp(2j * np.arctan2(steps[:, None], steps[None, :]))
    if size % 2 == 0:  # a frequency of one half is its own opposite: half of it on either side
        edge = size // 2
        turns[edge, :], turns[:, edge] = turns[edge, :].real, turns[:, edge].real
    whole = power.sum(axis=(1, 2))
    enough = np.square(grey).sum(axis=(1, 2)) > NO_LINES * np.square(weights, dtype=np.float64).sum(axis=(1, 2, 3))
    share = np.divide(np.abs((power * turns).sum(axis=(1, 2))), whole, out=np.zeros_like(whole), where=enough)
    index: NDArray[np.float64] = np.clip(share, 0, 1)
    return index


def permutation_p(a: Numbers, b: Numbers, *, rounds: int = 10_000, seed: int = 0) -> float:
    """How probable a difference of medians at least as large as that of ``a`` (n,) and ``b`` (m,) is by chance.

    Two-sided: the values are dealt anew into groups of n and m, ``rounds`` times; (as large + 1) / (rounds + 1).
    Raises ValueError for an empty group.
    """
    if not (len(a) and len(b)):
        raise ValueError("a group without values has no median")
    chance, pool = np.random.default_rng(seed), np.concatenate([a, b]).astype(np.float64)
    found = abs(float(np.median(a)) - float(np.median(b))) - ROUNDING
    as_large = 0
    for first in range(0, rounds, AT_ONCE):
        dealt = chance.permuted(np.tile(pool, (min(AT_ONCE, rounds - first), 1)), axis=1)
        medians = np.median(dealt[:, : len(a)], axis=1), np.median(dealt[:, len(a) :], axis=1)
        as_large += int((np.abs(medians[0] - medians[1]) >= found).sum())
    return (as_large + 1) / (rounds + 1)


def needed(kernels: int) -> int:
    """How many of a tower's ``kernels`` must have learned before it is judged: half of them, and 8 at least.

    What fewer than half have learned is not what the tower mostly does.
    """
    return max(LEAST_LEARNED, -(-kernels // 2))


@lru_cache(maxsize=32)
def noise_level(shape: tuple[int, int, int]) -> NoiseLevel:
    """What kernels of independent normal weights, ``shape`` (3, h, w), have; the same at each call."""
    noise = np.random.default_rng(0).normal(size=(NOISE_KERNELS, *shape))
    return NoiseLevel(NOISE_COLOUR, float(np.median(orientation_index(noise))))


def specialization_of(bundle: "Bundle", layer: str) -> Specialization | None:
    """What the towers of a model have specialised in; None where there is one column, or the layer sees no colours."""
    slices = bundle.spec.tower_slices(layer)
    if len(slices) < len(TOWERS) or layer != bundle.spec.convolutions[0].name:
        return None
    return specialization(bundle.weights[f"{layer}.weight"].float().numpy(), slices)


def specialization(weights: Numbers, slices: Sequence[slice]) -> Specialization:
    """What the two towers, ``slices`` of the kernels of conv1 ``weights`` (K, 3, h, w), have specialised in.

    The rule: only kernels that have learned are judged (``has_learned``). Where these are fewer than half of a tower's
    kernels or fewer than 8, both towers are "no clear difference". Where the medians of the colour index differ with
    p < 0.05, the tower with the larger one is "mostly colours", and the other is "mostly lines" if its median of the
    orientation index is larger too. Everything else is "no clear difference".
    """
    learned = has_learned(weights)
    judged = [weights[part][learned[part]] for part in slices]
    colours, lines = [colour_index(each) for each in judged], [orientation_index(each) for each in judged]
    counts = [len(learned[part]) for part in slices]
    enough = all(len(each) >= needed(count) for each, count in zip(judged, counts, strict=True))
    colour_p = permutation_p(*colours) if enough else None
    orientation_p = permutation_p(*lines) if enough else None
    verdicts = _verdicts(colours, lines, colour_p)
    first, second = (
        TowerTraits(
            name,
            counts[place],
            len(judged[place]),
            needed(counts[place]),
            _median(colours[place]),
            _median(lines[place]),
            _histogram(colours[place]),
            _histogram(lines[place]),
            verdicts[place],
        )
        for place, name in enumerate(TOWERS)
    )
    _, channels, height, width = weights.shape
    return Specialization((first, second), colour_p, orientation_p, noise_level((channels, height, width)))


def _verdicts(
    colours: Sequence[NDArray[np.float64]], lines: Sequence[NDArray[np.float64]], colour_p: float | None
) -> list[Verdict]:
    verdicts: list[Verdict] = ["no clear difference", "no clear difference"]
    if colour_p is not None and colour_p < CLEAR:
        colourful = int(np.median(colours[1]) > np.median(colours[0]))
        verdicts[colourful] = "mostly colours"
        if np.median(lines[1 - colourful]) > np.median(lines[colourful]):
            verdicts[1 - colourful] = "mostly lines"
    return verdicts


def _median(values: NDArray[np.float64]) -> float | None:
    return float(np.median(values)) if len(values) else None


def _histogram(values: NDArray[np.float64]) -> tuple[int, ...]:
    counts, _ = np.histogram(values, bins=BINS, range=(0, 1))
    return tuple(counts.tolist())
