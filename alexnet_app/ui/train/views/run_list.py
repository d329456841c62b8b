"""The runs that a person has, to open, resume, compare or throw away."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.parts.elided_label import PART
from alexnet_app.ui.parts.plain import NO_BREAK, TEXT, Label, one_line, set_tip, visible
from alexnet_app.ui.theme import SPACE

DETAIL = 500  # characters below the name of a run
SHORT = 40  # letters of a part of it that stays on one line


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it is shown: ``detail`` is the second line, such as "12 of 60 epochs, 18.2 % error"."""

    path: str
    name: str
    detail: str
    can_resume: bool
    is_training: bool


class RunList(QWidget):
    """A list of runs with what can be done to the chosen one. Each signal tells the run's path."""

    opened = Signal(str)
    resumed = Signal(str)
    compared = Signal(str)
    deleted = Signal(str)
    renamed = Signal(str)
    refreshed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, RunRow] = {}
        self._busy = False
        self._shown = ""
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Past runs"))
        self._list.setAlternatingRowColors(True)
        self._list.setSpacing(2)
        self._list.setWordWrap(True)
        self._list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._offer)
        self._empty = Label(self.tr("No runs yet. Each run is kept here with its curves, models and settings."))
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._make_actions()
        self._lay_out()
        self._list.itemActivated.connect(lambda _: self.open_action.trigger())
        self._list.currentItemChanged.connect(self._pick)
        self.set_runs([])

    def _make_actions(self) -> None:
        self.open_action = QAction(self.tr("Open"), self)
        self.resume_action = QAction(self.tr("Resume"), self)
        self.compare_action = QAction(self.tr("Compare"), self)
        self.delete_action = QAction(self.tr("Delete"), self)
        self.rename_action = QAction(self.tr("Name and note…"), self)
        self.rename_action.setIconText(self.tr("Name…"))
        self.rename_action.setShortcut(QKeySequence("F2"))
        for action, key in (
            (self.open_action, "Ctrl+Alt+O"),
            (self.resume_action, "Ctrl+Alt+R"),
            (self.compare_action, "Ctrl+Alt+C"),
        ):
            action.setShortcut(QKeySequence(key))
        self.refresh_action = QAction(self.tr("Refresh"), self)
        self.refresh_action.setShortcut(QKeySequence("F5"))
        self.refresh_action.triggered.connect(self.refreshed)
        self.addAction(self.refresh_action)
        self.delete_action.setShortcut(Qt.Key.Key_Delete)
        self.delete_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for action, signal in (
            (self.open_action, self.opened),
            (self.resume_action, self.resumed),
            (self.compare_action, self.compared),
            (self.rename_action, self.renamed),
            (self.delete_action, self.deleted),
        ):
            action.triggered.connect(lambda _=False, signal=signal: signal.emit(self.path()))
            self.addAction(action)

    def _of_a_run(self) -> list[QAction]:
        """What can be done with the chosen run, in the order of the buttons."""
        return [self.open_action, self.resume_action, self.compare_action, self.rename_action, self.delete_action]

    def _lay_out(self) -> None:
        self._buttons = QGridLayout()
        self._buttons.setSpacing(SPACE // 2)
        for place, action in enumerate(self._of_a_run()):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._buttons.addWidget(button, 0, place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, stretch=1)
        layout.addLayout(self._buttons)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the buttons into two rows where one is too narrow for their words, as in a large font."""
        super().resizeEvent(event)
        buttons = self.findChildren(QToolButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
        needed = sum(each.sizeHint().width() + self._buttons.spacing() for each in buttons) + 2 * SPACE
        columns = len(buttons) if needed <= event.size().width() else (len(buttons) + 1) // 2
        for place, each in enumerate(buttons):
            self._buttons.addWidget(each, place // columns, place % columns)

    def minimumSizeHint(self) -> QSize:
        """Room for half of the buttons in a row: the others have another row where there is no more."""
        buttons = self.findChildren(QToolButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
        widest = max((each.sizeHint().width() for each in buttons), default=0)
        half = (len(buttons) + 1) // 2
        return QSize(half * (widest + self._buttons.spacing()) + 2 * SPACE, super().minimumSizeHint().height())

    def set_runs(self, rows: Sequence[RunRow]) -> None:
        """Shows these runs; the choice stays where its run is still there."""
        chosen = self.path()
        self._rows = {row.path: row for row in rows}
        self._list.clear()
        for row in rows:
            item = QListWidgetItem(f"{one_line(row.name)}\n{_in_parts(visible(row.detail, DETAIL))}")
            item.setData(Qt.ItemDataRole.UserRole, row.path)
            set_tip(item, one_line(row.path, TEXT))
            self._list.addItem(item)
            if row.path == chosen:
                self._list.setCurrentItem(item, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._list.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._refresh()

    def path(self) -> str:
        """The chosen run; empty where none is chosen."""
        item = self._list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def choose(self, path: str) -> None:
        """Selects the run at ``path``."""
        for place in range(self._list.count()):
            if self._list.item(place).data(Qt.ItemDataRole.UserRole) == path:
                self._list.setCurrentRow(place)

    def set_busy(self, *, busy: bool) -> None:
        """While a run trains in this window no other one can be opened or resumed."""
        self._busy = busy
        self._refresh()

    def set_shown(self, path: str) -> None:
        """The run whose curves are on the screen: others can be compared with it."""
        self._shown = path
        self._refresh()

    def _pick(self, item: QListWidgetItem | None) -> None:
        """What the keys lead to is seen as chosen: it is what a button would act on."""
        if item is not None:
            item.setSelected(True)
        self._refresh()

    def _refresh(self) -> None:
        row = self._rows.get(self.path())
        none = self.tr("Select a run first") if row is None else ""
        busy = none or (self.tr("A run is in progress; stop it first") if self._busy else "")
        _allow(self.open_action, busy, self.tr("Show the curves and kernels of this run"))
        elsewhere = self.tr("Another process is training this run")
        resume = busy or (elsewhere if row and row.is_training else "")
        resume = resume or self._why_not_resumed(row)
        _allow(self.resume_action, resume, self.tr("Continue from the last checkpoint"))
        _allow(
            self.compare_action, none or self._why_not_compared(), self.tr("Draw its curves behind the current ones")
        )
        _allow(
            self.rename_action,
            none or self._why_not_resumed(row),
            self.tr("Call this run something else, or write a note on it"),
        )
        training = self.tr("It is in progress; stop it first") if row and row.is_training else ""
        _allow(self.delete_action, none or training, self.tr("Move this run to the trash"))

    def _why_not_resumed(self, row: RunRow | None) -> str:
        return "" if row and row.can_resume else self.tr("This run cannot be read")

    def _why_not_compared(self) -> str:
        if not self._shown:
            return self.tr("Open another run first, to compare this one with it")
        return self.tr("This run is already shown; choose another") if self.path() == self._shown else ""

    def _offer(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._of_a_run())
        menu.addSeparator()
        menu.addAction(self.refresh_action)
        menu.popup(self._list.viewport().mapToGlobal(place))


def _allow(action: QAction, reason: str, meaning: str) -> None:
    """Enables ``action`` where there is no ``reason`` against it; its tooltip says what it does, or why it cannot."""
    action.setEnabled(not reason)
    set_tip(action, reason or meaning)


def _in_parts(detail: str) -> str:
    """``detail`` whose lines break between its parts: a number stays with what it is of."""
    kept = (
        PART.join(part.replace(" ", NO_BREAK) if len(part) <= SHORT else part for part in line.split(PART))
        for line in detail.split("\n")
    )
    return "\n".join(kept)
