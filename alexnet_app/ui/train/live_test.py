"""The live test: while a run trains, a few photos with what the model that was saved last answers."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.data.formats import SUFFIXES
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui.job import Job, Jobs
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.picture_strip import Captioned
from alexnet_app.ui.parts.plain import TEXT, one_line, set_tip
from alexnet_app.ui.train.live_test_jobs import LiveAnswers, LivePhotos, answering_now, picking, showing
from alexnet_app.ui.train.views.live_strip import LiveStrip

PATTERNS = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))


class LiveTest(QObject):
    """Photos and their answers in ``strip``; ``action`` lets the person choose photos. Answers come from the model that
    was saved, never from the network in training; of two that are under way the older one is dropped.
    """

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs, self._panel = jobs, parent
        self._strip: LiveStrip | None = None
        self._folder: Path | None = None  # of the run that is trained
        self._photos: LivePhotos | None = None
        self._answers = LiveAnswers(0, {})
        self._answering: Job | None = None
        self._picking: Job | None = None
        self._epoch: int | None = None  # of the model that was saved last; None before there is one
        self.action = QAction(self.tr("Live test with photos…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+T"))
        self.action.triggered.connect(self.ask)
        self.end()

    def show_in(self, strip: LiveStrip) -> None:
        """Shows it there from now on."""
        if self._strip is None:
            self._strip = strip
            strip.add_wanted.connect(self.ask)
            strip.closed.connect(self.forget)
            strip.opened.connect(self._open)

    def begin(self, folder: Path, config: TrainConfig, *, own: bool) -> None:
        """A run is trained in ``folder``; of one on a person's ``own`` photos some are tested at once."""
        self.forget()
        self._folder, self._epoch = folder, None
        self.action.setEnabled(True)
        set_tip(self.action, self.tr("Choose photos and see what the model answers while it trains"))
        if own:
            self._picking = self._jobs.start(
                lambda _: picking(config), self._take_photos, lambda _: None, None, "live photos"
            )

    def end(self) -> None:
        """Nothing is trained any more; the last answers stay."""
        self.action.setEnabled(False)
        set_tip(self.action, self.tr("No run is in progress"))

    def forget(self) -> None:
        """Shows no photos."""
        for job in (self._answering, self._picking):
            if job is not None:
                job.abandon()
        self._answering = self._picking = self._photos = None
        self._answers = LiveAnswers(0, {})
        if self._strip is not None:
            self._strip.hide()

    def saved(self, epoch: int) -> None:
        """The model after ``epoch`` whole epochs was saved."""
        self._epoch = epoch
        self._ask_model()

    def ask(self) -> None:
        """Lets the person choose photos."""
        dialog = QFileDialog(self._panel, self.tr("Choose photos for the live test"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Pictures ({patterns})").format(patterns=PATTERNS))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.use)
        dialog.open()

    def use(self, paths: list[str]) -> None:
        """Tests with the photos at ``paths``."""
        if self._picking is not None:
            self._picking.abandon()
        work = partial(showing, paths, [""] * len(paths))
        self._picking = self._jobs.start(lambda _: work(), self._take_photos, lambda _: None, None, "live photos")

    def _take_photos(self, found: object) -> None:
        if not isinstance(found, LivePhotos) or self._strip is None:
            return
        self._photos, self._answers = found, LiveAnswers(0, {})
        self._strip.show_photos(self._captions(), found.pictures)
        self._strip.title.show_text(self.tr("Live test: the first answers come with the first saved model"))
        self._ask_model()

    def _ask_model(self) -> None:
        if self._folder is None or self._epoch is None or self._photos is None:
            return
        if self._answering is not None:
            self._answering.abandon()
        model, paths, epoch = Run(self._folder).last_file, self._photos.paths, self._epoch
        self._answering = self._jobs.start(
            lambda _: answering_now(model, paths, epoch), self._take_answers, lambda _: None, None, "live test"
        )

    def _take_answers(self, found: object) -> None:
        if not isinstance(found, LiveAnswers) or self._strip is None:
            return
        self._answers = found
        title = self.tr("Live test: what the model answers after {epoch:,} epochs")
        if found.epoch == 1:
            title = self.tr("Live test: what the model answers after 1 epoch")
        self._strip.show_answers(title.format(**shown(epoch=found.epoch)), self._captions())

    def _captions(self) -> list[Captioned]:
        assert self._photos is not None
        return [self._caption(*each) for each in zip(self._photos.paths, self._photos.labels, strict=True)]

    def _caption(self, path: str, label: str) -> Captioned:
        answer, sure = self._answers.answers.get(path, ("", 0.0))
        named, true = one_line(_readable(answer)), one_line(_readable(label))
        lines: tuple[str, ...] = (named or "…", true or one_line(_readable(Path(path).name)))
        if answer:
            mark = ("✓" if answer == label else "✗") if label else ""
            sure_of_it = local(f"{100 * sure:.0f} %")  # on a line of its own: a long name would cut it
            shows = self.tr("shows {label}").format(label=true) if label and answer != label else lines[1]
            lines = (f"{mark} {named}".strip(), sure_of_it, "" if mark == "✓" else shows)
        return Captioned(lines, "\n".join((*lines, one_line(_readable(path), TEXT))), path)

    def _open(self, place: int) -> None:
        if self._photos is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._photos.paths[place]))


def _readable(name: str) -> str:
    """A name whose bytes need not be text, as text."""
    return name.encode(errors="replace").decode()
