"""The window of matched kernels: which other model, what came out, the pairs as pictures and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from alexnet_app.ui.filters.views.pair_grid import PairGrid
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.other_model_box import OtherModelBox
from alexnet_app.ui.parts.plain import Label, set_tip, set_title
from alexnet_app.ui.parts.read_table import ReadTable
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B

FIRST_SIZE = QSize(146 * SPACE, 78 * SPACE)
TABLE_WIDTH = 63 * SPACE  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class GridShown:
    """One grid: its title and colour, the kernels and their partners, uint8 (pairs, h, w, 3), what each pair is called,
    and the ``rows`` of the table at which they stand.
    """

    title: str
    colour: QColor
    kernels: NDArray[np.uint8]
    partners: NDArray[np.uint8]
    captions: tuple[str, ...]
    rows: tuple[int, ...]


class PairsDialog(QDialog):
    """``model_chosen`` tells the path of the other model, ``picked`` the row of a pair that was chosen, ``closed`` that
    nobody looks any more. It stays open while the panel is used.
    """

    model_chosen = Signal(str)
    picked = Signal(int)
    cancel_wanted = Signal()
    closed = Signal()

    def __init__(self, columns: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Two models unit by unit"))
        self.banner, self.bar, self.models = Banner(), ShareBar(), OtherModelBox()
        self.summary, self.pair = Label(wordWrap=True), ElidedLabel(faint=True)
        self.table = ReadTable(columns, words=2)
        self.grids = (PairGrid(self.tr("Tower A"), TOWER_A), PairGrid(self.tr("Tower B"), TOWER_B))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.save_image, self.save_table = (
            QPushButton(self.tr("Save image…")),
            QPushButton(self.tr("Save table…")),
        )
        self._rows: tuple[tuple[int, ...], ...] = ((), ())
        for widget, name in (
            (self.summary, self.tr("Which units are found again")),
            (self.table, self.tr("Pairs of units")),
            (self.bar, self.tr("Progress")),
        ):
            widget.setAccessibleName(name)
        self._lay_out()
        self._connect()
        self.clear()

    def _lay_out(self) -> None:
        line, below = QHBoxLayout(), QHBoxLayout()
        label = Label(self.tr("Compare with"))
        label.setBuddy(self.models)
        line.addWidget(label)
        line.addWidget(self.models)
        line.addWidget(self.pair, stretch=1)
        below.addWidget(self.bar, stretch=1)
        below.addWidget(self.cancel)
        below.addStretch()
        below.addWidget(self.save_table)
        below.addWidget(self.save_image)
        self._body = QSplitter(Qt.Orientation.Horizontal)
        self._body.setChildrenCollapsible(False)
        for widget in (*self.grids, self.table):
            self._body.addWidget(widget)
        for place in (0, 1):
            self._body.setStretchFactor(place, 1)
        self._body.setSizes([100 * SPACE, 100 * SPACE, TABLE_WIDTH])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.banner)
        layout.addLayout(line)
        layout.addWidget(self.summary)
        layout.addWidget(self._body, stretch=1)
        layout.addLayout(below)
        begin_with(self, FIRST_SIZE)

    def _connect(self) -> None:
        self.models.chosen.connect(self.model_chosen)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.table.itemSelectionChanged.connect(self._pick_row)
        for place, grid in enumerate(self.grids):
            grid.picked.connect(partial(self._pick_pair, place))

    def show_pairs(self, grids: Sequence[GridShown], rows: Sequence[Sequence[str]], text: str) -> None:
        """What came out: a grid for each tower, all pairs in the table, ``text`` above."""
        self.clear()
        self._rows = tuple(each.rows for each in grids)
        self.grids[1].setVisible(len(grids) > 1)
        for grid, each in zip(self.grids, grids, strict=False):
            grid.set_title(each.title, each.colour)
            grid.show_pairs(each.kernels, each.partners, each.captions)
        self.table.fill(rows)
        self._let_save(there=True)
        self.say(text)

    def clear(self) -> None:
        """Shows no pairs."""
        self._rows = ((), ())
        self.table.fill(())
        for grid in self.grids:
            grid.clear()
        self._let_save(there=False)

    def _let_save(self, *, there: bool) -> None:
        for button, means in (
            (self.save_image, self.tr("Save all pairs with their correlations as a PNG, SVG or PDF")),
            (self.save_table, self.tr("Save the pairs as a CSV table; Copy takes the chosen rows")),
        ):
            button.setEnabled(there)
            set_tip(button, means if there else self.tr("There are no pairs yet: choose the model to compare with"))

    def say(self, text: str) -> None:
        """What came out, or why nothing did."""
        self.summary.setText(text)
        self._show_work(works=False)

    def show_progress(self, text: str, share: float | None) -> None:
        """How far it is, 0 to 1; None while nobody knows."""
        self.summary.setText(text)
        self.bar.show_share(share)
        self._show_work(works=True)

    def _show_work(self, *, works: bool) -> None:
        self.bar.setVisible(works)
        self.cancel.setVisible(works)

    def _pick_row(self) -> None:
        chosen = self.table.selectionModel().selectedRows()
        row = chosen[0].row() if chosen else -1
        for grid, rows in zip(self.grids, self._rows, strict=False):
            grid.set_picked(rows.index(row) if row in rows else None)
        if row >= 0:
            self.picked.emit(row)

    def _pick_pair(self, place: int, index: int) -> None:
        row = self._rows[place][index]
        self.table.selectRow(row)
        self.table.scrollTo(self.table.model().index(row, 0))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tells that the window was closed."""
        super().closeEvent(event)
        self.closed.emit()

    def reject(self) -> None:
        """Escape first stops matching, then closes the window."""
        if self.cancel.isVisible():
            self.cancel_wanted.emit()
        else:
            super().reject()
            self.closed.emit()
