"""The controls of a form: one for each kind of setting, all with the same few methods."""

from typing import TypeAlias

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
)

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.form.fields import FieldKind, FormField, read, write
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.theme import SPACE

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class WholeBox(QAbstractSpinBox):
    """A whole number with steps. What is typed stays as it is, right or wrong: the form says what is wrong."""

    edited = Signal()
    finished = Signal()

    def __init__(self, field: FormField) -> None:
        super().__init__()
        self._field = field
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAlignment(RIGHT)
        self.setAccelerated(True)
        self.setKeyboardTracking(False)
        self.lineEdit().textEdited.connect(self.edited)
        self.editingFinished.connect(self.finished)

    def read(self) -> object:
        """The number, or the text that is none."""
        return read(FieldKind.WHOLE, self.text())

    def write(self, value: object) -> None:
        """Shows ``value``."""
        self.lineEdit().setText(write(value))

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Lets every text be typed."""
        return QValidator.State.Acceptable, text, place

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Up to the limits; not from a text that is no number."""
        value, flags = self.read(), QAbstractSpinBox.StepEnabledFlag(0)
        if isinstance(value, int):
            if self._field.most is None or value < self._field.most:
                flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
            if self._field.least is None or value > self._field.least:
                flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def stepBy(self, steps: int) -> None:
        """One up or down, or to the next power of two."""
        value = self.read()
        if not isinstance(value, int):
            return
        self.write(self._limited(_doubled(value, steps) if self._field.doubles else value + steps))
        self.lineEdit().selectAll()
        self.edited.emit()
        self.finished.emit()

    def _limited(self, value: int) -> int:
        if self._field.most is not None:
            value = min(value, int(self._field.most))
        return value if self._field.least is None else max(value, int(self._field.least))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Changes nothing that is not in focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        """Room for six digits."""
        width = self.fontMetrics().horizontalAdvance("000,000") + 5 * SPACE
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for five digits."""
        width = self.fontMetrics().horizontalAdvance("00,000") + 3 * SPACE
        return QSize(width, super().minimumSizeHint().height())


class TextBox(QLineEdit):
    """A number as text, whole numbers or names with commas between them, or any text."""

    edited = Signal()
    finished = Signal()

    def __init__(self, field: FormField) -> None:
        super().__init__()
        self._kind = field.kind
        if field.kind not in (FieldKind.TEXT, FieldKind.NAMES, FieldKind.FACTORS):
            self.setAlignment(RIGHT)
        if field.kind in (FieldKind.WHOLES, FieldKind.NAMES):
            self.setPlaceholderText(field.example if field.kind is FieldKind.NAMES else self.tr("none"))
        self.textEdited.connect(self.edited)
        self.editingFinished.connect(self.finished)

    def read(self) -> object:
        """The value, or the text that means none."""
        return read(self._kind, self.text())

    def write(self, value: object) -> None:
        """Shows ``value``, from its beginning."""
        self.setText(write(value, self._kind))
        self.setCursorPosition(0)

    def minimumSizeHint(self) -> QSize:
        """Room for six digits."""
        return QSize(self.fontMetrics().horizontalAdvance("0000000") + 2 * SPACE, super().minimumSizeHint().height())


class Switch(QCheckBox):
    """On or off, with its label beside it."""

    edited = Signal()
    finished = Signal()

    def __init__(self, field: FormField) -> None:
        super().__init__(field.label)
        self.clicked.connect(self.edited)
        self.clicked.connect(self.finished)

    def read(self) -> object:
        """Whether it is on; what is neither, as it was written."""
        return self.isChecked()

    def write(self, value: object) -> None:
        """Turns it on or off."""
        self.setChecked(bool(value))


class ChoiceBox(EntryBox):
    """One of a few values; a value that is not among them is added while it is chosen."""

    edited = Signal()
    finished = Signal()
    _offered: tuple[str, ...] = ()

    def __init__(self, choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.set_choices(choices)
        self.activated.connect(self._choose)

    def set_choices(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Replaces the choices (value, label); the value that is shown stays."""
        before = self.read()
        self._offered = tuple(value for value, _ in choices)
        self.clear()
        for value, label in choices:
            self.addItem(one_line(label), value)
        if before is not None:
            self.write(before)

    def read(self) -> object:
        """The value of what is chosen; None before there is any."""
        return self.currentData()

    def write(self, value: object) -> None:
        """Chooses ``value``."""
        if self.findData(value) < 0:
            self._insert(str(value))
        self.setCurrentIndex(self.findData(value))
        self._forget()
        self.setAccessibleDescription(self.currentText())

    def _insert(self, value: str) -> None:
        self.addItem(one_line(value), value)

    def _forget(self) -> None:
        """Takes away what was added and is not chosen any more."""
        for index in reversed(range(self.count())):
            if self.itemData(index) not in self._offered and index != self.currentIndex():
                self.removeItem(index)

    def _choose(self, index: int) -> None:
        self.setAccessibleDescription(self.currentText())
        self.edited.emit()
        self.finished.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Changes nothing that is not in focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


Control: TypeAlias = WholeBox | TextBox | Switch | ChoiceBox


def _doubled(value: int, steps: int) -> int:
    """``steps`` powers of two above ``value``, or below it."""
    for _ in range(abs(steps)):
        value = 1 << max(value, 0).bit_length() if steps > 0 else 1 << (max(value - 1, 1).bit_length() - 1)
    return value
