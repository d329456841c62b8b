"""The window as a whole: what is opened and dropped, how it is left, what it remembers, what goes wrong."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QByteArray, QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsView, QLineEdit, QMessageBox, QPushButton

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, RunEnded, RunStarted, StepsDone
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.ui import main_window, theme
from alexnet_app.ui.dropped import Given, told_apart
from alexnet_app.ui.job import Failure
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.theme import Appearance

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Two folders of pictures, a class each, and a model."""
    folder = tmp_path_factory.mktemp("files")
    chance = np.random.default_rng(0)
    for name, level in (("dark", 110), ("light", 150)):
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(20):
            pixels = chance.normal(level, 60, (40, 40, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / name / f"{number}.png")
    network = AlexNet(variant("shapes-towers", classes=2))
    network.initialize(torch.Generator().manual_seed(1))
    bundle = Bundle(network.spec, ("dark", "light"), torch.zeros(3, 1, 1), plain_weights(network), {})
    write_bundle(folder / "some.alexnet", bundle)
    return folder


@pytest.fixture
def pictures(files):
    return [str(files / "pictures" / "dark" / f"{number}.png") for number in range(3)]


@pytest.fixture
def model(files):
    return str(files / "some.alexnet")


@pytest.fixture
def run(tmp_path):
    run = Run.create(tmp_path / "shapes-1", 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n')
    with holding(run) as log:
        log.append(RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1))
        log.append(StepsDone(0, (2.0, 1.5), 0.01, 100.0))
        log.append(EpochDone(3, 2, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
        log.append(RunEnded("stopped", 2, 3))
    return str(run.folder)


@pytest.fixture
def training(window, files, qtbot):
    """The window while it trains a run that would take very long."""
    values = {"data": str(files / "pictures"), "epochs": 10_000, "batch_size": 8, "learning_rate": 0.001}
    window.tabs.train.setup.form.set_values(values)
    window.tabs.train.start()
    qtbot.waitUntil(lambda: window.tabs.train._live.state.step > 0, timeout=LONG)
    return window


def answered(window, qtbot, count):
    qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) == count, timeout=LONG)


def filters_shown(window, qtbot, model):
    qtbot.waitUntil(
        lambda: window.tabs.filters.view() is not None and window.tabs.filters.view().path == model, timeout=LONG
    )


def shown(window):
    return window.tabs.tabText(window.tabs.currentIndex())


def test_that_opened_pictures_are_classified(window, qtbot, pictures):
    window.open_paths(pictures)
    assert shown(window) == "Classify"
    qtbot.waitUntil(lambda: window.tabs.classify.list.pictures.total() == 3, timeout=LONG)


def test_that_an_opened_model_is_the_model_everywhere(window, qtbot, model, pictures):
    window.open_paths([model, *pictures])
    assert shown(window) == "Classify"
    assert window.tabs.classify.chooser.path() == window.tabs.filters.bar.chooser.path() == model
    answered(window, qtbot, 3)


@SLOW
@pytest.mark.parametrize("where", ["Classify", "Filters"])
def test_that_a_damaged_model_leaves_the_one_before_everywhere(window, qtbot, model, pictures, tmp_path, where):
    torn = tmp_path / "torn.alexnet"
    torn.write_bytes(Path(model).read_bytes()[:5000])
    window.open_paths([model, *pictures])
    answered(window, qtbot, 3)
    window.tabs.setCurrentWidget(window.tabs.filters)
    filters_shown(window, qtbot, model)
    panel = window.tabs.filters if where == "Filters" else window.tabs.classify
    window.tabs.setCurrentWidget(panel)
    window.open_paths([str(torn)])
    qtbot.waitUntil(lambda: "truncated or damaged" in panel.banner.text(), timeout=LONG)
    qtbot.waitUntil(lambda: not window._jobs.running(), timeout=LONG)
    assert "truncated or damaged" in panel.banner.text()
    assert window.tabs.classify.chooser.path() == window.tabs.filters.bar.chooser.path() == model
    assert len(window.tabs.classify.answering.album.answered()) == 3
    window.tabs.setCurrentWidget(window.tabs.filters)
    assert window.tabs.filters.view().path == model


def test_that_a_folder_one_may_not_enter_does_not_lose_the_rest(window, qtbot, model, pictures, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.mkdir()
    is_file = Path.is_file

    def refused(path, **how):
        if path.parent == secret:
            raise PermissionError(13, "Permission denied")
        return is_file(path, **how)

    monkeypatch.setattr(Path, "is_file", refused)
    window.open_paths([model, str(secret), *pictures])
    answered(window, qtbot, 4)
    (skipped,) = window.tabs.classify.answering.album.skipped()
    assert skipped.path == str(secret)
    assert skipped.reason
    assert len(window.tabs.classify.answering.album.answered()) == 3


def test_that_no_picture_is_looked_at_to_tell_it_from_a_run(monkeypatch, run, tmp_path):
    looked, is_file = [], Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path, **how: looked.append(path) or is_file(path, **how))
    pictures, others = (
        ["/a/1.png", "/a/2.JPG", "https://example.org/cat"],
        ["/a/m.alexnet", "/a/w.onnx", run, "/a/r.zip"],
    )
    found = told_apart([*pictures, *others, str(tmp_path)])
    assert found == Given(*((each,) for each in others), (*pictures, str(tmp_path)))
    assert looked == [Path(run) / "config.toml", tmp_path / "config.toml"]


def test_that_a_model_that_is_opened_while_filters_are_looked_at_shows_its_filters(window, qtbot, model):
    window.tabs.setCurrentWidget(window.tabs.filters)
    window.open_paths([model])
    assert shown(window) == "Filters"
    filters_shown(window, qtbot, model)


def test_that_an_opened_run_is_shown(window, qtbot, run):
    window.tabs.setCurrentWidget(window.tabs.filters)
    window.open_paths([run])
    assert shown(window) == "Train"
    qtbot.waitUntil(lambda: window.tabs.train._folder == Path(run), timeout=LONG)


def test_that_the_title_says_what_goes_on(window, qtbot, run):
    assert window.windowTitle() == "AlexNet App"
    window.open_paths([run])
    said = "shapes-towers · stopped"
    qtbot.waitUntil(lambda: window._headline.text() == said, timeout=LONG)
    assert window.windowTitle() == f"{said} – AlexNet App"


def test_that_the_headline_stands_on_the_line_of_the_tabs(window):
    window._headline.setText("shapes-towers")
    QTest.qWait(1)
    bar = window.tabs.tabBar()
    tabs = bar.mapTo(window, bar.rect().center()).y()
    assert abs(window._headline.mapTo(window, window._headline.rect().center()).y() - tabs) <= 1


def dragged(paths):
    mime = QMimeData()
    mime.setUrls([QUrl(path) if "://" in path else QUrl.fromLocalFile(path) for path in paths])
    return mime


def place_of(child):
    return QPointF(child.rect().center())


def send_enter(target, mime):
    """As Qt does it: to the widget under the mouse, then to what it lies in, until one accepts; that one."""
    while target is not None:
        event = QDragEnterEvent(place_of(target).toPoint(), Qt.DropAction.CopyAction, mime, LEFT, NO_KEYS)
        event.ignore()
        if target.acceptDrops():
            QApplication.sendEvent(target, event)
            if event.isAccepted():
                return target
        target = target.parentWidget() if not target.isWindow() else None
    return None


def drop(target, paths):
    mime = dragged(paths)
    taker = send_enter(target, mime)
    assert taker is not None, "nobody takes it"
    QApplication.sendEvent(taker, QDropEvent(place_of(taker), Qt.DropAction.CopyAction, mime, LEFT, NO_KEYS))


def line_edit(window):
    return window.tabs.train.setup.form.row("learning_rate").editor


@SLOW
@pytest.mark.parametrize("where", ["window", "tabs", "a line edit", "the curves", "past runs", "thumbnails", "empty"])
def test_that_pictures_can_be_dropped_anywhere(window, qtbot, pictures, run, where):
    window.open_paths([run])
    qtbot.waitUntil(lambda: window.tabs.train._folder == Path(run), timeout=LONG)
    target = {
        "window": lambda: window,
        "tabs": lambda: window.tabs.tabBar(),
        "a line edit": lambda: window.tabs.train.setup.findChild(QLineEdit),
        "the curves": lambda: window.tabs.train._live.curves.findChild(QGraphicsView).viewport(),
        "past runs": lambda: window.tabs.train.past.list.table.viewport(),
        "thumbnails": lambda: window.tabs.classify.list.viewport(),
        "empty": lambda: window.tabs.classify.area,
    }[where]()
    drop(target, pictures)
    assert shown(window) == "Classify"
    qtbot.waitUntil(lambda: window.tabs.classify.list.pictures.total() == 3, timeout=LONG)


def test_that_a_folder_dropped_on_the_data_is_the_data(window, files):
    row = window.tabs.train.setup.form.row("data")
    drop(row.editor, [str(files / "pictures")])
    assert row.value() == str(files / "pictures")
    assert shown(window) == "Train"


def test_that_the_veil_is_there_while_files_are_over_the_window(window, pictures):
    mime = dragged(pictures)
    send_enter(window, mime)
    assert window._overlay.isVisible()
    assert window._overlay.rect().size() == window.tabs.size()
    assert window._overlay.words() == "Drop to classify"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window._overlay.isVisible()
    drop(window, pictures)
    assert not window._overlay.isVisible()


@pytest.mark.parametrize(
    ("room", "given", "words"),
    [
        ("train", "pictures", "Drop to train on this folder"),
        ("classify", "pictures", "Drop to classify, or to train on it"),
        ("train", "model.alexnet", "Drop to use this model"),
        ("train", "run", "Drop to open this run"),
    ],
)
def test_that_the_veil_says_what_a_drop_does(window, files, room, given, words):
    window.tabs.setCurrentWidget(getattr(window.tabs, room))
    (files / "run").mkdir(exist_ok=True)
    (files / "run" / "config.toml").touch()
    send_enter(window, dragged([str(files / given)]))
    assert window._overlay.words() == words
    QApplication.sendEvent(window, QDragLeaveEvent())


def test_that_text_is_not_taken(window):
    mime = QMimeData()
    mime.setText("some words")
    assert send_enter(window, mime) is None
    assert not window._overlay.isVisible()


def test_that_a_dropped_web_address_is_asked_about(window, qtbot):
    drop(window, ["https://example.org/cat.png"])
    assert window.tabs.classify.links.bar.isVisible()
    assert window.tabs.classify.links.bar.text().endswith("Fetch the picture from example.org?")
    assert shown(window) == "Classify"


def test_that_what_is_pasted_elsewhere_is_seen(window, qtbot):
    picture = QImage(40, 40, QImage.Format.Format_RGB888)
    picture.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(picture)
    window.tabs.setFocus()
    QTest.keyClick(window.tabs, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert shown(window) == "Classify"
    qtbot.waitUntil(lambda: window.tabs.classify.list.pictures.total() == 1, timeout=LONG)
    QGuiApplication.clipboard().clear()


def test_that_each_task_has_a_key(window):
    for key, title in ((Qt.Key.Key_2, "Classify"), (Qt.Key.Key_3, "Filters"), (Qt.Key.Key_1, "Train")):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert shown(window) == title


def press(box, text):
    button = next(each for each in box.findChildren(QPushButton) if each.text() == text)
    QTest.mouseClick(button, LEFT)


def questions(window):
    return [each for each in window.findChildren(QMessageBox) if each.isVisible()]


def test_that_closing_an_idle_window_ends(window, qtbot):
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.close()
    assert not window.isVisible()
    assert not window._jobs.running()


def test_that_closing_while_it_trains_asks_once_and_goes_on_when_told_to(training, qtbot):
    training.close()
    training.close()
    (box,) = questions(training)
    press(box, "Stay")
    assert training.isVisible()
    assert not questions(training)
    step = training.tabs.train._live.state.step
    qtbot.waitUntil(lambda: training.tabs.train._live.state.step > step, timeout=LONG)
    training.close()
    assert questions(training), "it asks anew"
    QTest.keyClick(questions(training)[0], Qt.Key.Key_Escape)
    assert training.tabs.train.is_training()


def test_that_a_question_is_wide_enough_for_its_title(training, qtbot):
    training.close()
    (box,) = questions(training)
    title = box.fontMetrics().horizontalAdvance(box.windowTitle())
    assert box.width() >= title + 200, "the frame has buttons and a picture of its own"
    press(box, "Stay")


def the_run(home):
    (folder,) = (home / "AlexNet" / "runs").iterdir()
    return Run(folder)


def test_that_stop_and_save_stops_saves_and_ends(training, qtbot, home):
    training.close()
    (box,) = questions(training)
    with qtbot.waitSignal(training.left, timeout=LONG):
        press(box, "Stop and save")
    assert not training.isVisible()
    assert the_run(home).ended().reason == "stopped"
    assert the_run(home).resume_file.is_file()


def test_that_the_question_goes_when_the_run_ends_first(training, qtbot):
    training.close()
    training.tabs.train.control.stop()
    qtbot.waitUntil(lambda: not training.tabs.train.is_training(), timeout=LONG)
    assert not questions(training)
    assert training.isVisible()


def test_that_the_end_of_the_session_saves_without_a_question(training, qtbot, home):
    training.close()
    with qtbot.waitSignal(training.left, timeout=LONG):
        training.leave_now()
    assert not questions(training)
    assert the_run(home).ended().reason == "stopped"


def test_that_a_failure_to_save_brings_the_window_back(training, qtbot, monkeypatch):
    def full(*_, **__):
        raise UserError("there is no space left in {folder}", "free some space", folder="runs")

    training.tabs.setCurrentWidget(training.tabs.filters)
    monkeypatch.setattr("alexnet_app.core.training.train.Trainer.save", full)
    training.close()
    press(questions(training)[0], "Stop and save")
    qtbot.waitUntil(lambda: training.isVisible() and not training._jobs.running(), timeout=LONG)
    assert shown(training) == "Train"
    assert "no space left" in training.tabs.train.banner.text()
    with qtbot.waitSignal(training.left, timeout=LONG):
        training.close()


def test_that_the_window_is_where_it_was(open_window, qtbot):
    first = open_window()
    first.resize(1024, 711)
    first.tabs.train.split.setSizes([360, 600])
    first.tabs.setCurrentIndex(2)
    sizes = first.tabs.train.split.sizes()
    with qtbot.waitSignal(first.left, timeout=LONG):
        first.close()
    second = open_window()
    assert second.size().toTuple() == (1024, 711)
    assert shown(second) == "Filters"
    second.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: second.tabs.train.split.sizes() == sizes, timeout=LONG)


def test_that_broken_memories_do_no_harm(open_window, home):
    kept = QSettings("AlexNet App", "window")
    kept.setValue("window/tab", "abc")
    kept.setValue("window/appearance", "purple")
    for name in ("geometry", "train", "curves", "filters", "classify split"):
        kept.setValue(f"window/{name}", QByteArray(b"\x01\xd9\xd0\xcb garbage"))
    kept.setValue("folders/runs", "/nowhere/at/all")
    kept.sync()
    window = open_window()
    assert shown(window) == "Train"
    assert window.width() >= 1024
    assert min(window.tabs.train.split.sizes()) > 0


def test_that_errors_nobody_caught_are_told_where_the_person_looks(qtbot, open_window, monkeypatch):
    told = Uncaught()
    window = open_window(told)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # pytest's own would fail the test
    told.install()
    try:
        for panel in (window.tabs.filters, window.tabs.train):
            window.tabs.setCurrentWidget(panel)
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
            qtbot.waitUntil(lambda panel=panel: "ZeroDivisionError" in panel.banner.text(), timeout=LONG)
            panel.banner.hide()
    finally:
        told.remove()


def test_that_torch_that_cannot_be_loaded_is_told(open_window, qtbot, monkeypatch):
    def broken():
        raise ImportError("libtorch_cpu.so: cannot open shared object file")
        yield

    monkeypatch.setattr(main_window, "warming", broken)
    window = open_window()
    assert "libtorch_cpu.so" in window.tabs.train.banner.text()
    assert window.isVisible()


def test_that_a_failure_while_nobody_leaves_leaves_the_window_alone(window):
    window.tabs.setCurrentWidget(window.tabs.filters)
    window.tabs.train.control.failed.emit(Failure(UserError("it broke"), ""))
    assert shown(window) == "Filters"
    assert window.tabs.train.banner.isVisibleTo(window.tabs.train)


def choose(window, text):
    action = next(each for each in window._menus._view.findChildren(type(window._menus.quit)) if each.text() == text)
    action.trigger()


def test_that_light_and_dark_can_be_chosen_and_are_remembered(open_window, qtbot, qapp):
    first = open_window()
    choose(first, "Dark")
    qtbot.waitUntil(lambda: theme.is_dark(first.tabs.train.setup.palette()), timeout=LONG)
    with qtbot.waitSignal(first.left, timeout=LONG):
        first.close()
    theme.appear(qapp, Appearance.SYSTEM)
    second = open_window()
    qtbot.waitUntil(lambda: theme.is_dark(second.palette()), timeout=LONG)
    choose(second, "Light")
    qtbot.waitUntil(lambda: not theme.is_dark(second.palette()), timeout=LONG)
    choose(second, "Follow the system")
    qtbot.wait(1)
    assert not theme.is_dark(second.palette()), "a system that knows no scheme is light"
