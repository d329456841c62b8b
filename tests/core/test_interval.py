"""Error rates of 0 of n and n of n: an interval that says how little is known, where a standard error would be 0."""

import pytest

from alexnet_app.commands.progress import _told
from alexnet_app.core.events import Evaluated
from alexnet_app.core.inference.interval import extreme, wilson


@pytest.mark.parametrize(
    ("wrong", "count", "low", "high"),
    [(0, 2, 0.0, 0.6576), (2, 2, 0.3424, 1.0), (0, 100, 0.0, 0.0370), (10, 20, 0.2993, 0.7007), (1, 1, 0.2065, 1.0)],
)
def test_that_the_interval_is_wilsons(wrong, count, low, high):
    assert wilson(wrong, count) == pytest.approx((low, high), abs=1e-4)


def test_that_only_what_has_no_standard_error_gets_the_interval():
    assert extreme(0.5, 2) is None
    assert extreme(0.0, 0) is None
    assert extreme(1.0, 2) == wilson(2, 2)
    for wrong, count in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError):  # noqa: PT011
            wilson(wrong, count)


def test_that_the_terminal_says_it_of_the_test_images():
    assert (
        _told(Evaluated("test", 2, 0.1, 0.0, 0.0)) == "test: top-1 error 0.0% (95% interval 0.0% to 65.8%) on 2 images"
    )
    assert _told(Evaluated("test", 4, 0.1, 0.25, 0.0)) == "test: top-1 error 25.0% on 4 images"
