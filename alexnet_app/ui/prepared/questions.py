"""What is asked before a prepared set is deleted, or before its making is stopped."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.parts.wording import size

if TYPE_CHECKING:
    from alexnet_app.core.data.prepared.shelf import PreparedSet


class QuestionsOfSets(QObject):
    """One question at a time; each does what it is given where the person agrees."""

    box: Question | None = None

    def ask_to_delete(self, owner: QWidget, found: "PreparedSet", do: Callable[[], None]) -> None:
        """Whether to delete ``found``."""
        box = self._new(owner, do)
        box.word(
            self.tr("Delete a prepared set"),
            self.tr("Delete the prepared set of “{name}”?").format(name=found.source),
            self.tr("This frees {size}. The original images are kept, and the set can be prepared again.").format(
                size=size(found.bytes)
            ),
            self.tr("Delete"),
            self.tr("Keep"),
        )
        box.open()

    def ask_to_stop(self, owner: QWidget, doing: str, name: str, kept: bool, do: Callable[[], None]) -> None:
        """Whether to end what is being ``doing`` with the set ``name``; what was made is ``kept``."""
        goes_on = self.tr("The images prepared so far are kept; Continue resumes from there.")
        box = self._new(owner, do)
        box.word(
            doing,
            self.tr("{doing} “{name}” has not finished yet.").format(doing=doing, name=name),
            goes_on if kept else self.tr("It can be started again at any time."),
            self.tr("Stop and close"),
            self.tr("Keep running"),
        )
        box.open()

    def close(self) -> None:
        """It is no longer to be answered."""
        if self.box is not None:
            self.box.close()

    def _new(self, owner: QWidget, do: Callable[[], None]) -> Question:
        self.box = Question(owner)
        self.box.finished.connect(self._answered)
        self.box.agreed.connect(do)
        return self.box

    def _answered(self, _: int) -> None:
        self.box = None
