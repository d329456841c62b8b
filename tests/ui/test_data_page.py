"""The data of a new run: what was understood is shown before anything starts, and a dropped folder is asked about."""

import shutil

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QUrl

from alexnet_app.core import pace
from alexnet_app.core.data.sources import tree
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.training.config_text import load_config
from alexnet_app.ui.data import words
from alexnet_app.ui.data.jobs import ReadData, reading
from alexnet_app.ui.train.goals import Goal, goal_of

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two classes of 12 and 30 images, a copy, a broken one, litter, and an empty class."""
    folder = tmp_path_factory.mktemp("photos") / "ants-bees"
    chance = np.random.default_rng(0)
    for name, count in (("ants", 12), ("bees", 30)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = chance.integers(0, 255, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    shutil.copy(folder / "ants" / "0.png", folder / "ants" / "copy.png")
    (folder / "bees" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (folder / "bees" / ".DS_Store").write_bytes(b"x")
    (folder / "wasps").mkdir()
    return folder


def pane(window):
    return window.tabs.train.data._room


def read(qtbot, window):
    room = pane(window)
    qtbot.waitUntil(lambda: room._read is not None and not room.is_reading(), timeout=LONG)
    qtbot.waitUntil(lambda: room.page.strip.count() > 0, timeout=LONG)
    return room.page


def press(page, text):
    next(each for each in page.question.buttons() if each.text() == text).click()


def test_that_a_folder_dropped_on_train_is_asked_about_and_nothing_starts(window, qtbot, photos):
    window.open_paths([str(photos)], dropped=True)
    page = read(qtbot, window)
    assert window.tabs.currentWidget() is window.tabs.train
    assert page.isVisible()
    assert page.question.text().startswith("Train on these 2 classes (")
    assert not window.tabs.train.is_training()
    assert window.tabs.train.setup.form.values()["data"] == "shapes"


def test_that_what_was_understood_is_shown(window, qtbot, photos):
    window.open_paths([str(photos)], dropped=True)
    page = read(qtbot, window)
    assert page.title.text() == "ants-bees"
    assert "2 classes, 43 images" in page.summary.text()
    assert "The validation images are drawn from the training images" in page.summary.text()
    assert "“bees” is wrong for 30.2 %: that is the error to beat" in page.summary.text()
    reasons = [page.skipped.topLevelItem(at).text(0) for at in range(page.skipped.topLevelItemCount())]
    assert {"Cannot be decoded: damaged pictures", "System files and folders", "Class folders without images"} <= {
        *reasons
    }
    assert "opies of other images" in page.notes.text()
    assert "validation images are few" in page.notes.text()
    assert page.table.rows.rowCount() == 2
    assert {text.split("\n")[0] for text in page.strip.texts()} == {"ants", "bees"}


@SLOW
def test_that_next_samples_are_others(window, qtbot, photos):
    window.open_paths([str(photos)], dropped=True)
    page = read(qtbot, window)
    before = page.strip.texts()
    page.next.click()
    qtbot.waitUntil(lambda: page.strip.texts() != before, timeout=LONG)


@SLOW
def test_that_train_takes_the_folder_and_begins(window, qtbot, photos, monkeypatch):
    begun = []
    train = window.tabs.train
    monkeypatch.setattr(train.data, "_start", lambda: begun.append(train.setup.form.values()["data"]))
    window.open_paths([str(photos)], dropped=True)
    press(read(qtbot, window), "Train")
    assert begun == [str(photos)]
    assert train.setup.goals.goal() == Goal.PHOTOS


@SLOW
def test_that_the_pictures_can_be_classified_instead(window, qtbot, photos):
    window.open_paths([str(photos)], dropped=True)
    press(read(qtbot, window), "Classify the pictures instead")
    assert window.tabs.currentWidget() is window.tabs.classify
    qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) >= 43, timeout=LONG)


def test_that_a_folder_without_classes_says_so_with_its_ways_out(window, qtbot, photos):
    window.open_paths([str(photos / "ants")], dropped=True)
    page = pane(window).page
    qtbot.waitUntil(lambda: "no sub-folders" in page.question.text(), timeout=LONG)
    assert [each.text() for each in page.question.buttons()] == [
        "Choose another folder…",
        "Classify the pictures instead",
        "Cancel",
    ]


def test_that_a_folder_that_is_given_at_the_start_is_asked_about_where_pictures_are_classified(window, qtbot, photos):
    window.open_paths([str(photos)])
    qtbot.waitUntil(lambda: "2 class folders" in window.tabs.classify.folders.bar.text(), timeout=LONG)
    assert window.tabs.currentWidget() is window.tabs.classify


@SLOW
@pytest.mark.parametrize("answer", ["Classify the pictures", "Train on these 2 classes"])
def test_that_a_folder_with_classes_dropped_elsewhere_offers_both(window, qtbot, photos, answer):
    window.tabs.setCurrentWidget(window.tabs.filters)
    window.open_paths([str(photos)], dropped=True)
    bar = window.tabs.classify.folders.bar
    qtbot.waitUntil(lambda: "2 class folders: ants, bees" in bar.text(), timeout=LONG)
    assert not window.tabs.classify.answering.is_busy()
    next(each for each in bar.buttons() if each.text() == answer).click()
    if answer.startswith("Train"):
        assert window.tabs.currentWidget() is window.tabs.train
        assert pane(window).page.isVisible()
    else:
        qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) >= 43, timeout=LONG)


@SLOW
def test_that_the_answer_to_an_earlier_question_is_dropped(window, qtbot, photos, tmp_path):
    other = tmp_path / "other"
    for name in ("one", "two"):
        shutil.copytree(photos / "bees", other / name)
    window.open_paths([str(photos)], dropped=True)
    window.open_paths([str(other)], dropped=True)
    page = read(qtbot, window)
    assert page.title.text() == "other"
    assert [page.table.rows.data(page.table.rows.index(row, 0)) for row in range(2)] == ["one", "two"]


def test_that_reading_can_be_cancelled_and_taken_up(window, qtbot, photos):
    window.open_paths([str(photos)], dropped=True)
    room = pane(window)
    room.cancel()
    assert "cancelled" in room.page.question.text()
    press(room.page, "Read the data")
    assert read(qtbot, window).title.text() == "ants-bees"
    assert room.page.question.text().startswith("Train on these 2 classes (")


def test_that_my_photos_without_a_folder_asks_for_one(window, qtbot):
    window.tabs.train.setup.goals.chosen.emit(Goal.PHOTOS)
    window.tabs.train.setup.estimate_anew()
    page = pane(window).page
    assert page.isVisible()
    assert page.title.text() == "No photos chosen yet"


def test_that_the_chosen_data_and_settings_survive_a_change_of_preset(window, photos):
    setup = window.tabs.train.setup
    setup.use_data(str(photos))
    setup.form.row("epochs").set_value(3)
    setup.form.row("epochs").edited.emit("epochs")
    setup.use_preset("cifar10")
    assert setup.form.values()["data"] == str(photos)
    assert setup.form.values()["epochs"] == 3
    assert setup.form.values()["network"] == load_config("cifar10").network


@SLOW
def test_that_each_goal_has_its_own_data(window, photos):
    setup = window.tabs.train.setup
    setup.use_photos(str(photos))
    setup.use_goal(Goal.CIFAR10)
    assert setup.form.values()["data"] == "cifar10"
    assert setup.goals.goal() == Goal.CIFAR10
    setup.use_goal(Goal.IMAGENET)
    assert setup.form.values()["data"] == "imagenet"
    setup.use_goal(Goal.PHOTOS)
    assert setup.form.values()["data"] == str(photos)


def test_that_a_preset_tells_its_goal():
    assert goal_of("shapes", "shapes") == Goal.SAMPLES
    assert goal_of("cifar10", "cifar10") == Goal.CIFAR10
    assert goal_of("imagenet-2012", "imagenet") == Goal.IMAGENET
    assert goal_of("cifar10", "/my/photos") == Goal.PHOTOS


def test_that_counts_come_before_every_image_was_decoded(photos):
    found = [each for each in reading(str(photos)) if isinstance(each, ReadData)]
    assert [each.whole for each in found] == [False, True]
    assert words.question(found[0].found).startswith("Train on these 2 classes")


def test_that_samples_are_what_the_network_sees(photos):
    from alexnet_app.core.data.feed.preview import sampled
    from alexnet_app.core.data.sources.addresses import open_source
    from alexnet_app.core.generators import result_of

    config = load_config("finetune")
    spec = config.spec()
    assert isinstance(spec, NetworkSpec)
    source = open_source(str(photos))
    first = result_of(sampled(source, spec, config.augmentation, 1, 0))
    again = result_of(sampled(source, spec, config.augmentation, 1, 0))
    assert len(first) == 8
    assert {each.picture.shape for each in first} == {(spec.input_size, spec.input_size, 3)}
    assert all(np.array_equal(one.picture, other.picture) for one, other in zip(first, again, strict=True))
    assert {each.name for each in first} == {"ants", "bees"}


def test_that_a_double_click_opens_the_image_of_a_sample(window, qtbot, photos, monkeypatch):
    opened = []
    monkeypatch.setattr("alexnet_app.ui.data.panel.QDesktopServices.openUrl", lambda url: opened.append(url))
    window.open_paths([str(photos)], dropped=True)
    page = read(qtbot, window)
    page.strip.itemActivated.emit(page.strip.item(0))
    assert opened
    assert opened[0].scheme() == QUrl.fromLocalFile("/x").scheme()


def test_that_a_folder_chosen_for_imagenet_is_that_of_imagenet(window, photos):
    setup = window.tabs.train.setup
    setup.use_goal(Goal.IMAGENET)
    setup.estimate_anew()
    room = pane(window)
    assert room.page.title.text() == "ImageNet is not chosen yet"
    room.chosen.emit(str(photos))
    assert setup.form.preset() == "imagenet-2012"
    assert setup.form.values()["data"] == str(photos)


def test_that_a_data_set_with_a_name_does_not_keep_the_settings_of_photos(window, photos):
    setup = window.tabs.train.setup
    setup.use_photos(str(photos))
    setup.form.row("data").editor.take("cifar10")
    assert setup.form.preset() == "cifar-towers"
    assert setup.form.values()["data"] == "cifar10"


def test_that_the_count_of_a_folder_that_is_being_listed_grows_on_the_page(window, qtbot, photos, monkeypatch):
    monkeypatch.setattr(pace, "PERIOD", 0.0)
    monkeypatch.setattr(tree, "AT_ONCE", 10)
    said = []
    monkeypatch.setattr(type(pane(window).page), "show_progress", lambda _, text, share: said.append((text, share)))
    window.open_paths([str(photos)], dropped=True)
    read(qtbot, window)
    assert ("listing the files", None) in said
    assert ("listing the files, 48", None) in said
