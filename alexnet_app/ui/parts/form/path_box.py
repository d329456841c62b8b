"""A choice whose last entries open a dialog: known values, paths that were used, ways to look for another one."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QFileDialog

from alexnet_app.ui.parts.form.editors import ChoiceBox
from alexnet_app.ui.parts.plain import one_line

ACTION = Qt.ItemDataRole.UserRole + 1
FOLDER, ARCHIVE, MODEL, FETCH = "folder", "archive", "model", "fetch"  # what is looked for
ARCHIVES = (".tar.gz", ".tgz", ".tar")
MODELS = ".alexnet"
PATH = 500  # characters of one
KEPT = 5  # so many paths that were used stay among the choices


class PathBox(ChoiceBox):
    """``browsed`` says that a dialog was opened, with what it looks for."""

    browsed = Signal(str)
    _value: object = None
    _known: tuple[str, ...] = ()
    _by_step = False  # by the keys or the wheel: they pass over the ways to a dialog

    def ways(self) -> tuple[tuple[str, str], ...]:
        """Labels of the ways to look for a path, and what each looks for."""
        raise NotImplementedError

    def dialog(self, what: str) -> QFileDialog:
        """The dialog of a way, which begins at ``beginning``."""
        raise NotImplementedError

    def takes(self, path: str) -> bool:
        """Whether a path that is dropped here may be meant."""
        raise NotImplementedError

    def set_choices(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Replaces the choices; the ways to look for another one stay at the end."""
        self._known = tuple(value for value, _ in choices)
        super().set_choices(choices)
        self.insertSeparator(self.count())
        for label, what in self.ways():
            self.addItem(label)
            self.setItemData(self.count() - 1, what, ACTION)

    def read(self) -> object:
        """A known value or a path."""
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
        first = next((index for index in range(self.count()) if self.itemData(index, ACTION) is not None), None)
        place = self.count() if first is None else first - 1  # before the line above them
        self.insertItem(place, one_line(value, PATH), value)
        used = [index for index in range(place) if self.itemData(index) not in self._known]
        if len(used) >= KEPT:
            self.removeItem(used[0])

    def _forget(self) -> None:
        """Nothing: paths that were used stay."""

    def _choose(self, index: int) -> None:
        what = self.itemData(index, ACTION)
        if what is None:
            self._value = self.itemData(index)
            super()._choose(index)
            return
        self.setCurrentIndex(self.findData(self._value))
        if not self._by_step:
            self.browse(what)

    def take(self, path: str) -> None:
        """Chooses a path as the person does."""
        self.write(path)
        self.edited.emit()
        self.finished.emit()

    def browse(self, what: str) -> None:
        """Opens a dialog; it does not block."""
        dialog = self.dialog(what)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take)
        dialog.open()
        self.browsed.emit(what)

    def beginning(self) -> str:
        """Where a dialog begins: beside the path that is chosen."""
        folder = Path(str(self._value)).expanduser().parent
        return str(folder if Path(str(self._value)).is_absolute() and folder.is_dir() else Path.home())

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


class DataBox(PathBox):
    """A data set: a known one, a path that was used, or one that is looked for: a FOLDER or an ARCHIVE."""

    def ways(self) -> tuple[tuple[str, str], ...]:
        """A folder or an archive."""
        return (self.tr("Image folder…"), FOLDER), (self.tr("Archive…"), ARCHIVE)

    def dialog(self, what: str) -> QFileDialog:
        """For a FOLDER or an ARCHIVE."""
        archive = what == ARCHIVE
        title = self.tr("Choose an archive of CIFAR-10") if archive else self.tr("Choose an image folder")
        dialog = QFileDialog(self, title, self.beginning())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if archive else QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, not archive)
        if archive:
            patterns = " ".join(f"*{ending}" for ending in ARCHIVES)
            dialog.setNameFilter(self.tr("Archives ({patterns})").format(patterns=patterns))
        return dialog

    def takes(self, path: str) -> bool:
        """Whether ``path`` is a folder or may be an archive."""
        return Path(path).is_dir() or (path.lower().endswith(ARCHIVES) and Path(path).is_file())


class ModelBox(PathBox):
    """A model: nothing, a known one, a MODEL file, or one to FETCH, for which only ``browsed`` asks."""

    def ways(self) -> tuple[tuple[str, str], ...]:
        """A file, or one that others have published."""
        fetch = self.tr("Get torchvision's AlexNet (1,000 classes, 233 MB)")
        return (self.tr("Model file…"), MODEL), (fetch, FETCH)

    def browse(self, what: str) -> None:
        """Opens a dialog, or asks for the one that is published."""
        if what == FETCH:
            self.browsed.emit(what)
        else:
            super().browse(what)

    def dialog(self, what: str) -> QFileDialog:
        """For a model."""
        dialog = QFileDialog(self, self.tr("Choose a model to initialize from"), self.beginning())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Models ({pattern})").format(pattern=f"*{MODELS}"))
        return dialog

    def takes(self, path: str) -> bool:
        """Whether ``path`` may be a model."""
        return path.lower().endswith(MODELS) and Path(path).is_file()
