"""A line that says what is being done, how far it is, how fast, how long still, and ends it."""

from PySide6.QtWidgets import QPushButton, QWidget

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.progress_line import ProgressLine


class WorkLine(ProgressLine):
    """``cancel`` is the button at its end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        names = self.tr("Current task"), self.tr("Progress"), self.tr("Speed"), self.tr("Remaining time")
        super().__init__(names, parent)
        self._line.setContentsMargins(0, 0, 0, 0)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self._line.addWidget(self.cancel)

    def allow(self, why_not: str) -> None:
        """Whether it can be cancelled; why not, where it cannot."""
        self.cancel.setEnabled(not why_not)
        set_tip(self.cancel, why_not or self.tr("Cancel; the images prepared so far are kept"))

    def texts(self) -> tuple[str, str, str]:
        """What it says: what is done and how far, the speed, the remaining time."""
        return self._where.text(), self._speed.text(), self._rest.text()
