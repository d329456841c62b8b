"""A group of a form that can be folded away, under a line with a triangle."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionFocusRect,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.theme import SPACE

OPENS = {Qt.Key.Key_Right: True, Qt.Key.Key_Plus: True, Qt.Key.Key_Left: False, Qt.Key.Key_Minus: False}
TOGGLES = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FoldTitle(QAbstractButton):
    """The line that opens and closes a fold: Space, Enter, ← and → or a click."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_note(self, note: str) -> None:
        """A few words at the right end, such as how many settings are changed."""
        self._note = note
        self.setAccessibleDescription(note)
        self.update()

    def note(self) -> str:
        """What stands at the right end."""
        return self._note

    def sizeHint(self) -> QSize:
        """Room for the triangle and both texts."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + metrics.horizontalAdvance(self._note)
        return QSize(width + 4 * SPACE, metrics.height() + SPACE)

    def minimumSizeHint(self) -> QSize:
        """Room for the triangle and the title."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 3 * SPACE, metrics.height() + SPACE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens and closes as a tree does."""
        key = Qt.Key(event.key())
        if key in TOGGLES or self.isChecked() is not OPENS.get(key, self.isChecked()):
            self.click()
        elif key not in OPENS:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Triangle, title, note, and the frame of the focus."""
        painter = QStylePainter(self)
        self._paint_triangle(painter)
        place = self.rect().adjusted(2 * SPACE, 0, -SPACE // 2, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | middle, self.text())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        place.setLeft(place.left() + self.fontMetrics().horizontalAdvance(self.text()) + SPACE)
        note = self.fontMetrics().elidedText(self._note, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | middle, note)
        if self.hasFocus():
            frame = QStyleOptionFocusRect()
            frame.initFrom(self)
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, frame, painter, self)

    def _paint_triangle(self, painter: QPainter) -> None:
        opened = self.isChecked()
        form = (
            QStyle.PrimitiveElement.PE_IndicatorArrowDown if opened else QStyle.PrimitiveElement.PE_IndicatorArrowRight
        )
        option = QStyleOption()
        option.initFrom(self)
        option.rect = QRect(-SPACE // 2, (self.height() - 2 * SPACE) // 2, 2 * SPACE, 2 * SPACE)
        self.style().drawPrimitive(form, option, painter, self)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()


class Fold(QWidget):
    """A title and, while it is open, the widgets that were added."""

    toggled = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = FoldTitle(title)
        self._body = QWidget()
        self._rows = QVBoxLayout(self._body)
        self._rows.setContentsMargins(0, SPACE // 2, 0, SPACE)
        self._rows.setSpacing(SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self._body)
        self._body.hide()
        self._name()
        self.title.toggled.connect(self._unfold)

    def add(self, widget: QWidget) -> None:
        """Puts ``widget`` under those that are there."""
        self._rows.addWidget(widget)

    def is_open(self) -> bool:
        """Whether what it holds is shown."""
        return self.title.isChecked()

    def set_open(self, opened: bool) -> None:
        """Shows or hides what it holds."""
        self.title.setChecked(opened)

    def _unfold(self, opened: bool) -> None:
        self._body.setVisible(opened)
        self._name()
        self.toggled.emit(opened)

    def _name(self) -> None:
        said = self.tr("{title}, open") if self.is_open() else self.tr("{title}, closed")
        self.title.setAccessibleName(said.format(title=self.title.text()))
