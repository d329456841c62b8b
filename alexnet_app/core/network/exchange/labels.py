"""What comes beside the weights: names of classes, and the mean that is subtracted from pixels."""

import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.foreign import UnreadableError, check_regular, open_regular
from alexnet_app.core.foreign_arrays import array_in
from alexnet_app.core.ilsvrc import synsets
from alexnet_app.core.network.exchange import caffe_file
from alexnet_app.core.quiet import hush

IMAGENET_CLASSES = 1000
CAFFE_MEAN = (122.67892, 116.66877, 104.00699)  # red, green, blue, of the mean picture that comes with Caffe
MOST_SIDE = 4096
NAMES_FILES = ("synset_words.txt", "labels.txt", "classes.txt")  # what such lists are called
MEAN_FILES = ("imagenet_mean.binaryproto", "mean.binaryproto", "ilsvrc_2012_mean.npy", "mean.npy")


def names_beside(path: Path) -> Path | None:
    """A list of names in the folder of the model ``path``: called as the model is, or as such lists are."""
    return _first_file(path, (f"{path.stem}.txt", *NAMES_FILES))


def mean_beside(path: Path) -> Path | None:
    """A mean in the folder of the model ``path``, likewise."""
    return _first_file(path, (f"{path.stem}.binaryproto", f"{path.stem}_mean.binaryproto", *MEAN_FILES))


def _first_file(path: Path, names: tuple[str, ...]) -> Path | None:
    return next((path.with_name(name) for name in names if path.with_name(name).is_file()), None)


def imagenet_classes() -> tuple[str, ...]:
    """The 1000 classes of ILSVRC2012 in their order, as torchvision names them."""
    return tuple(each.name for each in synsets())


def torchvision_mean() -> Tensor:
    """What torchvision subtracts, on 0–255: (3, 1, 1)."""
    from torchvision.models import AlexNet_Weights

    mean = AlexNet_Weights.IMAGENET1K_V1.transforms().mean
    return torch.tensor(mean, dtype=torch.float32).mul_(255).reshape(3, 1, 1)


def caffe_mean() -> Tensor:
    """What Caffe subtracts where it subtracts one number of each colour: (3, 1, 1), red first."""
    return torch.tensor(CAFFE_MEAN).reshape(3, 1, 1)


def read_mean(path: Path, size: int, *, blue_first: bool) -> Tensor:
    """The mean of a ``.binaryproto`` or ``.npy`` file for crops of ``size``: (3, 1, 1) or (3, size, size), red first.

    Of a larger mean picture its centre is taken. Raises UserError where the file is no mean.
    """
    try:
        check_regular(path)
        mean = _npy(path) if path.suffix.lower() == ".npy" else caffe_file.read_mean(path)
    except UnreadableError:  # names the file itself
        raise
    except UserError as error:
        raise error.within("{path}: {why}", path=path) from error
    except Exception as error:  # the border: numpy raises whatever a damaged file makes it stumble over
        raise UserError("{path} cannot be read as a mean: {why}", path=path, why=cause(error)) from error
    if mean.dim() == 1:
        mean = mean[:, None, None]
    height, width = mean.shape[1:] if mean.dim() == 3 else (0, 0)
    if mean.shape[:1] != (3,) or not ((height, width) == (1, 1) or size <= min(height, width)):
        raise UserError(
            "{path} has shape {shape}, not (3, 1, 1) or (3, {size}, {size}) or more",
            path=path,
            shape=tuple(mean.shape),
            size=size,
        )
    if height > 1:
        top, left = (height - size) // 2, (width - size) // 2
        mean = mean[:, top : top + size, left : left + size]
    return (mean.flip(0) if blue_first else mean).contiguous()


def _npy(path: Path) -> Tensor:
    hush(r"numpy\.", UserWarning)  # of heads that an old version wrote
    with open_regular(path) as file:
        mean = array_in(file, os.fstat(file.fileno()).st_size)
    if mean.dtype.kind not in "fui" or mean.size > 3 * MOST_SIDE**2:
        raise UserError("it contains no pixel mean")
    with np.errstate(over="ignore"):  # what is infinite then is refused as that
        return torch.from_numpy(np.array(mean, np.float32))
