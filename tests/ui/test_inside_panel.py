"""The panel Inside: what is shown of a photo in a network, what a person can pick, switch off and take apart."""

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from alexnet_app import resources
from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.inference.inside import Inside
from alexnet_app.core.insight.activations import answers
from alexnet_app.core.insight.receptive import field
from alexnet_app.core.insight.stepwise import Silence
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui.inside.panel import InsidePanel
from alexnet_app.ui.settings import Settings

PHOTO_TOWERS = resources.path("models") / "photo-towers.alexnet"
COFFEE = resources.path("sample_photos") / "coffee.jpg"
LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
LONG = 60_000  # ms


@pytest.fixture(scope="module")
def look():
    """The same photo in the same model, without the window."""
    bundle = read_bundle(PHOTO_TOWERS)
    inside = Inside(bundle)
    picture = read_fitted(COFFEE, bundle.spec.picture_size)
    return inside, picture, inside.look(picture)


@pytest.fixture
def panel(inside_panel):
    return inside_panel


def settled(qtbot, panel):
    """Waits until all of what is wanted is there."""

    def is_there():
        seen, met = panel.seen(), panel._met
        wanted = (panel.bar.chooser.path(), panel._path, panel.bar.off())
        known = seen is not None and (seen.request.model, seen.request.path, seen.request.off) == wanted
        return known and met is not None and met.request == seen.request and not panel._jobs.running()

    qtbot.waitUntil(is_there, timeout=LONG)


@pytest.fixture
def full(qtbot, panel):
    panel.show_photo(str(COFFEE))
    settled(qtbot, panel)
    return panel


def click(widget, place):
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)


def switch(panel, box, data):
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_that_without_a_photo_it_says_what_to_do(panel, qtbot):
    assert panel._open.isVisible()
    panel.commands.sample_action.trigger()
    settled(qtbot, panel)
    assert panel.seen().request.path == str(COFFEE)
    assert panel.figure.layers() == LAYERS


def test_that_the_answers_are_those_of_the_classifier(full):
    (event,) = Classifier(read_bundle(PHOTO_TOWERS)).classify([str(COFFEE)])
    found = full.seen().answers
    assert [label for label, _ in found] == [each.label for each in event.predictions]
    assert [share for _, share in found] == pytest.approx([each.probability for each in event.predictions], abs=1e-5)
    assert full.said.answers.text().startswith("espresso")
    assert not full.said.before.isVisible()


def test_that_each_layer_has_its_strongest_maps_of_each_tower(full, look):
    inside, _, known = look
    for column in full.figure._columns[:5]:
        shown = answers(known.shown, column.layer)
        for block, part in zip(column.blocks, inside.spec.tower_slices(column.layer), strict=True):
            peaks = shown.peaks[part]
            best = part.start + np.argsort(-peaks, kind="stable")
            assert [face.unit for face in block.faces] == best[: len(block.faces)].tolist()
            assert block.maps == len(peaks)
    assert [len(column.blocks) for column in full.figure._columns] == [2] * 7 + [1]


def test_that_what_flows_between_the_towers_is_drawn_and_said(full, look):
    inside, _, known = look
    met = {each.layer: each for each in inside.meetings(known)}
    drawn = {each.layer: each.flows for each in full.figure._columns if each.flows}
    assert set(drawn) == set(met) == {"conv3", "fc6", "fc7", "fc8"}
    for layer, flows in drawn.items():
        assert np.allclose(flows, met[layer].flow_shares)
    full.figure.layer_picked.emit("conv3")
    share = met["conv3"].flow_shares[0, 1]
    assert f"tower A {100 * share:.0f} % comes from tower B" in full.layer.about.text()


def test_that_a_layer_and_a_map_are_picked_in_the_figure(full):
    place = full.figure.layout_now()
    click(full.figure, QPoint(place.columns[1].center().x(), 20))
    assert (full._layer, full.layer._title.text()) == ("conv2", "conv2")
    unit, where = place.cells[2][1].thumbs[1]
    click(full.figure, where.center())
    assert (full._layer, full._unit) == ("conv3", unit)
    assert full.unit.view._title.text() == f"Map {unit + 1} of conv3, tower B"
    assert full.layer.grids[1].picked_index() is not None
    assert full.layer.grids[0].picked_index() is None


def test_that_keys_go_through_layers_and_maps(full):
    full.figure.setFocus()
    seen = [full._layer]
    for _ in range(8):
        QTest.keyClick(full.figure, Qt.Key.Key_Right)
        seen.append(full._layer)
    assert tuple(seen) == (*LAYERS, "fc8")
    for _ in range(7):
        QTest.keyClick(full.figure, Qt.Key.Key_Left)
    first = full._unit
    QTest.keyClick(full.figure, Qt.Key.Key_Down)
    assert full._layer == "conv1"
    assert full._unit != first
    full.commands.next_action.trigger()
    assert full._layer == "conv2"
    full.commands.previous_action.trigger()
    assert full._layer == "conv1"


def test_that_all_maps_are_there_after_each_step_in_either_order(full, look):
    _, _, known = look
    shown = {each.step: each for each in known.shown if each.layer == "conv1"}
    assert [full.layer.step.itemData(at) for at in range(full.layer.step.count())] == list(shown)
    for step, each in shown.items():
        switch(full, full.layer.step, step)
        assert full.layer.shown().values.shape == each.values.shape
        assert np.array_equal(full.layer.shown().values, each.values)
    assert [grid.count() for grid in full.layer.grids] == [48, 48]
    switch(full, full.layer.sort, "number")
    assert [each.tolist() for each in full.layer._orders] == [list(range(48)), list(range(48, 96))]
    full.layer.grids[1].picked.emit(5)
    assert full._unit == 53


def test_that_a_number_is_told_with_its_field_and_its_sum(full, look, qtbot):
    inside, _, known = look
    switch(full, full.layer.step, "")
    full._pick("conv1", 50)
    full.unit.view.pointed.emit(10, 12)
    value = next(each for each in known.shown if each.layer == "conv1").values[50, 10, 12]
    assert full.unit.view.told()[0] == f"Row 11, column 13: {value:.4g}".replace("-", "−")
    seen = field(inside.spec, "conv1", 10, 12)
    assert full.unit.view.field.field() == (seen.top, seen.left, seen.bottom, seen.right)
    walk = inside.arithmetic(known, "conv1", 50, 10, 12)
    sums = f"Products {walk.products.sum():.4f} + bias {walk.bias:.4f}".replace("-", "−")
    qtbot.waitUntil(lambda: full.unit.view.told()[1].startswith(sums), timeout=LONG)
    assert full.unit.view._walk.isVisible()
    assert walk.value == pytest.approx(float(value), abs=1e-5)
    assert walk.products.sum() + walk.bias == pytest.approx(float(value), abs=1e-4)
    said = full.unit.view.told()[1]
    assert "normalization leaves" in said or walk.followed[0][1] == 0
    full.unit.view.pointed.emit(-1, -1)
    assert full.unit.view.told()[0].startswith("Strongest at")


def test_that_in_later_layers_the_maps_that_add_most_are_told(full, look, qtbot):
    inside, _, known = look
    full.figure.unit_picked.emit("conv3", 200)
    row, column = full.unit.place()
    sums = inside.arithmetic(known, "conv3", 200, row, column).products.sum(axis=(1, 2))
    best = int(np.abs(sums).argmax())
    most = f": {best + 1} ({sums[best]:+.3f})".replace("-", "−")
    qtbot.waitUntil(lambda: most in full.unit.view.told()[2], timeout=LONG)


def test_that_a_silent_tower_changes_the_answers_beside_the_old_ones(full, look, qtbot):
    inside, picture, _ = look
    before = full.seen().answers
    switch(full, full.bar.tower, "a")
    settled(qtbot, full)
    wanted = inside.look(picture, Silence(0)).predictions
    assert [label for label, _ in full.seen().answers] == [each.label for each in wanted]
    assert full.said.before.text().startswith("espresso")
    assert full.said.before.isVisible()
    assert full.said.what.text() == "Without tower A"
    assert [each.is_off for each in full.figure._columns[0].blocks] == [True, False]
    qtbot.waitUntil(lambda: "Switch everything on" in full.unit.view.told()[1], timeout=LONG)
    full.commands.on_action.trigger()
    settled(qtbot, full)
    assert full.seen().answers == before
    assert full.bar.tower.currentData() == ""


def test_that_a_map_and_normalization_can_be_switched_off(full, look, qtbot):
    inside, picture, _ = look
    full._pick("conv5", 100)
    full.unit.view.off.click()
    settled(qtbot, full)
    wanted = inside.look(picture, Silence(units=(("conv5", 100),)))
    assert np.allclose(full.seen().shown[-1].values, wanted.shown[-1].values)
    assert (full._layer, full._unit) == ("conv5", 100)
    assert full.unit.view.off.isChecked()
    assert full.said.what.text() == "Without map 101 of conv5, tower B"
    full.bar.normalization.click()
    settled(qtbot, full)
    wanted = inside.look(picture, Silence(units=(("conv5", 100),), normalization=False))
    assert np.allclose(full.seen().shown[-1].values, wanted.shown[-1].values)
    full.unit.view.off.click()
    settled(qtbot, full)
    assert full.said.what.text() == "Without normalization"


def test_that_a_class_cannot_be_switched_off_and_says_why(full):
    full.figure.layer_picked.emit("fc8")
    assert not full.unit.view.off.isEnabled()
    assert full.unit.view.off.toolTip() == "A class cannot be switched off"
    assert "softmax" in full.layer.about.text()


@pytest.fixture
def one_column(tmp_path):
    network = AlexNet(variant("cifar-2012"))
    network.initialize(torch.Generator().manual_seed(1))
    names = tuple(f"class {number}" for number in range(network.spec.classes))
    side = network.spec.input_size
    mean = torch.zeros(3, side, side) if network.spec.mean == "picture" else torch.zeros(3, 1, 1)
    write_bundle(tmp_path / "one.alexnet", Bundle(network.spec, names, mean, plain_weights(network), {}))
    return str(tmp_path / "one.alexnet")


def test_that_a_network_of_one_column_has_one_row(full, one_column, qtbot):
    full.choose_model(one_column)
    settled_one = lambda: full.seen().request.model == one_column and full._met is not None  # noqa: E731
    qtbot.waitUntil(settled_one, timeout=LONG)
    assert {len(column.blocks) for column in full.figure._columns} == {1}
    assert not full.layer.grids[1].isVisible()
    assert not full.bar.tower.isEnabled()
    assert full.bar.tower.toolTip() == "This network has one column"


def test_that_a_photo_that_is_none_leaves_the_one_before(full, tmp_path, qtbot):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    full.show_photo(str(tmp_path / "broken.jpg"))
    qtbot.waitUntil(lambda: bool(full.banner.text()), timeout=LONG)
    assert full.seen().request.path == str(COFFEE)
    assert full.bar.photo.text() == "coffee.jpg"
    full.show_photo(str(COFFEE))
    assert not full.banner.text()


def test_that_a_photo_that_changes_is_looked_at_anew(full, tmp_path, qtbot):
    path = tmp_path / "mine.png"
    Image.new("RGB", (200, 160), "red").save(path)
    full.show_photo(str(path))
    settled(qtbot, full)
    red = full.seen().answers
    Image.new("RGB", (201, 160), "blue").save(path)
    full.hide()
    full.show()
    qtbot.waitUntil(lambda: full.seen().answers != red, timeout=LONG)


def test_that_nothing_is_read_while_nobody_looks(qtbot, jobs, home):
    hidden = InsidePanel(jobs, Settings())
    qtbot.addWidget(hidden)
    hidden.set_models([("photo-towers", str(PHOTO_TOWERS))])
    hidden.show_photo(str(COFFEE))
    assert not jobs.running()
    hidden.show()
    settled(qtbot, hidden)


def test_that_a_classified_picture_and_a_dropped_one_are_looked_at(window, qtbot):
    classify, inside = window.tabs.classify, window.tabs.inside
    qtbot.waitUntil(lambda: bool(classify.chooser.path()), timeout=LONG)
    classify.choose_model(str(PHOTO_TOWERS))
    window.open_paths([str(COFFEE)])
    qtbot.waitUntil(lambda: len(classify.answering.album.known()) == 1, timeout=LONG)
    classify.commands.pictures.inside.trigger()
    assert window.tabs.currentWidget() is inside
    qtbot.waitUntil(lambda: inside.seen() is not None, timeout=LONG)
    assert (inside.seen().request.path, inside.seen().request.model) == (str(COFFEE), str(PHOTO_TOWERS))
    other = str(COFFEE.with_name("rocket.jpg"))
    assert window.complete().what_a_drop_does([other]) == "Drop to look at this photo inside the network"
    window.open_paths([other], dropped=True)
    qtbot.waitUntil(lambda: inside.seen().request.path == other, timeout=LONG)
    assert window.tabs.currentWidget() is inside
    window.open_paths([str(COFFEE), other], dropped=True)
    assert window.tabs.currentWidget() is classify
