"""Decodes pictures for the screen on threads, at the size at which they are shown."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QImage

from alexnet_app.core.errors import Told, UserError
from alexnet_app.ui.classify.jobs import is_to_end
from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.job import Asked

ROTATED = range(5, 9)  # the orientations of a JPEG that lie on their side


@dataclass(frozen=True, slots=True)
class Decoded:
    """The picture of ``path``; None with the reason where there is none. Width and height are those of the file."""

    path: str
    picture: QImage | None
    width: int = 0
    height: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AllDecoded:
    """All pictures that were wanted have been decoded."""


@dataclass
class WantedPicture:
    """Paths that are wanted, the newest first; a full one forgets the oldest. Shared by two threads."""

    limit: int = 256
    _paths: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _taken: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, path: str) -> None:
        """Wants ``path`` before all others, unless it is being read now."""
        with self._lock:
            if path != self._taken:
                self._paths[path] = None
                self._paths.move_to_end(path)
                if len(self._paths) > self.limit:
                    self._paths.popitem(last=False)

    def take(self) -> str | None:
        """The path that was wanted last, None if there is none; the one before is thereby done."""
        with self._lock:
            self._taken = self._paths.popitem()[0] if self._paths else None
            return self._taken

    def clear(self) -> None:
        """Forgets what is wanted."""
        with self._lock:
            self._paths.clear()

    def __bool__(self) -> bool:
        return bool(self._paths)


def thumbnails(wanted: WantedPicture, side: int, asked: Asked) -> Iterator[Decoded | AllDecoded]:
    """Yields the middle square of what is wanted, ``side`` pixels or less, and AllDecoded when nothing is left."""
    from alexnet_app.core.data.decode import fit, read_picture

    while (path := wanted.take()) is not None:
        try:
            picture = read_picture(Path(path), shorter_side=side)
            square = fit(picture, min(side, *picture.shape[:2]))  # a tiny one stays as it is, to be shown crisp
            yield Decoded(path, to_qimage(square))
        except (UserError, OSError, ValueError) as error:
            yield Decoded(path, None, reason=_why(error))
        if is_to_end(asked):
            return
    yield AllDecoded()


def _why(error: Exception) -> str:
    return Told.of(error) if isinstance(error, UserError) else str(error)


def whole(path: str, box: tuple[int, int], asked: Asked) -> Iterator[Decoded]:
    """Yields the picture, scaled down to fit into ``box`` (width, height) where it is larger."""
    import numpy as np
    from PIL import Image

    from alexnet_app.core.data.decode import read_picture

    try:
        picture = read_picture(Path(path), shorter_side=min(box))
    except (UserError, OSError, ValueError) as error:
        yield Decoded(path, None, reason=_why(error))
        return
    width, height = _size(path, (picture.shape[1], picture.shape[0]))
    if picture.shape[1] > box[0] or picture.shape[0] > box[1]:
        smaller = Image.fromarray(picture)
        smaller.thumbnail(box)
        picture = np.asarray(smaller)
    yield Decoded(path, to_qimage(picture), width, height)


def _size(path: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the file: a JPEG may have been decoded at a fraction of them."""
    from PIL import Image

    with suppress(Exception), Image.open(path, formats=("JPEG",)) as picture:
        width, height = picture.size
        return (height, width) if picture.getexif().get(0x0112) in ROTATED else (width, height)
    return otherwise
