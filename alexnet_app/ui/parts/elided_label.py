"""One line of text that gives way: shortened where there is no room, whole as a tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.parts.plain import Label, set_tip, tip
from alexnet_app.ui.theme import colours

PART = " · "  # between the parts of a line


class ElidedLabel(Label):
    """A plain label whose text may be longer than it is wide; ``faint`` lets it step back."""

    def __init__(
        self,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        *,
        faint: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._elide = elide
        self._faint = faint
        self._hint = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, hint: str = "") -> None:
        """Shows one line; ``hint`` is the tooltip where the text is whole, and goes with it where it is not."""
        self.setText(" ".join(text.split()))
        self._hint = hint
        self._explain()

    def minimumSizeHint(self) -> QSize:
        """Narrow: it can always be cut."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The text may be cut now, or whole again."""
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the text, or as much of it as there is room for."""
        painter = QPainter(self)
        role = QPalette.ColorRole.WindowText
        painter.setPen(colours(self).faint if self._faint else self.palette().color(role))
        painter.drawText(self.rect(), self.alignment(), self.fitting())

    def fitting(self) -> str:
        """As much of the text as there is room for: whole parts, then the first one with an ellipsis."""
        metrics, text = self.fontMetrics(), self.text()
        if self._elide == Qt.TextElideMode.ElideRight:
            while PART in text and metrics.horizontalAdvance(text) > self.width():
                text = text.rpartition(PART)[0]
        return metrics.elidedText(text, self._elide, self.width())

    def _explain(self) -> None:
        is_cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        wanted = "\n".join(part for part in (self.text() if is_cut else "", self._hint) if part)
        if tip(wanted) != self.toolTip():
            set_tip(self, wanted)
