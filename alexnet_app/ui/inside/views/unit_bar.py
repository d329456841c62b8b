"""The top line of the page of a unit: which one, the one before, the next one, and the way back."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QWidget

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE


class UnitBar(QWidget):
    """``went`` tells a layer and a unit of it, from 0, that is wanted."""

    went = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back, self.forward = QPushButton(self.tr("Back")), QPushButton(self.tr("Forward"))
        self.previous, self.next = QPushButton(self.tr("Previous")), QPushButton(self.tr("Next"))
        self.save = QPushButton(self.tr("Save image…"))
        self.layer, self.number, self._of = EntryBox(), _Number(), Label()
        self._units: dict[str, int] = {}
        self._keys()
        self._lay_out()
        self.layer.activated.connect(lambda _: self.went.emit(self.layer.currentData(), 0))
        self.number.valueChanged.connect(lambda number: self.went.emit(self.layer.currentData(), number - 1))
        for button, step in ((self.previous, -1), (self.next, 1)):
            button.clicked.connect(lambda _, step=step: self.number.stepBy(step))

    def show_unit(self, units: dict[str, int], layer: str, unit: int, *, can_go: Sequence[bool]) -> None:
        """Which unit, from 0, of which layer is shown; ``units`` says how many each has, ``can_go`` whether there is a
        way back, and one forward. Emits nothing.
        """
        if units != self._units:
            self._units = units
            self.layer.clear()
            for each in units:
                self.layer.addItem(each, each)
        self.layer.setCurrentIndex(self.layer.findData(layer))
        self.number.blockSignals(True)
        self.number.setRange(1, units[layer])
        self.number.setValue(unit + 1)
        self.number.blockSignals(False)
        self._of.setText(self.tr("of {count:,}").format(**shown(count=units[layer])))
        self.back.setEnabled(can_go[0])
        self.forward.setEnabled(can_go[1])
        self.previous.setEnabled(unit > 0)
        self.next.setEnabled(unit + 1 < units[layer])
        self._explain()

    def _explain(self) -> None:
        """What each button does, or why it cannot now."""
        nowhere = self.tr("No other page was looked at")
        ends = self.tr("This is the last one"), self.tr("This is the first one")
        for button, does, why in (
            (self.back, self.tr("The page that was looked at before (Alt+Left)"), nowhere),
            (self.forward, self.tr("The page that was left with Back (Alt+Right)"), nowhere),
            (self.previous, self.tr("The one before in this layer (Alt+Up)"), ends[1]),
            (self.next, self.tr("The next one in this layer (Alt+Down)"), ends[0]),
        ):
            set_tip(button, does if button.isEnabled() else why)

    def _keys(self) -> None:
        for button, key in (
            (self.back, "Alt+Left"),
            (self.forward, "Alt+Right"),
            (self.previous, "Alt+Up"),
            (self.next, "Alt+Down"),
            (self.save, "Ctrl+S"),
        ):
            button.setShortcut(QKeySequence(key))
            button.setAutoDefault(False)
        self.layer.setAccessibleName(self.tr("Layer"))
        self.number.setAccessibleName(self.tr("Number within the layer"))
        set_tip(self.layer, self.tr("Another layer"))
        set_tip(self.save, self.tr("Save this page as an image (Ctrl+S)"))

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(self.back)
        line.addWidget(self.forward)
        line.addSpacing(SPACE)
        for widget in (self.layer, self.previous, self.number, self._of, self.next):
            line.addWidget(widget)
        line.addStretch()
        line.addWidget(self.save)


class _Number(QSpinBox):
    """The number of a unit, from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.setKeyboardTracking(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Changes nothing that is not in focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
