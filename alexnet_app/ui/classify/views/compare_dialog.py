"""Two models side by side: which other one, on how many pictures they differ, and both answers to each."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.classify.views.compare_table import CompareTable
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.other_model_box import OtherModelBox
from alexnet_app.ui.parts.plain import Label, one_line, set_tip, set_title
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

FIRST_SIZE = QSize(110 * SPACE, 64 * SPACE)


class CompareDialog(QDialog):
    """``model_chosen`` tells the path of the other model, ``closed`` that nobody looks any more. It stays open while
    the panel is used.
    """

    model_chosen = Signal(str)
    compare_wanted = Signal()
    cancel_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Compare two models"))
        self.banner, self.table, self.bar = Banner(), CompareTable(), ShareBar()
        self.models, self.summary, self.pair = OtherModelBox(), Label(wordWrap=True), ElidedLabel(faint=True)
        self.again, self.cancel = QPushButton(self.tr("Compare again")), QPushButton(self.tr("Cancel"))
        for widget, name in (
            (self.summary, self.tr("On how many pictures they differ")),
            (self.bar, self.tr("Progress")),
        ):
            widget.setAccessibleName(name)
        set_tip(self.again, self.tr("Compare the models on all pictures that are listed now"))
        self._lay_out()
        self.models.chosen.connect(self.model_chosen)
        self.again.clicked.connect(self.compare_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        begin_with(self, FIRST_SIZE)
        self.show_result("")

    def _lay_out(self) -> None:
        line, below = QHBoxLayout(), QHBoxLayout()
        label = Label(self.tr("Compare with"))
        label.setBuddy(self.models)
        line.addWidget(label)
        line.addWidget(self.models)
        line.addWidget(self.pair, stretch=1)
        below.addWidget(self.summary, stretch=2)
        below.addWidget(self.bar, stretch=1)
        below.addWidget(self.cancel)
        below.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.banner)
        layout.addLayout(line)
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(below)

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: label and path each. The choice stays."""
        self.models.set_models(models)

    def choose(self, path: str, label: str) -> None:
        """Makes ``path`` the choice, and tells it."""
        self.models.choose(path, label)

    def show_names(self, first: str, second: str) -> None:
        """What the models are called."""
        self.table.rows.set_names(first, second)
        text = self.tr("{first} and {second}")
        self.pair.show_text(text.format(first=one_line(first), second=one_line(second)) if second else "")

    def show_progress(self, text: str, share: float | None) -> None:
        """How far it is, 0 to 1; None while nobody knows."""
        self.summary.setText(text)
        self.bar.show_share(share)
        self._show_work(True)

    def show_result(self, text: str) -> None:
        """What came out."""
        self.summary.setText(text)
        self._show_work(False)

    def _show_work(self, works: bool) -> None:
        self.bar.setVisible(works)
        self.cancel.setVisible(works)
        self.again.setVisible(not works)
        self.again.setEnabled(bool(self.models.path()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tells that the window was closed."""
        super().closeEvent(event)
        self.closed.emit()

    def reject(self) -> None:
        """Escape first stops comparing, then closes the window."""
        if self.cancel.isVisible():
            self.cancel_wanted.emit()
        else:
            super().reject()
            self.closed.emit()
