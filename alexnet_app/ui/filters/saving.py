"""Saving what the Filters panel shows as a picture: where to, and what became of it."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.filters import jobs as filters_jobs
from alexnet_app.ui.filters.jobs import FilterView, SavedSheet
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings


class Saving(QObject):
    """Asks for a file over ``panel``, writes it, and says so in ``banner``."""

    def __init__(self, jobs: Jobs, settings: Settings, banner: Banner, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._settings, self._banner, self._panel = jobs, settings, banner, panel
        self._view: FilterView | None = None
        self._caption = ""

    def ask(self, view: FilterView, caption: str) -> None:
        """Saves ``view`` where the person wants it; ``caption`` stands below a drawing."""
        self._view, self._caption = view, caption
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        folder = self._settings.folder("pictures", Path(pictures))
        name = str(folder / f"{view.bundle.spec.name}-{view.layer}.png")
        kinds = {
            self.tr("Images (*.png)"): "png",
            self.tr("SVG drawings with a caption (*.svg)"): "svg",
            self.tr("PDF pages with a caption (*.pdf)"): "pdf",
        }
        title = self.tr("Save the kernels as an image")
        dialog = SaveDialog(self._panel, title, str(folder), kinds, self._save_as)
        dialog.selectFile(name)
        dialog.open()

    def _save_as(self, path: str, _: str, replace: bool) -> None:
        if self._view is not None:
            self._settings.keep_folder("pictures", Path(path).parent)
            work = partial(filters_jobs.save, self._view, self._caption, Path(path), replace)
            self._jobs.start(work, self._tell_saved, self._banner.show_failure, name="save kernels")

    def _tell_saved(self, saved: object) -> None:
        assert isinstance(saved, SavedSheet)
        self._banner.show_note(self.tr("Saved the kernels as {path}").format(path=saved.path))
