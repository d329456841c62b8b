"""Two models unit by unit: are their kernels of conv1 the same "up to renumbering" (the paper, section 6.1)?"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.insight.assignment import NOBODY, best_assignment
from alexnet_app.core.insight.smoothness import Numbers, has_learned
from alexnet_app.core.network.layers import TOWERS
from alexnet_app.core.network.spec import NetworkSpec

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle

ROUNDS = 200  # of chance
RARE = 0.99  # the quantile of chance that a partner must exceed
CLEAR = 0.05  # a p-value below it decides
SAME_START = 6  # units that match their own number: by chance as many do in one of 1,700 comparisons

Mapping: TypeAlias = Literal["kept", "swapped", "unclear"]
Verdict: TypeAlias = Literal["most", "some", "chance"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A ``unit`` of the model and its ``partner`` in the other one, each from 0 within conv1, and their towers ("A",
    "B" or ""). ``correlation`` is from −1 to 1, the best over small shifts: the partner lies ``shift`` (down, right)
    pixels further. ``chance`` is the correlation that only 1 % of the unit's partners by chance exceed.
    """

    unit: int
    tower: str
    partner: int
    partner_tower: str
    correlation: float
    shift: tuple[int, int]
    chance: float
    learned: bool
    partner_learned: bool

    @property
    def is_real(self) -> bool:
        """Whether the partner is better than 99 % of those that chance gives."""
        return self.correlation > self.chance


@dataclass(frozen=True, slots=True)
class TowerMap:
    """How the towers map: ``counts`` of the pairs better than chance, by tower of the unit (row) and of its partner.

    ``p`` is how probable counts as uneven are if a unit's tower says nothing of its partner's (``exact_p``). The towers
    are "kept" where units of A have theirs rather in A, "swapped" where rather in B, "unclear" where p is 5 % or more.
    """

    counts: tuple[tuple[int, int], tuple[int, int]]
    p: float
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Matching:
    """The best one-to-one assignment of the ``units`` of a model to the ``others`` of another one, by unit.

    Where one model has more kernels than the other, some have no partner. ``median`` is that of the pairs'
    correlations; ``chance_median`` and ``chance_rare`` are the median and the 99 % quantile of all pairs in ``rounds``
    of chance. ``shift`` is how many pixels a kernel may lie elsewhere, ``towers`` is None unless both have two.
    """

    pairs: tuple[Pair, ...]
    units: int
    others: int
    median: float
    chance_median: float
    chance_rare: float
    rounds: int
    shift: int
    towers: TowerMap | None

    @property
    def real(self) -> int:
        """How many units have a partner better than 99 % of chance; by chance alone 1 % have."""
        return sum(each.is_real for each in self.pairs)

    @property
    def verdict(self) -> Verdict:
        """Whether "most" units are found again, at least half of all pairs, "some", clearly more than chance gives
        (p < 0.05), or no more than by "chance".
        """
        if 2 * self.real >= len(self.pairs):
            return "most"
        return "some" if tail_p(self.real, len(self.pairs), 1 - RARE) < CLEAR else "chance"

    @property
    def same_numbers(self) -> int:
        """How many units have the unit of the same number as their partner; by chance alone about 1 has."""
        return sum(each.unit == each.partner for each in self.pairs)

    @property
    def began_alike(self) -> bool:
        """Whether both trainings must have begun with the same weights: numbers are kept where none was renumbered."""
        return self.same_numbers >= SAME_START

    def sorted(self) -> tuple[Pair, ...]:
        """The pairs, the most alike first."""
        return tuple(sorted(self.pairs, key=lambda each: (-each.correlation, each.unit)))


def matching(
    bundle: "Bundle", other: "Bundle", *, shift: int | None = None, rounds: int = ROUNDS, seed: int = 0
) -> Generator[Event, None, Matching]:
    """Matches the kernels of conv1 of two models. Yields Progress.

    ``shift`` is how many pixels a kernel may lie elsewhere in its window (None: half the smaller stride of conv1):
    where in its window a kernel draws its line is chance, and further away than half a stride a neighbouring place of
    its map sees the same. UserError where kernels have another size or read other maps.

    Chance: the kernels of ``other`` with their own spectrum and phases at random, the same in red, green and blue
    (Prichard and Theiler 1994), ``rounds`` times, each matched like the real ones. They are as coarse, as striped and
    as coloured as the real ones, only what they draw is chance.
    """
    check_alike(bundle.spec, other.spec)
    first, second = _kernels(bundle), _kernels(other)
    if shift is None:
        shift = min(bundle.spec.convolutions[0].stride, other.spec.convolutions[0].stride) // 2
    by_chance, chance = np.full((rounds, len(first)), np.nan), np.random.default_rng(seed)
    for number in range(rounds):
        random, _ = correlations(first, random_phases(second, chance), shift)
        partners = best_assignment(random)
        matched = np.flatnonzero(partners != NOBODY)
        by_chance[number, matched] = random[matched, partners[matched]]
        yield Progress(Task.MEASURE, number + 1, rounds, "rounds")
    pairs = _pairs((bundle.spec, other.spec), (first, second), shift, by_chance)
    return Matching(
        pairs,
        len(first),
        len(second),
        float(np.median([each.correlation for each in pairs])),
        float(np.nanmedian(by_chance)),
        float(np.nanquantile(by_chance, RARE)),
        rounds,
        shift,
        tower_map(pairs) if bundle.spec.towers == other.spec.towers == len(TOWERS) else None,
    )


def check_alike(spec: NetworkSpec, other: NetworkSpec) -> None:
    """Raises UserError where the kernels of conv1 of both cannot be compared."""
    one, two = spec.convolutions[0], other.convolutions[0]
    if one.size != two.size:
        raise UserError(
            "the kernels of {layer} cannot be compared: those of {network} have {size} × {size} pixels, "
            "those of {other} {other_size} × {other_size}",
            "choose two models whose first layers have kernels of one size",
            layer=one.name,
            network=spec.name,
            size=one.size,
            other=other.name,
            other_size=two.size,
        )


def correlations(first: Numbers, second: Numbers, shift: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """The normalised correlation of each kernel of ``first`` (K, C, h, w) with each of ``second`` (L, C, h, w), (K, L)
    from −1 to 1, and where the second one lies then, (K, L, 2): how many pixels further down and right, ``shift`` at
    most either way; of equal ones the nearest.

    It is the cosine: no mean is taken off, as 0 is the grey of kernels and what lies above or below it is the colour a
    kernel sees. The sign counts, as a ReLU passes on one sign alone. What a shift moves over the edge is lost. 0 for a
    kernel of zeros, or with a weight that is not finite.
    """
    one, two = _normalised(first), _normalised(second)
    height, width = two.shape[2:]
    padded = np.pad(two, ((0, 0), (0, 0), (shift, shift), (shift, shift)))
    moves = sorted(
        ((down, right) for down in range(-shift, shift + 1) for right in range(-shift, shift + 1)),
        key=lambda move: (move[0] ** 2 + move[1] ** 2, move),
    )
    best = np.full((len(one), len(two)), -np.inf)
    where = np.zeros((len(one), len(two), 2), np.int_)
    for down, right in moves:
        moved = padded[:, :, shift + down : shift + down + height, shift + right : shift + right + width]
        found = one.reshape(len(one), -1) @ moved.reshape(len(two), -1).T
        better = found > best
        best[better], where[better] = found[better], (down, right)
    return np.clip(best, -1, 1), where


def random_phases(kernels: Numbers, chance: np.random.Generator) -> NDArray[np.float64]:
    """``kernels`` (K, C, h, w) with the size of each frequency as it is and its phase drawn at random, the same for all
    channels: as coarse, as striped and as coloured, but another drawing.
    """
    _, _, height, width = kernels.shape
    noise = chance.normal(size=(len(kernels), 1, height, width))
    turns = np.exp(1j * np.angle(np.fft.fft2(noise)))  # those of real noise belong to a real picture
    drawn: NDArray[np.float64] = np.fft.ifft2(np.fft.fft2(np.asarray(kernels, np.float64)) * turns).real
    return drawn


def tower_map(pairs: Sequence[Pair]) -> TowerMap:
    """How the towers of two models with two towers map, from the pairs that are better than chance."""
    real = [each for each in pairs if each.is_real]
    (aa, ab), (ba, bb) = tuple(
        tuple(sum((each.tower, each.partner_tower) == (one, two) for each in real) for two in TOWERS) for one in TOWERS
    )
    p = exact_p(aa, ab, ba, bb)
    mapping: Mapping = "unclear" if p >= CLEAR else "kept" if aa * bb > ab * ba else "swapped"
    return TowerMap(((aa, ab), (ba, bb)), p, mapping)


def exact_p(aa: int, ab: int, ba: int, bb: int) -> float:
    """Fisher's exact test of a 2 × 2 table, two-sided: how probable all tables of these sums are that are as
    improbable as it is, if rows and columns have nothing to do with each other. 1 for a table of nothing.
    """
    row, column, whole = aa + ab, aa + ba, aa + ab + ba + bb
    ways = {
        each: comb(row, each) * comb(whole - row, column - each)
        for each in range(max(0, row + column - whole), min(row, column) + 1)
    }
    return sum(each for each in ways.values() if each <= ways[aa]) / comb(whole, column)


def tail_p(hits: int, tries: int, share: float) -> float:
    """How probable ``hits`` or more of ``tries`` are where each hits with the probability ``share``."""
    return sum(comb(tries, each) * share**each * (1 - share) ** (tries - each) for each in range(hits, tries + 1))


def rare_of(by_chance: NDArray[np.float64]) -> float:
    """What only 1 % of a unit's partners by chance (rounds,) exceed; NaN is a round without one. Without any there is
    nothing that is better: infinite.
    """
    known = by_chance[np.isfinite(by_chance)]
    return float(np.quantile(known, RARE)) if len(known) else math.inf


def _pairs(
    specs: tuple[NetworkSpec, NetworkSpec],
    kernels: tuple[NDArray[np.float32], NDArray[np.float32]],
    shift: int,
    by_chance: NDArray[np.float64],
) -> tuple[Pair, ...]:
    """The best assignment of the kernels of two models, beside what ``by_chance`` (rounds, units) says of each."""
    found, shifts = correlations(*kernels, shift)
    learned, theirs = (has_learned(each) for each in kernels)
    partners = best_assignment(found)
    pairs = []
    for unit in np.flatnonzero(partners != NOBODY).tolist():
        partner = int(partners[unit])
        towers = _tower(specs[0], unit), _tower(specs[1], partner)
        down, right = shifts[unit, partner].tolist()
        has = bool(learned[unit]), bool(theirs[partner])
        rare = rare_of(by_chance[:, unit])
        pairs.append(Pair(unit, towers[0], partner, towers[1], float(found[unit, partner]), (down, right), rare, *has))
    return tuple(pairs)


def _normalised(kernels: Numbers) -> NDArray[np.float64]:
    """Each kernel with a sum of squares of 1, or zeros."""
    found = np.asarray(kernels, np.float64)
    found = np.where(np.isfinite(found).all(axis=(1, 2, 3), keepdims=True), found, 0)
    norm = np.sqrt(np.square(found).sum(axis=(1, 2, 3), keepdims=True))
    scaled: NDArray[np.float64] = np.divide(found, norm, out=np.zeros_like(found), where=norm > 0)
    return scaled


def _kernels(bundle: "Bundle") -> NDArray[np.float32]:
    weights: NDArray[np.float32] = bundle.weights[f"{bundle.spec.convolutions[0].name}.weight"].float().numpy()
    return weights


def _tower(spec: NetworkSpec, unit: int) -> str:
    return spec.tower_of(spec.convolutions[0].name, unit)
