"""Asks for a class: any name, with those of the model at hand."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label, set_title
from alexnet_app.ui.theme import SPACE


class LabelDialog(QDialog):
    """``given`` tells the name when it was agreed to."""

    given = Signal(str)

    def __init__(self, parent: QWidget, sentence: str, classes: Sequence[str], label: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_title(self, self.tr("Right class"))
        self.name = QLineEdit(label)
        self.name.setAccessibleName(self.tr("Name of the class"))
        self.name.selectAll()
        completer = QCompleter(list(classes), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(self._check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        for widget in (Label(sentence), self.name, self.buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(50 * SPACE)
        self._check()
        self.accepted.connect(lambda: self.given.emit(self.name.text().strip()))

    def _check(self) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self.name.text().strip()))
