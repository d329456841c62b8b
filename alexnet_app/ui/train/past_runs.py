"""The runs of the past: found in their folder, opened, resumed, compared, marked, taken elsewhere, thrown away."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QInputDialog, QVBoxLayout, QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.divergence import Divergence
from alexnet_app.core.runs.listing import RunSummary, Standing
from alexnet_app.core.runs.naming import RunLabel, called
from alexnet_app.core.runs.watching import MOST_WATCHED
from alexnet_app.ui.job import Failure, Jobs
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_title
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.train.jobs import (
    FoundRuns,
    archiving,
    diverging,
    finding,
    history,
    labelling,
    tagging,
    trashing,
)
from alexnet_app.ui.train.past import RunHistory
from alexnet_app.ui.train.run_end import slower
from alexnet_app.ui.train.run_rows import row_of
from alexnet_app.ui.train.run_watch import RunWatch
from alexnet_app.ui.train.taking_out import TakingOut
from alexnet_app.ui.train.views.label_dialog import RunNameDialog
from alexnet_app.ui.train.views.run_list import RunList

MOST_EPOCHS = 100_000


class PastRuns(QWidget):
    """Looks into the folder of runs on a thread; ``failed`` and ``told`` are for the panel's banner."""

    open_wanted = Signal(str)
    resume_wanted = Signal(str, int)  # with the number of epochs in all, 0 for what it was to have
    again_wanted = Signal(str)  # a new run with the settings of this one
    slower_wanted = Signal(str, float)  # a run that diverged, with the learning rate to continue with
    history_read = Signal(object)
    models_found = Signal(list)
    failed = Signal(object)
    told = Signal(str)
    gone = Signal(object)  # the folder of a run that was thrown away
    first_seen = Signal(object)  # the latest run, when all were read for the first time

    def __init__(self, jobs: Jobs, parent_folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._parent_folder = jobs, parent_folder
        self._looking = self._look_again = False
        self._runs: dict[str, RunSummary] = {}
        self._trained = ""
        self._is_first = True
        self.list = RunList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.watch = RunWatch(jobs, self)
        self.watch.changed.connect(self.look_again)
        self.list.refreshed.connect(self.look_again)
        self.list.opened.connect(self.open_wanted)
        self.list.resumed.connect(self._resume)
        self.list.compared.connect(self._compare)
        self.list.deleted.connect(self._delete)
        self.list.renamed.connect(self._ask_label)
        self.list.tagged.connect(self._ask_tags)
        self.list.archived.connect(self._archive)
        self.list.repeated.connect(self.again_wanted)
        self.outside = TakingOut(jobs, self)
        self.list.exported.connect(lambda path, kind: self.outside.ask(path, kind, self._runs[path].name))
        self.outside.told.connect(self.told)
        self.outside.failed.connect(self.failed)
        self.outside.imported.connect(lambda _: self.look_again())

    def showEvent(self, event: QShowEvent) -> None:
        """From now on the list follows its folder."""
        super().showEvent(event)
        self.watch.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks at it."""
        super().hideEvent(event)
        self.watch.stop()

    def look_in(self, folder: Path) -> None:
        """Shows the runs in ``folder`` from now on."""
        self._parent_folder = folder
        self.look_again()

    def ask_for_zip(self) -> None:
        """Lets the person choose the ZIP of a run, which becomes one of these."""
        self.outside.ask_for_zip(self._parent_folder)

    def bring_in(self, path: str) -> None:
        """Makes the run in the ZIP ``path`` one of these."""
        self.outside.bring_in(path, self._parent_folder)

    def look_again(self) -> None:
        """Brings the list up to date; asked while it looks, it looks once more."""
        if self._looking:
            self._look_again = True
            return
        self._looking = True
        parent = self._parent_folder
        self._jobs.start(lambda _: finding(parent), self._found, self.failed.emit, self._looked, "runs")

    def set_busy(self, *, busy: bool) -> None:
        """While a run trains in the window."""
        self.list.set_busy(busy=busy)

    def set_shown(self, folder: Path | None) -> None:
        """The run whose curves are on the screen."""
        self.list.set_shown(str(folder or ""))
        self.list.choose(str(folder or ""))

    def set_trained(self, folder: Path | None) -> None:
        """The run that this window trains, known before it has written that it goes on; None when it has ended: then
        ``look_again`` finds how.
        """
        self._trained = str(folder or "")
        if folder is not None:
            self._show_rows()

    def _found(self, found: object) -> None:
        assert isinstance(found, FoundRuns)
        known = self._runs if found.models is None else {}  # what was not read again yet stays
        read = {str(run.folder): run for run in found.runs}
        self._runs = read | {path: run for path, run in known.items() if path not in read}
        if found.models is not None:
            watched = tuple(run.folder for run in found.runs[:MOST_WATCHED] if run.state != Standing.UNREADABLE)
            self.watch.know(self._parent_folder, watched, found.seen)
        self._show_rows()
        if found.models is not None and self._is_first:
            self._is_first = False
            self._tell_first(found.runs)
        if found.models is not None:
            self.models_found.emit(list(found.models))

    def _tell_first(self, runs: Sequence[RunSummary]) -> None:
        """One that another process trains goes before the latest."""
        trained = [run for run in runs if run.state == Standing.TRAINING]
        if runs:
            self.first_seen.emit((trained or runs)[0])

    def _show_rows(self) -> None:
        self.list.set_runs([row_of(run, is_here=path == self._trained) for path, run in self._runs.items()])

    def _looked(self) -> None:
        self._looking = False
        if self._look_again:
            self._look_again = False
            self.look_again()

    def _resume(self, path: str) -> None:
        run = self._runs[path]
        if run.state == Standing.DIVERGED:
            self._jobs.start(lambda _: diverging(Path(path)), self._ask_slower, self.failed.emit, name="diverging")
            return
        if run.state != Standing.FINISHED or run.epoch < run.epochs:
            self.resume_wanted.emit(path, 0)
        elif run.epoch >= MOST_EPOCHS:
            self.failed.emit(
                UserError(
                    "{name} has finished {done:,} epochs; a run has {most:,} at most",
                    hint="start a new run from its model",
                    name=run.name,
                    done=run.epoch,
                    most=MOST_EPOCHS,
                )
            )
        else:
            self._ask_epochs(path, run)

    def _ask_epochs(self, path: str, run: RunSummary) -> None:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        set_title(dialog, self.tr("Resume {name}").format(name=run.name))
        dialog.setLabelText(
            self.tr("This run has finished its {done:,} epochs. Total epochs").format(**shown(done=run.epoch))
        )
        dialog.setIntRange(run.epoch + 1, MOST_EPOCHS)
        dialog.setIntValue(min(2 * run.epoch, MOST_EPOCHS))
        dialog.intValueSelected.connect(partial(self.resume_wanted.emit, path))
        dialog.open()

    def _ask_slower(self, found: object) -> None:
        assert isinstance(found, Divergence)
        if found.saved is None:
            self.failed.emit(Failure(found.told(), ""))
            return
        box = Question(self)
        box.word(
            self.tr("Resume {name}").format(name=called(found.folder)),
            self.tr("This run diverged. Continue with a learning rate of {rate:g}?").format(**shown(rate=found.lower)),
            sentence_of(found.told()),
            slower(found),
            self.tr("Cancel"),
        )
        box.agreed.connect(partial(self.slower_wanted.emit, str(found.folder), found.lower))
        box.open()

    def _compare(self, path: str) -> None:
        self._jobs.start(lambda _: history(Path(path)), self._read, self.failed.emit, name="history")

    def _read(self, past: object) -> None:
        assert isinstance(past, RunHistory)
        self.history_read.emit(past)

    def _ask_label(self, path: str) -> None:
        run = self._runs[path]
        dialog = RunNameDialog(
            self.tr("Name, note and tags of {name}").format(name=run.name),
            run.folder.name,
            run.label.name,
            run.label.note,
            ", ".join(run.label.tags),
            self,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.agreed.connect(partial(self._label, path))
        dialog.open()

    def _label(self, path: str, name: str, note: str, tags: str) -> None:
        self._mark(partial(labelling, Path(path), name, note, tags))

    def _ask_tags(self, paths: list[str]) -> None:
        """Shows the tags that all of these runs have; what is written in their place, all have."""
        own = [self._runs[path].label.tags for path in paths]
        common = [tag for tag in own[0] if all(tag in each for each in own)]
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_title(dialog, self.tr("Tags of {count} runs").format(count=len(paths)))
        dialog.setLabelText(self.tr("Tags of all of them, with commas between them"))
        dialog.setTextValue(", ".join(common))
        folders = [Path(path) for path in paths]
        dialog.textValueSelected.connect(lambda text: self._mark(partial(tagging, folders, common, text)))
        dialog.open()

    def _archive(self, paths: list[str], put: bool) -> None:
        self._mark(partial(archiving, [Path(path) for path in paths], put))

    def _mark(self, work: Callable[[], Iterator[RunLabel]]) -> None:
        self._jobs.start(lambda _: work(), lambda _: None, self.failed.emit, self.look_again, "label")

    def _delete(self, paths: list[str]) -> None:
        box = Question(self)
        one = self.tr("Move “{name}” to the trash?").format(name=self._runs[paths[0]].name)
        box.word(
            self.tr("Delete runs") if len(paths) > 1 else self.tr("Delete a run"),
            self.tr("Move {count} runs to the trash?").format(count=len(paths)) if len(paths) > 1 else one,
            self.tr("Their curves, models and checkpoints go with them.")
            if len(paths) > 1
            else self.tr("Its curves, its models and its checkpoint go with it."),
            self.tr("Move to the trash"),
            self.tr("Keep"),
        )
        box.agreed.connect(partial(self._trash, paths))
        box.open()

    def _trash(self, paths: list[str]) -> None:
        names = {path: self._runs[path].name for path in paths}
        folders = [Path(path) for path in paths]
        gone = partial(self._gone, names)
        self._jobs.start(lambda _: trashing(folders), gone, self.failed.emit, self.look_again, "trash")

    def _gone(self, names: dict[str, str], folder: object) -> None:
        assert isinstance(folder, Path)
        many = self.tr("Moved {count} runs to the trash.").format(count=len(names))
        one = self.tr("Moved {name} to the trash.").format(name=names[str(folder)])
        self.told.emit(many if len(names) > 1 else one)
        self.gone.emit(folder)
