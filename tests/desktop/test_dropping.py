"""Pictures and folders are dragged out of a file manager, onto the window and onto the launcher."""

import csv
import shutil

import pytest
from screen import ROOT, FileManager, wait_for

from alexnet_app.core.events import StepsDone
from alexnet_app.core.runs.run import Run

SLOW = pytest.mark.whole("alexnet_app/ui")

pytestmark = pytest.mark.timeout(280)
SAMPLES = ROOT / "resources" / "samples"
LAUNCHER = ROOT / "packaging" / "linux"


def some_pictures(folder, count):
    folder.mkdir(parents=True)
    for each in sorted(SAMPLES.iterdir())[:count]:
        shutil.copy(each, folder)
    return folder


@pytest.fixture
def app(screen, program):
    started = program()
    screen.place("AlexNet App", 300, 0, 1280, 800)
    started.wait("window._headline.text() == ''")
    return started


def answered(app, count):
    app.wait("window.tabs.currentWidget() is window.tabs.classify")
    app.wait(f"len(window.tabs.classify.answering.album.known()) == {count}")


def test_that_one_picture_is_dropped_on_the_window(screen, app):
    files = FileManager(screen, some_pictures(screen.home / "one", 1))
    screen.drag(files.first(), app.middle())
    answered(app, 1)


@SLOW
def test_that_five_pictures_are_dropped_on_the_window(screen, app):
    files = FileManager(screen, some_pictures(screen.home / "five", 5))
    files.select_all()
    screen.drag(files.first(), app.middle())
    answered(app, 5)


@SLOW
def test_that_a_folder_dropped_on_classify_is_answered(screen, app):
    some_pictures(screen.home / "outer" / "inner", 7)
    screen.key("ctrl+2")
    app.wait("window.tabs.currentWidget() is window.tabs.classify")
    files = FileManager(screen, screen.home / "outer")
    screen.drag(files.first(), app.middle())
    answered(app, 7)


@SLOW
def test_that_a_folder_of_classes_dropped_on_train_is_asked_about(screen, app):
    for name in ("one", "two"):
        some_pictures(screen.home / "outer" / "photos" / name, 6)
    files = FileManager(screen, screen.home / "outer")
    screen.drag(files.first(), app.middle())
    app.wait("window.tabs.train.data._room.page.question.text().startswith('Train on these 2 classes (')")
    app.wait("window.tabs.currentWidget() is window.tabs.train and not window.tabs.train.is_training()")


@SLOW
def test_that_a_double_click_on_the_launcher_opens_the_window_and_it_trains(screen):
    files = FileManager(screen, LAUNCHER)
    screen.click(*files.first(), double=True)
    window = screen.window("AlexNet App")
    screen.output("wmctrl", "-i", "-a", window)
    wait_for(lambda: window_is_active(screen, window), "the window to be active")
    folder = screen.home / "AlexNet" / "runs"
    run = wait_for(lambda: started(screen, folder), "a run")
    wait_for(lambda: any(isinstance(event, StepsDone) for event in run.events()), "its first steps")
    screen.key("ctrl+period")
    ended = wait_for(run.ended, "its end")
    assert ended.reason == "stopped"
    screen.key("ctrl+q")
    wait_for(lambda: not screen.windows("AlexNet App"), "the window to close")


@SLOW
def test_that_a_picture_dropped_on_the_launcher_is_answered(screen, tmp_path):
    launcher = FileManager(screen, LAUNCHER)
    pictures = FileManager(screen, some_pictures(screen.home / "photos", 1), y=500)
    screen.drag(pictures.first(), launcher.first())
    window = screen.window("AlexNet App")
    table = tmp_path / "answers.csv"
    wait_for(lambda: exported(screen, window, table), "a table of answers", 90)
    (row,) = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    assert row["path"].endswith(".png")
    assert float(row["probability1"]) > 0
    screen.output("wmctrl", "-i", "-c", window)


def started(screen, folder):
    """Asks for a training with the keyboard, which a window that has just come up may not hear; the run, once it is."""
    screen.key("ctrl+Return")
    return wait_briefly(lambda: next((Run(each) for each in folder.glob("shapes-*")), None))


def exported(screen, window, table):
    """Asks for a table with the keyboard; whether it is there: before the answer there is nothing to export."""
    screen.output("wmctrl", "-i", "-a", window)
    screen.key("ctrl+e")
    dialogs = wait_briefly(lambda: [each for each in screen.windows("AlexNet App") if each != window])
    if dialogs:
        screen.key("ctrl+a")
        screen.type(str(table))
        screen.key("Return")
        wait_briefly(table.exists)
    return table.exists()


def wait_briefly(condition):
    try:
        return wait_for(condition, "", 3)
    except AssertionError:
        return None


def window_is_active(screen, window):
    return int(screen.output("xdotool", "getactivewindow") or 0) == int(window, 16)
