"""Whoever uses the keys sees where they go."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QTabBar, QVBoxLayout, QWidget

from alexnet_app.ui.focus import WIDTH, FocusRing
from tests.ui.test_manners import called, parts, scenes, settle, takes_focus

LONG = 60_000
CONTRAST = 3.0  # to 1, what a person needs to tell the parts of a control apart (WCAG 2.2, 1.4.11)


def luminance(pixels):
    """Relative luminance, 0 to 1, of sRGB pixels."""
    part = pixels.astype(float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one, other):
    light, dark = np.maximum(one, other), np.minimum(one, other)
    return (light + 0.05) / (dark + 0.05)


def pixels_of(window, place):
    image = window.grab(place).toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)


def seen_focus(window, widget):
    """How many pixels around and in ``widget`` differ from before by CONTRAST once it has the focus."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4).intersected(window.rect())
    if QApplication.focusWidget() is not None:
        QApplication.focusWidget().clearFocus()
    before = luminance(pixels_of(window, place))
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    after = luminance(pixels_of(window, place))
    return int((contrast(before, after) >= CONTRAST).sum())


@pytest.mark.usefixtures("scheme")
def test_that_the_focus_of_every_control_is_seen(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    faint, seen = set(), 0
    for scene in scenes(window):
        settle(qtbot)
        for each in [each for each in parts(window) if takes_focus(each) and each.isEnabled()]:
            shown = each.visibleRegion().boundingRect()
            if isinstance(each, QTabBar):
                shown = each.tabRect(each.currentIndex())  # the keys go to the open tab
            if min(shown.width(), shown.height()) < 3 * WIDTH:
                continue  # scrolled out of sight; Tab brings it into it
            seen += 1
            if seen_focus(window, each) < shown.width() + shown.height():  # a line along half of its edge at least
                faint.add(f"{scene}: {called(each)}")
    assert seen >= 40
    assert not faint


@pytest.fixture
def scrolled(qtbot):
    area, inner = QScrollArea(), QWidget()
    layout = QVBoxLayout(inner)
    edits = [QLineEdit() for _ in range(40)]
    for edit in edits:
        layout.addWidget(edit)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.resize(300, 200)
    qtbot.addWidget(area)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow, timeout=LONG)
    return area, edits


def rings(widget):
    return [each for each in widget.findChildren(FocusRing) if each.isVisible()]


def test_that_the_ring_scrolls_with_its_control_and_stays_in_its_area(scrolled):
    area, edits = scrolled
    edits[2].setFocus()
    (ring,) = rings(area)
    assert ring.parentWidget() is area.viewport()
    top = ring.y()
    area.verticalScrollBar().setValue(20)
    assert ring.y() == top - 20
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert not rings(area), "it is out of sight with its control"


def test_that_there_is_one_ring_and_none_without_focus(scrolled, qtbot):
    area, edits = scrolled
    edits[0].setFocus()
    edits[1].setFocus()
    assert len(rings(area)) == 1
    edits[1].clearFocus()
    assert not rings(area)
    edits[1].setFocus()
    edits[1].hide()
    assert len(rings(area)) <= 1
    qtbot.wait(1)


def test_that_the_ring_lets_the_mouse_through(scrolled, qtbot):
    area, edits = scrolled
    edits[0].setFocus()
    (ring,) = rings(area)
    assert ring.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert not ring.mask().contains(ring.rect().center())
