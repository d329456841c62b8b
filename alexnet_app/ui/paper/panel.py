"""The Paper panel: the paper's experiments, repeated here, with what was measured beside what is published."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Estimated, Event
from alexnet_app.core.experiments.catalogue import EXPERIMENTS
from alexnet_app.core.experiments.experiment import Concluded, Scale
from alexnet_app.core.experiments.stored import experiments_folder
from alexnet_app.core.runs.listing import runs_folder
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import Banner, sentence_of
from alexnet_app.ui.paper import jobs as paper_jobs
from alexnet_app.ui.paper.control import PaperControl
from alexnet_app.ui.paper.jobs import KeptExperiment, Placed
from alexnet_app.ui.paper.page import PaperPage
from alexnet_app.ui.paper.settings import PaperSettings
from alexnet_app.ui.paper.state import PaperState
from alexnet_app.ui.paper.views.experiment_list import ExperimentList
from alexnet_app.ui.paper.words import PaperWords
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.run_bar import RunBar
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.warnings import Warnings

LIST_WIDTH = 30 * SPACE
REFRESH_MS = 200  # how often numbers and curves change
SETTLE_MS = 400  # after the last change, before the estimate is made anew


class PaperPanel(QWidget):
    """``running_changed`` tells whether an experiment runs, ``headline_changed`` what the window's corner says."""

    running_changed = Signal(bool)
    headline_changed = Signal(str)

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._kept_settings = jobs, settings
        self._experiments = {each.name: each for each in EXPERIMENTS}
        self._states: dict[str, PaperState] = {}
        self._folders: dict[str, Path] = {}
        self._chosen, self._running = EXPERIMENTS[0], ""
        self._training = self._warm = self._was_read = self._stale = False
        self._estimate: Job | None = None
        self._words = PaperWords(self)
        self.control = PaperControl(jobs, self)
        self._make_actions()
        self.settings = PaperSettings(settings)
        self.page = PaperPage(self.settings)
        titles = [(each.name, QCoreApplication.translate("experiments", each.title)) for each in EXPERIMENTS]
        self.list = ExperimentList(titles)
        self.bar = RunBar([self.start_action, self.control.stop_action])
        self.banner = Banner()
        self._warnings = Warnings(self.banner)
        self._refreshing = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._lay_out()
        self._connect()
        for each in EXPERIMENTS:
            self.list.set_detail(each.name, self._words.detail(each, None, is_on=False))
        self.list.choose(self._chosen.name)
        self._follow()

    def _make_actions(self) -> None:
        self.start_action = QAction(self.tr("Start the experiment"), self)
        self.start_action.setShortcut(QKeySequence("Ctrl+Alt+P"))
        self.folder_action = QAction(self.tr("Show the experiment folder"), self)
        self._download_action: QAction | None = None

    def _lay_out(self) -> None:
        self.list.setMinimumWidth(LIST_WIDTH)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.list)
        self.split.addWidget(self.page)
        self.split.setStretchFactor(1, 1)
        self.split.restoreState(self._kept_settings.bytes_of("paper"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.split, stretch=1)
        layout.addWidget(self.bar)

    def _connect(self) -> None:
        self.list.picked.connect(self.choose)
        self.start_action.triggered.connect(self.start)
        self.folder_action.triggered.connect(self._show_folder)
        self.settings.changed.connect(self._estimate_soon)
        self._settling.timeout.connect(self._estimate_anew)
        self._refreshing.timeout.connect(self.refresh)
        self.control.reported.connect(self._take)
        self.control.failed.connect(self._tell_failure)
        self.control.ended.connect(self._ended)
        self.control.changed.connect(self._follow)
        self.control.changed.connect(lambda: self.running_changed.emit(self.control.is_on()))
        self.split.splitterMoved.connect(self._keep_split)

    def command_actions(self) -> list[QAction | None]:
        """For the menu; None is a separator."""
        return [self.start_action, self.control.stop_action, None, self.folder_action]

    def set_download(self, action: QAction) -> None:
        """What fetches CIFAR-10: it is offered where an experiment lacks it."""
        self._download_action = action

    def arrived(self) -> None:
        """CIFAR-10 is here now."""
        self.banner.withdraw()
        self._estimate_soon()

    def warm_up(self) -> None:
        """Now that torch is loaded experiments can run, and curves can be drawn."""
        self._warm = True
        self.page.warm_up()
        self._follow()
        self._estimate_soon()
        if self.isVisible():
            self._read_kept()

    def choose(self, name: str) -> None:
        """Shows the experiment ``name``."""
        self._chosen = self._experiments[name]
        self.page.show_experiment(self._chosen)
        self.refresh()
        self._follow()
        self._estimate_soon()

    def start(self) -> None:
        """Starts the chosen experiment, or goes on with it."""
        self.banner.hide()
        scale, chosen = self._scale(), self._chosen
        self._states[chosen.name] = PaperState()
        self._running = chosen.name
        self.page.show_finding(None)
        self.control.start(partial(paper_jobs.experimenting, chosen, scale, experiments_folder()))
        self.refresh()

    def leave(self) -> None:
        """The window is about to close: what runs here is saved and stopped."""
        self.control.stop()

    def is_running(self) -> bool:
        """Whether an experiment runs."""
        return self.control.is_on()

    def set_training(self, training: bool) -> None:
        """Whether a run is trained elsewhere in this window: two would slow each other."""
        self._training = training
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Reads what is kept of earlier experiments, once."""
        super().showEvent(event)
        if self._warm:
            self._read_kept()

    def _scale(self) -> Scale:
        return self.settings.scale(self._kept_settings.folder("runs", runs_folder()))

    def _take(self, event: object) -> None:
        if isinstance(event, Placed):
            self._folders[self._running] = event.folder
            self._states[self._running].batch_size = event.batch_size
            return
        assert isinstance(event, Event)
        self._states[self._running].take(event)
        self._warnings.tell(event)
        if isinstance(event, Concluded):
            self.banner.show_note(event.finding.sentence, self.tr("Show folder"), self._show_folder)
        if not self._refreshing.isActive():
            self._refreshing.start()

    def _ended(self) -> None:
        state, name = self._states[self._running], self._running
        self._running = ""
        if state.finding is None and not self.banner.text():
            folder = self._folders.get(name, experiments_folder())
            self.banner.show_note(self.tr("Stopped and saved in {folder}.").format(folder=folder))
        self.refresh()
        self._estimate_soon()
        self.headline_changed.emit("")

    def refresh(self) -> None:
        """Brings the page, the list and the line below it up to date."""
        state = self._states.get(self._chosen.name)
        if state is not None:
            self.page.show_lines(state.lines)
            self.page.show_finding(state.finding)
        for name, each in self._states.items():
            is_on = name == self._running
            self.list.set_detail(name, self._words.detail(self._experiments[name], each, is_on=is_on))
        self._show_progress()

    def _show_progress(self) -> None:
        running = self._states.get(self._running)
        if running is None:
            shown = self._states.get(self._chosen.name)
            self.bar.show_progress(self._words.standing(shown), 1.0 if shown and shown.finding else 0.0)
            return
        rest = self._words.rest(running)
        self.bar.show_progress(self._words.where(running), running.share() if running.total else None, "", rest)
        title = QCoreApplication.translate("experiments", self._experiments[self._running].title)
        self.headline_changed.emit(self._words.headline(title, running))

    def _read_kept(self) -> None:
        if not self._was_read:
            self._was_read = True
            work = partial(paper_jobs.reading, experiments_folder(), EXPERIMENTS)
            self._jobs.start(lambda _: work(), self._show_kept, self.banner.show_failure, name="findings")

    def _show_kept(self, kept: object) -> None:
        assert isinstance(kept, KeptExperiment)
        if kept.experiment in self._states:  # it was started meanwhile
            return
        state = self._states[kept.experiment] = PaperState()
        for each in kept.runs:
            state.take(each)
        state.take(Concluded(kept.finding))
        self._folders[kept.experiment] = kept.folder
        self.refresh()
        self._follow()

    def _estimate_soon(self) -> None:
        self.page.takes.setText("")
        if self._warm and not self.control.is_on():
            self._settling.start()

    def _estimate_anew(self) -> None:
        if self._estimate is not None:
            self._stale = True
            self._estimate.abandon()
            return
        if not self._chosen.curves or self.control.is_on():
            return
        self._stale = False
        self.page.takes.setText(self.tr("Estimating…"))
        work = partial(paper_jobs.expecting_it, self._chosen, self._scale(), experiments_folder())
        self._estimate = self._jobs.start(
            lambda _: work(), self._estimated, self._not_estimated, self._estimate_ended, "estimate"
        )

    def _estimated(self, event: object) -> None:
        if isinstance(event, Estimated):
            self.page.takes.setText(self._words.takes(event, self._chosen.plan(self._scale())))

    def _not_estimated(self, failure: Failure) -> None:
        is_told = not isinstance(failure.error, UserError) or _lacks_cifar10(failure)  # above, with a way out
        here = self.tr("How long it takes can be estimated once the images are there.")
        lacking = here if _lacks_cifar10(failure) else ""
        self.page.takes.setText(lacking if is_told else sentence_of(failure.error))
        if is_told:
            self._tell_failure(failure)

    def _tell_failure(self, failure: Failure) -> None:
        action = self._download_action
        if action is None or not _lacks_cifar10(failure):
            self.banner.show_failure(failure)
        else:
            self.banner.offer(sentence_of(failure.error), action)

    def _estimate_ended(self) -> None:
        self._estimate = None
        if self._stale:
            self._settling.start()

    def _follow(self) -> None:
        """What can be done now, and why not."""
        on = self.control.is_on()
        why = self._why_not()
        self.start_action.setEnabled(not why)
        set_tip(self.start_action, why or self.tr("Train the remaining runs; finished runs are kept"))
        self.settings.set_reason(self.tr("An experiment is running; stop it first") if on else "")
        has_folder = self._chosen.name in self._folders
        self.folder_action.setEnabled(has_folder)
        meaning = self.tr("Its runs, results and plot")
        set_tip(self.folder_action, meaning if has_folder else self.tr("Start the experiment first"))

    def _why_not(self) -> str:
        if self.control.is_on():
            return self.tr("An experiment is running; stop it first")
        if self._training:
            return self.tr("A run is in progress; stop it first")
        return "" if self._warm else self.tr("torch is still loading")

    def _show_folder(self) -> None:
        folder = self._folders.get(self._chosen.name)
        if folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _keep_split(self) -> None:
        self._kept_settings.keep_bytes("paper", self.split.saveState())


def _lacks_cifar10(failure: Failure) -> bool:
    return isinstance(failure.error, UserError) and failure.error.hint is Way.GET_CIFAR10
