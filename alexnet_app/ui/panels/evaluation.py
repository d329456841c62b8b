"""The evaluation of the run on the screen: made on a thread, kept with the run, shown in its place."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.core.events import Progress
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.panels.evaluation_jobs import Kept, Pictures, evaluating_run, picturing, reading
from alexnet_app.ui.panels.evaluation_words import details, score, split_name
from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.widgets.elided_label import ElidedLabel
from alexnet_app.ui.widgets.evaluation_view import EvaluationView

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation

PARTS = 1000  # of the progress bar


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
        self._kept: Kept | None = None
        self._shown: Evaluation | None = None
        self._shown_in: list[Evaluation] = []
        self.action = QAction(self.tr("Evaluate…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+G"))
        self.page = EvaluationPage()
        self.action.triggered.connect(self._open)
        self.page.start.clicked.connect(self._start)
        self.page.cancel.clicked.connect(self.cancel)
        self.page.back.clicked.connect(self.closed)
        self.page.split.currentIndexChanged.connect(self._show_split)
        self.page.view.cards.chosen.connect(self._choose)
        self.follow(None, "")

    def follow(self, folder: Path | None, why_not: str) -> None:
        """The run on the screen, and why it cannot be evaluated now; empty where it can."""
        if folder != self._folder:
            self.cancel()
            self._folder, self._kept, self._shown = folder, None, None
        elif why_not:
            self.cancel()
        reason = why_not or (self.tr("Open a run first") if folder is None else "")
        self.action.setEnabled(not reason)
        self.action.setToolTip(reason or self.tr("Say what the best model of this run gets wrong"))
        self.page.allow(reason)

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
        assert self._folder is not None
        folder, split, ten_view = self._folder, self.page.chosen_split(), self.page.ten_view.isChecked()
        work = partial(evaluating_run, folder, split, ten_view=ten_view)
        self.page.show_progress(self.tr("reading the pictures"), None)
        self._job = self._jobs.start(lambda _: work(), self._report, self._fail, self._end, "evaluation")

    def _report(self, event: object) -> None:
        if self.sender() is not self._job:  # it was cancelled: what it still says does not matter
            return
        match event:
            case Progress(task, done, total):
                doing = self.tr("evaluating") if task == "evaluate" else self.tr("preparing the pictures")
                words = self.tr("{doing}, {done:,} of {total:,}").format(doing=doing, done=done, total=total)
                self.page.show_progress(words, done / total if total else None)
            case Kept():
                self._take(event)

    def _fail(self, failure: Failure) -> None:
        if self.sender() is self._job:
            self.failed.emit(failure)

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self.page.show_rest()

    def _take(self, found: object) -> None:
        if not isinstance(found, Kept) or found.folder != self._folder:
            return
        self._kept = found
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
        self.page.view.cards.show_scores([score(each, self._kept.step) for each in self._shown_in], place)
        self.page.show_view()
        self._choose(place)

    def _choose(self, place: int) -> None:
        assert self._folder is not None
        self._shown = self._shown_in[place]
        self.page.view.show_details(details(self._shown))
        work = partial(picturing, self._folder, self._shown)
        self._jobs.start(lambda _: work(), self._picture, lambda _: None, name="pictures")

    def _picture(self, found: object) -> None:
        if isinstance(found, Pictures) and found.evaluation is self._shown:
            self.page.view.strip.show_pictures(found.pictures)


class EvaluationPage(QWidget):
    """What to evaluate, how far it is, what came of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = EvaluationView()
        self.back = QPushButton(self.tr("Back to the curves"))
        self.title = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.split = QComboBox()
        self.split.setAccessibleName(self.tr("Which pictures"))
        self.split.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.ten_view = QCheckBox(self.tr("Ten views"))
        self.start = QPushButton(self.tr("Evaluate"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("End it; nothing is kept of it"))
        self._doing = ElidedLabel(faint=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the evaluation"))
        self._none = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._is_on, self._why_not, self._to_do = False, "", ""
        self._lay_out()
        self.set_splits(("test",), "test")
        self.show_rest()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        for widget in (self.back, self.title, self.split, self.ten_view, self.start):
            line.addWidget(widget, stretch=1 if widget is self.title else 0)
        self.progress = QWidget()
        under_way = QHBoxLayout(self.progress)
        under_way.setContentsMargins(0, 0, 0, 0)
        under_way.setSpacing(SPACE)
        under_way.addWidget(self._doing, stretch=1)
        under_way.addWidget(self._bar, stretch=1)
        under_way.addWidget(self.cancel)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._none)
        self._pages.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(line)
        layout.addWidget(self.progress)
        layout.addWidget(self._pages, stretch=1)

    def begin(self, name: str) -> None:
        """For the run ``name``, of which nothing is known yet."""
        self.title.show_text(self.tr("Evaluation of {name}").format(name=name))
        self._to_do = ""
        self._refresh()
        self._pages.setCurrentWidget(self._none)

    def set_splits(self, splits: tuple[str, ...], chosen: str) -> None:
        """What there is to choose from."""
        self.split.blockSignals(True)
        self.split.clear()
        for each in splits:
            self.split.addItem(split_name(each), each)
        self.split.setCurrentIndex(max(0, self.split.findData(chosen)))
        self.split.blockSignals(False)

    def chosen_split(self) -> str:
        """Which pictures are chosen."""
        return str(self.split.currentData())

    def show_none(self, split: str) -> None:
        """Of these pictures nothing is kept."""
        text = self.tr("Not evaluated on the {split} yet. Press Evaluate; the result is kept with the run.")
        self._to_do = text.format(split=split_name(split).lower())
        self._refresh()
        self._pages.setCurrentWidget(self._none)

    def show_view(self) -> None:
        """What came of it."""
        self._pages.setCurrentWidget(self.view)

    def show_progress(self, words: str, share: float | None) -> None:
        """How far it is; ``share`` 0 to 1, None while that is not known."""
        self._is_on = True
        self._doing.show_text(words)
        self._bar.setRange(0, 0 if share is None else PARTS)
        if share is not None:
            self._bar.setValue(round(share * PARTS))
        self._refresh()

    def show_rest(self) -> None:
        """Nothing is being evaluated."""
        self._is_on = False
        self._refresh()

    def allow(self, why_not: str) -> None:
        """Whether an evaluation can be started; why not, where it cannot."""
        self._why_not = why_not
        self._refresh()

    def _refresh(self) -> None:
        self.progress.setVisible(self._is_on)
        self._none.setText("" if self._is_on else self._to_do)
        why = self.tr("It is being evaluated; cancel that first") if self._is_on else self._why_not
        for widget in (self.split, self.ten_view, self.start):
            widget.setEnabled(not why)
        self.start.setToolTip(why or self.tr("Show the best model of this run these pictures"))
        self.split.setToolTip(why or self.tr("Which pictures it is shown"))
        ten = self.tr("Average ten views of each picture, as section 4.1 does: slower, and better")
        self.ten_view.setToolTip(why or ten)
