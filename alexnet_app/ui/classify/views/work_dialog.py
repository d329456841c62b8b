"""Says how far work with files is, which can be ended."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label, set_title
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE


class WorkDialog(QDialog):
    """``cancelled`` when the person wants it to end; it stays until the work has."""

    cancelled = Signal()

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        set_title(self, title)
        self.setModal(True)
        self._text, self._bar, self.cancel = Label(title), ShareBar(), QPushButton(self.tr("Cancel"))
        self._bar.setAccessibleName(self.tr("Progress"))
        self._bar.show_share(None)
        line = QHBoxLayout()
        line.addStretch()
        line.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._text)
        layout.addWidget(self._bar)
        layout.addLayout(line)
        self.setMinimumWidth(50 * SPACE)
        self.cancel.clicked.connect(self.reject)

    def show_progress(self, text: str, share: float) -> None:
        """``share`` is 0 to 1."""
        self._text.setText(text)
        self._bar.show_share(share)
        self._bar.setAccessibleDescription(text)

    def reject(self) -> None:
        """Asks the work to end."""
        self.cancel.setEnabled(False)
        self.cancelled.emit()

    def finish(self) -> None:
        """Closes the window: the work has finished."""
        self.accept()
        self.deleteLater()
