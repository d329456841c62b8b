"""The learning-rate range test of the form's settings, and its suggestion taken over."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from alexnet_app.core.events import Progress, StepsDone
from alexnet_app.core.generators import Driven
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.rate_range import LEAST, MOST, STEPS, RateRange, rate_at, rate_range
from alexnet_app.ui.job import Asked, Failure, Job, Jobs
from alexnet_app.ui.messages import capital, said, sentence_of
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.plain import copy_tip, set_tip
from alexnet_app.ui.progress import progress
from alexnet_app.ui.train.views.rate_range_dialog import RateRangeDialog


class RateFinding(QObject):
    """``action`` tries rates on what ``config`` gives, None where the form has errors; the button below the learning
    rate in ``form`` does the same.
    """

    def __init__(self, jobs: Jobs, form: ConfigForm, config: Callable[[], TrainConfig | None], owner: QWidget) -> None:
        super().__init__(owner)
        self._jobs, self._form, self._config, self._owner = jobs, form, config, owner
        self._job: Job | None = None
        self._losses: list[float] = []
        self.dialog: RateRangeDialog | None = None
        self.action = QAction(self.tr("Find a learning rate…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Alt+Shift+D"))
        self.button = QPushButton(self.tr("Find a learning rate…"))
        self.button.clicked.connect(self.action.trigger)
        form.row("learning_rate").add_below(self.button)
        self.action.triggered.connect(self.begin)
        self.follow(busy=False)

    def follow(self, *, busy: bool) -> None:
        """Whether something is trained in this window: both would slow each other."""
        meaning = self.tr("Try rates from tiny to huge on fresh weights for some hundred steps, and see the loss")
        self.action.setEnabled(not busy)
        set_tip(self.action, self.tr("A run is in progress; stop it first") if busy else meaning)
        self.button.setEnabled(not busy)
        copy_tip(self.action, self.button)

    def begin(self) -> None:
        """Opens the window and tries them."""
        config = self._config() if self.dialog is None else None
        if config is None:
            return
        about = self.tr(
            "{steps} steps from fresh weights, each with a larger learning rate, from {least} to {most}. Nothing of it "
            "is kept."
        ).format(**shown(steps=STEPS), least=local(f"{LEAST:g}"), most=local(f"{MOST:g}"))
        self.dialog = dialog = RateRangeDialog(about, self._owner)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.left.connect(self.leave)
        dialog.agreed.connect(self._take)
        dialog.open()
        self._losses = []
        self._job = self._jobs.start(lambda asked: trying(config, asked), self._show, self._fail, self._end, "rates")

    def leave(self) -> None:
        """Nobody looks any more."""
        if self._job is not None:
            self._job.abandon()
        self.dialog = None

    def _show(self, event: object) -> None:
        if self.dialog is None:
            return
        match event:
            case Progress():
                self.dialog.show_progress(progress(event), event.done / event.total if event.total else None)
            case StepsDone():
                self._losses += event.losses
                rates = [rate_at(step, LEAST, MOST, STEPS) for step in range(len(self._losses))]
                self.dialog.plot.show_losses(rates, self._losses, (LEAST, MOST))
                text = self.tr("step {step:,} of {steps:,}").format(**shown(step=len(rates), steps=STEPS))
                self.dialog.show_progress(text, len(rates) / STEPS)
            case RateRange():
                self._tell(event)

    def _tell(self, found: RateRange) -> None:
        assert self.dialog is not None
        words = ((found.steepest, self.tr("steepest")), (found.too_large, self.tr("too large")))
        marks = [(rate, word) for rate, word in words if rate is not None]
        self.dialog.plot.show_result(found.smooth, marks)
        sentence = f"{capital(said(found.reason), found.reason.template, found.reason.values)}."
        if found.suggested is None:
            self.dialog.show_result(sentence, None, "")
            return
        rate = local(f"{found.suggested:g}")
        now = local(f"{self._form.values()['learning_rate']:g}")
        suggests = self.tr("Suggested: {rate}; the form has {now}.").format(rate=rate, now=now)
        button = self.tr("Use {rate}").format(rate=rate)
        self.dialog.show_result(f"{sentence} {suggests}", found.suggested, button)

    def _take(self, rate: float) -> None:
        self._form.set_values({"learning_rate": rate})
        self._form.changed.emit("learning_rate")

    def _fail(self, failure: Failure) -> None:
        if self.dialog is not None:
            self.dialog.show_result(sentence_of(failure.error), None, "")

    def _end(self) -> None:
        self._job = None


def trying(config: TrainConfig, asked: Asked) -> Iterator[object]:
    """What is prepared and the losses; last the RateRange."""
    work = Driven(rate_range(config, asked))
    yield from work
    yield work.result
