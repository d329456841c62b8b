"""The next start offers the report of a crash, once; "Forget everything" removes it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from alexnet_app.core import crash_reports
from alexnet_app.ui.crash_offer import CrashOffer, ReportWindow
from alexnet_app.ui.menus import Menus
from alexnet_app.ui.parts.questions import Question


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setattr(crash_reports, "state_folder", lambda: tmp_path)
    with crash_reports.reporting("window"):
        return crash_reports.write(ValueError("it broke"), ends=True)


@pytest.fixture
def offer(qtbot):
    offer = CrashOffer()
    qtbot.addWidget(offer)
    return offer


def press(qtbot, offer, text):
    button = next(each for each in offer.findChildren(QPushButton) if each.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_a_report_is_offered_once_and_shown(qtbot, offer, report):
    assert report.name.startswith(crash_reports.CRASH)
    offer.look()
    assert "ended unexpectedly on" in offer.text()
    press(qtbot, offer, "Show the report")
    window = offer.findChild(ReportWindow)
    assert "ValueError: it broke" in window.report.toPlainText()
    window.close()
    other = CrashOffer()
    qtbot.addWidget(other)
    other.look()
    assert not other.text()


def test_that_a_report_that_is_gone_is_told(qtbot, offer, report):
    offer.look()
    crash_reports.forget()
    press(qtbot, offer, "Show the report")
    assert offer.is_error()


def test_that_nothing_is_offered_where_nothing_crashed(offer, tmp_path, monkeypatch):
    monkeypatch.setattr(crash_reports, "state_folder", lambda: tmp_path)
    offer.look()
    assert not offer.text()


def test_that_forgetting_everything_removes_reports(window, report):
    (menus,) = window.findChildren(Menus)
    menus.forget.trigger()
    window.findChild(Question).yes.click()
    assert not list(report.parent.glob("*.txt"))
