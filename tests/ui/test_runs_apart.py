"""Runs that are always trained in the background, as the window shows and steers them."""

import sys

import pytest
from PySide6.QtWidgets import QLabel

from alexnet_app.commands.detaching import go_on_detached
from alexnet_app.core.events import Ending, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs import background
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.listing import run_folders
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.ui.remembering import keep, of_train, restore
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train import apart

LONG = 60_000
CHILD = """
import sys, time
from pathlib import Path
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.events import *
from alexnet_app.core.steering import Stop
run = Run(Path(sys.argv[4]))
with holding(run) as log:
    inbox = Inbox(run)
    if sys.argv[1] == "refuse":
        print("there is no room for it")
        sys.exit(2)
    log.append(RunStarted("shapes-towers", "shapes", 471_690, 80, 10, 10, 5, 2, "cpu", "fp32", 1))
    log.append(StepsDone(0, (2.0,), 0.01, 100.0))
    log.flush()
    while not any(isinstance(each, Stop) for each in inbox.wait()):
        pass
    log.append(RunEnded(Ending.STOPPED, 1, 0))
"""


@pytest.fixture
def panel(qtbot, jobs, home):
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.show()
    panel.warm_up([("auto", "CPU, 2 threads"), ("cpu", "CPU, 2 threads")])
    panel.setup.background.always.setChecked(True)
    yield panel
    for child in panel._apart.children:
        child.wait(LONG / 1000)


@pytest.fixture
def child(monkeypatch):
    """Puts a process in the place of the one that trains; tells with which words it was asked for."""
    asked = []

    def use(how):
        def start(run, options=(), *, low_priority=False):
            asked.append((run, list(options), low_priority))
            return go_on_detached(run, options, low_priority=low_priority)

        monkeypatch.setattr(background, "this_program", lambda: [sys.executable, "-c", CHILD, how])
        monkeypatch.setattr(apart, "go_on_detached", start)
        return asked

    return use


def over(qtbot, panel):
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)


def runs(home):
    return run_folders(home / "AlexNet" / "runs")


def test_that_a_start_has_a_process_of_its_own_that_is_steered_here(panel, child, qtbot, home):
    asked = child("train")
    panel.setup.background.low.setChecked(True)
    panel.start_action.trigger()
    qtbot.waitUntil(lambda: panel._live is not None and panel._live.state.step > 0, timeout=LONG)
    assert not panel.is_training(), "closing the window asks nothing"
    assert panel.control.is_apart()
    assert asked == [(asked[0][0], [], True)]
    assert panel.control.pause_action.isEnabled()
    assert panel.test.action.isEnabled()
    panel.control.stop_action.trigger()
    over(qtbot, panel)
    (run,) = runs(home)
    assert run.ended().reason == Ending.STOPPED
    assert "Stopped and saved" in panel.banner.text()
    assert not any(isinstance(event, RunEnded) for event in run.events()[:-1])


def test_that_the_window_that_looks_away_leaves_the_run_alone(panel, child, qtbot, home):
    child("train")
    panel.start_action.trigger()
    qtbot.waitUntil(lambda: panel._live is not None and panel._live.state.step > 0, timeout=LONG)
    panel.leave()
    over(qtbot, panel)
    (run,) = runs(home)
    assert run.is_being_written()
    assert any(isinstance(event, RunStarted) for event in run.events())
    run.ask(Stop())


def test_that_a_process_that_cannot_train_is_told_and_leaves_nothing(panel, child, qtbot, home):
    child("refuse")
    panel.start_action.trigger()
    over(qtbot, panel)
    assert "there is no room for it" in panel.banner.text()
    assert runs(home) == []


def test_that_a_run_that_continues_does_so_there_too_and_its_old_end_is_no_news(panel, child, qtbot, tmp_path):
    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\ndata = "shapes"\n')
    with holding(run) as log:
        log.append(StepsDone(0, (2.0,), 0.01, 100.0))
        log.append(RunEnded(Ending.STOPPED, 1, 0))
    asked = child("train")
    panel.resume(str(run.folder), epochs=7, rate=0.5, data="shapes")
    qtbot.waitUntil(lambda: panel.control.pause_action.isEnabled(), timeout=LONG)
    assert asked[0][1] == ["--set", "epochs=7", "--set", "learning_rate=0.5", "--data", "shapes"]
    assert panel._end is None
    panel.control.stop_action.trigger()
    over(qtbot, panel)


def test_that_both_checks_are_remembered_and_the_second_needs_the_first(panel, jobs, qtbot):
    row = panel.setup.background
    row.low.setChecked(True)
    settings = Settings()
    keep(settings, of_train(panel.setup))
    row.always.setChecked(False)
    assert not row.is_low()
    assert "Only a run in the background" in row.low.toolTip()
    restore(settings, of_train(panel.setup))
    assert row.is_on()
    assert row.is_low()


def test_that_the_window_trains_itself_by_default(qtbot, jobs, home):
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    assert not panel.setup.background.is_on()
    assert [each.text() for each in panel.setup.background.findChildren(QLabel)] == []
