"""The right side of the tab Train: what to do first, the run on the screen, or its evaluation."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from alexnet_app.core.runs.listing import has_own_model
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train.jobs import RunHistory
from alexnet_app.ui.train.other_rooms import EvaluatesRuns
from alexnet_app.ui.train.run_control import RunControl

if TYPE_CHECKING:
    from alexnet_app.ui.train.live_run import LiveRun


class Pages(QStackedWidget):
    """``live`` is the page of the run, None before it was first needed: it takes what draws curves.

    ``headline_changed`` tells what the window's corner says of the run.
    """

    headline_changed = Signal(str)

    def __init__(self, control: RunControl, evaluations: EvaluatesRuns, settings: Settings) -> None:
        super().__init__()
        self._control, self._evaluations, self._settings = control, evaluations, settings
        self.live: LiveRun | None = None
        evaluations.wanted.connect(lambda: self.setCurrentWidget(self.evaluation()))
        evaluations.closed.connect(lambda: self.setCurrentWidget(self.run()))

    def run(self) -> "LiveRun":
        """The page of the run on the screen."""
        if self.live is None:
            from alexnet_app.ui.train.live_run import LiveRun
            from alexnet_app.ui.train.rate_steering import RateSteering

            self.steering = RateSteering(self._control)
            self.live = LiveRun([*self._control.buttons, self._evaluations.action], self.steering.box)
            self._control.reported.connect(self._follow_rate)
            self.live.headline_changed.connect(self.headline_changed)
            self._control.save_action.triggered.connect(self.live.expect_save)
            self.live.split.restore(self._settings.bytes_of("curves"))
            self.addWidget(self.live)
        return self.live

    def evaluation(self) -> QWidget:
        """The page of its evaluation."""
        page = self._evaluations.page
        if self.indexOf(page) < 0:
            self.addWidget(page)
        return page

    def compare(self, history: RunHistory) -> None:
        """Draws another run behind the one on the screen."""
        if self.live is not None:
            self.live.compare(history)

    def follow(self, folder: Path | None) -> None:
        """The run in ``folder`` is on the screen, None for none: whether it can be evaluated."""
        self._evaluations.follow(folder, self._why_not_evaluated(folder))

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
        if self._control.is_on():
            return self.tr("The run has not finished yet")
        has_model = folder is None or has_own_model(folder)
        return "" if has_model else self.tr("This run has no model yet; train it for at least one epoch")
