"""All maps of the chosen layer, tower A beside tower B, and what the layer does."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from alexnet_app.core.insight.activations import Shown, answers, order
from alexnet_app.ui.inside import drawing, words
from alexnet_app.ui.inside.jobs import Seen
from alexnet_app.ui.inside.views.map_grid import MapGrid
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B, colours

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.flow import Meeting

ANSWER = "answer"  # what the next layer is said to get: after the activation
STRONGEST, NUMBER = "strongest", "number"


class LayerPane(QWidget):
    """``picked`` tells a unit of the layer, from 0, ``opened`` one whose page is wanted; ``shown_changed`` that it is
    seen after another step.
    """

    picked = Signal(int)
    opened = Signal(int)
    shown_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: Seen | None = None
        self._layer, self._wanted = "", ANSWER
        self._orders: list[NDArray[np.intp]] = []
        self.step, self.sort, self.about = EntryBox(), EntryBox(), Label()
        self.grids = (MapGrid(self.tr("Tower A"), TOWER_A), MapGrid(self.tr("Tower B"), TOWER_B))
        self.sort.addItem(self.tr("strongest first"), STRONGEST)
        self.sort.addItem(self.tr("by number"), NUMBER)
        self._title = Label()
        self._lay_out()
        self.step.activated.connect(self._take_step)
        self.sort.activated.connect(self._draw)
        for at, grid in enumerate(self.grids):
            grid.picked.connect(partial(self._tell, self.picked, at))
            grid.opened.connect(partial(self._tell, self.opened, at))

    def show_layer(self, seen: Seen, layer: str, met: "Meeting | None") -> None:
        """Shows a layer of what was seen; ``met`` is what flows between the towers there, where that is known."""
        self._seen, self._layer = seen, layer
        self._title.setText(layer)
        self._offer_steps()
        self.about.setText(words.about_layer(seen, layer, met))
        self._draw()

    def shown(self) -> Shown | None:
        """What is there after the chosen step."""
        if self._seen is None:
            return None
        own = [each for each in self._seen.shown if each.layer == self._layer]
        return next((each for each in own if each.step == self._wanted), answers(self._seen.shown, self._layer))

    def set_picked(self, unit: int) -> None:
        """Frames a unit of the layer; emits nothing."""
        for grid, units in zip(self.grids, self._orders, strict=False):
            found = np.flatnonzero(units == unit)
            grid.set_picked(int(found[0]) if len(found) else None)

    def _offer_steps(self) -> None:
        assert self._seen is not None
        self.step.clear()
        for each in self._seen.shown:
            if each.layer == self._layer:
                self.step.addItem(words.step_name(each.step), each.step)
        now = self.shown()
        self.step.setCurrentIndex(self.step.findData(now.step if now is not None else ""))

    def _take_step(self) -> None:
        self._wanted = self.step.currentData()
        self._draw()
        self.shown_changed.emit()

    def _draw(self) -> None:
        shown = self.shown()
        if shown is None or self._seen is None:
            return
        spec = self._seen.spec
        by = order(answers(self._seen.shown, self._layer), spec)
        if self.sort.currentData() == NUMBER:
            by = tuple(np.sort(each) for each in by)
        self._orders = list(by)
        has_towers = len(by) == len(self.grids)
        titles: Sequence[str] = (self.tr("Tower A"), self.tr("Tower B")) if has_towers else (self._one(),)
        self.grids[1].setVisible(has_towers)
        tints: Sequence[QColor] = (TOWER_A, TOWER_B) if has_towers else (colours(self).accent,)
        drawn = drawing.grids(spec, shown, by)
        for grid, title, tint, pictures, units in zip(self.grids, titles, tints, drawn, by, strict=False):
            numbers = [int(each) + 1 for each in units]
            grid.set_title(title, tint)
            grid.set_kernels(pictures, numbers=numbers, layer=self._layer)

    def _one(self) -> str:
        assert self._seen is not None
        is_last = self._layer == self._seen.spec.layers[-1].name
        return self.tr("Classes") if is_last else self.tr("One column")

    def _tell(self, signal: SignalInstance, tower: int, index: int) -> None:
        signal.emit(int(self._orders[tower][index]))

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.about.setWordWrap(True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setForegroundRole(QPalette.ColorRole.WindowText)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self._title)
        line.addWidget(self.step)
        line.addSpacing(SPACE)
        sort = Label(self.tr("Sort"))
        sort.setBuddy(self.sort)
        line.addWidget(sort)
        line.addWidget(self.sort)
        line.addStretch()
        for box, name in ((self.step, self.tr("Step of the layer")), (self.sort, self.tr("Sort"))):
            box.setAccessibleName(name)
        set_tip(self.step, self.tr("After which step of the layer its maps are shown"))
        set_tip(self.sort, self.tr("Order of the maps within each tower"))
        beside = QHBoxLayout()
        beside.setSpacing(2 * SPACE)
        for grid in self.grids:
            beside.addWidget(grid, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(line)
        layout.addWidget(self.about)
        layout.addLayout(beside, stretch=1)
