"""What a run is called, a note on it, and its tags."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from alexnet_app.ui.parts.plain import Label, set_title
from alexnet_app.ui.theme import SPACE


class RunNameDialog(QDialog):
    """``agreed`` tells the name, empty for that of the folder, the note, and the tags with commas between them."""

    agreed = Signal(str, str, str)

    def __init__(self, title: str, folder: str, name: str, note: str, tags: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_title(self, title)
        self.name, self.note, self.tags = QLineEdit(name), QPlainTextEdit(note), QLineEdit(tags)
        self.tags.setAccessibleName(self.tr("Tags of the run"))
        self.tags.setPlaceholderText(self.tr("with commas between them"))
        self.name.setPlaceholderText(folder)
        self.name.setAccessibleName(self.tr("Name of the run"))
        self.note.setAccessibleName(self.tr("Note on the run"))
        self.note.setTabChangesFocus(True)
        self.note.setMinimumSize(50 * SPACE, 12 * SPACE)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        said = self.agreed.emit
        self.accepted.connect(lambda: said(self.name.text(), self.note.toPlainText(), self.tags.text()))
        layout = QFormLayout(self)
        layout.addRow(Label(self.tr("Name")), self.name)
        layout.addRow(Label(self.tr("Note")), self.note)
        layout.addRow(Label(self.tr("Tags")), self.tags)
        layout.addRow(buttons)
        self.name.selectAll()
