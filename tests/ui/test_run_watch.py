"""The list of past runs follows its folder: runs of other processes come, are trained, end and go."""

import shutil

import pytest

from alexnet_app.core.events import RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel

LONG = 60_000
STARTED = RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1)


@pytest.fixture
def panel(qtbot, home):
    jobs = Jobs()
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.show()
    panel.warm_up([("auto", "CPU"), ("cpu", "CPU")])
    panel.past.watch._timer.setInterval(50)
    panel.past.look_again()
    qtbot.waitUntil(lambda: not panel.past._looking, timeout=LONG)
    panel.side.setCurrentWidget(panel.past)
    yield panel
    panel.past.watch.stop()
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


def detail(panel, folder):
    row = panel.past.list.row(str(folder))
    return "" if row is None else row.detail


def test_that_a_run_of_another_process_comes_is_opened_live_ends_and_goes(panel, qtbot):
    run = Run.create(
        panel.setup.runs.folder() / "elsewhere", 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n'
    )
    with holding(run) as log:
        log.append(STARTED)
        log.append(RunEnded("stopped", 0, 0))  # of before: a resume that still prepares has said nothing yet
        log.flush()
        qtbot.waitUntil(lambda: "in progress in another process" in detail(panel, run.folder), timeout=LONG)
        panel.open_run(str(run.folder))
        qtbot.waitUntil(lambda: panel._folder == run.folder and panel._live.state.epochs == 7, timeout=LONG)
        log.append(StepsDone(0, (2.0, 1.5), 0.01, 100.0))
        log.flush()
        qtbot.waitUntil(lambda: panel._live.state.step == 2, timeout=LONG)
        log.append(RunEnded("stopped", 2, 0))
    qtbot.waitUntil(lambda: detail(panel, run.folder).startswith("stopped"), timeout=LONG)
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    shutil.rmtree(run.folder)
    qtbot.waitUntil(lambda: not detail(panel, run.folder), timeout=LONG)


def test_that_f5_looks_again_and_nothing_is_looked_at_while_the_list_is_hidden(panel, qtbot):
    assert panel.past.watch._timer.isActive()
    panel.side.setCurrentWidget(panel.setup)
    assert not panel.past.watch._timer.isActive()
    assert panel.past.list.refresh_action.shortcut().toString() == "F5"
    run = Run.create(panel.setup.runs.folder() / "new", 'network = "shapes-towers"\ndata = "shapes"\n')
    panel.past.list.refresh_action.trigger()
    qtbot.waitUntil(lambda: bool(detail(panel, run.folder)), timeout=LONG)
