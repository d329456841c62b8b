"""Pictures out of a browser, dropped on the window and pasted: kept as files, and fetched only after a question."""

import threading
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from test_classify import write_model
from test_offered import RECORDED, mime_of, picture

from alexnet_app.core.data import from_web
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress, Task
from alexnet_app.ui.classify.panel import ClassifyPanel
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings

LONG = 60_000
LINK = "https://cats.example.org/wild%20cat.png"
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def asked(monkeypatch):
    """What was fetched, in a web without a network."""
    links = []

    def fetch(url, target, watch):
        links.append(url)
        yield Progress(Task.DOWNLOAD, 3_000_000, 0, "bytes")
        if "slow" in url:
            while not watch.cancelled:
                yield Progress(Task.DOWNLOAD, 3_000_000, 0, "bytes")
                threading.Event().wait(0.01)
        if "gone" in url:
            raise UserError("{url} answered 404", url=url)
        target.write_bytes(picture())

    monkeypatch.setattr(from_web, "fetch", fetch)
    return links


@pytest.fixture
def panel(qtbot, tmp_path, home):
    jobs = Jobs()
    made = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    made.set_models([("first", write_model(tmp_path / "first.alexnet"))])
    yield made
    made.leave()
    jobs.abandon_all()
    jobs.wait()


def names(panel):
    return [panel.list.pictures.picture(row).name for row in range(panel.list.pictures.rowCount())]


def answered(qtbot, panel, count):
    qtbot.waitUntil(lambda: len(panel.answering.album.known()) == count, timeout=LONG)


def paste(panel, mime):
    QGuiApplication.clipboard().setMimeData(mime)
    panel.paste()


def drop(window, mime):
    place, copy = QPointF(window.rect().center()), Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    entering = QDragEnterEvent(place.toPoint(), copy, mime, LEFT, NO_KEYS)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    dropped = QDropEvent(place, copy, mime, LEFT, NO_KEYS)
    QApplication.sendEvent(window, dropped)
    assert dropped.dropAction() == Qt.DropAction.CopyAction  # the other program keeps what was dragged


@pytest.mark.parametrize("what", ["image", "linked image", "embedded image"])
def test_that_a_pasted_picture_of_a_browser_is_answered(qtbot, panel, what, asked):
    for _ in range(2):
        paste(panel, mime_of(RECORDED[what]))
    answered(qtbot, panel, 2)
    named = {"image": "wild cat.png", "linked image": "photo.jpg"}.get(what, "pasted picture 1")
    again = {"image": "wild cat (2).png", "linked image": "photo (2).jpg"}.get(what, "pasted picture 2")
    assert names(panel) == [named, again]
    assert asked == []


@pytest.mark.parametrize("what", ["image", "linked image", "embedded image"])
def test_that_a_picture_of_a_browser_is_dropped_on_the_window(window, qtbot, what, asked):
    drop(window, mime_of(RECORDED[what]))
    assert window.tabs.currentWidget() is window.tabs.classify
    qtbot.waitUntil(lambda: len(names(window.tabs.classify)) == 1, timeout=LONG)
    assert asked == []


def test_that_a_path_as_text_is_dropped_on_the_window(window, qtbot, tmp_path):
    (tmp_path / "cat.png").write_bytes(picture())
    mime = QMimeData()
    mime.setText(str(tmp_path / "cat.png"))
    drop(window, mime)
    qtbot.waitUntil(lambda: names(window.tabs.classify) == ["cat.png"], timeout=LONG)


def test_that_a_model_is_pasted_as_it_is_dropped(window, qtbot, tmp_path):
    path = write_model(tmp_path / "mine.alexnet")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    paste(window.tabs.classify, mime)
    assert window.tabs.classify.chooser.path() == path
    assert window.tabs.filters.bar.chooser.path() == path


def test_that_a_link_is_fetched_after_a_question(qtbot, panel, asked):
    paste(panel, mime_of(RECORDED["link"]))
    assert panel.links.bar.text() == "This is a link. Fetch the picture from cats.example.org?"
    assert asked == []
    assert panel.commands.cancel.isEnabled()
    QTest.mouseClick(panel.links.bar.buttons()[0], LEFT)
    answered(qtbot, panel, 1)
    assert names(panel) == ["photo.jpg"]
    assert panel.links.bar.text() == ""
    assert not panel.links.is_active()


def test_that_several_links_are_one_question_with_their_hosts(qtbot, panel, asked):
    links = [f"https://{host}.org/{name}.png" for host, name in (("a", 1), ("b", 2), ("a", 3), ("c", "gone"), ("d", 5))]
    panel.classify(links)
    assert panel.links.bar.text() == "These are links. Fetch 5 pictures from a.org, b.org, c.org and 1 more?"
    QTest.mouseClick(panel.links.bar.buttons()[0], LEFT)
    answered(qtbot, panel, 4)
    qtbot.waitUntil(lambda: "answered 404" in panel.banner.text(), timeout=LONG)
    assert asked == links


def test_that_escape_ends_the_question_and_the_fetching(qtbot, panel, asked):
    panel.classify([LINK])
    panel.activateWindow()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.links.bar.text() == ""
    panel.classify(["https://slow.org/x.png", LINK])
    QTest.mouseClick(panel.links.bar.buttons()[0], LEFT)
    qtbot.waitUntil(lambda: panel.links.bar.text().endswith(": 3 MB"), timeout=LONG)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not panel.links.is_active(), timeout=LONG)
    assert asked == ["https://slow.org/x.png"]
    assert panel.banner.text() == ""
    assert names(panel) == []


def test_that_a_link_that_comes_while_one_is_fetched_is_asked_about_after_it(qtbot, panel, asked):
    panel.classify(["https://slow.org/x.png"])
    QTest.mouseClick(panel.links.bar.buttons()[0], LEFT)
    panel.classify([LINK])
    assert "slow.org" in panel.links.bar.text()
    panel.links._watch.cancel()
    qtbot.waitUntil(lambda: "cats.example.org?" in panel.links.bar.text(), timeout=LONG)


def test_that_a_link_into_the_house_is_refused(qtbot, panel):
    panel.classify(["http://127.0.0.1:9/cat.png"])
    QTest.mouseClick(panel.links.bar.buttons()[0], LEFT)
    qtbot.waitUntil(lambda: "othing is fetched from 127.0.0.1: 127.0.0.1 is" in panel.banner.text(), timeout=LONG)


def test_that_what_is_too_large_is_told(qtbot, panel, monkeypatch):
    monkeypatch.setattr(from_web.check_size, "__defaults__", (100,))
    for mime in (mime_of(RECORDED["image"]), mime_of({"text/uri-list": "data:image/png;base64," + "A" * 400})):
        panel.banner.hide()
        paste(panel, mime)
        qtbot.waitUntil(lambda: "at most 100 are taken" in panel.banner.text(), timeout=LONG)
    assert names(panel) == []


def test_that_a_picture_that_cannot_be_kept_is_told(qtbot, panel, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", partial(_full))
    paste(panel, mime_of(RECORDED["image"]))
    qtbot.waitUntil(lambda: "the disk is full" in panel.banner.text().lower(), timeout=LONG)


def test_that_nothing_is_begun_while_the_window_is_closed(qtbot, panel):
    for _ in range(3):
        paste(panel, mime_of(RECORDED["image"]))
    panel.leave()
    panel._jobs.abandon_all()
    qtbot.waitUntil(lambda: not panel._jobs.running(), timeout=LONG)
    assert panel.taking.keeping._waiting == []


def _full(*_):
    raise OSError(28, "No space left on device")
