"""What can be done in the panel Inside: photos opened, layers gone through, everything switched on again."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.data.formats import SUFFIXES
from alexnet_app.core.runs.listing import sample_pictures
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.settings import Settings

PICTURES = "pictures"  # the folder that is remembered
SAMPLE = "coffee.jpg"  # of the sample photos, the one that the bundled model knows best


class InsideCommands(QObject):
    """``photo_chosen`` tells the path of a photo that the person wants to be looked at."""

    photo_chosen = Signal(str)

    def __init__(self, settings: Settings, panel: QWidget) -> None:
        super().__init__(panel)
        self._settings, self._panel = settings, panel
        self.open_action = self._action(self.tr("Open a photo…"), "Ctrl+Alt+J")
        self.sample_action = self._action(self.tr("Look at a sample photo"), "Ctrl+Alt+K")
        self.next_action = self._action(self.tr("Next layer of the network"), "Ctrl+Alt+Right")
        self.previous_action = self._action(self.tr("Previous layer of the network"), "Ctrl+Alt+Left")
        self.about_action = self._action(self.tr("About this map…"), "Ctrl+Alt+B")
        self.on_action = self._action(self.tr("Switch everything on"), "Ctrl+Alt+A")
        self.open_action.triggered.connect(self._ask_photo)

    def all(self) -> list[QAction]:
        """In the order of the menu."""
        layers = [self.next_action, self.previous_action, self.about_action]
        return [self.open_action, self.sample_action, *layers, self.on_action]

    def take_samples_for(self, chooser: ModelChooser) -> None:
        """The sample photo is one that the model chosen in ``chooser`` was made for."""
        self.sample_action.triggered.connect(lambda: self._take_sample(chooser.path()))

    def offer(self, also: Sequence[QAction], *, has_photo: bool, is_off: bool) -> None:
        """What can be done now: ``has_photo`` while one is seen, ``is_off`` where something is switched off. Why not is
        said of ``also``, too.
        """
        for action in (self.next_action, self.previous_action, self.about_action):
            action.setEnabled(has_photo)
        self.on_action.setEnabled(is_off)
        for action in (*self.all(), *also):
            set_tip(action, action.text() if action.isEnabled() else self.tr("Look at a photo first"))

    def _action(self, text: str, key: str) -> QAction:
        action = QAction(text, self)
        action.setIconText(text)
        action.setShortcut(QKeySequence(key))
        return action

    def _ask_photo(self) -> None:
        folder = str(self._settings.folder(PICTURES, Path.home()))
        dialog = QFileDialog(self._panel, self.tr("Open a photo"), folder)
        suffixes = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        dialog.setNameFilters([self.tr("Pictures ({suffixes})").format(suffixes=suffixes), self.tr("All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._settings.keep_folder(PICTURES, Path(path).parent))
        dialog.fileSelected.connect(self.photo_chosen)
        dialog.open()

    def _take_sample(self, model: str) -> None:
        found = sorted(path for path in sample_pictures(model).iterdir() if path.suffix.lower() in SUFFIXES)
        if found:
            self.photo_chosen.emit(str(next((each for each in found if each.name == SAMPLE), found[0])))
