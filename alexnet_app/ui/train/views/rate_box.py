"""The learning rate of the run on the screen: what it is now, a field to set another one, a way back."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QWidget

from alexnet_app.ui.parts.form.fields import FieldKind, FormField, problem, read, write
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE, colours

WIDEST = "0.00000005"


class _RateEdit(QLineEdit):
    """``left`` by Escape or for another control: a rate that was only typed is set by nobody."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape brings back what is."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Brings back what is."""
        super().focusOutEvent(event)
        self.left.emit()


class RateBox(QWidget):
    """``wanted`` tells a rate from ``least`` to ``most`` that was typed and entered; what cannot be one is marked in
    the field, with the reason as its tooltip. ``actions`` have a button each, behind the field.
    """

    wanted = Signal(float)

    def __init__(self, least: float, most: float, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = Label(self.tr("Learning rate"))
        self._field = FormField("rate", label.text(), FieldKind.NUMBER, least=least, most=most, example=write(0.001))
        self._rate, self._why_not = 0.0, ""
        self.edit = _RateEdit()
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setAccessibleName(label.text())
        self.edit.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.edit.left.connect(self._write)
        self.edit.returnPressed.connect(self._enter)
        self.edit.textEdited.connect(lambda _: self._mark(""))
        label.setBuddy(self.edit)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE, 0, SPACE, 0)
        line.setSpacing(SPACE)
        line.addWidget(label)
        line.addWidget(self.edit)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            line.addWidget(button)
        line.addStretch()
        self._measure()
        self.allow(self.tr("No run is in progress"))

    def show_rate(self, rate: float) -> None:
        """The rate of the run, 0 while it has none; what is being typed stays."""
        if rate != self._rate:
            self._rate = rate
            if not self.edit.isModified():
                self._write()

    def allow(self, why_not: str) -> None:
        """Whether another rate can be set now; why not, where it cannot."""
        self._why_not = why_not
        self.edit.setReadOnly(bool(why_not))
        self.edit.setFocusPolicy(Qt.FocusPolicy.NoFocus if why_not else Qt.FocusPolicy.StrongFocus)
        self._mark("")

    def rate(self) -> float:
        """The rate that is shown."""
        return self._rate

    def _enter(self) -> None:
        value = read(FieldKind.NUMBER, self.edit.text())
        why = problem(self._field, value)
        if not why and isinstance(value, float):
            self.edit.setModified(False)
            self.wanted.emit(value)
        self._mark(why)

    def _write(self) -> None:
        self.edit.setText(write(self._rate) if self._rate else "")
        self.edit.setModified(False)
        self.edit.setCursorPosition(0)
        self._mark("")

    def _mark(self, problem_now: str) -> None:
        usual = self.tr("The current learning rate. Type another one and press Enter")
        set_tip(self.edit, problem_now or self._why_not or usual)
        self.edit.setAccessibleDescription(problem_now)
        palette = QPalette()
        if problem_now:
            palette.setColor(QPalette.ColorRole.Base, colours(self).error)
        elif self._why_not:
            palette.setColor(QPalette.ColorRole.Base, self.palette().color(QPalette.ColorRole.Window))
        self.edit.setPalette(palette)

    def _measure(self) -> None:
        self.edit.setFixedWidth(self.edit.fontMetrics().horizontalAdvance(WIDEST) + 3 * SPACE)
        self.setMinimumHeight(self.sizeHint().height())  # beside what takes the rest of a row that is still small

    def changeEvent(self, event: QEvent) -> None:
        """Follows the font and the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()
        elif event.type() == QEvent.Type.PaletteChange:
            self._mark("")
