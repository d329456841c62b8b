"""The form of a configuration: a preset, the settings that matter most, and the others in folds."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPalette
from PySide6.QtWidgets import QApplication, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from alexnet_app.ui.parts.form.editors import Switch
from alexnet_app.ui.parts.form.fields import FieldKind, FormField
from alexnet_app.ui.parts.form.fold import Fold
from alexnet_app.ui.parts.form.form_row import FormRow
from alexnet_app.ui.parts.form.path_box import PathBox
from alexnet_app.ui.parts.form.preset_row import PresetRow
from alexnet_app.ui.theme import SPACE, colours

LABEL = 12  # average characters at most in the column of labels; longer ones wrap


class ConfigForm(QWidget):
    """Shows fields and gives their values by dotted keys.

    All signals come from the person, never from a setter. ``changed`` carries a key, ``preset_chosen`` a name (answer
    with ``set_preset``), ``browse_requested`` says that a dialog was opened and what it looks for: "folder",
    "archive" or "model"; of "fetch" that a published model is wanted.
    """

    changed = Signal(str)
    preset_chosen = Signal(str)
    browse_requested = Signal(str)

    def __init__(self, fields: Sequence[FormField], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = {field.key: FormRow(field) for field in fields}
        self._folds: dict[str, Fold] = {}
        self._preset = PresetRow()
        self._start: dict[str, object] = {}
        self._name = ""
        self._replaced: tuple[str, dict[str, object]] | None = None  # a preset, and what was entered on top of it
        self._running = False
        self._lay_out()
        self._align()
        for row in self._rows.values():
            row.edited.connect(self._edit)
        self._preset.chosen.connect(self._choose)
        self._preset.reset.connect(self._reset)
        self._preset.undo.connect(self._undo)
        self._refresh()

    def _lay_out(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._preset)
        layout.addSpacing(SPACE)
        for row in self._rows.values():
            group = row.field.group
            if not group:
                layout.addWidget(row)
            elif group not in self._folds:
                self._folds[group] = Fold(group)
            if group:
                self._folds[group].add(row)
            if isinstance(row.editor, PathBox):
                row.editor.browsed.connect(self.browse_requested)
        for fold in self._folds.values():
            layout.addWidget(fold)
        layout.addStretch()

    def set_head(self, head: QWidget) -> None:
        """Puts ``head``, which belongs to the form's owner, above the preset."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(0, head)

    def set_values(self, values: Mapping[str, object]) -> None:
        """Shows ``values``, all or some of them, in place of what is entered; the preset stays."""
        for key, value in values.items():
            if key in self._rows:
                self._rows[key].set_value(value)
        self._refresh()

    def values(self) -> dict[str, object]:
        """What is entered, by key; a text that cannot be read comes as it is."""
        return {key: row.value() for key, row in self._rows.items()}

    def set_presets(self, presets: Sequence[tuple[str, str]]) -> None:
        """The presets there are: names, and a sentence about each."""
        self._preset.set_presets(list(presets))

    def set_preset(self, name: str, values: Mapping[str, object], about: str = "") -> None:
        """Shows the preset ``name`` and its ``values``; what differs from them later counts as changed."""
        self._name = name
        self._start = dict(values)
        self._preset.show_preset(name, about)
        self.set_values(values)

    def preset(self) -> str:
        """The preset that is shown."""
        return self._name

    def changed_keys(self) -> list[str]:
        """The settings that are not as the preset has them."""
        return [key for key, row in self._rows.items() if key in self._start and row.value() != self._start[key]]

    def set_devices(self, devices: Iterable[tuple[str, str]]) -> None:
        """The devices of this computer: names, and what people call them. The one that is chosen stays."""
        names = dict(devices)
        for row in self._of(FieldKind.DEVICE):
            known, chosen = dict(row.field.choices), str(row.value())
            choices = [(name, said or known.get(name, name)) for name, said in names.items()]
            if chosen not in names:
                choices.append((chosen, self.tr("{device} (not on this computer)").format(device=chosen)))
            row.set_choices(tuple(choices))

    def set_data_choices(self, choices: Iterable[tuple[str, str]]) -> None:
        """The data sets and the folders that were used: labels, and the values they stand for."""
        for row in self._of(FieldKind.DATA):
            row.set_choices(tuple((value, label) for label, value in choices))

    def set_models(self, choices: Iterable[tuple[str, str]]) -> None:
        """The models that a training can begin with: labels, and the values they stand for."""
        for row in self._of(FieldKind.MODEL):
            row.set_choices(tuple((value, label) for label, value in choices))

    def set_error(self, key: str, sentence: str) -> None:
        """Says under the field ``key`` what is wrong, until it is changed; opens its fold."""
        row = self._rows[key]
        row.set_error(sentence)
        if sentence and row.field.group:
            self._folds[row.field.group].set_open(True)
        self._refresh()

    def clear_errors(self) -> None:
        """Takes away what ``set_error`` said; fields that are wrong by their own limits go on saying so."""
        for row in self._rows.values():
            row.clear_error()
        self._refresh()

    def errors(self) -> dict[str, str]:
        """The sentences that are shown, by key."""
        return {key: row.error() for key, row in self._rows.items() if row.error()}

    def is_valid(self) -> bool:
        """Whether nothing is wrong, shown or not."""
        return all(row.is_valid() for row in self._rows.values())

    def check(self) -> bool:
        """Shows everything that is wrong and puts the cursor on the first of it; whether nothing is."""
        wrong = [row for row in self._rows.values() if not row.is_valid()]
        for row in wrong:
            row.check()
            if row.field.group:
                self._folds[row.field.group].set_open(True)
        if wrong:
            wrong[0].editor.setFocus(Qt.FocusReason.OtherFocusReason)
            QTimer.singleShot(0, self, self._reveal)  # once the folds that opened are laid out
        return not wrong

    def set_enabled_for_run(self, enabled: bool) -> None:
        """False while a run is on: everything can be read, nothing changed."""
        self._running = not enabled
        self._replaced = None
        self._paint()
        self._refresh()

    def row(self, key: str) -> FormRow:
        """The line of the field ``key``."""
        return self._rows[key]

    def fold(self, group: str) -> Fold:
        """The fold called ``group``."""
        return self._folds[group]

    def _reveal(self) -> None:
        """Scrolls to the first sentence, where the form lies in a scroll area."""
        viewport = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        wrong = next((row for row in self._rows.values() if row.error()), None)
        if isinstance(area, QScrollArea) and wrong is not None:
            area.ensureWidgetVisible(wrong, 0, SPACE)

    def _of(self, kind: FieldKind) -> list[FormRow]:
        return [row for row in self._rows.values() if row.field.kind is kind]

    def _edit(self, key: str) -> None:
        self._replaced = None
        self._refresh()
        self.changed.emit(key)

    def _choose(self, name: str) -> None:
        if name == self._name:
            self._reset()
        else:
            self._keep_replaced()
            self.preset_chosen.emit(name)

    def _reset(self) -> None:
        keys = self.changed_keys()
        self._keep_replaced()
        self.set_values(self._start)
        for key in keys:
            self.changed.emit(key)

    def _keep_replaced(self) -> None:
        """What was entered can be had back until the next entry."""
        if self.changed_keys():
            self._replaced = self._name, self.values()

    def _undo(self) -> None:
        assert self._replaced is not None
        (name, values), self._replaced = self._replaced, None
        if name != self._name:
            self.preset_chosen.emit(name)
        self.set_values(values)
        for key in self.changed_keys():
            self.changed.emit(key)

    def _refresh(self) -> None:
        changed = self.changed_keys()
        for key, row in self._rows.items():
            row.set_changed(self.preset() if key in changed else "", self._start.get(key))
            row.set_reason(self._reason(row))
        for group, fold in self._folds.items():
            inside = [key for key in changed if self._rows[key].field.group == group]
            fold.title.set_note(self.tr("{count} changed").format(count=len(inside)) if inside else "")
        running = self.tr("A run is in progress; stop it first, or wait until it finishes.")
        self._preset.set_reason(running if self._running else "")
        self._preset.set_changes(len(changed), self._replaced[0] if self._replaced else "")

    def _reason(self, row: FormRow) -> str:
        """Why the setting cannot be changed now; empty where it can."""
        if self._running:
            return self.tr("A run is in progress; stop it first, or wait until it finishes.")
        needs = row.field.needs
        if needs is None or self._rows[needs.key].value() in needs.values or not row.is_valid():
            return ""  # what is wrong can be put right, needed or not
        return needs.why

    def _align(self) -> None:
        """Gives labels and units a column each, as wide as the longest needs, in bold too."""
        font = QFont(self.font())
        font.setBold(True)
        metrics = QFontMetrics(font)
        rows = [row for row in self._rows.values() if not isinstance(row.editor, Switch)]
        widest = max((metrics.horizontalAdvance(row.field.label) for row in rows), default=0)
        labels = min(widest, LABEL * metrics.averageCharWidth()) + 1
        units = max((self.fontMetrics().horizontalAdvance(row.field.unit) for row in rows), default=0)
        for row in rows:
            row.label.setFixedWidth(labels)
            row.unit.setFixedWidth(units)
        self._preset.label.setFixedWidth(labels)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._align()
        elif event.type() == QEvent.Type.PaletteChange and self._running:
            self._paint()

    def _paint(self) -> None:
        """What cannot be changed during a run is still to be read: in the colour that only steps back."""
        faint, group = colours(self).faint, QPalette.ColorGroup.Disabled
        locked = QPalette()
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
            locked.setColor(group, role, faint)
        self._preset.button.setPalette(QApplication.palette() if self._running else QPalette())  # it is no setting
        if not self._running:
            self.setPalette(QPalette())
        elif self.palette().color(group, QPalette.ColorRole.Text) != faint:  # else it would call itself
            self.setPalette(locked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keeps Enter to itself: in a field it ends the entry and starts nothing."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
