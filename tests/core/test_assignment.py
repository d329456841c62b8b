"""The best one-to-one assignment: as good as trying every one, whatever the shape."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexnet_app.core.insight.assignment import NOBODY, best_assignment


def best_by_trying(worth):
    """The largest sum of all assignments of the shorter side."""
    rows, columns = worth.shape
    if rows > columns:
        return best_by_trying(worth.T)
    every = permutations(range(columns), rows)
    return max(sum(worth[row, column] for row, column in enumerate(each)) for each in every)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000), st.booleans())
def test_that_no_other_assignment_is_worth_more(rows, columns, seed, whole):
    chance = np.random.default_rng(seed)
    worth = chance.integers(-3, 4, (rows, columns)).astype(float) if whole else chance.normal(size=(rows, columns))
    found = best_assignment(worth)
    chosen = np.flatnonzero(found != NOBODY)
    assert len(chosen) == min(rows, columns)
    assert len(set(found[chosen])) == len(chosen)
    assert worth[chosen, found[chosen]].sum() == pytest.approx(best_by_trying(worth))


def test_that_a_hidden_permutation_is_found():
    chance = np.random.default_rng(3)
    hidden = chance.permutation(96)
    worth = chance.uniform(0, 0.5, (96, 96))
    worth[np.arange(96), hidden] = 0.9
    assert best_assignment(worth).tolist() == hidden.tolist()


def test_that_the_greedy_choice_is_not_taken_where_all_together_are_worth_less():
    assert best_assignment(np.array([[0.9, 0.8], [0.8, 0.1]])).tolist() == [1, 0]


def test_that_a_worth_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="must be a number"):
        best_assignment(np.array([[0.0, np.nan]]))


def test_that_nobody_is_there_to_be_assigned():
    assert best_assignment(np.zeros((0, 3))).tolist() == []
    assert best_assignment(np.zeros((2, 0))).tolist() == [NOBODY, NOBODY]
