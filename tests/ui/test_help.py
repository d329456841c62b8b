"""Help: the manual of the panel with F1, all keys in one list, no way to the web without a question."""

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QMessageBox

from alexnet_app import resources
from alexnet_app.ui.help.manual import ManualPage, ManualWindow, slug
from alexnet_app.ui.tabs import MANUAL
from tests.ui.test_manners import menus

IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.fixture
def manual(qtbot):
    from PySide6.QtWidgets import QWidget

    parent = QWidget()
    qtbot.addWidget(parent)
    shown = ManualWindow(parent)
    yield shown
    shown.close()


def test_that_f1_opens_the_page_of_the_panel(window):
    action = window._help.manual
    assert action.shortcut().toString() == "F1"
    for place, page in enumerate(MANUAL):
        window.tabs.setCurrentIndex(place)
        action.trigger()
        assert window._help.manual_window().isVisible()
        assert window._help.manual_window().shown() == page
    window._help.close()


@pytest.mark.parametrize("page", sorted(each.name for each in resources.path("manual").glob("*.md")))
def test_that_every_page_is_shown_with_its_pictures(manual, page):
    manual.open_page(page)
    text = (resources.path("manual") / page).read_text(encoding="utf-8")
    assert manual.page.toPlainText().startswith(text.splitlines()[0].lstrip("# "))
    named = [part.partition(")")[0] for part in text.split("![")[1:] for part in [part.partition("](")[2]]]
    for name in named:
        image = manual.page.loadResource(IMAGE, QUrl(name))
        assert isinstance(image, QImage)
        assert not image.isNull()


@pytest.mark.parametrize("page", ["training.md", "command-line.md", "exchange.md"])
def test_that_a_page_is_moved_up_and_down_only(manual, page, qtbot):
    manual.resize(860, 500)
    manual.open_page(page)
    qtbot.waitUntil(lambda: manual.page.verticalScrollBar().maximum() > 0)
    assert manual.page.horizontalScrollBar().maximum() == 0


def test_that_links_go_to_pages_and_headings_and_back(manual):
    manual.open_page("training.md")
    manual.follow(QUrl("data.md#prepared-sets"))
    assert manual.shown() == "data.md"
    assert manual.page.textCursor().block().text() == "Prepared sets"
    manual.back.click()
    assert manual.shown() == "training.md"
    assert not manual.back.isEnabled()
    assert slug("Resume a run") == "resume-a-run"


def test_that_the_web_is_asked_about_and_nothing_else_is_opened(manual, monkeypatch, qtbot):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    manual.open_page("index.md")
    manual.follow(QUrl("https://example.org/paper"))
    box = manual.findChild(QMessageBox)
    assert "https://example.org/paper" in box.informativeText()
    assert not opened
    box.no.click()
    assert not opened
    manual.follow(QUrl("https://example.org/paper"))
    box = [each for each in manual.findChildren(QMessageBox) if each.isVisible()][-1]
    box.yes.click()
    assert opened == [QUrl("https://example.org/paper")]
    for other in ("file:///etc/passwd", "../../README.md", "javascript:alert(1)", "/etc/passwd", "nothing.md"):
        manual.follow(QUrl(other))
        assert manual.shown() == "index.md"
    assert len(opened) == 1


def test_that_a_page_loads_nothing_from_elsewhere(tmp_path, qtbot):
    secret = tmp_path / "secret.png"
    QImage(4, 4, QImage.Format.Format_RGB32).save(str(secret))
    inner = tmp_path / "manual"
    inner.mkdir()
    (inner / "page.md").write_text("<b>bold</b> <img src='../secret.png'>")
    page = ManualPage(inner, inner)
    qtbot.addWidget(page)
    page.show_page("page.md")
    assert "<b>" in page.toPlainText(), "no HTML"
    for name in ("../secret.png", f"file://{secret}", str(secret), "http://example.org/x.png"):
        assert page.loadResource(IMAGE, QUrl(name)) is None


def test_that_the_list_of_keys_has_every_command_that_has_keys(window):
    window._help.shortcuts.trigger()
    shown = window._help.keys_window()
    rows = shown.table.texts()
    keyed = [each for each in menus(window) if not each.shortcut().isEmpty() and each.menu() is None]
    assert len(keyed) > 35
    listed = {(what, keys) for _, what, keys in rows}
    for action in keyed:
        assert (action.text().replace("&", "").rstrip("…"), action.shortcut().toString()) in listed
    assert ("Show the whole run", "Home") in listed
    assert all(all(row) for row in rows)
    window._help.close()
