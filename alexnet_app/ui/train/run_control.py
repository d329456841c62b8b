"""What can be asked of the run on the screen, and the thread it has."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

from alexnet_app.core.events import Continued, Notice, Paused, Resumed, RunEnded, RunStarted, Warned
from alexnet_app.core.steering import Command, Continue, DivideRate, Halve, Pause, SaveNow, SetRate, UndoRate
from alexnet_app.ui.job import Failure, Job, Jobs, Work
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.train.jobs import Now, RunOpened


class RunControl(QObject):
    """One run at a time: trained here, or trained elsewhere and followed. Its actions are enabled when they can be.

    ``reported`` tells all that is to be shown; ``happened``, after it, only what happens now and was not read from the
    past of the run.
    """

    reported = Signal(object)
    happened = Signal(object)
    failed = Signal(object)
    ended = Signal()
    changed = Signal()  # whether something runs, or what
    stuck = Signal()  # it was to be saved and stopped, and cannot be saved: that is in the banner

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._trains = False  # in this window
        self._apart = False  # in a process of its own that this window has started
        self._commands = False  # the run reads what is asked of it
        self._paused = False
        self._stopping = False
        self._is_past = False  # what is reported now
        self._undone = ""  # the rate that an undo leads to
        self.pause_action = self._action(self.tr("Pause"), "Ctrl+P", self._pause_or_go_on)
        self.stop_action = self._action(self.tr("Stop"), "Ctrl+.", self.stop)
        self.save_action = self._action(self.tr("Save now"), "Ctrl+Shift+S", lambda: self._ask(SaveNow()))
        self.rate_action = self._action(self.tr("Learning rate ÷ 10"), "Ctrl+D", lambda: self._ask(DivideRate()))
        self.rate_action.setIconText(self.tr("÷ 10"))
        self.undo_action = self._action(self.tr("Undo the change of the learning rate"), "Ctrl+Z", self._undo)
        self.undo_action.setIconText(self.tr("Undo"))
        self.undo_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)  # elsewhere it undoes others
        self.focus_action = self._action(self.tr("Set the learning rate"), "Ctrl+Shift+L", None)
        self._refresh()

    @property
    def buttons(self) -> list[QAction]:
        """In the order of the run's line: none of them changes how the run goes on."""
        return [self.pause_action, self.stop_action, self.save_action]

    @property
    def actions(self) -> list[QAction]:
        """In the order of the menu."""
        return [*self.buttons, self.focus_action, self.rate_action, self.undo_action]

    def start(self, work: Work, *, trains: bool, apart: bool = False) -> None:
        """Runs ``work``; ``trains`` where it is the training itself and not only a view of it, ``apart`` where it has a
        process of its own train.
        """
        assert self._job is None
        self._trains, self._commands, self._paused, self._stopping = trains, False, False, False
        self._apart = apart
        self._is_past = False
        self._job = self._jobs.start(work, self._report, self._fail, self._end, "training" if trains else "run")
        self._refresh()

    @property
    def job(self) -> Job | None:
        """The job of the run, if one is on."""
        return self._job

    def is_on(self) -> bool:
        """Whether events still come."""
        return self._job is not None

    def is_training(self) -> bool:
        """Whether this window trains."""
        return self._job is not None and self._trains

    def is_apart(self) -> bool:
        """Whether a process that this window has started trains."""
        return self._job is not None and self._apart

    def is_paused(self) -> bool:
        """Whether the run waits."""
        return self._paused

    def stop(self) -> None:
        """Saves and ends; before the first step there is nothing to save."""
        if self._job is None:
            return
        self._stopping = True
        if self._commands or self._apart:
            self._job.stop()
        else:
            self._job.abandon()
        self._refresh()

    def leave(self) -> None:
        """Ends what is only looked at, which goes on elsewhere; stops what is trained here."""
        if self._trains:
            self.stop()
        elif self._job is not None:
            self._job.abandon()

    def set_rate(self, rate: float) -> None:
        """Lets the run go on with another learning rate."""
        self._ask(SetRate(rate))

    def halve(self) -> None:
        """Lets a run whose memory was full go on with half as many images per forward pass."""
        self._ask(Halve())

    def offer_undo(self, rate: str) -> None:
        """The last change of the rate that was asked for can be taken back, to ``rate``; empty where none is left."""
        self._undone = rate
        self._refresh()

    def why_not_asked(self) -> str:
        """Why nothing can be asked of the run now; empty where it can."""
        can = self._job is not None and self._commands and not self._stopping
        return "" if can else self._why_not()

    def _report(self, event: object) -> None:
        match event:
            case Now():
                self._is_past = False
                return
            case RunOpened():
                self._commands, self._is_past = event.follows and not self._apart, True
            case _ if not self._is_past:
                self._obey(event)
        self._refresh()
        self.reported.emit(event)
        if not self._is_past:
            self.happened.emit(event)

    def _obey(self, event: object) -> None:
        """What can be asked of the run depends on what it does now."""
        match event:
            case RunStarted() | Resumed():  # also after the end that a resume elsewhere leaves behind
                self._commands = True
                if self._trains and self._stopping and self._job is not None:
                    self._job.stop()
            case Paused() | Continued():
                self._paused = isinstance(event, Paused)
            case Warned(Notice.WAITS_TO_SAVE):
                self._stopping = False  # a second stop gives up what cannot be saved
                self.stuck.emit()
            case RunEnded():
                self._commands = False

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _end(self) -> None:
        self._job = None
        self._commands = self._paused = self._stopping = self._apart = False
        self._undone = ""
        self._refresh()
        self.changed.emit()
        self.ended.emit()

    def _ask(self, command: Command) -> None:
        if self._job is not None:
            self._job.ask(command)

    def _undo(self) -> None:
        self._ask(UndoRate())

    def _pause_or_go_on(self) -> None:
        self._ask(Continue() if self._paused else Pause())

    def _action(self, text: str, shortcut: str, do: Callable[[], None] | None) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(shortcut))
        if do is not None:
            action.triggered.connect(do)
        return action

    def _refresh(self) -> None:
        on = self._job is not None
        state = (on, self._trains, self._apart, self._commands, self._paused, self._stopping, self._undone)
        if state == getattr(self, "_state", None):
            return
        self._state = state
        why = self.why_not_asked()
        can = not why
        self.pause_action.setText(self.tr("Continue") if self._paused else self.tr("Pause"))
        for action, meaning in (
            (self.pause_action, self.tr("Continue training") if self._paused else self.tr("Pause after this step")),
            (self.save_action, self.tr("Write a checkpoint and the models now")),
            (self.rate_action, self.tr("Divide the learning rate by ten, as the authors did by hand")),
            (self.focus_action, self.tr("Go to the field of the learning rate beside the curves")),
        ):
            action.setEnabled(can)
            set_tip(action, why or meaning)
        why_not_undone = why or ("" if self._undone else self.tr("The learning rate was not changed by hand"))
        self.undo_action.setEnabled(not why_not_undone)
        set_tip(
            self.undo_action, why_not_undone or self.tr("Back to a learning rate of {rate}").format(rate=self._undone)
        )
        can_stop = self._job is not None and not self._stopping and (self._trains or self._apart or self._commands)
        self.stop_action.setEnabled(can_stop)
        set_tip(self.stop_action, self.tr("Save and stop; the run can be resumed") if can_stop else self._why_not())
        self.changed.emit()

    def _why_not(self) -> str:
        if self._job is None or not (self._trains or self._apart or self._commands):
            return self.tr("No run is in progress")
        return self.tr("The run is being saved") if self._stopping else self.tr("The first step has not started yet")
