"""Answers written to a file: which ones, as what and where is asked in one dialog."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.export_jobs import SUFFIXES, ExportKind, ExportWish, export
from alexnet_app.ui.classify.jobs import Written
from alexnet_app.ui.classify.scopes import Scope, Scopes
from alexnet_app.ui.classify.views.work_dialog import WorkDialog
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings

TABLES = "tables"  # the folder that is remembered


class Exporting(QObject):
    """``written`` brings what was written, a Written and its Kind; ``failed`` a Failure."""

    written = Signal(object, object)
    failed = Signal(object)
    _told = Signal(int, int)  # from the thread that writes

    def __init__(self, jobs: Jobs, answering: Answering, scopes: Scopes, settings: Settings, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._answering, self._scopes, self._settings = jobs, answering, scopes, settings
        self._panel = panel
        self.work: WorkDialog | None = None
        self._told.connect(self._show_progress)

    def ask(self, scope: Scope) -> None:
        """Asks where to write the answers of ``scope``, and as what."""
        kinds = self._kinds()
        chosen = [next(iter(kinds))]  # the kind of file in the dialog

        def agreed(path: str, _: str, replace: bool) -> None:
            self._settings.keep_folder(TABLES, Path(path).parent)
            self.export(path, kind_of(path, kinds[chosen[0]]), scope, replace=replace)

        folder = str(self._settings.folder(TABLES, Path.home()))
        suffixes = {text: SUFFIXES.get(kind, "csv") for text, kind in kinds.items()}
        dialog = SaveDialog(self._panel, self.tr("Export the results"), folder, suffixes, agreed)
        dialog.filterSelected.connect(lambda text: chosen.__setitem__(0, text))
        dialog.selectFile(self.tr("answers.csv"))
        dialog.open()

    def export(self, path: str, kind: ExportKind, scope: Scope, *, replace: bool) -> None:
        """Writes the answers of ``scope`` to ``path``; ``replace``: the person agreed to replace the file there."""
        wish = ExportWish(
            path, kind, self._scopes.events(scope), self._scopes.labels(), self._answering.known_model(), replace
        )
        work = partial(export, wish, self._told.emit)
        job = self._jobs.start(work, partial(self._tell, kind), self.failed.emit, self._ended, name="export")
        if kind in (ExportKind.PAGE, ExportKind.SHEET, ExportKind.PAGES):
            self.work = WorkDialog(self._panel, self.tr("Drawing pictures"))
            self.work.cancelled.connect(job.stop)
            self.work.open()

    def _kinds(self) -> dict[str, ExportKind]:
        return {
            self.tr("Tables, UTF-8 (*.csv)"): ExportKind.TABLE,
            self.tr("Tables for spreadsheets, UTF-8 with byte order mark (*.csv)"): ExportKind.SPREADSHEET,
            self.tr("JSON (*.json)"): ExportKind.JSON,
            self.tr("Web page with the pictures in it (*.html)"): ExportKind.PAGE,
            self.tr("Contact sheet, one PNG image (*.png)"): ExportKind.SHEET,
            self.tr("Contact sheet, PDF with pages (*.pdf)"): ExportKind.PAGES,
            self.tr("Labels for training: the classes you corrected (*.csv)"): ExportKind.LABELS,
            self.tr("Labels for training: corrected classes and sure answers (*.csv)"): ExportKind.ALL_LABELS,
        }

    def _show_progress(self, done: int, total: int) -> None:
        if self.work is not None:
            self.work.show_progress(words.progress(done, total, 0.0), done / max(1, total))

    def _tell(self, kind: ExportKind, written: object) -> None:
        assert isinstance(written, Written)
        self.written.emit(written, kind)

    def _ended(self) -> None:
        if self.work is not None:
            self.work.finish()
        self.work = None


def kind_of(path: str, chosen: ExportKind) -> ExportKind:
    """What to write to ``path``: what is ``chosen``, unless the name that was typed ends as another kind does."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix == SUFFIXES.get(chosen, "csv"):
        return chosen
    ends = {**{SUFFIXES[kind]: kind for kind in SUFFIXES}, "csv": ExportKind.TABLE}
    return ends.get(suffix, chosen)
