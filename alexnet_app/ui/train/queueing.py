"""The queue of runs in the window: its list, and who trains what waits: this window, or a process of its own."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence

from alexnet_app.core.runs.waiting import Entry, Queue
from alexnet_app.core.training.queued import Claim
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import one_line, set_tip
from alexnet_app.ui.train.queue_jobs import QueueSeen, changing, claiming, reading, working
from alexnet_app.ui.train.views.background_row import BackgroundRow
from alexnet_app.ui.train.views.queue_view import QueueRow, QueueView

EVERY_MS = 3_000


class WaitingRuns(QObject):
    """``claimed`` brings a Claim that this window is to train now, ``trained_apart`` the folder of a run of the queue
    that a process trains; ``counted`` tells how many runs wait. ``failed`` brings a Failure, ``told`` and ``warned`` a
    sentence. ``is_free`` tells whether nothing is on in this window.
    """

    claimed = Signal(object)
    trained_apart = Signal(str)
    counted = Signal(int)
    failed = Signal(object)
    told = Signal(str)
    warned = Signal(str)

    def __init__(self, jobs: Jobs, is_free: Callable[[], bool], background: BackgroundRow, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._is_free, self._background = jobs, is_free, background
        self.queue = Queue()
        self.processes: list[subprocess.Popen[bytes]] = []  # kept: Python complains of one that is let go
        self._looking = self._again = self._claiming = self._left = False
        self._changing = self._changes = self._seen_changes = 0  # what is read beside a change may be as before it
        self._problems: dict[str, str] | None = None  # as they were read last
        self.work_action = QAction(self.tr("Train the queue"), self)
        self.work_action.setShortcut(QKeySequence("Ctrl+Alt+Q"))
        self.work_action.setCheckable(True)
        set_tip(
            self.work_action,
            self.tr("Train what waits, one run after the other; unchecked, nothing more is begun"),
        )
        self.view = QueueView(self.work_action)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._look_if_wanted)
        self.work_action.triggered.connect(self._work)
        self.view.moved.connect(lambda key, place: self._change(partial(self.queue.move, key, place)))
        self.view.removed.connect(lambda key: self._change(partial(self.queue.remove, key)))
        self.view.retried.connect(lambda key: self._change(partial(self.queue.retry, key)))

    def begin(self) -> None:
        """Follows the queue from now on."""
        self._timer.start()
        self.look()

    def leave(self) -> None:
        """The window closes: what waits stays, and so does a process that works through it."""
        self._left = True
        self._timer.stop()

    def add(self, entries: Sequence[Entry]) -> None:
        """Puts ``entries`` at its end."""
        text = self.tr("{count:,} runs were added to the queue.").format(**shown(count=len(entries)))
        said = text if len(entries) > 1 else self.tr("The run was added to the queue.")
        self._change(partial(self.queue.add, entries), lambda: self.told.emit(said))

    def rest(self) -> None:
        """Nothing more is begun: the person has stopped a run."""
        if self.work_action.isChecked():
            self.work_action.setChecked(False)
            self._work(False)

    def look(self) -> None:
        """Reads it, and begins what can be begun; asked while it looks, it looks once more."""
        if self._looking or self._left:
            self._again = self._looking
            return
        self._looking, self._seen_changes = True, self._changes
        queue = self.queue
        self._jobs.start(lambda _: reading(queue), self._found, self._cannot, self._looked, "queue")

    def _look_if_wanted(self) -> None:
        if self.view.isVisible() or self.work_action.isChecked():
            self.look()

    def _looked(self) -> None:
        self._looking = False
        if self._again:
            self._again = False
            self.look()

    def _cannot(self, failure: object) -> None:
        self._timer.stop()  # it is told once
        self.failed.emit(failure)

    def _found(self, seen: object) -> None:
        assert isinstance(seen, QueueSeen)
        self.view.set_rows([self._row(each, each.key in seen.waiting.held) for each in seen.waiting.entries])
        self.counted.emit(len(seen.waiting.entries))
        self._tell_problems(seen.waiting.entries)
        if self._changing or self._seen_changes != self._changes:
            return  # it is read once more when the change is over
        if seen.is_worked and not seen.waiting.rests:
            self.work_action.setChecked(True)
        if self.work_action.isChecked():
            self._go_on(seen)

    def _row(self, entry: Entry, held: bool) -> QueueRow:
        if held:
            detail = self.tr("in progress on {device}").format(device=entry.device)
        elif entry.problem:
            detail = self.tr("failed: {why}").format(why=entry.problem)
        else:
            detail = self.tr("begun, will be continued") if entry.run else self.tr("waits")
        return QueueRow(entry.key, entry.name, detail, held, bool(entry.problem) and not held)

    def _tell_problems(self, entries: Sequence[Entry]) -> None:
        """A run that failed is told once; those that are read for the first time are old."""
        now = {each.key: each.problem for each in entries if each.problem}
        for each in entries:
            if self._problems is not None and each.problem and self._problems.get(each.key) != each.problem:
                text = self.tr("{name} failed: {why}. The queue continues.")
                self.warned.emit(text.format(name=one_line(each.name), why=each.problem.rstrip(".")))
        self._problems = now

    def _go_on(self, seen: QueueSeen) -> None:
        waiting = seen.waiting
        left = [each for each in waiting.entries if not each.problem and each.key not in waiting.held]
        if waiting.rests or not (left or waiting.held):
            self.work_action.setChecked(False)
            if not waiting.rests:
                self.told.emit(self.tr("The queue has come to its end. Compare its runs under Past runs."))
            return
        if seen.is_worked or self._background.is_on():
            self._follow_apart(seen, left)
        elif left and self._is_free() and not self._claiming:
            self._claiming = True
            queue = self.queue
            self._jobs.start(lambda _: claiming(queue), self._claim, self.failed.emit, self._claimed, "queue")

    def _follow_apart(self, seen: QueueSeen, left: Sequence[Entry]) -> None:
        """Has a process work through it, and shows the run that it trains."""
        if not seen.is_worked and left and not self._claiming:
            self._claiming = True
            work = partial(working, self.queue, low_priority=self._background.is_low())
            self._jobs.start(lambda _: work(), self._keep, self.failed.emit, self._claimed, "queue")
        running = next((each.run for each in seen.waiting.entries if each.key in seen.waiting.held and each.run), "")
        if running and self._is_free():
            self.trained_apart.emit(running)

    def _claim(self, claim: object) -> None:
        assert isinstance(claim, Claim)
        if self._is_free() and self.work_action.isChecked() and not self._left:
            self.claimed.emit(claim)
        else:
            self._change(partial(claim.settle, keep=True))

    def _claimed(self) -> None:
        self._claiming = False
        self.look()

    def _keep(self, child: object) -> None:
        assert isinstance(child, subprocess.Popen)
        self.processes.append(child)

    def _work(self, on: bool) -> None:
        self._change(partial(self.queue.rest, rests=not on))

    def _change(self, change: Callable[[], object], then: Callable[[], None] | None = None) -> None:
        def done(_: object) -> None:
            if then is not None:
                then()

        def ended() -> None:
            self._changing -= 1
            self.look()

        work: Callable[[], Iterator[bool]] = partial(changing, change)
        self._changing, self._changes = self._changing + 1, self._changes + 1
        self._jobs.start(lambda _: work(), done, self.failed.emit, ended, "queue")
