"""The lecture of the panel Inside: opened, gone through with keys and a clicker, left, and exported."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from alexnet_app import resources
from alexnet_app.ui.inside.views.lecture_window import LectureWindow, Slide
from alexnet_app.ui.inside.views.slide import SlideBars, SlideCrossing, SlidePicture
from alexnet_app.ui.parts.questions import ReplaceQuestion
from alexnet_app.ui.parts.save_dialog import SaveDialog

PHOTO_TOWERS = resources.path("models") / "photo-towers.alexnet"
COFFEE = resources.path("sample_photos") / "coffee.jpg"
LONG = 60_000  # ms
PAGES = 11
K = Qt.Key


@pytest.fixture
def panel(inside_panel):
    return inside_panel


@pytest.fixture
def seen(qtbot, panel):
    panel.show_photo(str(COFFEE))
    qtbot.waitUntil(lambda: panel.lecture.open_action.isEnabled() and not panel._jobs.running(), timeout=LONG)
    return panel


@pytest.fixture
def lecture(qtbot, seen):
    QTest.mouseClick(seen.bar.lecture, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen.lecture.window is not None, timeout=LONG)
    return seen.lecture.window


@pytest.fixture
def slides(qtbot):
    """A small lecture on nothing, without a panel."""
    made = LectureWindow("t", [Slide(f"page {number}", "text", ()) for number in range(3)])
    qtbot.addWidget(made)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show()
    return made


def test_that_without_a_photo_there_is_nothing_to_tell(panel):
    for action in panel.lecture.actions_of_menu():
        assert not action.isEnabled()
        assert action in panel.actions_of_menu()
    assert not panel.bar.lecture.isEnabled()
    assert panel.bar.lecture.toolTip() == "Look at a photo first"


def test_that_it_covers_the_screen_and_begins_with_the_photo(lecture, seen):
    assert lecture.isFullScreen()
    assert lecture.heading.text() == "What the network sees"
    assert lecture.foot.text() == f"1 of {PAGES} · coffee.jpg in photo-towers"
    photo, crop = lecture.view._exhibits
    assert photo.is_photo
    assert (crop.image.width(), crop.image.height()) == (56, 56)
    seen.lecture.open_action.trigger()  # a second one does not open
    assert not seen._jobs.running()


def test_that_the_pages_say_what_the_panel_says(lecture, seen):
    lecture.show_page(PAGES - 2)
    _, bars = lecture.view._exhibits
    assert isinstance(bars, SlideBars)
    assert bars.rows == seen.seen().answers
    share = next(each for each in seen._met.meetings if each.layer == "conv3").flow_shares[0, 1]
    lecture.show_page(PAGES - 4)
    (crossing,) = lecture.view._exhibits
    assert isinstance(crossing, SlideCrossing)
    assert f"{100 * share:.0f}\N{NO-BREAK SPACE}%" in {line.words for line in crossing.lines}
    assert f"{100 * share:.0f} %" in lecture.text.text()


def test_that_keys_and_a_clicker_go_forward_and_back(slides):
    for key, page in (
        (K.Key_Right, 1),
        (K.Key_PageDown, 2),
        (K.Key_Right, 2),
        (K.Key_PageUp, 1),
        (K.Key_Left, 0),
        (K.Key_Left, 0),
        (K.Key_Space, 1),
        (K.Key_Down, 2),
        (K.Key_Up, 1),
        (K.Key_Backspace, 0),
        (K.Key_End, 2),
        (K.Key_Home, 0),
    ):
        QTest.keyClick(slides, key)
        assert slides.page() == page
        assert slides.heading.text() == f"page {page}"
    QTest.keyClick(slides, K.Key_End)
    QTest.keyClick(slides, K.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert slides.page() == 1


def test_that_buttons_do_the_same_and_leave_the_keys_alone(slides):
    assert not slides.back.isEnabled()
    QTest.mouseClick(slides.forward, Qt.MouseButton.LeftButton)
    assert slides.page() == 1
    QTest.keyClick(QApplication.focusWidget() or slides, K.Key_Space)
    assert slides.page() == 2
    assert not slides.forward.isEnabled()
    assert slides.forward.toolTip()
    QTest.mouseClick(slides.back, Qt.MouseButton.LeftButton)
    assert slides.page() == 1


def test_that_escape_leaves_and_it_can_be_opened_again(qtbot, lecture, seen):
    QTest.keyClick(lecture, K.Key_Escape)
    qtbot.waitUntil(lambda: seen.lecture.window is None)
    assert seen.isVisible()
    seen.lecture.open_action.trigger()
    qtbot.waitUntil(lambda: seen.lecture.window is not None, timeout=LONG)
    seen.lecture.window.leave.click()
    qtbot.waitUntil(lambda: seen.lecture.window is None)


@pytest.mark.parametrize("size", [(1024, 768), (1366, 768), (1920, 1200)], ids=str)
def test_that_every_page_is_whole_and_read_from_the_last_row(lecture, size):
    lecture.showNormal()
    lecture.setFixedSize(*size)
    QApplication.sendPostedEvents()
    for page in range(PAGES):
        lecture.show_page(page)
        lecture.layout().activate()
        for widget in (lecture.heading, lecture.text, lecture.view, lecture.foot, lecture.back, lecture.leave):
            assert widget.font().pixelSize() >= size[1] / 30
            assert lecture.rect().contains(widget.geometry())
        for label in (lecture.heading, lecture.text):
            assert label.height() >= label.heightForWidth(label.width())
        for each, (place, caption) in zip(lecture.view._exhibits, lecture.view.cells(), strict=True):
            assert place.width() >= size[0] / 5
            assert place.height() >= size[1] / 4
            assert lecture.view.rect().contains(caption)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
            needed = QFontMetrics(lecture.view.font()).boundingRect(caption.adjusted(0, 0, 0, 999), flags, each.caption)
            assert needed.height() <= caption.height()


def test_that_it_is_drawn_in_both_schemes(lecture, scheme):
    QApplication.sendPostedEvents()
    lecture.show_page(1)
    drawn = lecture.grab().toImage()
    corner = drawn.pixelColor(2, 2).lightness()
    assert (corner < 128) == (scheme == "dark")
    sheet, _ = lecture.view._exhibits
    assert isinstance(sheet, SlidePicture)
    assert sheet.image.pixelColor(sheet.image.width() - 1, 11).alpha() == 0  # between kernels there is the paper


def save_as(widget, path):
    """Names a file in the dialog over ``widget``."""
    dialog = next(each for each in widget.findChildren(SaveDialog) if each.isVisible())
    dialog.selectFile(str(path))
    dialog.accept()


def agree(widget):
    """Replaces the file that is there."""
    next(each for each in widget.findChildren(ReplaceQuestion) if each.isVisible()).yes.click()


def test_that_the_lecture_is_exported_as_it_is_shown(qtbot, lecture, seen, tmp_path):
    page = tmp_path / "lecture.html"
    QTest.mouseClick(lecture.export, Qt.MouseButton.LeftButton)
    save_as(lecture, page)
    qtbot.waitUntil(lambda: not seen._jobs.running() and page.exists(), timeout=LONG)
    text = page.read_text(encoding="utf-8")
    assert text.count("<section ") == PAGES
    lecture.show_page(4)
    for line in lecture.text.text().splitlines():
        assert line.replace(" %", "\N{NO-BREAK SPACE}%") in text
    assert str(page) in seen.banner._text.text()


def test_that_a_file_is_replaced_only_after_a_question_and_only_a_page(qtbot, seen, tmp_path):
    page, other = tmp_path / "lecture.html", tmp_path / "other.html"
    page.write_text("<!doctype html><title>before</title>", encoding="utf-8")
    other.write_text("no page", encoding="utf-8")
    seen.lecture.export_action.trigger()
    save_as(seen, page)
    agree(seen)
    qtbot.waitUntil(lambda: not seen._jobs.running() and "espresso" in page.read_text(encoding="utf-8"), timeout=LONG)
    seen.lecture.export_action.trigger()
    save_as(seen, other)
    agree(seen)
    qtbot.waitUntil(lambda: "is not a web page" in seen.banner._text.text(), timeout=LONG)
    assert other.read_text(encoding="utf-8") == "no page"


def test_that_a_photo_that_is_gone_is_said(qtbot, panel, tmp_path):
    photo = tmp_path / "gone.jpg"
    photo.write_bytes(COFFEE.read_bytes())
    panel.show_photo(str(photo))
    qtbot.waitUntil(lambda: panel.lecture.open_action.isEnabled() and not panel._jobs.running(), timeout=LONG)
    photo.unlink()
    panel.lecture.open_action.trigger()
    qtbot.waitUntil(lambda: "gone.jpg" in panel.banner._text.text(), timeout=LONG)
    assert panel.lecture.window is None
