"""What somebody wants to know who started a run and looks elsewhere: that it has ended, failed, or needs somebody."""

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.events import Ending, EpochDone, Notice, RunEnded, StandsAtChance, Warned
from alexnet_app.ui.job import Failure
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.wording import percent
from alexnet_app.ui.train.jobs import RunOpened
from alexnet_app.ui.train.run_control import RunControl
from alexnet_app.ui.warnings import warning


class News(QObject):
    """``told`` brings the name of the run that ``control`` has, and what has become of it: plain text, no markup."""

    told = Signal(str, str)

    def __init__(self, control: RunControl, parent: QObject) -> None:
        super().__init__(parent)
        self._control = control
        self._name, self._best = "", None  # type: str, float | None
        self._is_live = False
        control.reported.connect(self._note)
        control.happened.connect(self._tell)
        control.failed.connect(self._fail)
        control.ended.connect(self._end)

    def _note(self, event: object) -> None:
        match event:
            case RunOpened():
                self._name, self._best = event.name or event.folder.name, None
                self._is_live = event.follows or self._control.is_training()
            case EpochDone():
                self._best = event.validation_error if self._best is None else min(self._best, event.validation_error)

    def _tell(self, event: object) -> None:
        match event:
            case RunEnded():
                self.told.emit(self._name, self._how(event))
            case StandsAtChance():
                text = self.tr("It needs you: the loss is no better than guessing after {steps:,} steps.")
                self.told.emit(self._name, text.format(**shown(steps=event.steps)))
            case Warned() if event.notice != Notice.COMMANDS_IGNORED:
                self.told.emit(self._name, warning(event))

    def _how(self, event: RunEnded) -> str:
        if event.reason == Ending.DIVERGED:
            text = self.tr("It needs you: it diverged after {step:,} steps.")
            return text.format(**shown(step=event.step))
        if event.reason == Ending.STOPPED:
            return self.tr("Stopped and saved.")
        text = self.tr("Finished after {epoch:,} epochs.").format(**shown(epoch=event.epoch))
        if self._best is None:
            return text
        best = self.tr("Best validation error {error}.").format(error=percent(self._best))
        return f"{text} {best}"

    def _fail(self, failure: Failure) -> None:
        if self._is_live:
            self.told.emit(self._name, self.tr("Failed: {why}").format(why=sentence_of(failure.error)))

    def _end(self) -> None:
        self._is_live = False
