"""The runs that a person has."""

import os
from datetime import datetime

import pytest

from alexnet_app.core.events import EpochDone, Resumed, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.listing import (
    models,
    models_folder,
    new_folder,
    new_model_file,
    runs_below,
    runs_folder,
    summarize,
)
from alexnet_app.core.runs.run import Run

STARTED = RunStarted("cifar-towers", "CIFAR-10", 1_000, 1_000, 100, 0, 10, 5, "CPU", "fp32", 2)


def epoch_done(epoch, error):
    return EpochDone(epoch, 10 * epoch, 1.0, 0.5, 1.0, error, 0.1, True, 1_000.0)


def run_with(folder, *events):
    run = Run.create(folder, 'network = "cifar-towers"\n')
    with holding(run) as log:
        for event in events:
            log.append(event)
    return run


def test_that_a_run_is_summarized(tmp_path):
    run = run_with(
        tmp_path / "mine",
        STARTED,
        StepsDone(0, (2.0,) * 10, 0.01, 1.0),
        epoch_done(1, 0.5),
        epoch_done(2, 0.25),
        epoch_done(3, 0.3),
        RunEnded("stopped", 30, 3),
    )
    found = summarize(run)
    assert (found.name, found.state, found.network, found.data) == ("mine", "stopped", "cifar-towers", "CIFAR-10")
    assert (found.epoch, found.epochs, found.best_error) == (3, 5, 0.25)


def test_that_what_a_resume_has_undone_does_not_count(tmp_path):
    run = run_with(tmp_path / "mine", STARTED, epoch_done(1, 0.5))
    with holding(run) as log:
        place = log.position()
        log.append(epoch_done(2, 0.1))
        log.append(Resumed(10, 1, place, 7, 10))
    found = summarize(run)
    assert (found.epoch, found.epochs, found.best_error) == (1, 7, 0.5)


def test_the_states_of_a_run(tmp_path):
    run = run_with(tmp_path / "mine", STARTED)
    assert summarize(run).state == "broken off"
    with holding(run):
        assert summarize(run).state == "training"
    assert summarize(run).state == "broken off"


def test_that_looking_at_a_run_does_not_keep_it_from_being_trained(tmp_path):
    run = run_with(tmp_path / "mine", STARTED)
    assert not run.is_being_written()
    with holding(run) as log:
        log.append(epoch_done(1, 0.5))


def test_that_the_latest_run_comes_first_and_other_folders_are_passed_over(tmp_path):
    for name, age in (("old", 200), ("new", 100)):
        run = run_with(tmp_path / name, STARTED)
        os.utime(run.events_file, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "photos").mkdir()
    (tmp_path / "notes.txt").write_text("hello")
    assert [each.name for each in runs_below(tmp_path)] == ["new", "old"]


def test_that_a_folder_that_is_not_there_has_no_runs(tmp_path):
    assert list(runs_below(tmp_path / "nothing")) == []


def test_that_imported_models_stand_between_the_bundled_ones_and_those_of_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    run = run_with(runs_folder() / "mine", STARTED)
    run.last_file.write_bytes(b"1")
    models_folder().mkdir()
    first = new_model_file(models_folder(), "alexnet")
    first.write_bytes(b"2")
    second = new_model_file(models_folder(), "alexnet")
    second.write_bytes(b"3")
    assert [path.name for path in (first, second)] == ["alexnet.alexnet", "alexnet-2.alexnet"]
    kinds = [each.kind for each in models(runs_folder())]
    assert kinds == ["bundled"] * kinds.count("bundled") + ["imported", "imported", "last"]


def test_that_the_best_and_the_last_model_of_each_run_can_be_chosen(tmp_path):
    run = run_with(tmp_path / "mine", STARTED)
    run.best_file.write_bytes(b"1")
    run.last_file.write_bytes(b"2")
    run_with(tmp_path / "without", STARTED)
    found = [each for each in models(tmp_path) if each.kind != "bundled"]
    assert [(each.kind, each.name, each.path) for each in found] == [
        ("best", "mine", run.best_file),
        ("last", "mine", run.last_file),
    ]


def test_that_a_new_folder_is_not_one_that_is_there(tmp_path):
    first = new_folder(tmp_path, "shapes")
    assert first.name.startswith(f"shapes-{datetime.now():%Y-%m-%d}")
    first.mkdir()
    assert new_folder(tmp_path, "shapes") != first


@pytest.mark.parametrize(
    "preset", ["/abs/evil", "../../up\ny", "..\\up", "C:x", "a\u202eb\x1b", "", ".", "ü" * 300, "😀" * 300]
)
def test_that_a_preset_of_others_decides_no_place(tmp_path, preset):
    folder = new_folder(tmp_path, preset)
    assert folder.parent == tmp_path
    assert folder.name.isprintable()
    assert not set("/\\:") & set(folder.name)
    folder.mkdir()
    assert [each.name for each in tmp_path.iterdir()] == [folder.name]


def test_that_runs_are_kept_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runs_folder() == tmp_path / "AlexNet" / "runs"


def test_that_a_list_of_runs_survives_one_that_cannot_be_read(tmp_path):
    run_with(tmp_path / "good", STARTED)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "config.toml").write_text("")
    (bad / "events.jsonl").mkdir()
    found = {each.name: each for each in runs_below(tmp_path)}
    assert found["good"].state == "broken off"
    assert (found["bad"].state, found["bad"].problem) == ("unreadable", "events.jsonl: it is a folder")


@pytest.mark.parametrize("line", [b"\x00\xff garbage\n", b'{"event": "EpochDone"\n', b"[]\n"])
def test_that_a_torn_line_is_passed_over(tmp_path, line):
    run = run_with(tmp_path / "mine", STARTED, epoch_done(1, 0.5))
    with run.events_file.open("ab") as file:
        file.write(line)
    assert summarize(run).epoch == 1
