"""A ring around whatever has the focus, in all windows: what the style draws is too faint to be found."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QTabBar, QWidget
from shiboken6 import isValid

from alexnet_app.ui.theme import colours

WIDTH = 2  # pixels
FOLLOWED = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange)


class FocusRing(QWidget):
    """Lies over the window, or over the part of it that scrolls, and lets the mouse through."""

    def __init__(self, frame: QWidget, target: QWidget) -> None:
        super().__init__(frame)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._frame, self._target = frame, target
        self._watched = [target]
        inner = target.parentWidget()
        while inner is not None and inner is not frame:
            self._watched.append(inner)
            inner = inner.parentWidget()
        for each in self._watched:
            each.installEventFilter(self)
        if isinstance(target, QTabBar):
            target.currentChanged.connect(self.follow)
        self.follow()

    def leave(self) -> None:
        """The focus is elsewhere."""
        for each in filter(isValid, self._watched):  # a window that closes may have taken some with it
            each.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def follow(self) -> None:
        """Goes to where its widget is: around it, within it where there is no room around it."""
        inner = self._place()
        place = QRect(self._target.mapTo(self._frame, inner.topLeft()), inner.size())
        around = place.adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH).intersected(self._frame.rect())
        self.setGeometry(around)
        ring = QRegion(self.rect()) - QRegion(self.rect().adjusted(WIDTH, WIDTH, -WIDTH, -WIDTH))
        self.setMask(ring)
        self.setVisible(self._target.isVisible() and not around.isEmpty())
        self.raise_()

    def _place(self) -> QRect:
        """What the keys go to within the widget: of tabs the one that is open."""
        if isinstance(self._target, QTabBar):
            return self._target.tabRect(self._target.currentIndex())
        return self._target.rect()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows its widget, and what it lies in."""
        if event.type() in FOLLOWED:
            self.follow()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the ring: the mask leaves nothing else."""
        QPainter(self).fillRect(self.rect(), colours(self).accent)


class FocusFollower(QObject):
    """One for the program; ``follow_focus`` makes it."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: FocusRing | None = None
        app.focusChanged.connect(self._follow)

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        if self._ring is not None and isValid(self._ring):  # it is gone with the window that it lay over
            self._ring.leave()
        self._ring = None
        if now is not None and _takes_keys(now):
            self._ring = FocusRing(_frame_of(now), now)


def follow_focus(app: QApplication) -> None:
    """Shows from now on where the keys go."""
    if app.findChild(FocusFollower) is None:
        FocusFollower(app)


def _takes_keys(widget: QWidget) -> bool:
    popup = widget.window().windowFlags() & Qt.WindowType.WindowType_Mask == Qt.WindowType.Popup
    return not widget.isWindow() and not popup and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def _frame_of(widget: QWidget) -> QWidget:
    """The nearest thing that cuts off what lies in it: the part of a scroll area that is seen, or the window."""
    inner = widget
    while (outer := inner.parentWidget()) is not None and not inner.isWindow():
        if isinstance(outer, QAbstractScrollArea) and outer.viewport() is inner:
            return inner
        inner = outer
    return inner
