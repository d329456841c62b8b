"""Chosen pictures of a set, read into memory that is already there."""

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources import Pictures
from alexnet_app.core.data.storage import RawPictures
from alexnet_app.core.errors import UserError, cause


def read_into(held: NDArray[np.uint8], pictures: Pictures, chosen: NDArray[np.int64]) -> None:
    """The ``chosen`` ones of ``pictures`` (N,) into ``held``, uint8 (N, side, side, 3).

    May be called from any number of threads. UserError for what cannot be read.
    """
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
