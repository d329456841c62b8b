"""The answers of a network, and under them those with everything on, where something is switched off."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.parts.top5_bars import Top5Bars
from alexnet_app.ui.theme import SPACE


class BothAnswers(QWidget):
    """``what`` says what is switched off; ``before`` is hidden where that is nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what, self._was = Label(), Label(self.tr("Everything on"))
        self.answers, self.before = Top5Bars(), Top5Bars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addStretch()
        for widget in (self.what, self.answers, self._was, self.before):
            layout.addWidget(widget)
        layout.addStretch()

    def show_answers(
        self,
        answers: Sequence[tuple[str, float]],
        what: str,
        before: Sequence[tuple[str, float]] = (),
        *,
        is_off: bool = False,
    ) -> None:
        """Shows classes with their probabilities, 0 to 1; those of ``before`` where something ``is_off``."""
        self.answers.show_answers(answers)
        self.what.setText(what)
        self.before.show_answers(before if is_off else ())
        for widget in (self._was, self.before):
            widget.setVisible(is_off)
