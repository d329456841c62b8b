"""Which prepared sets there are, as the window of them knows it: looked for when asked, or again and again."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from alexnet_app.ui.job import Jobs
from alexnet_app.ui.prepared.jobs import Listed, listing

if TYPE_CHECKING:
    from alexnet_app.core.data.prepared.shelf import PreparedSet

LOOK_MS = 2_000  # how often the list is brought up to date while a set is made or used


class ListOfSets(QObject):
    """``listed`` says that ``now`` is new, ``failed`` brings a Failure. Nothing is looked for while nobody sees it."""

    listed = Signal()
    failed = Signal(object)

    def __init__(self, jobs: Jobs, is_seen: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._is_seen = jobs, is_seen
        self._looking = self._look_once_more = False
        self.now: Listed | None = None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look_again)

    def look_again(self) -> None:
        """Brings the list up to date; asked while it looks, it looks once more."""
        self._look_once_more = self._looking
        if not self._looking and self._is_seen():
            self._looking = True
            self._jobs.start(lambda _: listing(), self._take, self.failed.emit, self._looked, "sets")

    def watch(self, *, on: bool) -> None:
        """Whether it is brought up to date now and then."""
        if on and self._is_seen():
            self._timer.start()
        else:
            self._timer.stop()

    def is_looking(self) -> bool:
        """Whether it is being brought up to date."""
        return self._looking

    def named(self, key: str) -> "PreparedSet | None":
        """The set that has this key, if it is still there."""
        sets = self.now.sets if self.now else ()
        return next((each for each in sets if each.name == key), None)

    def newest(self, since: float) -> str:
        """The key of the set that was written last, if that was after ``since`` (seconds since 1970); else empty."""
        written = [each for each in self.now.sets if each.made >= since] if self.now else []
        return max(written, key=lambda each: each.made).name if written else ""

    def _take(self, event: object) -> None:
        if isinstance(event, Listed):
            self.now = event
            self.listed.emit()

    def _looked(self) -> None:
        self._looking = False
        if self._look_once_more:
            self.look_again()
