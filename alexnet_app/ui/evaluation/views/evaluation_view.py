"""An evaluation on the screen: its numbers, each class, who is taken for whom, the surest mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QTabWidget, QVBoxLayout, QWidget

from alexnet_app.ui.evaluation.views.class_table import ClassTable
from alexnet_app.ui.evaluation.views.confusion_view import ConfusionView
from alexnet_app.ui.evaluation.views.mistake_strip import Mistaken, MistakeStrip
from alexnet_app.ui.evaluation.views.reliability_view import ReliabilityBin, ReliabilityView
from alexnet_app.ui.evaluation.views.score_cards import ScoreCards
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """``classes`` has name, pictures and wrong ones of each; ``counts`` (classes, classes) how often each (row) got
    each answer (column). ``bins`` are the bars of the reliability diagram, ``calibration`` is what is said of them.
    """

    classes: Sequence[tuple[str, int, int]]
    counts: NDArray[np.int64]
    mistakes: Sequence[Mistaken]
    bins: Sequence[ReliabilityBin] = ()
    calibration: str = ""


class EvaluationView(QWidget):
    """``cards`` above, below the details of the chosen one. ``cell_wanted`` tells a cell of the matrix whose pictures
    are to be shown, ``mistakes_wanted`` that those of all mistakes are again; ``export`` is a button.
    """

    cell_wanted = Signal(int, int)
    mistakes_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards, self.table, self.confusion, self.strip = ScoreCards(), ClassTable(), ConfusionView(), MistakeStrip()
        self.reliability = ReliabilityView()
        self._hint = self.tr("Point at a cell, or use the arrow keys; click it to see its pictures")
        self.calibration = Label(wordWrap=True)
        self.calibration.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.title = ElidedLabel()
        self.all = QPushButton(self.tr("All mistakes"))
        set_tip(self.all, self.tr("Show the most confident mistakes of all classes again"))
        self.export = QPushButton(self.tr("Export…"))
        set_tip(self.export, self.tr("Write the table, the confusion matrix or the mistakes into a file"))
        self.caption = ElidedLabel(faint=True)
        self._none = Label(self.tr("No image was misclassified."))
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lay_out()
        self.table.picked.connect(self.confusion.set_row)
        self.confusion.pointed.connect(self._tell)
        self.confusion.picked.connect(self.cell_wanted)
        self.all.clicked.connect(self.mistakes_wanted)
        self._tell(-1, -1)

    def _lay_out(self) -> None:
        square = QWidget()
        inner = QVBoxLayout(square)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE // 2)
        inner.addWidget(self.confusion, stretch=1)
        inner.addWidget(self.caption)
        diagram = QWidget()
        beside = QVBoxLayout(diagram)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.reliability, stretch=1)
        beside.addWidget(self.calibration)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Confusion matrix and calibration"))
        self.tabs.addTab(square, self.tr("Confusion matrix"))
        self.tabs.addTab(diagram, self.tr("Calibration"))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.tabs)
        self.split.setSizes([50 * SPACE, 64 * SPACE])
        self.split.setStretchFactor(1, 1)
        self.table.setMinimumWidth(40 * SPACE)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.title, stretch=1)
        for button in (self.all, self.export):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.cards)
        layout.addWidget(self.split, stretch=1)
        layout.addLayout(row)
        for widget in (self._none, self.strip):
            layout.addWidget(widget)

    def show_details(self, details: Details) -> None:
        """Of the chosen card."""
        self.table.set_rows(details.classes)
        self.confusion.set_counts(details.counts, [name for name, _, _ in details.classes])
        self.reliability.show_bins(details.bins, details.calibration)
        self.calibration.setText(details.calibration if details.bins else "")
        self.show_mistakes(details.mistakes)

    def show_mistakes(self, mistakes: Sequence[Mistaken]) -> None:
        """Those of all classes, without their pictures."""
        self.title.show_text(self.tr("Most confident mistakes"))
        self.all.hide()
        self.strip.show_mistakes(mistakes)
        self.strip.setVisible(bool(mistakes))
        self._none.setVisible(not mistakes)

    def show_cell(self, title: str, images: Sequence[Mistaken]) -> None:
        """The images of a cell of the matrix in the place of the mistakes."""
        self.title.show_text(title)
        self.all.show()
        self.strip.show_mistakes(images)
        self.strip.show()
        self._none.hide()

    def _tell(self, true: int, answered: int) -> None:
        self.caption.show_text(self.confusion.text(true, answered) if true >= 0 else self._hint)
