"""One picture, as large as there is room for."""

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from alexnet_app.ui.parts.plain import running
from alexnet_app.ui.theme import SPACE, colours

TINY = 128  # pixels: up to this side each of them is shown as a square
SETTLED = 120  # milliseconds without another change of size


class PictureView(QFrame):
    """Shows a picture scaled to fit: smoothly, or a tiny one with crisp pixels. It keeps the picture it was given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Picture"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture = QImage()
        self._text = ""
        self._layer, self._share, self._strength = QImage(), 1.0, 1.0
        self._is_awaiting = False  # the picture on the screen is another one than the layer is of
        self._scaled = QPixmap()
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED)
        self._settled.timeout.connect(self._rescale)

    def expect(self) -> None:
        """Another picture is on its way: the one before stays until then, without a layer. A layer that comes before
        it is drawn with it.
        """
        self._is_awaiting = True
        self.show_layer(QImage(), 1.0)

    def show_picture(self, picture: QImage, description: str = "") -> None:
        """Shows ``picture``; ``description`` is what a screen reader says of it."""
        self._picture, self._text, self._is_awaiting = picture, "", False
        self.setAccessibleDescription(description)
        self._rescale()

    def show_text(self, text: str) -> None:
        """Shows a sentence instead of a picture."""
        self._picture, self._text, self._layer, self._is_awaiting = QImage(), running(text), QImage(), False
        self.setAccessibleDescription(self._text)
        self._rescale()

    def show_layer(self, layer: QImage, share: float) -> None:
        """Draws ``layer`` and a frame over the centre of the picture, a square with ``share`` (0 to 1) of its shorter
        side, until another picture is expected or an empty layer is shown. Under a layer that is partly clear the
        picture is grey: only the layer has colours then.
        """
        self._layer, self._share = layer, share
        self._rescale()

    def set_strength(self, strength: float) -> None:
        """How much the layer covers the picture, 0 to 1."""
        self._strength = strength
        self.update()

    def frame_of_layer(self) -> QRect:
        """Where the layer lies, in pixels of the widget."""
        picture = self.frame_of_picture()
        side = round(self._share * min(picture.width(), picture.height()))
        frame = QRect(0, 0, side, side)
        frame.moveCenter(picture.center())
        return frame

    def is_empty(self) -> bool:
        """Whether there is no picture in it."""
        return self._picture.isNull()

    def frame_of_picture(self) -> QRect:
        """Where the picture lies, in pixels of the widget."""
        size = self._fitting() / self.devicePixelRatioF()
        frame = QRect(0, 0, size.width(), size.height())
        frame.moveCenter(self.rect().center())
        return frame

    def sizeHint(self) -> QSize:
        """Room for a picture of middling size."""
        return QSize(48 * SPACE, 36 * SPACE)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a small window."""
        return QSize(16 * SPACE, 12 * SPACE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scales anew when the size has settled; until then the old one is stretched, which is fast."""
        super().resizeEvent(event)
        self._settled.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the background, the picture and its layer."""
        painter, drawn = QPainter(self), colours(self)
        painter.fillRect(self.rect(), drawn.paper)
        painter.setPen(drawn.grid)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        if not self._scaled.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._is_tiny())
            painter.drawPixmap(self.frame_of_picture(), self._scaled)
            self._draw_layer(painter)
        elif self._text:
            painter.setPen(drawn.faint)
            inside = self.rect().adjusted(2 * SPACE, 2 * SPACE, -2 * SPACE, -2 * SPACE)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)

    def _draw_layer(self, painter: QPainter) -> None:
        if not self._has_layer():
            return
        frame = self.frame_of_layer()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._layer.hasAlphaChannel())
        painter.setOpacity(self._strength)
        painter.drawImage(frame, self._layer)
        painter.setOpacity(1.0)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawRect(frame.adjusted(0, 0, -1, -1))
        painter.setPen(Qt.GlobalColor.black)
        painter.drawRect(frame.adjusted(-1, -1, 0, 0))

    def _has_layer(self) -> bool:
        return not (self._layer.isNull() or self._is_awaiting)

    def _is_tiny(self) -> bool:
        return max(self._picture.width(), self._picture.height()) <= TINY

    def _fitting(self) -> QSize:
        """The picture's size on the screen, in the screen's pixels; a tiny one grows by a whole number."""
        if self._picture.isNull():
            return QSize()
        room = (self.size() - QSize(2 * SPACE, 2 * SPACE)) * self.devicePixelRatioF()
        size = self._picture.size()
        if self._is_tiny():
            times = min(room.width() // size.width(), room.height() // size.height())
            if times >= 1:
                return size * times
        return size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))

    def _rescale(self) -> None:
        self._settled.stop()
        if self._picture.isNull():
            self._scaled = QPixmap()
        else:
            mode = Qt.TransformationMode
            how = mode.FastTransformation if self._is_tiny() else mode.SmoothTransformation
            shape = Qt.AspectRatioMode.IgnoreAspectRatio
            scaled = self._picture.scaled(self._fitting(), shape, how)
            is_grey = self._has_layer() and self._layer.hasAlphaChannel()
            shown = scaled.convertToFormat(QImage.Format.Format_Grayscale8) if is_grey else scaled
            self._scaled = QPixmap.fromImage(shown)
        self.update()
