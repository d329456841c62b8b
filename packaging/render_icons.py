"""Draws ``resources/icons/alexnet-app.svg`` as PNG files of all sizes and as an icon for Windows.

Needed only after the drawing was changed: ``.venv/bin/python packaging/render_icons.py``. The results are
kept in version control.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ICONS = ROOT / "resources" / "icons"
DRAWING = ICONS / "alexnet-app.svg"
WINDOWS_ICON = ROOT / "packaging" / "windows" / "alexnet-app.ico"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
LARGEST_OF_WINDOWS = 256


def main() -> int:
    """Draw all sizes."""
    for size in SIZES:
        render(DRAWING, size, ICONS / f"alexnet-app-{size}.png")
    write_windows_icon(WINDOWS_ICON)
    return 0


def render(drawing: Path, size: int, to: Path) -> None:
    """Draw the SVG as a square PNG of this many pixels a side, on nothing."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(str(drawing))
    renderer.render(painter)
    painter.end()
    if not renderer.isValid() or not image.save(str(to)):
        sys.exit(f"{drawing} could not be drawn to {to}")


def write_windows_icon(to: Path) -> None:
    """Put the drawn sizes that Windows knows into one .ico file."""
    from PIL import Image

    images = [Image.open(ICONS / f"alexnet-app-{size}.png") for size in SIZES if size <= LARGEST_OF_WINDOWS]
    images[-1].save(to, append_images=images[:-1], sizes=[image.size for image in images])


if __name__ == "__main__":
    sys.exit(main())
