"""What the window of matched kernels has done on threads: matching two models, writing the picture and the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.events import Progress
from alexnet_app.ui.filters.jobs import FilterView, read_model
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.matching import Matching, Pair
    from alexnet_app.core.network.bundle import Bundle


@dataclass(frozen=True, slots=True, eq=False)
class TowerPairs:
    """The pairs of one tower of the model, "A", "B" or "", the most alike first; ``kernels`` and ``partners`` are their
    pictures, uint8 (pairs, h, w, 3).
    """

    tower: str
    pairs: "tuple[Pair, ...]"
    kernels: NDArray[np.uint8]
    partners: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PairsFound:
    """What came out of matching the model at ``path``, ``bundle``, with ``other`` at ``other_path``."""

    path: str
    other_path: str
    bundle: "Bundle"
    other: "Bundle"
    found: "Matching"
    towers: tuple[TowerPairs, ...]


@dataclass(frozen=True, slots=True)
class SavedPairs:
    """The file that was written."""

    path: Path


def match(view: FilterView, other_path: str, asked: Asked) -> Iterator[Progress | PairsFound]:
    """Matches the kernels of the model of ``view`` with those of another one."""
    from alexnet_app.core.insight.matching import matching
    from alexnet_app.core.insight.matching_sheet import by_tower, kernels_of_pairs

    other = read_model(Path(other_path))
    found = yield from matching(view.bundle, other)  # type: ignore[misc]
    towers = tuple(
        TowerPairs(name, pairs, *kernels_of_pairs(pairs, view.bundle, other)) for name, pairs in by_tower(found)
    )
    yield PairsFound(view.path, other_path, view.bundle, other, found, towers)


def save(shown: PairsFound, path: Path, replace: bool, asked: Asked) -> Iterator[SavedPairs]:
    """Writes the pairs as a table, or as a picture as ``path`` ends; ``replace``: the person agreed to replace what is
    there.
    """
    from alexnet_app.core.insight.matching_sheet import COLUMNS, caption_of_pairs, rows_of, write_pairs
    from alexnet_app.core.outputs import DRAWINGS, PNG, TABLE, Guard
    from alexnet_app.core.tables import write_csv

    guard, kind = Guard([shown.path, shown.other_path], replace=replace), path.suffix.lower()
    if kind == ".csv":
        guard.file(path, TABLE)
        write_csv(path, COLUMNS, rows_of(shown.found), bom=True)
    else:
        guard.file(path, DRAWINGS.get(kind, PNG))
        caption = caption_of_pairs(shown.found, shown.bundle, shown.other)
        write_pairs(shown.found, shown.bundle, shown.other, path, caption)
    yield SavedPairs(path)
