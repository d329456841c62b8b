"""Chosen pictures of a set, read into memory that is already there."""

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.prepared.storage import RawPictures
from alexnet_app.core.data.sources.values import Pictures
from alexnet_app.core.errors import UserError, cause


class ChosenRows:
    """Some ``rows`` of ``whole``: reads like an array (N, side, side, 3) of uint8 that has only these."""

    def __init__(self, whole: Pictures, rows: NDArray[np.intp]) -> None:
        self.whole, self.rows = whole, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, side, side, 3)."""
        return (len(self.rows), *self.whole.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: int | slice | NDArray[np.intp], /) -> NDArray[np.uint8]:
        rows = self.rows[chosen]
        return self.whole[int(rows) if rows.ndim == 0 else rows]


class Joined:
    """The pictures of ``first`` and then those of ``second``, which have one size, as one set."""

    def __init__(self, first: Pictures, second: Pictures) -> None:
        self.first, self.second = first, second

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, side, side, 3)."""
        return (len(self), *self.first.shape[1:])

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def __getitem__(self, chosen: int | slice | NDArray[np.intp], /) -> NDArray[np.uint8]:
        rows = np.arange(len(self))[chosen]
        if rows.ndim == 0:
            return self.first[int(rows)] if rows < len(self.first) else self.second[int(rows) - len(self.first)]
        found = np.empty((len(rows), *self.shape[1:]), np.uint8)
        early = rows < len(self.first)
        found[early] = self.first[rows[early]]
        found[~early] = self.second[rows[~early] - len(self.first)]
        return found


def is_raw(pictures: Pictures) -> bool:
    """Whether they need not be decoded."""
    if isinstance(pictures, Joined):
        return is_raw(pictures.first) and is_raw(pictures.second)
    return isinstance(pictures.whole if isinstance(pictures, ChosenRows) else pictures, np.ndarray | RawPictures)


def read_into(held: NDArray[np.uint8], pictures: Pictures, chosen: NDArray[np.intp]) -> None:
    """The ``chosen`` ones of ``pictures`` (N,), ascending, into ``held``, uint8 (N, side, side, 3).

    May be called from any number of threads. UserError for what cannot be read.
    """
    if isinstance(pictures, Joined):
        early = int(np.searchsorted(chosen, len(pictures.first)))
        read_into(held[:early], pictures.first, chosen[:early])
        read_into(held[early:], pictures.second, chosen[early:] - len(pictures.first))
        return
    if isinstance(pictures, ChosenRows):
        chosen, pictures = pictures.rows[chosen], pictures.whole
    try:
        if isinstance(pictures, RawPictures):
            pictures.into(held, chosen)
        elif isinstance(pictures, np.ndarray):
            for place, index in zip(held, chosen, strict=True):
                place[...] = pictures[index]
        else:  # such as pictures that are decoded when they are asked for
            held[...] = pictures[chosen]
    except OSError as error:
        raise UserError(
            "training images cannot be read: {why}",
            hint="check that the disk is connected and working, then continue the run",
            why=cause(error),
        ) from error
