"""Pictures put into folders by their answers: asked, previewed, done with progress, and taken back by a journal."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.inference.filing_journal import JOURNAL
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.filing_jobs import (
    FiledAway,
    FilingWish,
    PlannedFiles,
    TakenBack,
    Worked,
    count_pictures,
    file_away,
    planning,
    take_back,
)
from alexnet_app.ui.classify.scopes import Scope, Scopes
from alexnet_app.ui.classify.views.filing_dialog import FilingDialog
from alexnet_app.ui.classify.views.work_dialog import WorkDialog
from alexnet_app.ui.job import Failure, Job, Jobs, Work
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.settings import Settings

FOLDER = "filing"  # the folder that is remembered
SETTLED = 200  # milliseconds without another key


class FilingAway(QObject):
    """``filed`` brings a FiledAway, ``taken_back`` a TakenBack, ``failed`` a Failure."""

    filed = Signal(object)
    taken_back = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, scopes: Scopes, settings: Settings, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._scopes, self._settings, self._panel = jobs, scopes, settings, panel
        self.dialog: FilingDialog | None = None
        self.work: WorkDialog | None = None
        self._plan: PlannedFiles | None = None
        self._planner: Job | None = None
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED)
        self._settled.timeout.connect(self._look)

    def ask(self) -> None:
        """Asks which pictures go where."""
        self.dialog = FilingDialog(self._panel, self._choices())
        kept = self._settings.folder(FOLDER, Path.home())
        self.dialog.target.setText(str(kept / self.tr("by class")))
        set_tip(self.dialog.only, "" if self._scopes.labels() else self.tr("No class was corrected yet"))
        self.dialog.only.setEnabled(bool(self._scopes.labels()))
        self.dialog.changed.connect(self._settled.start)
        self.dialog.browsed.connect(self._browse)
        self.dialog.agreed.connect(self._file)
        self.dialog.finished.connect(self._forget)
        self.dialog.open()
        self._look()

    def ask_journal(self) -> None:
        """Asks for a journal, and takes back what it says."""
        folder = str(self._settings.folder(FOLDER, Path.home()))
        dialog = QFileDialog(self._panel, self.tr("Undo filing: choose the journal in the folder"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Journals of filed pictures ({names})").format(names=f"{JOURNAL}-*.json")])
        dialog.fileSelected.connect(self.undo)
        dialog.open()

    def undo(self, journal: str) -> None:
        """Takes back what ``journal`` says."""
        self._run(partial(take_back, journal), self.tr("Taking pictures back"))

    def _choices(self) -> list[tuple[str, str]]:
        scopes = [(Scope.ALL, self.tr("All, {pictures}"))]
        if self._scopes.is_filtered():
            scopes.insert(0, (Scope.SHOWN, self.tr("Those that the filter shows, {pictures}")))
        if self._count(Scope.CHOSEN) > 1:
            scopes.insert(0, (Scope.CHOSEN, self.tr("Those that are chosen, {pictures}")))
        counts = {scope: self._count(scope) for scope, _ in scopes}
        return [(scope, text.format(pictures=words.pictures(counts[scope]))) for scope, text in scopes]

    def _count(self, scope: Scope) -> int:
        return count_pictures(self._scopes.events(scope), self._scopes.labels())

    def _look(self) -> None:
        """Plans what would be done with the present choices."""
        self._settled.stop()
        if self._planner is not None:
            self._planner.abandon()
        self._plan = self._planner = None
        if self.dialog is None:
            return
        chosen = self.dialog.choice()
        if not Path(chosen.target).is_absolute():
            self.dialog.show_reason(self.tr("Name the folder with its whole path"))
            return
        events = self._scopes.events(Scope(chosen.scope))
        wish = FilingWish(
            events, self._scopes.labels(), chosen.only, chosen.target, chosen.moves, chosen.not_sure, chosen.least
        )
        self._planner = self._jobs.start(partial(planning, wish), self._preview, self._cannot_plan, name="plan")

    def _preview(self, found: object) -> None:
        assert isinstance(found, PlannedFiles)
        if self.dialog is not None and not self._settled.isActive():
            self._plan = found
            self.dialog.show_plan(list(found.plan.counts.items()), found.stay)

    def _cannot_plan(self, failure: Failure) -> None:
        if self.dialog is not None:
            self.dialog.show_reason(sentence_of(failure.error))

    def _browse(self) -> None:
        dialog = QFileDialog(
            self._panel, self.tr("Folder for the pictures"), str(self._settings.folder(FOLDER, Path.home()))
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self._take_folder)
        dialog.open()

    def _take_folder(self, paths: Sequence[str]) -> None:
        if self.dialog is not None:
            self.dialog.target.setText(paths[0])

    def _file(self) -> None:
        if self.dialog is None or self._plan is None:
            return
        plan = self._plan.plan
        self._settings.keep_folder(FOLDER, plan.target.parent if not plan.target.is_dir() else plan.target)
        self.dialog.accept()
        self._run(partial(file_away, plan), self.tr("Moving pictures") if plan.moves else self.tr("Copying pictures"))

    def _forget(self) -> None:
        self._settled.stop()
        self.dialog = None

    def _run(self, work: Work, title: str) -> None:
        self.work = WorkDialog(self._panel, title)
        job = self._jobs.start(work, self._take, self.failed.emit, self._ended, name="filing")
        self.work.cancelled.connect(job.stop)
        self.work.open()

    def _take(self, event: object) -> None:
        match event:
            case Worked(done, total):
                if self.work is not None:
                    self.work.show_progress(words.progress(done, total, 0.0), done / max(1, total))
            case FiledAway(journal=journal):
                self._settings.keep_folder(FOLDER, Path(journal).parent)
                self.filed.emit(event)
            case TakenBack():
                self.taken_back.emit(event)

    def _ended(self) -> None:
        if self.work is not None:
            self.work.finish()
        self.work = None
