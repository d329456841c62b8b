"""Whether runs are trained by a process of their own, and whether that leaves the processors to others."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.turning_row import TurningRow
from alexnet_app.ui.theme import SPACE


class BackgroundRow(QWidget):
    """Two checks; ``changed`` when the person has changed one."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.always = QCheckBox(self.tr("Always train in the background"))
        self.low = QCheckBox(self.tr("Low priority"))
        set_tip(
            self.always,
            self.tr(
                "Start training starts a process of its own, which continues when this window is closed. The run is "
                "shown, paused, steered and stopped here all the same."
            ),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(TurningRow(self.always, self.low, self._needed))
        self.always.toggled.connect(self._follow)
        self.low.toggled.connect(self.changed)
        self._follow()

    def is_on(self) -> bool:
        """Whether a run gets a process of its own."""
        return self.always.isChecked()

    def is_low(self) -> bool:
        """Whether that process leaves the processors to others."""
        return self.is_on() and self.low.isChecked()

    def _needed(self) -> int:
        return self.always.sizeHint().width() + self.low.sizeHint().width() + SPACE

    def _follow(self) -> None:
        on = self.is_on()
        self.low.setEnabled(on)
        wish = self.tr("The process leaves the processors to other programs")
        set_tip(self.low, wish if on else self.tr("Only a run in the background can have a lower priority"))
        self.changed.emit()
