"""A list of models to choose from, with a way to open one from a file."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QSizePolicy, QWidget

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import TEXT, one_line, set_tip, tip

BROWSE, FETCH = "\0browse", "\0fetch"  # no path can be these
FOREIGN = (".pth", ".pt", ".safetensors", ".caffemodel", ".onnx")  # files of others, of which a model can be made


class _Box(EntryBox):
    """``by_step`` while the keys or the wheel go from one entry to the next: they must not begin a download."""

    by_step = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.by_step = True
        super().keyPressEvent(event)
        self.by_step = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.by_step = True
        super().wheelEvent(event)
        self.by_step = False


class ModelChooser(QWidget):
    """``chosen`` tells the path of the model that the person chose; what the program chooses is not told.

    ``browsed`` tells the folder of a file that was opened. A choice that cannot be used is taken back with ``refuse``.
    ``foreign_chosen`` tells the path of a file of others, of which a model is to be made first; ``fetch_wanted`` that
    the person wants the model that others have published.
    """

    chosen = Signal(str)
    browsed = Signal(str)
    foreign_chosen = Signal(str)
    fetch_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self._is_default = True  # the first of the models, as long as nobody chose one
        self._opened: list[str] = []
        self._before: list[str] = []  # what was chosen up to now, since the last that was confirmed
        self._refused: set[str] = set()
        self._models: list[tuple[str, str]] = []
        self.folder = Path.home()  # where the dialog begins
        self._box = _Box()
        self._box.setAccessibleName(self.tr("Model"))
        self._box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(16)
        self._box.activated.connect(self._take)
        self.setFocusProxy(self._box)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._fill()

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: label and path each. The choice stays; without one the first is taken."""
        self._models = list(models)
        if not self._path and self._models:
            self._path = self._models[0][1]
        self._fill()

    def choose(self, path: str) -> None:
        """Makes ``path`` the choice, also where it was not among the models."""
        self._leave_for(path)
        if path and path not in self._opened and path not in (each for _, each in self._models):
            self._opened.append(path)
        self._fill()

    def picked(self) -> str:
        """The chosen model where it was chosen, not only the first there was; empty otherwise."""
        return "" if self._is_default else self._path

    def path(self) -> str:
        """The chosen model; empty where there is none."""
        return self._path

    def confirm(self) -> None:
        """The choice can be used: no other is gone back to."""
        self._before.clear()

    def refuse(self, path: str) -> None:
        """The model at ``path`` cannot be used: the choice before it holds again. Without one it stays the choice."""
        self._refused.add(path)
        self._before = [each for each in self._before if each != path]
        if path == self._path and self._before:
            self._path = self._before.pop()
        if path != self._path and path in self._opened:
            self._opened.remove(path)
        self._fill()

    def _leave_for(self, path: str) -> None:
        self._refused.discard(path)
        if self._path and path != self._path and self._path not in self._refused:
            self._before.append(self._path)
        self._path, self._is_default = path, False

    def _fill(self) -> None:
        self._box.clear()
        for label, path in self._models:
            self._add(label, path)
        for path in self._opened:
            if path not in (each for _, each in self._models):
                self._add(Path(path).name, path)
        if not self._path:
            self._box.insertItem(0, self.tr("No model yet"), "")
        self._box.insertSeparator(self._box.count())
        self._box.addItem(self.tr("Open a model file…"), BROWSE)
        self._box.addItem(self.tr("Get torchvision's AlexNet (1,000 classes, 233 MB)"), FETCH)
        self._box.setCurrentIndex(max(0, self._box.findData(self._path)))
        set_tip(self._box, self._path)

    def _add(self, label: str, path: str) -> None:
        self._box.addItem(one_line(label), path)
        self._box.setItemData(self._box.count() - 1, tip(one_line(path, TEXT)), Qt.ItemDataRole.ToolTipRole)

    def _take(self, index: int) -> None:
        path = self._box.itemData(index)
        if path in (BROWSE, FETCH):
            self._box.setCurrentIndex(max(0, self._box.findData(self._path)))
        if self._box.by_step and path in (BROWSE, FETCH):
            return
        if path == BROWSE:
            self.browse()
        elif path == FETCH:
            self.fetch_wanted.emit()
        elif path and path != self._path:
            self._leave_for(path)
            set_tip(self._box, path)
            self.chosen.emit(path)

    def browse(self) -> None:
        """Asks for a file."""
        theirs = " ".join(f"*{suffix}" for suffix in FOREIGN)
        kinds = [
            self.tr("Models and weights ({suffixes})").format(suffixes=f"*.alexnet {theirs}"),
            self.tr("Models (*.alexnet)"),
            self.tr("PyTorch, Caffe and ONNX weights ({suffixes})").format(suffixes=theirs),
        ]
        dialog = QFileDialog(self, self.tr("Open a model"), str(self.folder))
        dialog.setNameFilters(kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._opened_file)
        dialog.open()

    def _opened_file(self, path: str) -> None:
        self.folder = Path(path).parent
        self.browsed.emit(str(self.folder))
        if is_foreign(path):
            self.foreign_chosen.emit(path)
            return
        self.choose(path)
        self.chosen.emit(path)


def is_foreign(path: str) -> bool:
    """Whether its name is that of a file of others."""
    return path.lower().endswith(FOREIGN)
