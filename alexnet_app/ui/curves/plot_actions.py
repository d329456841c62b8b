"""What can be done with the curves, for the line above them and for the menu."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from alexnet_app.ui.curves.scale import Unit
from alexnet_app.ui.parts.plain import set_tip


class PlotActions(QObject):
    """``unit_changed`` tells that something else is counted along the axis. ``menu`` has all of them."""

    unit_changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.log = self._switch(self.tr("Log scale"), "Ctrl+L", self.tr("Show the loss on a logarithmic scale"))
        self.log_x = self._switch(
            self.tr("Logarithmic x axis"), "Ctrl+Alt+X", self.tr("Show steps on a logarithmic scale")
        )
        self.marks = self._switch(
            self.tr("Markers"),
            "Ctrl+M",
            self.tr("Show learning rate changes, checkpoints, the best epoch, pauses and resumes"),
            on=True,
        )
        self.raw = self._switch(
            self.tr("Raw values behind smoothed ones"),
            "Ctrl+Alt+Shift+S",
            self.tr("Draw the loss of every step pale behind its mean"),
            on=True,
        )
        self.table = self._switch(
            self.tr("Table of values"),
            "Ctrl+Alt+Shift+T",
            self.tr("Show the values of a plot in a table beside the plots"),
        )
        self.table.setIconText(self.tr("Table"))
        self.whole = self._command(self.tr("Whole run"), "Ctrl+0", "")
        self.settings = self._command(
            self.tr("Settings of compared runs…"),
            "Ctrl+Shift+B",
            self.tr("In which settings do the compared runs differ, and how good are they?"),
        )
        self.save = self._command(
            self.tr("Save plots…"), "Ctrl+Shift+W", self.tr("Save the plots as a PNG image, an SVG drawing or a PDF")
        )
        self.save.setIconText(self.tr("Save…"))
        self.save_values = self._command(
            self.tr("Save values as CSV…"), "Ctrl+Shift+N", self.tr("Save all values of a plot as a CSV table")
        )
        self.save_values.setIconText(self.tr("Save as CSV…"))
        self.units = self._make_units()
        self.menu = self._make_menu(parent)
        self.follow_compared(0)

    def _switch(self, text: str, key: str, meaning: str, *, on: bool = False) -> QAction:
        action = self._command(text, key, meaning)
        action.setCheckable(True)
        action.setChecked(on)
        return action

    def _command(self, text: str, key: str, meaning: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        set_tip(action, meaning)
        return action

    def _make_units(self) -> dict[Unit, QAction]:
        group = QActionGroup(self)
        found = {}
        for place, (unit, text, meaning) in enumerate(
            (
                (Unit.STEPS, self.tr("Steps"), self.tr("One update of the weights each")),
                (Unit.EPOCHS, self.tr("Epochs"), self.tr("Passes over the training images")),
                (Unit.IMAGES, self.tr("Images"), self.tr("Training images seen so far, each as often as it was seen")),
                (
                    Unit.TIME,
                    self.tr("Training time"),
                    self.tr("Time spent in training steps: without pauses, validation and saving"),
                ),
            ),
            1,
        ):
            action = self._switch(text, f"Ctrl+Alt+{place}", meaning, on=unit == Unit.STEPS)
            group.addAction(action)
            found[unit] = action
        group.triggered.connect(lambda _: self.unit_changed.emit())
        return found

    def _make_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(self.tr("Curves"), parent)
        menu.setToolTipsVisible(True)
        axis = menu.addMenu(self.tr("X axis"))
        axis.setToolTipsVisible(True)
        axis.addActions(list(self.units.values()))
        axis.addSeparator()
        axis.addAction(self.log_x)
        menu.addActions([self.log, self.raw, self.marks, self.whole])
        menu.addSeparator()
        menu.addActions([self.table, self.settings])
        menu.addSeparator()
        menu.addActions([self.save, self.save_values])
        return menu

    def unit(self) -> Unit:
        """What is counted along the axis."""
        return next(unit for unit, action in self.units.items() if action.isChecked())

    def set_unit(self, unit: str) -> None:
        """Counts something else; ValueError for what there is not."""
        self.units[Unit(unit)].setChecked(True)
        self.unit_changed.emit()

    def follow_compared(self, count: int) -> None:
        """How many runs are compared with the one in front."""
        self.settings.setEnabled(count > 0)
        set_tip(
            self.settings,
            self.tr("In which settings do the compared runs differ, and how good are they?")
            if count
            else self.tr("Compare a run first: select it under Past runs and press Compare"),
        )
