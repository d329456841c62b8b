"""The right side of the tab Train: what to do first, the data, the run on the screen, or its evaluation."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from alexnet_app.core.runs.listing import has_own_model
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train.other_rooms import EvaluatesRuns, ShowsData
from alexnet_app.ui.train.past import RunHistory
from alexnet_app.ui.train.result import ResultOfRun
from alexnet_app.ui.train.run_control import RunControl
from alexnet_app.ui.train.run_film import RunFilm

if TYPE_CHECKING:
    from alexnet_app.ui.train.live_run import LiveRun


class Pages(QStackedWidget):
    """``live`` is the page of the run, None before it was first needed: it takes what draws curves.

    ``headline_changed`` tells what the window's corner says of the run.
    """

    headline_changed = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        control: RunControl,
        evaluations: EvaluatesRuns,
        data: ShowsData,
        result: ResultOfRun,
        settings: Settings,
    ) -> None:
        super().__init__()
        self._jobs, self._control, self._settings = jobs, control, settings
        self._evaluations, self._data, self._result = evaluations, data, result
        self._folder: Path | None = None  # of the run on the screen
        self.is_far = False  # the run on the screen: another machine writes it, and nothing is written there from here
        self.live: LiveRun | None = None
        self.film = RunFilm(jobs, self)
        control.reported.connect(self.film.take)
        evaluations.wanted.connect(lambda: self.setCurrentWidget(self.evaluation()))
        evaluations.closed.connect(lambda: self.setCurrentWidget(self.run()))
        result.wanted.connect(lambda: self.setCurrentWidget(self.result()))
        result.closed.connect(lambda: self.setCurrentWidget(self.run()))
        data.wanted.connect(lambda: self.setCurrentWidget(self.data()))
        data.closed.connect(self.show_what_was_there)

    def run(self) -> "LiveRun":
        """The page of the run on the screen."""
        if self.live is None:
            from alexnet_app.ui.train.live_run import LiveRun
            from alexnet_app.ui.train.rate_steering import RateSteering
            from alexnet_app.ui.train.tower_verdicts import TowerVerdicts

            self.steering = RateSteering(self._control)
            self.live = LiveRun([*self._control.buttons, self._evaluations.action], self.steering.box, self.film.bar)
            self._verdicts = TowerVerdicts(self._jobs, self)
            self.film.shown.connect(self.live.show_kernels)
            self.live.kernels_shown.connect(self._verdicts.take)
            self._verdicts.said.connect(self.live.say_of_towers)
            self._control.reported.connect(self._follow_rate)
            self.live.headline_changed.connect(self.headline_changed)
            self._control.save_action.triggered.connect(self.live.expect_save)
            self.live.split.restore(self._settings.bytes_of("curves"))
            self.addWidget(self.live)
        return self.live

    def data(self) -> QWidget:
        """The page of the data."""
        page = self._data.page
        if self.indexOf(page) < 0:
            self.addWidget(page)
        return page

    def result(self) -> QWidget:
        """The page of the result of a run on one's own photos."""
        page = self._result.page
        if self.indexOf(page) < 0:
            self.addWidget(page)
        return page

    def is_free(self) -> bool:
        """Whether no run is on the screen, so that another page takes nothing away."""
        return self._folder is None

    def show_what_was_there(self) -> None:
        """The run, or what is said while there is none."""
        if self._folder is None:
            self.setCurrentIndex(0)
        else:
            self.setCurrentWidget(self.run())

    def evaluation(self) -> QWidget:
        """The page of its evaluation."""
        page = self._evaluations.page
        if self.indexOf(page) < 0:
            self.addWidget(page)
        return page

    def compare(self, history: RunHistory) -> bool:
        """Draws another run behind the one on the screen. Whether there was room for one more."""
        return self.live is None or self.live.compare(history)

    def follow(self, folder: Path | None) -> None:
        """The run in ``folder`` is on the screen, None for none: whether it can be evaluated."""
        self._folder = folder
        if folder is None:
            self.film.clear()
        why_not = self._why_not_evaluated(folder)
        self._evaluations.follow(folder, why_not)
        self._result.follow(folder, why_not)

    def keep(self) -> None:
        """Remembers how the page of the run is divided."""
        if self.live is not None:
            self._settings.keep_bytes("curves", self.live.split.division())

    def _follow_rate(self, _: object) -> None:
        if self.live is not None:  # it has taken the event before
            self.steering.follow(self.live.state)

    def _why_not_evaluated(self, folder: Path | None) -> str:
        if self._control.is_training():
            return self.tr("A run is in progress; stop it first")
        if self.is_far:
            return self.tr("This run of another machine is only followed; import or open it to evaluate it")
        if self._control.is_on():
            return self.tr("The run has not finished yet")
        has_model = folder is None or has_own_model(folder)
        return "" if has_model else self.tr("This run has no model yet; train it for at least one epoch")
