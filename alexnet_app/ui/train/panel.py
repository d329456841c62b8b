"""The Train panel: settings and start, the live run, past runs."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import (
    CheckpointSaved,
    Ending,
    Estimated,
    MemoryShort,
    Notice,
    Resumed,
    RunEnded,
    RunStarted,
    StandsAtChance,
    Warned,
)
from alexnet_app.core.runs.listing import Model, RunSummary, new_folder
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import OWN_PHOTOS, TrainConfig
from alexnet_app.core.training.queued import Claim, queued
from alexnet_app.ui.curves.compared import MOST
from alexnet_app.ui.job import Jobs, Work
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train import jobs as train_jobs
from alexnet_app.ui.train import run_end
from alexnet_app.ui.train.again import Again
from alexnet_app.ui.train.apart import Apart
from alexnet_app.ui.train.beginnings import Beginnings
from alexnet_app.ui.train.curves_saving import CurvesSaving
from alexnet_app.ui.train.data_of_run import DataOfRun
from alexnet_app.ui.train.download import cifar10_line
from alexnet_app.ui.train.far_run import FarRun
from alexnet_app.ui.train.form_fields import sentence_for
from alexnet_app.ui.train.jobs import RunOpened
from alexnet_app.ui.train.left_over import LeftOver
from alexnet_app.ui.train.live_test import LiveTest
from alexnet_app.ui.train.moved_data import MovedData
from alexnet_app.ui.train.news import News
from alexnet_app.ui.train.other_rooms import EvaluatesRuns, OpensSets, ShowsData
from alexnet_app.ui.train.pages import Pages
from alexnet_app.ui.train.past import RunHistory
from alexnet_app.ui.train.past_runs import PastRuns
from alexnet_app.ui.train.queue_jobs import training_claim
from alexnet_app.ui.train.queueing import WaitingRuns
from alexnet_app.ui.train.rate_finding import RateFinding
from alexnet_app.ui.train.result import ResultOfRun
from alexnet_app.ui.train.run_control import RunControl
from alexnet_app.ui.train.setup import Setup
from alexnet_app.ui.train.several import SeveralRuns
from alexnet_app.ui.train.views.train_view import TrainView
from alexnet_app.ui.warnings import Warnings

if TYPE_CHECKING:
    from alexnet_app.ui.train.live_run import LiveRun


class TrainPanel(QWidget):
    """``models_found`` tells (kind, name, path, what it knows) of every model there is; ``training_changed`` whether a
    run is trained in this window; ``headline_changed`` what its corner says; ``classify_wanted`` the model that
    a person wants to use next.
    """

    models_found = Signal(list)
    training_changed = Signal(bool)
    headline_changed = Signal(str)
    classify_wanted = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        settings: Settings,
        evaluations: EvaluatesRuns,
        data: ShowsData,
        prepared_for: Callable[[ConfigForm, QWidget], OpensSets],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._settings = jobs, settings
        self._folder: Path | None = None  # of the run on the screen
        self._began_with = 0.0  # its first learning rate
        self._before: Path | None = None  # of the one that was there before it
        self._then: Callable[[], None] | None = None  # is begun when the run that is only looked at has been left
        self._trained = self._leaving = self._experiment = False
        self._is_own = False  # the run on the screen: on one's own photos
        self._end: RunEnded | None = None
        self.control = RunControl(jobs, self)
        self.news = News(self.control, self)
        self.addAction(self.control.undo_action)  # whose key means something else in other panels
        self.download = cifar10_line(jobs)
        self.download_action = self.download.start_action
        self.evaluations = evaluations
        self.begin = Beginnings(self)
        self.start_action, self.sample_action, self.open_action = self.begin.start, self.begin.sample, self.begin.open
        self.setup = Setup(jobs, settings, self.start_action, (self.begin.add, self.begin.several))
        self.waiting = WaitingRuns(jobs, self._is_free, self.setup.background, self)
        self._apart = Apart(self.setup.background.is_low)
        self.finding = RateFinding(jobs, self.setup.form, self._chosen, self)
        self.prepared = prepared_for(self.setup.form, self)
        self.past = PastRuns(jobs, self.setup.runs.folder())
        self.result, self.test = ResultOfRun(jobs, self), LiveTest(jobs, self)
        self.pages = Pages(jobs, self.control, evaluations, data, self.result, settings)
        self.data = DataOfRun(data, self.setup, self.pages, self.start, self)
        self.split = TrainView(self.setup, self.past, self.waiting.view, self.pages, self.download, self.sample_action)
        self.side, self.banner = self.split.side, self.split.banner
        self._saving = CurvesSaving(jobs, settings, self.banner, self)
        self._moved, self._warnings = MovedData(self.banner, self), Warnings(self.banner)
        self._left = LeftOver(settings, self.banner, self)
        self._far, self._repeat = FarRun(self), Again(jobs, self.setup.use_settings, self)
        self._again: Callable[[str], None] = lambda _: None  # resumes the run with its images in another place
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.split)
        self.split.restore(settings.bytes_of("train"), side=settings.text("train side") != "hidden")
        self._connect()

    @property
    def actions_of_runs(self) -> list[QAction | None]:
        """For the menu; None is a separator."""
        return [
            self.start_action,
            self.sample_action,
            None,
            self.begin.add,
            self.begin.several,
            self.waiting.work_action,
            *self.waiting.view.actions_of_menu(),
            None,
            *self.control.actions,
            None,
            self.open_action,
            self.begin.watch,
            self.begin.bring_in,
            self.data.action,
            self.test.action,
            self.result.action,
            self.evaluations.action,
            self.download_action,
            self.download.cancel_action,
            self.setup.network.action,
            self.finding.action,
            self.prepared.action,
        ]

    def _connect(self) -> None:
        self.start_action.triggered.connect(self.start)
        self.sample_action.triggered.connect(self.train_on_samples)
        self.open_action.triggered.connect(lambda: self.begin.ask_for_run(self, self.setup.runs.folder()))
        self.begin.chosen.connect(self.open_run)
        self.begin.watch.triggered.connect(lambda: self.begin.ask_for_far_run(self, self.setup.runs.folder()))
        self.begin.far_chosen.connect(self.follow_run)
        self.begin.bring_in.triggered.connect(self.past.ask_for_zip)
        self.control.reported.connect(self._far.take)
        self._far.told.connect(self.banner.show_note)
        self._far.back.connect(self.banner.replace_note)
        self.past.again_wanted.connect(self._repeat.take)
        self._repeat.failed.connect(self.banner.show_failure)
        self._repeat.told.connect(self._tell_settings)
        self.begin.add.triggered.connect(self.add_to_queue)
        self.begin.several.triggered.connect(self.add_several)
        self.waiting.claimed.connect(self._train_claimed)
        self.waiting.trained_apart.connect(self.open_run)
        self.waiting.counted.connect(self.split.count_queue)
        self.waiting.failed.connect(self.banner.show_failure)
        self.waiting.told.connect(self.banner.show_note)
        self.waiting.warned.connect(self.banner.show_error)
        self.control.ended.connect(self.waiting.look)
        self.control.stop_action.triggered.connect(self.waiting.rest)
        self.download.failed.connect(self.banner.show_failure)
        self.download.arrived.connect(self._arrived)
        self.control.reported.connect(self._show)
        self.control.happened.connect(self._tell)
        self.control.failed.connect(lambda failure: self._moved.show_failure(failure, self._again))
        self.control.ended.connect(self._ended)
        self.control.changed.connect(self._follow_control)
        self.setup.changed_runs_folder.connect(lambda folder: self.past.look_in(Path(folder)))
        self.setup.download_wanted.connect(lambda why: self.banner.offer(why, self.download_action))
        self.pages.headline_changed.connect(self.headline_changed)
        self.evaluations.failed.connect(
            lambda failure: self._moved.show_failure(failure, self.evaluations.evaluate_with)
        )
        self.result.failed.connect(self.banner.show_failure)
        self.result.details.connect(self.evaluations.action.trigger)
        self.result.classify_wanted.connect(self.classify_wanted)
        self.result.again_wanted.connect(self.data.train_again)
        self.past.open_wanted.connect(self.open_run)
        self.past.resume_wanted.connect(self.resume)
        self.past.slower_wanted.connect(lambda path, rate: self.resume(path, rate=rate))
        self.past.history_read.connect(self._compare)
        self.past.failed.connect(self.banner.show_failure)
        self.past.told.connect(self.banner.show_note)
        self.past.gone.connect(self._forget)
        self.past.models_found.connect(self._tell_models)
        self.past.first_seen.connect(self._take_left)

    def warm_up(self, devices: list[tuple[str, str]]) -> None:
        """Now that torch is loaded estimates can be made; what curves need is built while nobody waits."""
        self.setup.set_devices(devices)
        self.waiting.begin()
        self._saving.connect_to(self.pages.run().curves)
        self.pages.evaluation()

    def start(self) -> None:
        """A new run with the form's settings, once those of one's own photos are chosen."""
        if self.data.waits_for(self.start):
            return
        config = self._chosen()
        if config is None:
            return
        name = self.setup.run_name()
        folder = new_folder(self.setup.runs.folder(), name or config.preset)
        if self.setup.background.is_on():
            self._run(self._apart.training(config, folder, name), trains=True, apart=True)
        else:
            self._run(partial(train_jobs.training, config, folder, name), trains=True)

    def _chosen(self) -> TrainConfig | None:
        """What the form says; None where it has errors, which are told."""
        try:
            config = self.setup.config()
        except UserError as error:
            self.split.show_side(self.setup)
            self.banner.show_error(sentence_for(error))
            return None
        self.setup.remember_data(config.data)
        return config

    def add_to_queue(self) -> None:
        """A run with the form's settings, when its turn has come."""
        config = None if self.data.waits_for(self.add_to_queue) else self._chosen()
        if config is not None:
            self.waiting.add([queued(config, self.setup.run_name() or config.preset, self.setup.runs.folder())])

    def add_several(self) -> None:
        """A run for each combination of values that the person names."""
        config = None if self.data.waits_for(self.add_several) else self._chosen()
        if config is not None:
            base = self.setup.run_name() or config.preset
            SeveralRuns(self.waiting.add, self).ask(config, base, self.setup.runs.folder())

    def _is_free(self) -> bool:
        """Whether the queue may bring a run to the screen."""
        return not (self.control.is_on() or self._experiment or self._leaving)

    def _train_claimed(self, claim: Claim) -> None:
        self._run(partial(training_claim, claim, lambda: self._leaving), trains=True)

    def train_on_samples(self) -> None:
        """The first preset, as it is."""
        if not self.control.is_training():
            self.setup.use_samples()
            self.start()

    def open_run(self, path: str) -> None:
        """Shows the run in the folder ``path``."""
        if self.control.is_training():
            self.banner.show_error(self.tr("A run is in progress in this window; stop it first, then open another."))
            return
        self._run(partial(train_jobs.opening, Path(path)), trains=False)

    def follow_run(self, path: str) -> None:
        """Shows the run in the folder ``path`` and what another machine adds to it; nothing is written there."""
        self._run(partial(train_jobs.watching_afar, Path(path)), trains=False)

    def _tell_settings(self, sentence: str) -> None:
        self.split.show_side(self.setup)
        self.banner.show_note(sentence)

    def resume(self, path: str, epochs: int = 0, rate: float = 0.0, data: str = "") -> None:
        """Goes on with the run in ``path``, to ``epochs`` in all and with the learning rate ``rate``, 0 for those that
        it was to have, and with its images in ``data`` where they were moved.
        """
        self._again = partial(self.resume, path, epochs, rate)
        if self.setup.background.is_on():
            self._run(self._apart.resuming(Path(path), epochs, rate, data), trains=True, apart=True)
            return
        self.past.set_trained(Path(path))
        self._run(partial(train_jobs.resuming, Path(path), epochs or None, rate or None, data), trains=True)

    def leave(self) -> None:
        """The window is about to close: what is trained here is saved and stopped, what is looked at is left."""
        self._leaving = True
        self.control.leave()
        self.waiting.leave()
        self.finding.leave()
        self.setup.leave()
        self.prepared.leave()
        self.pages.keep()
        self._settings.keep_bytes("train", self.split.division())
        self._settings.keep_text("train side", "shown" if self.split.side_action.isChecked() else "hidden")

    def view_actions(self) -> list[QAction]:
        """What changes how curves are shown, for the menu; call it after ``warm_up``."""
        live = self.pages.run()
        return [self.split.side_action, live.curves.actions_of_plots.menu.menuAction()]

    def is_training(self) -> bool:
        """Whether a run is trained in this window."""
        return self.control.is_training()

    def folder(self) -> Path | None:
        """The run whose curves are on the screen."""
        return self._folder

    def can_be_offered(self, paths: Sequence[str]) -> bool:
        """Whether ``paths``, which were dropped, are one folder, and a run can be set up now."""
        return not (self.is_training() or self._experiment) and len(paths) == 1 and Path(paths[0]).is_dir()

    def set_experiment(self, running: bool) -> None:
        """Whether an experiment of the paper runs in this window: two trainings would slow each other."""
        if running != self._experiment:
            self._experiment = running
            self._follow_control()

    def _run(self, work: Work, *, trains: bool, apart: bool = False) -> None:
        """Starts ``work``, once what is only looked at has been left; ``apart`` where a process of its own trains."""
        self.banner.hide()
        if trains and self._experiment:
            self.banner.show_error(self.tr("An experiment is running under Paper; stop it first."))
            return
        if self.control.is_on():
            self._then = partial(self._begin, work, trains=trains, apart=apart)
            self.control.leave()
            return
        self._begin(work, trains=trains, apart=apart)

    def _begin(self, work: Work, *, trains: bool, apart: bool = False) -> None:
        self._trained, self._end, self._leaving = trains, None, False
        self.control.start(work, trains=trains and not apart, apart=apart)

    def _show(self, event: object) -> None:
        if isinstance(event, RunOpened):
            self._open(event)
        elif self._live is not None:
            self._live.show_event(event)

    def _tell(self, event: object) -> None:
        """What happens now to the run on the screen, here or in another process; its past is no news."""
        match event:
            case RunEnded():
                self._end = event
            case Resumed() | RunStarted():
                self._has_begun(event)
            case Estimated() if self.control.is_training() or self.control.is_apart():
                self.setup.show_estimate(event)
            case StandsAtChance():
                self.banner.show_note(run_end.at_chance(event, self._began_with))
            case Warned():
                self._warn(event)
            case MemoryShort():
                run_end.tell_memory(self.banner, event, self.control.halve)
            case CheckpointSaved():
                self.test.saved(event.epoch)
                self.past.look_again()

    def _warn(self, event: Warned) -> None:
        if event.notice == Notice.FOLDER_LOST:
            self._folder = Path(event.folder)
            self.past.set_trained(self._folder)
            self.past.set_shown(self._folder)
            self.past.look_again()
        self._warnings.tell(event)

    def _has_begun(self, event: Resumed | RunStarted) -> None:
        self.setup.forget_refusal()
        self.past.look_again()
        self.banner.replace_note(run_end.resumed(event) if isinstance(event, Resumed) else "")

    def _open(self, event: RunOpened) -> None:
        if self._folder != event.folder:
            self._before, self._folder = self._folder, event.folder
        live = self.pages.run()
        config, is_live = event.config, self.control.is_training() or event.follows
        self._trained = is_live
        self._began_with, self._is_own = config.learning_rate, config.preset == OWN_PHOTOS
        live.begin(config.spec(), config.batch_size, event.name or config.title, live=is_live or event.far)
        live.show_settings(event.name or event.folder.name, config)
        self.pages.setCurrentWidget(live)
        self.pages.is_far = event.far
        self.pages.follow(event.folder)
        self.past.set_shown(event.folder)
        self.test.show_in(live.test)
        self.test.forget()
        if is_live:
            self.test.begin(event.folder, config, own=self._is_own)
        if self.control.is_training():
            self.past.set_trained(event.folder)
        if self.control.is_training() or self.control.is_apart():
            self._settings.keep_folder("runs", event.folder.parent)

    def _forget(self, folder: Path) -> None:
        """Takes the run in ``folder``, which is gone, from the screen."""
        self._before = None if self._before == folder else self._before
        if self._folder != folder:
            return
        self._folder = None
        self.pages.follow(None)
        self.past.set_shown(None)
        self.pages.setCurrentWidget(self.split.empty)
        self.pages.run().clear()

    def _show_what_was_there(self) -> None:
        """A start that was refused left no run: what was on the screen before comes back."""
        if self._folder is None or self._folder.exists():
            return
        before = self._before
        self._forget(self._folder)
        if before is not None and before.exists() and self._then is None:
            self._begin(partial(train_jobs.opening, before), trains=False)

    @property
    def _live(self) -> "LiveRun | None":
        return self.pages.live

    def _tell_end(self, event: RunEnded) -> None:
        assert self._folder is not None
        assert self._live is not None
        if event.reason == Ending.FINISHED and self._is_own:
            self.result.show(run_end.finished(event, self._live.state, model_of(Run(self._folder)), plain=True))
            return
        use, again = self.classify_wanted.emit, lambda folder, rate: self.resume(folder, rate=rate)
        run_end.tell(self.banner, event, self._live.state, Run(self._folder), use, again)

    def _ended(self) -> None:
        self.test.end()
        if self._live is not None:
            self._live.end()
        self._after_training()
        self._end, self._trained = None, False
        self._show_what_was_there()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _after_training(self) -> None:
        if self._trained:
            self.past.set_trained(None)
        self.past.look_again()
        if self._trained and self._end is not None:
            self._tell_end(self._end)
        if self._trained and not self._leaving:
            self.setup.estimate_soon()  # there is less room now, or more

    def _follow_control(self) -> None:
        training = self.control.is_training()
        self.begin.follow(training=training, experiment=self._experiment)
        self.setup.set_running(running=training)
        self.finding.follow(busy=training or self._experiment)
        self.past.set_busy(busy=training)
        self.pages.follow(self._folder)
        self.training_changed.emit(training)

    def _arrived(self) -> None:
        self.banner.withdraw()
        self.setup.estimate_anew()

    def _take_left(self, run: RunSummary) -> None:
        """What an earlier window left is shown, unless something else was begun meanwhile."""
        if self._folder is None and not (self.control.is_on() or self._experiment):
            self._left.take(run, self.open_run, self.resume)

    def _compare(self, history: RunHistory) -> None:
        if not self.pages.compare(history):
            self.banner.show_error(
                self.tr("No more than {most} runs can be compared; remove one beside the plots first.").format(
                    most=MOST
                )
            )

    def _tell_models(self, models: list[tuple[Model, str]]) -> None:
        self.setup.set_models(models)
        self.models_found.emit([(model.kind, model.name, str(model.path), knows) for model, knows in models])
