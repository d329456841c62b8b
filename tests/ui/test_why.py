"""Why a picture gets its class, in the window: what is drawn over it, and what each tower says."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from test_classify import write_model

from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui.classify.panel import ClassifyPanel
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings

LEFT = Qt.MouseButton.LeftButton
VIEWS = ["occlusion", "gradients", "grad-cam", "tower-a", "tower-b", "seen", "nearest"]


@pytest.fixture
def pictures(tmp_path):
    paths = []
    for place, colour in enumerate(("red", "green", "blue")):
        picture = Image.new("RGB", (60, 40), "white")
        picture.paste(colour, (20 * place, 10, 20 * place + 20, 30))
        picture.save(tmp_path / f"{colour}.png")
        paths.append(str(tmp_path / f"{colour}.png"))
    return paths


@pytest.fixture
def panel(qtbot, tmp_path, home, pictures):
    jobs = Jobs()
    made = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1000, 760)
    made.show()
    made.set_models([("first", write_model(tmp_path / "first.alexnet"))])
    made.classify(pictures)
    qtbot.waitUntil(lambda: len(made.answering.album.known()) == len(pictures), timeout=60_000)
    yield made
    jobs.abandon_all()
    jobs.wait()


def is_drawn(panel):
    return not panel.page.view._layer.isNull()


def shown(qtbot, panel):
    qtbot.waitUntil(lambda: is_drawn(panel), timeout=60_000)


def test_that_nothing_is_asked_before_the_person_asks(panel):
    assert not panel.page.why.isVisible()
    assert not panel.page.towers.isVisible()
    panel.page.bars.chosen.emit("dog")
    assert "why" not in panel._jobs.begun()


def test_that_the_first_answer_is_explained_and_the_sum_told(qtbot, panel):
    panel.commands.why.trigger()
    shown(qtbot, panel)
    assert panel.page.explain.isChecked()
    first = panel.answering.album.event(panel.list.path()).predictions[0].label
    assert panel.page.towers.sum.text().startswith(f"Score of {first}: ")
    assert "from tower A" in panel.page.towers.sum.text()
    assert panel.page.bars._marked == first
    frame = panel.page.view.frame_of_layer()
    assert panel.page.view.frame_of_picture().contains(frame)
    panel.commands.why.trigger()
    assert not is_drawn(panel)
    assert not panel.page.towers.isVisible()


@pytest.mark.parametrize("view", VIEWS[:-1])
def test_that_each_view_is_drawn(qtbot, panel, view):
    panel.page.why.views.setCurrentIndex(VIEWS.index(view))
    panel.page.explain.click()
    shown(qtbot, panel)
    assert panel.page.view._layer.hasAlphaChannel() is (view != "seen")


def choose(panel, view):
    panel.page.why.views.setCurrentIndex(VIEWS.index(view))
    panel.page.why.views.activated.emit(VIEWS.index(view))


def test_that_what_the_network_sees_is_shown_pixel_for_pixel_with_each_answer(qtbot, panel):
    panel.page.explain.click()
    choose(panel, "seen")
    crops = panel.page.crops
    qtbot.waitUntil(lambda: crops.count() == 1, timeout=60_000)
    side = panel.answering.models().bundle(panel.answering.model()).spec.input_size
    assert crops.iconSize().width() == side
    first = panel.answering.album.event(panel.list.path()).predictions[0].label
    assert crops.texts()[0].splitlines()[:2] == ["centre", first]
    panel.top.ten_views.click()
    qtbot.waitUntil(lambda: crops.count() == 10, timeout=60_000)
    assert crops.texts()[4].splitlines()[0] == "bottom right"
    assert crops.texts()[5].splitlines()[:2] == ["top left", "mirrored"]
    assert crops.texts()[9].splitlines()[:2] == ["bottom right", "mirrored"]
    assert "bottom right, mirrored" in crops.item(9).data(Qt.ItemDataRole.AccessibleTextRole)
    assert crops.isVisible()
    choose(panel, "occlusion")
    assert not crops.isVisible()


def test_that_a_clicked_class_is_explained(qtbot, panel):
    panel.page.explain.click()
    shown(qtbot, panel)
    second = panel.answering.album.event(panel.list.path()).predictions[1].label
    with qtbot.waitSignal(panel.why._questions.drawn, timeout=60_000):
        QTest.mouseClick(panel.page.bars, LEFT, pos=QPoint(30, panel.page.bars._row() + 4))
    assert panel.page.towers.sum.text().startswith(f"Score of {second}: ")
    first = panel.answering.album.event(panel.list.path()).predictions[0].label
    QTest.keyClick(panel.page.bars, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: panel.page.towers.sum.text().startswith(f"Score of {first}: "), timeout=60_000)


def test_that_another_picture_is_explained_and_the_one_before_forgotten_on_the_screen(qtbot, panel, pictures):
    panel.page.explain.click()
    shown(qtbot, panel)
    panel.list.pick(pictures[2])
    panel.list.picked.emit(pictures[2])
    assert not is_drawn(panel)
    shown(qtbot, panel)
    assert panel.why._questions._wanted.path == pictures[2]


def test_that_a_map_that_is_known_before_its_picture_is_read_stays_with_it(qtbot, panel, pictures):
    panel.commands.why.trigger()
    shown(qtbot, panel)
    view, other = panel.page.view, pictures[1]
    panel.list.pick(other)
    shown(qtbot, panel)
    qtbot.waitUntil(lambda: not panel.showing._large._reading, timeout=60_000)
    other_size = view._picture.size()
    panel.list.pick(pictures[0])
    shown(qtbot, panel)
    panel.showing.forget(other)  # its map is kept for longer than its pixels
    panel.list.pick(other)
    assert not view._layer.isNull()
    assert not view._has_layer()  # the picture before is still on the screen
    qtbot.waitUntil(lambda: not view._is_awaiting, timeout=60_000)
    assert view._has_layer()
    assert view._picture.size() == other_size


def test_that_a_network_of_one_column_has_no_towers(qtbot, panel, tmp_path):
    spec = variant("cifar-11pct", classes=10)
    network = AlexNet(spec)
    network.initialize(torch.Generator().manual_seed(1))
    write_bundle(
        tmp_path / "one.alexnet", Bundle(spec, tuple("abcdefghij"), torch.zeros(3, 1, 1), plain_weights(network))
    )
    panel.page.explain.click()
    panel.set_models([("one", str(tmp_path / "one.alexnet"))])
    panel.choose_model(str(tmp_path / "one.alexnet"))
    qtbot.waitUntil(lambda: not panel.page.towers.isVisible(), timeout=60_000)
    shown(qtbot, panel)
    model = panel.page.why.views.model()
    enabled = [model.item(row).isEnabled() for row in range(model.rowCount())]
    assert enabled == [view not in ("tower-a", "tower-b") for view in VIEWS]


def test_that_a_picture_that_went_away_is_a_sentence(qtbot, panel, pictures):
    Path(pictures[0]).unlink()
    panel.page.explain.click()
    qtbot.waitUntil(panel.banner.isVisible, timeout=60_000)
    assert "red.png" in panel.banner.text()
