"""Training in the window: from the form to the curves, with what can be asked of a run on the way."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QInputDialog, QLabel, QPushButton, QToolButton

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import CheckpointSaved, EpochDone, Paused, RateChanged, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel

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
def panel(qtbot, jobs, home):
    panel = train_panel(jobs, Settings())
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


@SLOW
def test_that_the_empty_state_offers_the_next_thing(panel):
    assert button(panel, "Train on the sample data").isEnabled()
    assert not panel.control.stop_action.isEnabled()
    assert panel.control.stop_action.toolTip() == "No run is in progress"


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


@SLOW
def test_that_what_it_will_take_is_said_before_the_start(small, qtbot):
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: "of memory" in said(small), timeout=LONG)


@SLOW
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
    click(qtbot, small, "÷ 10")
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


@SLOW
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
    assert "this computer has 1; use one device, or choose two" in small.setup.form.errors()["placement"]
    small.setup.form.set_values({"placement": "towers", "devices": ("cpu",)})
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: "devices" in small.setup.form.errors(), timeout=LONG)
    assert (
        "not 1; choose two devices of the same kind, for example cuda:0, cuda:1" in small.setup.form.errors()["devices"]
    )


@SLOW
def test_that_a_run_with_two_towers_starts_from_the_form(small, qtbot, home):
    small.setup.form.set_values({"placement": "towers", "devices": ("cpu", "cpu"), "epochs": 1})
    click(qtbot, small, "Start training")
    ended(qtbot, small)
    (run,) = runs(home)
    assert run.ended().reason == "finished"
    assert [event.exchanged > 0 for event in run.events() if isinstance(event, RunStarted)] == [True]


@SLOW
@pytest.mark.parametrize("preset", ["imagenet-2012", "photo-towers", "finetune"])
def test_that_a_preset_without_data_asks_for_the_folder_in_the_words_of_the_window(panel, preset, home):
    panel.setup.use_preset(preset)
    with pytest.raises(UserError) as caught:
        panel.setup.config()
    assert caught.value.values["key"] == "data"
    panel.setup.estimate_anew()
    assert "choose the folder with your images as the data." in said(panel)
    assert "--data" not in said(panel)
    assert runs(home) == []


def test_that_cifar10_that_is_not_here_can_be_downloaded(small, qtbot):
    small.setup.form.set_values({"data": "cifar10"})
    small.setup.estimate_anew()
    qtbot.waitUntil(lambda: small.banner.isVisible(), timeout=LONG)
    assert button(small.banner, "Download CIFAR-10 (170 MB)").isEnabled()
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
    found = panel.past.list.table
    qtbot.waitUntil(lambda: len(found.shown()) == count, timeout=LONG)
    return found


def show_past(qtbot, panel):
    bar = panel.side.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())


def choose(qtbot, found, row):
    place = found.visualRect(found.model().index(row, 0)).center()
    qtbot.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))


def line_of(found, row):
    """What is told of a row, with plain spaces."""
    return found.shown()[row].detail.replace("\N{NO-BREAK SPACE}", " ")


@SLOW
def test_past_runs_are_listed_opened_compared_and_thrown_away(small, qtbot, home, monkeypatch):
    trained(qtbot, small)
    small.setup.form.set_values({"epochs": 2})
    trained(qtbot, small)
    show_past(qtbot, small)
    found = listed(qtbot, small, 2)
    qtbot.waitUntil(lambda: "2 of 2 epochs" in line_of(found, 0), timeout=LONG)  # not as it was before its end
    assert "finished" in line_of(found, 1)
    choose(qtbot, found, 1)
    click(qtbot, small, "Open")
    qtbot.waitUntil(lambda: small._live.state.epochs == 3 and not small.control.is_on(), timeout=LONG)
    assert small._live.curves._run.losses.end == small._live.state.step
    assert not button(small, "Compare").isEnabled(), "a run is not compared with itself"
    choose(qtbot, found, 0)
    click(qtbot, small, "Compare")
    name = runs(home)[-1].folder.name
    curves = small._live.curves
    qtbot.waitUntil(lambda: [Path(run.key).name for run in curves.runs.others] == [name], timeout=LONG)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    small.past.list.delete_action.trigger()
    click(qtbot, small, "Move to the trash")
    listed(qtbot, small, 1)
    assert len(runs(home)) == 1
    assert "to the trash" in small.banner.text()
    assert list(home.rglob("Trash/files/*/config.toml")), "it can be taken back"


@SLOW
def test_that_a_finished_run_can_be_given_more_epochs(small, qtbot, home):
    trained(qtbot, small)
    show_past(qtbot, small)
    found = listed(qtbot, small, 1)
    qtbot.waitUntil(lambda: "finished" in line_of(found, 0), timeout=LONG)
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
    with holding(run) as log:
        small.open_run(str(run.folder))
        qtbot.waitUntil(lambda: small._live is not None and small.pages.currentWidget() is small._live, timeout=LONG)
        log.append(StepsDone(0, (2.0, 1.5), 0.01, 100.0))
        log.flush()
        qtbot.waitUntil(lambda: small._live.curves._run.losses.end == 2, timeout=LONG)
        assert not small.is_training()
        click(qtbot, small, "Stop")
        asked = run.commands_file  # it is there a moment before the command is in it
        qtbot.waitUntil(lambda: asked.exists() and type(Stop()).__name__ in asked.read_text(), timeout=LONG)
        log.append(RunEnded("stopped", 2, 0))
    ended(qtbot, small)
    assert "stopped" in said(small)


def test_that_looking_at_another_run_leaves_the_followed_one_alone(small, qtbot, tmp_path):
    followed = Run.create(tmp_path / "one", 'network = "shapes-towers"\ndata = "shapes"\n')
    other = Run.create(tmp_path / "two", 'network = "cifar-towers"\ndata = "cifar10"\n')
    with holding(other) as log:
        log.append(EpochDone(1, 10, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
    with holding(followed):
        small.open_run(str(followed.folder))
        qtbot.waitUntil(lambda: small._folder == followed.folder, timeout=LONG)
        small.open_run(str(other.folder))
        qtbot.waitUntil(lambda: small._folder == other.folder, timeout=LONG)
        ended(qtbot, small)
    assert not followed.commands_file.exists()


def test_that_a_folder_that_is_no_run_is_told(small, qtbot, tmp_path):
    small.open_run(str(tmp_path))
    ended(qtbot, small)
    assert "not a run folder" in small.banner.text()


@SLOW
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
    assert "learning rate below 10" in small.banner.text()
    assert "--set" not in small.banner.text()


@SLOW
def test_that_kernels_of_both_towers_are_shown_while_it_learns(small, qtbot):
    trained(qtbot, small)
    assert [grid.count() for grid in small._live._grids] == [24, 24]
    assert [grid.sheet().number(0) for grid in small._live._grids] == [1, 25], "numbers within the layer"
    film = small.pages.film
    assert film.bar.said().startswith("epoch 3.00 of 3")
    film.bar.slider.setValue(0)
    assert film.bar.said().startswith("epoch 0.00 of 3 · step 0 · snapshot 1 of")


def test_that_the_data_last_used_are_offered_again(small, qtbot, jobs, pictures):
    trained(qtbot, small)
    another = train_panel(jobs, Settings())
    qtbot.addWidget(another)
    box = another.setup.form.row("data").editor.findChild(QComboBox) or another.setup.form.row("data").editor
    assert pictures.name in [box.itemText(place) for place in range(box.count())]


def full(monkeypatch, free=4_000_000):
    """A disk with little room."""
    monkeypatch.setattr("alexnet_app.core.training.estimate.free_bytes", lambda _: free)


def headlines(panel):
    told = []
    panel.headline_changed.connect(told.append)
    return told


def row_of(panel, path):
    return panel.past.list.row(str(path))


def past(folder, *events):
    run = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n')
    with holding(run) as log:
        for event in (RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1), *events):
            log.append(event)
    return run.folder


def opened(qtbot, panel, folder):
    panel.open_run(str(folder))
    qtbot.waitUntil(lambda: panel._folder == folder and not panel.control.is_on(), timeout=LONG)


def test_that_a_start_that_is_refused_brings_the_empty_state_back(small, qtbot, home, monkeypatch):
    full(monkeypatch)
    told = headlines(small)
    click(qtbot, small, "Start training")
    ended(qtbot, small)
    assert "MB free" in small.banner.text()
    assert not runs(home)
    assert button(small, "Train on the sample data").isEnabled()
    assert told[-1] == ""
    assert small._folder is None


def test_that_a_start_that_is_refused_brings_the_run_back_that_was_shown(small, qtbot, tmp_path, monkeypatch):
    before = past(tmp_path / "before", StepsDone(0, (2.0, 1.5), 0.01, 100.0), RunEnded("stopped", 2, 0))
    opened(qtbot, small, before)
    full(monkeypatch)
    click(qtbot, small, "Start training")
    qtbot.waitUntil(lambda: not small.is_training(), timeout=LONG)
    qtbot.waitUntil(lambda: small._folder == before and not small.control.is_on(), timeout=LONG)
    assert small._live.curves._run.losses.end == 2
    assert "MB free" in small.banner.text()


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([RunEnded("finished", 2, 7)], "finished"),
        ([RunEnded("stopped", 2, 0)], "stopped"),
        ([RunEnded("diverged", 2, 0)], "diverged"),
        ([], "interrupted"),
    ],
)
def test_that_the_headline_says_how_a_run_stands_that_is_over(panel, qtbot, tmp_path, events, word):
    told = headlines(panel)
    opened(qtbot, panel, past(tmp_path / "run", StepsDone(0, (2.0, 1.5), 0.01, 100.0), *events))
    assert told[-1] == f"shapes-towers · {word}"


def test_that_a_run_that_was_thrown_away_is_no_longer_shown(panel, qtbot, home, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    folder = past(panel.setup.runs.folder() / "run", StepsDone(0, (2.0,), 0.01, 100.0), RunEnded("stopped", 1, 0))
    told = headlines(panel)
    opened(qtbot, panel, folder)
    show_past(qtbot, panel)
    choose(qtbot, listed(qtbot, panel, 1), 0)
    panel.past.list.delete_action.trigger()
    click(qtbot, panel, "Move to the trash")
    listed(qtbot, panel, 0)
    assert "to the trash" in panel.banner.text()
    assert button(panel, "Train on the sample data").isVisible()
    panel._live.refresh()
    assert told[-1] == ""
    assert panel._live.curves._run.losses.empty


def test_that_another_run_that_is_thrown_away_leaves_the_shown_one(panel, qtbot, tmp_path):
    opened(qtbot, panel, past(tmp_path / "run", StepsDone(0, (2.0,), 0.01, 100.0), RunEnded("stopped", 1, 0)))
    panel.past.gone.emit(tmp_path / "another")
    assert panel.pages.currentWidget() is panel._live
    assert panel._live.curves._run.losses.end == 1


def takes(qtbot, panel, words):
    qtbot.waitUntil(lambda: words in panel.setup._takes.text(), timeout=LONG)


def test_that_the_same_folder_chosen_again_is_looked_at_again(small, qtbot, monkeypatch):
    with monkeypatch.context() as patch:
        full(patch)
        small.setup.estimate_anew()
        takes(qtbot, small, "MB free")
        small.setup.form.set_error("data", "this folder was not there a minute ago")
    small.setup.runs._take(str(small.setup.runs.folder()))
    takes(qtbot, small, "of memory")


def test_that_a_run_that_begins_and_one_that_ends_bring_what_it_takes_up_to_date(small, qtbot, monkeypatch):
    small.setup._say("The run needs about 9 MB of disk, 4 MB are free.", is_error=True)
    click(qtbot, small, "Start training")
    takes(qtbot, small, "of memory")
    assert small.is_training(), "the run has measured it itself"
    full(monkeypatch)
    ended(qtbot, small)
    takes(qtbot, small, "MB free")


@SLOW
def test_that_a_run_that_goes_on_takes_back_that_there_can_be_none(small, qtbot, tmp_path):
    trained(qtbot, small)
    folder = small._folder
    qtbot.waitUntil(lambda: "of memory" in small.setup._takes.text(), timeout=LONG)
    small.setup._say("The run needs about 9 MB of disk, 4 MB are free.", is_error=True)
    small.resume(str(folder), 5)
    qtbot.waitUntil(lambda: small._live.state.epochs == 5, timeout=LONG)
    assert "are free" not in small.setup._takes.text()
    ended(qtbot, small)


def test_that_a_folder_that_cannot_be_written_is_told_before_the_start(small, qtbot, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("a file where the folder should be")
    small.setup.runs._take(str(tmp_path / "file" / "runs"))
    takes(qtbot, small, "could not be written: Not a directory")
    monkeypatch.setattr("os.access", lambda *_: False)  # as for someone whom the folder lets only read
    small.setup.runs._take(str(tmp_path / "mine"))
    takes(qtbot, small, "could not be written: Permission denied; choose another folder")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"], "nothing is written to find out"


def test_that_a_run_is_said_to_be_trained_as_soon_as_it_is_resumed(small, qtbot):
    folder = past(small.setup.runs.folder() / "run", StepsDone(0, (2.0,), 0.01, 100.0))
    small.past.look_again()
    show_past(qtbot, small)
    found = listed(qtbot, small, 1)
    assert "interrupted" in line_of(found, 0)
    choose(qtbot, found, 0)
    assert small.past.list.delete_action.isEnabled()
    click(qtbot, small, "Resume")
    assert "in progress" in line_of(found, 0)
    assert not small.past.list.delete_action.isEnabled()
    assert "in progress" in small.past.list.delete_action.toolTip()
    small.control.stop_action.trigger()
    ended(qtbot, small)
    qtbot.waitUntil(lambda: "in progress" not in line_of(found, 0), timeout=LONG)
    assert not row_of(small, folder).is_training


def test_that_the_form_can_be_changed_for_the_queue_while_a_run_trains_and_nothing_is_measured(small, monkeypatch):
    monkeypatch.setattr("alexnet_app.ui.train.setup.estimating", lambda *_: pytest.fail("it was measured"))
    small.setup.set_running(running=True)
    assert button(small, "Reset").isEnabled()
    assert button(small, "Add to queue").isEnabled()
    small.setup.estimate_anew()
    assert "once the run in progress has ended" in small.setup._takes.text()
    assert not small.setup.runs.isEnabled()
    small.setup.set_running(running=False)
    assert small.setup.runs.isEnabled()


def test_that_a_message_takes_nothing_from_the_form(panel, qtbot):
    panel.resize(1024, 560)
    panel.banner.hide()
    qtbot.waitUntil(lambda: "memory" in panel.setup._takes.text(), timeout=LONG)  # it takes a line more than none
    qtbot.wait(1)
    before = panel.setup.form.parentWidget().size()
    panel.banner.show_error("Something that takes a line or two to be told. " * 6)
    qtbot.wait(1)
    assert panel.setup.form.parentWidget().size() == before
    assert panel.banner.isVisible()


def test_that_the_line_of_the_run_says_that_it_was_saved(small, qtbot):
    small.setup.form.set_values({"epochs": 10_000})
    click(qtbot, small, "Start training")
    qtbot.waitUntil(lambda: small._live.state.epoch >= 2, timeout=LONG)
    assert "saved" not in said(small), "what nobody asked for is not told"
    click(qtbot, small, "Save now")
    qtbot.waitUntil(lambda: "saved" in said(small), timeout=LONG)
    small._live._saved.setInterval(0)  # a moment later
    qtbot.waitUntil(lambda: "saved" not in said(small), timeout=LONG)
    click(qtbot, small, "Stop")
    ended(qtbot, small)


def test_that_what_a_screen_reader_meets_has_a_name(panel):
    named = [panel.side, panel.banner._action, *panel._live.curves._sheet.plots]
    assert all(each.accessibleName() for each in named)
    panel.banner.show_note("It is over.", "Resume")
    assert panel.banner._action.accessibleName() == "Resume"


def chosen(panel, text):
    """What the person does who takes the entry ``text`` of the models to begin with."""
    combo = panel.setup.form.row("init").editor
    place = combo.findText(text, Qt.MatchFlag.MatchStartsWith)
    combo.setCurrentIndex(place)
    combo.activated.emit(place)
    return combo


def test_that_a_run_can_begin_with_a_model_that_is_here(panel, qtbot, home):
    panel.past.look_again()
    qtbot.waitUntil(lambda: panel.setup.form.row("init").editor.count() >= 5, timeout=LONG)
    combo = chosen(panel, "shapes-towers, bundled")
    values = panel.setup.form.values()
    assert (values["init"], values["network"]) == ("bundled:shapes-towers", "shapes-towers")
    chosen(panel, "cifar-towers, bundled")
    assert panel.setup.config().network == "cifar-towers"
    chosen(panel, "Random weights")
    assert (combo.currentText(), panel.setup.config().init) == ("Random weights", "")


def test_that_a_model_file_dropped_on_the_field_is_the_model_to_begin_with(panel, qtbot, tmp_path):
    from alexnet_app import resources

    given = tmp_path / "mine.alexnet"
    shutil.copy(resources.path("models/cifar-towers.alexnet"), given)
    row = panel.setup.form.row("init")
    assert row.editor.takes(str(given))
    assert not row.editor.takes(str(tmp_path))
    with qtbot.waitSignal(panel.setup.form.changed) as told:
        row.editor.take(str(given))
    assert told.args == ["init"]
    assert panel.setup.form.values()["network"] == "cifar-towers"
    assert panel.setup.config().init == str(given)


def test_that_a_model_file_is_looked_for_in_a_dialog(panel, qtbot, tmp_path):
    from PySide6.QtWidgets import QFileDialog

    editor = panel.setup.form.row("init").editor
    with qtbot.waitSignal(editor.browsed) as told:
        editor.browse("model")
    assert told.args == ["model"]
    dialog = editor.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "other.alexnet"))
    dialog.close()
    assert editor.read() == str(tmp_path / "other.alexnet")
