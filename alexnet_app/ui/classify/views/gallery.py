"""Pictures beside the one that is chosen."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from alexnet_app.ui.classify.views.arrange_bar import ArrangeBar
from alexnet_app.ui.classify.views.arrangement import Order
from alexnet_app.ui.classify.views.picture_list import PictureList
from alexnet_app.ui.classify.views.picture_page import PicturePage
from alexnet_app.ui.theme import SPACE


class Gallery(QSplitter):
    """On the left ``list`` under ``bar``, on the right ``page``; ``toggles`` are what the bar has boxes for."""

    def __init__(self, toggles: Sequence[QAction] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list, self.page, self.bar = PictureList(), PicturePage(), ArrangeBar(toggles)
        self.filter = self.bar.filter
        self.filter.textChanged.connect(self.list.pictures.set_filter)
        self.bar.sorted_by.connect(self._sort)
        self.list.pictures.counted.connect(self._count)
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.bar)
        layout.addWidget(self.list, stretch=1)
        left.setMinimumWidth(34 * SPACE)
        self.page.setMinimumWidth(36 * SPACE)
        self.setChildrenCollapsible(False)
        self.addWidget(left)
        self.addWidget(self.page)
        self.setStretchFactor(1, 1)
        self.share_width(is_grid=False)
        self._count()

    def share_width(self, *, is_grid: bool) -> None:
        """The width of both sides as it is at first: tiles need more of it than rows."""
        self.setSizes([70 * SPACE, 50 * SPACE] if is_grid else [40 * SPACE, 80 * SPACE])

    def _sort(self, order: Order, is_reversed: bool) -> None:
        self.list.pictures.set_order(order, is_reversed=is_reversed)

    def _count(self) -> None:
        pictures = self.list.pictures
        self.bar.show_count(pictures.matching(), pictures.total() if pictures.wanted().words else 0)
