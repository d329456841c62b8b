"""The evaluation of the run on the screen: made on a thread, kept with the run, shown in its place."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from alexnet_app.core.events import Progress, Task
from alexnet_app.ui.evaluation.jobs import KeptEvaluations, MistakePictures, evaluating_run, picturing, reading
from alexnet_app.ui.evaluation.words import model_name
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation
    from alexnet_app.ui.evaluation.page import EvaluationPage


class Evaluations(QObject):
    """``action`` opens ``page`` for the run that was told last. ``wanted`` asks for the page to be shown, ``closed``
    for the run's curves; ``failed`` is for the panel's banner.
    """

    wanted = Signal()
    closed = Signal()
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._folder: Path | None = None
        self._kept: KeptEvaluations | None = None
        self._shown: Evaluation | None = None
        self._shown_in: list[Evaluation] = []
        self.action = QAction(self.tr("Evaluate…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+G"))
        self.action.triggered.connect(self._open)
        self.follow(None, "")

    @cached_property
    def page(self) -> "EvaluationPage":
        """Built when it is first asked for: not before the window is on the screen."""
        from alexnet_app.ui.evaluation.page import EvaluationPage

        page = EvaluationPage()
        page.start.clicked.connect(self._start)
        page.cancel.clicked.connect(self.cancel)
        page.back.clicked.connect(self.closed)
        page.split.currentIndexChanged.connect(self._show_split)
        page.view.cards.chosen.connect(self._choose)
        page.allow(self._reason)
        return page

    def follow(self, folder: Path | None, why_not: str) -> None:
        """The run on the screen, and why it cannot be evaluated now; empty where it can."""
        if folder != self._folder:
            self.cancel()
            self._folder, self._kept, self._shown = folder, None, None
        elif why_not:
            self.cancel()
        self._reason = why_not or (self.tr("Open a run first") if folder is None else "")
        self.action.setEnabled(not self._reason)
        set_tip(self.action, self._reason or self.tr("Measure the error of this run's model and show its mistakes"))
        if "page" in vars(self):
            self.page.allow(self._reason)

    def cancel(self) -> None:
        """Ends the evaluation that is on; nothing of it is kept."""
        if self._job is not None:
            self._job.abandon()
            self._job = None
            self.page.show_rest()

    def is_on(self) -> bool:
        """Whether an evaluation is being made."""
        return self._job is not None

    def _open(self) -> None:
        assert self._folder is not None
        if self._kept is None:
            self.page.begin(self._folder.name)
        self.wanted.emit()
        if self._job is None:
            work = partial(reading, self._folder)
            self._jobs.start(lambda _: work(), self._take, self.failed.emit, name="kept")

    def _start(self) -> None:
        self.evaluate_with("")

    def evaluate_with(self, data: str) -> None:
        """Evaluates the run as the page says; ``data`` is where its images are now, if they were moved."""
        assert self._folder is not None
        folder, split, ten_view = self._folder, self.page.chosen_split(), self.page.ten_view.isChecked()
        work = partial(evaluating_run, folder, split, ten_view=ten_view, data=data)
        self.page.show_progress(self.tr("reading the images"), None)
        self._job = self._jobs.start(lambda _: work(), self._report, self._fail, self._end, "evaluation")

    def _report(self, event: object) -> None:
        match event:
            case Progress(task, done, total):
                doing = self.tr("evaluating") if task == Task.EVALUATE else self.tr("preparing the images")
                words = self.tr("{doing}, {done:,} of {total:,}").format(**shown(doing=doing, done=done, total=total))
                self.page.show_progress(words, done / total if total else None)
            case KeptEvaluations():
                self._take(event)

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self.page.show_rest()

    def _take(self, found: object) -> None:
        if not isinstance(found, KeptEvaluations) or found.folder != self._folder:
            return
        self._kept = found
        self.page.tell_model(found.folder.name, model_name(found.model))
        self._shown = found.fresh
        known = {each.split for each in found.evaluations}
        wanted = found.fresh.split if found.fresh else next((each for each in found.splits if each in known), "")
        self.page.set_splits(found.splits, wanted or found.splits[0])
        self._show_split()

    def _show_split(self) -> None:
        """The evaluations of the chosen split, one of them in detail."""
        if self._kept is None:
            return
        split = self.page.chosen_split()
        self._shown_in = [each for each in self._kept.evaluations if each.split == split]
        if not self._shown_in:
            self.page.show_none(split)
            return
        views = self._shown.views if self._shown else self._shown_in[-1].views
        place = next((at for at, each in enumerate(self._shown_in) if each.views == views), 0)
        self.page.show_scores(self._shown_in, self._kept.model.step, place)
        self._choose(place)

    def _choose(self, place: int) -> None:
        assert self._folder is not None
        self._shown = self._shown_in[place]
        self.page.show_details(self._shown)
        work = partial(picturing, self._folder, self._shown)
        self._jobs.start(lambda _: work(), self._picture, lambda _: None, name="pictures")

    def _picture(self, found: object) -> None:
        if isinstance(found, MistakePictures) and found.evaluation is self._shown:
            self.page.view.strip.show_pictures(found.pictures)
