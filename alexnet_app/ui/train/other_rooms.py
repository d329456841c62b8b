"""What the panel Train asks of the rooms beside it, which it does not know."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from alexnet_app.core.training.config import TrainConfig


class EvaluatesRuns(Protocol):
    """What evaluates the run on the screen: ``action`` opens ``page`` for the run that ``follow`` was told last."""

    action: QAction
    wanted: SignalInstance
    closed: SignalInstance
    failed: SignalInstance

    @property
    def page(self) -> QWidget:
        """Shown in the place of the run's curves."""

    def follow(self, folder: Path | None, why_not: str) -> None:
        """The run on the screen, and why it cannot be evaluated now."""

    def evaluate_with(self, data: str) -> None:
        """Evaluates it on its own images, which are in ``data`` now."""


class ShowsData(Protocol):
    """What shows the data of the run that is set up: ``action`` opens ``page``."""

    action: QAction
    wanted: SignalInstance
    closed: SignalInstance
    chosen: SignalInstance
    accepted: SignalInstance
    agreed: SignalInstance
    classify_wanted: SignalInstance
    understood: SignalInstance

    @property
    def page(self) -> QWidget:
        """Shown in the place of the run's curves."""

    def follow(self, config: TrainConfig) -> bool:
        """The settings of the run that is set up; whether its data should be seen now."""

    def offer(self, data: str, config: TrainConfig) -> None:
        """Reads a folder that was dropped, and asks whether to train on it."""

    def is_offered(self, data: str) -> bool:
        """Whether the person is still to be asked about ``data``."""

    def is_reading(self) -> bool:
        """Whether data are being read."""

    def read_again(self, data: str, config: TrainConfig) -> None:
        """Reads data that may have changed."""

    def plan(self, config: TrainConfig, reasons: tuple[str, ...]) -> None:
        """The settings that were chosen for what was read, and why."""

    def refuse(self, sentence: str) -> None:
        """What was read cannot be trained on."""

    def show_none(self, *, own: bool = True) -> None:
        """The data have yet to be chosen: a person's own photos, or ImageNet."""


class OpensSets(Protocol):
    """The window of prepared sets: ``action`` opens it."""

    action: QAction

    def leave(self) -> None:
        """The main window closes."""
