"""Tower A beside tower B, as in the paper's Figure 3, or the one column of a network without towers."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from alexnet_app.ui.filters.jobs import FilterView
from alexnet_app.ui.filters.views.trait_bars import TraitBars
from alexnet_app.ui.filters.words import FilterWords
from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B


class TowerGrids(QWidget):
    """``picked`` tells the place of the tower and the number of the kernel, from 1 within the layer."""

    picked = Signal(int, int)

    def __init__(self, words: FilterWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._numbers: tuple[tuple[int, ...], ...] = ()
        self.grids = (FilterGrid(self.tr("Tower A"), TOWER_A), FilterGrid(self.tr("Tower B"), TOWER_B))
        ends = (self.tr("grey"), self.tr("colour")), (self.tr("spots"), self.tr("stripes"))
        self.bars = tuple(tuple(TraitBars(*each) for each in ends) for _ in self.grids)
        self._lay_out()
        self.grids[0].picked.connect(self._pick_in_a)
        self.grids[1].picked.connect(self._pick_in_b)

    def _lay_out(self) -> None:
        beside = QGridLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setHorizontalSpacing(2 * SPACE)
        beside.setVerticalSpacing(SPACE)
        beside.setRowStretch(0, 1)
        for place, (grid, bars) in enumerate(zip(self.grids, self.bars, strict=True)):
            line = QHBoxLayout()
            line.setContentsMargins(MARGIN, 0, MARGIN, 0)
            line.setSpacing(3 * SPACE)
            for each in bars:
                line.addWidget(each)
            line.addStretch()
            beside.addWidget(grid, 0, place)
            beside.addLayout(line, 1, place)
            beside.setColumnStretch(place, 1)

    def show_view(self, view: FilterView, colours: Sequence[QColor]) -> None:
        """Shows the kernels of a layer; ``colours`` are those of its towers."""
        self._numbers = tuple(sheet.numbers for sheet in view.sheets)
        titles = (self.tr("Tower A"), self.tr("Tower B")) if len(view.sheets) == 2 else (self.tr("One column"),)
        self.grids[1].setVisible(len(titles) == 2)
        traits = view.specialization.towers if view.specialization else (None, None)
        for place, (title, sheet, tower) in enumerate(zip(titles, view.sheets, view.towers, strict=True)):
            grid, columns = self.grids[place], sheet.columns if sheet.slices > 1 else None
            grid.set_title(title, colours[place])
            grid.set_kernels(sheet.kernels, columns, slices=sheet.slices, numbers=sheet.numbers, layer=view.layer)
            grid.set_note(self._words.note(sheet, tower, traits[place]))
        self._show_traits(view, colours)

    def _show_traits(self, view: FilterView, colours: Sequence[QColor]) -> None:
        """What the towers have specialised in, where that is known."""
        known = view.specialization
        for place, (grid, bars) in enumerate(zip(self.grids, self.bars, strict=True)):
            is_judged = known is not None and view.moment is None  # of a snapshot nobody asks how probable it is
            grid.set_verdict(*((self._words.verdict(known, place)) if known and is_judged else ("", "")))
            for each in bars:
                each.setVisible(known is not None)
            if known is not None:
                tower, means = known.towers[place], self._words.indices(known, place)
                noise, colour = known.noise, colours[place]
                bars[0].show_counts(tower.colours, tower.colour, colour, means[0], noise.colour)
                bars[1].show_counts(tower.orientations, tower.orientation, colour, means[1], noise.orientation)

    def set_picked(self, place: int, number: int) -> tuple[int, int]:
        """Frames the kernel ``number`` (from 1 within the layer) in the tower at ``place``, or the first one of all
        where that is not shown.

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
