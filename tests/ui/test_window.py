"""The whole window: what is opened in it, what is dropped on it, how it is closed."""

import shutil
import sys

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Skipped, StepsDone
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.listing import sample_model
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.ui import main_window
from alexnet_app.ui.main_window import MainWindow
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.settings import Settings

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder per class, 20 small pictures each."""
    folder = tmp_path_factory.mktemp("pictures")
    chance = np.random.default_rng(0)
    for name, level in (("dark", 110), ("light", 150)):
        (folder / name).mkdir()
        for number in range(20):
            pixels = chance.normal(level, 60, (40, 40, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def window(qtbot, home):
    window = MainWindow(Settings(), Uncaught())
    window.show()
    qtbot.waitUntil(lambda: window.tabs.train._live is not None, timeout=LONG)
    yield window
    if not window._leaving:
        window.leave_now()
    qtbot.waitUntil(lambda: not window._jobs.running(), timeout=LONG)
    window.deleteLater()


def train(window, qtbot, pictures, **settings):
    window.tabs.train.setup.form.set_values(
        {"data": str(pictures), "epochs": 10_000, "batch_size": 8, "learning_rate": 0.001, "threads": 1, **settings}
    )
    window.tabs.train.start()
    qtbot.waitUntil(lambda: window.tabs.train._live.state.step > 0, timeout=LONG)


def runs(home):
    return [Run(each) for each in (home / "AlexNet" / "runs").iterdir()]


def drop(widget, *urls):
    """A real drop on ``widget``; whether it was taken."""
    mime = QMimeData()
    mime.setUrls(list(urls))
    actions, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), actions, mime, left, none)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), actions, mime, left, none))
    return enter.isAccepted()


def local(path):
    return QUrl.fromLocalFile(str(path))


def test_that_pictures_are_answered_wherever_they_are_given(window, qtbot, pictures):
    assert drop(window, local(pictures / "dark" / "0.png"), local(pictures / "light"))
    assert window.tabs.currentWidget() is window.tabs.classify
    qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) == 21, timeout=LONG)


def test_that_a_path_that_is_not_there_is_told_and_the_others_are_answered(window, qtbot, pictures):
    window.open_paths([str(pictures / "dark" / "0.png"), str(pictures / "missing.jpg")])
    qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) == 2, timeout=LONG)
    answered, skipped = sorted(window.tabs.classify.answering.album.known(), key=lambda each: type(each).__name__)
    assert isinstance(answered, Answered)
    assert isinstance(skipped, Skipped)
    assert skipped.path.endswith("missing.jpg")


def test_that_a_model_that_is_opened_is_used_by_both_panels(window, qtbot, tmp_path):
    path = tmp_path / "mine.alexnet"
    shutil.copy(sample_model(), path)
    window.open_paths([str(path)])
    assert window.tabs.currentWidget() is window.tabs.classify
    assert window.tabs.classify.chooser.path() == str(path)
    window.tabs.setCurrentWidget(window.tabs.filters)
    qtbot.waitUntil(lambda: window.tabs.filters.view() is not None, timeout=LONG)


def test_that_a_run_folder_opens_in_train(window, qtbot, tmp_path):
    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\ndata = "shapes"\n')
    window.tabs.setCurrentWidget(window.tabs.filters)
    window.open_paths([str(run.folder)])
    assert window.tabs.currentWidget() is window.tabs.train
    qtbot.waitUntil(lambda: window.tabs.train._folder == run.folder, timeout=LONG)


def test_that_an_address_that_is_not_of_the_web_is_told(window, qtbot):
    assert drop(window, QUrl("ftp://example.org/cat.jpg"))
    qtbot.waitUntil(lambda: window.tabs.classify.answering.album.skipped_count() == 1, timeout=LONG)


def test_that_no_child_keeps_a_drop_of_files_for_itself(window):
    takers = [each for each in window.findChildren(QWidget) if each.acceptDrops()]
    names = {type(each).__name__ for each in takers}
    assert names <= {"DataBox", "FormRow"}, names  # a folder dropped on the data is the data


def test_that_an_idle_window_closes_at_once(window, qtbot):
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.close()


def question(window):
    return next((each for each in window.findChildren(QMessageBox) if each.isVisible()), None)


def answer(qtbot, window, text):
    box = question(window)
    qtbot.mouseClick(
        next(each for each in box.buttons() if each.text().replace("&", "") == text), Qt.MouseButton.LeftButton
    )


@SLOW
def test_that_closing_while_it_trains_asks_and_can_be_taken_back(window, qtbot, pictures):
    train(window, qtbot, pictures)
    window.close()
    window.close()
    assert len([each for each in window.findChildren(QMessageBox) if each.isVisible()]) == 1
    answer(qtbot, window, "Stay")
    qtbot.waitUntil(lambda: question(window) is None)
    step = window.tabs.train._live.state.step
    qtbot.waitUntil(lambda: window.tabs.train._live.state.step > step, timeout=LONG)
    assert window.isVisible()


@SLOW
def test_that_stop_and_save_saves_before_it_leaves(window, qtbot, pictures, home):
    train(window, qtbot, pictures)
    window.close()
    with qtbot.waitSignal(window.left, timeout=LONG):
        answer(qtbot, window, "Stop and save")
    (run,) = runs(home)
    assert run.ended().reason == "stopped"
    assert run.resume_file.is_file()


@SLOW
def test_that_a_run_goes_on_without_its_window_and_the_next_one_shows_it(open_window, qtbot, pictures, home):
    window = open_window()
    train(window, qtbot, pictures)
    window.close()
    with qtbot.waitSignal(window.left, timeout=LONG):
        answer(qtbot, window, "Keep training in the background")
    (run,) = runs(home)
    assert run.is_being_written()
    assert not window.isVisible()
    try:
        last = run.events()[-1]
        other = open_window(warm=False)
        qtbot.waitUntil(lambda: other.tabs.train.folder() == run.folder, timeout=LONG)
        qtbot.waitUntil(lambda: other.tabs.train.control.stop_action.isEnabled(), timeout=LONG)
        assert not other.tabs.train.is_training(), "it is trained elsewhere"
        qtbot.waitUntil(lambda: run.events()[-1] != last, timeout=LONG)
        other.tabs.train.control.stop()
        qtbot.waitUntil(lambda: run.ended() is not None and not run.is_being_written(), timeout=LONG)
        assert run.ended().reason == "stopped"
    finally:
        if run.is_being_written():
            run.ask(Stop())
        window._outliving.processes[0].wait(60)


def test_that_a_run_that_cannot_go_on_alone_is_saved_and_said(window, qtbot, pictures, home, monkeypatch):
    program = "import sys; print('there is no room'); sys.exit(2)"
    monkeypatch.setattr("alexnet_app.core.runs.background.this_program", lambda: [sys.executable, "-c", program])
    train(window, qtbot, pictures)
    window.close()
    answer(qtbot, window, "Keep training in the background")
    qtbot.waitUntil(lambda: "there is no room" in window.tabs.train.banner.text(), timeout=LONG)
    assert window.isVisible()
    (run,) = runs(home)
    assert run.ended().reason == "stopped"


def test_that_before_the_first_step_a_run_cannot_go_on_alone(window, qtbot):
    assert window._outliving.why_not()
    assert not window._outliving.begin()


def interrupted(folder):
    run = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n')
    with holding(run) as log:
        log.append(StepsDone(0, (2.0,), 0.01, 100.0))
    run.resume_file.write_bytes(b"saved")
    return run


def test_that_an_interrupted_run_is_offered_once(open_window, qtbot, home):
    run = interrupted(home / "AlexNet" / "runs" / "mine")
    window = open_window()
    qtbot.waitUntil(lambda: "The run mine was interrupted" in window.tabs.train.banner.text(), timeout=LONG)
    banner = window.tabs.train.banner
    assert banner._action.text() == "Continue the interrupted run"
    banner._action.click()
    qtbot.waitUntil(lambda: "cannot be read as a checkpoint" in banner.text(), timeout=LONG)
    assert run.folder.is_dir()
    other = open_window()
    qtbot.waitUntil(lambda: bool(other.tabs.train.past.list.rows()), timeout=LONG)
    assert "was interrupted" not in other.tabs.train.banner.text()


def test_that_the_end_of_the_session_saves_without_a_question_also_while_paused(window, qtbot, pictures, home):
    train(window, qtbot, pictures)
    window.tabs.train.control.pause_action.trigger()
    qtbot.waitUntil(window.tabs.train.control.is_paused, timeout=LONG)
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.leave_now()
        window.leave_now()
    (run,) = runs(home)
    assert run.ended().reason == "stopped"


def test_that_a_window_whose_run_cannot_be_saved_stays(window, qtbot, pictures, monkeypatch):
    from alexnet_app.core.training.trainer import Trainer

    train(window, qtbot, pictures)

    def fail(self, **_):
        raise UserError("the disk is full")

    monkeypatch.setattr(Trainer, "save", fail)
    window.leave_now()
    qtbot.waitUntil(lambda: window.isVisible() and not window.tabs.train.is_training(), timeout=LONG)
    assert window.tabs.train.banner.text() == "The disk is full."
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.close()


def test_that_what_cannot_be_loaded_is_told_and_the_window_lives(qtbot, home, monkeypatch):
    def broken():
        raise ImportError("libtorch.so is broken")
        yield

    monkeypatch.setattr(main_window, "warming", broken)
    window = MainWindow(Settings(), Uncaught())
    window.show()
    qtbot.waitUntil(lambda: "libtorch.so is broken" in window.tabs.train.banner.text(), timeout=LONG)
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.close()
    window.deleteLater()


def test_that_the_tab_is_remembered_and_broken_memory_does_no_harm(qtbot, home):
    Settings().keep_text("tab", "abc")
    first = MainWindow(Settings(), Uncaught())
    assert first.tabs.currentIndex() == 0
    first.tabs.setCurrentWidget(first.tabs.filters)
    with qtbot.waitSignal(first.left, timeout=LONG):
        first.close()
    second = MainWindow(Settings(), Uncaught())
    assert second.tabs.currentWidget() is second.tabs.filters
    for each in (first, second):
        each.deleteLater()


def test_that_an_error_nobody_caught_is_told_where_the_person_looks(qtbot, home):
    uncaught = Uncaught()
    window = MainWindow(Settings(), uncaught)
    window.tabs.setCurrentWidget(window.tabs.filters)
    uncaught.told.emit("Internal error: it broke", "Traceback")
    assert window.tabs.filters.banner.text() == "Internal error: it broke"
    window.deleteLater()


def test_that_only_the_panel_that_is_seen_is_built_before_the_window_is_painted(qtbot, home):
    Settings().keep_text("tab", "2")
    window = MainWindow(Settings(), Uncaught())
    assert {"train", "classify", "filters", "inside", "paper"} & set(vars(window.tabs)) == {"filters"}
    assert window.tabs.currentWidget() is window.tabs.filters
    titles = [action.text() for action in window.menuBar().actions()]
    size = window.menuBar().sizeHint()
    window.complete()
    panels = [window.tabs.train, window.tabs.classify, window.tabs.filters, window.tabs.inside, window.tabs.paper]
    assert [window.tabs.widget(place) for place in range(window.tabs.count())] == panels
    assert window.tabs.currentWidget() is window.tabs.filters
    assert [action.text() for action in window.menuBar().actions()] == titles
    assert window.menuBar().sizeHint() == size
    assert all(action.menu().actions() for action in window.menuBar().actions())
    window.deleteLater()


def test_that_a_window_closed_before_it_is_complete_is_left(qtbot, home):
    window = MainWindow(Settings(), Uncaught())
    with qtbot.waitSignal(window.left, timeout=LONG):
        window.close()
    window.deleteLater()
