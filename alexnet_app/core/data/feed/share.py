"""A share of a set's pictures, as if there were no others: nothing is read or copied before it is asked for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.feed.reading import Chosen
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.sources.values import Arrays


def part_of(data: Prepared, share: float) -> Prepared:
    """``data`` with ``share`` of its training and its validation pictures, at even distances; the test split is whole.
    No class is left out while there are pictures enough.

    Means and colour components stay those of all training pictures.
    """
    if share >= 1:
        return data
    fewer = {name: split if name == "test" else _thinned(split, share) for name, split in data.splits.items()}
    return replace(data, splits=fewer)


def _thinned(split: Arrays, share: float) -> Arrays:
    rows = _rows(split.labels, max(1, round(share * len(split.labels))))
    return Arrays(Chosen(split.pictures, rows), split.labels[rows])


def _rows(labels: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Places of ``count`` images at even distances. Where classes take turns, as in the sample data, every n-th image
    can be of the same few classes: the distances then are even within each class.
    """
    even: NDArray[np.intp] = np.linspace(0, len(labels), count, endpoint=False).astype(np.intp)
    classes = len(np.unique(labels))
    if len(np.unique(labels[even])) >= min(classes, count):
        return even
    by_class: NDArray[np.intp] = np.argsort(labels, kind="stable")
    return np.sort(by_class[even])
