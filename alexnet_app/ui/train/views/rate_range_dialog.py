"""The learning-rate range test: its curve while it grows, what it suggests and why."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label, set_tip, set_title
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.train.views.rate_range_plot import RateRangePlot

FIRST_SIZE = QSize(88 * SPACE, 60 * SPACE)


class RateRangeDialog(QDialog):
    """``agreed`` tells the suggested rate, once the person takes it; ``left`` that nobody looks any more."""

    agreed = Signal(float)
    left = Signal()

    def __init__(self, about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Find a learning rate"))
        self._suggested: float | None = None
        self.plot, self.bar, self.said = RateRangePlot(), ShareBar(), Label(wordWrap=True)
        self.said.setMinimumHeight(2 * self.said.fontMetrics().height())
        self.said.setAccessibleName(self.tr("Result"))
        self.bar.setAccessibleName(self.tr("Progress"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.take = buttons.addButton(self.tr("Use this learning rate"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.take.setEnabled(False)
        set_tip(self.take, self.tr("There is no suggestion yet"))
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)
        self.finished.connect(lambda _: self.left.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(Label(about, wordWrap=True))
        layout.addWidget(self.plot, stretch=1)
        layout.addWidget(self.bar)
        layout.addWidget(self.said)
        layout.addWidget(buttons)
        begin_with(self, FIRST_SIZE)

    def show_progress(self, said: str, share: float | None) -> None:
        """What is being done, and how much of it is."""
        self.said.setText(said)
        self.bar.show_share(share)

    def show_result(self, said: str, suggested: float | None, button: str) -> None:
        """What came of it; ``button`` is what takes the rate over, empty where there is none to take."""
        self._suggested = suggested
        self.bar.hide()
        self.said.setText(said)
        self.take.setEnabled(suggested is not None)
        if button:
            self.take.setText(button)
        set_tip(self.take, self.tr("Writes it into the form") if button else self.tr("No rate is suggested"))

    def _agree(self) -> None:
        if self._suggested is not None:
            self.agreed.emit(self._suggested)
        self.accept()
