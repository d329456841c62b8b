"""The experiment that runs, and the thread it has."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from alexnet_app.core.events import Resumed, RunEnded, RunStarted
from alexnet_app.core.experiments.experiment import RunBegun, RunLeft, RunOf
from alexnet_app.ui.job import Job, Jobs, Work
from alexnet_app.ui.parts.plain import set_tip


class PaperControl(QObject):
    """One experiment at a time. ``changed`` tells that it began, is asked to stop, or is over."""

    reported = Signal(object)
    failed = Signal(object)
    ended = Signal()
    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._obeys = self._stopping = False  # a run reads what is asked of it
        self.stop_action = QAction(self.tr("Stop the experiment"), self)
        self.stop_action.setShortcut(QKeySequence("Ctrl+Shift+X"))
        self.stop_action.triggered.connect(self.stop)
        self._refresh()

    @property
    def job(self) -> Job | None:
        """The job of the experiment, if one is on."""
        return self._job

    def is_on(self) -> bool:
        """Whether an experiment runs."""
        return self._job is not None

    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self._stopping

    def start(self, work: Work) -> None:
        """Runs ``work``."""
        assert self._job is None
        self._obeys = self._stopping = False
        self._job = self._jobs.start(work, self._report, self.failed.emit, self._end, "experiment")
        self._refresh()

    def stop(self) -> None:
        """Saves and ends; before the first step of a run there is nothing to save."""
        if self._job is None or self._stopping:
            return
        self._stopping = True
        if self._obeys:
            self._job.stop()
        else:
            self._job.abandon()
        self._refresh()

    def _report(self, event: object) -> None:
        match event:
            case RunBegun():
                self._obeys = False
            case RunOf(event=RunStarted() | Resumed()):
                self._obeys = True
            case RunOf(event=RunEnded()) | RunLeft():
                self._obeys = False
        self.reported.emit(event)

    def _end(self) -> None:
        self._job = None
        self._obeys = self._stopping = False
        self._refresh()
        self.ended.emit()

    def _refresh(self) -> None:
        can = self._job is not None and not self._stopping
        none = self.tr("The experiment is being saved") if self._job else self.tr("No experiment is running")
        self.stop_action.setEnabled(can)
        set_tip(self.stop_action, self.tr("Save and stop; Start continues it later") if can else none)
        self.changed.emit()
