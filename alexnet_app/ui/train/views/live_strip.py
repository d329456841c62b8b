"""The live test: a few photos in a row, each with what the model in training answers now."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.picture_strip import Captioned, PictureStrip
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE

SIDE = 8 * SPACE


class LiveStrip(QWidget):
    """Hidden while there are no photos. ``opened`` tells the place of one that was double clicked; ``add_wanted`` that
    the person wants others, ``closed`` none.
    """

    opened = Signal(int)
    add_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(faint=True)
        self.strip = PictureStrip(3, side=SIDE)
        self.strip.setAccessibleName(self.tr("Live test"))
        self.strip.opened.connect(self.opened)
        add, close = QPushButton(self.tr("Other photos…")), QPushButton(self.tr("Close"))
        set_tip(add, self.tr("Choose the photos that the model is tested with while it trains"))
        set_tip(close, self.tr("Close the live test"))
        add.clicked.connect(self.add_wanted)
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.title, stretch=1)
        head.addWidget(add)
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(head)
        layout.addWidget(self.strip)
        self.hide()

    def show_photos(self, captions: Sequence[Captioned], pictures: Sequence[NDArray[np.uint8]]) -> None:
        """These photos, uint8 (height, width, 3), with what stands below them."""
        self.strip.show_captions(captions)
        self.strip.show_pictures(pictures)
        self.show()

    def show_answers(self, title: str, captions: Sequence[Captioned]) -> None:
        """What the model answers now."""
        self.title.show_text(title)
        for place, each in enumerate(captions):
            self.strip.change_caption(place, each)
