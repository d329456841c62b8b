"""What can be done in the Classify panel, and the dialogs that ask for files."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.data.formats import SUFFIXES
from alexnet_app.ui.classify.picture_actions import HERE, PictureActions
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.settings import Settings

PICTURES = "pictures"  # the folder that is remembered


class ClassifyActions(QObject):
    """The actions in the order of the menu; ``chosen`` tells what was picked in a dialog."""

    chosen = Signal(list)

    def __init__(self, panel: QWidget, settings: Settings) -> None:
        super().__init__(panel)
        self._panel, self._settings = panel, settings
        self.open_pictures = self._action(self.tr("Open pictures…"), "Ctrl+O", self.ask_pictures)
        self.open_folder = self._action(self.tr("Open folder…"), "Ctrl+Shift+O", self.ask_folder)
        self.paste = self._action(self.tr("Paste"), "Ctrl+V")
        set_tip(self.paste, self.tr("Classify the picture or the files on the clipboard"))
        self.ten_views = self._action(self.tr("Ten views"), "Ctrl+T")
        self.ten_views.setCheckable(True)
        set_tip(
            self.ten_views,
            self.tr(
                "Average the predictions over ten views (four corners, the centre and their mirror images): slower"
            ),
        )
        self.why = self._action(self.tr("Why"), "Ctrl+Y")
        self.why.setCheckable(True)
        set_tip(
            self.why,
            self.tr("Show where in the picture the score of a class comes from, and what each tower says alone"),
        )
        self.cancel = self._action(self.tr("Cancel"), "Esc")
        self.go_on = self._action(self.tr("Classify the rest"), "Ctrl+G")
        self.clear = self._action(self.tr("Clear"), "Ctrl+Shift+Del")
        self._name_arranging(panel)
        self._name_results()

    def _name_arranging(self, panel: QWidget) -> None:
        self.grid = self._toggle(self.tr("Tiles"), "Ctrl+Alt+G", self.tr("Show pictures as tiles"))
        self.group = self._toggle(self.tr("Groups"), "Ctrl+Alt+U", self.tr("Put pictures of one class together"))
        self.undo = self._action(self.tr("Undo"), "Ctrl+Z")
        self.redo = self._action(self.tr("Redo"), "Ctrl+Shift+Z")
        for action in (self.undo, self.redo):
            action.setShortcutContext(HERE)
        self.pictures = PictureActions(panel)

    def _name_results(self) -> None:
        self.export = self._action(self.tr("Export…"), "Ctrl+E")
        self.export_shown = self._action(self.tr("Export what the filter shows…"), "Ctrl+Alt+E")
        self.export_chosen = self._action(self.tr("Export what is chosen…"), "Ctrl+Alt+Shift+E")
        self.file = self._action(self.tr("Put into folders…"), "Ctrl+Shift+M")
        self.unfile = self._action(self.tr("Undo filing…"), "Ctrl+Alt+Z")
        set_tip(self.unfile, self.tr("Take pictures back that were put into folders, also by an earlier start"))

    def all(self) -> list[QAction]:
        """The actions of the menu."""
        groups = (
            (self.open_pictures, self.open_folder, self.paste),
            (self.ten_views, self.why),
            (self.grid, self.group),
            (self.cancel, self.go_on),
            (self.undo, self.redo, self.pictures.menu.menuAction(), self.clear),
            (self.export, self.export_shown, self.export_chosen, self.file, self.unfile),
        )
        return [each for group in groups for each in (*group, self._separator())][:-1]

    def enable(self, action: QAction, possible: bool, otherwise: str, hint: str = "") -> None:
        """``otherwise`` is why it is not possible now."""
        action.setEnabled(possible)
        set_tip(action, (hint or action.text().rstrip("…")) if possible else otherwise)

    def ask_pictures(self) -> None:
        """Asks for picture files."""
        dialog = self._dialog(self.tr("Open pictures"), PICTURES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        suffixes = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        dialog.setNameFilters([self.tr("Pictures ({suffixes})").format(suffixes=suffixes), self.tr("All files (*)")])
        self._open(dialog, PICTURES, self.chosen.emit)

    def ask_folder(self) -> None:
        """Asks for a folder of pictures."""
        dialog = self._dialog(self.tr("Open a folder of pictures"), PICTURES)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open(dialog, PICTURES, self.chosen.emit)

    def _action(self, text: str, shortcut: str = "", do: Callable[[], None] | None = None) -> QAction:
        action = QAction(text, self._panel)
        action.setIconText(text)  # for buttons: else Qt takes the dots away
        action.setShortcut(QKeySequence(shortcut))
        if do is not None:
            action.triggered.connect(do)
        return action

    def _toggle(self, text: str, shortcut: str, tip: str) -> QAction:
        action = self._action(text, shortcut)
        action.setCheckable(True)
        set_tip(action, tip)
        return action

    def _separator(self) -> QAction:
        action = QAction(self._panel)
        action.setSeparator(True)
        return action

    def _dialog(self, title: str, folder: str) -> QFileDialog:
        dialog = QFileDialog(self._panel, title, str(self._settings.folder(folder, Path.home())))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _open(self, dialog: QFileDialog, folder: str, take: Callable[[list[str]], None]) -> None:
        dialog.filesSelected.connect(lambda paths: self._settings.keep_folder(folder, Path(paths[0]).parent))
        dialog.filesSelected.connect(take)
        dialog.open()
