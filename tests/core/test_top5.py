"""Where a top-5 error is told: among few classes it says nothing."""

import numpy as np
import pytest

from alexnet_app.commands.evaluate import lines_of
from alexnet_app.core.inference.evaluation import Evaluation, Member
from alexnet_app.core.inference.top5 import has_top5


def _evaluation(classes: int) -> Evaluation:
    names, confusion = tuple(f"class {place}" for place in range(classes)), np.eye(classes, dtype=np.int64)
    return Evaluation("photos", "test", 1, (Member("net"),), names, 1.0, 0.0, 0.0, confusion, ())


@pytest.mark.parametrize(("classes", "is_told"), [(2, False), (10, False), (19, False), (20, True), (1000, True)])
def test_that_a_top_5_error_is_told_from_twenty_classes_on(classes, is_told):
    assert has_top5(classes) is is_told
    lines = lines_of(_evaluation(classes))
    assert any(line.startswith("top-1 error") for line in lines)
    assert any(line.startswith("top-5 error") for line in lines) is is_told
