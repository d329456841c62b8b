"""All maps of a layer of one tower, or its units, of which one can be picked, or opened."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.inside.views.opening_grid import OpeningGrid
from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.parts.kernel_grid import KernelGrid
from alexnet_app.ui.parts.numbers import shown


class MapGrid(FilterGrid):
    """As the kernels are shown, with the names of maps; ``opened`` tells the place of one whose page is wanted."""

    opened = Signal(int)

    def __init__(self, title: str, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(title, colour, parent)
        sheet = self.sheet()
        assert isinstance(sheet, OpeningGrid)
        sheet.opened.connect(self.opened)

    @staticmethod
    def made_of(colour: QColor) -> KernelGrid:
        """A grid of maps."""
        return _Maps(colour)

    def sizeHint(self) -> QSize:
        """Little: it takes what room there is, and what it is in scrolls only where there is less."""
        return self.minimumSizeHint()

    def spoken(self, title: str, count: int, layer: str) -> str:
        """What a screen reader says of it."""
        if not count:
            return self.tr("{tower}, no maps").format(tower=title)
        name = self.tr("{tower}, {count:,} maps of {layer}")
        return name.format(**shown(tower=title, count=count, layer=layer))


class _Maps(OpeningGrid):
    def named(self, index: int) -> str:
        return self.tr("Map {number:,}").format(**shown(number=self.number(index)))
