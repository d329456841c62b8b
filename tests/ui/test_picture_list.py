"""The widgets of the Classify panel: plain values in, pictures and signals out."""

import random

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify.views import thumbnail_store
from alexnet_app.ui.classify.views.arrangement import PictureSaid
from alexnet_app.ui.classify.views.picture_delegate import ROW
from alexnet_app.ui.classify.views.picture_list import PictureList
from alexnet_app.ui.classify.views.picture_model import PictureModel
from alexnet_app.ui.classify.views.picture_view import PictureView
from alexnet_app.ui.parts.drop_area import DropArea, DropOverlay, addresses_of, paths_of
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.skipped_table import SkippedTable
from alexnet_app.ui.parts.top5_bars import Top5Bars
from alexnet_app.ui.theme import colours

SPOKEN = Qt.ItemDataRole.AccessibleTextRole


def named(count, first=0):
    return [(f"/pictures/{number}.png", f"{number}.png") for number in range(first, first + count)]


def names(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def plain(colour, width=40, height=40):
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.fill(QColor(colour))
    return picture


@pytest.fixture
def model():
    return PictureModel()


@pytest.fixture
def shown(qtbot):
    """A list in a window of 300 × 400."""
    pictures = PictureList()
    qtbot.addWidget(pictures)
    pictures.resize(300, 400)
    pictures.show()
    return pictures


def test_that_pictures_wait_in_the_order_in_which_they_came(model):
    model.add(named(2))
    model.add(named(1, first=5))
    assert names(model) == ["0.png", "1.png", "5.png"]
    assert model.index(2).data(SPOKEN) == "5.png, waiting"


def test_that_a_chunk_is_one_change(model, qtbot):
    inserted, changed = [], []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.add(named(1000))
    assert inserted == [(0, 999)]
    changed.clear()
    model.set_said({path: PictureSaid("cat", 0.9) for path, _ in named(1000)})
    assert changed == [(0, 999)]
    assert inserted == [(0, 999)]


def test_that_an_answer_is_spoken_with_its_per_cent_and_doubt_without(model):
    model.add(named(2))
    unsure = PictureSaid("cat", 0.3, is_sure=False)
    model.set_said(
        {"/pictures/0.png": PictureSaid("cat", 0.974), "/pictures/1.png": unsure, "/other": PictureSaid("dog", 1)}
    )
    assert model.index(0).data(SPOKEN) == "0.png, cat, 97\N{NO-BREAK SPACE}%"
    assert model.index(1).data(SPOKEN) == "1.png, not sure"


def test_that_a_picture_that_comes_again_is_listed_once_and_waits_again(model):
    model.add(named(2))
    model.set_said({"/pictures/0.png": PictureSaid("cat", 0.974)})
    model.add(named(1))
    assert names(model) == ["0.png", "1.png"]
    assert model.index(0).data(SPOKEN) == "0.png, waiting"


def test_that_the_filter_wants_every_word_in_the_name_or_the_answer(model):
    model.add([("/a", "Holiday 1.png"), ("/b", "holiday 2.png"), ("/c", "cat.png")])
    model.set_said({"/a": PictureSaid("tabby cat", 0.9), "/b": PictureSaid("dog", 0.9), "/c": PictureSaid("ship", 0.9)})
    found = {}
    for text in ("CAT", "holiday cat", "cat holiday", "cow", ""):
        model.set_filter(text)
        found[text] = names(model)
    assert found == {
        "CAT": ["Holiday 1.png", "cat.png"],
        "holiday cat": ["Holiday 1.png"],
        "cat holiday": ["Holiday 1.png"],
        "cow": [],
        "": ["Holiday 1.png", "holiday 2.png", "cat.png"],
    }
    assert model.total() == 3


def test_that_whatever_comes_and_goes_the_rows_are_those_that_match_in_their_order(model):
    chance = random.Random(1)
    kept = {}
    model.set_filter("cat")
    for round_ in range(60):
        new = named(chance.randrange(8), first=100 * round_)
        model.add(new)
        kept.update(dict.fromkeys((path for path, _ in new), ""))
        answers = {
            path: PictureSaid(chance.choice(["cat", "dog"]), 0.9) for path in chance.sample(list(kept), len(kept) // 2)
        }
        model.set_said(answers)
        kept.update({path: said.label for path, said in answers.items()})
        gone = chance.sample(list(kept), len(kept) // 30)
        model.remove(gone)
        kept = {path: answer for path, answer in kept.items() if path not in gone}
        assert [model.path_at(model.index(row)) for row in range(model.rowCount())] == [
            path for path, answer in kept.items() if answer == "cat"
        ]
    assert len(kept) > 50


def test_that_the_first_picture_is_picked_and_the_picked_one_stays_when_others_go(shown, qtbot):
    told = []
    shown.picked.connect(told.append)
    shown.pictures.add(named(100))
    assert told == ["/pictures/0.png"]
    shown.pick("/pictures/50.png")
    shown.pictures.remove([path for path, _ in named(100) if path != "/pictures/50.png"])
    assert names(shown.pictures) == ["50.png"]
    assert told == ["/pictures/0.png", "/pictures/50.png"]
    shown.pictures.clear()
    assert told[2:] == [""]


def test_that_the_picked_one_stays_when_the_filter_changes(shown):
    shown.pictures.add(named(30))
    shown.pick("/pictures/12.png")
    shown.pictures.set_filter("12")
    assert shown.path() == "/pictures/12.png"
    shown.pictures.set_filter("")
    assert shown.path() == "/pictures/12.png"
    shown.pictures.set_filter("13")
    assert shown.path() == "/pictures/13.png"  # the first that is left


def test_that_mouse_and_keys_pick(shown, qtbot):
    shown.pictures.add(named(100))
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 2 * ROW + 10))
    assert shown.path() == "/pictures/2.png"
    for key, expected in ((Qt.Key.Key_Down, 3), (Qt.Key.Key_End, 99), (Qt.Key.Key_Up, 98), (Qt.Key.Key_Home, 0)):
        QTest.keyClick(shown, key)
        assert shown.path() == f"/pictures/{expected}.png"


def test_that_only_what_is_in_sight_wants_a_thumbnail(shown, qtbot):
    wanted = set()
    shown.pictures.thumbnail_wanted.connect(wanted.add)
    shown.pictures.add(named(10_000))
    shown.grab()
    assert "/pictures/0.png" in wanted
    assert len(wanted) < 10
    wanted.clear()
    shown.scrollToBottom()
    shown.grab()
    assert "/pictures/9999.png" in wanted
    assert len(wanted) < 10


def test_that_a_thumbnail_is_drawn_and_wanted_no_more_even_where_there_is_none(shown):
    shown.pictures.add(named(2))
    shown.pictures.set_thumbnail("/pictures/0.png", plain("#ff0000"))
    shown.pictures.set_thumbnail("/pictures/1.png", None)
    wanted = []
    shown.pictures.thumbnail_wanted.connect(wanted.append)
    image = shown.grab().toImage()
    assert image.pixelColor(40, 36) == QColor("#ff0000")
    assert image.pixelColor(40, ROW + 36) == colours(shown).grid
    assert wanted == []


def test_that_the_oldest_thumbnails_are_forgotten(model, monkeypatch):
    monkeypatch.setattr(thumbnail_store, "MOST", 20 * 16 * 16 * thumbnail_store.PIXEL)
    model.add(named(30))
    for path, _ in named(30):
        model.set_thumbnail(path, plain("#ff0000", 16, 16))
    wanted = []
    model.thumbnail_wanted.connect(wanted.append)
    assert all(model.thumbnail(path) is None for path, _ in named(10))
    assert all(model.thumbnail(path) is not None for path, _ in named(20, first=10))
    assert wanted == [path for path, _ in named(10)]


def test_that_tiny_pictures_are_enlarged_to_crisp_squares(qtbot):
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(350, 340)
    picture = plain("#ff0000", 32, 32)
    picture.setPixelColor(16, 16, QColor("#0000ff"))
    view.show_picture(picture)
    frame = view.frame_of_picture()
    assert frame.size().toTuple() == (320, 320)  # ten times
    image = view.grab().toImage()
    inside = frame.topLeft() + QPoint(160, 160)
    found = {image.pixelColor(inside + QPoint(x, y)).name() for x in range(10) for y in range(10)}
    assert found == {"#0000ff"}
    assert image.pixelColor(inside - QPoint(1, 1)).name() == "#ff0000"


@pytest.mark.parametrize("size", [(3000, 200), (200, 3000), (400, 300), (1, 500)])
def test_that_a_picture_lies_whole_and_in_its_shape_within_the_view(qtbot, size):
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(320, 240)
    view.show_picture(plain("#00ff00", *size))
    frame = view.frame_of_picture()
    assert view.rect().adjusted(4, 4, -4, -4).contains(frame)
    width, height = size
    assert frame.width() == pytest.approx(min(304, 224 * width / height), abs=1)
    assert frame.height() == pytest.approx(min(224, 304 * height / width), abs=1)
    assert view.grab().toImage().pixelColor(frame.center()).name() == "#00ff00"


def test_that_a_view_says_why_there_is_no_picture(qtbot):
    view = PictureView()
    qtbot.addWidget(view)
    view.show_picture(plain("#00ff00"))
    view.show_text("it is gone")
    assert view.is_empty()
    assert view.accessibleDescription() == "it is gone"


def coloured(image, colour, row):
    """How many pixels of a line of the widget have the colour of bars."""
    return sum(image.pixelColor(x, row) == colour for x in range(image.width()))


def test_that_bars_are_as_long_as_the_classes_are_probable(qtbot, scheme):
    bars = Top5Bars()
    qtbot.addWidget(bars)
    bars.resize(500, bars.sizeHint().height())
    bars.show_answers([("cat", 0.8), ("dog", 0.2), ("ship", 0.0)])
    image, row = bars.grab().toImage(), bars.height() // 5
    lengths = [coloured(image, colours(bars).accent, row // 2 + row * place) for place in range(5)]
    assert lengths[0] == pytest.approx(4 * lengths[1], abs=8)
    assert lengths[1] > 20
    assert lengths[2:] == [0, 0, 0]


def test_that_bars_can_be_read_aloud_and_are_as_high_without_answers(qtbot):
    bars = Top5Bars()
    qtbot.addWidget(bars)
    height = bars.sizeHint().height()
    bars.show_answers([("cat", 0.9724), ("dog", 0.02)])
    assert bars.accessibleDescription() == "cat 97.2\N{NO-BREAK SPACE}%\ndog 2.0\N{NO-BREAK SPACE}%"
    assert bars.sizeHint().height() == height
    bars.show_answers([(f"class {number}", 0.1) for number in range(9)])
    assert len(bars.text().splitlines()) == 5


def test_that_files_are_told_from_what_lies_elsewhere():
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/a b/c.png"), QUrl("https://example.org/cat.png"), QUrl.fromLocalFile("/d")])
    assert paths_of(mime) == ["/a b/c.png", "/d"]
    assert addresses_of(mime) == ["https://example.org/cat.png"]
    assert paths_of(QMimeData()) == []


def test_that_the_veil_covers_what_it_is_shown_over_and_follows_its_size(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 300)
    window.show()
    veil = DropOverlay(window)
    assert not veil.isVisible()
    veil.show_over(window, "Drop to classify")
    assert veil.isVisible()
    assert veil.accessibleName() == "Drop to classify"
    assert veil.geometry() == QRect(0, 0, 400, 300)
    window.resize(500, 320)
    assert veil.geometry() == QRect(0, 0, 500, 320)
    assert veil.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_that_an_empty_panel_offers_what_can_be_done(qtbot):
    area = DropArea()
    qtbot.addWidget(area)
    area.show()
    area.show_state(has_model=True, samples_missing="they are missing")
    assert not area._samples.isEnabled()
    assert area._samples.toolTip() == "they are missing"
    assert not area._train.isVisible()
    area.show_state(has_model=False, samples_missing="")
    assert not area._samples.isVisible()
    with qtbot.waitSignal(area.training_wanted, timeout=1000):
        QTest.mouseClick(area._train, Qt.MouseButton.LeftButton)


def column_widths(table):
    return [table.horizontalHeader().sectionSize(column) for column in range(2)]


def test_that_short_names_leave_their_room_to_the_reasons(qtbot):
    table = SkippedTable()
    qtbot.addWidget(table)
    table.resize(1000, 144)
    table.skipped.add([(f"/p/{number}.txt", "is not a picture that can be read, " * 4) for number in range(30)])
    table.show()
    files, reasons = column_widths(table)
    assert table.sizeHintForColumn(0) <= files < 200
    assert files + reasons == table.viewport().width()
    long = "/p/" + "long/" * 100 + "x.txt"
    table.skipped.add([(long, "is empty")])
    files, reasons = column_widths(table)
    assert files == table.viewport().width() // 2
    assert abs(files - reasons) <= 1
    last = table.skipped.index(30, 0)
    assert last.data(Qt.ItemDataRole.ToolTipRole) == long
    table.resize(600, 144)
    assert column_widths(table)[0] <= table.viewport().width() // 2


def test_that_skipped_rows_can_be_copied(qtbot):
    table = SkippedTable()
    qtbot.addWidget(table)
    table.show()
    table.activateWindow()
    table.skipped.add([("/a.txt", "no picture"), ("/b.txt", "empty"), ("/c.txt", "gone")])
    table.setFocus()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, table.rowViewportPosition(1) + 5))
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "/b.txt\tempty\n/c.txt\tgone"


def test_that_a_label_that_is_cut_is_whole_as_a_tooltip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    label.show_text("a name that is much longer than there is room for", "/its/path")
    assert label.toolTip() == "a name that is much longer than there is room for\n/its/path"
    label.show_text("short", "/its/path")
    assert label.toolTip() == "/its/path"


def test_that_a_line_of_parts_loses_whole_parts_only(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.show_text("photo-towers · 200 classes · validation error 63.8 %")
    label.resize(label.fontMetrics().horizontalAdvance("photo-towers · 200 classes · valid"), 20)
    assert label.fitting() == "photo-towers · 200 classes"
    label.resize(label.fontMetrics().horizontalAdvance("photo-to"), 20)
    assert label.fitting().endswith("…"), "what is left of the first part"
