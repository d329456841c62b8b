"""The result of a run on one's own photos: shown when it ends, and for each such run that is opened."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence

from alexnet_app.core.events import Progress
from alexnet_app.core.runs.naming import called
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import said, sentence_of
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.picture_strip import Captioned
from alexnet_app.ui.parts.plain import one_line, set_tip
from alexnet_app.ui.parts.wording import percent
from alexnet_app.ui.progress import progress
from alexnet_app.ui.train.result_jobs import Corrected, MistakePhotos, Result, correcting, judging_run, showing

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation, Mistake
    from alexnet_app.ui.train.views.result_view import ResultView


class ResultOfRun(QObject):
    """``action`` opens ``page`` for the run that ``follow`` was told last. ``wanted`` asks for it to be shown,
    ``closed`` for the curves, ``details`` for the evaluation; ``classify_wanted`` tells a model, ``again_wanted`` the
    photos to train on again; ``failed`` is for the panel's banner.
    """

    wanted = Signal()
    closed = Signal()
    details = Signal()
    classify_wanted = Signal(str)
    again_wanted = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._folder: Path | None = None
        self._result: Result | None = None
        self._ended = ""  # how the run has ended, in a sentence
        self._done: list[tuple[str, str]] = []  # corrections: the image, and what it was corrected to before
        self._labels: dict[str, str] = {}  # that were corrected here, by image
        self._asked: tuple[str, str] | None = None  # the correction under way
        self.action = QAction(self.tr("Show the result"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+R"))
        self.action.triggered.connect(lambda: self.show())
        self.follow(None, "")

    @cached_property
    def page(self) -> "ResultView":
        """Built when it is first asked for."""
        from alexnet_app.ui.train.views.result_view import ResultView

        page = ResultView()
        page.back.clicked.connect(self.closed)
        page.details.clicked.connect(self.details)
        page.classify.clicked.connect(self._classify)
        page.again.clicked.connect(self._again)
        page.corrected.connect(self._correct)
        page.undone.connect(self._undo)
        page.opened.connect(self._open)
        page.mistakes.picked.connect(self._propose)
        return page

    def follow(self, folder: Path | None, why_not: str) -> None:
        """The run on the screen, and why it has no result now; empty where it has."""
        if folder != self._folder:
            self._leave()
            self._folder, self._result = folder, None
        reason = why_not or (self.tr("Open a run first") if folder is None else "")
        self.action.setEnabled(not reason)
        meaning = self.tr("Show how good this run's model is on images it had not seen, and its mistakes")
        set_tip(self.action, reason or meaning)

    def show(self, ended: str = "") -> None:
        """Shows the page, and measures unless that was done; ``ended`` says how the run has ended."""
        assert self._folder is not None
        self._ended = ended
        self.wanted.emit()
        if self._result is not None or self._job is not None:
            return
        folder = self._folder
        self.page.begin(called(folder))
        self.page.show_progress(self.tr("reading the images"), None)
        self._done, self._labels = [], {}
        job = self._jobs.start(lambda _: judging_run(folder), self._report, self._fail, None, "result")
        job.ended.connect(partial(self._end, job))
        self._job = job

    def _leave(self) -> None:
        if self._job is not None:
            self._job.abandon()
            self._job = None

    def _report(self, event: object) -> None:
        match event:
            case Progress(done=done, total=total):
                self.page.show_progress(progress(event), done / total if total else None)
            case Result():
                self._take(event)

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure)
        self.closed.emit()

    def _end(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self.page.show_rest()

    def _take(self, result: Result) -> None:
        self._result = result
        outcome, evaluation = result.judged.outcome, result.judged.evaluation
        self.page.title.show_text(result.name)
        notes = [self._ended, *(readable(said(each)) for each in outcome.notes)]
        self.page.show_outcome(readable(said(outcome.sentence)), [each for each in notes if each])
        count = outcome.count - outcome.right
        text = self.tr("{count:,} mistakes, the surest first; a double click opens the photo")
        text = (
            self.tr("No mistakes.")
            if not count
            else self.tr("1 mistake; a double click opens the photo")
            if (count == 1)
            else text
        )
        why_not = sentence_of(result.why_not) if result.why_not is not None else ""
        captions = [self._caption(each, evaluation) for each in evaluation.mistakes]
        names = [readable(name) for name in evaluation.classes]
        self.page.show_mistakes(text.format(**shown(count=count)), captions, names, why_not)
        self._tell_corrections(0)
        judged = result.judged
        self._jobs.start(lambda _: showing(judged), self._show_photos, lambda _: None, None, "photos")

    def _show_photos(self, found: object) -> None:
        if isinstance(found, MistakePhotos) and self._result is not None and found.judged is self._result.judged:
            self.page.show_pictures(found.photos)

    def _caption(self, mistake: "Mistake", evaluation: "Evaluation") -> Captioned:
        true, answered = (readable(evaluation.classes[each]) for each in (mistake.true, mistake.answered))
        sure, file = percent(mistake.probability), readable(Path(mistake.path).name)
        label = self._labels.get(mistake.path, "")
        first = self.tr("label: {name}").format(name=one_line(readable(label) if label else true))
        if label:
            first = self.tr("corrected: {name}").format(name=one_line(readable(label)))
        full = self.tr("Labelled {true}, answered {answered}, {sure}\n{path}")
        full = full.format(true=one_line(true), answered=one_line(answered), sure=sure, path=readable(mistake.path))
        return Captioned((first, self.tr("→ {name}").format(name=one_line(answered)), sure, file), full, mistake.path)

    def _mistake(self, place: int) -> "Mistake":
        assert self._result is not None
        return self._result.judged.evaluation.mistakes[place]

    def _propose(self, place: int) -> None:
        if place >= 0 and self._result is not None:
            self.page.propose(self._mistake(place).answered)

    def _open(self, place: int) -> None:
        path = self._mistake(place).path
        if path:
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _correct(self, place: int, number: int) -> None:
        if self._result is None or place < 0:
            return
        evaluation, path = self._result.judged.evaluation, self._mistake(place).path
        self._done.append((path, self._labels.get(path, "")))
        self._write(path, evaluation.classes[number])

    def _undo(self) -> None:
        if self._done:
            self._write(*self._done.pop())

    def _write(self, path: str, label: str) -> None:
        assert self._result is not None
        data, classes = self._result.data, self._result.judged.evaluation.classes
        work = partial(correcting, data, path, label, classes)
        self._jobs.start(lambda _: work(), self._written, self._not_written, None, "labels")

    def _written(self, event: object) -> None:
        if not isinstance(event, Corrected) or self._result is None:
            return
        self._labels = {path: label for path, label in self._labels.items() if path != event.path}
        self._labels |= {event.path: event.label} if event.label else {}
        evaluation = self._result.judged.evaluation
        for place, each in enumerate(evaluation.mistakes):
            if each.path == event.path:
                self.page.mistakes.change_caption(place, self._caption(each, evaluation))
        self._tell_corrections(event.count)

    def _not_written(self, failure: Failure) -> None:
        if self._done:
            self._done.pop()
        self.failed.emit(failure)

    def _tell_corrections(self, count: int) -> None:
        text = self.tr("{count:,} labels corrected in labels.csv beside the photos; train again to learn from them")
        text = (
            self.tr("1 label corrected in labels.csv beside the photos; train again to learn from it")
            if (count == 1)
            else text
        )
        self.page.show_corrections(text.format(**shown(count=count)) if count else "", can_undo=bool(self._done))

    def _classify(self) -> None:
        if self._result is not None:
            self.classify_wanted.emit(str(self._result.model))

    def _again(self) -> None:
        if self._result is not None:
            self.again_wanted.emit(self._result.data)


def readable(name: str) -> str:
    """A name whose bytes need not be text, as text."""
    return name.encode(errors="replace").decode()
