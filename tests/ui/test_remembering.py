"""What a person chose is there at the next start, panel by panel, and one command forgets it all."""

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMessageBox

from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.ui.settings import Settings

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000


@pytest.mark.skipif(os.name == "nt", reason="the registry keeps them there")
@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "folder"])
@pytest.mark.parametrize("name", ["AlexNet App/window.conf", "AlexNet App.conf"])
def test_that_settings_in_no_file_are_not_waited_for_and_stay_as_they_are(kind, name):
    own = Settings()
    base = Path(own._kept.fileName()).parent.parent
    path = base / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "folder":
        path.mkdir()
    else:  # as a device is waited for, or replaced
        os.mkfifo(base / "pipe" if "link" in kind else path)
    if "link" in kind:
        path.symlink_to(base / "pipe")
    settings = Settings()
    settings.keep_text("x", "y")
    settings._kept.sync()
    assert settings.text("x") == "y"
    assert not path.is_file()


@pytest.fixture
def opened(open_window, qtbot):
    """Opens windows that have listed the models, which a thread does."""

    def show():
        window = open_window()
        tabs = window.tabs
        qtbot.waitUntil(lambda: bool(tabs.classify.chooser.path() and tabs.filters.bar.chooser.path()), timeout=LONG)
        return window

    return show


def left(window, qtbot):
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.close()


def choose_all(window, folder, model):
    setup = window.tabs.train.setup
    setup.form.preset_chosen.emit("cifar10-13pct")
    setup.use_data(str(folder))
    curves = window.tabs.train.pages.run().curves
    curves.controls._slider.setValue(7)
    curves.log_action.setChecked(True)
    curves.marks_action.setChecked(False)
    curves.controls.set_wanted("silent")
    classify, filters = window.tabs.classify, window.tabs.filters
    classify.choose_model(str(model))
    classify.commands.ten_views.setChecked(True)
    classify.gallery.filter.setText("dog")
    filters.choose_model(str(model))
    filters.bar.wanted_layer, filters.bar.wanted_order, filters.bar.wanted_scale = "conv2", "colour", "common"
    window.tabs.paper.list.setCurrentRow(3)


def chosen(window):
    """What ``choose_all`` chooses, as the window has it."""
    form, curves = window.tabs.train.setup.form, window.tabs.train.pages.run().curves
    classify, filters = window.tabs.classify, window.tabs.filters
    return {
        "preset": form.preset(),
        "data": form.values()["data"],
        "smoothing": curves.controls._slider.value(),
        "logarithmic": curves.log_action.isChecked(),
        "markers": curves.marks_action.isChecked(),
        "third plot": curves.controls.wanted(),
        "model": classify.chooser.path(),
        "ten views": classify.commands.ten_views.isChecked(),
        "filter": classify.gallery.filter.text(),
        "filters model": filters.bar.chooser.path(),
        "filters bar": (filters.bar.wanted_layer, filters.bar.wanted_order, filters.bar.wanted_scale),
        "experiment": window.tabs.paper.list.name(),
    }


@pytest.fixture
def things(tmp_path):
    """A folder of images and a model of one's own."""
    folder, model = tmp_path / "my photos", tmp_path / "mine.alexnet"
    folder.mkdir()
    shutil.copy(next(each for each in bundled_models() if each.stem == "shapes-towers"), model)
    return folder, model


def test_that_what_was_chosen_is_there_at_the_next_start(opened, qtbot, things):
    first = opened()
    begun = chosen(first)
    choose_all(first, *things)
    wanted = chosen(first)
    assert all(wanted[name] != begun[name] for name in wanted), "every one of them is changed"
    left(first, qtbot)
    assert chosen(opened()) == wanted


def test_that_what_is_gone_is_not_chosen(opened, qtbot, things):
    folder, model = things
    first = opened()
    begun = chosen(first)
    choose_all(first, folder, model)
    left(first, qtbot)
    folder.rmdir()
    model.unlink()
    second = opened()
    found = chosen(second)
    assert found["model"] == begun["model"]
    assert found["data"] != str(folder)


def test_that_broken_memories_are_passed_over(open_window):
    kept = QSettings("AlexNet App", "window")
    for name in (
        "train preset",
        "train data",
        "curves smoothing",
        "filters order",
        "classify model",
        "paper experiment",
    ):
        kept.setValue(f"window/{name}", "\0nonsense")
    kept.sync()
    window = open_window()
    assert window.tabs.train.setup.form.preset() == "shapes"
    assert window.tabs.filters.bar.wanted_order == "learned"


def test_that_the_first_model_is_no_choice(opened, qtbot):
    first = opened()
    left(first, qtbot)
    assert Settings().text("classify model") == "", "a later version may come with another one"


@SLOW
def test_that_all_is_forgotten_when_the_person_agrees(opened, qtbot, things):
    first = opened()
    begun = chosen(first)
    choose_all(first, *things)
    left(first, qtbot)
    second = opened()
    second.resize(1111, 777)
    second._menus.forget.trigger()
    box = second.findChild(QMessageBox)
    box.no.click()
    assert Settings().text("train preset") == "cifar10-13pct"
    second._menus.forget.trigger()
    box = [each for each in second.findChildren(QMessageBox) if each.isVisible()][-1]
    box.yes.click()
    left(second, qtbot)
    third = opened()
    assert chosen(third) == begun
    assert third.size().toTuple() == (1280, 800)
    assert not QSettings("AlexNet App", "window").value("window/tab")
