"""The page of a unit: its kernel, what it wants, what it answers to, who uses it, and a note."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.inside.views.habits_view import HabitsView
from alexnet_app.ui.inside.views.unit_bar import UnitBar
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.kernel_sheet import Swatch, lone_sheet
from alexnet_app.ui.parts.plain import Label, set_tip, set_title
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

FIRST_SIZE = QSize(118 * SPACE, 76 * SPACE)
PICTURE = 22 * SPACE  # pixels: the side of the kernel and of what the unit wants
LEAST_NOTE = 10 * SPACE
WIDE = 150 * SPACE  # pixels of a window that has room for large patches


@dataclass(frozen=True, slots=True)
class Link:
    """A unit that uses this one, from 0, what it is called, and what is said of it."""

    layer: str
    unit: int
    name: str
    words: str


class UnitDialog(QDialog):
    """Stays open while the panel is used. ``went`` tells a layer and a unit that is wanted, ``noted`` what was typed,
    ``closed`` that nobody looks any more.
    """

    went = Signal(str, int)
    noted = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner, self.bar, self.habits = Banner(), UnitBar(), HabitsView()
        self.title, self._swatch, self._model = ElidedLabel(), Swatch(QColor()), ElidedLabel(faint=True)
        self.kernel, self.wanted = lone_sheet(self.tr("Kernel")), lone_sheet(self.tr("What it wants"))
        self._kernel_title, self._wanted_title = Label(self.tr("Kernel")), ElidedLabel()
        self._climb = ShareBar()
        self._climb.setAccessibleName(self.tr("Progress of the gradient ascent"))
        self.note = QPlainTextEdit(tabChangesFocus=True)
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setMinimumHeight(LEAST_NOTE)
        self.links: list[QPushButton] = []
        self._used, self._shares = Label(), Label(wordWrap=True)
        self._users = QHBoxLayout()
        self._lay_out()
        self._model.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar.went.connect(self.went)
        self.note.textChanged.connect(lambda: self.noted.emit(self.note.toPlainText()))
        begin_with(self, FIRST_SIZE)

    def show_unit(self, title: str, model: str, colour: QColor) -> None:
        """Another unit, of which nothing else is known yet; emits nothing."""
        set_title(self, self.tr("{title} – {model}").format(title=title, model=model))
        self.title.show_text(title)
        self._model.show_text(model)
        self._swatch.set_colour(colour)
        self.show_kernel(None)
        self.wanted.clear()
        self.show_climb(0.0)
        self.show_note("", why_not=self.tr("The note is being read"))
        self.show_users("", (), "")

    def show_kernel(self, kernel: NDArray[np.uint8] | None) -> None:
        """Its kernel, uint8 (side, side, 3), where it has one that reads the photo."""
        for widget in (self._kernel_title, self.kernel):
            widget.setVisible(kernel is not None)
        if kernel is not None:
            self.kernel.set_pictures(kernel[None])

    def show_climb(self, share: float) -> None:
        """How far the gradient ascent is, 0 to 1."""
        self._wanted_title.show_text(self.tr("What it wants"))
        self._climb.show_share(share)
        self._climb.show()

    def show_wanted(self, picture: NDArray[np.uint8] | None, words: str) -> None:
        """What it wants, uint8 (side, side, 3); None where that could not be found."""
        self._climb.hide()
        self._wanted_title.show_text(words)
        if picture is not None:
            self.wanted.set_pictures(picture[None])

    def show_users(self, title: str, links: Sequence[Link], shares: str) -> None:
        """Who uses it, strongest first."""
        self._used.setText(title)
        self._shares.setText(shares)
        self._shares.setVisible(bool(shares))
        for each in self.links:
            self._users.removeWidget(each)
            each.hide()
            each.deleteLater()
        self.links = [self._link(each) for each in links]
        for place, button in enumerate(self.links):
            self._users.insertWidget(place + 1, button)

    def show_note(self, text: str, why_not: str = "") -> None:
        """The note; ``why_not`` it cannot be changed. Emits nothing."""
        self.note.blockSignals(True)
        self.note.setPlainText(text)
        self.note.blockSignals(False)
        self.note.setReadOnly(bool(why_not))
        self.note.setPlaceholderText("" if why_not else self.tr("What you call it, in your own words"))
        set_tip(self.note, why_not or self.tr("Kept for this model, wherever its file lies"))

    def _link(self, link: Link) -> QPushButton:
        button = QPushButton(link.name)
        button.setAutoDefault(False)
        set_tip(button, link.words)
        button.clicked.connect(lambda: self.went.emit(link.layer, link.unit))
        return button

    def _lay_out(self) -> None:
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        heading, body = QHBoxLayout(), QWidget()
        heading.setSpacing(SPACE)
        heading.addWidget(self._swatch)
        heading.addWidget(self.title, stretch=2)
        heading.addWidget(self._model, stretch=1)
        beside = QHBoxLayout(body)
        beside.setContentsMargins(0, 0, SPACE, 0)
        beside.setSpacing(2 * SPACE)
        beside.addLayout(self._left())
        beside.addLayout(self._right(), stretch=1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(body)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.banner)
        layout.addWidget(self.bar)
        layout.addLayout(heading)
        layout.addWidget(scroll, stretch=1)

    def _left(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(SPACE // 2)
        note = Label(self.tr("Note"))
        note.setBuddy(self.note)
        for widget in (self._wanted_title, self._climb, self.wanted, self._kernel_title, self.kernel, note, self.note):
            left.addWidget(widget, stretch=1 if widget is self.note else 0)
        self.note.setFixedWidth(PICTURE)
        return left

    def _right(self) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(SPACE)
        self._users.setSpacing(SPACE)
        self._users.addWidget(self._used)
        self._users.addStretch()
        self._shares.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        right.addLayout(self._users)
        right.addWidget(self._shares)
        right.addWidget(self.habits)
        right.addStretch()
        return right

    def resizeEvent(self, event: QResizeEvent) -> None:
        """By the width of the window alone: that of what is scrolled depends on how large the patches are."""
        super().resizeEvent(event)
        self.habits.set_large(self.width() >= WIDE)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody looks any more; unlike Escape it leaves all at once."""
        self.hide()
        event.accept()
        self.closed.emit()

    def reject(self) -> None:
        """Escape leaves the pass over the images first, then the window."""
        if self.habits.cancel.isVisible():
            self.habits.cancelled.emit()
        else:
            super().reject()
            self.closed.emit()
