"""One line of a form: label, control, unit, and below it what is wrong."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from alexnet_app.ui.parts.form.editors import ChoiceBox, Control, Switch, TextBox, WholeBox
from alexnet_app.ui.parts.form.fields import FieldKind, FormField, problem, tooltip, write
from alexnet_app.ui.parts.form.path_box import DataBox, ModelBox, PathBox
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE, colours


class FormRow(QWidget):
    """A setting as people see it. ``edited`` and ``finished`` carry its key and come from the person only."""

    edited = Signal(str)
    finished = Signal(str)

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.editor = _editor(field)
        self.editor.setParent(self)
        self.label = Label(field.label, wordWrap=True)
        self.unit = Label(field.unit)
        self._error = Label(wordWrap=True)
        self._from_outside = ""
        self._changed_from = ""
        self._reason = ""
        self._lay_out()
        self.setAcceptDrops(isinstance(self.editor, PathBox))
        self.editor.edited.connect(self._edit)
        self.editor.finished.connect(self._finish)
        self._describe()

    def _lay_out(self) -> None:
        self.unit.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.editor.setAccessibleName(self.field.label)
        self.label.setBuddy(self.editor)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        if isinstance(self.editor, Switch):
            self.label.hide()
            line.addWidget(self.editor)
            line.addStretch()
        else:
            line.addWidget(self.label)
            line.addWidget(self.editor, stretch=1)
            line.addWidget(self.unit)
            self.unit.setVisible(bool(self.field.unit))
        self._error.setAutoFillBackground(True)
        self._error.setMargin(SPACE // 2)
        self._error.hide()
        self._lines = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(line)
        layout.addWidget(self._error)

    def add_below(self, widget: QWidget) -> None:
        """Puts ``widget``, which belongs to the setting, under its control."""
        self._lines.insertWidget(1, widget, alignment=Qt.AlignmentFlag.AlignRight)

    def value(self) -> object:
        """What is entered; text that cannot be read stays text."""
        return self.editor.read()

    def set_value(self, value: object) -> None:
        """Shows ``value``, without signals; errors are forgotten."""
        self.editor.write(value)
        self.set_error("")

    def set_choices(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Replaces the values and labels to choose from; the value that is shown stays."""
        if isinstance(self.editor, ChoiceBox):
            self.editor.set_choices(choices)
            self._describe()

    def problem(self) -> str:
        """Why what is entered cannot be, by its own limits; empty if it can."""
        return problem(self.field, self.value())

    def error(self) -> str:
        """The sentence that is shown."""
        return "" if self._error.isHidden() else self._error.text()

    def is_valid(self) -> bool:
        """Whether nothing is wrong, by its own limits or as it was said."""
        return not (self.problem() or self._from_outside)

    def set_error(self, sentence: str) -> None:
        """Says what is wrong, until the value is changed."""
        self._from_outside = sentence
        self._show(sentence)

    def clear_error(self) -> None:
        """Forgets what was said from outside."""
        self._from_outside = ""
        if self.error():
            self.check()

    def check(self) -> None:
        """Shows what is wrong now."""
        self._show(self.problem() or self._from_outside)

    def set_changed(self, preset: str, value: object) -> None:
        """Marks the setting as changed: the preset of that name has ``value``. No name takes the mark away."""
        self._changed_from = ""
        if preset:
            said = self.tr("Changed; the preset {preset} has {value}.")
            self._changed_from = said.format(preset=preset, value=self._said(value))
        marked = self.editor if isinstance(self.editor, Switch) else self.label
        font = marked.font()
        if font.bold() != bool(preset):
            font.setBold(bool(preset))
            marked.setFont(font)
        self._describe()

    def set_reason(self, reason: str) -> None:
        """Disables the setting because of ``reason``; an empty one enables it."""
        self._reason = reason
        for part in (self.label, self.editor, self.unit):
            part.setEnabled(not reason)
        role = QPalette.ColorRole
        self.unit.setForegroundRole(role.WindowText if reason else role.PlaceholderText)
        self._describe()

    def _said(self, value: object) -> str:
        if isinstance(value, bool):
            return self.tr("on") if value else self.tr("off")
        return dict(self.field.choices).get(str(value), write(value)) or self.tr("none")

    def _describe(self) -> None:
        shown = self.editor.currentText() if isinstance(self.editor, ChoiceBox) else ""
        notes = tuple(note for note in (shown, self._reason, self._changed_from) if note)
        set_tip(self, tooltip(self.field, notes))
        self.editor.setAccessibleDescription(" ".join((*notes, self.error())))

    def _show(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        self._paint()
        self._describe()

    def _edit(self) -> None:
        self.clear_error()
        self._describe()
        self.edited.emit(self.field.key)

    def _finish(self) -> None:
        if not self.problem():
            self.editor.write(self.value())  # as it is written everywhere: 60,000
        self.check()
        self.finished.emit(self.field.key)

    def _paint(self) -> None:
        wrong, drawn = QPalette(), colours(self)
        for role in (QPalette.ColorRole.Base, QPalette.ColorRole.Button):
            wrong.setColor(role, drawn.error)
        self.editor.setPalette(wrong if self.error() else QPalette())
        behind = QPalette()
        behind.setColor(QPalette.ColorRole.Window, drawn.error)
        self._error.setPalette(behind)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes one path of the kind that the setting has."""
        if self.editor.isEnabled() and self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Chooses what was dropped."""
        path = self._dropped(event)
        if isinstance(self.editor, PathBox) and path:
            event.acceptProposedAction()
            self.editor.take(path)

    def _dropped(self, event: QDropEvent) -> str:
        """The one path that the event brings and the setting can have; empty for anything else."""
        urls = event.mimeData().urls()
        path = urls[0].toLocalFile() if len(urls) == 1 else ""
        return path if path and isinstance(self.editor, PathBox) and self.editor.takes(path) else ""


def _editor(field: FormField) -> Control:
    match field.kind:
        case FieldKind.WHOLE:
            return WholeBox(field)
        case FieldKind.SWITCH:
            return Switch(field)
        case FieldKind.CHOICE | FieldKind.DEVICE:
            return ChoiceBox(field.choices)
        case FieldKind.DATA:
            return DataBox(field.choices)
        case FieldKind.MODEL:
            return ModelBox(field.choices)
    return TextBox(field)
