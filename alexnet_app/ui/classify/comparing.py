"""Compares the model with another one on the pictures of the list; where they differ comes first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.decoding import Decoded
from alexnet_app.ui.classify.jobs import is_to_end
from alexnet_app.ui.classify.pictures import Thumbnails
from alexnet_app.ui.classify.views.compare_dialog import CompareDialog
from alexnet_app.ui.classify.views.compare_table import SIDE, ComparedRow
from alexnet_app.ui.job import Asked, Failure, Job, Jobs
from alexnet_app.ui.models.opened import Models
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip

if TYPE_CHECKING:  # torch comes with it: it is imported on the thread that needs it
    from alexnet_app.core.inference.comparison import Compared, Pair


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Two models, by their paths, on the pictures ``paths``."""

    first: str
    second: str
    paths: tuple[str, ...]
    ten_view: bool
    sparing: bool


@dataclass(frozen=True, slots=True)
class ComparedSoFar:
    """So many pictures have both answers, on so many the models differ; ``skipped`` have none."""

    done: int
    differ: int
    skipped: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class ComparedAll:
    """The rows, where they differ first."""

    rows: tuple[ComparedRow, ...]
    so_far: ComparedSoFar


class Comparing(QObject):
    """Opens the window with ``action``. ``picked`` tells the path of a picture that was chosen there."""

    picked = Signal(str)

    def __init__(self, jobs: Jobs, answering: Answering, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs, self._answering, self._others = jobs, answering, Models()
        self._parent = parent
        self.dialog: CompareDialog | None = None  # built when it is first wanted
        self._thumbnails = Thumbnails(jobs, self)
        self._listed: list[tuple[str, str]] = []
        self._second = ""
        self._job: Job | None = None
        self._asked: CompareRequest | None = None
        self.action = QAction(self.tr("Compare with another model…"), parent)
        self.action.setShortcut(QKeySequence("Ctrl+Alt+M"))
        set_tip(self.action, self.tr("Show both answers to each picture, first where the two models differ"))
        self.action.triggered.connect(self.open)
        answering.described.connect(self._follow)

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: label and path each."""
        self._listed = list(models)
        if self.dialog is not None:
            self._fill(self.dialog)

    def open(self) -> None:
        """Shows the window."""
        if self.dialog is None:
            self.dialog = CompareDialog(self._parent)
            self._join(self.dialog)
        self._fill(self.dialog)
        self.dialog.show()
        self.dialog.raise_()
        if not self._second:
            self.dialog.show_result(self.tr("Choose the model to compare with."))

    def close(self) -> None:
        """Closes the dialog with the main window."""
        self.cancel()
        if self.dialog is not None:
            self.dialog.hide()

    def cancel(self) -> None:
        """Stops comparing; what is known so far is shown."""
        if self._job is not None:
            self._job.stop()

    def _join(self, dialog: CompareDialog) -> None:
        dialog.model_chosen.connect(self._choose)
        dialog.compare_wanted.connect(self._compare)
        dialog.cancel_wanted.connect(self.cancel)
        dialog.closed.connect(self.cancel)
        dialog.table.picked.connect(self.picked)
        dialog.table.rows.thumbnail_wanted.connect(self._want_thumbnail)
        self._thumbnails.read.connect(self._show_thumbnail)

    def _fill(self, dialog: CompareDialog) -> None:
        first = self._answering.model()
        dialog.set_models([each for each in self._listed if each[1] != first])
        dialog.show_names(self._label(first), self._label(self._second))

    def _label(self, path: str) -> str:
        return next((label for label, each in self._listed if each == path), Path(path).name)

    def _choose(self, path: str) -> None:
        self._second = path
        self._compare()

    def _follow(self) -> None:
        """Another model answers in the panel, or with other views."""
        if self.dialog is not None and self.dialog.isVisible():
            self._fill(self.dialog)
            now, asked = (self._answering.model(), self._answering.ten_view()), self._asked
            if self._second and (asked is None or (asked.first, asked.ten_view) != now):
                self._compare()

    def _compare(self) -> None:
        """Starts to compare; where a comparison is in progress, once that has ended."""
        assert self.dialog is not None
        answering = self._answering
        album = answering.album  # in which all wait again where another model was chosen
        files = tuple(dict.fromkeys((*(each.path for each in album.answered()), *album.waiting())))
        if self._job is not None:
            self._asked = None
            self._job.abandon()
            return
        if not (answering.model() and self._second and files):
            self.dialog.show_result(self.tr("There are no classified pictures to compare the models on."))
            return
        self.dialog.banner.hide()
        self.dialog.table.rows.set_rows(())
        self.dialog.show_names(self._label(answering.model()), self._label(self._second))
        self.dialog.show_progress(self.tr("Loading the models"), None)
        self._asked = CompareRequest(
            answering.model(), self._second, files, answering.ten_view(), answering.is_sparing()
        )
        work = partial(comparing, answering.models(), self._others, self._asked)
        self._job = self._jobs.start(work, self._take, self._fail, self._ended, name="compare")

    def _take(self, told: object) -> None:
        assert self.dialog is not None
        match told:
            case ComparedSoFar():
                self.dialog.show_progress(said(told), told.done / told.total)
            case ComparedAll():
                self.dialog.table.rows.set_rows(told.rows)
                self.dialog.show_result(said(told.so_far))

    def _fail(self, failure: Failure) -> None:
        assert self.dialog is not None
        self.dialog.show_result(self.tr("The models could not be compared."))
        self.dialog.banner.show_failure(failure)

    def _ended(self) -> None:
        was_left, self._job = self._asked is None, None
        if was_left and self.dialog is not None and self.dialog.isVisible():
            self._compare()

    def _want_thumbnail(self, path: str) -> None:
        assert self.dialog is not None
        self._thumbnails.want(path, round(SIDE * self.dialog.devicePixelRatioF()))

    def _show_thumbnail(self, found: Decoded) -> None:
        if self.dialog is not None:
            self.dialog.table.rows.set_thumbnail(found.path, found.picture)


def comparing(
    models: Models, others: Models, request: CompareRequest, asked: Asked
) -> Iterator[ComparedSoFar | ComparedAll]:
    """Yields ComparedSoFar, and ComparedAll at the end; Stop ends it after the batch under way."""
    from alexnet_app.core.device import compute_on_one_thread
    from alexnet_app.core.events import Skipped
    from alexnet_app.core.inference.comparison import by_difference, compare

    if request.sparing:
        compute_on_one_thread()
    first = models.classifier(request.first, ten_view=request.ten_view)
    second = others.classifier(request.second, ten_view=request.ten_view)
    pairs: list[Pair] = []
    differ = skipped = 0
    so_far = ComparedSoFar(0, 0, 0, len(request.paths))
    for batch in compare(first, second, request.paths):
        pairs += batch
        lost = sum(isinstance(each, Skipped) for each in batch)
        skipped, differ = skipped + lost, differ + sum(getattr(each, "differs", False) for each in batch)
        so_far = ComparedSoFar(len(pairs) - skipped, differ, skipped, len(request.paths))
        yield so_far
        if is_to_end(asked):
            break
    yield ComparedAll(tuple(map(_row, by_difference(pairs))), so_far)


def _row(pair: "Compared") -> ComparedRow:
    first, second = pair.first[0], pair.second[0]
    answers = (first.label, first.probability, second.label, second.probability)
    return ComparedRow(pair.path, words.name(pair.path), *answers, pair.differs, pair.apart)


def said(found: ComparedSoFar) -> str:
    """On how many pictures the models differ."""
    text = words.tr("The models differ on {differ:,} of {done:,} pictures")
    told = text.format(**shown(differ=found.differ, done=found.done))
    rest = found.total - found.done - found.skipped
    parts = [told, words.skipped(found.skipped)]
    if rest:
        parts.append(words.tr("{count:,} not compared").format(**shown(count=rest)))
    return " · ".join(filter(None, parts))
