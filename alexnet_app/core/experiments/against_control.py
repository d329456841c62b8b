"""Whether what is found in some runs is larger than what runs without a cause for it, the control, have by chance."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

COUNTED = 20_000  # ways to deal the runs: as many are all counted, of more these many are drawn


def least_p(controls: int) -> float:
    """The smallest p that one run can have beside so many controls: 1 / (controls + 1)."""
    return 1 / (controls + 1)


def least_group_p(runs: int, controls: int) -> float:
    """The smallest p that so many runs together can have beside so many controls: one of all ways to deal them, and
    1 / 20,001 where these are too many to count and are drawn (``group_p``).
    """
    ways = math.comb(runs + controls, runs)
    return 1 / ways if ways <= COUNTED else 1 / (COUNTED + 1)


def run_p(value: float, controls: Sequence[float]) -> float:
    """How probable ``value`` is as one more of the ``controls``: (as large + 1) / (controls + 1)."""
    return (sum(each >= value for each in controls) + 1) / (len(controls) + 1)


def group_p(values: Sequence[float], controls: Sequence[float]) -> float:
    """How probable a mean of ``values`` as large is where runs and ``controls`` are dealt anew: one-sided.

    Exact up to 20,000 ways to deal them; of more, 20,000 are drawn, always the same. Two groups of 5 have 252 ways, so
    that p cannot be below 0.004. Raises ValueError for an empty group.
    """
    if not (values and controls):
        raise ValueError("a group without runs has no mean")
    pool, size = np.array([*values, *controls]), len(values)
    found = float(pool[:size].sum()) - 1e-12 * float(np.abs(pool).sum())
    if math.comb(len(pool), size) <= COUNTED:
        dealt = np.array(list(itertools.combinations(range(len(pool)), size)))
        return float((pool[dealt].sum(axis=1) >= found).mean())
    places = np.tile(np.arange(len(pool)), (COUNTED, 1))
    dealt = np.random.default_rng(0).permuted(places, axis=1)[:, :size]
    return (int((pool[dealt].sum(axis=1) >= found).sum()) + 1) / (COUNTED + 1)
