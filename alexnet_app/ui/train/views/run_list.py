"""The runs that a person has, to find, open, resume, compare, mark, take elsewhere, put away or throw away."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.parts.elided_label import PART
from alexnet_app.ui.parts.plain import NO_BREAK, Label, set_tip, visible
from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.train.views.run_actions import RunActions
from alexnet_app.ui.train.views.run_table import DETAIL, RunCell, RunRow, RunTable

__all__ = ["RunCell", "RunList", "RunRow"]

ABOUT_LINES = 3  # of what is said of the chosen run: more of them take their room from the table
SHORT = 40  # letters of a part of it that stays on one line


class RunList(QWidget):
    """A table of runs with what can be done to the chosen ones. Signals tell the path of a run, or those of several."""

    opened = Signal(str)
    resumed = Signal(str)
    compared = Signal(str)
    repeated = Signal(str)
    renamed = Signal(str)
    exported = Signal(str, str)  # with the kind of file: "zip", "report", "csv" or "tensorboard"
    tagged = Signal(list)
    archived = Signal(list, bool)
    deleted = Signal(list)
    refreshed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._shown = ""
        self.table = RunTable(self._headings())
        self.table.setAccessibleName(self.tr("Past runs"))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._offer)
        self._empty = Label(self.tr("No runs yet. Each run is kept here with its curves, models and settings."))
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(self.tr("Find by name, tag, note, data or network"))
        self.search.setAccessibleName(self.tr("Find runs"))
        self._about = Label()
        self._about.setWordWrap(True)
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._about.setMinimumHeight(ABOUT_LINES * self._about.fontMetrics().height())
        self._make_actions()
        self._lay_out()
        self.search.textChanged.connect(self._find)
        self.table.activated.connect(lambda _: self.open_action.trigger())
        self.table.picked.connect(self._refresh)
        self.set_runs([])

    def _headings(self) -> dict[str, str]:
        return {
            "name": self.tr("Run"),
            "error": self.tr("Best error"),
            "state": self.tr("State"),
            "epochs": self.tr("Epochs"),
            "changed": self.tr("Last written"),
            "tags": self.tr("Tags"),
            "network": self.tr("Network"),
            "data": self.tr("Data"),
            "preset": self.tr("Preset"),
            "rate": self.tr("Learning rate"),
            "batch": self.tr("Batch size"),
            "seed": self.tr("Seed"),
            "device": self.tr("Device"),
            "duration": self.tr("Time in steps"),
            "note": self.tr("Note"),
        }

    def _make_actions(self) -> None:
        self.acts = RunActions(self)
        self.open_action, self.resume_action = self.acts.open, self.acts.resume
        self.compare_action, self.delete_action = self.acts.compare, self.acts.delete
        self.rename_action, self.refresh_action = self.acts.rename, self.acts.refresh
        self.archive_action, self.again_action = self.acts.archive, self.acts.again
        for action, signal in (
            (self.acts.open, self.opened),
            (self.acts.resume, self.resumed),
            (self.acts.again, self.repeated),
            (self.acts.rename, self.renamed),
        ):
            action.triggered.connect(lambda _=False, signal=signal: signal.emit(self.path()))
        self.acts.compare.triggered.connect(self._compare)
        self.acts.tags.triggered.connect(lambda: self.tagged.emit(self.table.paths()))
        self.acts.delete.triggered.connect(lambda: self.deleted.emit(self.table.paths()))
        self.acts.archive.triggered.connect(self._archive)
        self.acts.show_archived.toggled.connect(self._find)
        self.acts.refresh.triggered.connect(self.refreshed)
        for kind, action in self.acts.exports.items():
            action.triggered.connect(lambda _=False, kind=kind: self.exported.emit(self.path(), kind))
        for each in (*self.acts.all(), self.table.columns.menuAction(), self.acts.show_archived, self.acts.refresh):
            self.addAction(each)

    def _compare(self) -> None:
        for path in self.table.paths():
            if path != self._shown:
                self.compared.emit(path)

    def _archive(self) -> None:
        chosen = self.table.chosen()
        self.archived.emit([row.path for row in chosen], not all(row.archived for row in chosen))

    def _lay_out(self) -> None:
        self._buttons = QGridLayout()
        self._buttons.setSpacing(SPACE // 2)
        for place, action in enumerate(self.acts.buttons()):
            self._buttons.addWidget(self._button(action), 0, place)
        more = self._button(None)
        more.setText(self.tr("More"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_tip(more, self.tr("What else can be done with the chosen runs"))
        self._more = QMenu(self.tr("More"), self)
        self._more.setToolTipsVisible(True)
        self._more.addActions([each for each in self.acts.all() if each not in self.acts.buttons()])
        more.setMenu(self._more)
        self._buttons.addWidget(more, 0, len(self.acts.buttons()))
        columns = self._button(None)
        columns.setText(self.tr("Columns"))
        columns.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_tip(columns, self.tr("Which columns the table has"))
        columns.setMenu(self.table.columns)
        columns.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        top = QHBoxLayout()
        top.addWidget(self.search, stretch=1)
        top.addWidget(columns)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self._empty)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self._about)
        layout.addLayout(self._buttons)

    def _button(self, action: QAction | None) -> QToolButton:
        button = QToolButton()
        if action is not None:
            button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _own_buttons(self) -> list[QToolButton]:
        """Those below the table."""
        items = (self._buttons.itemAt(place) for place in range(self._buttons.count()))
        return [widget for item in items if item is not None and isinstance(widget := item.widget(), QToolButton)]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the buttons into two rows where one is too narrow for their words, as in a large font."""
        super().resizeEvent(event)
        buttons = self._own_buttons()
        needed = sum(each.sizeHint().width() + self._buttons.spacing() for each in buttons) + 2 * SPACE
        columns = len(buttons) if needed <= event.size().width() else (len(buttons) + 1) // 2
        for place, each in enumerate(buttons):
            self._buttons.addWidget(each, place // columns, place % columns)

    def minimumSizeHint(self) -> QSize:
        """Room for half of the buttons in a row: the others have another row where there is no more."""
        buttons = self._own_buttons()
        widest = max((each.sizeHint().width() for each in buttons), default=0)
        half = (len(buttons) + 1) // 2
        return QSize(half * (widest + self._buttons.spacing()) + 2 * SPACE, super().minimumSizeHint().height())

    def set_runs(self, rows: Sequence[RunRow]) -> None:
        """Shows these runs; the choice stays where its run is still there."""
        self.table.show_rows(rows)
        self._show_empty()
        self._refresh()

    def row(self, path: str) -> RunRow | None:
        """The run at ``path``, seen or not."""
        return next((row for row in self.table.runs.rows if row.path == path), None)

    def rows(self) -> list[RunRow]:
        """All runs, seen or not."""
        return list(self.table.runs.rows)

    def path(self) -> str:
        """The chosen run; empty where none is chosen."""
        return self.table.path()

    def choose(self, path: str) -> None:
        """Selects the run at ``path``, and no other."""
        if path and self.row(path) is not None:
            self.table.clearSelection()
            self.table.select({path}, path)

    def set_busy(self, *, busy: bool) -> None:
        """While a run trains in this window no other one can be opened or resumed."""
        self._busy = busy
        self._refresh()

    def set_shown(self, path: str) -> None:
        """The run whose curves are on the screen: others can be compared with it."""
        self._shown = path
        self._refresh()

    def _find(self) -> None:
        self.table.found.find(self.search.text(), archived=self.acts.show_archived.isChecked())
        self._show_empty()
        self._refresh()

    def _show_empty(self) -> None:
        rows, shown = self.table.runs.rows, self.table.found.rowCount()
        text = self.tr("No runs yet. Each run is kept here with its curves, models and settings.")
        if rows and not shown:
            is_looked_for = bool(self.search.text().strip())
            text = self.tr("No run matches.") if is_looked_for else self.tr("All runs are archived.")
        self._empty.setText(text)
        self._empty.setVisible(not shown)
        self.table.setVisible(bool(shown))
        self._about.setVisible(bool(shown))

    def _refresh(self) -> None:
        chosen = self.table.chosen()
        self.acts.follow(chosen, busy=self._busy, shown=self._shown)
        if len(chosen) == 1:
            self._about.setText(_in_parts(visible(chosen[0].detail, DETAIL)))
        else:
            self._about.setText(self.tr("{count} runs selected").format(count=len(chosen)) if chosen else "")

    def _offer(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions(self.acts.all())
        menu.addSeparator()
        menu.addActions([self.acts.show_archived, self.acts.refresh])
        menu.popup(self.table.viewport().mapToGlobal(place))


def _in_parts(detail: str) -> str:
    """``detail`` whose lines break between its parts: a number stays with what it is of."""
    kept = (
        PART.join(part.replace(" ", NO_BREAK) if len(part) <= SHORT else part for part in line.split(PART))
        for line in detail.split("\n")
    )
    return "\n".join(kept)
