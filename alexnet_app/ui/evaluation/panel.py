"""The evaluation of the run on the screen: made on a thread, kept with the run, shown in its place."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog

from alexnet_app.core.events import Progress, Task
from alexnet_app.core.runs.naming import called
from alexnet_app.ui.evaluation.jobs import (
    CellPictures,
    EvaluationExported,
    Export,
    KeptEvaluations,
    MeasuredFolder,
    MistakePictures,
    evaluating_folder,
    evaluating_run,
    exporting,
    picturing,
    picturing_cell,
    reading,
)
from alexnet_app.ui.evaluation.words import FOLDER, cell_title, mistaken, model_name, readable
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.progress import doing, progress

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
        self._measured: MeasuredFolder | None = None
        self._shown: Evaluation | None = None
        self._shown_in: list[Evaluation] = []
        self._cell: tuple[int, int] | None = None  # of the matrix, whose pictures are wanted
        self._what = Export.MATRIX  # is exported next
        self._openable: tuple[str, ...] = ()  # the files of the pictures that are shown
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
        page.folder.clicked.connect(self._ask_for_folder)
        page.cancel.clicked.connect(self.cancel)
        page.back.clicked.connect(self.closed)
        page.split.currentIndexChanged.connect(self._show_split)
        page.view.cards.chosen.connect(self._choose)
        page.view.cell_wanted.connect(self._want_cell)
        page.view.mistakes_wanted.connect(self._show_mistakes)
        page.view.strip.opened.connect(self._open_picture)
        page.view.export.clicked.connect(self._ask_where)
        page.allow(self._reason)
        return page

    def follow(self, folder: Path | None, why_not: str) -> None:
        """The run on the screen, and why it cannot be evaluated now; empty where it can."""
        if folder != self._folder:
            self.cancel()
            self._folder, self._kept, self._shown, self._measured = folder, None, None, None
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
            self.page.begin(called(self._folder))
        self.wanted.emit()
        if self._job is None:
            work = partial(reading, self._folder)
            self._jobs.start(lambda _: work(), self._take, self.failed.emit, name="kept")

    def _start(self) -> None:
        if self._measured is not None and self.page.chosen_split() == FOLDER:
            self.evaluate_folder(self._measured.data)
        else:
            self.evaluate_with("")

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self.page, self.tr("Choose a folder with one sub-folder per class"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.evaluate_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def evaluate_folder(self, data: str) -> None:
        """Evaluates the run on the images in the folder ``data``; nothing is kept."""
        assert self._folder is not None
        work = partial(evaluating_folder, self._folder, data, ten_view=self.page.ten_view.isChecked())
        self.page.show_progress(doing(Task.LIST), None)
        self._job = self._jobs.start(lambda _: work(), self._report, self._fail, self._end, "evaluation")

    def evaluate_with(self, data: str) -> None:
        """Evaluates the run as the page says; ``data`` is where its images are now, if they were moved."""
        assert self._folder is not None
        folder, split, ten_view = self._folder, self.page.chosen_split(), self.page.ten_view.isChecked()
        work = partial(evaluating_run, folder, split, ten_view=ten_view, data=data)
        self.page.show_progress(self.tr("reading the images"), None)
        self._job = self._jobs.start(lambda _: work(), self._report, self._fail, self._end, "evaluation")

    def _report(self, event: object) -> None:
        match event:
            case Progress(done=done, total=total):
                self.page.show_progress(progress(event), done / total if total else None)
            case KeptEvaluations():
                self._take(event)
            case MeasuredFolder():
                self._take_folder(event)

    def _take_folder(self, found: MeasuredFolder) -> None:
        if found.folder != self._folder or self._kept is None:
            return
        self._measured = found
        self.page.offer_folder(Path(found.data).name)
        self.page.set_splits(self._kept.splits, FOLDER)
        self._show_split()

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
        self.page.tell_model(called(found.folder), model_name(found.model))
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
        note = ""
        if split == FOLDER and self._measured is not None:
            self._shown_in = [self._measured.evaluation]
            note = "\n".join(f"{each[:1].upper()}{each[1:]}." for each in map(readable, self._measured.unknown))
        self.page.show_note(note)
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
        self._picture_mistakes()

    def _picture_mistakes(self) -> None:
        assert self._folder is not None
        assert self._shown is not None
        self._cell, self._openable = None, ()
        work = partial(picturing, self._folder, self._shown, self._other_data())
        self._jobs.start(lambda _: work(), self._picture, lambda _: None, name="pictures")

    def _other_data(self) -> str:
        """The folder that the evaluation on the screen is of; empty where it is of the run's own images."""
        found = self._measured
        return found.data if found is not None and found.evaluation is self._shown else ""

    def _show_mistakes(self) -> None:
        if self._shown is not None:
            self.page.view.show_mistakes([mistaken(each, self._shown) for each in self._shown.mistakes])
            self._picture_mistakes()

    def _want_cell(self, true: int, answered: int) -> None:
        """The pictures of a cell of the matrix; what was asked for before is dropped when it comes."""
        if self._folder is None or self._shown is None:
            return
        self._cell = (true, answered)
        if self._shown.answers is None:
            self.page.view.caption.show_text(self.tr("Evaluate again to see the pictures of a cell"))
            return
        work = partial(picturing_cell, self._folder, self._shown, true, answered, self._other_data())
        self._jobs.start(lambda _: work(), self._picture, self.failed.emit, name="cell")

    def _picture(self, found: object) -> None:
        match found:
            case MistakePictures(evaluation, pictures) if evaluation is self._shown and self._cell is None:
                images = evaluation.mistakes
            case CellPictures(evaluation, cell, images, pictures) if evaluation is self._shown and cell == self._cell:
                title = cell_title(evaluation, *cell, len(images))
                self.page.view.show_cell(title, [mistaken(each, evaluation) for each in images])
            case _:
                return
        self.page.view.strip.show_pictures(pictures)
        self._openable = tuple(
            each.path if picture is not None else "" for each, picture in zip(images, pictures, strict=False)
        )

    def _open_picture(self, place: int) -> None:
        """Only what was shown: its file is one of the data of the run."""
        if place < len(self._openable) and self._openable[place]:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._openable[place]))

    def _ask_where(self) -> None:
        assert self._folder is not None
        kinds = {
            self.tr("Confusion matrix as an image (*.png)"): (Export.MATRIX, "png"),
            self.tr("Confusion matrix as a table (*.csv)"): (Export.MATRIX, "csv"),
            self.tr("Errors of each class (*.csv)"): (Export.TABLE, "csv"),
            self.tr("Mistakes (*.csv)"): (Export.MISTAKES, "csv"),
        }
        suffixes = {words: suffix for words, (_, suffix) in kinds.items()}
        dialog = SaveDialog(self.page, self.tr("Export the evaluation"), str(Path.home()), suffixes, self._export)
        self._what = Export.MATRIX
        dialog.filterSelected.connect(lambda words: setattr(self, "_what", kinds[words][0]))
        dialog.selectFile(self._folder.name)
        dialog.open()

    def _export(self, path: str, suffix: str, replace: bool) -> None:
        if self._shown is not None:
            work = partial(exporting, self._shown, self._what, Path(path), replace)
            self._jobs.start(lambda _: work(), self._exported, self.failed.emit, name="export")

    def _exported(self, found: object) -> None:
        if isinstance(found, EvaluationExported):
            self.page.view.caption.show_text(self.tr("Written: {path}").format(path=found.path))
