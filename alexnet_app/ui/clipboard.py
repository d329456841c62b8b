"""What is copied from tables of the window, harmless wherever it is pasted."""

from collections.abc import Iterable, Sequence

from PySide6.QtGui import QGuiApplication

from alexnet_app.core.tables import pasted


def copy_rows(rows: Iterable[Sequence[str]]) -> None:
    """Puts ``rows`` on the clipboard, a line each, cells parted by tabs."""
    QGuiApplication.clipboard().setText(pasted(rows))
