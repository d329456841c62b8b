"""Arrays from files that somebody else may have written: nothing is made room for that is not there."""

import math
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from alexnet_app.core.foreign import open_regular, unreadable

MOST_HEADER = 10_000  # characters of the head of an array, numpy's own limit
# what numpy and zipfile raise for what is none of theirs
BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def array_in(data: BinaryIO, left: int) -> NDArray[Any]:
    """The next array in ``data``, in numpy's format, of at most ``left`` bytes.

    ValueError where the head asks for more than there is, or for objects, which could run code.
    """
    shape, is_fortran, kind = _head(data)
    count = math.prod(shape)
    if kind.hasobject or min(shape, default=0) < 0 or count * kind.itemsize > left:
        raise ValueError(f"an array {shape} of {kind} is more than there is")
    content = data.read(count * kind.itemsize)
    if len(content) < count * kind.itemsize:
        raise ValueError("it is cut short")
    found = np.frombuffer(content, kind, count).copy()
    return found.reshape(shape[::-1]).T if is_fortran else found.reshape(shape)


def _head(data: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape, whether it lies by columns, and the type of its numbers."""
    version = npy.read_magic(data)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"arrays of version {version} are not read")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        return read(data, max_header_size=MOST_HEADER)
    except Exception as error:  # the border: it is read as Python, which stumbles in many ways
        raise ValueError("its head cannot be read") from error


def arrays_in(path: Path, most: int) -> Mapping[str, NDArray[Any]]:
    """The arrays in a file of several (.npz), by name; UnreadableError where they have more than ``most`` bytes."""
    with open_regular(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                if sum(entry.file_size for entry in entries) > most:
                    raise ValueError(f"its arrays have more than {most:,} bytes")
                return {entry.filename.removesuffix(".npy"): _unpacked(archive, entry) for entry in entries}
        except BROKEN as error:
            raise unreadable(path, "it is damaged, or not a file of arrays") from error


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(entry) as packed:
        data = packed.read(entry.file_size + 1)  # a head that lies about the size is not believed
    return array_in(BytesIO(data), len(data))
