"""Pictures beside the one that is chosen."""

from PySide6.QtWidgets import QLineEdit, QSplitter, QVBoxLayout, QWidget

from alexnet_app.ui.classify.views.picture_list import PictureList
from alexnet_app.ui.classify.views.picture_page import PicturePage
from alexnet_app.ui.theme import SPACE


class Gallery(QSplitter):
    """On the left ``list`` under its ``filter``, on the right ``page``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list, self.page, self.filter = PictureList(), PicturePage(), QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter by name or class"))
        self.filter.setAccessibleName(self.tr("Filter by name or class"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.list.pictures.set_filter)
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.filter)
        layout.addWidget(self.list, stretch=1)
        left.setMinimumWidth(26 * SPACE)
        self.page.setMinimumWidth(36 * SPACE)
        self.setChildrenCollapsible(False)
        self.addWidget(left)
        self.addWidget(self.page)
        self.setStretchFactor(1, 1)
        self.setSizes([40 * SPACE, 80 * SPACE])
