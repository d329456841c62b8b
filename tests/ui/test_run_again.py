"""A new run with the settings of an old one, a run of another machine, and runs taken elsewhere and back."""

import json

import pytest
from PySide6.QtWidgets import QFileDialog

from alexnet_app.core.events import EpochDone, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import from_other_version, load_config, to_toml, with_settings
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel

LONG = 60_000
STARTED = RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1)


@pytest.fixture
def panel(qtbot, home, jobs):
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.show()
    panel.warm_up([("auto", "CPU"), ("cpu", "CPU")])
    return panel


def make_run(folder, text='network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n', *events):
    run = Run.create(folder, text)
    with holding(run) as log:
        for event in (STARTED, StepsDone(0, (2.0, 1.5), 0.01, 100.0), *events):
            log.append(event)
    return run


def listed(qtbot, panel, run):
    panel.past.look_again()
    qtbot.waitUntil(lambda: panel.past.list.row(str(run.folder)) is not None, timeout=LONG)
    panel.past.list.choose(str(run.folder))


def test_that_the_form_takes_every_setting_of_an_old_run_and_nothing_starts(panel, qtbot, home):
    wanted = with_settings(
        load_config("cifar-towers"),
        ["data=shapes", "learning_rate=0.003", "seed=5", "batch_size=16", "ablation.towers=apart", "micro_batch=8"],
    )
    run = make_run(panel.setup.runs.folder() / "old", to_toml(wanted))
    listed(qtbot, panel, run)
    panel.past.list.again_action.trigger()
    qtbot.waitUntil(lambda: "The form has the settings of old" in panel.banner.text(), timeout=LONG)
    assert panel.setup.config() == wanted
    assert panel.side.currentWidget() is panel.setup
    assert not panel.control.is_on()
    assert {"learning_rate", "seed", "ablation.towers"} <= set(panel.setup.form.changed_keys())


def test_that_what_is_otherwise_today_is_said(panel, qtbot, home):
    text = 'network = "shapes-towers"\ndata = "/nowhere/photos"\nlearning_rate = 37000.0\ndreams = 3\n'
    text += "[augmentation]\nblur = true\n"
    run = make_run(panel.setup.runs.folder() / "old", text)
    listed(qtbot, panel, run)
    panel.past.list.again_action.trigger()
    qtbot.waitUntil(lambda: "The form has the settings of old" in panel.banner.text(), timeout=LONG)
    said = panel.banner.text()
    for words in ("dreams, augmentation.blur", "37,000", "no longer in /nowhere/photos"):
        assert words in said or words.replace(",", "") in said, words
    assert panel.setup.form.values()["learning_rate"] == TrainConfig().learning_rate


def test_that_settings_of_another_version_are_taken_as_far_as_they_are_known():
    found = from_other_version("seed = 3\nnew = [1]\nepochs = -1\n[optimization]\nmomentum = 2.0\nother = 1\n", "x")
    assert (found.config.seed, found.config.epochs) == (3, TrainConfig().epochs)
    assert found.config.optimization.momentum == TrainConfig().optimization.momentum
    assert found.unknown == ("new", "optimization.other")
    assert {each.values["key"] for each in found.refused} == {"epochs", "optimization.momentum"}


def test_that_a_run_of_another_machine_is_followed_live_and_nothing_is_written(panel, qtbot, tmp_path):
    run = Run.create(tmp_path / "far", 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n')

    def write(*events, time=4e9):
        with run.events_file.open("a") as file:
            file.write("".join(to_line(each, time) + "\n" for each in events))

    write(STARTED, StepsDone(0, (2.0, 1.5), 0.01, 100.0))
    panel.follow_run(str(run.folder))
    qtbot.waitUntil(lambda: panel._live is not None and panel._live.state.step == 2, timeout=LONG)
    assert "interrupted" not in panel._live._where()
    assert not panel.control.stop_action.isEnabled()
    assert "only followed" in panel.evaluations.action.toolTip()
    run.folder.rename(tmp_path / "away")
    qtbot.waitUntil(lambda: "cannot be read now" in panel.banner.text(), timeout=LONG)
    assert "step 2" in panel.banner.text()
    (tmp_path / "away").rename(run.folder)
    qtbot.waitUntil(lambda: "can be read again" in panel.banner.text(), timeout=LONG)
    write(StepsDone(2, (1.0,), 0.01, 100.0), EpochDone(1, 3, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
    qtbot.waitUntil(lambda: panel._live.state.epoch == 1, timeout=LONG)
    write(RunEnded("stopped", 3, 1))
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    assert sorted(each.name for each in run.folder.iterdir()) == ["config.toml", "events.jsonl", "filters"]


def test_that_silence_is_said_in_the_window(panel, qtbot, tmp_path):
    run = Run.create(tmp_path / "far", 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n')
    with run.events_file.open("a") as file:
        file.write(to_line(STARTED, 1e9) + "\n" + to_line(StepsDone(0, (2.0,), 0.01, 1.0), 1e9) + "\n")
    panel.follow_run(str(run.folder))
    qtbot.waitUntil(lambda: "No news of this run for" in panel.banner.text(), timeout=LONG)
    assert "the last was of step 1." in panel.banner.text()
    panel.control.leave()
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)


def test_that_a_run_is_exported_from_its_row_and_imported_again(panel, qtbot, tmp_path):
    text = "network = 'shapes-towers'\ndata = 'shapes'\n"
    run = make_run(panel.setup.runs.folder() / "old", text, RunEnded("stopped", 2, 0))
    listed(qtbot, panel, run)
    for kind, name in (("zip", "a.zip"), ("report", "a.html"), ("csv", "a.csv")):
        panel.past.list.acts.exports[kind].trigger()
        dialog = panel.past.findChild(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / name))
        dialog.close()
        qtbot.waitUntil(lambda name=name: f"Exported to {tmp_path / name}." in panel.banner.text(), timeout=LONG)
        qtbot.waitUntil(lambda: panel.past.findChild(QFileDialog) is None, timeout=LONG)
    assert {each.name for each in tmp_path.iterdir()} == {"a.zip", "a.html", "a.csv"}
    panel.past.bring_in(str(tmp_path / "a.zip"))
    there = run.folder.with_name("old-2")
    qtbot.waitUntil(lambda: panel.past.list.row(str(there)) is not None, timeout=LONG)
    assert f"Imported into {there}" in panel.banner.text()
    (tmp_path / "b.zip").write_bytes(b"none")
    panel.past.bring_in(str(tmp_path / "b.zip"))
    qtbot.waitUntil(lambda: panel.banner.is_error(), timeout=LONG)
    assert "b.zip cannot be read" in panel.banner.text()
    qtbot.waitUntil(lambda: not panel.past._looking, timeout=LONG)


def test_that_a_zip_that_is_dropped_becomes_a_run(window, qtbot, tmp_path):
    from alexnet_app.core.exports.packing import pack

    run = make_run(tmp_path / "dropped")
    path = pack(run, tmp_path / "a.zip").path
    assert window._switchboard.what_a_drop_does([str(path)]) == "Drop to import this run"
    window.open_paths([str(path)], dropped=True)
    there = window.tabs.train.setup.runs.folder() / "dropped"
    qtbot.waitUntil(lambda: window.tabs.train.past.list.row(str(there)) is not None, timeout=LONG)
    assert json.loads(Run(there).events_file.read_text().splitlines()[0])["event"] == "RunStarted"
