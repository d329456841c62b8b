"""The compared runs in a table: how good each is, and the settings in which they differ."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.curves.compared import IN_FRONT, ComparedRuns, ShownRun
from alexnet_app.ui.curves.lines import error_text
from alexnet_app.ui.curves.run_legend import SIGN, difference, sign
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import Label, one_line, set_tip, set_title
from alexnet_app.ui.theme import SPACE, colours

NUMBERS = 3  # columns after the name: best, final, difference


class SettingsWindow(QDialog):
    """``toggled``, ``based``, ``removed`` and ``cleared`` are as those of the legend; ``save_wanted`` asks for a file
    of the table.
    """

    toggled = Signal(str)
    based = Signal(str)
    removed = Signal(str)
    cleared = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Compared runs"))
        self._keys: list[str] = []
        self._header: list[str] = []
        self._rows: list[list[str]] = []
        self._said = Label()
        self._said.setWordWrap(True)
        self.table = QTableWidget()
        self._prepare()
        layout = QVBoxLayout(self)
        layout.addWidget(self._said)
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(self._buttons())
        self.resize(100 * SPACE, 50 * SPACE)

    def _prepare(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Compared runs and their settings"))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setIconSize(SIGN)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.itemSelectionChanged.connect(self._follow)

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        self.base = QPushButton(self.tr("Use as the baseline"))
        self.hide_run = QPushButton(self.tr("Hide"))
        self.remove = QPushButton(self.tr("Remove"))
        self.clear = QPushButton(self.tr("Remove all"))
        self.copy = QPushButton(self.tr("Copy"))
        self.save = QPushButton(self.tr("Save as CSV…"))
        self.close_button = QPushButton(self.tr("Close"))
        for button, does in (
            (self.base, lambda: self.based.emit(self._key())),
            (self.hide_run, lambda: self.toggled.emit(self._key())),
            (self.remove, lambda: self.removed.emit(self._key())),
            (self.clear, self.cleared.emit),
            (self.copy, lambda: copy_rows([self._header, *self._rows])),
            (self.save, self.save_wanted.emit),
            (self.close_button, self.close),
        ):
            button.clicked.connect(does)
            button.setAutoDefault(False)
            line.addWidget(button)
        line.insertStretch(4, 1)
        set_tip(self.base, self.tr("Tell the values of the other runs as differences to it too"))
        return line

    def _key(self) -> str:
        row = self.table.currentRow()
        return self._keys[row] if 0 <= row < len(self._keys) else IN_FRONT

    def contents(self) -> tuple[list[str], list[list[str]]]:
        """The names of the columns, and the rows."""
        return list(self._header), [list(row) for row in self._rows]

    def show_runs(self, runs: ComparedRuns) -> None:
        """Brings the table up to date."""
        self._runs = runs
        differing = runs.differing()
        base = runs.find(runs.baseline)
        numbers = self.tr("Best validation error"), self.tr("Final validation error"), self.tr("Difference of the best")
        self._header = [self.tr("Run"), *numbers, *differing]
        self._keys = [run.key for run in runs]
        self._rows = [self._row(run, base, differing) for run in runs]
        self._said.setText(
            self.tr("Settings in which these runs differ. Values that all have in common are left out.")
            if differing
            else self.tr("These runs have the same settings.")
        )
        if self.isVisible():
            self._fill(runs)
        if not runs.others:
            self.close()

    def _row(self, run: ShownRun, base: ShownRun | None, differing: Sequence[str]) -> list[str]:
        best, final = run.errors()
        apart = ""
        if base is not None and base is not run and best is not None and base.errors()[0] is not None:
            apart = local(difference(100 * best, 100 * (base.errors()[0] or 0.0), ".1f"))
        name = self.tr("{run} (baseline)").format(run=run.name) if run is base else run.name
        told = [error_text(each) if each is not None else "" for each in (best, final)]
        return [name, *told, apart, *(run.settings.get(each, "") for each in differing)]

    def _fill(self, runs: ComparedRuns) -> None:
        chosen = self.table.currentRow()
        before = self.table.columnCount()
        self.table.setColumnCount(len(self._header))
        self.table.setRowCount(len(self._rows))
        self.table.setHorizontalHeaderLabels([one_line(each) for each in self._header])
        drawn, ratio = colours(self), self.devicePixelRatioF()
        for place, (run, row) in enumerate(zip(runs, self._rows, strict=True)):
            for column, text in enumerate(row):
                item = QTableWidgetItem(one_line(text))
                if 0 < column <= NUMBERS:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if run.hidden:
                    item.setForeground(drawn.faint)
                if column == 0:
                    item.setIcon(QIcon(sign(run.look, run.look.colour(drawn), ratio)))
                self.table.setItem(place, column, item)
        if before != self.table.columnCount():
            self.table.resizeColumnsToContents()
        self.table.setCurrentCell(min(max(chosen, 0), len(self._rows) - 1), 0)
        self._follow()

    def _follow(self) -> None:
        """What can be done with the chosen run."""
        run = self._runs.find(self._key())
        behind = run is not None and run.key != IN_FRONT
        is_base = run is not None and run.key == self._runs.baseline
        self.base.setText(self.tr("No baseline") if is_base else self.tr("Use as the baseline"))
        self.hide_run.setText(self.tr("Show") if run is not None and run.hidden else self.tr("Hide"))
        why = "" if behind else self.tr("This is the run that is open: it is always shown")
        for button in (self.hide_run, self.remove):
            button.setEnabled(behind)
            set_tip(button, why)

    def showEvent(self, event: object) -> None:
        """Fills the table."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._fill(self._runs)

    def sizeHint(self) -> QSize:
        """Room for some settings."""
        return QSize(100 * SPACE, 50 * SPACE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy takes the chosen rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            chosen = sorted(index.row() for index in self.table.selectionModel().selectedRows())
            copy_rows([self._header, *(self._rows[row] for row in chosen)])
        else:
            super().keyPressEvent(event)
