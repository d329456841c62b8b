"""The two forms in which a prepared set keeps pictures: raw pixels, or JPEG in an eighth of the room.

One data file for each split has its pictures one after the other. Raw ones are read as they are; JPEG ones have a file
of offsets beside it, and are decoded by several threads when they are asked for. Nothing is mapped into memory: where
the disk fails, or the file was cut short, a map ends the process without a word.
"""

import hashlib
import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_app.core.data.sources.values import Pictures
from alexnet_app.core.errors import DataGoneError, UserError, Way, cause
from alexnet_app.core.foreign import NOT_BLOCKING, check_regular, read_bytes
from alexnet_app.core.machine import cores

STORAGES = ("raw", "jpeg")
_SUFFIXES = {"raw": "rgb", "jpeg": "jpg"}
# 19.7 kB for a real picture of 256 x 256 (measured on one of each class of ImageNet), so 26 GB for ImageNet
_QUALITY = 88
MOST_ENDS = 1 << 30  # bytes of a file of 8 for each picture
PROBES, PROBE = 16, 4096  # places of a file by which it is known again, and bytes that are read at each
_FEW = 4  # pictures that are decoded sooner than they are given to threads


def data_file(folder: Path, split: str, storage: str) -> Path:
    """Where the pictures of ``split`` lie."""
    return folder / f"{split}.{_SUFFIXES[storage]}"


def ends_file(folder: Path, split: str) -> Path:
    """Where the end of each JPEG picture in the data file is kept: int64, little-endian."""
    return folder / f"{split}.ends"


def to_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """``picture`` (side, side, 3) as JPEG; the same pixels give the same bytes."""
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=_QUALITY, subsampling="4:2:0", optimize=True)
    return file.getvalue()


def from_jpeg(data: bytes) -> NDArray[np.uint8]:
    """The pixels of what ``to_jpeg`` gave."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
        return np.asarray(picture)


class _Opened:
    """A file as it was opened once; it is closed when no thread reads from it any more. Raises OSError, UserError."""

    def __init__(self, path: Path) -> None:
        check_regular(path)
        self.number = os.open(path, os.O_RDONLY | NOT_BLOCKING)
        weakref.finalize(self, os.close, self.number)
        self.lock = threading.Lock()
        self.size = os.fstat(self.number).st_size

    def some(self, left: memoryview, begin: int) -> int:
        """Reads into ``left`` what is there from ``begin`` on; how many bytes that were."""
        if hasattr(os, "preadv"):
            return os.preadv(self.number, [left], begin)
        with self.lock:  # Windows has one position for all threads
            os.lseek(self.number, begin, os.SEEK_SET)
            found = os.read(self.number, len(left))
        left[: len(found)] = found
        return len(found)

    def trace(self) -> tuple[int, bytes]:
        """Its size and a checksum of what is in a few places of it: of other images both are hardly the same."""
        found, held = hashlib.blake2b(digest_size=16), bytearray(PROBE)
        for place in range(PROBES):
            count = self.some(memoryview(held), place * self.size // PROBES)
            found.update(held[:count])
        return self.size, found.digest()


class DataFile:
    """A data file that is open, for any number of threads. Where its disk was gone it is opened anew once it is back:
    what was open on a disk that was unmounted is never readable again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened = _Opened(path)
        self._trace = self._opened.trace()

    def read(self, held: NDArray[np.uint8], begin: int, row: int) -> None:
        """Fills ``held`` with the bytes from ``begin`` on, of picture ``row``. UserError where they are not there;
        DataGoneError where the system could not read them this time.
        """
        try:
            if not self._fill(self._opened, held, begin):
                raise self._too_short(row)
        except OSError as error:
            gone = DataGoneError(
                "prepared images cannot be read from {path}: {why}",
                hint="check that the disk is connected and working, then continue",
                path=self.path,
                why=cause(error),
            )
            gone.is_back = partial(self._is_back, begin, held.nbytes)
            raise gone from error

    def _fill(self, opened: _Opened, held: NDArray[np.uint8], begin: int) -> bool:
        """Whether all of ``held`` was there."""
        left = held.reshape(-1).data
        while len(left):
            count = opened.some(left, begin)
            if not count:
                return False
            left, begin = left[count:], begin + count
        return True

    def _is_back(self, begin: int, count: int) -> bool:
        """Whether the file has the same content as at first and what was asked for; it is read from there then."""
        try:
            opened = _Opened(self.path)
            if opened.trace() != self._trace or not self._fill(opened, np.empty(count, np.uint8), begin):
                return False
        except (OSError, UserError):
            return False
        self._opened = opened
        return True

    def _too_short(self, row: int) -> UserError:
        return UserError(
            "{path} is truncated: it ends before the end of image {row:,}",
            hint="start again; incomplete prepared images are prepared again",
            path=self.path,
            row=row,
        )


class RawPictures:
    """Pictures of a raw data file: reads like an array (N, side, side, 3) of uint8, every time a new one.

    Raises UserError, naming the file, where it has become shorter or cannot be read.
    """

    def __init__(self, path: Path, rows: int, side: int) -> None:
        self._file = DataFile(path)
        self._rows = rows
        self._side = side

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, side, side, 3)."""
        return (self._rows, self._side, self._side, 3)

    @property
    def nbytes(self) -> int:
        """What all of them take."""
        return self._rows * self._side * self._side * 3

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, chosen: int | slice | NDArray[np.intp], /) -> NDArray[np.uint8]:
        rows = np.arange(len(self))[chosen]  # numpy's own rules for slices, masks, and numbers from the end
        found = np.empty((rows.size, *self.shape[1:]), np.uint8)
        self.into(found, rows.reshape(-1))
        return found.reshape(*rows.shape, *self.shape[1:])

    def into(self, held: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
        """The pictures of ``rows`` (N,) into ``held`` (N, side, side, 3): neighbours in the file at once."""
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        for part, run in zip(np.split(held, breaks), np.split(rows, breaks), strict=True):
            if len(run):
                self._file.read(part, int(run[0]) * held[0].nbytes, int(run[0]))


class JpegPictures:
    """Pictures of a JPEG data file: reads like an array (N, side, side, 3) of uint8.

    Raises UserError, naming the file, where it has become shorter, or one cannot be decoded any more.
    """

    def __init__(self, path: Path, ends: NDArray[np.int64], side: int) -> None:
        self._file = DataFile(path)
        self._ends = ends
        self._side = side

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, side, side, 3)."""
        return (len(self._ends), self._side, self._side, 3)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, chosen: int | slice | NDArray[np.intp], /) -> NDArray[np.uint8]:
        rows = np.arange(len(self))[chosen]
        found = np.empty((rows.size, *self.shape[1:]), np.uint8)
        if rows.size <= _FEW:
            self._decode(rows.reshape(-1), found)
        else:
            parts = min(rows.size, cores())
            shares = zip(np.array_split(rows, parts), np.array_split(found, parts), strict=True)
            for done in [self._threads.submit(self._decode, *share) for share in shares]:
                done.result()
        return found.reshape(*rows.shape, *self.shape[1:])

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(cores(), thread_name_prefix="jpeg")

    def _decode(self, rows: NDArray[np.intp], found: NDArray[np.uint8]) -> None:
        for place, row in enumerate(rows.tolist()):
            begin = int(self._ends[row - 1]) if row else 0
            data = np.empty(int(self._ends[row]) - begin, np.uint8)
            self._file.read(data, begin, row)
            try:
                found[place] = from_jpeg(data.tobytes())
            except Exception as error:  # the border: Pillow's readers raise whatever a broken file makes them
                raise UserError(
                    "image {row:,} in {path} is damaged",
                    Way.VERIFY_SET,
                    row=row,
                    path=self._file.path,
                ) from error


def open_pictures(folder: Path, split: str, storage: str, rows: int, side: int) -> Pictures:
    """The pictures of ``split``. OSError or ValueError where its files are not as long as ``rows`` pictures need."""
    path = data_file(folder, split, storage)
    if storage == "raw":
        pictures = RawPictures(path, rows, side)
        if path.stat().st_size != pictures.nbytes:
            raise ValueError(path)
        return pictures
    ends = np.frombuffer(read_bytes(ends_file(folder, split), MOST_ENDS), "<i8")
    if len(ends) != rows or path.stat().st_size != (ends[-1] if rows else 0) or (np.diff(ends, prepend=0) < 0).any():
        raise ValueError(path)
    return JpegPictures(path, ends, side)
