"""The head of a form: the preset, what it is for, and how much of it was changed."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.form.editors import ChoiceBox
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE


class PresetRow(QWidget):
    """A choice among presets. ``chosen`` carries a name, ``reset`` asks for its values, ``undo`` for what these or
    another preset replaced; all come from the person.
    """

    chosen = Signal(str)
    reset = Signal()
    undo = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = Label(self.tr("Preset"), wordWrap=True)
        self.combo = ChoiceBox()
        self.about = Label(wordWrap=True)
        self.button = QPushButton(self.tr("Reset"))
        self._state = Label()
        self._about: dict[str, str] = {}
        self._known: list[str] = []
        self._changes = 0
        self._replaced = ""
        self._reason = ""
        self._lay_out()
        self.combo.finished.connect(self._choose)
        self.button.clicked.connect(self._press)
        self.set_changes(0)

    def _lay_out(self) -> None:
        self.label.setBuddy(self.combo)
        self.combo.setAccessibleName(self.tr("Preset"))
        self.about.hide()
        for text in (self.about, self._state):
            text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.label)
        top.addWidget(self.combo, stretch=1)
        bottom.addWidget(self._state, stretch=1)
        bottom.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for each in (top, bottom, layout):
            each.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self.about)
        layout.addLayout(bottom)

    def name(self) -> str:
        """The preset that is shown; empty before there is one."""
        return str(self.combo.read() or "")

    def set_presets(self, presets: list[tuple[str, str]]) -> None:
        """Replaces the choices: names, and a sentence about each. None is shown before one is set."""
        self._about |= dict(presets)
        self._known = [name for name, _ in presets]
        before = self.combo.currentIndex()
        self.combo.set_choices(tuple((name, name) for name, _ in presets))
        if before < 0:
            self.combo.setCurrentIndex(-1)
        self._tell()

    def show_preset(self, name: str, about: str = "") -> None:
        """Shows ``name``, which need not be among the presets: then it is a choice as long as it is shown."""
        if about:
            self._about[name] = about
        self.combo.write(name)
        for index in reversed(range(self.combo.count())):
            if self.combo.itemData(index) not in (*self._known, name):
                self.combo.removeItem(index)
        self._tell()

    def set_changes(self, count: int, replaced: str = "") -> None:
        """Says how many settings are not as the preset has them; ``replaced`` is the preset of those that can be had
        back, empty where there are none.
        """
        self._changes, self._replaced = count, replaced
        said = self.tr("1 setting changed") if count == 1 else self.tr("{count} settings changed")
        self._state.setText(said.format(count=count) if count else self.tr("No settings changed"))
        self._enable()

    def set_reason(self, reason: str) -> None:
        """Disables the choice because of ``reason``; an empty one enables it."""
        self._reason = reason
        self._enable()

    def _choose(self) -> None:
        self._tell()
        self.chosen.emit(self.name())

    def _tell(self) -> None:
        self.about.setText(self._about.get(self.name(), ""))
        self.about.setVisible(bool(self.about.text()))
        self._enable()

    def _enable(self) -> None:
        self.label.setEnabled(not self._reason)
        self.combo.setEnabled(not self._reason)
        set_tip(self.combo, self._reason or self.tr("A set of values to start from"))
        undoes = self._undoes()
        text, name = self.tr("Reset"), self.tr("Reset to the preset")
        if undoes:
            text, name = self.tr("Undo"), self.tr("Restore the replaced settings")
        self.button.setText(text)
        self.button.setAccessibleName(name)
        self.button.setEnabled(bool(self._changes or undoes) and not self._reason)
        way = self.tr("Reset all settings to {preset}") if self._changes else self.tr("All settings match {preset}")
        if undoes:
            way = self.tr("Back to the settings as they were changed from {preset}")
        set_tip(self.button, self._reason or way.format(preset=self._replaced if undoes else self.name()))

    def _undoes(self) -> bool:
        return bool(self._replaced) and not self._changes

    def _press(self) -> None:
        (self.undo if self._undoes() else self.reset).emit()
