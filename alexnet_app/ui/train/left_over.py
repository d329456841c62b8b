"""What the window finds when it starts: a run that another process trains, or one that was interrupted."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from alexnet_app.core.runs.listing import RunSummary, Standing
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.settings import Settings

TOLD = "interrupted run"  # the one that was told of, and how far it was


class LeftOver(QObject):
    """Shows a run in progress at once, and offers to continue one that was interrupted, once for each time."""

    def __init__(self, settings: Settings, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._settings, self._banner = settings, banner

    def take(self, run: RunSummary, show: Callable[[str], object], resume: Callable[[str], object]) -> None:
        """``run`` is the latest; ``show`` and ``resume`` take its folder."""
        path, mark = str(run.folder), f"{run.folder} {run.changed}"
        if run.state == Standing.TRAINING:
            show(path)
            return
        has_saved = run.state == Standing.BROKEN_OFF and Run(run.folder).resume_file.is_file()
        if has_saved and self._settings.text(TOLD) != mark:
            self._settings.keep_text(TOLD, mark)
            sentence = self.tr("The run {name} was interrupted; what it had saved is kept.")
            again = self.tr("Continue the interrupted run")
            self._banner.show_note(sentence.format(name=one_line(run.name)), again, partial(_done, resume, path))


def _done(do: Callable[[str], object], path: str) -> None:
    do(path)
