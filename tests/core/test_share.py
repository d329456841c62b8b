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


@pytest.mark.parametrize(
    ("sizes", "count", "chosen"),
    [((990, 5, 5), 10, [8, 1, 1]), ((990, 5, 5), 3, [1, 1, 1]), ((500, 1, 500), 4, [1, 1, 2]), ((1, 1), 2, [1, 1])],
)
@pytest.mark.parametrize("mixed", [False, True])
def test_that_a_rare_class_keeps_an_image_while_there_are_as_many_as_classes(sizes, count, chosen, mixed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    if mixed:
        labels = np.random.default_rng(1).permutation(labels)
    rows = _rows(labels, count)
    found = np.bincount(labels[rows], minlength=len(sizes))
    assert found.sum() == count
    assert found.min() >= 1
    assert sorted(found) == sorted(chosen)
    assert (np.diff(rows) > 0).all()


def test_that_a_share_that_had_every_class_before_is_the_same_one():
    chance, same = np.random.default_rng(2), 0
    for _ in range(300):
        classes = int(chance.integers(1, 12))
        labels = chance.choice(classes, size=400, p=chance.dirichlet(np.full(classes, 0.5)))
        count = int(chance.integers(1, 60))
        before, now = _rows(labels, count, rule=1), _rows(labels, count)
        known = len(np.unique(labels))
        assert len(now) == count
        assert len(np.unique(labels[now])) == known or count < known
        if len(np.unique(labels[before])) == known or count < known:
            same += 1
            assert np.array_equal(before, now)
    assert 100 < same < 300
    assert np.bincount(_rows(np.repeat(np.arange(3), (990, 5, 5)), 10, rule=1) // 990).tolist() == [10]
