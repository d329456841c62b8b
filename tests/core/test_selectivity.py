"""How much kernels care for colour and for direction, on kernels of known value; what a tower has specialised in."""

import numpy as np
import pytest
import torch

from alexnet_app.core.insight.filters import colourfulness
from alexnet_app.core.insight.selectivity import (
    BINS,
    colour_index,
    orientation_index,
    permutation_p,
    specialization,
)
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs.listing import bundled_models

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


def test_that_the_colour_index_is_what_kernels_are_sorted_by():
    weights = np.random.default_rng(1).normal(size=(20, 3, 7, 7)).astype(np.float32)
    assert np.array_equal(colour_index(weights), colourfulness(weights))
    assert colour_index(weights).shape == (20,)


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
    assert np.median(before) < 0.25  # noise has little


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


def test_that_a_small_group_can_be_counted_out():
    # of the 20 ways to deal 1 … 6 into two threes, four give medians 3 apart: {1, 2, 3}, {1, 2, 4} and their rests
    found = permutation_p(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), rounds=20_000)
    assert found == pytest.approx(4 / 20, abs=0.01)


def test_that_without_a_difference_every_p_is_as_probable():
    chance = np.random.default_rng(4)
    found = np.array([permutation_p(*chance.normal(size=(2, 24)), rounds=199, seed=each) for each in range(300)])
    assert 0.02 < (found < 0.05).mean() < 0.09
    assert np.abs(np.sort(found) - np.linspace(0, 1, 300)).max() < 0.1  # Kolmogorov's distance


def test_that_chance_is_the_seeds():
    a, b = np.arange(10.0), np.arange(10.0) + 2
    assert permutation_p(a, b, rounds=1500, seed=1) == permutation_p(a, b, rounds=1500, seed=1)
    assert permutation_p(a, b, rounds=1500, seed=1) != permutation_p(a, b, rounds=1500, seed=2)
    with pytest.raises(ValueError, match="median"):
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
    shares = np.linspace(0.0, 0.1, 24)  # values that are all alike would have no order to be dealt anew
    grey_spots = [coloured(spot(7), 1, 1, 1 - share) for share in shares]
    striped = [coloured(gabor(7, 700 * share), 1, share, 0) for share in shares]
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


def test_that_the_bundled_model_shows_what_the_paper_saw():
    bundle = read_bundle(next(path for path in bundled_models() if path.stem == "cifar-towers"))
    weights = bundle.weights["conv1.weight"].numpy()
    found = specialization(weights, bundle.spec.tower_slices("conv1"))
    verdicts = [each.verdict for each in found.towers]
    assert sorted(verdicts) == ["mostly colours", "mostly lines"]
    shuffled = weights[torch.randperm(len(weights), generator=torch.Generator().manual_seed(1)).numpy()]
    assert specialization(shuffled, bundle.spec.tower_slices("conv1")).colour_p > 0.05
