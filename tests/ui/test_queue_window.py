"""The queue in the window: added to, put in order, trained, closed and taken up again."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Ending, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs import background
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.runs.listing import run_folders
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.waiting import Queue
from alexnet_app.core.steering import Stop
from alexnet_app.core.training import train
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train.queue_jobs import QueueSeen
from alexnet_app.ui.train.views.queue_view import QueueRow, QueueView
from alexnet_app.ui.train.views.several_dialog import SeveralDialog

LONG = 60_000
STEP = StepsDone(0, (2.0,), 0.01, 100.0)
# works through the queue: settles the first entry and waits until the list is empty of others
CHILD = """
import sys
from alexnet_app.core.runs.waiting import Queue
from alexnet_app.core.training.queued import claim_next
from pathlib import Path
queue = Queue(Path(sys.argv[4]))
with queue.working():
    while (claim := claim_next(queue)) is not None:
        claim.settle()
"""


@pytest.fixture
def pictures(tmp_path):
    chance = np.random.default_rng(0)
    for name, level in (("dark", 110), ("light", 150)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(20):
            pixels = chance.normal(level, 60, (40, 40, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{number}.png")
    return tmp_path / "pictures"


def opened(qtbot, jobs, pictures):
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1280, 740)
    panel.show()
    panel.warm_up([("auto", "CPU, 2 threads"), ("cpu", "CPU, 2 threads")])
    values = {"data": str(pictures), "epochs": 1, "batch_size": 8, "learning_rate": 0.001, "threads": 1}
    panel.setup.form.set_values({**values, "device": "cpu"})
    return panel


@pytest.fixture
def panel(qtbot, jobs, home, pictures):
    panel = opened(qtbot, jobs, pictures)
    yield panel
    for child in panel.waiting.processes:
        child.wait(LONG / 1000)


def rows(panel):
    return [row.name for row in panel.waiting.view._rows]


def add(qtbot, panel, count=1):
    before = len(panel.waiting.view._rows)
    for _ in range(count):
        panel.begin.add.trigger()
    qtbot.waitUntil(lambda: len(panel.waiting.view._rows) == before + count, timeout=LONG)


@pytest.fixture
def fake(monkeypatch):
    """A training that is over at once, as it is told; each run's events in turn."""
    ends = []

    def training(config, run, asked=None, rate=None, **_):
        with holding(run) as log:
            end = ends.pop(0) if ends else RunEnded(Ending.FINISHED, 1, config.epochs)
            if isinstance(end, Exception):
                raise end
            for event in (STEP, end):
                log.append(event)
                yield event

    monkeypatch.setattr(train, "train", training)
    return ends


@pytest.fixture
def endless(monkeypatch):
    """A training that goes on until it is stopped."""

    def training(config, run, asked=None, rate=None, **_):
        with holding(run) as log:
            inbox = Inbox(run, asked)
            for event in (RunStarted("shapes-towers", "shapes", 471_690, 80, 10, 10, 5, 2, "cpu", "fp32", 1), STEP):
                log.append(event)
                yield event
            while not any(isinstance(each, Stop) for each in inbox.wait()):
                pass
            end = RunEnded(Ending.STOPPED, 1, 0)
            log.append(end)
            yield end

    monkeypatch.setattr(train, "train", training)


def test_that_runs_are_added_ordered_and_removed(panel, qtbot, home):
    add(qtbot, panel, 3)
    assert panel.split.side.tabText(2) == "Queue (3)"
    assert "added to the queue" in panel.banner.text()
    keys = [row.key for row in panel.waiting.view._rows]
    panel.waiting.view.choose(2)
    panel.waiting.view.up.trigger()
    qtbot.waitUntil(lambda: [row.key for row in panel.waiting.view._rows] == [keys[0], keys[2], keys[1]], timeout=LONG)
    assert panel.waiting.view.key() == keys[2], "the choice goes along"
    panel.waiting.view.remove.trigger()
    qtbot.waitUntil(lambda: len(panel.waiting.view._rows) == 2, timeout=LONG)
    assert [each.key for each in Queue().read().entries] == keys[:2]
    assert run_folders(home / "AlexNet" / "runs") == [], "nothing is begun unasked"


def test_that_what_waits_is_trained_one_after_the_other_in_this_window(panel, qtbot, home, fake):
    add(qtbot, panel, 2)
    panel.waiting.work_action.trigger()
    qtbot.waitUntil(lambda: not panel.waiting.work_action.isChecked(), timeout=LONG)
    assert sorted(called(run.folder) for run in run_folders(home / "AlexNet" / "runs")) == ["shapes", "shapes 2"]
    assert Queue().read().entries == ()
    assert "come to its end" in panel.banner.text()


def test_that_a_run_that_fails_is_told_and_the_next_one_is_trained(panel, qtbot, home, fake):
    fake.append(UserError("there is no room"))
    add(qtbot, panel, 2)
    warned = []
    panel.waiting.warned.connect(warned.append)
    panel.waiting.work_action.trigger()
    qtbot.waitUntil(lambda: not panel.waiting.work_action.isChecked(), timeout=LONG)
    assert warned == ["shapes failed: there is no room. The queue continues."]
    (left,) = panel.waiting.view._rows
    assert left.detail == "failed: there is no room"
    assert len(run_folders(home / "AlexNet" / "runs")) == 1
    panel.waiting.view.choose(0)
    panel.waiting.view.again.trigger()
    qtbot.waitUntil(lambda: panel.waiting.view._rows[0].detail == "waits", timeout=LONG)


def test_that_a_stopped_run_holds_the_queue_and_a_closed_window_keeps_its_run(
    panel, qtbot, jobs, home, pictures, endless
):
    add(qtbot, panel, 2)
    panel.waiting.work_action.trigger()
    qtbot.waitUntil(lambda: panel._live is not None and panel._live.state.step > 0, timeout=LONG)
    assert panel.is_training()
    panel.control.stop_action.trigger()
    qtbot.waitUntil(lambda: len(rows(panel)) == 1 and not panel.control.is_on(), timeout=LONG)
    assert not panel.waiting.work_action.isChecked()
    assert Queue().read().rests
    panel.waiting.work_action.trigger()
    qtbot.waitUntil(lambda: panel.is_training() and panel._live.state.step > 0, timeout=LONG)
    qtbot.waitUntil(lambda: panel.control.save_action.isEnabled(), timeout=LONG)
    panel.leave()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)
    (entry,) = Queue().read().entries
    assert entry.run
    other = opened(qtbot, jobs, pictures)
    qtbot.waitUntil(lambda: bool(other.waiting.view._rows), timeout=LONG)
    assert other.waiting.view._rows[0].detail == "begun, will be continued"


def test_that_what_was_read_before_a_change_holds_nothing_back(panel, qtbot):
    add(qtbot, panel, 1)
    before = QueueSeen(replace(Queue().read(), rests=True), is_worked=False)
    panel.waiting._changes += 1  # since the queue was read so
    panel.waiting.work_action.setChecked(True)
    panel.waiting._found(before)
    assert panel.waiting.work_action.isChecked()
    panel.waiting._seen_changes = panel.waiting._changes
    panel.waiting._found(before)
    assert not panel.waiting.work_action.isChecked()


def test_that_a_process_of_its_own_works_through_it_where_that_is_wished(panel, qtbot, monkeypatch):
    monkeypatch.setattr(background, "this_program", lambda: [sys.executable, "-c", CHILD])
    add(qtbot, panel, 2)
    panel.setup.background.always.setChecked(True)
    panel.waiting.work_action.trigger()
    qtbot.waitUntil(lambda: not panel.waiting.view._rows, timeout=LONG)
    assert len(panel.waiting.processes) >= 1
    assert not panel.is_training()


def test_that_a_queue_that_cannot_be_read_is_told_once(panel, qtbot):
    told = []
    panel.waiting.failed.connect(told.append)
    Queue().folder.mkdir(parents=True, exist_ok=True)
    Queue().file.write_text("{", encoding="utf-8")
    panel.waiting.look()
    qtbot.waitUntil(lambda: bool(told), timeout=LONG)
    assert "queue.json cannot be read" in panel.banner.text()
    assert not panel.waiting._timer.isActive()


def test_that_each_button_of_the_list_says_why_it_cannot_be_used(qtbot):
    from PySide6.QtGui import QAction

    view = QueueView(QAction("Train the queue"))
    qtbot.addWidget(view)
    assert "Select a run" in view.up.toolTip()
    view.set_rows([QueueRow("1", "<b>one</b>", "in progress", is_training=True), QueueRow("2", "two", "waits")])
    view.choose(0)
    assert "first one" in view.up.toolTip()
    assert "stop it first" in view.remove.toolTip()
    view.choose(1)
    assert "last one" in view.down.toolTip()
    assert view.up.isEnabled()
    assert "not failed" in view.again.toolTip()


def test_that_several_runs_are_made_of_lists_of_values(panel, qtbot):
    panel.begin.several.trigger()
    dialog = panel.findChild(SeveralDialog)
    (_, rates), (_, seeds), _ = dialog.lines
    assert (rates.text(), seeds.text()) == ("0.001", "1")
    assert not dialog.add.isEnabled()
    assert dialog.said.text() == "Name several values."
    rates.setText("0.01,0.003")
    seeds.setText("1..3")
    assert dialog.said.text() == "6 runs"
    assert dialog.names.item(5).text() == "shapes, rate 0.003, seed 3"
    seeds.setText("1..500")
    assert "no range of 1 to 100" in dialog.said.text()
    assert not dialog.add.isEnabled()
    rates.setText("20,30")
    seeds.setText("1")
    assert dialog.said.text().startswith("Learning rate must be at most 10")
    rates.setText("0.01,0.003")
    dialog.accept()
    qtbot.waitUntil(lambda: len(rows(panel)) == 2, timeout=LONG)
    assert rows(panel) == ["shapes, rate 0.01, seed 1", "shapes, rate 0.003, seed 1"]
    assert {each.group for each in Queue().read().entries} == {"shapes"}


def test_that_a_window_that_is_closed_hands_the_queue_on_with_its_run(tmp_path, monkeypatch, home):
    from alexnet_app.core.runs.run import Run
    from alexnet_app.core.training.config import TrainConfig
    from alexnet_app.core.training.queued import queued
    from alexnet_app.ui import outliving

    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\ndata = "shapes"\n')
    with holding(run) as log:
        log.append(RunEnded(Ending.STOPPED, 1, 0))
    monkeypatch.setattr(outliving, "go_on_detached", lambda run: ("run", run.folder))
    monkeypatch.setattr(outliving, "start_working", lambda queue: ("queue", queue.folder))
    queue = Queue()
    assert list(outliving.handing_over(run.folder, queue, None)) == [("run", run.folder)]
    queue.add([queued(TrainConfig(), "later", tmp_path)])
    begun = list(outliving.handing_over(run.folder, queue, None))
    assert begun == [("run", run.folder), ("queue", queue.folder)]
    assert list(outliving.handing_over(run.folder, None, None)) == [("run", run.folder)]
