"""What a training on one's own photos came to: how good it is, and its mistakes as the photos that they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.picture_strip import Captioned, PictureStrip
from alexnet_app.ui.parts.plain import Label, one_line, set_tip
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

LARGE = 1.4  # times the window's font


class ResultView(QWidget):
    """``classify``, ``again``, ``details`` and ``back`` are buttons. ``corrected`` tells the place of a mistake and the
    number of the class that it is of; ``undone`` takes the last correction back; ``opened`` the place of a mistake that
    was double clicked.
    """

    corrected = Signal(int, int)
    undone = Signal()
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.sentence, self.notes = Label(wordWrap=True), Label(wordWrap=True)
        self.sentence.setAccessibleName(self.tr("How good the model is"))
        self.notes.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.classify = QPushButton(self.tr("Classify pictures with it"))
        self.again = QPushButton(self.tr("Train again"))
        self.details = QPushButton(self.tr("All details"))
        self.back = QPushButton(self.tr("Back to the curves"))
        self.mistakes = PictureStrip(4, wraps=True)
        self.mistakes.setAccessibleName(self.tr("Mistakes"))
        self.heading = Label()
        self.classes = EntryBox()
        self.classes.setAccessibleName(self.tr("What the photo shows"))
        self.correct = QPushButton(self.tr("Correct the label"))
        self.undo = QPushButton(self.tr("Undo"))
        self.state = ElidedLabel(faint=True)
        self._doing, self._bar = ElidedLabel(faint=True), ShareBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self._why_not, self._number = "", 0
        self._lay_out()
        self._tell()
        self.mistakes.picked.connect(lambda _: self._refresh())
        self.mistakes.opened.connect(self.opened)
        self.correct.clicked.connect(lambda: self.corrected.emit(self.mistakes.place(), self.classes.currentIndex()))
        self.undo.clicked.connect(self.undone)

    def _lay_out(self) -> None:
        for label, times in ((self.title, LARGE), (self.sentence, 1.2)):
            font = label.font()
            font.setPointSizeF(font.pointSizeF() * times)
            label.setFont(font)
        head = QHBoxLayout()
        head.addWidget(self.title, stretch=1)
        for button in (self.classify, self.again, self.details, self.back):
            head.addWidget(button)
        self._progress, self._correcting = QWidget(), QWidget()
        line, row, below = QHBoxLayout(self._progress), QHBoxLayout(), QVBoxLayout(self._correcting)
        line.addWidget(self._doing, stretch=1)
        line.addWidget(self._bar, stretch=1)
        row.addWidget(Label(self.tr("The chosen photo shows")))
        row.addWidget(self.classes)
        row.addWidget(self.correct)
        row.addWidget(self.undo)
        row.addStretch(1)
        below.addLayout(row)
        below.addWidget(self.state)  # on a line of its own: beside the rest it is cut in most windows
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        for inner in (head, line, row, below):
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(SPACE)
        layout.addLayout(head)
        for widget in (self.sentence, self.notes, self._progress, self.heading):
            layout.addWidget(widget)
        layout.addWidget(self.mistakes, stretch=1000)  # all there is, while there are any
        layout.addWidget(self._correcting)
        layout.addStretch(1)

    def _tell(self) -> None:
        set_tip(self.again, self.tr("Read the photos again, with the corrected labels, and train a new run on them"))
        set_tip(self.details, self.tr("Errors of each class, the confusion matrix, the calibration"))
        set_tip(self.classify, self.tr("Use this model under Classify"))

    def begin(self, name: str) -> None:
        """For the run ``name``, of which nothing is known yet."""
        self.title.show_text(name)
        for label in (self.sentence, self.notes, self.heading):
            label.setText("")
        self.mistakes.clear()
        self._correcting.hide()
        self.show_corrections("", can_undo=False)

    def show_progress(self, words: str, share: float | None) -> None:
        """How far it is; ``share`` 0 to 1, None while that is not known."""
        self._doing.show_text(words)
        self._bar.show_share(share)
        self._progress.show()

    def show_rest(self) -> None:
        """Nothing is being done."""
        self._progress.hide()

    def show_outcome(self, sentence: str, notes: Sequence[str]) -> None:
        """The one sentence, and what has to be known beside it."""
        self.sentence.setText(sentence)
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def show_mistakes(self, heading: str, captions: Sequence[Captioned], classes: Sequence[str], why_not: str) -> None:
        """The photos that were named wrongly; ``why_not`` says why their labels cannot be corrected."""
        self.heading.setText(heading)
        self.mistakes.show_captions(captions)
        self.mistakes.setVisible(bool(captions))
        self.classes.clear()
        for name in classes:
            self.classes.addItem(one_line(name))
        self._why_not, self._number = why_not, len(captions)
        self._correcting.setVisible(bool(captions))
        self._refresh()

    def show_pictures(self, pictures: Sequence[NDArray[np.uint8] | None]) -> None:
        """The photos of the mistakes, uint8 (height, width, 3); None where one can no longer be read."""
        self.mistakes.show_pictures(pictures)

    def propose(self, number: int) -> None:
        """The class that the chosen photo is likely to be of."""
        self.classes.setCurrentIndex(number)

    def show_corrections(self, text: str, *, can_undo: bool) -> None:
        """What was corrected so far."""
        self.state.show_text(text)
        self.state.setVisible(bool(text))
        self.undo.setEnabled(can_undo)
        set_tip(
            self.undo,
            self.tr("Take the last correction back") if can_undo else self.tr("No label was corrected here yet"),
        )

    def _refresh(self) -> None:
        none = self.tr("Choose a photo first") if self.mistakes.place() < 0 else ""
        why = self._why_not or none
        for widget in (self.correct, self.classes):
            widget.setEnabled(not why)
        set_tip(self.correct, why or self.tr("Write the class into labels.csv beside the data; no file is moved"))
        set_tip(self.classes, why or self.tr("The class that the photo really shows"))
