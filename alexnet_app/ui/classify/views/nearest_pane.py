"""The images that a network finds most alike, beside the picture, and of which set they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.picture_strip import Captioned, PictureStrip
from alexnet_app.ui.parts.plain import Label, one_line, set_tip
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

SIDE = 10 * SPACE  # of a picture
FOLDER = "\0folder"  # no address can be this


class NearestPane(QWidget):
    """``source_chosen`` tells the address of a set, ``picked`` the place of an image that was clicked."""

    source_chosen = Signal(str)
    folder_wanted = Signal()
    build_wanted = Signal()
    cancel_wanted = Signal()
    back_wanted = Signal()
    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sources, self.strip, self.bar = (
            EntryBox(),
            PictureStrip(2, wraps=True, shrinks=True, side=SIDE),
            ShareBar(),
        )
        self.status, self.query = Label(wordWrap=True), ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.build, self.cancel, self.back = QPushButton(), QPushButton(self.tr("Cancel")), QPushButton(self.tr("Back"))
        for widget, name in (
            (self.sources, self.tr("Images that are searched")),
            (self.strip, self.tr("Nearest images")),
            (self.status, self.tr("Index of the images")),
            (self.bar, self.tr("Progress")),
        ):
            widget.setAccessibleName(name)
        set_tip(self.back, self.tr("Back to the images nearest to the one before"))
        self._lay_out()
        self.sources.activated.connect(self._choose)
        self.build.clicked.connect(self.build_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.back.clicked.connect(self.back_wanted)
        # later: the list is filled anew by whoever hears of it
        later = Qt.ConnectionType.QueuedConnection
        self.strip.itemClicked.connect(lambda item: self.picked.emit(self.strip.row(item)), later)
        self.strip.itemActivated.connect(lambda item: self.picked.emit(self.strip.row(item)), later)
        self.show_sources((), "")
        self.show_state("", "")
        self.show_query("", has_before=False)

    def _lay_out(self) -> None:
        buttons, line = QHBoxLayout(), QHBoxLayout()
        buttons.addWidget(self.build)
        buttons.addWidget(self.bar, stretch=1)
        buttons.addWidget(self.cancel)
        line.addWidget(self.query, stretch=1)
        line.addWidget(self.back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.sources)
        layout.addWidget(self.status)
        layout.addLayout(buttons)
        layout.addLayout(line)
        layout.addWidget(self.strip, stretch=1)
        self.setMinimumWidth(34 * SPACE)

    def show_sources(self, sources: Sequence[tuple[str, str]], chosen: str) -> None:
        """Label and address of each set that can be searched, and the one that is."""
        self.sources.clear()
        for label, address in sources:
            self.sources.addItem(one_line(label), address)
        if not sources:
            self.sources.addItem(self.tr("No images chosen"), "")
        self.sources.insertSeparator(self.sources.count())
        self.sources.addItem(self.tr("Choose a folder…"), FOLDER)
        self._chosen = chosen
        self.sources.setCurrentIndex(max(0, self.sources.findData(chosen)))
        set_tip(self.sources, chosen)

    def show_state(self, text: str, build: str) -> None:
        """What is known of the index, and the words of the button that builds it; no button where they are empty."""
        self.status.setText(text)
        self.status.setVisible(bool(text))
        self.build.setText(build)
        self.build.setVisible(bool(build))
        self.bar.hide()
        self.cancel.hide()

    def show_progress(self, text: str, share: float | None) -> None:
        """The index is being built; ``share`` is 0 to 1, None while nobody knows."""
        self.status.setText(text)
        self.status.show()
        self.bar.show_share(share)
        self.build.hide()
        self.bar.show()
        self.cancel.show()

    def show_query(self, text: str, *, has_before: bool) -> None:
        """What the images are nearest to; ``has_before``: there is another one to go back to."""
        self.query.show_text(text)
        self.back.setVisible(has_before)

    def show_images(self, captions: Sequence[Captioned]) -> None:
        """Those, without their pictures; none while they are looked for."""
        self.strip.show_captions(captions)

    def show_pictures(self, pictures: Sequence[NDArray[np.uint8] | None]) -> None:
        """Their pictures, uint8 (height, width, 3); None where one cannot be read."""
        self.strip.show_pictures(pictures)

    def _choose(self, row: int) -> None:
        address = self.sources.itemData(row)
        if address == FOLDER:
            self.sources.setCurrentIndex(max(0, self.sources.findData(self._chosen)))
            self.folder_wanted.emit()
        elif address and address != self._chosen:
            self.source_chosen.emit(address)
