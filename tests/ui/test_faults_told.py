"""What the window says of images that are gone, a full disk and a full memory, and when that is over."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from alexnet_app.core.events import MemoryShort, Notice, Progress, Resumed, RunEnded, StepsDone, Task, Warned
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Halve
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.train import run_end
from alexnet_app.ui.train.jobs import Now, RunOpened
from alexnet_app.ui.train.live_run import LiveRun
from alexnet_app.ui.train.run_control import RunControl
from alexnet_app.ui.warnings import Warnings, warning

GONE = Warned(Notice.DATA_GONE, "train.rgb", text="Input/output error")
FULL = Warned(Notice.DISK_FULL, "a run")


@pytest.fixture
def banner(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    return banner


def test_that_images_that_are_back_are_told_instead_of_those_that_are_gone(banner):
    warnings = Warnings(banner)
    warnings.tell(GONE)
    assert banner.is_error()
    assert "waits" in banner.text()
    back = Warned(Notice.DATA_BACK, "train.rgb", count=180)
    warnings.tell(back)
    assert not banner.is_error()
    assert banner.text() == warning(back)
    assert "after 3 min" in banner.text()


def test_that_another_error_that_nobody_has_read_stays(banner):
    warnings = Warnings(banner)
    warnings.tell(FULL)
    banner.show_error("Something else.")
    saved = Warned(Notice.SAVED_AGAIN, "a run", count=3)
    warnings.tell(saved)
    assert banner.is_error()
    assert banner.text() == f"Something else.\n{warning(saved)}"


def test_that_a_full_memory_is_a_question_with_the_answer_as_a_button(banner, qtbot):
    agreed = []
    run_end.tell_memory(banner, MemoryShort(128, 64, asked=True), lambda: agreed.append(1))
    assert "not enough memory for 128 images per forward pass" in banner.text()
    button = next(each for each in banner.findChildren(QPushButton) if each.text() == "Continue with 64")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert agreed == [1]
    run_end.tell_memory(banner, MemoryShort(128, 64), lambda: agreed.append(2))
    assert not banner.is_error()
    assert "continues with 64" in banner.text()


def test_that_a_run_that_waits_says_for_how_long(qtbot):
    live = LiveRun([])
    qtbot.addWidget(live)
    live.begin(variant("shapes-towers"), 8, live=True)
    for event in (Resumed(3, 0, 0, 7, 10), StepsDone(3, (1.0,), 0.1, 10.0), GONE):
        live.show_event(event)
    live.show_event(Progress(Task.WAIT, 180, 0, "seconds"))
    assert live._where() == "waiting for 3 min in epoch 1 of 7 · step 4"


def test_that_a_run_that_cannot_be_saved_can_be_stopped_once_more(jobs, qtbot, tmp_path):
    asked, stuck = [], []

    def work(inbox):
        yield RunOpened(tmp_path, None)
        yield Now()
        yield Resumed(3, 0, 0, 7, 10)
        asked.append(inbox.get(timeout=60))
        yield Warned(Notice.WAITS_TO_SAVE, "a run")
        asked.append(inbox.get(timeout=60))
        asked.append(inbox.get(timeout=60))
        yield RunEnded("stopped", 4, 0)

    control = RunControl(jobs)
    control.stuck.connect(lambda: stuck.append(control.stop_action.isEnabled()))
    control.start(work, trains=True)
    qtbot.waitUntil(lambda: control.pause_action.isEnabled(), timeout=60_000)
    control.stop()
    assert not control.stop_action.isEnabled()
    qtbot.waitUntil(lambda: bool(stuck), timeout=60_000)
    assert control.stop_action.isEnabled()
    control.halve()
    control.stop()
    qtbot.waitUntil(lambda: not control.is_on(), timeout=60_000)
    assert isinstance(asked[1], Halve)


def test_that_a_run_that_was_stopped_unsaved_says_so(banner, tmp_path):
    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\ndata = "shapes"\n')
    run_end.tell(banner, RunEnded("stopped", 4, 0, "the steps since …"), None, run, print, print)
    assert "could not be saved" in banner.text()
    run_end.tell(banner, RunEnded("stopped", 4, 0), None, run, print, print)
    assert "Stopped and saved in" in banner.text()
