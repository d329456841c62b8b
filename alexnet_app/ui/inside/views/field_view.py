"""The photo as the network sees it, with a frame around what one number of a map sees of it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from alexnet_app.ui.theme import SPACE, colours

CLEAR = 0.45  # of what lies outside the frame


class FieldView(QWidget):
    """A square picture. What lies outside the frame steps back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QImage()
        self._field: tuple[int, int, int, int] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What a number sees of the photo"))

    def show_picture(self, picture: QImage) -> None:
        """Shows ``picture`` without a frame."""
        self._picture, self._field = picture, None
        self.update()

    def show_field(self, field: tuple[int, int, int, int] | None) -> None:
        """Frames rows and columns of the picture: top, left, bottom, right, the last ones not included; None for no
        frame.
        """
        self._field = field
        self.setAccessibleDescription(
            "" if field is None else self.tr("rows {0} to {2}, columns {1} to {3}").format(*field)
        )
        self.update()

    def field(self) -> tuple[int, int, int, int] | None:
        """What is framed."""
        return self._field

    def sizeHint(self) -> QSize:
        """Room to see what is framed."""
        return QSize(20 * SPACE, 20 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """A small one."""
        return QSize(10 * SPACE, 10 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the picture as large as it fits, and the frame."""
        if self._picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self.width(), self.height())
        whole = QRectF((self.width() - side) / 2, 0, side, side)
        if self._field is None:
            painter.drawImage(whole, self._picture)
            return
        scale, (top, left, bottom, right) = side / self._picture.width(), self._field
        frame = QRectF(whole.left() + scale * left, scale * top, scale * (right - left), scale * (bottom - top))
        painter.fillRect(whole, colours(self).paper)
        painter.setOpacity(CLEAR)
        painter.drawImage(whole, self._picture)
        painter.setOpacity(1.0)
        painter.setClipRect(frame)
        painter.drawImage(whole, self._picture)
        painter.setClipping(False)
        painter.setPen(QPen(Qt.GlobalColor.white, 3))
        painter.drawRect(frame)
        painter.setPen(QPen(Qt.GlobalColor.black, 1))
        painter.drawRect(frame)
