"""Chosen pictures of a set, read into memory that is already there."""

import mmap
import threading
from io import FileIO
from typing import cast

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources import Pictures
from alexnet_app.core.errors import UserError, cause


class Reading:
    """Reads pictures of a set for any number of threads, until it is closed.

    Of a set that is mapped the file is read, not the map: where the disk fails, or the file was cut short, a map ends
    the process without a word. Each thread has its own opened file.
    """

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._mapped = _mapped_whole(pictures)
        self._mine = threading.local()
        self._files: list[FileIO] = []

    def into(self, held: NDArray[np.uint8], chosen: NDArray[np.int64]) -> None:
        """The ``chosen`` pictures (N,) into ``held``, uint8 (N, side, side, 3). UserError for what cannot be read."""
        try:
            if self._mapped is not None:
                self._from_file(self._mapped, held, chosen)
            elif isinstance(self._pictures, np.ndarray):
                for place, index in zip(held, chosen, strict=True):
                    place[...] = self._pictures[index]
            else:  # such as pictures that are decoded when they are asked for
                held[...] = self._pictures[chosen]
        except OSError as error:
            path = getattr(error, "filename", None) or getattr(self._pictures, "filename", None)
            raise UserError(
                "training pictures cannot be read{where}: {why}",
                hint="look whether the disk is there and whole, then continue the run",
                where=f" from {path}" if path else "",
                why=cause(error),
            ) from error

    def close(self) -> None:
        """Closes the files; nothing may be read meanwhile or afterwards."""
        while self._files:
            self._files.pop().close()

    def _from_file(self, mapped: np.memmap, held: NDArray[np.uint8], chosen: NDArray[np.int64]) -> None:
        file = self._opened(mapped)
        bytes_each = held[0].nbytes
        for place, index in zip(held.reshape(len(held), -1), chosen.tolist(), strict=True):
            file.seek(mapped.offset + index * bytes_each)
            if file.readinto(place.data) != bytes_each:
                raise UserError(
                    "{path} has become shorter: it ends before picture {index:,}",
                    hint="continue the run: the prepared pictures are made again where they are not whole",
                    path=mapped.filename,
                    index=index,
                )

    def _opened(self, mapped: np.memmap) -> FileIO:
        file = cast(FileIO | None, getattr(self._mine, "file", None))
        if file is None:
            file = self._mine.file = FileIO(str(mapped.filename))
            self._files.append(file)
        return file


def _mapped_whole(pictures: Pictures) -> np.memmap | None:
    """``pictures``, if it is all of what ``np.memmap`` has mapped: only then its ``offset`` is where it begins."""
    if not isinstance(pictures, np.memmap) or not isinstance(pictures.base, mmap.mmap) or not pictures.filename:
        return None
    return cast(np.memmap, pictures) if pictures.flags.c_contiguous else None
