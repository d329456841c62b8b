"""The runs that wait for their turn, to put in order, take out, or try again."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import TEXT, Label, one_line, set_tip, visible
from alexnet_app.ui.theme import SPACE

DETAIL = 500  # characters below the name


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A run that waits, as it is shown: ``detail`` is how it stands, such as "failed: there is no room"."""

    key: str
    name: str
    detail: str
    is_training: bool = False
    has_failed: bool = False


class QueueView(QWidget):
    """The list, the next one first. ``moved`` tells a key and the new place, the others a key."""

    moved = Signal(str, int)
    removed = Signal(str)
    retried = Signal(str)

    def __init__(self, work: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[QueueRow] = []
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Queue of runs"))
        self._list.setAlternatingRowColors(True)
        self._list.setSpacing(2)
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = Label(
            self.tr(
                "No run waits. Add to queue, below the form of a new run, puts one here. What waits is kept when the "
                "window closes."
            )
        )
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.up = self._action(self.tr("Move up"), "Ctrl+Shift+Up", lambda: self._move(-1))
        self.down = self._action(self.tr("Move down"), "Ctrl+Shift+Down", lambda: self._move(1))
        self.again = self._action(self.tr("Try again"), "Ctrl+Shift+Y", lambda: self.retried.emit(self.key()))
        self.remove = self._action(self.tr("Remove"), "Ctrl+Shift+K", lambda: self.removed.emit(self.key()))
        self._lay_out(work)
        self._list.currentItemChanged.connect(lambda *_: self._refresh())
        self.set_rows([])

    def actions_of_menu(self) -> list[QAction]:
        """What can be done with the chosen run."""
        return [self.up, self.down, self.again, self.remove]

    def _action(self, text: str, key: str, do: object) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(do)
        return action

    def _lay_out(self, work: QAction) -> None:
        buttons = QGridLayout()
        buttons.setSpacing(SPACE // 2)
        for place, action in enumerate((*self.actions_of_menu(), work)):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            if action is work:
                buttons.addWidget(button, 2, 0, 1, 2)
            else:
                buttons.addWidget(button, place // 2, place % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, stretch=1)
        layout.addLayout(buttons)

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        """Shows these; the choice stays where its run is still there."""
        if list(rows) == self._rows and self._rows:
            return
        chosen = self.key()
        self._rows = list(rows)
        self._list.clear()
        for row in rows:
            item = QListWidgetItem(f"{one_line(row.name)}\n{visible(row.detail, DETAIL)}")
            item.setData(Qt.ItemDataRole.UserRole, row.key)
            set_tip(item, one_line(row.name, TEXT))
            self._list.addItem(item)
            if row.key == chosen:
                self._list.setCurrentItem(item)
        self._list.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._refresh()

    def key(self) -> str:
        """That of the chosen run; empty where none is chosen."""
        item = self._list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def choose(self, place: int) -> None:
        """Chooses the run at ``place``, from 0."""
        self._list.setCurrentRow(place)

    def _move(self, by: int) -> None:
        self.moved.emit(self.key(), self._list.currentRow() + by)

    def _refresh(self) -> None:
        place = self._list.currentRow()
        row = self._rows[place] if 0 <= place < len(self._rows) else None
        none = self.tr("Select a run of the queue first") if row is None else ""
        training = self.tr("It is in progress; stop it first") if row and row.is_training else ""
        failed = "" if row and row.has_failed else self.tr("It has not failed")
        first, last = place == 0, place == len(self._rows) - 1
        _allow(self.up, none or (self.tr("It is the first one") if first else ""), self.tr("Train it earlier"))
        _allow(self.down, none or (self.tr("It is the last one") if last else ""), self.tr("Train it later"))
        _allow(self.again, none or failed, self.tr("Let it have another turn"))
        _allow(self.remove, none or training, self.tr("Take it from the queue; a run that was begun stays"))


def _allow(action: QAction, reason: str, meaning: str) -> None:
    action.setEnabled(not reason)
    set_tip(action, reason or meaning)
