"""The top line of the panel Inside: which photo, which model, what is switched off."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from alexnet_app.ui.inside.jobs import Off
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import Label, copy_tip, set_tip
from alexnet_app.ui.theme import SPACE

TOWERS = {"": None, "a": 0, "b": 1}


class InsideBar(QWidget):
    """``changed`` tells that something was switched off or on."""

    changed = Signal()

    def __init__(self, open_photo: QAction, lecture: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._off = Off()
        self.photo = ElidedLabel()
        self.open = QPushButton(open_photo.text())
        self.open.clicked.connect(open_photo.trigger)
        self.lecture = QPushButton(lecture.text())
        self.lecture.clicked.connect(lecture.trigger)
        lecture.changed.connect(lambda: self._follow(lecture))
        self._follow(lecture)
        self.chooser = ModelChooser()
        self.tower, self.normalization = EntryBox(), QPushButton(self.tr("Normalization"))
        self.normalization.setCheckable(True)
        self.normalization.setChecked(True)
        self.reset = QPushButton(self.tr("Everything on"))
        for text, name in (
            (self.tr("Both towers"), ""),
            (self.tr("Tower B alone"), "a"),
            (self.tr("Tower A alone"), "b"),
        ):
            self.tower.addItem(text, name)
        self.tower.setAccessibleName(self.tr("Towers that are on"))
        self._lay_out()
        self.tower.activated.connect(self._take)
        self.normalization.clicked.connect(self._take)
        self.reset.clicked.connect(self.switch_everything_on)
        self.offer(has_towers=False, has_norm=False)

    def off(self) -> Off:
        """What is switched off."""
        return self._off

    def switch_everything_on(self) -> None:
        """Nothing is off any more."""
        self._set(Off())

    def switch_unit(self, layer: str, unit: int, *, off: bool) -> None:
        """Switches a unit of a layer off, or on again."""
        others = tuple(each for each in self._off.units if each != (layer, unit))
        units = (*others, (layer, unit)) if off else others
        self._set(Off(self._off.tower, units, self._off.normalization))

    def offer(self, *, has_towers: bool, has_norm: bool) -> None:
        """What the network has that can be switched off."""
        self.tower.setEnabled(has_towers)
        set_tip(self.tower, self.tr("Make one tower 0 from its first layer on") if has_towers else self._lacks_towers())
        self.normalization.setEnabled(has_norm)
        means = self.tr("Let normalization multiply by its constant only, without comparing neighbouring maps")
        set_tip(self.normalization, means if has_norm else self.tr("This network does not normalize"))
        self.reset.setEnabled(not self._off.is_nothing())
        set_tip(
            self.reset,
            self.tr("Switch both towers, normalization and all maps on again")
            if self.reset.isEnabled()
            else self.tr("Nothing is switched off"),
        )

    def _follow(self, lecture: QAction) -> None:
        """The button can be pressed where its action can be chosen."""
        self.lecture.setEnabled(lecture.isEnabled())
        copy_tip(lecture, self.lecture)

    def _lacks_towers(self) -> str:
        return self.tr("This network has one column")

    def _take(self) -> None:
        self._set(Off(TOWERS[self.tower.currentData()], self._off.units, self.normalization.isChecked()))

    def _set(self, off: Off) -> None:
        if off == self._off:
            return
        self._off = off
        self.tower.setCurrentIndex(list(TOWERS.values()).index(off.tower))
        self.normalization.setChecked(off.normalization)
        self.changed.emit()

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        self.chooser.setMaximumWidth(40 * SPACE)
        model = Label(self.tr("Model"))
        model.setBuddy(self.chooser)
        line.addWidget(self.open)
        line.addWidget(self.photo, stretch=2)
        line.addWidget(model)
        line.addWidget(self.chooser, stretch=3)
        line.addSpacing(SPACE)
        for widget in (self.tower, self.normalization, self.reset, self.lecture):
            line.addWidget(widget)
