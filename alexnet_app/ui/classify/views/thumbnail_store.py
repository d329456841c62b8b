"""Thumbnails of the pictures that were in sight last, within a bound of memory."""

from collections import OrderedDict

from PySide6.QtGui import QImage, QPixmap

MOST = 96 << 20  # bytes
PIXEL = 4  # bytes


class ThumbnailStore:
    """Keeps those that were asked for last; also that there is none."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self.bytes = 0

    def __contains__(self, path: str) -> bool:
        return path in self._kept

    def put(self, path: str, picture: QImage | None) -> None:
        """Keeps ``picture``; the one that was not asked for the longest time goes where there is no room."""
        self.drop(path)
        self._kept[path] = None if picture is None else QPixmap.fromImage(picture)
        self.bytes += _size(self._kept[path])
        while self.bytes > MOST:
            self.bytes -= _size(self._kept.popitem(last=False)[1])

    def take(self, path: str) -> QPixmap | None:
        """The thumbnail of ``path``, which is kept."""
        self._kept.move_to_end(path)
        return self._kept[path]

    def drop(self, path: str) -> None:
        """Forgets the one of ``path``."""
        self.bytes -= _size(self._kept.pop(path, None))

    def clear(self) -> None:
        """Forgets all."""
        self._kept.clear()
        self.bytes = 0


def _size(pixmap: QPixmap | None) -> int:
    return PIXEL * pixmap.width() * pixmap.height() if pixmap is not None else PIXEL
