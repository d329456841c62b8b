"""What both towers say of a picture, what each says alone, and what each adds to the score of a class."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.parts.plain import Label, one_line
from alexnet_app.ui.theme import SPACE

ROWS = 3
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Answers = Sequence[tuple[str, float]]


class TowerAnswers(QWidget):
    """Three columns of labels with their probabilities, and the sum of a score. As high while it waits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sum = ElidedLabel(Qt.TextElideMode.ElideRight)
        self._labels = [[ElidedLabel(Qt.TextElideMode.ElideRight) for _ in range(ROWS)] for _ in range(3)]
        self._shares = [[Label() for _ in range(ROWS)] for _ in range(3)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        titles = (self.tr("Both towers, single view"), self.tr("Tower A alone"), self.tr("Tower B alone"))
        for column, title in enumerate(titles):
            grid.addWidget(Label(title), 0, 3 * column, 1, 2)
            grid.setColumnStretch(3 * column, 1)
            if column < 2:
                grid.setColumnMinimumWidth(3 * column + 2, SPACE)
            for row in range(ROWS):
                grid.addWidget(self._labels[column][row], row + 1, 3 * column)
                grid.addWidget(self._shares[column][row], row + 1, 3 * column + 1, RIGHT)
        grid.addWidget(self.sum, ROWS + 1, 0, 1, 8)
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        self.show_answers((), (), (), "")

    def show_answers(self, both: Answers, tower_a: Answers, tower_b: Answers, total: str) -> None:
        """Label and probability (0 to 1) of each answer, the likeliest first; ``total`` is the sum as a sentence."""
        for column, answers in enumerate((both, tower_a, tower_b)):
            for row in range(ROWS):
                label, share = answers[row] if row < len(answers) else ("", -1.0)
                self._labels[column][row].show_text(one_line(label))
                self._shares[column][row].setText(percent(share, 1) if share >= 0 else "")
        self.sum.show_text(total)
