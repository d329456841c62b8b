"""The best one-to-one assignment: who is whose partner, so that all pairs together are worth most."""

import numpy as np
from numpy.typing import NDArray

NOBODY = -1


def best_assignment(worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """The column of each row of ``worth`` (rows, columns), (rows,), each column once at most, so that the sum of the
    chosen worths is the largest there is; NOBODY for the rows that are left over where there are more rows than
    columns. ValueError for a worth that is not finite.

    Shortest augmenting paths (Jonker and Volgenant 1987, as Crouse 2016 has them): row by row, in cubic time at most.
    """
    if not np.isfinite(worth).all():
        raise ValueError("the worth of every pair must be a number")
    rows, columns = worth.shape
    if rows > columns:
        owners = best_assignment(worth.T)
        found = np.full(rows, NOBODY, np.intp)
        found[owners] = np.arange(columns)
        return found
    cost = -worth
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, NOBODY, np.intp)
    for row in range(rows):
        _give_column(row, cost, row_price, column_price, owner)
    found = np.empty(rows, np.intp)
    taken = np.flatnonzero(owner != NOBODY)
    found[owner[taken]] = taken
    return found


def _give_column(
    first: int,
    cost: NDArray[np.float64],
    row_price: NDArray[np.float64],
    column_price: NDArray[np.float64],
    owner: NDArray[np.intp],
) -> None:
    """Gives row ``first`` a column along the cheapest path on which other rows change theirs; prices follow."""
    columns = len(owner)
    distance, before = np.full(columns, np.inf), np.full(columns, NOBODY, np.intp)
    done = np.zeros(columns, np.bool_)
    row, so_far, column = first, 0.0, NOBODY
    while row != NOBODY:
        through = so_far + cost[row] - row_price[row] - column_price
        nearer = ~done & (through < distance)
        distance[nearer], before[nearer] = through[nearer], row
        column = int(np.argmin(np.where(done, np.inf, distance)))
        so_far, done[column], row = float(distance[column]), True, int(owner[column])
    passed = np.flatnonzero(done & (owner != NOBODY))
    row_price[first] += so_far
    row_price[owner[passed]] += so_far - distance[passed]
    column_price[done] -= so_far - distance[done]
    while row != first:  # back along the path: each row on it takes the column that leads to it
        row = int(before[column])
        earlier = np.flatnonzero(owner == row)
        owner[column] = row
        column = int(earlier[0]) if len(earlier) else NOBODY
