"""An evaluation on the screen: its numbers, each class, who is taken for whom, the surest mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from alexnet_app.ui.evaluation.views.class_table import ClassTable
from alexnet_app.ui.evaluation.views.confusion_view import ConfusionView
from alexnet_app.ui.evaluation.views.mistake_strip import Mistaken, MistakeStrip
from alexnet_app.ui.evaluation.views.score_cards import ScoreCards
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """``classes`` has name, pictures and wrong ones of each; ``counts`` (classes, classes) how often each (row) got
    each answer (column).
    """

    classes: Sequence[tuple[str, int, int]]
    counts: NDArray[np.int64]
    mistakes: Sequence[Mistaken]


class EvaluationView(QWidget):
    """``cards`` above, below the details of the chosen one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards, self.table, self.confusion, self.strip = ScoreCards(), ClassTable(), ConfusionView(), MistakeStrip()
        self._hint = self.tr("Point at a cell, or use the arrow keys")
        self.caption = ElidedLabel(faint=True)
        self._none = Label(self.tr("No image was misclassified."))
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lay_out()
        self.table.picked.connect(self.confusion.set_row)
        self.confusion.pointed.connect(self._tell)
        self._tell(-1, -1)

    def _lay_out(self) -> None:
        square = QWidget()
        inner = QVBoxLayout(square)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE // 2)
        inner.addWidget(self.confusion, stretch=1)
        inner.addWidget(self.caption)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(square)
        self.split.setSizes([50 * SPACE, 64 * SPACE])
        self.split.setStretchFactor(1, 1)
        self.table.setMinimumWidth(40 * SPACE)
        title = Label(self.tr("Most confident mistakes"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.cards)
        layout.addWidget(self.split, stretch=1)
        for widget in (title, self._none, self.strip):
            layout.addWidget(widget)

    def show_details(self, details: Details) -> None:
        """Of the chosen card."""
        self.table.set_rows(details.classes)
        self.confusion.set_counts(details.counts, [name for name, _, _ in details.classes])
        self.strip.show_mistakes(details.mistakes)
        self.strip.setVisible(bool(details.mistakes))
        self._none.setVisible(not details.mistakes)

    def _tell(self, true: int, answered: int) -> None:
        self.caption.show_text(self.confusion.text(true, answered) if true >= 0 else self._hint)
