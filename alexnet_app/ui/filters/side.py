"""What stands beside the kernels: the picked one large, and the weights of every layer in numbers."""

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QTabWidget, QWidget

from alexnet_app.ui.filters.views.kernel_view import KernelView, scrolled
from alexnet_app.ui.filters.weights import WeightsPane
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE

VIEW_WIDTH = 34 * SPACE  # pixels


class Side(QTabWidget):
    """``action`` shows the weights."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kernel, self.weights = KernelView(), WeightsPane(jobs)
        self.setDocumentMode(True)
        self.setAccessibleName(self.tr("Beside the kernels"))
        self.addTab(scrolled(self.kernel, VIEW_WIDTH), self.tr("Kernel"))
        self._place = self.addTab(scrolled(self.weights, VIEW_WIDTH), self.tr("Weights"))
        self.action = QAction(self.tr("Weights of the layers"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Alt+Shift+W"))
        self.action.triggered.connect(self.show_weights)

    def show_weights(self) -> None:
        """Shows the page Weights."""
        self.setCurrentIndex(self._place)
        self.weights.layer.setFocus()

    def explain(self, *, seen: bool, there: bool) -> None:
        """What can be done now; ``seen``: the panel is on the screen, ``there``: with a model."""
        self.action.setEnabled(seen and there)
        means = self.tr("Show how the weights of each layer are spread, which tower they read, and dead units")
        where = self.tr("Choose a model first") if seen else self.tr("Go to Filters first")
        set_tip(self.action, means if seen and there else where)
