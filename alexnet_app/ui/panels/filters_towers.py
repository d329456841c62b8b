"""Tower A beside tower B, as in the paper's Figure 3, or the one column of a network without towers."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from alexnet_app.ui.panels.filters_jobs import View
from alexnet_app.ui.panels.filters_words import FilterWords
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B
from alexnet_app.ui.widgets.filter_grid import FilterGrid


class TowerGrids(QWidget):
    """``picked`` tells the place of the tower and the number of the kernel in it, from 1."""

    picked = Signal(int, int)

    def __init__(self, words: FilterWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._numbers: tuple[tuple[int, ...], ...] = ()
        self.grids = (FilterGrid(self.tr("Tower A"), TOWER_A), FilterGrid(self.tr("Tower B"), TOWER_B))
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(2 * SPACE)
        for grid in self.grids:
            beside.addWidget(grid, stretch=1)
        self.grids[0].picked.connect(self._pick_in_a)
        self.grids[1].picked.connect(self._pick_in_b)

    def show_view(self, view: View, colours: Sequence[QColor]) -> None:
        """Shows the kernels of a layer; ``colours`` are those of its towers."""
        self._numbers = tuple(sheet.numbers for sheet in view.sheets)
        titles = (self.tr("Tower A"), self.tr("Tower B")) if len(view.sheets) == 2 else (self.tr("One column"),)
        self.grids[1].setVisible(len(titles) == 2)
        for place, (title, sheet, tower) in enumerate(zip(titles, view.sheets, view.towers, strict=True)):
            grid, columns = self.grids[place], sheet.columns if sheet.slices > 1 else None
            grid.set_title(title, colours[place])
            grid.set_kernels(sheet.kernels, columns, slices=sheet.slices, numbers=sheet.numbers, layer=view.layer)
            grid.set_note(self._words.note(sheet, tower))

    def set_picked(self, place: int, number: int) -> tuple[int, int]:
        """Frames the kernel ``number`` of the tower at ``place``, or the first one of all where that is not shown.

        Gives what it framed.
        """
        if place >= len(self._numbers) or number not in self._numbers[place]:
            place, number = 0, self._numbers[0][0]
        for each, grid in enumerate(self.grids):
            grid.set_picked(self._numbers[place].index(number) if each == place else None)
        return place, number

    def _pick_in_a(self, index: int) -> None:
        self.picked.emit(0, self._numbers[0][index])

    def _pick_in_b(self, index: int) -> None:
        self.picked.emit(1, self._numbers[1][index])
