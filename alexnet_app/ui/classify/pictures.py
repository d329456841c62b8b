"""Pictures to look at, decoded on threads: thumbnails of what is in sight, and the one that is shown large."""

from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QObject, Signal

from alexnet_app.ui.classify.decoding import Decoded, WantedPicture, thumbnails, whole
from alexnet_app.ui.job import Failure, Jobs

KEPT = 4  # large pictures, so that going back and forth between neighbours reads nothing


class Thumbnails(QObject):
    """Decodes what is wanted, the newest first; ``read`` brings a Decoded."""

    read = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._wanted = WantedPicture()
        self._is_running = self._is_over = False
        self._side = 64

    def want(self, path: str, side: int) -> None:
        """A thumbnail of ``side`` pixels."""
        self._side = side
        self._wanted.put(path)
        self._start()

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self._wanted.clear()

    def _start(self) -> None:
        if not self._is_running and self._wanted:
            self._is_running, self._is_over = True, False
            work = partial(thumbnails, self._wanted, self._side)
            self._jobs.start(work, self._take, self._failed, self._ended, name="thumbnails")

    def _take(self, found: object) -> None:
        if isinstance(found, Decoded):
            self.read.emit(found)
        else:
            self._is_over = True

    def _failed(self, failure: Failure) -> None:
        """A thumbnail that failed stays empty; what is wrong with the file is said with its answer."""

    def _ended(self) -> None:
        self._is_running = False
        if self._is_over:  # else it was abandoned: the window is being closed
            self._start()  # what was wanted in its last moment


class LargePicture(QObject):
    """Decodes the picture that is wanted now; ``read`` brings a Decoded, of this one only."""

    read = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._path = ""
        self._box = (0, 0)
        self._reading = ""
        self._kept: OrderedDict[str, Decoded] = OrderedDict()

    def want(self, path: str, box: tuple[int, int]) -> None:
        """The picture of ``path``, no larger than ``box`` (width, height) pixels."""
        self._path, self._box = path, box
        if path in self._kept:
            self._kept.move_to_end(path)
            self.read.emit(self._kept[path])
        else:
            self._start()

    def forget(self, path: str | None = None) -> None:
        """Reads ``path`` anew when it is wanted again; without one, all."""
        if path is None:
            self._kept.clear()
            self._path = ""
        else:
            self._kept.pop(path, None)

    def _start(self) -> None:
        if not self._reading and self._path:
            self._reading = self._path
            work = partial(whole, self._path, self._box)
            self._jobs.start(work, self._take, self._failed, self._ended, name="picture")

    def _take(self, found: object) -> None:
        assert isinstance(found, Decoded)
        self._kept[found.path] = found
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if found.path == self._path:
            self.read.emit(found)

    def _failed(self, failure: Failure) -> None:
        self._take(Decoded(self._reading, None, reason=str(failure.error)))

    def _ended(self) -> None:
        before, self._reading = self._reading, ""
        if before in self._kept and self._path not in self._kept:  # else it was abandoned
            self._start()
