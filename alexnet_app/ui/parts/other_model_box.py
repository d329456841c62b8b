"""The list from which a second model is chosen, beside the one that a panel shows."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import one_line

BROWSE = "\0browse"  # no path can be this


class OtherModelBox(EntryBox):
    """``chosen`` tells the path of the other model; its last entry opens a file."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened: list[tuple[str, str]] = []
        self._models: list[tuple[str, str]] = []
        self._path = ""
        self.setAccessibleName(self.tr("The other model"))
        self.activated.connect(self._take)
        self.set_models(())

    def path(self) -> str:
        """What was chosen; empty before."""
        return self._path

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: label and path each. The choice stays."""
        self._models = list(models)
        known = {path for _, path in models}
        self.clear()
        self.addItem(self.tr("Choose a model"), "")
        for label, path in (*models, *(each for each in self._opened if each[1] not in known)):
            self.addItem(one_line(label), path)
        self.insertSeparator(self.count())
        self.addItem(self.tr("Open a model file…"), BROWSE)
        self._show_choice()

    def choose(self, path: str, label: str) -> None:
        """Makes ``path`` the choice, and tells it."""
        self._opened = [each for each in self._opened if each[1] != path] + [(label, path)]
        self._path = path
        self.set_models(self._models)
        self.chosen.emit(path)

    def _show_choice(self) -> None:
        self.setCurrentIndex(max(0, self.findData(self._path)))

    def _take(self, row: int) -> None:
        path = self.itemData(row)
        if path == BROWSE:
            self._show_choice()
            self._browse()
        elif path and path != self._path:
            self._path = path
            self.chosen.emit(path)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a model"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters([self.tr("Models (*.alexnet)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.choose(path, path.replace("\\", "/").rpartition("/")[2]))
        dialog.open()
