"""A thousand answers in order and in groups: what is shown, where it lies, and what is chosen."""

import random

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from alexnet_app.ui.classify.views.arrangement import Group, GroupKind, Order, PictureSaid
from alexnet_app.ui.classify.views.picture_delegate import LEAST, heading_height
from alexnet_app.ui.classify.views.picture_list import PictureList, files_of
from alexnet_app.ui.classify.views.picture_model import FEW
from alexnet_app.ui.classify.views.placement import Placement, Sizes
from alexnet_app.ui.theme import colours

SPOKEN = Qt.ItemDataRole.AccessibleTextRole
LEFT, SHIFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ANSWERS = {
    "/p/10.png": PictureSaid("dog", 0.9, 0.8),
    "/p/9.png": PictureSaid("Cat", 0.5, 0.1),
    "/p/b.png": PictureSaid("dog", 0.3, 0.05, is_sure=False),
    "/p/A.png": PictureSaid("cat", 0.7, 0.6, truth="dog"),
    "/p/waits.png": PictureSaid(),
    "/p/torn.png": PictureSaid(reason="is damaged"),
}


@pytest.fixture
def shown(qtbot):
    """A list of six in a window of 400 × 500."""
    pictures = PictureList()
    qtbot.addWidget(pictures)
    pictures.resize(400, 500)
    pictures.show()
    pictures.pictures.add((path, path.removeprefix("/p/")) for path in ANSWERS)
    pictures.pictures.set_said(ANSWERS)
    return pictures


def texts(shown):
    model = shown.pictures
    return [model.index(row).data() for row in range(model.rowCount())]


def spoken(shown):
    model = shown.pictures
    return [model.index(row).data(SPOKEN) for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order.ADDED, ["10.png", "9.png", "b.png", "A.png", "waits.png"]),
        (Order.NAME, ["9.png", "10.png", "A.png", "b.png", "waits.png"]),
        (Order.PROBABILITY, ["10.png", "A.png", "9.png", "b.png", "waits.png"]),
        (Order.CLASS, ["9.png", "A.png", "10.png", "b.png", "waits.png"]),
        (Order.MARGIN, ["b.png", "9.png", "A.png", "10.png", "waits.png"]),
    ],
)
def test_that_pictures_are_sorted_and_what_waits_stands_last(shown, order, names):
    shown.pictures.set_order(order, is_reversed=False)
    assert texts(shown) == names
    shown.pictures.set_order(order, is_reversed=True)
    if order in (Order.PROBABILITY, Order.MARGIN):
        assert texts(shown) == [*names[-2::-1], names[-1]]
    assert sorted(texts(shown)) == sorted(names)


def test_that_groups_have_headings_with_counts_also_what_is_not_sure_waits_or_was_skipped(shown):
    shown.pictures.set_grouped(True)
    assert spoken(shown) == [
        "Cat, 1 picture",
        "9.png, Cat, 50\N{NO-BREAK SPACE}%",
        "cat, 1 picture",
        "A.png, cat, 70\N{NO-BREAK SPACE}%, wrong, the folder says dog",
        "dog, 1 picture",
        "10.png, dog, 90\N{NO-BREAK SPACE}%",
        "Not sure, 1 picture",
        "b.png, not sure",
        "Waiting, 1 picture",
        "waits.png, waiting",
        "Skipped, 1 picture",
        "torn.png, is damaged",
    ]
    shown.pictures.set_grouped(False)
    assert "torn.png" not in texts(shown)


def test_that_a_group_folds_by_click_and_key_and_the_picture_beside_stays(shown):
    told = []
    shown.picked.connect(told.append)
    shown.pictures.set_grouped(True)
    shown.pick("/p/10.png")
    told.clear()
    heading = shown.pictures.index(4)
    QTest.mouseClick(shown.viewport(), LEFT, pos=shown.visualRect(heading).center())
    assert "dog, 1 picture, folded" in spoken(shown)
    assert "10.png" not in texts(shown)
    assert (shown.path(), told) == ("/p/10.png", [])
    assert shown.pictures.matching_paths()[2] == "/p/10.png", "folded is not filtered"
    QTest.keyClick(shown, Qt.Key.Key_Left)
    assert "10.png" not in texts(shown), "it is folded already"
    QTest.keyClick(shown, Qt.Key.Key_Right)
    assert "10.png" in texts(shown)
    QTest.keyClick(shown, Qt.Key.Key_Down)
    assert shown.path() == "/p/10.png"


def test_that_headings_cannot_be_chosen(shown):
    shown.pictures.set_grouped(True)
    shown.setFocus()
    QTest.keyClick(shown, Qt.Key.Key_A, CONTROL)
    assert shown.chosen() == ["/p/9.png", "/p/A.png", "/p/10.png", "/p/b.png", "/p/waits.png", "/p/torn.png"]


def test_that_several_are_chosen_and_stay_so_in_another_order(shown):
    model = shown.pictures
    for row, how in ((0, Qt.KeyboardModifier.NoModifier), (2, SHIFT), (1, CONTROL)):
        QTest.mouseClick(shown.viewport(), LEFT, how, shown.visualRect(model.index(row)).center())
    assert shown.chosen() == ["/p/10.png", "/p/b.png"]
    model.set_order(Order.NAME, is_reversed=False)
    assert shown.chosen() == ["/p/10.png", "/p/b.png"]
    model.set_filter("b.png")
    assert shown.chosen() == ["/p/b.png"]
    assert [url.toLocalFile() for url in files_of(shown.chosen()).urls()] == ["/p/b.png"]


def test_that_keys_go_over_tiles_line_by_line(shown):
    model = shown.pictures
    model.add((f"/p/more{number}", f"more{number}") for number in range(40))
    shown.set_grid(True)
    columns = shown.viewport().width() // LEAST
    assert columns == 3
    shown.pick("/p/10.png")
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(shown, key)
        seen.append(shown.currentIndex().row())
    assert seen == [1, 1 + columns, columns, 0, model.rowCount() - 1, 0]
    QTest.keyClick(shown, Qt.Key.Key_Down, SHIFT)
    assert len(shown.chosen()) == columns + 1
    assert shown.visualRect(model.index(columns)).left() == 0


def test_that_right_and_wrong_have_colours_of_their_own_and_signs(shown, scheme):
    model = shown.pictures
    model.set_said(
        {"/p/10.png": PictureSaid("dog", 0.9, truth="dog"), "/p/9.png": PictureSaid("cat", 0.9, truth="dog")}
    )
    shown.choose(["/p/waits.png"])
    shown.grab()
    frames = [shown.visualRect(model.index(row)) for row in (0, 1)]
    image = shown.viewport().grab().toImage()
    for frame, wanted, other in (
        (frames[0], colours(shown).right, colours(shown).wrong),
        (frames[1], colours(shown).wrong, colours(shown).right),
    ):
        found = {image.pixelColor(x, y).name() for x in range(90, 200) for y in range(frame.top(), frame.bottom())}
        assert wanted.name() in found
        assert other.name() not in found
    assert spoken(shown)[:2] == [
        "10.png, dog, 90\N{NO-BREAK SPACE}%, right",
        "9.png, cat, 90\N{NO-BREAK SPACE}%, wrong, the folder says dog",
    ]


def test_that_a_persons_class_counts_before_the_models(shown):
    model = shown.pictures
    model.set_given({"/p/b.png": "bird", "/p/10.png": "bird"})
    assert spoken(shown)[0] == "10.png, bird, corrected to bird"
    model.set_grouped(True)
    assert spoken(shown)[:3] == [
        "bird, 2 pictures",
        "10.png, bird, corrected to bird",
        "b.png, bird, corrected to bird",
    ]
    model.set_given({"/p/b.png": ""})
    assert "b.png, not sure" in spoken(shown)


def test_that_many_answers_that_come_while_they_are_sorted_are_arranged_now_and_then(shown, qtbot):
    model, resets = shown.pictures, []
    model.set_order(Order.PROBABILITY, is_reversed=False)
    model.add((f"/p/{number}.jpg", f"{number}.jpg") for number in range(FEW + 1))
    model.modelReset.connect(lambda: resets.append(1))
    for number in range(100):
        model.set_said({f"/p/{number}.jpg": PictureSaid("cat", 1 - number / 1000)})
    assert len(resets) <= 1
    qtbot.waitUntil(lambda: texts(shown)[:2] == ["0.jpg", "1.jpg"], timeout=10_000)


def test_that_every_place_leads_back_to_its_row_whatever_the_groups_are():
    chance = random.Random(3)
    for _ in range(40):
        groups, row = [], 0
        for number in range(chance.randrange(1, 6)):
            count, is_folded = chance.randrange(1, 30), chance.random() < 0.3
            groups.append(Group((GroupKind.CLASS, str(number)), count, row, row + 1, 0 if is_folded else count))
            row += 1 + groups[-1].shown
        placement = Placement(groups, Sizes(chance.randrange(100, 700), chance.choice([0, 90]), 50, 20))
        bottom = 0
        for each in range(row):
            left, top, width, height = placement.frame(each)
            assert placement.row_at(left + width // 2, top + height // 2) == each
            bottom = max(bottom, top + height)
        assert bottom == placement.height
        assert list(placement.rows_between(0, placement.height)) == list(range(row))
        top = chance.randrange(placement.height)
        seen = set(placement.rows_between(top, top + 60))
        frames = {each: placement.frame(each) for each in range(row)}
        assert {each for each, (_, y, _, high) in frames.items() if y < top + 60 and y + high > top} <= seen


def test_that_a_hundred_thousand_are_looked_at_only_where_they_are_seen(shown, monkeypatch):
    model = shown.pictures
    model.add((f"/p/{number}.jpg", f"{number}.jpg") for number in range(100_000))
    asked = []
    picture = model.picture
    monkeypatch.setattr(model, "picture", lambda row: asked.append(row) or picture(row))
    shown.verticalScrollBar().setValue(shown.verticalScrollBar().maximum() // 2)
    shown.grab()
    assert 5 < len(set(asked)) < 30
    assert shown.indexAt(QPoint(50, 50)).row() > 40_000
    assert heading_height(shown.fontMetrics()) > 0
