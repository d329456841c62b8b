"""Which images a share of a set has."""

import numpy as np
import pytest

from alexnet_app.core.data.feed.share import _rows


def test_that_a_share_has_every_class_where_classes_take_turns():
    rows = _rows(np.tile(np.arange(10), 100), 50)  # every 20th image is of class 0
    assert np.bincount(rows % 10, minlength=10).tolist() == [5] * 10
    assert (np.diff(rows) > 0).all()


@pytest.mark.parametrize("labels", [np.repeat(np.arange(10), 100), np.random.default_rng(0).integers(0, 10, 1000)])
def test_that_a_share_is_at_even_distances_otherwise(labels):
    assert _rows(labels, 50).tolist() == list(range(0, 1000, 20))


def test_that_a_share_of_fewer_images_than_classes_is_no_error():
    assert len(_rows(np.arange(10), 1)) == 1
    assert len(set(_rows(np.tile(np.arange(10), 10), 5) % 10)) == 5
