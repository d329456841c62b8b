"""A share of a set's pictures, as if there were no others: nothing is read or copied before it is asked for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.feed.reading import ChosenRows
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.sources.values import SHARE_RULE, Arrays
from alexnet_app.core.errors import UserError

OLDER = 1  # the rule by which a rare class could be left out


def part_of(data: Prepared, share: float, rule: int = SHARE_RULE) -> Prepared:
    """``data`` with ``share`` of its training and its validation images, at even distances; the test split is whole.
    No class is left out while there are as many images as classes, except by ``rule`` 1, the one of older runs.

    Means and colour components stay those of all training images. UserError for a rule of a newer version.
    """
    if share >= 1:
        return data
    if not 1 <= rule <= SHARE_RULE:
        raise UserError(
            "the share of images was chosen by rule {rule}, but this version knows only the rules up to {newest}",
            hint="use the newer version of the program that started this run",
            rule=rule,
            newest=SHARE_RULE,
        )
    fewer = {name: split if name == "test" else _thinned(split, share, rule) for name, split in data.splits.items()}
    return replace(data, splits=fewer, share_rule=rule)


def _thinned(split: Arrays, share: float, rule: int = SHARE_RULE) -> Arrays:
    rows = _rows(split.labels, max(1, round(share * len(split.labels))), rule)
    return Arrays(ChosenRows(split.pictures, rows), split.labels[rows])


def _rows(labels: NDArray[np.int64], count: int, rule: int = SHARE_RULE) -> NDArray[np.intp]:
    """Places of ``count`` images at even distances, rising. Where classes take turns, as in the sample data, every n-th
    image can be of the same few classes: the distances then are even within each class. Where a class would still have
    none, because it is rare, it gets one, and the class that has the most gives it.
    """
    even: NDArray[np.intp] = np.linspace(0, len(labels), count, endpoint=False).astype(np.intp)
    classes = len(np.unique(labels))
    if len(np.unique(labels[even])) >= min(classes, count):
        return even
    by_class: NDArray[np.intp] = np.argsort(labels, kind="stable")
    rows = np.sort(by_class[even])
    if rule == OLDER or count < classes or len(np.unique(labels[rows])) == classes:
        return rows
    return _with_every_class(labels, labels[rows])


def _with_every_class(labels: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.intp]:
    """Places of as many images of each class as ``chosen`` has, at even distances, and of one where it has none."""
    classes = np.unique(labels)
    counts = np.array([(chosen == each).sum() for each in classes])
    for rare in np.flatnonzero(counts == 0):
        counts[rare] = 1
        counts[counts.argmax()] -= 1
    own = (np.flatnonzero(labels == each) for each in classes)
    parts = [
        rows[np.linspace(0, len(rows), count, endpoint=False).astype(np.intp)]
        for rows, count in zip(own, counts, strict=True)
    ]
    return np.sort(np.concatenate(parts))
