"""Follows the folder of runs while its list is on the screen: runs come, go and end in other processes too."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from alexnet_app.core.runs.watching import FolderSeen, seen_in
from alexnet_app.ui.job import Jobs

EVERY_MS = 3_000


class RunWatch(QObject):
    """``changed`` tells that the folder is no longer as it was when it was read last. It is looked at on a thread: a
    folder may lie on a disk of another computer.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._folder, self._runs, self._known = Path(), tuple[Path, ...](), FolderSeen()
        self._looking = False
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)

    def know(self, folder: Path, runs: tuple[Path, ...], seen: FolderSeen) -> None:
        """``folder`` was read when it was as ``seen``; ``runs`` are the ones to watch in it."""
        self._folder, self._runs, self._known = folder, runs, seen

    def start(self) -> None:
        """Looks now and from time to time."""
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Nobody looks at the list any more."""
        self._timer.stop()

    def look(self) -> None:
        """Looks once, unless it does so already."""
        if self._looking or self._folder == Path():
            return
        self._looking = True
        folder, runs = self._folder, self._runs
        self._jobs.start(lambda _: iter([seen_in(folder, runs)]), self._saw, lambda _: None, self._looked, "watch")

    def _saw(self, seen: object) -> None:
        if seen != self._known:
            self.changed.emit()

    def _looked(self) -> None:
        self._looking = False
