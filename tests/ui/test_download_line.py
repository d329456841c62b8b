"""The download of CIFAR-10 in the Train panel: on a line of its own, one at a time, to be ended at any time."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QProgressBar

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.speed import Speed
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train import jobs as train_jobs
from alexnet_app.ui.train.jobs import Arrived

LONG = 30_000
LEFT = Qt.MouseButton.LeftButton


class Server:
    """Sends a part each time it is told to; ``begun`` counts its downloads, ``closed`` those that were left early."""

    def __init__(self):
        self.begun = self.closed = 0
        self.may_send = threading.Semaphore(0)

    def downloading(self):
        self.begun += 1
        try:
            for done in (17_000_000, 85_000_000, 170_000_000):
                assert self.may_send.acquire(timeout=30)
                yield Progress("download", done, 170_000_000, "bytes")
            assert self.may_send.acquire(timeout=30)
            yield Arrived()
        except GeneratorExit:
            self.closed += 1
            raise

    def send(self, parts=1):
        self.may_send.release(parts)


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(train_jobs, "downloading", server.downloading)
    return server


@pytest.fixture
def panel(qtbot, home, server):
    jobs = Jobs()
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1280, 740)
    panel.show()
    yield panel
    jobs.abandon_all()
    server.send(9)
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


def click(qtbot, widget, text):
    found = [each for each in widget.findChildren(QAbstractButton) if each.text() == text and each.isVisible()]
    qtbot.mouseClick(found[0], LEFT)


def said(qtbot, panel, words):
    qtbot.waitUntil(lambda: words in panel.download.text(), timeout=LONG)


def test_that_it_says_how_far_it_is_and_leaves_the_banner_alone(panel, server, qtbot):
    panel.banner.show_error("The disk is full.")
    panel.download_action.trigger()
    server.send(1)
    said(qtbot, panel, "17 MB of 170 MB")
    server.send(1)
    said(qtbot, panel, "85 MB of 170 MB")
    said(qtbot, panel, "MB/s")
    said(qtbot, panel, " left")
    assert panel.download.findChild(QProgressBar).value() == 500
    assert panel.banner.text() == "The disk is full."
    panel.banner.hide()
    server.send(2)
    said(qtbot, panel, "CIFAR-10 has been downloaded.")
    assert panel.banner.text() == "", "what was closed stays closed"
    click(qtbot, panel.download, "Close")
    assert not panel.download.isVisible()


def test_that_it_can_be_ended_and_begun_again(panel, server, qtbot):
    panel.download_action.trigger()
    server.send(1)
    said(qtbot, panel, "17 MB of 170 MB")
    click(qtbot, panel.download, "Cancel the download")
    assert not panel.download.cancel_action.isEnabled()
    assert not panel.download_action.isEnabled(), "the first one is not over yet"
    server.send(1)
    qtbot.waitUntil(lambda: not panel.download.is_on(), timeout=LONG)
    assert server.closed == 1
    assert panel.download.text() == panel.banner.text() == ""
    panel.download_action.trigger()
    qtbot.waitUntil(lambda: server.begun == 2, timeout=LONG)


def test_that_there_is_one_at_a_time(panel, server, qtbot):
    panel.setup.download_wanted.emit("CIFAR-10 is not here yet.")
    panel.download_action.trigger()
    assert panel.download_action.toolTip() == "CIFAR-10 is being downloaded"
    click(qtbot, panel.banner, panel.download_action.text())
    panel.download.start()
    panel.setup.download_wanted.emit("CIFAR-10 is not here yet.")
    assert panel.banner.text() == "", "what is under way is not offered"
    server.send(4)
    said(qtbot, panel, "has been downloaded")
    assert server.begun == 1


def test_that_the_offer_goes_once_it_is_here(panel, server, qtbot):
    panel.setup.download_wanted.emit("CIFAR-10 is not here yet.")
    panel.download_action.trigger()
    server.send(4)
    said(qtbot, panel, "has been downloaded")
    assert panel.banner.text() == ""


def test_that_why_it_broke_off_is_told(panel, qtbot, monkeypatch):
    def broken():
        yield Progress("download", 1_000_000, 170_000_000, "bytes")
        raise UserError("the download was interrupted", "try again; the download continues where it stopped")

    monkeypatch.setattr(train_jobs, "downloading", broken)
    panel.download_action.trigger()
    qtbot.waitUntil(lambda: "interrupted" in panel.banner.text(), timeout=LONG)
    qtbot.waitUntil(lambda: panel.download_action.isEnabled(), timeout=LONG)
    assert panel.download.text() == ""


def test_that_what_is_left_with_the_window_is_not_said_to_be_here(panel, server, qtbot):
    panel.download_action.trigger()
    server.send(1)
    said(qtbot, panel, "17 MB")
    panel._jobs.abandon_all()
    server.send(1)
    qtbot.waitUntil(lambda: not panel.download.is_on(), timeout=LONG)
    assert panel.download.text() == ""


def test_that_the_speed_is_that_of_the_last_seconds():
    speed = Speed()
    assert speed.value() == 0
    for second in range(20):
        speed.take(1_000_000 * second, float(second))
    assert speed.value() == pytest.approx(1_000_000)
    for second in range(20, 30):
        speed.take(20_000_000 + 100_000 * (second - 20), float(second))
    assert speed.value() == pytest.approx(100_000)
