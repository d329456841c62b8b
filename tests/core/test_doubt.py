"""When a distribution is too flat to name a class."""

import pytest

from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.doubt import unsure


def answers(*shares):
    return tuple(Prediction(f"class {number}", share) for number, share in enumerate(shares))


@pytest.mark.parametrize(
    "shares",
    [
        (0.97, 0.02, 0.01),
        (0.5, 0.4, 0.1),  # half of all is more than the rest together
        (0.40, 0.20, 0.20, 0.20),  # just twice the second
        (0.20, 0.05, 0.05),  # of a thousand classes
        (0.56, 0.44),
        (1.0,),
    ],
)
def test_that_a_class_that_stands_out_is_named(shares):
    assert not unsure(answers(*shares))


@pytest.mark.parametrize(
    "shares",
    [
        (0.1,) * 5,  # ten classes, all alike
        (0.19, 0.01, 0.01),  # far ahead, and still improbable
        (0.49, 0.25, 0.2),
        (0.35, 0.30, 0.2),
        (0.51, 0.49),  # two classes: one of them always has half
        (0.5, 0.5),
        (),
    ],
)
def test_that_a_flat_distribution_is_not_an_answer(shares):
    assert unsure(answers(*shares))
