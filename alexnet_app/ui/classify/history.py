"""Changes of the list, for undo and redo."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

MOST = 20  # steps


@dataclass(frozen=True, slots=True)
class UndoStep:
    """``name`` in the person's words, as it stands behind "Undo"."""

    name: str
    do: Callable[[], None]
    undo: Callable[[], None]


class History(QObject):
    """``changed`` when another step would be undone or redone."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: list[UndoStep] = []
        self._undone: list[UndoStep] = []

    def do(self, step: UndoStep) -> None:
        """Does ``step``; what was undone before can no longer be redone."""
        step.do()
        self._done = [*self._done, step][-MOST:]
        self._undone = []
        self.changed.emit()

    def undo(self) -> None:
        """Undoes the last step."""
        if self._done:
            self._undone.append(self._done.pop())
            self._undone[-1].undo()
            self.changed.emit()

    def redo(self) -> None:
        """Redoes the step that was undone last."""
        if self._undone:
            self._done.append(self._undone.pop())
            self._done[-1].do()
            self.changed.emit()

    def forget(self) -> None:
        """Forgets all steps: they name files that were moved."""
        self._done, self._undone = [], []
        self.changed.emit()

    def to_undo(self) -> str:
        """The name of what ``undo`` undoes; empty where there is nothing."""
        return self._done[-1].name if self._done else ""

    def to_redo(self) -> str:
        """The name of what ``redo`` does; empty where there is nothing."""
        return self._undone[-1].name if self._undone else ""
