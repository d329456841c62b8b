"""Windows that fit on their screen: no first, least or remembered size is larger than what a screen leaves free."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

FRAME = QSize(8, 40)  # logical pixels: what the frame of a window takes, its title above all


def available(widget: QWidget) -> QRect:
    """What the screen of ``widget`` leaves free beside the bars of the desktop, in logical pixels."""
    beside = widget.parentWidget() or widget
    screen = beside.screen() or QGuiApplication.primaryScreen()
    return screen.availableGeometry()


def bounded(size: QSize, widget: QWidget) -> QSize:
    """``size``, or what the screen of ``widget`` has room for within a window's frame."""
    return size.boundedTo(available(widget).size() - FRAME)


def begin_with(widget: QWidget, first: QSize) -> None:
    """The first size of a window."""
    widget.resize(bounded(first, widget))


def keep_within(widget: QWidget, least: QSize) -> None:
    """Bounds the least size of a window, and its size: both may be from a larger screen. Qt sees to its place."""
    widget.setMinimumSize(bounded(least, widget))
    if not (widget.isMaximized() or widget.isFullScreen()):
        begin_with(widget, widget.size())
