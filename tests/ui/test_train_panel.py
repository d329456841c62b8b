"""Training in the window: from the form to the curves, with what can be asked of a run on the way."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QInputDialog, QLabel, QListWidget, QPushButton, QToolButton

from alexnet_app.core.events import (
    CheckpointSaved,
    EpochDone,
    Paused,
    RateChanged,
    RunEnded,
    RunStarted,
    StepsDone,
    Stop,
)
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.panels.train import TrainPanel
from alexnet_app.ui.settings import Settings

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
def jobs(qtbot):
    jobs = Jobs()
    yield jobs
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


@pytest.fixture
def panel(qtbot, jobs, home):
    panel = TrainPanel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1280, 740)
    panel.show()
    panel.warm_up([("auto", "CPU, 2 threads"), ("cpu", "CPU, 2 threads")])
    return panel


@pytest.fixture
def small(panel, pictures):
    """The panel with settings of a run that takes seconds."""
    values = {"data": str(pictures), "epochs": 3, "batch_size": 8, "learning_rate": 0.001, "threads": 1}
    panel.setup.form.set_values(values)
    return panel


def button(widget, text):
    found = [each for kind in (QPushButton, QToolButton) for each in widget.findChildren(kind) if each.text() == text]
    return next(each for each in found if each.isVisible())


def click(qtbot, widget, text):
    qtbot.mouseClick(button(widget, text), Qt.MouseButton.LeftButton)


def runs(home):
    folder = home / "AlexNet" / "runs"
    return [Run(each) for each in sorted(folder.iterdir())] if folder.is_dir() else []


def ended(qtbot, panel):
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)


def said(panel):
    return " | ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def test_that_the_empty_state_offers_the_next_thing(panel):
    assert button(panel, "Train on the sample data").isEnabled()
    assert not panel.control.stop_action.isEnabled()
    assert panel.control.stop_action.toolTip() == "No run is being trained"


def test_that_a_run_goes_from_the_form_to_its_end(small, qtbot, home):
    click(qtbot, small, "Start training")
    assert small.is_training()
    ended(qtbot, small)
    (run,) = runs(home)
    assert run.ended().reason == "finished"
    assert "epochs = 3" in run.config_file.read_text()
    assert "Finished after 3 epochs" in small.banner.text()
    assert "finished after 3 epochs" in said(small)
    steps = sum(len(event.losses) for event in run.events() if isinstance(event, StepsDone))
    assert small._live.curves._run.losses.end == steps


def test_that_what_it_will_take_is_said_before_the_start(small, qtbot):
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: "of memory" in said(small), timeout=LONG)


def test_that_a_run_can_be_paused_slowed_saved_and_stopped(small, qtbot, home):
    small.setup.form.set_values({"epochs": 10_000})
    click(qtbot, small, "Start training")
    live = small._live
    qtbot.waitUntil(lambda: live.state.step > 0, timeout=LONG)
    click(qtbot, small, "Pause")
    qtbot.waitUntil(lambda: live.state.phase == "paused", timeout=LONG)
    qtbot.waitUntil(lambda: "paused" in said(small), timeout=LONG)
    step = live.state.step
    qtbot.wait(300)
    assert live.state.step == step
    click(qtbot, small, "Continue")
    qtbot.waitUntil(lambda: live.state.step > step, timeout=LONG)
    click(qtbot, small, "Rate ÷ 10")
    qtbot.waitUntil(lambda: live.state.rate == pytest.approx(0.0001), timeout=LONG)
    click(qtbot, small, "Save now")
    click(qtbot, small, "Stop")
    ended(qtbot, small)
    (run,) = runs(home)
    kinds = [type(event) for event in run.events()]
    assert {Paused, RateChanged, CheckpointSaved} <= set(kinds)
    assert run.ended().reason == "stopped"
    assert run.resume_file.is_file()
    assert "Stopped and saved" in small.banner.text()


def test_that_a_stopped_run_can_be_resumed_from_the_banner(small, qtbot, home):
    small.setup.form.set_values({"epochs": 10_000})
    click(qtbot, small, "Start training")
    qtbot.waitUntil(lambda: small._live is not None and small._live.state.epoch >= 2, timeout=LONG)
    click(qtbot, small, "Stop")
    ended(qtbot, small)
    step = small._live.state.step
    click(qtbot, small.banner, "Resume")
    qtbot.waitUntil(lambda: small._live.state.step > step, timeout=LONG)
    assert small._live.state.remaining_seconds() is not None
    assert small.banner.text() == "", "what ended before is not told again"
    losses = small._live.curves._run.losses.end
    assert losses > step, "the curve before the resume is there"
    click(qtbot, small, "Stop")
    ended(qtbot, small)
    (run,) = runs(home)
    firsts = [event for event in run.events() if isinstance(event, StepsDone)]
    assert [event.first for event in firsts] == sorted(event.first for event in firsts)


def test_that_a_run_stopped_before_its_first_step_leaves_nothing(small, qtbot, home, pictures, tmp_path):
    many = tmp_path / "many"
    shutil.copytree(pictures, many)
    for number in range(2_000):
        shutil.copy(pictures / "dark" / "0.png", many / "dark" / f"more-{number}.png")
    small.setup.form.set_values({"data": str(many)})
    click(qtbot, small, "Start training")
    qtbot.waitUntil(lambda: small._folder is not None, timeout=LONG)
    click(qtbot, small, "Stop")
    ended(qtbot, small)
    assert not runs(home)


def test_that_a_wrong_value_is_told_at_its_field_and_nothing_starts(small, qtbot, home):
    small.setup.form.set_values({"learning_rate": 37.0})
    click(qtbot, small, "Start training")
    assert not small.is_training()
    assert "at most 10" in small.banner.text()
    assert "at most 10" in small.setup.form.errors()["learning_rate"]
    assert not runs(home)


def test_that_data_that_are_not_there_are_told_at_their_field(small, qtbot, tmp_path):
    small.setup.form.set_values({"data": str(tmp_path / "nothing")})
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: "data" in small.setup.form.errors(), timeout=LONG)
    assert "does not exist" in small.setup.form.errors()["data"]


def test_that_two_gpus_that_are_missing_are_told_at_the_placement(small, qtbot, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    small.setup.form.set_values({"placement": "towers"})
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: "placement" in small.setup.form.errors(), timeout=LONG)
    assert "this computer has 1; let one device compute, or name two" in small.setup.form.errors()["placement"]
    small.setup.form.set_values({"placement": "towers", "devices": ("cpu",)})
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: "devices" in small.setup.form.errors(), timeout=LONG)
    assert "not 1; name two of a kind, for example cuda:0, cuda:1" in small.setup.form.errors()["devices"]


def test_that_a_run_with_two_towers_starts_from_the_form(small, qtbot, home):
    small.setup.form.set_values({"placement": "towers", "devices": ("cpu", "cpu"), "epochs": 1})
    click(qtbot, small, "Start training")
    ended(qtbot, small)
    (run,) = runs(home)
    assert run.ended().reason == "finished"
    assert [event.exchanged > 0 for event in run.events() if isinstance(event, RunStarted)] == [True]


def test_that_cifar10_that_is_not_here_can_be_downloaded(small, qtbot):
    small.setup.form.set_values({"data": "cifar10"})
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: small.banner.isVisible(), timeout=LONG)
    assert button(small.banner, "Download CIFAR-10 (163 MB)").isEnabled()
    assert "--" not in small.banner.text()


def test_that_a_folder_that_cannot_be_written_is_told(small, qtbot, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    small.setup.runs.set_folder(blocked)
    click(qtbot, small, "Start training")
    ended(qtbot, small)
    assert str(blocked) in small.banner.text()
    assert not small.is_training()
    assert small.start_action.isEnabled()


def trained(qtbot, panel):
    click(qtbot, panel, "Start training")
    ended(qtbot, panel)


def listed(qtbot, panel, count):
    found = panel.past.findChild(QListWidget)
    qtbot.waitUntil(lambda: found.count() == count, timeout=LONG)
    return found


def show_past(qtbot, panel):
    bar = panel.side.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())


def choose(qtbot, found, row):
    place = found.visualItemRect(found.item(row)).center()
    qtbot.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))


def test_past_runs_are_listed_opened_compared_and_thrown_away(small, qtbot, home, monkeypatch):
    trained(qtbot, small)
    small.setup.form.set_values({"epochs": 2})
    trained(qtbot, small)
    show_past(qtbot, small)
    found = listed(qtbot, small, 2)
    assert "2 of 2 epochs" in found.item(0).text()
    assert "finished" in found.item(1).text()
    choose(qtbot, found, 1)
    click(qtbot, small, "Open")
    qtbot.waitUntil(lambda: small._live.state.epochs == 3 and not small.control.is_on(), timeout=LONG)
    assert small._live.curves._run.losses.end == small._live.state.step
    assert not button(small, "Compare").isEnabled(), "a run is not compared with itself"
    choose(qtbot, found, 0)
    click(qtbot, small, "Compare")
    name = runs(home)[-1].folder.name
    labels = small._live.curves.findChildren(QLabel)
    qtbot.waitUntil(lambda: any(label.toolTip() == name for label in labels), timeout=LONG)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    click(qtbot, small, "Delete")
    listed(qtbot, small, 1)
    assert len(runs(home)) == 1
    assert "is in the trash" in small.banner.text()
    assert list(home.rglob("Trash/files/*/config.toml")), "it can be taken back"


def test_that_a_finished_run_can_be_given_more_epochs(small, qtbot, home):
    trained(qtbot, small)
    show_past(qtbot, small)
    found = listed(qtbot, small, 1)
    choose(qtbot, found, 0)
    click(qtbot, small, "Resume")
    dialog = small.findChild(QInputDialog)
    assert dialog.intValue() == 6
    dialog.setIntValue(5)
    dialog.accept()
    qtbot.waitUntil(small.is_training, timeout=LONG)
    ended(qtbot, small)
    (run,) = runs(home)
    assert run.ended().epoch == 5


def test_that_a_run_of_another_process_is_followed_and_obeys(small, qtbot, home, pictures, tmp_path):
    run = Run.create(tmp_path / "elsewhere", 'network = "shapes-towers"\ndata = "shapes"\n')
    with run.opened() as log:
        small.open_run(str(run.folder))
        qtbot.waitUntil(lambda: small._live is not None and small.pages.currentWidget() is small._live, timeout=LONG)
        log.append(StepsDone(0, (2.0, 1.5), 0.01, 100.0))
        log.flush()
        qtbot.waitUntil(lambda: small._live.curves._run.losses.end == 2, timeout=LONG)
        assert not small.is_training()
        click(qtbot, small, "Stop")
        qtbot.waitUntil(run.commands_file.exists, timeout=LONG)
        assert type(Stop()).__name__ in run.commands_file.read_text()
        log.append(RunEnded("stopped", 2, 0))
    ended(qtbot, small)
    assert "stopped" in said(small)


def test_that_looking_at_another_run_leaves_the_followed_one_alone(small, qtbot, tmp_path):
    followed = Run.create(tmp_path / "one", 'network = "shapes-towers"\ndata = "shapes"\n')
    other = Run.create(tmp_path / "two", 'network = "cifar-towers"\ndata = "cifar10"\n')
    with other.opened() as log:
        log.append(EpochDone(1, 10, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
    with followed.opened():
        small.open_run(str(followed.folder))
        qtbot.waitUntil(lambda: small._folder == followed.folder, timeout=LONG)
        small.open_run(str(other.folder))
        qtbot.waitUntil(lambda: small._folder == other.folder, timeout=LONG)
        ended(qtbot, small)
    assert not followed.commands_file.exists()


def test_that_a_folder_that_is_no_run_is_told(small, qtbot, tmp_path):
    small.open_run(str(tmp_path))
    ended(qtbot, small)
    assert "no run folder" in small.banner.text()


def test_that_the_form_cannot_be_changed_while_a_run_is_on(small, qtbot):
    small.setup.form.set_values({"epochs": 10_000})
    click(qtbot, small, "Start training")
    assert not button(small, "Start training").isEnabled()
    assert "stop it first" in button(small, "Start training").toolTip()
    small.open_run(str(Path.home()))
    assert "stop it first" in small.banner.text()
    qtbot.waitUntil(small.control.save_action.isEnabled, timeout=LONG)
    click(qtbot, small, "Stop")
    ended(qtbot, small)
    assert button(small, "Start training").isEnabled()


def test_that_a_run_that_diverges_is_told_in_the_words_of_the_window(small, qtbot):
    small.setup.form.set_values({"learning_rate": 10.0, "epochs": 200})
    click(qtbot, small, "Start training")
    ended(qtbot, small)
    assert "smaller learning rate than 10" in small.banner.text()
    assert "--set" not in small.banner.text()


def test_that_kernels_of_both_towers_are_shown_while_it_learns(small, qtbot):
    trained(qtbot, small)
    assert [grid.count() for grid in small._live._grids] == [24, 24]


def test_that_the_data_last_used_are_offered_again(small, qtbot, jobs, pictures):
    trained(qtbot, small)
    another = TrainPanel(jobs, Settings())
    qtbot.addWidget(another)
    box = another.setup.form.row("data").editor.findChild(QComboBox) or another.setup.form.row("data").editor
    assert pictures.name in [box.itemText(place) for place in range(box.count())]
