"""The window of a lecture: one page at a time over the whole screen, in letters that are read from the last row."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.inside.views.slide import SlideExhibit, SlideView, font_of
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.plain import Label, set_tip, set_title
from alexnet_app.ui.theme import SPACE, colours

# keys of a keyboard, and of a presenter's clicker, which says Page Down and Page Up
_K = Qt.Key
FORWARD = {_K.Key_Right, _K.Key_Down, _K.Key_PageDown, _K.Key_Space, _K.Key_Return, _K.Key_Enter}
BACK = {_K.Key_Left, _K.Key_Up, _K.Key_PageUp, _K.Key_Backspace}
TITLE, TEXT, SMALL = 15, 25, 29  # what part of the height letters are: the smallest ones too are seen from afar
ACROSS = 34  # letters of the text: on a narrow screen they become smaller


@dataclass(frozen=True, slots=True)
class Slide:
    """A page: its title, its sentences, and what there is to look at."""

    title: str
    text: str
    exhibits: tuple[SlideExhibit, ...]


class LectureWindow(QWidget):
    """``export_wanted`` asks for the lecture as a file, ``left`` tells that it is closed."""

    export_wanted = Signal()
    left = Signal()

    def __init__(self, title: str, slides: Sequence[Slide], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Lecture"))
        set_title(self, title)
        self._slides, self._at, self._name = tuple(slides), 0, title
        self.heading, self.text, self.view = Label(wordWrap=True), Label(wordWrap=True), SlideView()
        self.foot = ElidedLabel(faint=True)
        self.back, self.forward = QPushButton(self.tr("Previous")), QPushButton(self.tr("Next"))
        self.export, self.leave = QPushButton(self.tr("Export…")), QPushButton(self.tr("Close"))
        self._lay_out()
        self.back.clicked.connect(lambda: self.show_page(self._at - 1))
        self.forward.clicked.connect(lambda: self.show_page(self._at + 1))
        self.export.clicked.connect(self.export_wanted)
        self.leave.clicked.connect(self.close)
        self.show_page(0)

    def page(self) -> int:
        """Which page is shown, from 0."""
        return self._at

    def show_page(self, page: int) -> None:
        """Shows ``page``, from 0, or the nearest one that there is."""
        self._at = min(max(page, 0), len(self._slides) - 1)
        slide = self._slides[self._at]
        self.heading.setText(slide.title)
        self.text.setText(slide.text)
        self.view.show_exhibits(slide.exhibits)
        count = self.tr("{page} of {pages}").format(page=self._at + 1, pages=len(self._slides))
        self.foot.show_text(f"{count} · {self._name}")
        is_first, is_last = self._at == 0, self._at == len(self._slides) - 1
        self.back.setEnabled(not is_first)
        set_tip(self.back, self.tr("This is the first page") if is_first else self.tr("Left, Page Up, Shift+Space"))
        self.forward.setEnabled(not is_last)
        set_tip(self.forward, self.tr("This is the last page") if is_last else self.tr("Right, Page Down, Space"))

    def tell(self, text: str) -> None:
        """Says ``text`` at the bottom until another page is shown."""
        self.foot.show_text(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Forward, back, to the first and the last page; Escape leaves."""
        key = Qt.Key(event.key())
        is_back = key in BACK or (key == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape:
            self.close()
        elif is_back:
            self.show_page(self._at - 1)
        elif key in FORWARD:
            self.show_page(self._at + 1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.show_page(0 if key == Qt.Key.Key_Home else len(self._slides) - 1)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tells so before it is gone."""
        super().closeEvent(event)
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Letters grow with the screen."""
        super().resizeEvent(event)
        high = min(self.height(), self.width() * TEXT // ACROSS)
        for widget, part in ((self.heading, TITLE), (self.text, TEXT), (self.view, SMALL), (self.foot, SMALL)):
            widget.setFont(font_of(self, -(-high // part), bold=widget is self.heading))
        for button in (self.back, self.forward, self.export, self.leave):
            button.setFont(font_of(self, -(-high // SMALL)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paper behind it, light or dark."""
        QPainter(self).fillRect(event.rect(), colours(self).paper)

    def _lay_out(self) -> None:
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE)
        foot.addWidget(self.foot, stretch=1)
        for button in (self.back, self.forward, self.export, self.leave):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys are those of the lecture
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 2 * SPACE, 4 * SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.heading)
        layout.addWidget(self.text)
        layout.addWidget(self.view, stretch=1)
        layout.addLayout(foot)
