"""Saving the film of a training: where to, how far it is, what became of it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from alexnet_app.core.events import Progress
from alexnet_app.ui.filters import film_jobs
from alexnet_app.ui.filters.film_jobs import SavedFilm
from alexnet_app.ui.filters.jobs import FilterView
from alexnet_app.ui.job import Job, Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.progress_line import ProgressLine
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.progress import how_far
from alexnet_app.ui.settings import Settings

if TYPE_CHECKING:
    from alexnet_app.core.insight.strip import Strip

FILMS = "films"  # the folder that is remembered


class FilmSaving(QWidget):
    """A line that is there while a film is written, with *Cancel*; ``banner`` tells what became of it."""

    def __init__(self, jobs: Jobs, settings: Settings, banner: Banner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._settings, self._banner = jobs, settings, banner
        self._job: Job | None = None
        self._line = ProgressLine([self.tr("Film"), self.tr("Progress"), self.tr("Speed"), self.tr("Remaining time")])
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.stop)
        self._line.add_behind(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line)
        self.hide()

    def ask(self, view: FilterView, strip: "Strip") -> None:
        """Saves ``strip``, which leads to the model of ``view``, where the person wants it."""
        folder = self._settings.folder(FILMS, Path(_usual_folder()))
        kinds = {self.tr("GIF animations (*.gif)"): "gif", self.tr("MP4 videos (*.mp4)"): "mp4"}
        save = partial(self._save, view, strip)
        dialog = SaveDialog(self.window(), self.tr("Save the training of conv1 as a film"), str(folder), kinds, save)
        dialog.selectFile(str(folder / f"{view.bundle.spec.name}-{view.layer}.gif"))
        dialog.open()

    def stop(self) -> None:
        """Writes no film."""
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self.hide()

    def _save(self, view: FilterView, strip: "Strip", to: str, _: str, replace: bool) -> None:
        self.stop()
        path = Path(to)
        self._settings.keep_folder(FILMS, path.parent)
        self._take(Progress(film_jobs.DRAWING, 0, 0))
        self.show()
        work = partial(film_jobs.save, view, strip, path, replace)
        self._job = self._jobs.start(work, self._take, self._banner.show_failure, self._end, name="save film")

    def _take(self, told: object) -> None:
        match told:
            case Progress(_, done, total):
                share = done / total if total else None
                self._line.show_progress(how_far(self.tr("drawing the film"), done, total), share)
            case SavedFilm(path, film):
                text = self.tr("Saved {shown:,} of {kept:,} snapshots as {path}, {seconds:,.0f} s, {size:,.1f} MB")
                figures = {"shown": film.shown, "kept": film.snapshots, "seconds": film.seconds}
                self._banner.show_note(text.format(**shown(path=path, size=film.size / 1e6, **figures)))

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self.hide()


def _usual_folder() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation) or str(Path.home())
