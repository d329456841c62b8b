"""The tab Train: on the left what a run is made of and the past ones, on the right the run, or what to do first."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.empty_state import EmptyState
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip

SIDE_WIDTH = 320  # at first, where the window has the room
NARROW = 1100  # pixels: a window that gives the curves the room instead


class TrainView(QSplitter):
    """``side`` has the form, the past runs and the queue; ``pages`` begin with ``empty``, which offers the action
    ``sample``, and stand between ``banner`` and ``download``. ``side_action`` hides the side and shows it again.
    """

    def __init__(
        self,
        setup: QWidget,
        past: QWidget,
        queue: QWidget,
        pages: QStackedWidget,
        download: QWidget,
        sample: QAction,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.side, self.pages, self.banner = QTabWidget(), pages, Banner()
        self.side.setDocumentMode(True)
        self.side.setAccessibleName(self.tr("Settings and past runs"))
        self.side.addTab(setup, self.tr("New run"))
        self.side.addTab(past, self.tr("Past runs"))
        self.side.addTab(queue, self.tr("Queue"))
        self._is_divided = False  # by the person, now or earlier
        self.side_action = QAction(self.tr("Settings and past runs"), self)
        self.side_action.setShortcut(QKeySequence("Ctrl+B"))
        self.side_action.setCheckable(True)
        self.side_action.setChecked(True)
        set_tip(self.side_action, self.tr("Show the settings and the past runs beside the curves"))
        self.side_action.toggled.connect(self.side.setVisible)
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
        self.splitterMoved.connect(self._keep_division)

    def restore(self, state: QByteArray, *, side: bool) -> None:
        """Divides it as it was, if it was divided, and hides the side where it was hidden."""
        self._is_divided = self.restoreState(state)
        self.side_action.setChecked(side)

    def show_side(self, page: QWidget | None = None) -> None:
        """Shows the side, because something in it is to be seen: on ``page`` where that is given."""
        self.side_action.setChecked(True)
        if page is not None:
            self.side.setCurrentWidget(page)

    def count_queue(self, count: int) -> None:
        """How many runs wait stands on the tab of the queue."""
        text = self.tr("Queue ({count:,})").format(**shown(count=count)) if count else self.tr("Queue")
        self.side.setTabText(2, text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives a small window's width to the curves, until the person divides it."""
        super().resizeEvent(event)
        if not self._is_divided:
            self.setSizes([self._usual(), event.size().width() - self._usual()])

    def division(self) -> QByteArray:
        """How the person has divided it, for ``restore``; empty where it divides itself."""
        itself = not self._is_divided and self.sizes()[0] in (0, self._usual())  # 0 while it is hidden
        return QByteArray() if itself else self.saveState()

    def _usual(self) -> int:
        least = self.side.minimumSizeHint().width()
        return least if self.width() < NARROW else max(least, SIDE_WIDTH)

    def _keep_division(self) -> None:
        self._is_divided = True

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
