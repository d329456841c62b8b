"""Runs that outlive what started them, and the command that lists, follows and stops them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.commands.detaching import go_on_detached
from alexnet_app.commands.runs import curve
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Ending, EpochDone, RunEnded, RunStarted, StepsDone
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs import background
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import SAID, Run

SLOW = pytest.mark.whole("alexnet_app/core/runs", "alexnet_app/core/training", "alexnet_app/commands")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sessions are of POSIX")
PATIENCE = 120.0


def wait(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.fixture
def images(tmp_path):
    chance = np.random.default_rng(1)
    for number in range(60):
        path = tmp_path / "images" / ("light", "dark")[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        base = 170 if number % 2 else 60
        Image.fromarray(chance.integers(base - 40, base + 40, (40, 40, 3)).astype(np.uint8)).save(path)
    return tmp_path / "images"


def new_run(folder, images, epochs=3):
    settings = f'network = "shapes-towers"\nepochs = {epochs}\nbatch_size = 16\ndevice = "cpu"\nthreads = 1\n'
    return Run.create(folder, f"{settings}data = {json.dumps(str(images))}\n")


def finished(folder, errors=(0.5, 0.25)):
    run = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\nepochs = 2\n')
    with holding(run) as log:
        log.append(RunStarted("shapes-towers", "shapes", 471_690, 80, 10, 10, 5, 2, "cpu", "fp32", 1))
        for epoch, error in enumerate(errors, 1):
            log.append(StepsDone(5 * epoch - 5, (2.0,) * 5, 0.01, 100.0))
            log.append(EpochDone(epoch, 5 * epoch, 2.0 / epoch, 0.5, 1.0, error, 0.1, True, 10.0))
        log.append(RunEnded(Ending.FINISHED, 10, 2))
    return run


@POSIX
@SLOW
def test_that_a_detached_run_goes_on_exactly_in_a_session_of_its_own(images, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    whole, split = new_run(tmp_path / "whole", images), new_run(tmp_path / "split", images)
    assert cli.main(["train", "--resume", str(whole.folder)]) == 0
    first = subprocess.Popen(
        [*background.this_program(), "train", "--resume", str(split.folder)], stderr=subprocess.DEVNULL
    )
    wait(lambda: any(isinstance(event, StepsDone) for event in split.events()) or split.ended() is not None)
    first.send_signal(signal.SIGINT)
    first.wait(PATIENCE)
    child = go_on_detached(split, low_priority=True)
    if child.poll() is None:
        assert os.getsid(child.pid) == child.pid
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == background.LOWER
    assert child.wait(PATIENCE) == 0
    assert split.ended().reason == Ending.FINISHED
    assert "validation loss" in (split.folder / SAID).read_text(encoding="utf-8")
    one, other = (read_bundle(run.last_file).weights for run in (whole, split))
    assert all(bool((one[name] == other[name]).all()) for name in one)


def test_that_a_process_that_cannot_train_is_told_with_its_last_words(images, tmp_path, monkeypatch):
    run = new_run(tmp_path / "run", images)
    program = "import sys; print('first line'); print('no room for it'); sys.exit(2)"
    monkeypatch.setattr(background, "this_program", lambda: [sys.executable, "-c", program])
    with pytest.raises(UserError, match="no room for it") as told:
        go_on_detached(run)
    assert str(run.folder / SAID) in str(told.value)


def test_that_a_run_with_nothing_left_to_train_is_no_fault(images, tmp_path, monkeypatch):
    run = new_run(tmp_path / "run", images)
    monkeypatch.setattr(background, "this_program", lambda: [sys.executable, "-c", "print('finished already')"])
    assert go_on_detached(run).wait(PATIENCE) == 0


@POSIX
def test_that_what_it_prints_never_goes_through_a_link(images, tmp_path):
    run = new_run(tmp_path / "run", images)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    (run.folder / SAID).symlink_to(tmp_path / "mine.txt")
    with pytest.raises(UserError):
        go_on_detached(run)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_that_the_program_starts_again_from_anywhere(tmp_path):
    done = subprocess.run(
        [*background.this_program(), "--version"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.startswith("alexnet-app")


def test_that_runs_are_listed_the_latest_first(tmp_path, capsys):
    finished(tmp_path / "first")
    run = finished(tmp_path / "second", errors=(0.4, 0.125))
    Path(tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "config.toml").mkdir()
    os.utime(tmp_path / "first" / "events.jsonl", (1, 1))
    os.utime(tmp_path / "torn", (0, 0))
    assert cli.main(["runs", "--folder", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["state", "epochs", "best", "error", "network", "name"]
    assert lines[1].split() == ["finished", "2", "of", "2", "12.5%", "shapes-towers", "second"]
    assert lines[2].endswith("first")
    assert lines[3].startswith("unreadable")
    assert cli.main(["runs", "--folder", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["run"] == str(run.folder)
    assert (found[0]["state"], found[0]["epoch"], found[0]["best_top1_error"]) == ("finished", 2, 0.125)
    assert found[2]["problem"]


def test_that_no_runs_are_said_and_what_is_missing_is_asked_for(tmp_path, capsys):
    assert cli.main(["runs", "--folder", str(tmp_path)]) == 0
    assert "there are no runs" in capsys.readouterr().err
    for words in (["runs", "follow"], ["runs", "stop"]):
        assert cli.main(words) == 2
        assert f"give its folder: {' '.join(words)} RUN" in capsys.readouterr().err
    assert cli.main(["runs", "list", "one"]) == 2
    assert cli.main(["train", "--preset", "shapes", "--low-priority"]) == 2
    assert "add --detach" in capsys.readouterr().err


def test_that_a_run_that_is_over_is_followed_to_its_end_with_its_curve(tmp_path, capsys):
    run = finished(tmp_path / "run", errors=(0.5, 0.25))
    assert cli.main(["runs", "follow", str(run.folder), "--json"]) == 0
    captured = capsys.readouterr()
    assert "training loss █▁  validation error █▁" in captured.err
    assert json.loads(captured.out)["epochs"] == 2


def test_that_a_run_that_nobody_trains_cannot_be_stopped(tmp_path, capsys):
    run = finished(tmp_path / "run")
    assert cli.main(["runs", "stop", str(run.folder)]) == 2
    assert "no process is training the run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([0.0, 7.0], "▁█"),
        ([3.0, 3.0, 3.0], "▁▁▁"),
        ([1.0, float("nan"), 0.0], "█·▁"),
        ([float("inf")], "·"),
        (list(range(100)), curve(list(range(60, 100)))),
    ],
)
def test_that_a_curve_is_a_line_of_blocks(values, drawn):
    assert curve(values) == drawn


@SLOW
def test_that_ctrl_c_ends_the_looking_and_not_the_run(images, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    run = new_run(tmp_path / "run", images, epochs=100_000)
    child = go_on_detached(run)
    try:
        wait(lambda: any(isinstance(event, StepsDone) for event in run.events()))
        looking = subprocess.Popen(
            [*background.this_program(), "runs", "follow", str(run.folder)], stderr=subprocess.PIPE, text=True
        )
        assert any("shapes-towers" in line for line in looking.stderr)  # all of the past was told before it waits
        looking.send_signal(signal.SIGINT)
        assert "the run continues" in looking.communicate(timeout=PATIENCE)[1]
        assert looking.returncode == 130
        assert run.is_being_written()
        assert cli.main(["runs", "stop", str(run.folder)]) == 0
        assert run.ended().reason == Ending.STOPPED
    finally:
        if child.poll() is None:
            child.terminate()
        child.wait(PATIENCE)
