"""What a panel says while it has nothing to show, with the button that does the next thing."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE, colours, make_primary


class EmptyState(QWidget):
    """A title, a sentence or two, and buttons; the first one is the next thing to do."""

    def __init__(self, title: str, text: str, buttons: Sequence[QPushButton], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label(title)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self._title.setFont(font)
        self._text = Label(text)
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setFixedWidth(60 * SPACE)
        for button in buttons:
            button.setMinimumHeight(5 * SPACE)
        self._primary = buttons[0]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addStretch()
        layout.addWidget(self._title)
        layout.addLayout(_in_the_middle([self._text]))
        layout.addLayout(_in_the_middle(buttons))
        layout.addStretch()
        self._paint()

    def set_text(self, text: str) -> None:
        """Changes the sentence."""
        self._text.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, colours(self).faint)
        self._text.setPalette(palette)
        make_primary(self._primary)


def _in_the_middle(widgets: Sequence[QWidget]) -> QHBoxLayout:
    """Not by an alignment: a text that wraps would be given the height that it needs when it is as wide as all."""
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    row.addStretch()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch()
    return row
