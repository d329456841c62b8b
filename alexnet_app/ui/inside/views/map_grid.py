"""All maps of a layer of one tower, or its units, of which one can be picked."""

from PySide6.QtGui import QColor

from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.parts.kernel_grid import KernelGrid
from alexnet_app.ui.parts.numbers import shown


class MapGrid(FilterGrid):
    """As the kernels are shown, with the names of maps."""

    @staticmethod
    def made_of(colour: QColor) -> KernelGrid:
        """A grid of maps."""
        return _Maps(colour)

    def spoken(self, title: str, count: int, layer: str) -> str:
        """What a screen reader says of it."""
        if not count:
            return self.tr("{tower}, no maps").format(tower=title)
        name = self.tr("{tower}, {count:,} maps of {layer}")
        return name.format(**shown(tower=title, count=count, layer=layer))


class _Maps(KernelGrid):
    def named(self, index: int) -> str:
        return self.tr("Map {number:,}").format(**shown(number=self.number(index)))
