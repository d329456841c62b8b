"""What each tower has specialised in: how much its kernels care for colour, how much for the direction of a line.

The paper's section 6.1 and Figure 3: one tower becomes largely colour-agnostic, the other largely colour-specific.
Only kernels that have learned are judged, and of these the noise that is left in them is taken off: independent noise
in red, green and blue lies to 2/3 beside grey, and would pass for colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.grain import noise_variance, opponent
from alexnet_app.core.insight.smoothness import Numbers, has_learned
from alexnet_app.core.network.layers import TOWERS

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle

Verdict: TypeAlias = Literal["mostly lines", "mostly colours", "no clear difference"]

PADDED = 4  # times the kernel's side: how finely its spectrum is looked at
NO_LINES = 1e-12  # of a kernel's energy: less in grey is rounding
BINS = 10  # of a histogram, from 0 to 1
CLEAR = 0.05  # a p-value below it decides
MOSTLY = 0.5  # of an index: the typical kernel of a tower is more colour than grey, more lines than not
ROUNDS = 10_000  # of a permutation test
AT_ONCE = 1_000  # rounds of a permutation test whose draws are in memory together
ROUNDING = 1e-9  # of a rank statistic: those that are nearer are the same
LEAST_LEARNED = 8  # kernels of a tower: of fewer, no median says much
LEAST_LEFT = 0.5  # of the energy stays where noise is taken off: an index is never a ratio of two remainders
NOISE_KERNELS = 2_000  # simulated for the indices of noise


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
    """What kernels of pure noise have: the medians of both indices for kernels of their size."""

    colour: float
    orientation: float


@dataclass(frozen=True, slots=True)
class Specialization:
    """Tower A and tower B, and how probable it is by chance alone that their indices lie as far apart as they do.

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
    """How much of what each kernel of ``weights`` (K, 3, h, w) has learned is colour, (K,) from −1 to 1.

    Energy beside grey / all energy, both less that of the noise (``noise_variance``): 0 for grey, 2/3 for a pure
    primary colour, 1 where red, green and blue sum to 0; 0 for a kernel of zeros. Of independent noise 2/3 lie beside
    grey, so it is 2/3 of the noise that leaves the numerator.

    The null: for grey kernels with independent noise the index is as often above 0 as below, whatever the noise; with
    more noise it only lies further from 0 on either side (by about 0.05 where a fifth of a kernel of 7 × 7 is noise).
    Values below 0 are therefore kept: cut off, they would leave noisier kernels with the larger mean. At most half of a
    kernel is taken for noise, so pure noise keeps its 2/3: it is ``has_learned`` that sorts it out.
    """
    beside, whole = _energy(opponent(weights)), _energy(weights)
    noise = noise_variance(weights) * weights[0].size if len(weights) else np.zeros(0)
    index: NDArray[np.float64] = np.clip(_share(beside - 2 / 3 * noise, whole, noise), -1, 1)
    return index


def orientation_index(weights: Numbers) -> NDArray[np.float64]:
    """How much each kernel of ``weights`` (K, C, h, w) prefers one direction, (K,) from 0 to 1.

    The power p of the kernel's Fourier transform, of the sum over its channels without its mean and padded with zeros,
    is gathered by the angle θ of its frequency, where θ and θ + 180° are one: |Σ p · exp(2iθ)| / Σ p. It nears 1 for a
    grating (0.7 to 0.9 for the few stripes that 7 to 11 pixels have room for) and is 0 for a spot, for a cross of two
    equal gratings, and where grey is the same everywhere.

    Noise has power at all angles: it adds to Σ p and hardly to the sum beside it. That of the kernel's noise
    (``noise_variance``, for three channels) is taken off Σ p, of which at least half stays, so that Gabors with and
    without noise have the same median (of 3 × 3 those with noise have about 0.01 more). Pure noise has 0.2 to 0.45,
    kernels of 11 pixels the least.
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
    enough = _energy(grey[:, None]) > NO_LINES * _energy(weights)
    noise = size**2 * weights.shape[1] * noise_variance(weights) * (grey[0].size - 1) if len(grey) else whole
    index: NDArray[np.float64] = np.clip(_share(np.abs((power * turns).sum(axis=(1, 2))) * enough, whole, noise), 0, 1)
    return index


def _energy(weights: Numbers) -> NDArray[np.float64]:
    """The sum of squares of each kernel, (K,)."""
    energy: NDArray[np.float64] = np.square(weights, dtype=np.float64).sum(axis=(1, 2, 3))
    return energy


def _share(part: NDArray[np.float64], whole: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """``part`` of ``whole`` less ``noise``, of which at least half stays; 0 of nothing."""
    left = np.maximum(whole - noise, LEAST_LEFT * whole)
    share: NDArray[np.float64] = np.divide(part, left, out=np.zeros_like(left), where=left > 0)
    return share


def permutation_p(a: Numbers, b: Numbers, *, rounds: int = ROUNDS, seed: int = 0) -> float:
    """How probable it is by chance that ``a`` (n,) and ``b`` (m,) lie as far apart as they do, one above the other.

    Brunner and Munzel's statistic: how far the share of pairs in which the value of ``b`` is the larger one is from a
    half, by its standard error within both groups. Two-sided: the values are dealt anew into groups of n and m,
    ``rounds`` times; (as far + 1) / (rounds + 1). Because each deal has its own standard error, groups that lie around
    the same value but spread differently have every p about as often: the difference of medians itself, dealt anew,
    would call the wider group different. Raises ValueError for an empty group.
    """
    if not (len(a) and len(b)):
        raise ValueError("a group without values cannot be compared")
    pool = np.concatenate([a, b]).astype(np.float64)
    order = np.argsort(pool, kind="stable")
    is_first = order < len(a)
    found = _distance(is_first[None], pool[order])[0] - ROUNDING
    chance, as_far = np.random.default_rng(seed), 0
    for first in range(0, rounds, AT_ONCE):
        dealt = chance.permuted(np.tile(is_first, (min(AT_ONCE, rounds - first), 1)), axis=1)
        as_far += int((_distance(dealt, pool[order]) >= found).sum())
    return (as_far + 1) / (rounds + 1)


def _distance(is_first: NDArray[np.bool_], ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brunner and Munzel's statistic without its sign, (R,), of R ways to deal the values ``ordered`` (N,), rising:
    ``is_first`` (R, N) says which are in the first group. Two that are equal count as half a pair.
    """
    rounds, first = len(is_first), int(is_first[0].sum())
    second = len(ordered) - first
    below, upto = (np.searchsorted(ordered, ordered, side=side) for side in ("left", "right"))
    counts = np.concatenate([np.zeros((rounds, 1), np.intp), np.cumsum(is_first, axis=1)], axis=1)
    firsts = (counts[:, below] + counts[:, upto]) / 2  # of the first group below each value
    over_second = ((below + upto) / 2 - firsts)[is_first].reshape(rounds, first) / second
    over_first = firsts[~is_first].reshape(rounds, second) / first
    variance = _variance(over_second) / first + _variance(over_first) / second
    least = 0.5 / (first * second) ** 2  # where no pair is the other way round there is no spread to divide by
    distance: NDArray[np.float64] = np.abs(over_first.mean(axis=1) - 0.5) / np.sqrt(np.maximum(variance, least))
    return distance


def _variance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The variance (n − 1) in each row of ``values`` (R, n); 0 for a single one."""
    found: NDArray[np.float64] = values.var(axis=1, ddof=min(1, values.shape[1] - 1))
    return found


def typical(index: NDArray[np.float64]) -> float:
    """The median of an index, and 0 for one below it: which is what no colour is, measured in noise."""
    return max(0.0, float(np.median(index)))


def needed(kernels: int) -> int:
    """How many of a tower's ``kernels`` must have learned before it is judged: half of them, and 8 at least.

    What fewer than half have learned is not what the tower mostly does.
    """
    return max(LEAST_LEARNED, -(-kernels // 2))


@lru_cache(maxsize=32)
def noise_level(shape: tuple[int, int, int]) -> NoiseLevel:
    """What kernels of independent normal weights, ``shape`` (3, h, w), have; the same at each call."""
    noise = np.random.default_rng(0).normal(size=(NOISE_KERNELS, *shape))
    return NoiseLevel(typical(colour_index(noise)), typical(orientation_index(noise)))


def specialization_of(bundle: "Bundle", layer: str) -> Specialization | None:
    """What the towers of a model have specialised in; None where there is one column, or the layer sees no colours."""
    slices = bundle.spec.tower_slices(layer)
    if len(slices) < len(TOWERS) or layer != bundle.spec.convolutions[0].name:
        return None
    return specialization(bundle.weights[f"{layer}.weight"].float().numpy(), slices)


def specialization(weights: Numbers, slices: Sequence[slice], *, rounds: int = ROUNDS) -> Specialization:
    """What the two towers, ``slices`` of the kernels of conv1 ``weights`` (K, 3, h, w), have specialised in.

    The rule: only kernels that have learned are judged (``has_learned``). Where these are fewer than half of a tower's
    kernels or fewer than 8, both towers are "no clear difference". Where the colour indices differ with p < 0.05, the
    tower with the larger median is "mostly colours" if that is at least 0.5: then at least half of its kernels have
    learned more colour than grey. The other is "mostly lines" if its median of the colour index is below 0.5, and that
    of the orientation index at least 0.5 and the larger one. Everything else is "no clear difference".

    ``rounds`` are those of the permutation tests, which take most of the time; with 0 there are no probabilities, and
    so no verdict either.
    """
    learned = has_learned(weights)
    judged = [weights[part][learned[part]] for part in slices]
    colours, lines = [colour_index(each) for each in judged], [orientation_index(each) for each in judged]
    counts = [len(learned[part]) for part in slices]
    enough = all(len(each) >= needed(count) for each, count in zip(judged, counts, strict=True))
    colour_p = permutation_p(*colours, rounds=rounds) if enough and rounds else None
    orientation_p = permutation_p(*lines, rounds=rounds) if enough and rounds else None
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
    if colour_p is None or colour_p >= CLEAR:
        return verdicts
    colour, line = ([float(np.median(each)) for each in index] for index in (colours, lines))
    more = int(colour[1] > colour[0])
    if colour[more] >= MOSTLY:
        verdicts[more] = "mostly colours"
        if colour[1 - more] < MOSTLY <= line[1 - more] > line[more]:
            verdicts[1 - more] = "mostly lines"
    return verdicts


def _median(values: NDArray[np.float64]) -> float | None:
    return typical(values) if len(values) else None


def _histogram(values: NDArray[np.float64]) -> tuple[int, ...]:
    """How many fall into each tenth from 0 to 1; values below 0 into the first."""
    counts, _ = np.histogram(np.maximum(values, 0), bins=BINS, range=(0, 1))
    return tuple(counts.tolist())
