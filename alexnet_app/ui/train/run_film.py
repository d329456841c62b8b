"""The film of the run on the screen: a slider over its snapshots of conv1, which follows the newest at its end."""

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from alexnet_app.core.events import Resumed, RunStarted
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.parts.film_bar import FilmBar, FilmKeys
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.train.jobs import RunOpened
from alexnet_app.ui.train.snapshots import KeptSnapshots, Kernels, Reel, reading

KEYS = FilmKeys("Ctrl+Shift+Space", "Alt+PgUp", "Alt+PgDown")


class RunFilm(QObject):
    """``shown`` brings the Kernels to be seen, and whether they are the newest. Moved back it stays at its snapshot
    while newer ones come.
    """

    shown = Signal(object, bool)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None  # reads what the run had kept before it was opened
        self._reel = Reel()
        self._at: int | None = None  # the step of the snapshot that is looked at; None for the newest, whatever it is
        self._per_epoch = self._epochs = 0
        self._resumed_at: int | None = None
        self.newest_action = QAction(self.tr("Newest snapshot"), self)
        self.newest_action.setIconText(self.tr("Newest"))
        self.newest_action.setShortcut(QKeySequence("Alt+End"))
        self.bar = FilmBar(KEYS, self.newest_action, flat=True)
        self.newest_action.triggered.connect(lambda: self.bar.go_to(len(self._reel) - 1))
        self.bar.moved.connect(self._move)
        self.bar.seen.connect(lambda _: self._explain())
        self.clear()

    def clear(self) -> None:
        """No run is on the screen."""
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self._reel, self._at, self._resumed_at = Reel(), None, None
        self._per_epoch = self._epochs = 0
        self.bar.pause()
        self._arrange()

    def take(self, event: object) -> None:
        """What is reported of the run on the screen."""
        match event:
            case RunOpened():
                self.clear()
            case RunStarted() | Resumed():
                self._begin(event)
            case KeptSnapshots():
                self._resumed_at = None  # what earlier resumes have undone is not in it
                self._job = self._jobs.start(partial(reading, event), self._take_past, self._fail, self._end, "film")
            case Kernels():
                self._reel.add([event], self._at)
                self._arrange()
                if self._at is None:
                    self._show()

    def _begin(self, event: RunStarted | Resumed) -> None:
        self._per_epoch, self._epochs = event.steps_per_epoch or self._per_epoch, event.epochs or self._epochs
        if isinstance(event, Resumed):
            self._resumed_at = event.step
            self._reel.cut(event.step)
            if self._at is not None and self._at > event.step:
                self._at = None
                self._show()
            self._arrange()

    def _take_past(self, found: object) -> None:
        """What was read meanwhile: a resume may have undone some of it."""
        assert isinstance(found, tuple)
        undone = self._resumed_at
        known = [each for each in found if undone is None or each.step <= undone]
        self._reel.add(known, self._at)
        self._arrange()

    def _fail(self, failure: Failure) -> None:
        """The newest kernels are shown as well without those before."""

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _place(self) -> int:
        return len(self._reel) - 1 if self._at is None else self._reel.place_of(self._at)

    def _move(self, place: int) -> None:
        is_newest = place >= len(self._reel) - 1
        self._at = None if is_newest else self._reel.at(place).step
        self._explain()
        self._say()
        self._show()

    def _show(self) -> None:
        if len(self._reel):
            self.shown.emit(self._reel.at(self._place()), self._at is None)

    def _arrange(self) -> None:
        count = len(self._reel)
        self.bar.grow(count, self._place())
        self.bar.setVisible(count > 1)
        self._explain()
        self._say()

    def _say(self) -> None:
        count, place = len(self._reel), self._place()
        if not count:
            self.bar.say("")
            return
        step, per_epoch = self._reel.at(place).step, self._per_epoch
        texts = [self.tr("step {step:,}").format(**shown(step=step))]
        if per_epoch and self._epochs:
            text = self.tr("epoch {epoch:,.2f} of {epochs:,}")
            texts.insert(0, text.format(**shown(epoch=step / per_epoch, epochs=self._epochs)))
        number = self.tr("snapshot {number:,} of {count:,}")
        newest = self.tr("newest of {count:,}")
        texts.append((newest if self._at is None else number).format(**shown(number=place + 1, count=count)))
        self.bar.say(" · ".join(texts))

    def _explain(self) -> None:
        """What can be done now."""
        there, back = self.bar.isVisible(), self._at is not None
        why_not = self.tr("Snapshots of conv1 are there once a run on the screen of Train has kept two")
        for action, can, means in (
            (self.bar.play_action, there, self.tr("Show the kernels of conv1 from the beginning of the run until now")),
            (self.bar.previous_action, there, self.tr("Show the kernels of conv1 one snapshot earlier")),
            (self.bar.next_action, there and back, self.tr("Show the kernels of conv1 one snapshot later")),
            (self.newest_action, there and back, self.tr("Show the newest kernels again, and follow them")),
        ):
            action.setEnabled(can)
            set_tip(action, means if can else why_not if not there else self.tr("The newest snapshot is shown"))
