"""What a run is for: the first question of a form, whose answer chooses the preset."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE, colours

COLUMNS = 2


class GoalRow(QWidget):
    """A button for each goal, one of them down. ``chosen`` tells its key; it comes from the person."""

    chosen = Signal(str)

    def __init__(self, goals: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        """``goals`` are keys, words and what each means."""
        super().__init__(parent)
        self.setAccessibleName(self.tr("What to train on"))
        self._meanings = {key: meaning for key, _, meaning in goals}
        self._buttons: dict[str, QToolButton] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        for place, (key, words, _) in enumerate(goals):
            button = QToolButton()
            button.setText(words)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMinimumHeight(4 * SPACE)
            button.clicked.connect(lambda _=False, key=key: self._choose(key))
            self._buttons[key] = button
            layout.addWidget(button, place // COLUMNS, place % COLUMNS)
        self.set_reason("")

    def set_goal(self, key: str) -> None:
        """Shows the goal ``key`` as chosen; empty for none."""
        for each, button in self._buttons.items():
            button.setChecked(each == key)
        self._paint()

    def goal(self) -> str:
        """The chosen goal; empty where none is."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def _choose(self, key: str) -> None:
        self.set_goal(key)  # not by a group of buttons, of which Tab would reach the chosen one only
        self.chosen.emit(key)

    def set_reason(self, reason: str) -> None:
        """Disables the choice because of ``reason``; an empty one enables it."""
        for key, button in self._buttons.items():
            button.setEnabled(not reason)
            set_tip(button, reason or self._meanings[key])

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        """The one that is down is seen at once; Fusion only shades it."""
        for button in self._buttons.values():
            palette = QPalette()
            if button.isChecked():
                palette.setColor(QPalette.ColorRole.ButtonText, colours(self).accent)
            font = self.font()
            font.setBold(button.isChecked())
            button.setFont(font)
            button.setPalette(palette)
