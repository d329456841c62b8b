"""conv1 as a run keeps it while it trains: one small file, whose pictures show and whose scales measure."""

import math
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import fresh_file
from alexnet_app.core.foreign import read_bytes
from alexnet_app.core.foreign_arrays import BROKEN, array_in
from alexnet_app.core.insight.filters import kernel_pictures, largest_weights

if TYPE_CHECKING:
    from torch import Tensor

MOST_BYTES = 64 << 20  # of a file: the kernels of AlexNet have 35 KB
MIDDLE, STEPS = 128, 127  # grey is zero; so many steps to a kernel's largest weight

GROWTH = 1.05  # a snapshot whenever the steps have grown by so much: kernels change fast at first


def is_due(step: int, steps_per_epoch: int) -> bool:
    """Whether a run keeps the kernels as they are before ``step``, from 0: the number of steps alone decides."""
    if step % steps_per_epoch == 0:
        return step == 0  # the end of an epoch keeps them
    return int(math.log(step, GROWTH)) != int(math.log(max(step - 1, 1), GROWTH))


def write_snapshot(path: Path, weight: "Tensor") -> None:
    """Writes the kernels ``weight`` (K, 3, h, w) into ``path``: their pictures, uint8 (K, h, w, 3), and after them each
    one's largest weight, fp32 (K,), both in numpy's format. ``numpy.load`` gives the pictures. Raises OSError.
    """
    with fresh_file(path) as file:
        np.save(file, kernel_pictures(weight))
        np.save(file, largest_weights(weight))


def read_snapshot(path: Path) -> NDArray[np.float32] | None:
    """The kernels (K, 3, h, w) in ``path``, to 1/127 of each one's largest weight; None where it is gone or torn: it
    only shows. An older version kept the pictures alone: there the largest weight of every kernel is 1.
    """
    found = _arrays(path)
    if found is None:
        return None
    return kernels_of(*found)


def read_parts(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | None:
    """The pictures (K, h, w, 3) in ``path`` and each one's largest weight (K,), as ``kernels_of`` takes them; None
    where they are gone or torn.
    """
    return _arrays(path)


def kernels_of(pictures: NDArray[np.uint8], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """The kernels (K, 3, h, w) that ``pictures``, uint8 (K, h, w, 3), show, ``scales`` (K,) being what is white."""
    shares = (pictures.astype(np.float32) - np.float32(MIDDLE)) / np.float32(STEPS)
    kernels: NDArray[np.float32] = shares.transpose(0, 3, 1, 2) * scales[:, None, None, None]
    return kernels


def _arrays(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | None:
    """Pictures and scales; these are 1 where they are not there."""
    try:
        data = read_bytes(path, MOST_BYTES, links=False)
        file = BytesIO(data)
        pictures = array_in(file, len(data))
    except (UserError, *BROKEN):
        return None
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3:
        return None
    scales = _scales(file, len(data))
    fits = scales is not None and scales.shape == (len(pictures),)
    return pictures, scales if scales is not None and fits else np.ones(len(pictures), np.float32)


def _scales(file: BytesIO, left: int) -> NDArray[np.float32] | None:
    """What follows the pictures; None where nothing does, or it is torn."""
    try:
        scales = array_in(file, left)
    except BROKEN:
        return None
    return scales if scales.dtype == np.float32 else None
