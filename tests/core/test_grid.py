"""Lists of values that make several runs, and the queue worked through by processes."""

import json
import signal
import sys
from pathlib import Path

import pytest

from alexnet_app import cli
from alexnet_app.commands.queueing import work_through
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs import background
from alexnet_app.core.runs.naming import MOST_NAME
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.waiting import Queue
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.grid import MOST_RUNS, variations

CONFIG = TrainConfig(network="shapes-towers", data="shapes", device="cpu")
# trains nothing: ends the run as its name says
CHILD = """
import sys, time
from pathlib import Path
from alexnet_app.core.events import *
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run
run = Run(Path(sys.argv[3]))
with holding(run) as log:
    if "seed 2" in called(run.folder):
        print("there is no room")
        sys.exit(2)
    log.append(RunStarted("shapes-towers", "shapes", 471_690, 80, 10, 10, 5, 1, "cpu", "fp32", 1))
    log.append(StepsDone(0, (2.0,) * 5, 0.01, 100.0))
    log.append(EpochDone(1, 5, 2.0, 0.5, 1.0, 0.25, 0.1, True, 10.0))
    log.append(RunEnded(Ending.FINISHED, 5, 1))
"""

# trains until it is asked to stop
ENDLESS = """
import signal, sys, time
from pathlib import Path
asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(True))
from alexnet_app.core.events import *
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
with holding(Run(Path(sys.argv[3]))) as log:
    log.append(StepsDone(0, (2.0,) * 5, 0.01, 100.0))
    while not asked:
        time.sleep(0.01)
    log.append(RunEnded(Ending.STOPPED, 5, 0))
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(background, "this_program", lambda: [sys.executable, "-c", CHILD])
    return tmp_path / "AlexNet"


def test_that_every_combination_is_a_run_with_its_words():
    found = variations(CONFIG, ["rate=0.01,0.003", "seed=1..3"])
    assert [each.words for each in found] == [
        f"rate {rate}, seed {seed}" for rate in ("0.01", "0.003") for seed in (1, 2, 3)
    ]
    assert {(each.config.learning_rate, each.config.seed) for each in found} == {
        (rate, seed) for rate in (0.01, 0.003) for seed in (1, 2, 3)
    }
    assert found[0].name("my shapes") == "my shapes, rate 0.01, seed 1"
    assert len(found[0].name("x" * 500)) <= MOST_NAME


def test_that_settings_of_groups_and_texts_and_lists_can_be_named():
    found = variations(CONFIG, ["optimization.momentum=0.9,0.5", "network=shapes-towers,cifar-towers"])
    assert next(each.words for each in found) == "momentum 0.9, network shapes-towers"
    found = variations(CONFIG, ["optimization.milestones=[1, 2],[3]"])
    assert [each.config.optimization.milestones for each in found] == [(1, 2), (3,)]


def test_that_a_value_that_is_named_twice_is_one_run():
    assert len(variations(CONFIG, ["seed=1,1,1..2"])) == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["rate"], "is no list of values"),
        (["rate="], "is no list of values"),
        (["=1"], "is no list of values"),
        (["seed=3..1"], "no range of 1 to 100"),
        (["seed=1..900000"], "no range of 1 to 100"),
        (["seed=1..60", "batch=1,2"], "make 120 runs; at most 100"),
        (["seed=1", "seed=2"], "seed is named twice"),
        (["rate=0.1", "learning_rate=1"], "learning_rate is named twice"),
        (["rate=20"], "learning_rate must be at most 10"),
        (["colour=1"], "there is no setting"),
        (["rate=0.1,much"], "not a valid TOML value"),
    ],
)
def test_that_what_makes_no_runs_is_said(asked, said):
    with pytest.raises(UserError, match=said):
        variations(CONFIG, asked)
    assert MOST_RUNS == 100


def test_that_a_grid_trains_all_and_one_that_fails_stops_none(home, capsys):
    words = [
        "train",
        "--preset",
        "shapes",
        "--set",
        "epochs=1",
        "--device",
        "cpu",
        "--grid",
        "rate=0.01,0.003",
        "seed=1..2",
        "--json",
    ]
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    assert captured.err.count("failed: ") == 2
    assert "the queue continues" in captured.err
    rows = json.loads(captured.out.splitlines()[-1])
    assert [row["name"] for row in rows] == [
        f"shapes, rate {rate}, seed {seed}" for rate in ("0.01", "0.003") for seed in (1, 2)
    ]
    assert [row["best_top1_error"] for row in rows] == [0.25, None, 0.25, None]
    assert "there is no room" in rows[1]["problem"]
    assert len(list((home / "runs").iterdir())) == 2
    assert cli.main(["queue", "--json"]) == 0
    left = json.loads(capsys.readouterr().out)["runs"]
    assert [(each["state"], each["name"]) for each in left] == [
        ("failed", "shapes, rate 0.01, seed 2"),
        ("failed", "shapes, rate 0.003, seed 2"),
    ]


def test_that_runs_are_added_listed_moved_removed_and_trained(home, capsys):
    for name in ("one", "two", "three"):
        add = ["train", "--preset", "shapes", "--device", "cpu", "--name", name, "--queue"]
        assert cli.main(add) == 0
    assert not (home / "runs").exists()
    capsys.readouterr()
    assert cli.main(["queue"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("1", "waiting", "one"),
        ("2", "waiting", "two"),
        ("3", "waiting", "three"),
    ]
    keys = [row[1] for row in rows]
    assert cli.main(["queue", "move", keys[2][:6], "1"]) == 0
    assert cli.main(["queue", "remove", keys[0]]) == 0
    capsys.readouterr()
    assert cli.main(["queue", "run", "--json"]) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["name"] for row in done] == ["three", "two"]
    assert cli.main(["queue"]) == 0
    assert "nothing waits" in capsys.readouterr().err


def test_that_a_queue_that_rests_begins_nothing_until_it_is_run(home, capsys):
    assert cli.main(["train", "--preset", "shapes", "--device", "cpu", "--queue", "--json"]) == 0
    (key,) = json.loads(capsys.readouterr().out)["keys"]
    assert cli.main(["queue", "stop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rests"] is True
    assert cli.main(["queue", "run"]) == 0
    assert cli.main(["queue", "retry", key]) == 2, "it has left"


@pytest.mark.skipif(sys.platform == "win32", reason="it is interrupted there in another way")
def test_that_ctrl_c_saves_what_is_trained_and_keeps_it_for_later(home, monkeypatch):
    monkeypatch.setattr(background, "this_program", lambda: [sys.executable, "-c", ENDLESS])
    assert cli.main(["train", "--preset", "shapes", "--device", "cpu", "--name", "long", "--queue"]) == 0
    waiting = Queue()
    started = background.started_detached

    def begin(run, command, **how):
        child = started(run, command, **how)
        signal.raise_signal(signal.SIGINT)
        return child

    monkeypatch.setattr(background, "started_detached", begin)
    done, interrupted = work_through(waiting)
    assert (done, interrupted) == ([], True)
    (left,) = waiting.read().entries
    assert Run(Path(left.run)).ended().reason == "stopped"
    assert not left.problem


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["queue", "move"], "give its key: queue move KEY"),
        (["queue", "move", "00000000"], "to which place"),
        (["queue", "remove", "00000000"], "the queue has no run"),
        (["train", "--data", "shapes", "--queue"], "need --preset"),
        (["train", "--preset", "shapes", "--grid", "seed=0..200"], "no range of 1 to 100"),
    ],
)
def test_that_what_is_missing_is_asked_for(home, words, said, capsys):
    assert cli.main(words) == 2
    assert said in capsys.readouterr().err
