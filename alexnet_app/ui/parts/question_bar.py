"""A question in its place, above what it is about, with a button for each answer: nothing is decided by surprise."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE, colours


class QuestionBar(QFrame):
    """Hidden while nothing is asked. ``answered`` tells the key of the button that was pressed; the bar is hidden
    then.
    """

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Question"))
        self.setAutoFillBackground(True)
        self._is_error = False
        self._text = Label(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons: list[QPushButton] = []
        self._answers: list[tuple[str, str]] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(SPACE)
        self._row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._text)
        layout.addLayout(self._row)
        self.hide()

    def ask(self, sentence: str, answers: Sequence[tuple[str, str]], *, is_error: bool = False) -> None:
        """Asks ``sentence``; ``answers`` are keys and the words of their buttons. ``is_error``: it says what is wrong,
        and the buttons are the ways out.
        """
        self._is_error = is_error
        self._text.setText(sentence)
        if list(answers) != self._answers:  # a button that is being pressed stays while only the words change
            self._replace_buttons(answers)
        self._paint()
        self.show()

    def _replace_buttons(self, answers: Sequence[tuple[str, str]]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._answers = list(answers)
        self._buttons = [self._button(key, words) for key, words in answers]
        for place, button in enumerate(self._buttons):
            self._row.insertWidget(place, button)

    def say(self, sentence: str) -> None:
        """Another sentence above the same buttons."""
        self._text.setText(sentence)

    def text(self) -> str:
        """What is asked; empty while nothing is."""
        return "" if self.isHidden() else self._text.text()

    def buttons(self) -> list[QPushButton]:
        """The buttons that are shown."""
        return list(self._buttons)

    def _button(self, key: str, words: str) -> QPushButton:
        button = QPushButton(words)
        button.clicked.connect(lambda: self._answer(key))
        return button

    def _answer(self, key: str) -> None:
        self.hide()
        self.answered.emit(key)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        drawn = colours(self)
        wanted = drawn.error if self._is_error else drawn.warning
        if self.palette().color(QPalette.ColorRole.Window) != wanted:  # setting it is itself a change of the palette
            palette = QPalette()  # nothing but this colour: all others follow the program's
            palette.setColor(QPalette.ColorRole.Window, wanted)
            self.setPalette(palette)
