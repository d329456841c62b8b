"""Saving of plots and their values: where to, and what became of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QWidget

from alexnet_app.core.files import replace_file
from alexnet_app.core.outputs import DRAWINGS, PNG, TABLE, Guard
from alexnet_app.core.tables import write_csv
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings

if TYPE_CHECKING:
    from alexnet_app.ui.curves.drawing import CurveDrawing
    from alexnet_app.ui.curves.learning_curves import LearningCurves

FOLDER = "plots"  # the folder that is remembered


def saving_plots(drawing: "CurveDrawing", path: Path, replace: bool) -> Iterator[Path]:
    """Writes the plots as ``path`` ends: PNG, SVG or PDF; ``replace``: the person agreed to replace the file there."""
    from alexnet_app.ui.curves.figure import write

    guard = Guard([], replace=replace)
    guard.file(path, DRAWINGS.get(path.suffix.lower(), PNG))
    kind = path.suffix.lower().removeprefix(".")
    replace_file(path, lambda temporary: write(drawing, temporary, kind))
    yield path


def saving_table(
    header: Sequence[str], rows: Callable[[], Iterable[Sequence[object]]], path: Path, replace: bool
) -> Iterator[Path]:
    """Writes ``rows`` under ``header`` as a CSV table; ``replace`` as above."""
    guard = Guard([], replace=replace)
    guard.file(path, TABLE)
    write_csv(path, header, rows())
    yield path


class CurvesSaving(QObject):
    """Asks for a file over ``panel``, writes it, and says so in ``banner``."""

    def __init__(self, jobs: Jobs, settings: Settings, banner: Banner, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._settings, self._banner, self._panel = jobs, settings, banner, panel

    def connect_to(self, curves: "LearningCurves") -> None:
        """Saves what ``curves`` show, when they ask for it."""
        actions = curves.actions_of_plots
        actions.save.triggered.connect(lambda: self.ask_for_plots(curves))
        actions.save_values.triggered.connect(lambda: self.ask_for_values(curves))
        curves.settings_window.save_wanted.connect(lambda: self.ask_for_settings(curves))

    def ask_for_plots(self, curves: "LearningCurves") -> None:
        """Saves the plots as they are now."""
        kinds = {
            self.tr("Images (*.png)"): "png",
            self.tr("SVG drawings (*.svg)"): "svg",
            self.tr("PDF pages (*.pdf)"): "pdf",
        }
        drawing = curves.drawing()
        self._ask(self.tr("Save the plots"), self.tr("curves"), kinds, lambda to, yes: saving_plots(drawing, to, yes))

    def ask_for_values(self, curves: "LearningCurves") -> None:
        """Saves all values of the plot that the table shows."""
        values = curves.values()
        header = [column.title for column in values.columns]
        title = self.tr("Save the values of the plot {plot}").format(plot=values.title)
        self._ask_table(title, self.tr("values"), header, values.rows)

    def ask_for_settings(self, curves: "LearningCurves") -> None:
        """Saves the table of compared runs."""
        header, rows = curves.settings_window.contents()
        self._ask_table(self.tr("Save the compared runs"), self.tr("runs"), header, lambda: rows)

    def _ask_table(
        self, title: str, name: str, header: Sequence[str], rows: Callable[[], Iterable[Sequence[object]]]
    ) -> None:
        kinds = {self.tr("CSV tables (*.csv)"): "csv"}
        self._ask(title, name, kinds, lambda to, yes: saving_table(header, rows, to, yes))

    def _ask(self, title: str, name: str, kinds: dict[str, str], write: Callable[[Path, bool], Iterator[Path]]) -> None:
        usual = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or str(Path.home())
        folder = self._settings.folder(FOLDER, Path(usual))
        dialog = SaveDialog(self._panel.window(), title, str(folder), kinds, partial(self._save, write))
        dialog.selectFile(str(folder / f"{name}.{next(iter(kinds.values()))}"))
        dialog.open()

    def _save(self, write: Callable[[Path, bool], Iterator[Path]], to: str, _: str, replace: bool) -> None:
        self._settings.keep_folder(FOLDER, Path(to).parent)
        work = partial(write, Path(to), replace)
        self._jobs.start(lambda _: work(), self._tell, self._banner.show_failure, name="save plots")

    def _tell(self, path: object) -> None:
        self._banner.show_note(self.tr("Saved {path}").format(path=path))
