"""Pictures in one row with a few words below each: the words come first, the pictures when they have been read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.parts.plain import one_line, set_tip
from alexnet_app.ui.theme import SPACE, colours

SIDE = 12 * SPACE  # of a picture
WIDTH = SIDE + 3 * SPACE  # of a picture and its words


@dataclass(frozen=True, slots=True)
class Captioned:
    """``lines`` stand below the picture, ``tip`` says it in full, ``path`` is its file, empty where it has none."""

    lines: tuple[str, ...]
    tip: str
    path: str = ""


class PictureStrip(QListWidget):
    """``opened`` tells the place of a picture that was double clicked, or Return was pressed on, ``picked`` that of the
    one that was chosen, −1 for none. ``wraps``: in as many rows as there is room for, not in one; with ``shrinks`` it
    may be lower than a row.
    """

    opened = Signal(int)
    picked = Signal(int)

    def __init__(
        self, lines: int, *, wraps: bool = False, shrinks: bool = False, side: int = SIDE, parent: QWidget | None = None
    ) -> None:
        """``lines`` of words below pictures of ``side`` logical pixels."""
        super().__init__(parent)
        self._lines, self._wraps, self._shrinks = lines, wraps, shrinks
        self._side, self._width = side, side + (WIDTH - SIDE)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setWrapping(wraps)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(side, side))
        self.setSpacing(0)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        if not wraps:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemActivated.connect(lambda item: self.opened.emit(self.row(item)))
        self.itemSelectionChanged.connect(lambda: self.picked.emit(self.place()))
        self._fix_height()

    def show_captions(self, captions: Sequence[Captioned]) -> None:
        """Those, without their pictures."""
        self.clear()
        self._fix_height()
        for each in captions:
            item = QListWidgetItem(self._blank(), self._words(each.lines))
            set_tip(item, each.tip)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, each.tip)
            self.addItem(item)

    def set_side(self, side: int, least: int = 0) -> None:
        """Pictures of ``side`` logical pixels from now on, with words that have ``least`` pixels; those that are shown
        go.
        """
        self.clear()
        self._side, self._width = side, max(least, side + (WIDTH - SIDE))
        self.setIconSize(QSize(side, side))
        self._fix_height()

    def change_caption(self, place: int, caption: Captioned) -> None:
        """Other words below a picture that stays."""
        item = self.item(place)
        item.setText(self._words(caption.lines))
        set_tip(item, caption.tip)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, caption.tip)

    def show_pictures(self, pictures: Sequence[NDArray[np.uint8] | None]) -> None:
        """Their pictures, uint8 (height, width, 3); None where one can no longer be read."""
        ratio = self.devicePixelRatioF()
        for place, picture in enumerate(pictures[: self.count()]):
            if picture is not None:
                self.item(place).setIcon(QIcon(QPixmap.fromImage(_scaled(picture, round(self._side * ratio), ratio))))

    def place(self) -> int:
        """The place of the chosen picture, −1 for none."""
        chosen = self.selectedIndexes()
        return chosen[0].row() if chosen else -1

    def texts(self) -> list[str]:
        """The words below each picture."""
        return [self.item(place).text() for place in range(self.count())]

    def _blank(self) -> QIcon:
        blank = QPixmap(self._side, self._side)
        blank.fill(colours(self).grid)
        return QIcon(blank)

    def _fix_height(self) -> None:
        line = self.fontMetrics().height()
        self.setGridSize(QSize(self._width, self._side + self._lines * line + SPACE))
        bar = self.horizontalScrollBar().sizeHint().height()
        height = self._side + self._lines * line + 2 * SPACE + bar
        if self._wraps:
            self.setMinimumHeight(8 * SPACE if self._shrinks else height)
        else:
            self.setFixedHeight(height)

    def _words(self, lines: Sequence[str]) -> str:
        """Lines that fit below the picture."""
        cut, room = Qt.TextElideMode.ElideMiddle, self._width - SPACE
        return "\n".join(self.fontMetrics().elidedText(one_line(line), cut, room) for line in lines)


def _scaled(picture: NDArray[np.uint8], side: int, ratio: float) -> QImage:
    """Small pictures with all their pixels to be seen, large ones smoothly smaller; each in the middle of a square, so
    that the words below all stand on one line.
    """
    image = to_qimage(picture)
    smooth = (
        Qt.TransformationMode.SmoothTransformation if image.width() > side else Qt.TransformationMode.FastTransformation
    )
    scaled = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    square = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.drawImage((side - scaled.width()) // 2, (side - scaled.height()) // 2, scaled)
    painter.end()
    square.setDevicePixelRatio(ratio)
    return square
