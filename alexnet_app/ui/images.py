"""From numbers to Qt's pictures, in one place."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def to_qimage(picture: "NDArray[np.uint8]") -> QImage:
    """A copy of ``picture``, uint8 (height, width, 3) RGB or (height, width, 4) RGBA, that owns its pixels."""
    import numpy as np

    height, width, channels = picture.shape
    form = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    plain = np.ascontiguousarray(picture)
    return QImage(plain.data, width, height, channels * width, form).copy()
