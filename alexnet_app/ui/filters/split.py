"""The split, measured: what every kernel of conv1 cares for, tower beside tower, and whether that can be chance."""

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from alexnet_app.core.insight.selectivity import colour_index, orientation_index
from alexnet_app.core.insight.smoothness import has_learned
from alexnet_app.core.network.spec import unit_numbers
from alexnet_app.ui.filters.jobs import FilterView
from alexnet_app.ui.filters.views.split_plot import Dot, SplitPlot
from alexnet_app.ui.filters.words import FilterWords
from alexnet_app.ui.parts.plain import Label, set_tip, set_title
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.theme import SPACE

FIRST_SIZE = QSize(80 * SPACE, 84 * SPACE)


class Split(QObject):
    """Its ``action`` opens a window that follows what the panel shows. ``picked`` tells a kernel's tower and number."""

    picked = Signal(int, int)

    def __init__(self, words: FilterWords, panel: QWidget) -> None:
        super().__init__(panel)
        self._words, self._panel = words, panel
        self._view: FilterView | None = None
        self._chosen = (0, 1)
        self.action = QAction(self.tr("The split of the towers…"), panel)
        self.action.setShortcut(QKeySequence("Ctrl+Alt+W"))
        self.action.triggered.connect(self._open)
        self.dialog: QDialog | None = None

    def show_view(self, view: FilterView, chosen: tuple[int, int]) -> None:
        """Follows the panel, whose kernel ``chosen`` (tower and number) is framed."""
        self._view, self._chosen = view, chosen
        if self.dialog is not None and self.dialog.isVisible():
            self._fill()

    def explain(self, *, seen: bool) -> None:
        """What can be done now; ``seen``: the panel is on the screen."""
        there = seen and self._view is not None and self._view.specialization is not None
        self.action.setEnabled(there)
        means = self.tr("Show what each kernel of both towers has specialised in, and whether that can be chance")
        where = (
            self.tr("Choose the first layer of a network with two towers") if seen else self.tr("Go to Filters first")
        )
        set_tip(self.action, means if there else where)

    def close(self) -> None:
        """Closes the window with the main one."""
        if self.dialog is not None:
            self.dialog.hide()

    def _open(self) -> None:
        if self.dialog is None:
            self._build()
        assert self.dialog is not None
        self.dialog.show()
        self.dialog.raise_()
        self._fill()

    def _build(self) -> None:
        self.dialog = QDialog(self._panel)
        set_title(self.dialog, self.tr("The split of the towers"))
        self.plot, self.words = SplitPlot(), Label()
        self.words.setWordWrap(True)
        self.plot.picked.connect(self.picked)
        layout = QVBoxLayout(self.dialog)
        layout.setSpacing(SPACE)
        layout.addWidget(self.plot, stretch=1)
        layout.addWidget(self.words)
        begin_with(self.dialog, FIRST_SIZE)

    def _fill(self) -> None:
        view = self._view
        if view is None or view.specialization is None:
            self.plot.show_dots((), (-1, -1), "")
            self.words.setText(self.tr("Choose the first layer of a network with two towers"))
            return
        said = self._words.split(view)
        noise = view.specialization.noise.orientation, view.specialization.noise.colour
        self.plot.show_dots([dot for tower in (0, 1) for dot in _dots(view, tower)], self._chosen, said, noise)
        self.words.setText(said)


def _dots(view: FilterView, tower: int) -> list[Dot]:
    """The kernels of a tower with their indices."""
    together = np.concatenate([each.weights for each in view.towers])  # dead is what is weak beside all others
    first = view.towers[tower].first
    part = slice(first, first + len(view.towers[tower].weights))
    learned, weights = has_learned(together)[part], together[part]
    found = zip(orientation_index(weights).tolist(), colour_index(weights).tolist(), learned.tolist(), strict=True)
    return [
        Dot(tower, number, *each) for number, each in zip(unit_numbers(first, range(len(weights))), found, strict=True)
    ]
