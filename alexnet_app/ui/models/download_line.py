"""A download: a line of its own that says how far it is, and the way to end it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from alexnet_app.core.events import Progress
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.progress_line import PlaceLabel
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.parts.wording import duration, size
from alexnet_app.ui.speed import Speed
from alexnet_app.ui.theme import SPACE


@dataclass(frozen=True, slots=True)
class DownloadWords:
    """What the line says: ``action`` gets it, ``about`` is what that is; the others tell how far it is. ``part`` has
    the places done and total, ``begun`` the place done.
    """

    action: str
    cancel: str
    about: str
    on: str
    starting: str
    part: str
    begun: str
    cancelling: str
    finishing: str
    here: str


class DownloadLine(QWidget):
    """One download at a time; hidden while there is nothing to say. ``work`` yields Progress, and last what has
    arrived. ``failed`` tells why it broke off, ``arrived`` what is there.
    """

    failed = Signal(object)
    arrived = Signal(object)

    def __init__(
        self, jobs: Jobs, words: DownloadWords, work: Callable[[], Iterator[object]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._words, self._work = jobs, words, work
        self._found: object = None  # what has arrived
        self._job: Job | None = None
        self._leaving = False
        self._speed = Speed()
        self.start_action, self.cancel_action = QAction(words.action, self), QAction(words.cancel, self)
        self.start_action.triggered.connect(self.start)
        self.cancel_action.triggered.connect(self.cancel)
        self._lay_out()
        self._refresh()
        self.hide()

    def _lay_out(self) -> None:
        self._where, self._rest = PlaceLabel(), PlaceLabel()
        self._bar = ShareBar()
        self._bar.setMinimumWidth(8 * SPACE)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._cancel = QToolButton()
        self._cancel.setDefaultAction(self.cancel_action)
        self._close = QPushButton(self.tr("Close"))
        self._close.clicked.connect(self.hide)
        for widget, name in (
            (self._where, self.tr("Download")),
            (self._bar, self.tr("Progress of the download")),
            (self._rest, self.tr("Speed and remaining time of the download")),
        ):
            widget.setAccessibleName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        layout.setSpacing(SPACE)
        for each in (self._where, self._bar, self._rest, self._cancel, self._close):
            layout.addWidget(each, stretch=1 if each is self._bar else 0)

    def start(self) -> None:
        """Starts, or continues where the last one stopped; does nothing during a download."""
        if self._job is not None:
            return
        self._leaving, self._found = False, None
        self._speed = Speed()
        self._job = self._jobs.start(lambda _: self._work(), self._report, self._fail, self._end, name="download")
        self._say(self._words.starting, None)
        self._refresh()
        self.show()

    def cancel(self) -> None:
        """Stops it; what was received is kept, and the next one continues from there."""
        if self._job is not None:
            self._leaving = True
            self._job.abandon()
            self._say(self._words.cancelling, None)
            self._refresh()

    def is_on(self) -> bool:
        """Whether one is under way."""
        return self._job is not None

    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else " · ".join(part for part in (self._where.text(), self._rest.text()) if part)

    def _report(self, event: object) -> None:
        if not isinstance(event, Progress):
            self._found = event
        elif not self._leaving:
            self._tell(event)

    def _tell(self, event: Progress) -> None:
        if event.total and event.done >= event.total:
            self._say(self._words.finishing, None)
            return
        self._speed.take(event.done, time.monotonic())
        said = self._words.part if event.total else self._words.begun
        share = event.done / event.total if event.total else None
        self._say(said.format(**shown(done=size(event.done), total=size(event.total))), share, self._how_long(event))

    def _how_long(self, event: Progress) -> str:
        speed = self._speed.value()
        if not speed:
            return ""
        said = self.tr("{speed:,.1f} MB/s").format(**shown(speed=speed / 1e6))
        if not event.total:
            return said
        left = duration((event.total - event.done) / speed)
        return self.tr("{speed} · {time} left").format(speed=said, time=left)

    def _fail(self, failure: Failure) -> None:
        if not self._leaving:
            self.failed.emit(failure)

    def _end(self) -> None:
        self._job = None
        self._refresh()
        if self._found is None:
            self.hide()
            return
        self._say(self._words.here, 1.0)
        self.arrived.emit(self._found)

    def _say(self, where: str, share: float | None, rest: str = "") -> None:
        """``share`` is 0 to 1, None while it is not known how much there is to do."""
        self._bar.show_share(share)
        self._where.tell(where)
        self._rest.tell(rest)

    def _refresh(self) -> None:
        is_on = self._job is not None
        self.start_action.setEnabled(not is_on)
        set_tip(
            self.start_action,
            self._words.on if is_on else self._words.about,
        )
        self.cancel_action.setEnabled(is_on and not self._leaving)
        why = self.tr("The download is being cancelled") if is_on else self.tr("Nothing is being downloaded")
        meaning = self.tr("Cancel the download; the next one resumes from there")
        set_tip(self.cancel_action, meaning if self.cancel_action.isEnabled() else why)
        for widget in (self._bar, self._rest, self._cancel):
            widget.setVisible(is_on)
        self._close.setVisible(not is_on)
