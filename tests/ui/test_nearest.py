"""Nearest images in the window: which set is searched, its index, and from one image to the next."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtTest import QTest
from test_classify import LEFT

from alexnet_app import resources
from alexnet_app.ui.classify.panel import ClassifyPanel
from alexnet_app.ui.classify.views.nearest_pane import NearestPane
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.picture_strip import Captioned
from alexnet_app.ui.settings import Settings

LONG = 60_000


def draw(path, place):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, :: place + 2, place % 3] = 255
    Image.fromarray(pixels).save(path)


@pytest.fixture
def photos(tmp_path):
    for place in range(8):
        draw(tmp_path / "photos" / "ab"[place % 2] / f"{place}.png", place)
    return tmp_path / "photos"


@pytest.fixture
def panel(qtbot, tmp_path, home, photos):
    jobs = Jobs()
    made = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    model = shutil.copy(resources.path("models") / "cifar-towers.alexnet", tmp_path / "model.alexnet")
    made.set_models([("model", str(model))])
    made.classify([str(photos)])
    qtbot.waitUntil(lambda: len(made.answering.album.known()) == 8, timeout=LONG)
    made.page.why.views.setCurrentIndex(made.page.why.views.findData("nearest"))
    made.page.explain.click()
    yield made
    jobs.abandon_all()
    jobs.wait()


def pane(panel):
    return panel.page.nearest


def says(qtbot, panel, text):
    qtbot.waitUntil(lambda: text in pane(panel).status.text(), timeout=LONG)


def found(qtbot, panel, count=6):
    qtbot.waitUntil(lambda: pane(panel).strip.count() == count, timeout=LONG)
    return pane(panel).strip.texts()


def built(qtbot, panel, photos):
    says(qtbot, panel, "Choose a folder of images to search")
    panel.why.nearest.search_folder(str(photos))
    says(qtbot, panel, "There is no index of photos for this model yet")
    QTest.mouseClick(pane(panel).build, LEFT)
    return found(qtbot, panel)


def test_that_an_index_of_a_folder_is_built_and_the_nearest_are_shown(qtbot, panel, photos):
    texts = built(qtbot, panel, photos)
    assert "0.png" not in [Path(each.path).name for each in panel.why.nearest._shown.images]  # it is itself
    distances = [float(text.splitlines()[1]) for text in texts]
    assert distances == sorted(distances)
    says(qtbot, panel, "8 images of photos")
    qtbot.waitUntil(lambda: not panel.commands.cancel.isEnabled(), timeout=LONG)
    assert not pane(panel).build.isVisible()
    assert pane(panel).query.text() == "Nearest to 0.png"
    assert pane(panel).sources.currentText() == "photos"
    assert not panel.page.view._layer.hasAlphaChannel() or panel.page.view._layer.isNull()


def test_that_a_click_makes_an_image_the_query_and_back_leads_back(qtbot, panel, photos):
    before = built(qtbot, panel, photos)
    second = panel.why.nearest._shown.images[1]
    strip = pane(panel).strip
    QTest.mouseClick(strip.viewport(), LEFT, pos=strip.visualItemRect(strip.item(1)).center())
    qtbot.waitUntil(
        lambda: pane(panel).query.text() == f"Nearest to {Path(second.path).name} ({second.label})", timeout=LONG
    )
    now = found(qtbot, panel)
    assert second.place not in [each.place for each in panel.why.nearest._shown.images]
    assert now != before
    QTest.mouseClick(pane(panel).back, LEFT)
    assert found(qtbot, panel) == before
    assert not pane(panel).back.isVisible()


def test_that_another_picture_is_asked_for_when_it_is_chosen(qtbot, panel, photos):
    built(qtbot, panel, photos)
    path = str(photos / "b" / "3.png")
    panel.list.pick(path)
    qtbot.waitUntil(
        lambda: pane(panel).strip.count() == 6 and pane(panel).query.text() == "Nearest to 3.png", timeout=LONG
    )
    assert path not in [each.path for each in panel.why.nearest._shown.images]


def test_that_a_stale_index_is_said_and_built_again(qtbot, panel, photos):
    built(qtbot, panel, photos)
    draw(photos / "b" / "new.png", 9)
    panel.page.why.views.activated.emit(panel.page.why.views.currentIndex())
    says(qtbot, panel, "Images were added, removed or changed")
    assert pane(panel).build.text() == "Rebuild index"
    found(qtbot, panel)
    QTest.mouseClick(pane(panel).build, LEFT)
    says(qtbot, panel, "9 images of photos")


def test_that_building_can_be_cancelled(qtbot, panel, photos, monkeypatch):
    from alexnet_app.core.events import Progress, Task
    from alexnet_app.core.inference import kept_index

    def endless(*_):
        while True:
            yield Progress(Task.INDEX, 5, 8)

    says(qtbot, panel, "Choose a folder")
    panel.why.nearest.search_folder(str(photos))
    says(qtbot, panel, "no index of photos")
    monkeypatch.setattr(kept_index, "build", endless)
    QTest.mouseClick(pane(panel).build, LEFT)
    says(qtbot, panel, "Building the index: 5 of 8")
    assert panel.commands.cancel.isEnabled()
    QTest.mouseClick(pane(panel).cancel, LEFT)
    says(qtbot, panel, "no index of photos")
    assert not panel.commands.cancel.isEnabled()


def test_that_a_folder_without_images_is_told(qtbot, panel, tmp_path):
    (tmp_path / "empty").mkdir()
    says(qtbot, panel, "Choose a folder")
    panel.why.nearest.search_folder(str(tmp_path / "empty"))
    says(qtbot, panel, "no index of empty")
    QTest.mouseClick(pane(panel).build, LEFT)
    qtbot.waitUntil(lambda: panel.banner.is_error(), timeout=LONG)
    says(qtbot, panel, "could not be found")
    qtbot.waitUntil(lambda: "nearest" not in panel._jobs.begun(), timeout=LONG)


def test_that_the_training_data_of_a_model_is_offered_first(qtbot, panel):
    panel.choose_model(str(resources.path("models") / "shapes-towers.alexnet"))
    says(qtbot, panel, "There is no index of shapes")
    assert pane(panel).sources.currentText() == "Training data of the model (shapes)"
    assert pane(panel).build.text() == "Build index"


def test_that_images_that_are_no_files_are_shown_too(qtbot, panel, monkeypatch):
    from alexnet_app.core.data.sources.values import Arrays
    from alexnet_app.core.inference import kept_index
    from alexnet_app.core.inference.labelled import Labelled

    pictures = np.random.default_rng(1).integers(0, 256, (7, 64, 64, 3), np.uint8)

    def few(source, split, side, *, alone):
        yield from ()
        return Labelled("shapes", split, source.classes, Arrays(pictures, np.arange(7, dtype=np.int64)))

    monkeypatch.setattr(kept_index, "labelled", few)
    panel.choose_model(str(resources.path("models") / "shapes-towers.alexnet"))
    says(qtbot, panel, "There is no index of shapes")
    QTest.mouseClick(pane(panel).build, LEFT)
    found(qtbot, panel)
    qtbot.waitUntil(lambda: panel.why.nearest._is_answered, timeout=LONG)
    assert pane(panel).strip.item(0).toolTip().splitlines()[-1].startswith("image ")


def test_that_the_pane_tells_only_what_a_person_did(qtbot):
    made = NearestPane()
    qtbot.addWidget(made)
    made.show()
    told = []
    for signal in (made.source_chosen, made.picked):
        signal.connect(told.append)
    made.show_sources([("mine", "/mine"), ("yours", "/yours")], "/yours")
    made.show_images([Captioned(("a", "1.00"), "a"), Captioned(("b", "2.00"), "b")])
    assert told == []
    made.sources.activated.emit(0)
    made.sources.activated.emit(1)
    assert told == ["/mine"]
    with qtbot.waitSignal(made.folder_wanted, timeout=1000):
        made.sources.activated.emit(made.sources.count() - 1)
    assert made.sources.currentData() == "/yours"
