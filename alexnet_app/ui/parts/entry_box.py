"""A list to choose from whose entries can be read: whole where there is room, else with all of it in the tooltip."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QTextDocumentFragment
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from alexnet_app.ui.parts.plain import show_tip, titled
from alexnet_app.ui.theme import SPACE

WIDE, NARROW = 32, 10  # letters that it asks room for at most, and that it can be narrowed to


class EntryBox(QComboBox):
    """As wide as its longest entry, up to ``WIDE`` letters; the list that opens is as wide as the screen lets it be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # entries come later, too
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def elide_mode(self) -> Qt.TextElideMode:
        """Where an entry that is too long is cut."""
        return Qt.TextElideMode.ElideRight

    def shown(self) -> str:
        """The chosen entry as it is drawn."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return option.currentText

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Elides what is shown."""
        super().initStyleOption(option)
        parts, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(parts, option, part, self).width() - SPACE // 2
        option.currentText = self.fontMetrics().elidedText(option.currentText, self.elide_mode(), room)

    def sizeHint(self) -> QSize:
        """The longest entry, and the few pixels that the drawing keeps free."""
        hint = super().sizeHint()
        return QSize(min(hint.width() + SPACE // 2, self._room(WIDE)), hint.height())

    def minimumSizeHint(self) -> QSize:
        """It can be narrowed: what is cut then is in the tooltip."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width() + SPACE // 2, self._room(NARROW)), hint.height())

    def showPopup(self) -> None:
        """As wide as the longest entry, as far as the screen goes."""
        room = self.screen().availableGeometry().width() // 2
        self.view().setMinimumWidth(min(self.view().sizeHintForColumn(0) + 3 * SPACE, room))
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        """Its tooltip begins with the chosen entry where that is cut."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.shown() != self.currentText():
            means = self.toolTip()
            if Text.mightBeRichText(means):
                means = QTextDocumentFragment.fromHtml(means).toPlainText()
            show_tip(event.globalPos(), titled(self.currentText(), [means]), self)
            return True
        return super().event(event)

    def _room(self, letters: int) -> int:
        return letters * self.fontMetrics().averageCharWidth() + 4 * SPACE
