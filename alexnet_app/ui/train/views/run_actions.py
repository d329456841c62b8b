"""What can be done with the runs that are chosen in their table, and why it cannot be done now."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.train.views.run_table import RunRow


class RunActions(QObject):
    """The actions of a list of runs; ``follow`` tells them what is chosen."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.open = self._action(self.tr("Open"), "Ctrl+Alt+O")
        self.resume = self._action(self.tr("Resume"), "Ctrl+Alt+R")
        self.compare = self._action(self.tr("Compare"), "Ctrl+Alt+C")
        self.again = self._action(self.tr("New run with these settings"), "Ctrl+Alt+Shift+N")
        self.again.setIconText(self.tr("New run"))
        self.rename = self._action(self.tr("Name, note and tags…"), "F2")
        self.tags = self._action(self.tr("Tags of the chosen runs…"), "Ctrl+Alt+Shift+K")
        self.archive = self._action(self.tr("Archive"), "Ctrl+Shift+A")
        self.exports = {
            "zip": self._action(self.tr("Export as ZIP…"), "Ctrl+Alt+Shift+Z"),
            "report": self._action(self.tr("Export a report…"), "Ctrl+Alt+Shift+R"),
            "csv": self._action(self.tr("Export all series as CSV…"), "Ctrl+Alt+Shift+C"),
            "tensorboard": self._action(self.tr("Export for TensorBoard…"), "Ctrl+Alt+Shift+B"),
        }
        self.delete = self._action(self.tr("Delete"), "Del")
        self.delete.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.show_archived = self._action(self.tr("Show archived"), "Ctrl+Alt+Shift+A")
        self.show_archived.setCheckable(True)
        set_tip(self.show_archived, self.tr("List archived runs too"))
        self.refresh = self._action(self.tr("Refresh"), "F5")

    def buttons(self) -> list[QAction]:
        """Those that have a button of their own."""
        return [self.open, self.resume, self.compare, self.again]

    def all(self) -> list[QAction]:
        """What can be done with the chosen runs, in the order of the menu."""
        marks = [self.rename, self.tags, self.archive]
        return [*self.buttons(), *marks, *self.exports.values(), self.delete]

    def follow(self, chosen: Sequence[RunRow], *, busy: bool, shown: str) -> None:
        """``chosen`` are the runs; ``busy`` while one is trained in this window, ``shown`` is the one whose curves are
        on the screen.
        """
        none = "" if chosen else self.tr("Select a run first")
        one = none or ("" if len(chosen) == 1 else self.tr("Select one run only"))
        row = chosen[0] if len(chosen) == 1 else None
        is_busy = one or (self.tr("A run is in progress; stop it first") if busy else "")
        unread = "" if row is None or row.can_resume else self.tr("This run cannot be read")
        elsewhere = self.tr("Another process is training this run") if row and row.is_training else ""
        self._allow(self.open, is_busy, self.tr("Show the curves and kernels of this run"))
        self._allow(self.resume, is_busy or elsewhere or unread, self.tr("Continue from the last checkpoint"))
        compared = self.tr("Draw their curves behind the current ones")
        self._allow(self.compare, none or self._why_not_compared(chosen, shown), compared)
        again = self.tr("Fill the form with the settings of this run; nothing starts yet")
        self._allow(self.again, is_busy or unread, again)
        renamed = self.tr("Call this run something else, write a note on it, or give it tags")
        self._allow(self.rename, one or unread, renamed)
        odd = "" if all(each.can_resume for each in chosen) else self.tr("One of these runs cannot be read")
        self._allow(self.tags, none or odd, self.tr("Give tags to all chosen runs"))
        is_back = bool(chosen) and all(each.archived for each in chosen)
        self.archive.setText(self.tr("Take out of the archive") if is_back else self.tr("Archive"))
        put = self.tr("List these runs again") if is_back else self.tr("Leave these runs out of the list; they stay")
        self._allow(self.archive, none or odd, put)
        for action in self.exports.values():
            self._allow(action, one or unread, self.tr("Take this run elsewhere; it stays as it is"))
        training = any(each.is_training for each in chosen)
        trained = self.tr("It is in progress; stop it first") if training else ""
        self._allow(self.delete, none or trained, self.tr("Move these runs to the trash"))

    def _why_not_compared(self, chosen: Sequence[RunRow], shown: str) -> str:
        if not shown:
            return self.tr("Open another run first, to compare this one with it")
        is_shown = [each.path for each in chosen] == [shown]
        return self.tr("This run is already shown; choose another") if is_shown else ""

    def _action(self, text: str, key: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        return action

    def _allow(self, action: QAction, reason: str, meaning: str) -> None:
        """Enables ``action`` where there is no ``reason`` against it; its tooltip says what it does, or why not."""
        action.setEnabled(not reason)
        set_tip(action, reason or meaning)
