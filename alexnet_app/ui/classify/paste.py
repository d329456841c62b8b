"""Pictures that were pasted or dropped but are not files: they are kept in a folder until the program ends."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from alexnet_app.ui.classify.jobs import Written, keep
from alexnet_app.ui.job import Asked, Jobs
from alexnet_app.ui.offered import Offered


class PastedPictures:
    """A folder for pictures from the clipboard; it is removed with its owner, at the latest when the program ends."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0
        self._names: set[str] = set()

    def next_path(self, name: str = "") -> Path:
        """The path of a new file: ``name``, with a number where that is taken."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="alexnet-app-"))
            self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        if not name:
            self._count += 1
            name = QCoreApplication.translate("PastedPictures", "pasted picture {number}").format(number=self._count)
        stem, ending, number = Path(name).stem, Path(name).suffix, 1
        while name.casefold() in self._names:  # some systems ignore case in names
            number += 1
            name = f"{stem} ({number}){ending}"
        self._names.add(name.casefold())
        return self._folder / name

    def remove(self) -> None:
        """Removes the folder and all in it."""
        if self._folder is not None:
            self._finalizer()
            self._folder = None


class Keeping(QObject):
    """Keeps each picture as a file, in the order in which they come; ``kept`` tells its path, ``failed`` a Failure."""

    kept = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, pictures: PastedPictures, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._pictures = jobs, pictures
        self._waiting: list[tuple[Offered, Path]] = []
        self._is_running = False

    def keep(self, offered: Offered) -> None:
        """Writes a picture that is not a file yet."""
        self._waiting.append((offered, self._pictures.next_path(offered.name)))
        self._next()

    def leave(self) -> None:
        """Starts no further one: the window is being closed."""
        self._waiting.clear()

    def _next(self) -> None:
        if self._waiting and not self._is_running:
            self._is_running = True
            work = partial(keeping, *self._waiting.pop(0))
            self._jobs.start(work, self._tell, self.failed.emit, self._ended, name="paste")

    def _tell(self, written: object) -> None:
        assert isinstance(written, Written)
        self.kept.emit(written.path)

    def _ended(self) -> None:
        self._is_running = False
        self._next()


def keeping(offered: Offered, path: Path, asked: Asked) -> Iterator[Written]:
    """Writes the picture in ``offered`` to ``path``, as it came; an image as PNG."""
    from alexnet_app.core.data.from_web import check_size, embedded
    from alexnet_app.core.files import unwritable

    if offered.image is not None:
        yield from keep(offered.image, path, asked)
        return
    check_size(len(offered.content))
    content = offered.content or embedded(offered.address)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise unwritable(path, error) from error
    yield Written(str(path))
