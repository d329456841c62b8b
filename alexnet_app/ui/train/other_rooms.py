"""What the panel Train asks of the rooms beside it, which it does not know."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


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


class OpensSets(Protocol):
    """The window of prepared sets: ``action`` opens it."""

    action: QAction

    def leave(self) -> None:
        """The main window closes."""
