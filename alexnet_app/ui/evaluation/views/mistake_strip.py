"""Pictures that were named wrongly, in one row: what they are, what they were taken for, how surely."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.parts.plain import TEXT, one_line, set_tip
from alexnet_app.ui.theme import SPACE, colours

SIDE = 12 * SPACE  # of a picture
WIDTH = SIDE + 3 * SPACE  # of a picture and its words


@dataclass(frozen=True, slots=True)
class Mistaken:
    """``true`` and ``answered`` are names, ``sure`` such as "97 %", ``where`` the picture's file or number."""

    true: str
    answered: str
    sure: str
    where: str


class MistakeStrip(QListWidget):
    """The words come first, the pictures when they have been read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Most confident mistakes"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSpacing(0)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_mistakes(self, mistakes: Sequence[Mistaken]) -> None:
        """Those, without their pictures."""
        self.clear()
        line = self.fontMetrics().height()
        self.setGridSize(QSize(WIDTH, SIDE + 3 * line + SPACE))
        self.setFixedHeight(SIDE + 3 * line + 2 * SPACE + self.horizontalScrollBar().sizeHint().height())
        blank = QPixmap(SIDE, SIDE)
        blank.fill(colours(self).grid)
        for each in mistakes:
            item = QListWidgetItem(QIcon(blank), self._words(each))
            true, answered = one_line(each.true), one_line(each.answered)
            full = self.tr("{true} → {answered}, {sure}\n{where}")
            full = full.format(true=true, answered=answered, sure=each.sure, where=one_line(each.where, TEXT))
            set_tip(item, full)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, full)
            self.addItem(item)

    def show_pictures(self, pictures: Sequence[NDArray[np.uint8] | None]) -> None:
        """The pictures of the mistakes, uint8 (side, side, 3); None where one can no longer be read."""
        for place, picture in enumerate(pictures[: self.count()]):
            if picture is not None:
                self.item(place).setIcon(QIcon(QPixmap.fromImage(_scaled(picture, self.devicePixelRatioF()))))

    def _words(self, mistake: Mistaken) -> str:
        """Three lines that fit below the picture."""
        cut = Qt.TextElideMode.ElideMiddle
        lines = (one_line(mistake.true), self.tr("→ {name}").format(name=one_line(mistake.answered)), mistake.sure)
        return "\n".join(self.fontMetrics().elidedText(line, cut, WIDTH - SPACE) for line in lines)


def _scaled(picture: NDArray[np.uint8], ratio: float) -> QImage:
    """Small pictures with all their pixels to be seen, large ones smoothly smaller."""
    image, side = to_qimage(picture), round(SIDE * ratio)
    smooth = (
        Qt.TransformationMode.SmoothTransformation if image.width() > side else Qt.TransformationMode.FastTransformation
    )
    scaled = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    scaled.setDevicePixelRatio(ratio)
    return scaled
