"""How a run comes to the screen: with the form's settings, with the sample data, or from a folder."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.ui.parts.plain import set_tip


class Beginnings(QObject):
    """The actions ``start``, ``sample``, ``open`` and ``watch``, each disabled, with the reason, while it cannot be
    used; ``bring_in`` always can.

    ``chosen`` and ``far_chosen`` tell the folder that ``ask_for_run`` and ``ask_for_far_run`` were answered with.
    """

    chosen = Signal(str)
    far_chosen = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.start = self._action(self.tr("Start training"), "Ctrl+Return")
        self.sample = self._action(self.tr("Train on the sample data"), "Ctrl+Shift+Return")
        self.open = self._action(self.tr("Open a run…"), "Ctrl+R")
        self.watch = self._action(self.tr("Follow a run folder of another machine…"), "Ctrl+Alt+Shift+F")
        self.bring_in = self._action(self.tr("Import a run…"), "Ctrl+Shift+U")
        set_tip(self.bring_in, self.tr("Unpack a run that was exported as a ZIP"))
        self.add = self._action(self.tr("Add to queue"), "Ctrl+Shift+Q")
        self.several = self._action(self.tr("Several runs…"), "Ctrl+Shift+V")
        self.several.setIconText(self.several.text())  # Qt takes the ellipsis away
        set_tip(self.add, self.tr("Train with these settings when the turn of this run has come"))
        set_tip(self.several, self.tr("A run for each combination of values, such as of learning rates and seeds"))
        self.follow(training=False, experiment=False)

    def follow(self, *, training: bool, experiment: bool) -> None:
        """Whether a run is trained in this window, and whether an experiment of the paper runs: two trainings would
        slow each other.
        """
        self.open.setEnabled(not training)
        why = ""
        if training:
            why = self.tr("A run is in progress; stop it first")
        elif experiment:
            why = self.tr("An experiment is running under Paper; stop it first")
        only_read = self.tr("Show a run that another machine trains, and what is new; nothing is written there")
        self.watch.setEnabled(not training)
        set_tip(self.watch, self.tr("A run is in progress; stop it first") if training else only_read)
        for action, meaning in (
            (self.start, self.tr("Train a new network with these settings")),
            (self.sample, self.tr("Train the small network on the sample data")),
        ):
            action.setEnabled(not why)
            set_tip(action, why or meaning)

    def ask_for_run(self, window: QWidget, folder: Path) -> None:
        """Lets the person choose a run's folder, beginning in ``folder``."""
        self._ask(QFileDialog(window, self.tr("Open a run"), str(folder)), self.chosen)

    def ask_for_far_run(self, window: QWidget, folder: Path) -> None:
        """The same for one that another machine writes."""
        self._ask(QFileDialog(window, self.tr("Follow a run"), str(folder)), self.far_chosen)

    def _ask(self, dialog: QFileDialog, chosen: SignalInstance) -> None:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _action(self, text: str, shortcut: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(shortcut))
        return action
