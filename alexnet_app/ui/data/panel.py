"""The page of the data: read on a thread, shown before anything starts, asked about where a folder was dropped."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog

from alexnet_app.core.data.sources.named import NAMES
from alexnet_app.core.events import Progress, Task
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui.data import words
from alexnet_app.ui.data.jobs import ReadData, Sampled, Timed, reading, sampling, timing
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.progress import doing, progress

if TYPE_CHECKING:
    from alexnet_app.ui.data.views.data_view import DataView

TRAIN, USE, CLASSIFY, BROWSE, AGAIN, NO = "train", "use", "classify", "browse", "again", "no"


class DataPane(QObject):
    """``action`` opens ``page`` for the data of the run that is set up. ``wanted`` asks for the page to be shown,
    ``closed`` for what was there before; ``chosen`` tells the data that a person chose here, ``accepted`` offered ones
    whose settings are to be looked at first, ``agreed`` those that are to be trained on at once, ``classify_wanted``
    those whose pictures are to be classified instead. ``understood`` brings what was read, as soon as it is counted;
    ``plan`` answers it, or ``refuse``.
    """

    wanted = Signal()
    closed = Signal()
    chosen = Signal(str)
    accepted = Signal(str)
    agreed = Signal(str)
    understood = Signal(object)
    classify_wanted = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._sampler: Job | None = None
        self._config: TrainConfig | None = None  # of the run that is set up
        self._shown: TrainConfig | None = None  # what the samples are shown for
        self._read: ReadData | None = None
        self._data = ""  # what is read, or was
        self._offered = ""  # of it, what the person is still asked about
        self._plan: tuple[str, ...] = ()
        self._number = 0  # of the samples
        self._paths: list[str] = []  # of the samples
        self.action = QAction(self.tr("Show the data"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+I"))
        set_tip(self.action, self.tr("Show the classes, some images, and what is skipped of the chosen data"))
        self.action.triggered.connect(self.open)

    @cached_property
    def page(self) -> "DataView":
        """Built when it is first asked for: not before the window is on the screen."""
        from alexnet_app.ui.data.views.data_view import DataView

        page = DataView()
        page.next_wanted.connect(self._sample_more)
        page.cancelled.connect(self.cancel)
        page.back.clicked.connect(self.close)
        page.browse.clicked.connect(self.ask_for_folder)
        page.question.answered.connect(self._answer)
        page.strip.opened.connect(self._open_sample)
        return page

    def follow(self, config: TrainConfig) -> bool:
        """The settings of the run that is set up; whether its data are a person's that were not read yet, so that the
        page should be seen.
        """
        self._config = config
        if self._offered:
            return False
        if config.data != self._data:
            if config.data in NAMES and not self._is_seen():
                self._forget()
                return False
            self._look(config.data, config)
            return config.data not in NAMES
        if self._shown is not None and _looks(config) != _looks(self._shown):
            self._sample(config, 0)
        return False

    def open(self) -> None:
        """Shows the page for the data of the run that is set up."""
        if self._config is not None and (self._data != self._config.data or self._read is None):
            self._offered = ""
            self._look(self._config.data, self._config)
        elif self._config is None and not self._data:
            self.show_none()
        self.wanted.emit()

    def offer(self, data: str, config: TrainConfig) -> None:
        """Reads the folder ``data`` that was dropped, and asks whether to train on it as ``config`` says."""
        self._look(data, config)
        self._offered = data
        self.wanted.emit()

    def is_offered(self, data: str) -> bool:
        """Whether the person is still to be asked about ``data``."""
        return bool(data) and data == self._offered

    def plan(self, config: TrainConfig, reasons: tuple[str, ...]) -> None:
        """The settings that were chosen for the data that were read, and why; how long that takes is said too."""
        self._plan = reasons
        self.page.show_plan(reasons)
        if self._read is None:
            return
        if self._shown is None or _looks(config) != _looks(self._shown):
            self._sample(config, 0)
        source = self._read.source
        self._jobs.start(lambda _: timing(source, config), self._show_time, lambda _: None, None, "timing")

    def refuse(self, sentence: str) -> None:
        """The data that were read cannot be trained on, because of ``sentence``."""
        self._tell_problem(sentence)
        self._offered = ""

    def read_again(self, data: str, config: TrainConfig) -> None:
        """Reads ``data``, which may have changed, for the run that ``config`` says."""
        self._look(data, config)

    def show_none(self, *, own: bool = True) -> None:
        """Nothing was chosen yet: a person's ``own`` photos, or ImageNet."""
        self._forget()
        text = self.tr(
            "Choose a folder with one sub-folder for each thing to tell apart, such as ants and bees, or drop it "
            "on this window. 50 photos of each are a good beginning."
        )
        if not own:
            text = self.tr(
                "Choose the folder with the images of ImageNet as they are downloaded, with train and val in it, or "
                "a large folder of your own with one sub-folder per class."
            )
        self.page.clear(self.tr("No photos chosen yet") if own else self.tr("ImageNet is not chosen yet"), text)

    def ask_for_folder(self) -> None:
        """Lets the person choose the folder with the photos."""
        known = Path(self._data).parent if self._data and self._data not in NAMES else Path.home()
        dialog = QFileDialog(
            self.page, self.tr("Choose an image folder"), str(known if known.is_dir() else Path.home())
        )
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def cancel(self) -> None:
        """Ends the reading; what was counted so far stays."""
        if self._job is None:
            return
        self._job.abandon()
        self._job = None
        self.page.show_rest()
        answers = [(AGAIN, self.tr("Read the data"))]
        said = self.tr("Reading was cancelled, so these counts may not be final.")
        self.page.question.ask(said if self._read is not None else self.tr("Reading was cancelled."), answers)

    def close(self) -> None:
        """Goes back to what was there before; what was offered is not taken."""
        self._offered = ""
        self.closed.emit()

    def is_reading(self) -> bool:
        """Whether data are being read."""
        return self._job is not None

    def _choose(self, folder: str) -> None:
        self._offered = ""
        self.chosen.emit(folder)

    def _is_seen(self) -> bool:
        return "page" in vars(self) and self.page.isVisible()

    def _forget(self) -> None:
        for job in (self._job, self._sampler):
            if job is not None:
                job.abandon()
        self._job = self._sampler = self._read = self._shown = None
        self._plan = ()
        self._data = self._offered = ""

    def _look(self, data: str, config: TrainConfig) -> None:
        self._forget()
        self._data, self._shown, self._number = data, config, 0
        self.page.clear(words.readable(words.name_of(data)))
        self.page.show_progress(doing(Task.LIST), None)
        job = self._jobs.start(lambda _: reading(data), self._report, self._fail, None, "data")
        job.ended.connect(partial(self._end, job))
        self._job = job

    def _report(self, event: object) -> None:
        match event:
            case Progress():
                self.page.show_progress(progress(event), event.done / event.total if event.total else None)
            case ReadData():
                self._take(event)

    def _take(self, read: ReadData) -> None:
        is_first, self._read = self._read is None, read
        self.page.show_summary(words.summary(read.found, read.data))
        self.understood.emit(read)
        if is_first and self._shown is not None and self._sampler is None:
            self._sample(self._shown, 0)
        if is_first and self._offered:
            self._ask(words.question(read.found))

    def _show_time(self, found: object) -> None:
        if isinstance(found, Timed) and self._plan and self._shown is not None and found.config.data == self._data:
            self.page.show_plan((*self._plan, words.takes(found.seconds)))

    def _ask(self, question: str) -> None:
        answers = [
            (TRAIN, self.tr("Train")),
            (USE, self.tr("Choose the settings first")),
            (CLASSIFY, self.tr("Classify the pictures instead")),
            (NO, self.tr("Cancel")),
        ]
        self.page.question.ask(question, answers)

    def _fail(self, failure: Failure) -> None:
        self._tell_problem(sentence_of(failure.error))

    def _tell_problem(self, sentence: str) -> None:
        answers = [(BROWSE, self.tr("Choose another folder…"))]
        if self._offered:
            answers += [(CLASSIFY, self.tr("Classify the pictures instead")), (NO, self.tr("Cancel"))]
        else:
            answers.append((AGAIN, self.tr("Read it again")))
        self.page.question.ask(sentence, answers, is_error=True)

    def _end(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self.page.show_rest()

    def _answer(self, key: str) -> None:
        data, offered, self._offered = self._data, self._offered, ""
        if key == TRAIN:
            self.agreed.emit(data)
        elif key == USE:
            self.accepted.emit(data)
        elif key == CLASSIFY:
            self.closed.emit()
            self.classify_wanted.emit(data)
        elif key == BROWSE:
            self.ask_for_folder()
        elif key == AGAIN and self._shown is not None:
            self._look(data, self._shown)
            self._offered = offered  # the person is still to be asked
        elif key == NO:
            self._forget()
            self.closed.emit()

    def _sample_more(self) -> None:
        if self._shown is not None:
            self._sample(self._shown, self._number + 1)

    def _sample(self, config: TrainConfig, number: int) -> None:
        """Draws samples, unless nothing was read; those that were asked for before are dropped."""
        self._shown, self._number = config, number
        if self._read is None:
            return
        if self._sampler is not None:
            self._sampler.abandon()
        source = self._read.source
        self._sampler = self._jobs.start(
            lambda _: sampling(source, config, number), self._show_samples, lambda _: None, None, "samples"
        )

    def _show_samples(self, found: object) -> None:
        if isinstance(found, Sampled):
            self.page.strip.show_captions([words.caption(each) for each in found.samples])
            self.page.strip.show_pictures([each.picture for each in found.samples])
            self._paths = [each.path for each in found.samples]

    def _open_sample(self, place: int) -> None:
        if self._paths[place]:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._paths[place]))


def _looks(config: TrainConfig) -> tuple[object, ...]:
    """What decides how samples look."""
    return config.network, config.augmentation, config.seed, config.ablation
