"""The page of a run: its curves above, the kernels of both towers below, and under them what moves through time."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from alexnet_app.ui.theme import SPACE

SMALL = 620  # pixels: a height that leaves the kernels no more than they need


class RunSplit(QSplitter):
    """Gives the curves most of the height until the person divides it; ``towers`` are beside each other, above
    ``line``.
    """

    def __init__(self, curves: QWidget, grids: Sequence[QWidget], line: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._is_divided = False
        self._below = below = QWidget()
        side_by_side = QVBoxLayout(below)
        side_by_side.setContentsMargins(SPACE, 0, SPACE, 0)
        self.towers = QSplitter(Qt.Orientation.Horizontal)
        self.towers.setChildrenCollapsible(False)
        for grid in grids:
            self.towers.addWidget(grid)
        side_by_side.addWidget(self.towers, stretch=1)
        if line is not None:
            policy = line.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # nothing jumps when it comes
            line.setSizePolicy(policy)
            side_by_side.addWidget(line)
        self.setChildrenCollapsible(False)
        self.addWidget(curves)
        self.addWidget(below)
        self.splitterMoved.connect(self._keep_division)

    def restore(self, state: QByteArray) -> None:
        """Divides it as the person did, if it was divided."""
        self._is_divided = self.restoreState(state)

    def division(self) -> QByteArray:
        """How the person has divided it, for ``restore``; empty where it divides itself."""
        return self.saveState() if self._is_divided else QByteArray()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a small screen the kernels get what they need and the curves all else."""
        super().resizeEvent(event)
        if not self._is_divided:
            height, least = event.size().height(), self._below.minimumSizeHint().height()
            kernels = least if height < SMALL else max(least, height * 2 // 5)
            self.setSizes([height - kernels, kernels])

    def _keep_division(self) -> None:
        self._is_divided = True
