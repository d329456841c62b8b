"""The tab Train: on the left what a run is made of and the past ones, on the right the run, or what to do first."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.empty_state import EmptyState

SIDE_WIDTH = 320


class TrainView(QSplitter):
    """``side`` has the form and the past runs; ``pages`` begin with ``empty``, which offers the action ``sample``, and
    stand between ``banner`` and ``download``.
    """

    def __init__(
        self, setup: QWidget, past: QWidget, pages: QStackedWidget, download: QWidget, sample: QAction
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.side, self.pages, self.banner = QTabWidget(), pages, Banner()
        self.side.setDocumentMode(True)
        self.side.setAccessibleName(self.tr("Settings and past runs"))
        self.side.addTab(setup, self.tr("New run"))
        self.side.addTab(past, self.tr("Past runs"))
        self.side.setMinimumWidth(SIDE_WIDTH)
        button = QPushButton(sample.text())
        button.clicked.connect(sample.trigger)
        self.empty = EmptyState(
            self.tr("Train a two-tower AlexNet and watch it learn"),
            self.tr(
                "The sample data are generated images of striped figures in ten classes. A small network learns "
                "them in about a minute on any computer. To use your own images, choose the data on the left."
            ),
            [button],
        )
        self.pages.addWidget(self.empty)
        self.setChildrenCollapsible(False)
        self.addWidget(self.side)
        self.addWidget(self._under_the_banner(download))
        self.setStretchFactor(1, 1)

    def _under_the_banner(self, download: QWidget) -> QWidget:
        """The pages with what is said above and below them: the form beside them keeps its height."""
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.pages, stretch=1)
        layout.addWidget(download)
        return column
