"""The two indices of each tower over the epochs, side by side and small."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from alexnet_app.ui.filters.views.index_plot import IndexPlot
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE

WIDTH = 22 * SPACE  # pixels, of one plot
HEIGHT = 9 * SPACE

Lines = Sequence[Sequence[float | None]]


class IndexCurves(QWidget):
    """``pressed`` tells the epoch that was chosen."""

    pressed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        colour = self.tr("Colour index"), self.tr("median of the learned kernels: 0 grey, 1 colour")
        lines = self.tr("Direction index"), self.tr("median of the learned kernels: 0 spots, 1 stripes")
        self.plots = tuple(IndexPlot(f"{title}, {means}") for title, means in (colour, lines))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(0)
        for column, (plot, (title, means)) in enumerate(zip(self.plots, (colour, lines), strict=True)):
            name = ElidedLabel(faint=True)
            name.show_text(title, means)
            name.setMinimumWidth(SPACE)
            set_tip(
                plot,
                self.tr("{title} over the epochs: {means}. Tower A solid, tower B dashed. Click to go there").format(
                    title=title, means=means
                ),
            )
            plot.setFixedSize(WIDTH, HEIGHT)
            plot.pressed.connect(self.pressed)
            layout.addWidget(name, 0, column)
            layout.addWidget(plot, 1, column)

    def show_series(self, epochs: Sequence[float], colours: Lines, lines: Lines) -> None:
        """Draws both indices, each with a line for each tower; None where a tower could not be judged yet."""
        for plot, series in zip(self.plots, (colours, lines), strict=True):
            plot.show_series(epochs, series)

    def point_at(self, epoch: float) -> None:
        """Draws a line at ``epoch``."""
        for plot in self.plots:
            plot.point_at(epoch)
