"""What can be done in the Classify panel, and the dialogs that ask for files."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.data.formats import SUFFIXES
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings

PICTURES, TABLES = "pictures", "tables"  # the folders that are remembered


class ClassifyActions(QObject):
    """The actions in the order of the menu; ``chosen`` and ``table_chosen`` tell what was picked in a dialog,
    the latter also whether the file that is there may be replaced.
    """

    chosen = Signal(list)
    table_chosen = Signal(str, bool, bool)

    def __init__(self, panel: QWidget, settings: Settings) -> None:
        super().__init__(panel)
        self._panel, self._settings = panel, settings
        self.open_pictures = self._action(self.tr("Open pictures…"), "Ctrl+O", self.ask_pictures)
        self.open_folder = self._action(self.tr("Open folder…"), "Ctrl+Shift+O", self.ask_folder)
        self.paste = self._action(self.tr("Paste"), "Ctrl+V")
        set_tip(self.paste, self.tr("Classify the picture or files on the clipboard"))
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
        self.export = self._action(self.tr("Export CSV…"), "Ctrl+E", self.ask_table)
        self.clear = self._action(self.tr("Clear"), "Ctrl+Shift+Del")

    def all(self) -> list[QAction]:
        """The actions of the menu."""
        groups = (
            (self.open_pictures, self.open_folder, self.paste),
            (self.ten_views, self.why),
            (self.cancel, self.go_on),
            (self.export, self.clear),
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

    def ask_table(self) -> None:
        """Asks where to write the answers."""
        folder = str(self._settings.folder(TABLES, Path.home()))
        spreadsheet = self.tr("Tables for spreadsheets, UTF-8 with byte order mark (*.csv)")
        kinds = {self.tr("Tables, UTF-8 (*.csv)"): "csv", spreadsheet: "csv"}
        dialog = SaveDialog(self._panel, self.tr("Export the results"), folder, kinds, self._tell_table)
        self._bom = False
        dialog.filterSelected.connect(lambda text: setattr(self, "_bom", text == spreadsheet))
        dialog.selectFile(self.tr("answers.csv"))
        dialog.open()

    def _tell_table(self, path: str, _: str, replace: bool) -> None:
        self._settings.keep_folder(TABLES, Path(path).parent)
        self.table_chosen.emit(path, self._bom, replace)

    def _action(self, text: str, shortcut: str = "", do: Callable[[], None] | None = None) -> QAction:
        action = QAction(text, self._panel)
        action.setIconText(text)  # for buttons: else Qt takes the dots away
        action.setShortcut(QKeySequence(shortcut))
        if do is not None:
            action.triggered.connect(do)
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
