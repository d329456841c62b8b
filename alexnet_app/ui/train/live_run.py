"""A run on the screen: its curves, the first kernels of both towers, how far it is. It shows events, whoever sends
them: the run that is being trained here, one from the past, one that another process trains.
"""

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alexnet_app.core.events import (
    CheckpointSaved,
    Ending,
    EpochDone,
    Event,
    Paused,
    Progress,
    RateChanged,
    Resumed,
    RunStarted,
    Skipped,
    StepsDone,
    Task,
    ValidationJoined,
)
from alexnet_app.core.measures import series_of
from alexnet_app.core.network.spec import NetworkSpec, unit_numbers
from alexnet_app.core.runs.state import Phase, RunState
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui.curves.compared import ShownRun
from alexnet_app.ui.curves.learning_curves import LearningCurves
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.run_bar import RunBar
from alexnet_app.ui.parts.wording import duration, percent
from alexnet_app.ui.progress import doing, how_far
from alexnet_app.ui.speed import EndTime, PicturePace
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B
from alexnet_app.ui.train.past import RunHistory, RunPast, settings_of
from alexnet_app.ui.train.readings_line import readings_line
from alexnet_app.ui.train.snapshots import Kernels
from alexnet_app.ui.train.tower_verdicts import Snapshot
from alexnet_app.ui.train.views.live_strip import LiveStrip
from alexnet_app.ui.train.views.run_split import RunSplit

REFRESH_MS = 100  # how often numbers change: faster cannot be read
SAVED_MS = 4_000  # how long it is said that the run was saved


class LiveRun(QWidget):
    """``headline_changed`` tells what stands in the corner of the window; ``beside`` stands beside the curves,
    ``below`` under the kernels.

    ``kernels_shown`` brings a Snapshot to be judged, None where its run is no longer shown.
    """

    headline_changed = Signal(str)
    kernels_shown = Signal(object)

    def __init__(
        self,
        actions: Sequence[QAction],
        beside: QWidget | None = None,
        below: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.state = RunState(batch_size=1)
        self._network = ""
        self._slices: tuple[slice, ...] = ()
        self._is_live = self._is_over = self._save_asked = False
        self._step, self._said_from, self._is_newest = 0, 0, True  # of the kernels that are shown
        self._pace, self._end = PicturePace(), EndTime()
        self.curves = LearningCurves(beside)
        self._grids = (FilterGrid(self.tr("Tower A"), TOWER_A), FilterGrid(self.tr("Tower B"), TOWER_B))
        for grid in self._grids:
            grid.set_placeholder(self.tr("The kernels of conv1 appear here during training"))
        self.bar, self.test = RunBar(actions), LiveStrip()
        self.machine = ElidedLabel(faint=True)
        self.machine.setAccessibleName(self.tr("State of the machine"))
        self._lay_out(below)
        self._refreshing = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refreshing.timeout.connect(self.refresh)
        self._saved = QTimer(self, singleShot=True, interval=SAVED_MS)
        self._saved.timeout.connect(self.refresh)

    def _lay_out(self, below: QWidget | None) -> None:
        self.split = RunSplit(self.curves, self._grids, below)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.split, stretch=1)
        layout.addWidget(self.test)
        layout.addWidget(self.bar)
        line = QVBoxLayout()
        line.setContentsMargins(SPACE, 0, SPACE, 0)
        line.addWidget(self.machine)
        layout.addLayout(line)

    def begin(self, spec: NetworkSpec, batch_size: int, title: str = "", *, live: bool) -> None:
        """Clears the screen for a run of the network ``spec``, called ``title`` where that is more than its name;
        ``live`` is one that goes on while it is shown.
        """
        self.state = RunState(batch_size)
        self._network, self._is_live = title or spec.name, live
        self._slices = spec.tower_slices("conv1")
        self._empty()
        self._grids[1].setVisible(len(self._slices) > 1)
        self._grids[0].set_title(self.tr("Tower A") if len(self._slices) > 1 else self.tr("One column"), TOWER_A)
        self.refresh()

    def clear(self) -> None:
        """Shows no run."""
        self.state = RunState(batch_size=1)
        self._network, self._slices, self._is_live = "", (), False
        self._empty()
        self.refresh()

    def _empty(self) -> None:
        self._is_over = self._save_asked = False
        self._step, self._said_from, self._is_newest = 0, 0, True
        self._pace, self._end = PicturePace(), EndTime()
        self._saved.stop()
        self.curves.clear(self._network)
        self.curves.set_batch_size(self.state.batch_size)
        self.curves.hide_others()
        self.kernels_shown.emit(None)
        for grid in self._grids:
            grid.clear()

    def end(self) -> None:
        """Nothing more comes."""
        self._is_live, self._is_over = False, True
        self._saved.stop()
        self.refresh()

    def expect_save(self) -> None:
        """The person asked for a checkpoint: that it is there will be said."""
        self._save_asked = True

    def show_event(self, event: object) -> None:
        """Brings the screen up to date."""
        if isinstance(event, Event):
            self._take(event)
        match event:
            case Progress() | Skipped():
                self._pace.take(event)
            case RunStarted():
                self.curves.set_steps_per_epoch(event.steps_per_epoch)
            case Resumed():
                self._resumed(event)
            case StepsDone() | RunPast():
                self._steps(event)
            case EpochDone():
                self._epoch(event)
            case RateChanged() | CheckpointSaved() | Paused() | ValidationJoined():
                self._mark(event)
                self._tell_save(event)
        if not self._refreshing.isActive():
            self._refreshing.start()

    def _steps(self, event: StepsDone | RunPast) -> None:
        if isinstance(event, RunPast):
            self.curves.take_past(event.drawn)
        else:
            self.curves.add_losses(event.first, event.losses, event.images_per_second)

    def _take(self, event: Event) -> None:
        self.state.take(event)
        for name, step, value in series_of(event):
            self.curves.add_value(name, step, value)

    def _tell_save(self, event: Event) -> None:
        if isinstance(event, CheckpointSaved) and self._save_asked:
            self._save_asked = False
            self._saved.start()

    def compare(self, history: RunHistory) -> bool:
        """Draws the curves of another run behind these. Whether there was room for one more."""
        run = ShownRun(str(history.folder), history.name, history.drawn, settings=history.settings)
        return self.curves.show_other(run)

    def show_settings(self, name: str, config: TrainConfig) -> None:
        """What the run is called and how it is set, to be compared with others."""
        self.curves.set_settings(name, settings_of(config))

    def refresh(self) -> None:
        """Writes the numbers."""
        state = self.state
        known = state.phase not in (Phase.WAITING, Phase.PREPARING)
        speed = self.tr("{speed:,.0f} images/s").format(**shown(speed=state.images_per_second)) if known else ""
        rest = state.remaining_seconds() if self._is_live and known else None
        left = self._end.left(rest, waits=state.phase == Phase.PAUSED)
        share = state.share() if known or not self._is_live else self._prepared_share()
        where = self._where()
        where = self.tr("{where} · saved").format(where=where) if self._saved.isActive() else where
        if state.phase == Phase.PREPARING and self._is_live:
            speed, left = self._pace.speed(), self._pace.rest()
        elif not (self._is_live and state.images_per_second):
            speed = ""
        self.bar.show_progress(where, share, speed, left)
        self.machine.setVisible(self._is_live)  # empty at first: nothing is to jump when there is a reading
        self.machine.show_text(readings_line(state.measured) if self._is_live else "")
        self.headline_changed.emit(self._headline())

    def _prepared_share(self) -> float | None:
        return self.state.done / self.state.total if self.state.total else None

    def _where(self) -> str:
        state = self.state
        epoch = self.tr("epoch {epoch:,} of {epochs:,}").format(
            **shown(epoch=min(state.epoch + 1, state.epochs), epochs=state.epochs)
        )
        step = self.tr("step {step:,}").format(**shown(step=state.step))
        match state.phase:
            case Phase.TRAINING:
                return f"{epoch} · {step}" if self._is_live else self.tr("interrupted in {epoch}").format(epoch=epoch)
            case Phase.EVALUATING:
                part = self.tr("validation") if state.task == Task.VALIDATION else self.tr("test")
                return self.tr("{epoch} · {part}").format(epoch=epoch, part=part)
            case Phase.PAUSED if state.task == Task.WAIT:
                return self.tr("waiting for {time} in {epoch} · {step}").format(
                    time=duration(state.done), epoch=epoch, step=step
                )
            case Phase.PAUSED:
                return self.tr("paused in {epoch} · {step}").format(epoch=epoch, step=step)
            case Phase.ENDED:
                return self._how_it_ended()
            case Phase.PREPARING:
                return self._how_it_prepares()
        return self.tr("reading the images") if self._is_live else ""

    def _how_it_prepares(self) -> str:
        state, count = self.state, self._pace.left_out
        text = how_far(doing(state.task or Task.TEST), state.done, state.total)
        return self.tr("{text} · {count:,} skipped").format(**shown(text=text, count=count)) if count else text

    def _how_it_ended(self) -> str:
        state = self.state
        assert state.ended is not None
        how = {
            Ending.FINISHED: self.tr("finished after {epoch:,} epochs"),
            Ending.STOPPED: self.tr("stopped in epoch {next:,} of {epochs:,}"),
            Ending.DIVERGED: self.tr("diverged after {step:,} steps"),
        }[state.ended.reason]
        said = how.format(
            **shown(epoch=state.epoch, next=min(state.epoch + 1, state.epochs), epochs=state.epochs, step=state.step)
        )
        if state.tested is None:
            return said
        return self.tr("{said} · test error {error}").format(said=said, error=percent(state.tested.top1_error))

    def _headline(self) -> str:
        if not self._network:
            return ""
        if self._is_over:
            return self.tr("{network} · {state}").format(network=self._network, state=self._in_a_word())
        if not self.state.epochs:
            return self._network
        return self.tr("{network} · epoch {epoch:,} of {epochs:,}").format(
            **shown(
                network=self._network,
                epoch=min(self.state.epoch + (self.state.ended is None), self.state.epochs),
                epochs=self.state.epochs,
            )
        )

    def _in_a_word(self) -> str:
        """How a run stands that nothing more comes of."""
        words = {
            Ending.FINISHED: self.tr("finished"),
            Ending.STOPPED: self.tr("stopped"),
            Ending.DIVERGED: self.tr("diverged"),
        }
        return words[self.state.ended.reason] if self.state.ended else self.tr("interrupted")

    def _resumed(self, event: Resumed) -> None:
        self.curves.forget_from(event.step)
        if event.steps_per_epoch:
            self.curves.set_steps_per_epoch(event.steps_per_epoch)
            self.curves.add_marker(event.step, "resume", self.tr("resumed"))

    def _mark(self, event: RateChanged | CheckpointSaved | Paused | ValidationJoined) -> None:
        match event:
            case RateChanged(step, rate):
                self.curves.add_marker(step, "rate", self.tr("learning rate {rate:g}").format(**shown(rate=rate)))
            case CheckpointSaved(step):
                self.curves.add_marker(step, "checkpoint", self.tr("checkpoint"))
            case Paused(step):
                self.curves.add_marker(step, "pause", self.tr("paused"))
            case ValidationJoined(step):
                self.curves.add_marker(step, "joined", self.tr("validation images added"))

    def _epoch(self, event: EpochDone) -> None:
        self.curves.add_epoch(
            event.step,
            event.train_loss,
            event.train_error,
            event.validation_loss,
            event.validation_error,
            event.best,
        )

    def show_kernels(self, kernels: Kernels, newest: bool = True) -> None:
        """Shows a snapshot of conv1, the ``newest`` or one of before."""
        if not (newest and self._is_newest):
            self._said_from = kernels.step
            for grid in self._grids:
                grid.set_note("")
        self._step, self._is_newest = kernels.step, newest
        for grid, part in zip(self._grids, self._slices, strict=False):
            pictures = kernels.pictures[part]
            grid.set_kernels(pictures, numbers=unit_numbers(part.start, range(len(pictures))))
        self.kernels_shown.emit(Snapshot(kernels, self._slices))

    def say_of_towers(self, step: int, said: Sequence[str]) -> None:
        """What each tower had learned after ``step`` steps: of the newest it takes a while until that is known."""
        if self._said_from <= step <= self._step:
            for grid, text in zip(self._grids, said, strict=False):
                grid.set_note(text)
