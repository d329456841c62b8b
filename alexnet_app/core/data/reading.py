"""Chosen pictures of a set, read into memory that is already there."""

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources import Pictures
from alexnet_app.core.data.storage import RawPictures
from alexnet_app.core.errors import UserError, cause


class Chosen:
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


def is_raw(pictures: Pictures) -> bool:
    """Whether they need not be decoded."""
    return isinstance(pictures.whole if isinstance(pictures, Chosen) else pictures, np.ndarray | RawPictures)


def read_into(held: NDArray[np.uint8], pictures: Pictures, chosen: NDArray[np.intp]) -> None:
    """The ``chosen`` ones of ``pictures`` (N,) into ``held``, uint8 (N, side, side, 3).

    May be called from any number of threads. UserError for what cannot be read.
    """
    if isinstance(pictures, Chosen):
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
            "training pictures cannot be read: {why}",
            hint="look whether the disk is there and whole, then continue the run",
            why=cause(error),
        ) from error
