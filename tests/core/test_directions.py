"""Angles to sort kernels by: the direction of stripes, and the pair of hues."""

import numpy as np
import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.insight.directions import hue_axis, stripe_angle
from alexnet_app.core.insight.filters import OF_PICTURES, ORDERS, order_of

ANGLES = np.radians([0, 20, 45, 70, 90, 110, 135, 160])


def stripes(angle, size=11, phase=0.6):
    """Stripes that run along ``angle``, counter-clockwise from horizontal, in a soft window; (size, size)."""
    down, right = np.mgrid[:size, :size] - (size - 1) / 2
    across = -np.sin(angle) * right - np.cos(angle) * down  # rows go down
    window = np.exp(-(down**2 + right**2) / (2 * (size / 4) ** 2))
    return np.cos(1.4 * across + phase) * window


def in_colour(plane, colour):
    return np.asarray(colour, float)[:, None, None] * plane


def apart(first, second):
    """How far two directions are apart, where opposite ones are one."""
    return np.abs((first - second + np.pi / 2) % np.pi - np.pi / 2)


@pytest.mark.parametrize("colour", [(1, 1, 1), (1, 0.5, 0.2)])
def test_that_the_direction_of_stripes_is_found(colour):
    weights = np.stack([in_colour(stripes(angle), colour) for angle in ANGLES])
    found = stripe_angle(weights)
    assert (found >= 0).all()
    assert (found < np.pi).all()
    assert (apart(found, ANGLES) < np.radians(6)).all(), np.degrees(found)
    assert np.allclose(stripe_angle(-weights), found)
    assert np.allclose(stripe_angle(100 * weights), found)


def test_that_the_hues_of_a_kernel_are_an_axis():
    plane = stripes(0.5)
    orange = np.array([1.0, 0.2, -1.2])
    green = np.array([-1.0, 2.0, -1.0])
    weights = np.stack([in_colour(plane, orange), in_colour(-plane, orange), in_colour(plane, green)])
    found = hue_axis(weights)
    assert apart(found[0], found[1]) < 1e-9
    assert apart(found[0], found[2]) > np.radians(20)
    assert np.allclose(hue_axis(weights + 0.7), found), "what is the same in all colours is grey"


def test_that_kernels_are_sorted_by_each_order():
    rows = [
        in_colour(stripes(np.radians(100)), (1, 1, 1)),
        3 * in_colour(stripes(np.radians(10)), (1, 1, 1)),
        in_colour(np.exp(-((np.mgrid[:11, :11] - 5.0) ** 2).sum(axis=0) / 8), (1, 0.2, -1.2)),
        in_colour(stripes(np.radians(60)), (1, 1, 1)),
    ]
    weights = np.asarray(rows, np.float32)
    assert order_of(weights, "learned").tolist() == [0, 1, 2, 3]
    assert order_of(weights, "strength")[0] == 1
    assert order_of(weights, "colour")[0] == 2
    assert order_of(weights, "hue")[0] == 2, "grey kernels have no hue and come last"
    assert order_of(weights, "stripes")[-1] == 2
    assert order_of(weights, "direction").tolist() == [1, 3, 0, 2]


def test_that_only_kernels_that_read_a_picture_have_colours_and_directions():
    weights = np.ones((4, 48, 5, 5), np.float32)
    for order in ORDERS:
        if order in OF_PICTURES:
            with pytest.raises(UserError, match="48 maps"):
                order_of(weights, order)
        else:
            assert sorted(order_of(weights, order)) == [0, 1, 2, 3]


def test_that_a_kernel_of_zeros_has_a_place_in_every_order():
    weights = np.zeros((3, 3, 7, 7), np.float32)
    for order in ORDERS:
        assert sorted(order_of(weights, order)) == [0, 1, 2]
