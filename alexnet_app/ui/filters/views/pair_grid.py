"""Matched kernels of two models in a grid: each unit of a tower beside its partner."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor

from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.parts.kernel_grid import KernelGrid
from alexnet_app.ui.parts.numbers import shown


class PairKernels(KernelGrid):
    """The pairs themselves; each is called as ``captions`` says."""

    captions: tuple[str, ...] = ()

    def named(self, index: int) -> str:
        """The caption of the pair at ``index``."""
        return self.captions[index] if index < len(self.captions) else ""


class PairGrid(FilterGrid):
    """``picked`` tells the place of the pair that was chosen, from 0."""

    def __init__(self, title: str, colour: QColor) -> None:
        self._pairs: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        super().__init__(title, colour)

    @staticmethod
    def made_of(colour: QColor) -> KernelGrid:
        """Kernels that are called by their captions."""
        return PairKernels(colour)

    def spoken(self, title: str, count: int, layer: str) -> str:
        """What a screen reader says of it."""
        return self.tr("{tower}, {count:,} pairs of kernels").format(**shown(tower=title, count=count))

    def show_pairs(self, kernels: NDArray[np.uint8], partners: NDArray[np.uint8], captions: Sequence[str]) -> None:
        """Shows ``kernels`` uint8 (pairs, h, w, 3), each beside its one of ``partners``."""
        grid = self.sheet()
        assert isinstance(grid, PairKernels)
        grid.captions = tuple(captions)
        self._pairs = kernels, partners
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """What lies between two kernels is the paper of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._pairs is not None:
            self._draw()

    def _draw(self) -> None:
        assert self._pairs is not None
        kernels, partners = self._pairs
        paper = self.palette().window().color()
        line = np.empty((len(kernels), kernels.shape[1], 1, 3), np.uint8)
        line[:] = paper.red(), paper.green(), paper.blue()
        # a pair has paper around it too: what belongs together stands nearer
        self.set_kernels(np.concatenate([line, kernels, line, partners, line], axis=2))
