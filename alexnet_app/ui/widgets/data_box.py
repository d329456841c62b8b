"""The control for a data set: known ones, paths that were used, and the way to look for another one."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QFileDialog

from alexnet_app.ui.widgets.editors import ChoiceBox

FOLDER, ARCHIVE = "folder", "archive"
ACTION = Qt.ItemDataRole.UserRole + 1
ARCHIVES = (".tar.gz", ".tgz", ".tar")
KEPT = 5  # so many paths that were used stay among the choices


class DataBox(ChoiceBox):
    """A data set: a known one, a path that was used, or one that is looked for in a dialog.

    ``browsed`` says that a dialog was opened, with FOLDER or ARCHIVE.
    """

    browsed = Signal(str)
    _value: object = None
    _known: tuple[str, ...] = ()
    _by_step = False  # by the keys or the wheel: they pass over the two ways to a dialog

    def set_choices(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Replaces the choices; the two ways to look for another one stay at the end."""
        self._known = tuple(value for value, _ in choices)
        super().set_choices(choices)
        self.insertSeparator(self.count())
        for label, action in ((self.tr("Folder of pictures…"), FOLDER), (self.tr("Archive…"), ARCHIVE)):
            self.addItem(label)
            self.setItemData(self.count() - 1, action, ACTION)

    def read(self) -> object:
        """The name of a data set or a path."""
        return self._value

    def write(self, value: object) -> None:
        """Chooses ``value``."""
        self._value = value
        super().write(value)

    def elide_mode(self) -> Qt.TextElideMode:
        """Both ends of a path matter."""
        return super().elide_mode() if self._value in self._known else Qt.TextElideMode.ElideMiddle

    def _insert(self, value: str) -> None:
        """Puts a path before the ways to look for one; the one used longest ago goes."""
        place = self.findData(FOLDER, ACTION) - 1 if self.findData(FOLDER, ACTION) >= 0 else self.count()
        self.insertItem(place, value, value)
        used = [index for index in range(place) if self.itemData(index) not in self._known]
        if len(used) >= KEPT:
            self.removeItem(used[0])

    def _choose(self, index: int) -> None:
        action = self.itemData(index, ACTION)
        if action is None:
            self._value = self.itemData(index)
            super()._choose(index)
            return
        self.setCurrentIndex(self.findData(self._value))
        if not self._by_step:
            self.browse(action)

    def take(self, path: str) -> None:
        """Chooses a path as the person does."""
        self.write(path)
        self.edited.emit()
        self.finished.emit()

    def browse(self, what: str) -> None:
        """Opens a dialog for a FOLDER or an ARCHIVE; it does not block."""
        archive = what == ARCHIVE
        title = self.tr("Choose an archive of CIFAR-10") if archive else self.tr("Choose a folder of pictures")
        dialog = QFileDialog(self, title, _beside(self._value))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if archive else QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, not archive)
        if archive:
            patterns = " ".join(f"*{ending}" for ending in ARCHIVES)
            dialog.setNameFilter(self.tr("Archives ({patterns})").format(patterns=patterns))
        dialog.fileSelected.connect(self.take)
        dialog.open()
        self.browsed.emit(what)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Passes over the ways to a dialog."""
        self._by_step = True
        super().keyPressEvent(event)
        self._by_step = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Passes over the ways to a dialog."""
        self._by_step = True
        super().wheelEvent(event)
        self._by_step = False


def is_data(path: str) -> bool:
    """Whether ``path`` is a folder or may be an archive."""
    return Path(path).is_dir() or (path.lower().endswith(ARCHIVES) and Path(path).is_file())


def _beside(value: object) -> str:
    """Where a dialog begins: beside the path that is chosen."""
    folder = Path(str(value)).expanduser().parent
    return str(folder if Path(str(value)).is_absolute() and folder.is_dir() else Path.home())
