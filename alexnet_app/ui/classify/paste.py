"""What the clipboard may hold: pictures that are no file yet, and paths as text."""

import re
import shutil
import tempfile
import weakref
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl

ROOTED = re.compile(r"/|~[/\\]|\\\\|[A-Za-z]:[/\\]")  # how a whole path begins, here or on Windows


def paths_in(text: str) -> list[str]:
    """The paths in ``text``, a line each, plain, quoted or as file:// addresses; none if any line is something else."""
    lines = [line.strip().strip("\"'") for line in text.splitlines() if line.strip()]
    paths = [_path_in(line) for line in lines]
    return paths if all(paths) else []


class PastedPictures:
    """A folder for pictures from the clipboard; it is removed with its owner, at the latest when the program ends."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    def next_path(self) -> Path:
        """A file that is not there yet, named as it is to be listed."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="alexnet-app-"))
            self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._count += 1
        name = QCoreApplication.translate("PastedPictures", "pasted picture {number}").format(number=self._count)
        return self._folder / name

    def remove(self) -> None:
        """Removes the folder and all in it."""
        if self._folder is not None:
            self._finalizer()
            self._folder = None


def _path_in(line: str) -> str:
    if line.startswith("file:"):
        return QUrl(line).toLocalFile()
    if not ROOTED.match(line):
        return ""
    return str(Path(line).expanduser()) if line.startswith("~") else line
