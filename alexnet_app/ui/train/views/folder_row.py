"""A folder to be chosen: what it is for, where it is, a button to change it."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from alexnet_app.ui.parts.plain import TEXT, Label, one_line, set_tip
from alexnet_app.ui.theme import SPACE


class FolderRow(QWidget):
    """``changed`` tells the folder that the person chose."""

    changed = Signal(str)

    def __init__(self, label: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._folder = folder
        self._shown = Label()
        self._shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._shown.setAccessibleName(label)
        self._about = ""
        self._reason = ""
        self._button = QToolButton()
        self._button.setText("…")
        self._button.setAccessibleName(self.tr("Choose the folder: {what}").format(what=label))
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._button.clicked.connect(self._ask)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Label(label))
        layout.addWidget(self._shown, stretch=1)
        layout.addWidget(self._button)
        self._show()
        self._tell()

    def folder(self) -> Path:
        """The chosen folder."""
        return self._folder

    def set_folder(self, folder: Path) -> None:
        """Shows ``folder``; nothing is told."""
        self._folder = folder
        self._show()

    def explain(self, about: str) -> None:
        """Says what the folder is for."""
        self._about = about
        self._tell()

    def set_reason(self, reason: str) -> None:
        """Disables the choice because of ``reason``; an empty one enables it."""
        self._reason = reason
        self.setEnabled(not reason)
        self._tell()

    def _tell(self) -> None:
        set_tip(self, self._reason or self._about)
        set_tip(self._button, self._reason or self.tr("Choose another folder"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elides the path anew."""
        super().resizeEvent(event)
        self._show()

    def _show(self) -> None:
        metrics = QFontMetrics(self._shown.font())
        text = one_line(self._folder, TEXT).replace(str(Path.home()), "~", 1)
        self._shown.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, max(40, self._shown.width())))
        set_tip(self._shown, one_line(self._folder, TEXT))
        self._shown.setAccessibleDescription(str(self._folder))

    def _ask(self) -> None:
        dialog = QFileDialog(self, self._label, str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take)
        dialog.open()

    def _take(self, path: str) -> None:
        self.set_folder(Path(path))
        self.changed.emit(path)
