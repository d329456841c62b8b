"""The window and run folders that somebody has changed: rows that say so, and a run whose folder goes away."""

import os
import queue
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app.core.events import Notice, RunEnded, RunStarted, StepsDone, Warned
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train.jobs import opening
from alexnet_app.ui.train.snapshots import Kernels
from alexnet_app.ui.warnings import warning

LONG = 60_000
STARTED = RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1)
TEXT = 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n'


@pytest.fixture
def panel(qtbot, home):
    jobs = Jobs()
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.show()
    panel.warm_up([("auto", "CPU"), ("cpu", "CPU")])
    yield panel
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


def make_run(folder, *events):
    run = Run.create(folder, TEXT)
    with holding(run) as log:
        for event in (STARTED, *events):
            log.append(event)
    return run


def rows(qtbot, panel, count):
    panel.past.look_again()
    qtbot.waitUntil(lambda: len(panel.past.list.rows()) == count, timeout=LONG)
    return {row.name: row for row in panel.past.list.rows()}


def test_that_a_run_that_cannot_be_read_has_a_row_and_can_be_thrown_away(panel, qtbot, home, monkeypatch):
    parent = home / "AlexNet" / "runs"
    make_run(parent / "good", RunEnded("stopped", 2, 1))
    bad = make_run(parent / "bad")
    bad.events_file.unlink()
    bad.events_file.mkdir()
    newer = make_run(parent / "newer")
    with newer.events_file.open("a") as file:
        file.write('{"event": "Dreamt", "of": "sheep"}\n' * 3)
    found = rows(qtbot, panel, 3)
    assert "cannot be read: events.jsonl: it is a folder" in found["bad"].detail
    assert not found["bad"].can_resume
    assert "3 events of a newer version are skipped" in found["newer"].detail
    assert "stopped" in found["good"].detail
    panel.past.list.choose(str(bad.folder))
    assert panel.past.list.resume_action.toolTip() == "This run cannot be read"
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    panel.past.list.delete_action.trigger()
    panel.past.findChild(Question).yes.click()
    assert set(rows(qtbot, panel, 2)) == {"good", "newer"}


def test_that_a_run_that_cannot_be_read_is_told_when_it_is_opened(panel, qtbot, home):
    bad = make_run(home / "bad")
    bad.config_file.unlink()
    bad.config_file.mkdir()
    panel.open_run(str(bad.folder))
    qtbot.waitUntil(lambda: panel.banner.is_error(), timeout=LONG)
    assert "config.toml cannot be read: it is a folder" in panel.banner.text()


@pytest.mark.skipif(os.name == "nt", reason="what is open stays where it is there")
def test_that_a_run_whose_folder_goes_away_is_saved_beside_it_and_resumed_from_there(panel, qtbot, tmp_path):
    chance = np.random.default_rng(0)
    for index in range(40):
        file = tmp_path / ("dark", "light")[index % 2] / f"{index}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(chance.integers(0, 256, (40, 40, 3), np.uint8)).save(file)
    values = {"data": str(tmp_path), "epochs": 10_000, "batch_size": 8, "learning_rate": 0.001, "threads": 1}
    panel.setup.form.set_values(values)
    panel.start()
    qtbot.waitUntil(lambda: panel._live is not None and panel._live.state.step > 0, timeout=LONG)
    lost = panel._folder
    shutil.rmtree(lost)
    panel.control.save_action.trigger()
    qtbot.waitUntil(lambda: panel._folder != lost, timeout=LONG)
    rescued = Path(f"{lost}-rescued")
    assert panel._folder == rescued
    assert panel.banner.text() == warning(Warned(Notice.FOLDER_LOST, str(lost), str(rescued)))
    panel.control.stop()
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    assert f"Stopped and saved in {rescued}." in panel.banner.text()
    step = panel._live.state.step
    panel.banner._action.click()
    qtbot.waitUntil(lambda: panel._live.state.step > step, timeout=LONG)
    panel.control.stop()
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)


def test_that_the_kernels_of_elsewhere_are_not_shown(tmp_path):
    run = make_run(tmp_path / "run", StepsDone(0, (1.0,), 0.1, 1.0))
    np.save(tmp_path / "secret.npy", np.zeros((2, 4, 4, 3), np.uint8))
    np.save(run.filters_folder / "step-1.npy", np.zeros((2, 4, 4, 3), np.uint8))
    for name, count in (("../secret.npy", 0), (str(tmp_path / "secret.npy"), 0), ("filters/step-1.npy", 1)):
        with run.events_file.open("a") as file:
            file.write(f'{{"event": "FiltersSeen", "step": 1, "file": "{name}"}}\n')
        shown = [each for each in opening(run.folder, queue.SimpleQueue()) if isinstance(each, Kernels)]
        assert len(shown) == count
