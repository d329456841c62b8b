"""The page of a unit in the window: what it shows, where its links lead, and what is kept."""

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from alexnet_app import resources
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.generators import result_of
from alexnet_app.core.inference.labelled import labelled
from alexnet_app.core.inference.neighbours import digest
from alexnet_app.core.inference.unit_notes import keep_notes, notes_file, notes_of
from alexnet_app.core.inference.unit_pages import unit_pages
from alexnet_app.core.insight import ascent
from alexnet_app.core.insight.users import use_of
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui.inside.panel import InsidePanel
from alexnet_app.ui.inside.views.habits_view import BROWSE, FILE
from alexnet_app.ui.settings import Settings

MODEL = resources.path("models") / "shapes-towers.alexnet"
LONG = 60_000  # ms
STEPS = 3


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(ascent.ascending, "__kwdefaults__", {"seed": 0, "steps": STEPS})


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(MODEL)


@pytest.fixture
def folder(tmp_path):
    """Twelve photos of two classes."""
    for place in range(12):
        pixels = np.random.default_rng(place).integers(0, 256, (9, 9, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
        (tmp_path / "photos" / ("even", "odd")[place % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "photos" / ("even", "odd")[place % 2] / f"{place}.png")
    return tmp_path / "photos"


@pytest.fixture
def panel(qtbot, jobs, home, folder):
    made = InsidePanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1270, 740)
    made.show()
    made.set_models([("shapes-towers", str(MODEL))])
    made.show_photo(str(folder / "even" / "0.png"))
    qtbot.waitUntil(lambda: made.seen() is not None and not jobs.running(), timeout=LONG)
    yield made
    made.leave()


@pytest.fixture
def settled(qtbot, jobs):
    """Waits until nothing is under way."""
    return lambda: qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


@pytest.fixture
def opened(panel, settled):
    """The page of a unit, all of it."""

    def show(layer, unit):
        panel._open_page_of(layer, unit)
        settled()
        return panel.pages

    return show


def choose(pages, settled, address):
    pages.dialog.habits.choose(str(address), "mine")
    settled()


def shown(pages):
    return pages._at.layer, pages._at.unit


def test_that_a_page_says_what_the_core_says(opened, bundle, folder, settled):
    pages = opened("conv1", 29)
    choose(pages, settled, folder)
    data = result_of(labelled(open_source(str(folder), measuring=True), "", bundle.spec.picture_size, alone=True))
    (known,) = result_of(unit_pages(bundle, "conv1", [29], data, steps=STEPS))
    page, dialog = pages.page(), pages.dialog
    assert (page.layer, page.unit, page.tower) == ("conv1", 29, "B")
    assert np.array_equal(page.kernel, known.kernel)
    assert np.array_equal(page.wanted.picture, known.wanted.picture)
    assert page.use == known.use
    for ends in ("strongest", "weakest"):
        mine, theirs = (getattr(each.habits, ends) for each in (page, known))
        assert [cut.patch for cut in mine] == [cut.patch for cut in theirs]
    assert np.array_equal(page.habits.histogram, known.habits.histogram)
    assert dialog.title.text() == "Map 30 of conv1, tower B"
    assert dialog.kernel.isVisible()
    assert [each.text() for each in dialog.links] == [f"{each.unit + 1} {each.tower}" for each in known.use.users]
    assert dialog.habits.strongest.captions()[0].startswith(f"{known.habits.strongest[0].patch.label}: ")
    assert "of 12 images" in dialog.habits.words()
    drawn, counted = list(dialog.habits.histogram.counts()), known.habits.histogram.tolist()
    beside = (len(counted) - len(drawn)) // 2
    assert [0] * beside + drawn + [0] * beside == counted
    assert dialog.habits.histogram.reach() == known.habits.reach * len(drawn) / len(counted)


def test_that_links_lead_to_pages_and_back(opened, bundle, settled):
    pages = opened("conv1", 5)
    dialog = pages.dialog
    assert not dialog.bar.back.isEnabled()
    users = [("conv2", each.unit) for each in use_of(bundle.network(), "conv1", 5).users]
    dialog.links[1].click()
    assert shown(pages) == users[1]
    dialog.bar.next.click()
    assert shown(pages) == ("conv2", users[1][1] + 1)
    dialog.bar.back.click()
    dialog.bar.back.click()
    assert shown(pages) == ("conv1", 5)
    assert not dialog.bar.back.isEnabled()
    dialog.bar.forward.click()
    assert shown(pages) == users[1]
    dialog.bar.layer.setCurrentIndex(dialog.bar.layer.findData("fc8"))
    dialog.bar.layer.activated.emit(7)
    assert not dialog.bar.forward.isEnabled(), "another way was gone"
    settled()
    assert (dialog.title.text(), dialog.bar.number.value()) == (f"Unit 1 of fc8: {bundle.classes[0]}", 1)
    assert not dialog.bar.previous.isEnabled()
    assert dialog.links == []
    assert dialog._used.text() == "Its value is the score of its class."


def test_that_a_map_is_opened_from_each_place_where_it_is_shown(panel, qtbot, settled):
    panel.figure.layer_picked.emit("conv3")
    panel.commands.about_action.trigger()
    assert shown(panel.pages) == ("conv3", panel._unit)
    grid = panel.layer.grids[1]
    sheet = grid.sheet()
    QTest.mouseDClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.cell(4).center())
    assert shown(panel.pages) == ("conv3", int(panel.layer._orders[1][4]))
    sheet.set_picked(2)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert shown(panel.pages) == ("conv3", int(panel.layer._orders[1][2]))
    unit, where = panel.figure.layout_now().cells[1][0].thumbs[1]
    QTest.mouseDClick(panel.figure, Qt.MouseButton.LeftButton, pos=where.center())
    assert shown(panel.pages) == ("conv2", unit)
    panel.figure.pick("conv4", 7)
    QTest.keyClick(panel.figure, Qt.Key.Key_Return)
    assert shown(panel.pages) == ("conv4", 7)
    assert panel.unit.view.about.isEnabled()
    settled()


def test_that_a_second_unit_needs_no_second_pass(opened, folder, settled, jobs):
    pages = opened("conv2", 1)
    choose(pages, settled, folder)
    pages.go("conv2", 2)
    assert "patches" in jobs.begun()
    assert "units" not in jobs.begun()
    settled()
    assert pages.page().habits.pictures == 12
    pages.go("conv3", 2)
    assert "units" in jobs.begun()
    settled()
    assert pages.page().habits is not None


def test_that_answers_about_other_units_are_dropped(opened, folder, settled, jobs):
    pages = opened("conv2", 1)
    pages.dialog.habits.choose(str(folder), "mine")
    for layer, unit in (("conv3", 3), ("conv3", 4), ("conv4", 9), ("conv2", 60)):
        pages.go(layer, unit)
    settled()
    page = pages.page()
    assert (page.layer, page.unit, page.wanted.unit) == ("conv2", 60, 60)
    assert pages._data.answer.request == pages._at
    assert pages.dialog.title.text() == "Map 61 of conv2, tower B"


def test_that_a_pass_is_cancelled_and_nothing_is_chosen_then(opened, folder, settled):
    pages = opened("conv5", 1)
    pages.dialog.habits.choose(str(folder), "mine")
    assert pages.dialog.habits.cancel.isVisible()
    QTest.keyClick(pages.dialog, Qt.Key.Key_Escape)
    assert pages.dialog.isVisible()
    assert pages.dialog.habits.address() == ""
    assert "not looked at to the end" in pages.dialog.habits.words()
    settled()
    assert pages.page().habits is None
    QTest.keyClick(pages.dialog, Qt.Key.Key_Escape)
    assert not pages.dialog.isVisible()
    pages.open(pages._model, pages._spec, "conv5", 2)
    pages.dialog.habits.choose(str(folder), "mine")
    pages.dialog.close()
    assert not pages.dialog.isVisible(), "whatever is under way"
    settled()


def test_that_images_that_are_none_are_a_sentence(opened, tmp_path, settled):
    pages = opened("conv5", 1)
    (tmp_path / "empty").mkdir()
    choose(pages, settled, tmp_path / "empty")
    assert pages.dialog.banner.is_error()
    assert pages.dialog.habits.address() == ""
    labels = [pages.dialog.habits.images.itemText(row) for row in range(pages.dialog.habits.images.count())]
    assert [each for each in labels if each] == ["No images", "The sample data", "mine", "A folder…", "A file…"]
    assert pages.dialog.habits.images.findData(BROWSE) == len(labels) - 2


def test_that_a_patch_is_opened_in_the_panel(opened, panel, folder, settled, qtbot):
    pages = opened("conv3", 1)
    choose(pages, settled, folder)
    path = pages.page().habits.weakest[4].patch.path
    sheet = pages.dialog.habits.weakest.sheet
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.cell(4).center())
    settled()
    assert panel.seen().request.path == path
    assert shown(pages) == ("conv3", 1), "the page stays"


def test_that_a_note_is_kept_by_the_weights_and_shown_again(opened, bundle, settled, tmp_path, panel):
    pages = opened("conv5", 16)
    pages.dialog.note.setPlainText("<b>eyes</b>\nor wheels")
    pages.go("conv5", 17)
    settled()
    assert pages.dialog.note.toPlainText() == ""
    assert notes_of(digest(bundle)) == {("conv5", 16): "<b>eyes</b>\nor wheels"}
    copy = tmp_path / "moved.alexnet"
    copy.write_bytes(MODEL.read_bytes())
    panel.choose_model(str(copy))
    settled()
    assert pages._model == str(copy), "the page follows the model"
    assert not pages.dialog.bar.back.isEnabled()
    pages.go("conv5", 16)
    settled()
    assert pages.dialog.note.toPlainText() == "<b>eyes</b>\nor wheels"
    pages.dialog.note.setPlainText("")
    pages.dialog.close()
    settled()
    assert notes_of(digest(bundle)) == {}


def test_that_a_note_that_cannot_be_kept_is_a_sentence_and_costs_no_other_one(opened, bundle, settled):
    pages = opened("conv5", 16)
    pages.dialog.note.setPlainText("short")
    pages.dialog.note.setPlainText("x" * 2001)
    assert "limit is 2,000" in pages.dialog.banner.text()
    pages.dialog.note.setPlainText("x" * 2000)
    assert not pages.dialog.banner.text()
    pages.dialog.note.setPlainText("x" * 2001)
    pages.go("conv5", 17)
    settled()
    pages.dialog.note.setPlainText("other")
    pages.close()
    settled()
    assert notes_of(digest(bundle)) == {("conv5", 16): "x" * 2000, ("conv5", 17): "other"}


def test_that_a_damaged_file_of_notes_is_a_sentence_and_stays(opened, bundle, settled):
    path = notes_file(digest(bundle))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    pages = opened("conv5", 16)
    assert "cannot be read" in pages.dialog.banner.text()
    assert pages.dialog.note.isReadOnly()
    assert pages.page().wanted is not None, "the page is there all the same"
    path.unlink()
    keep_notes(digest(bundle), {("conv5", 17): "wheels"})
    pages.dialog.bar.next.click()
    settled()
    assert (pages.dialog.note.toPlainText(), pages.dialog.note.isReadOnly()) == ("wheels", False)
    assert not pages.dialog.banner.is_error()


def test_that_the_page_is_saved_with_its_note_and_never_over_another_file(opened, settled, tmp_path):
    pages = opened("conv1", 3)
    pages.dialog.note.setPlainText("edges")
    plain, other = tmp_path / "page.png", tmp_path / "other.png"
    pages._save_as(str(plain), "png", False)
    settled()
    with Image.open(plain) as drawn:
        assert drawn.format == "PNG"
    assert str(plain) in pages.dialog.banner.text()
    other.write_bytes(b"a text")
    pages._save_as(str(other), "png", True)
    settled()
    assert other.read_bytes() == b"a text"
    assert pages.dialog.banner.is_error()


def test_that_one_column_has_no_towers(panel, opened, settled, tmp_path):
    network = AlexNet(variant("cifar-2012"))
    network.initialize(torch.Generator().manual_seed(1))
    names = tuple(f"class {number}" for number in range(network.spec.classes))
    side = network.spec.input_size
    mean = torch.zeros(3, side, side) if network.spec.mean == "picture" else torch.zeros(3, 1, 1)
    write_bundle(tmp_path / "one.alexnet", Bundle(network.spec, names, mean, plain_weights(network), {}))
    panel.choose_model(str(tmp_path / "one.alexnet"))
    settled()
    pages = opened("conv2", 4)
    assert pages.dialog.title.text() == "Map 5 of conv2"
    assert all(each.text().isdecimal() for each in pages.dialog.links)
    assert not pages.dialog._shares.isVisible()


def test_that_patches_are_large_where_there_is_room_and_a_dense_unit_has_no_places(opened, folder, settled):
    pages = opened("fc6", 3)
    choose(pages, settled, folder)
    dialog, sheet = pages.dialog, pages.dialog.habits.guided.sheet
    for width, side in ((1280, 96), (900, 64), (1280, 96)):
        dialog.resize(width, 480)
        assert sheet.grid().width == side
        assert sheet.minimumWidth() >= 3 * side
    assert "places" not in dialog.habits.words()
    assert "of 12 images" in dialog.habits.words()


def test_that_a_class_name_is_text(opened, panel, settled, tmp_path, bundle):
    hostile = '<img src="x">' + "y" * 500
    classes = (hostile, *bundle.classes[1:])
    write_bundle(tmp_path / "m.alexnet", Bundle(bundle.spec, classes, bundle.mean, bundle.weights, {}))
    panel.choose_model(str(tmp_path / "m.alexnet"))
    settled()
    pages = opened("fc8", 0)
    assert '<img src="x">' in pages.dialog.title.text()
    assert pages.dialog.title.textFormat() == Qt.TextFormat.PlainText
    assert pages.dialog.minimumSizeHint().width() < 1000


def test_that_what_was_typed_is_kept_when_the_window_closes(window, qtbot, bundle, folder):
    inside = window.tabs.inside
    window.tabs.setCurrentWidget(inside)
    inside.choose_model(str(MODEL))
    inside.show_photo(str(folder / "odd" / "1.png"))
    qtbot.waitUntil(lambda: inside.seen() is not None, timeout=LONG)
    inside.commands.about_action.trigger()
    qtbot.waitUntil(lambda: not inside.pages.dialog.note.isReadOnly(), timeout=LONG)
    unit = shown(inside.pages)
    inside.pages.dialog.note.setPlainText("last words")
    window.close()
    qtbot.waitUntil(lambda: not window._jobs.running(), timeout=LONG)
    assert not inside.pages.dialog.isVisible()
    assert notes_of(digest(bundle)) == {unit: "last words"}


@pytest.fixture
def divided(tmp_path, folder):
    """The photos in two splits: eight to train with, four for the test."""
    for split, places in (("train", range(8)), ("test", range(8, 12))):
        for place in places:
            name = ("even", "odd")[place % 2]
            (tmp_path / "divided" / split / name).mkdir(parents=True, exist_ok=True)
            (folder / name / f"{place}.png").rename(tmp_path / "divided" / split / name / f"{place}.png")
    return tmp_path / "divided"


def test_that_each_split_of_the_images_can_be_looked_at(opened, divided, settled):
    pages = opened("conv1", 2)
    habits = pages.dialog.habits
    assert not habits.splits.isVisible()
    choose(pages, settled, divided)
    assert habits.splits.isVisible()
    assert [habits.splits.itemText(row) for row in range(habits.splits.count())] == ["Training", "Test"]
    assert (habits.splits.currentText(), pages.page().habits.pictures) == ("Test", 4)
    habits.splits.activated.emit(habits.splits.findData("train"))
    settled()
    assert (habits.splits.currentText(), pages.page().habits.pictures) == ("Training", 8)
    pages.go("conv1", 3)
    settled()
    assert pages.page().habits.pictures == 8, "the next unit is seen on the same images"
    habits.images.activated.emit(0)
    settled()
    assert not habits.splits.isVisible()


def test_that_prepared_sets_are_offered_while_their_images_are_there(opened, divided, settled):
    result_of(labelled(open_source(str(divided)), "train", 32))
    pages = opened("conv1", 2)
    habits = pages.dialog.habits
    assert habits.images.findText("divided") > 0
    assert habits.images.itemData(habits.images.findText("divided")) == str(divided)
    divided.rename(divided.with_name("moved"))
    pages.open(pages._model, pages._spec, "conv1", 3)
    settled()
    assert habits.images.findText("divided") < 0


def test_that_a_table_of_images_is_chosen_as_a_file(opened, folder, settled, qtbot):
    (folder / "images.csv").write_text("".join(f"even/{place}.png,even\n" for place in (0, 2, 4)))
    pages = opened("conv1", 2)
    habits = pages.dialog.habits
    habits.images.activated.emit(habits.images.findData(FILE))
    dialog = habits.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.ExistingFile
    dialog.fileSelected.emit(str(folder / "images.csv"))
    dialog.close()
    settled()
    assert habits.images.currentText() == "images.csv"
    assert pages.page().habits.pictures == 3
