"""Which kernels have learned: known kernels of every kind beside noise, and how often noise is taken for more."""

import numpy as np
import pytest

from alexnet_app.core.insight.smoothness import has_learned, noise_smoothness, smoothness, threshold

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

SIDES = (3, 5, 7, 11)
ANGLES = range(0, 180, 15)
COLOURS = {"grey": (1, 1, 1), "red": (1, 0, 0), "red against green": (1, -1, 0)}


def stripes(side, frequency=0.15, degrees=0.0, spread=3.0):
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    angle = np.deg2rad(degrees)
    wave = np.cos(2 * np.pi * frequency * (x * np.cos(angle) + y * np.sin(angle)))
    return wave * np.exp(-(x**2 + y**2) / (2 * spread**2))


def in_colour(picture, colour):
    return np.stack([part * picture for part in colour])


def noise(count, side, seed=1):
    return np.random.default_rng(seed).normal(size=(count, 3, side, side))


def one(kernel):
    return float(smoothness(kernel[None])[0])


@SLOW
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("draw", ["normal", "uniform"])
def test_that_noise_exceeds_its_threshold_once_in_a_thousand(side, draw):
    chance = np.random.default_rng(2)
    shape = (20_000 if side < 9 else 8_000, 3, side, side)
    weights = chance.normal(size=shape) if draw == "normal" else chance.uniform(-1, 1, size=shape)
    assert (smoothness(weights) > noise_smoothness((3, side, side))).mean() < 0.003
    assert has_learned(weights).mean() < 0.003


def test_that_small_kernels_of_noise_are_smoother_by_chance():
    levels = [noise_smoothness((3, side, side)) for side in SIDES]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 0.6
    assert levels[-1] < 0.25
    assert [threshold((3, side, side)) for side in SIDES] == [max(0.5, each) for each in levels]
    assert noise_smoothness((3, 5, 5)) == noise_smoothness((3, 5, 5))


@pytest.mark.parametrize("side", [5, 7, 11])
@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_that_stripes_of_every_colour_and_angle_have_learned(side, colour):
    for frequency in (0.1, 0.15, 0.25, 0.35):
        drawn = np.stack([in_colour(stripes(side, frequency, degrees), colour) for degrees in ANGLES])
        assert smoothness(drawn).min() > threshold((3, side, side))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_that_colour_makes_no_kernel_smoother(side, colour):
    picture = stripes(side, 0.2, 30)
    picture -= picture.mean()
    assert one(in_colour(picture, colour)) == pytest.approx(one(in_colour(picture, (1, 1, 1))), abs=1e-9)


@pytest.mark.parametrize("side", SIDES)
def test_that_a_flat_colour_has_learned_and_a_flat_grey_is_nothing(side):
    flat = np.ones((side, side))
    assert one(in_colour(flat, (1, 0, 0))) == pytest.approx(1)
    assert one(in_colour(flat, (1, -1, 0))) == pytest.approx(1)
    assert one(in_colour(0.3 * flat, (1, 1, 1))) == 0
    brighter = noise(500, side) + 3  # one number added to all of its weights
    assert smoothness(brighter) == pytest.approx(smoothness(noise(500, side)), abs=1e-9)


@pytest.mark.parametrize("side", [7, 11])
def test_that_what_is_mostly_noise_has_not_learned(side):
    kernel = in_colour(stripes(side), (1, 1, 1))
    kernel /= np.linalg.norm(kernel)
    grain = noise(200, side)
    grain /= np.linalg.norm(grain.reshape(200, -1), axis=1).reshape(-1, 1, 1, 1)
    learned = [has_learned(kernel * np.sqrt(share) + grain * np.sqrt(1 - share)).mean() for share in (0, 0.3, 0.9, 1)]
    assert learned == [0, pytest.approx(0, abs=0.05), 1, 1]


def test_that_dead_kernels_have_not_learned():
    kernel = in_colour(stripes(7), (1, 1, 1))
    weights = np.stack([kernel, 0.02 * kernel, 0.002 * kernel, 0 * kernel, 1e-30 * kernel]).astype(np.float32)
    assert has_learned(weights).tolist() == [True, True, False, False, False]
    assert has_learned(1e-20 * weights[:2]).tolist() == [True, True]  # only beside a stronger one
    assert not has_learned(np.zeros((4, 3, 7, 7), np.float32)).any()


def test_that_weights_that_are_no_numbers_have_not_learned():
    weights = np.stack([in_colour(stripes(7), (1, 1, 1))] * 4)
    weights[1, 0, 0, 0], weights[2] = np.nan, np.inf
    assert has_learned(weights).tolist() == [True, False, False, True]
    assert smoothness(weights)[[1, 2]].tolist() == [0, 0]


def test_that_turning_and_mirroring_a_kernel_leaves_its_smoothness():
    weights = noise(20, 7)
    before = smoothness(weights)
    for turned in (np.rot90(weights, axes=(2, 3)), weights[..., ::-1], weights.transpose(0, 1, 3, 2), -3 * weights):
        assert smoothness(turned) == pytest.approx(before, abs=1e-9)
    assert -1 <= before.min() <= before.max() <= 1


@pytest.mark.parametrize("shape", [(3, 1, 1), (3, 1, 5), (1, 4, 1), (3, 2, 2)])
def test_that_kernels_with_few_neighbours_are_answered(shape):
    weights = np.random.default_rng(3).normal(size=(50, *shape))
    found = smoothness(weights)
    assert found.shape == (50,)
    assert has_learned(weights).mean() < 0.1
    assert (found == 0).all() or shape != (3, 1, 1)
    assert has_learned(weights[:0]).tolist() == []
