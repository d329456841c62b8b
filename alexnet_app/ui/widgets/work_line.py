"""A line that says what is being done, how far it is, how fast, how long still, and ends it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.widgets.run_bar import PARTS, Place


class WorkLine(QWidget):
    """Texts come ready to be read; ``cancel`` is the button at its end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._where, self._speed, self._rest = Place(), Place(), Place()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMinimumWidth(8 * SPACE)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        for widget, name in (
            (self._where, self.tr("What is being done")),
            (self._bar, self.tr("Progress")),
            (self._speed, self.tr("Speed")),
            (self._rest, self.tr("Remaining time")),
        ):
            widget.setAccessibleName(name)
        for label in (self._speed, self._rest):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for each in (self._where, self._bar, self._speed, self._rest, self.cancel):
            layout.addWidget(each, stretch=1 if each is self._bar else 0)

    def show_progress(self, where: str, share: float | None, speed: str = "", rest: str = "") -> None:
        """``share`` is 0 to 1, None while it is not known how much there is to do."""
        self._bar.setRange(0, 0 if share is None else PARTS)
        if share is not None:
            self._bar.setValue(round(share * PARTS))
        for label, text in ((self._where, where), (self._speed, speed), (self._rest, rest)):
            label.tell(text)
        self._bar.setAccessibleDescription(where)

    def allow(self, why_not: str) -> None:
        """Whether it can be cancelled; why not, where it cannot."""
        self.cancel.setEnabled(not why_not)
        self.cancel.setToolTip(why_not or self.tr("End it; what was made is kept"))

    def texts(self) -> tuple[str, str, str]:
        """What it says: what is done and how far, the speed, the remaining time."""
        return self._where.text(), self._speed.text(), self._rest.text()
