"""How much kernels care for colour and for direction, on kernels of known value; what a tower has specialised in."""

import numpy as np
import pytest

from alexnet_app.core.insight.filters import colourfulness
from alexnet_app.core.insight.grain import noise_variance
from alexnet_app.core.insight.selectivity import (
    BINS,
    colour_index,
    needed,
    noise_level,
    orientation_index,
    permutation_p,
    specialization,
)
from alexnet_app.core.insight.smoothness import has_learned

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

SIDES = (7, 11)
ANGLES = range(0, 180, 15)
HALVES = (slice(0, 24), slice(24, 48))


def plane(side):
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return y, x


def grating(side, frequency=0.25, degrees=0.0, phase=0.3):
    y, x = plane(side)
    angle = np.deg2rad(degrees)
    return np.cos(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)) + phase)


def spot(side, spread=1.5):
    y, x = plane(side)
    return np.exp(-(x**2 + y**2) / (2 * spread**2))


def gabor(side, degrees=0.0, spread=2.0):
    return spot(side, spread) * grating(side, 0.2, degrees, 0.0)


def coloured(picture, red, green, blue):
    return np.stack([red * picture, green * picture, blue * picture])


def kernels(*each):
    return np.stack(each).astype(np.float32)


def grey(*pictures):
    return kernels(*(coloured(picture, 1, 1, 1) for picture in pictures))


def orientation(picture):
    return float(orientation_index(grey(picture))[0])


@pytest.mark.parametrize(
    ("colour", "index"),
    [((1, 1, 1), 0), ((1, 0, 0), 2 / 3), ((0, 0, 2), 2 / 3), ((1, -1, 0), 1), ((1, 1, -2), 1), ((1, 1, 0), 1 / 3)],
)
def test_that_the_colour_index_is_the_share_of_energy_beside_grey(colour, index):
    found = colour_index(kernels(coloured(spot(7), *colour), coloured(grating(7), *colour)))
    assert found == pytest.approx([index, index], abs=1e-6)


def test_that_the_colour_index_is_what_kernels_are_sorted_by_less_their_noise():
    clean = kernels(*blobs(20))
    assert colour_index(clean) == pytest.approx(colourfulness(clean), abs=0.005)
    grainy = clean + 0.1 * np.random.default_rng(1).normal(size=clean.shape)
    shared = np.square(clean).sum(axis=(1, 2, 3)) / np.square(grainy).sum(axis=(1, 2, 3))
    learned = grainy[shared > 0.7]
    away = np.abs(colour_index(learned) - colour_index(clean[shared > 0.7]))
    assert np.median(away) < 0.06


def test_that_a_kernel_of_zeros_has_neither():
    assert colour_index(np.zeros((2, 3, 7, 7), np.float32)).tolist() == [0, 0]
    assert orientation_index(np.zeros((2, 3, 7, 7), np.float32)).tolist() == [0, 0]


@pytest.mark.parametrize("side", SIDES)
def test_that_stripes_have_a_direction_and_spots_have_none(side):
    assert all(orientation(grating(side, degrees=degrees)) > 0.7 for degrees in ANGLES)
    assert orientation(grating(side, 0.45)) > 0.9
    for spread in (1.0, 1.5, 2.0, 3.0):
        assert orientation(spot(side, spread)) < 1e-9
        assert orientation(-spot(side, spread)) < 1e-9
    y, x = plane(side)
    assert orientation(np.cos(x) + np.cos(y)) < 1e-9  # two directions at right angles are none
    assert orientation(np.ones((side, side))) == 0


def test_that_the_more_stripes_there_are_the_clearer_is_the_direction():
    found = [orientation(grating(side, 0.25)) for side in (7, 11, 21, 41)]
    assert found == sorted(found)
    assert found[-1] > 0.95


@pytest.mark.parametrize("side", SIDES)
def test_that_an_angle_of_lines_makes_no_difference(side):
    found = [orientation(gabor(side, degrees)) for degrees in ANGLES]
    assert min(found) > 0.75
    assert max(found) - min(found) < 0.02
    assert orientation(gabor(side, 30)) == pytest.approx(orientation(gabor(side, 210)), abs=1e-9)


def test_that_turning_and_mirroring_a_kernel_leaves_its_index():
    weights = np.random.default_rng(2).normal(size=(10, 3, 7, 7))
    before = orientation_index(weights)
    for turned in (np.rot90(weights, axes=(2, 3)), weights[..., ::-1], weights.transpose(0, 1, 3, 2), -3 * weights):
        assert orientation_index(np.ascontiguousarray(turned)) == pytest.approx(before, abs=1e-9)
    assert before.min() >= 0
    assert before.max() <= 1
    assert np.median(before) < 0.35  # noise has little


def test_that_brightness_alone_has_no_direction_and_changes_none():
    stripes = gabor(7)
    assert orientation(stripes + 5) == pytest.approx(orientation(stripes), abs=1e-6)
    assert orientation_index(kernels(coloured(grating(7), 1, -1, 0)))[0] == 0  # grey is zero: the stripes are colour


def test_that_groups_far_apart_are_not_so_by_chance():
    chance = np.random.default_rng(3)
    a, b = chance.normal(0, 1, 24), chance.normal(3, 1, 24)
    assert permutation_p(a, b) == 1 / 10_001
    assert permutation_p(b, a) == 1 / 10_001  # two-sided
    assert permutation_p(a, a) == 1.0
    assert permutation_p(np.array([1.0]), np.array([1.0, 1.0])) == 1.0
    assert permutation_p(np.zeros(24), np.zeros(20)) == 1.0


def test_that_a_small_group_can_be_counted_out():
    # of the 20 ways to deal 1 … 6 into two threes, two leave no pair the other way round
    found = permutation_p(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), rounds=20_000)
    assert found == pytest.approx(2 / 20, abs=0.01)


def test_that_without_a_difference_every_p_is_as_probable():
    chance = np.random.default_rng(4)
    found = np.array([permutation_p(*chance.normal(size=(2, 24)), rounds=199, seed=each) for each in range(300)])
    assert 0.02 < (found < 0.05).mean() < 0.09
    assert np.abs(np.sort(found) - np.linspace(0, 1, 300)).max() < 0.1  # Kolmogorov's distance


def test_that_chance_is_the_seeds():
    a, b = np.arange(10.0), np.arange(10.0) + 2
    assert permutation_p(a, b, rounds=1500, seed=1) == permutation_p(a, b, rounds=1500, seed=1)
    assert permutation_p(a, b, rounds=1500, seed=1) != permutation_p(a, b, rounds=1500, seed=2)
    with pytest.raises(ValueError, match="without values"):
        permutation_p(a, b[:0])


def lines(count=24, seed=1):
    chance = np.random.default_rng(seed)
    return [coloured(gabor(7, chance.uniform(0, 180)), *(1 + 0.1 * chance.normal(size=3))) for _ in range(count)]


def blobs(count=24, seed=2):
    chance = np.random.default_rng(seed)
    return [coloured(spot(7, chance.uniform(1, 2)), *chance.normal(size=3)) for _ in range(count)]


def test_that_lines_and_colours_are_told_apart_whichever_tower_has_them():
    found = specialization(kernels(*lines(), *blobs()), HALVES)
    assert [each.verdict for each in found.towers] == ["mostly lines", "mostly colours"]
    assert [each.name for each in found.towers] == ["A", "B"]
    a, b = found.towers
    assert a.orientation > 0.7 > 0.1 > b.orientation
    assert b.colour > 0.3 > 0.1 > a.colour
    assert found.colour_p < 0.001
    turned = specialization(kernels(*blobs(), *lines()), HALVES)
    assert [each.verdict for each in turned.towers] == ["mostly colours", "mostly lines"]


def test_that_a_tower_without_colour_needs_lines_to_be_called_so():
    shares = np.linspace(0.0, 0.1, 24)  # values all alike would have no order to be dealt anew
    grey_spots = [coloured(spot(7), 1, 1, 1 - share) for share in shares]
    striped = [coloured(gabor(7, 700 * share), 1, share - 0.5, 0) for share in shares]
    found = specialization(kernels(*grey_spots, *striped), HALVES)
    assert [each.verdict for each in found.towers] == ["no clear difference", "mostly colours"]


def test_that_equal_towers_have_no_clear_difference():
    mixed = [*lines(12, 3), *blobs(12, 4)], [*lines(12, 5), *blobs(12, 6)]
    found = specialization(kernels(*mixed[0], *mixed[1]), HALVES)
    assert [each.verdict for each in found.towers] == ["no clear difference"] * 2
    assert found.colour_p > 0.05


def test_that_histograms_count_every_kernel():
    found = specialization(kernels(*lines(), *blobs()), HALVES)
    for tower, part in zip(found.towers, (lines(), blobs()), strict=True):
        assert len(tower.colours) == len(tower.orientations) == BINS
        assert sum(tower.colours) == sum(tower.orientations) == 24
        values = colour_index(kernels(*part))
        assert tower.colours[0] == (values < 1 / BINS).sum()
        assert tower.colour == pytest.approx(np.median(values))
        assert tower.colours[-1] == (values >= 1 - 1 / BINS).sum()


def noise(count=24, side=7, seed=7):
    return list(0.01 * np.random.default_rng(seed).normal(size=(count, 3, side, side)))


@pytest.mark.parametrize("side", [3, 5, 7, 11])
def test_that_noise_has_the_levels_that_are_marked(side):
    weights = kernels(*noise(2_000, side))
    level = noise_level((3, side, side))
    assert level.colour == pytest.approx(2 / 3, abs=0.02)
    assert level.colour == pytest.approx(np.median(colour_index(weights)), abs=0.01)
    assert level.orientation == pytest.approx(np.median(orientation_index(weights)), abs=0.02)


def test_that_grey_lines_beside_noise_are_no_clear_difference():
    grey_lines = [coloured(gabor(7, 15 * number), 1, 1, 1) for number in range(24)]
    for first, second in ((grey_lines, noise()), (noise(), grey_lines)):
        found = specialization(kernels(*first, *second), HALVES)
        assert [each.verdict for each in found.towers] == ["no clear difference"] * 2
        assert found.colour_p is None
        assert found.orientation_p is None
        (lacking,) = found.lacking
        assert (lacking.learned, lacking.kernels, lacking.needed) == (0, 24, 12)
        assert lacking.colour is None
        assert sum(lacking.colours) == sum(lacking.orientations) == 0
    # the difference is there: it is that of the noise which is not judged
    assert permutation_p(colour_index(kernels(*grey_lines)), colour_index(kernels(*noise()))) < 0.001


def test_that_noise_and_dead_kernels_among_those_that_learned_are_not_judged():
    dead = [np.zeros((3, 7, 7))] * 4
    first = [*lines(16), *noise(4, seed=8), *dead]
    second = [*blobs(16), *noise(4, seed=9), *(1e-6 * each for each in lines(4, 9))]
    found = specialization(kernels(*first, *second), HALVES)
    assert [each.learned for each in found.towers] == [16, 16]
    assert [each.verdict for each in found.towers] == ["mostly lines", "mostly colours"]
    alone = specialization(kernels(*lines(16), *blobs(16)), (slice(0, 16), slice(16, 32)))
    for tower, same in zip(found.towers, alone.towers, strict=True):
        assert (tower.colour, tower.orientation, tower.colours) == (same.colour, same.orientation, same.colours)
    assert found.colour_p == alone.colour_p


@pytest.mark.parametrize(("learned", "verdict"), [(11, "no clear difference"), (12, "mostly colours")])
def test_that_half_of_a_tower_must_have_learned(learned, verdict):
    second = [*blobs(learned), *noise(24 - learned)]
    assert has_learned(kernels(*lines(), *second))[24:].sum() == learned
    found = specialization(kernels(*lines(), *second), HALVES)
    assert found.towers[1].verdict == verdict
    assert [each.name for each in found.lacking] == (["B"] if learned < 12 else [])


def test_that_eight_kernels_at_least_must_have_learned():
    assert [needed(count) for count in (0, 4, 16, 17, 48)] == [8, 8, 8, 9, 24]
    found = specialization(kernels(*lines(7), *blobs(7)), (slice(0, 7), slice(7, 14)))
    assert [each.learned for each in found.towers] == [7, 7]
    assert [each.verdict for each in found.towers] == ["no clear difference"] * 2
    nothing = specialization(np.zeros((0, 3, 7, 7), np.float32), (slice(0, 0), slice(0, 0)))
    assert [each.kernels for each in nothing.towers] == [0, 0]


def test_that_kernels_without_finite_weights_are_not_judged():
    broken = kernels(*lines(), *blobs())
    broken[3, 0, 0, 0], broken[30] = np.nan, np.inf
    found = specialization(broken, HALVES)
    assert [each.learned for each in found.towers] == [23, 23]
    assert [each.verdict for each in found.towers] == ["mostly lines", "mostly colours"]


def furthest_from_uniform(chances):
    """Kolmogorov's distance of p-values from the uniform distribution."""
    values = np.sort(chances)
    steps = np.arange(len(values) + 1) / len(values)
    return max(np.abs(values - steps[1:]).max(), np.abs(values - steps[:-1]).max())


ONCE_IN_A_THOUSAND = 1.95  # by the root of n: Kolmogorov's distance that chance exceeds so often


@pytest.mark.parametrize("index", [colour_index, orientation_index])
def test_that_pairs_of_noise_have_every_p_alike(index):
    values = index(kernels(*noise(300 * 48, seed=11))).reshape(300, 2, 24)
    chances = [permutation_p(*pair, rounds=499, seed=number) for number, pair in enumerate(values)]
    assert furthest_from_uniform(chances) < ONCE_IN_A_THOUSAND / np.sqrt(300)


@pytest.mark.whole("alexnet_app/core/insight")
def test_that_towers_of_one_kind_of_kernels_have_every_p_alike_and_one_verdict_in_twenty():
    chance, chances = np.random.default_rng(12), []
    for _ in range(200):
        each = kernels(*lines(24, int(chance.integers(1 << 30))), *blobs(24, int(chance.integers(1 << 30))))
        mixed = np.concatenate([each, kernels(*noise(12, seed=int(chance.integers(1 << 30))))])
        found = specialization(mixed[chance.permutation(60)], (slice(0, 30), slice(30, 60)))
        assert found.colour_p is not None
        chances.append(found.colour_p)
        assert found.colour_p < 0.05 or {each.verdict for each in found.towers} == {"no clear difference"}
    assert furthest_from_uniform(chances) < ONCE_IN_A_THOUSAND / np.sqrt(200)


def grey_gabors(side, count, grain, chance):
    """Grey, at any angle, with independent noise in each channel."""
    if side == 3:  # has room for no more than an edge
        drawn = [coloured(grating(3, 0.1, chance.uniform(0, 180), np.pi / 2), 1, 1, 1) for _ in range(count)]
    else:
        drawn = [coloured(gabor(side, chance.uniform(0, 180), side * 2 / 7), 1, 1, 1) for _ in range(count)]
    return np.stack(drawn) + grain * chance.normal(size=(count, 3, side, side))


@pytest.mark.parametrize(("side", "grain"), [(3, 0.15), (5, 0.2), (7, 0.3), (11, 0.3)])
def test_that_noise_in_grey_lines_is_neither_colour_nor_a_lack_of_lines(side, grain):
    chance, colour, direction = np.random.default_rng(13), [], []
    for _ in range(100):
        towers = [grey_gabors(side, 24, each, chance) for each in (0.05, grain)]
        learned = [each[has_learned(each)] for each in towers]
        assert min(map(len, learned)) >= 8
        colours, lines = ([index(each) for each in learned] for index in (colour_index, orientation_index))
        colour.append(permutation_p(*colours, rounds=299))
        direction.append(permutation_p(*lines, rounds=299))
        assert max(map(np.median, colours)) < 0.1
    for chances in (colour, direction) if side > 3 else (colour,):  # the lines of 3 × 3 seem 0.01 clearer with noise
        assert np.mean(np.array(chances) < 0.05) < 0.16
        assert furthest_from_uniform(chances) < ONCE_IN_A_THOUSAND / np.sqrt(100)
    assert permutation_p(*(colourfulness(each) for each in learned)) < 0.001  # which counts the noise


@SLOW
@pytest.mark.parametrize("grain", [0.05, 0.15, 0.3])
def test_that_grey_lines_have_no_verdict_however_much_noise_is_in_one_tower(grain):
    for seed in range(20):
        chance = np.random.default_rng(seed)
        weights = np.concatenate([grey_gabors(7, 24, 0.05, chance), grey_gabors(7, 24, grain, chance)])
        for order in (weights, weights[::-1]):
            found = specialization(order, HALVES)
            assert [each.verdict for each in found.towers] == ["no clear difference"] * 2
            assert all(0 <= each.colour < 0.1 for each in found.towers)


def test_that_a_clear_difference_needs_a_tower_that_is_mostly_colour():
    chance = np.random.default_rng(14)

    def tinted(level):
        amounts = level + 0.02 * chance.normal(size=24)
        return [coloured(gabor(7, chance.uniform(0, 180)), 1, 1, 1 - each) for each in amounts]

    found = specialization(kernels(*tinted(0.0), *tinted(0.5)), HALVES)
    assert found.colour_p < 0.001
    assert 0 <= found.towers[0].colour < found.towers[1].colour < 0.5
    assert [each.verdict for each in found.towers] == ["no clear difference"] * 2


def test_that_a_tower_of_weak_lines_is_not_mostly_lines():
    chance = np.random.default_rng(15)
    spots = [coloured(spot(7, chance.uniform(1, 2)) + 0.1 * gabor(7, 30), 1, 1, 1) for _ in range(24)]
    found = specialization(kernels(*spots, *blobs()), HALVES)
    a, b = found.towers
    assert b.orientation < a.orientation < 0.5
    assert [a.verdict, b.verdict] == ["no clear difference", "mostly colours"]


@pytest.mark.parametrize("side", [3, 5, 7, 11])
def test_that_noise_is_measured_beside_whatever_grey_is_there(side):
    chance = np.random.default_rng(16)
    pattern = chance.normal(size=(2_000, 1, side, side)) * 5  # grey, as rough as it can be
    grain = chance.normal(size=(2_000, 3, side, side))
    found = noise_variance(pattern + 0.5 * grain)
    assert np.median(found) == pytest.approx(0.25, rel=0.1)
    assert np.mean(found < 0.25) == pytest.approx(0.5, abs=0.05)
    assert noise_variance(np.repeat(pattern, 3, axis=1)).max() < 1e-20
    assert (noise_variance(grain) <= np.square(grain).mean(axis=(1, 2, 3)) / 2 + 1e-12).all()


@pytest.mark.parametrize("shape", [(4, 3, 1, 1), (4, 1, 5, 5), (0, 3, 7, 7)])
def test_that_where_no_noise_can_be_told_there_is_none(shape):
    weights = np.random.default_rng(17).normal(size=shape)
    assert noise_variance(weights).tolist() == [0] * shape[0]
    assert orientation_index(weights).shape == (shape[0],)


def test_that_coloured_stripes_keep_their_colour():
    for side in (5, 7, 11):
        for degrees in ANGLES:
            striped = kernels(coloured(grating(side, 0.15, degrees), 1, -1, 0))
            assert colour_index(striped)[0] > 0.95


def test_that_groups_around_one_value_do_not_differ_because_one_is_wider():
    chance = np.random.default_rng(18)
    found = [permutation_p(chance.normal(0, 0.01, 24), chance.normal(0, 1, 24), rounds=299) for _ in range(200)]
    assert np.mean(np.array(found) < 0.05) < 0.15
    assert 0.3 < np.median(found) < 0.7
