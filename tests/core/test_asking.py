"""A run in progress does what another process asks of it, and the one who asks hears what it did."""

import json
import queue
import threading

import pytest

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import CheckpointSaved, Paused, RateChanged, RateReason, Resumed, RunEnded, StepsDone
from alexnet_app.core.runs.asked_rates import AskedRates
from alexnet_app.core.runs.asking import ask
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.steering import Command, Continue, DivideRate, Pause, SaveNow, SetRate, Stop, UndoRate
from alexnet_app.core.training import loop
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

LONG = 60.0
FIRST = 0.02


def config(*settings: str) -> TrainConfig:
    small = ["batch_size=16", "threads=1", "device=cpu", f"learning_rate={FIRST}"]
    return with_settings(load_config("shapes"), [*small, *settings])


@pytest.fixture
def in_progress(tmp_path, monkeypatch):
    """A run that another thread trains until it is asked to stop."""
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    chosen = config("epochs=100000")
    run = Run.create(tmp_path / "run", to_toml(chosen))
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    steps = threading.Event()

    def work():
        for event in train(chosen, run, asked):
            if isinstance(event, StepsDone):
                steps.set()

    training = threading.Thread(target=work)
    training.start()
    assert steps.wait(LONG)
    yield run
    asked.put(Stop())
    training.join(LONG)
    assert not training.is_alive()


def test_that_a_running_run_takes_any_rate_and_gives_it_back(in_progress):
    rates = []
    for command in (SetRate(0.02), DivideRate(5), UndoRate(), UndoRate()):
        answer = ask(in_progress, command, LONG)
        assert isinstance(answer, RateChanged)
        rates.append((answer.rate, answer.reason))
    first, *_, last = rates
    assert [rate for rate, _ in rates] == pytest.approx([0.02, 0.004, 0.02, FIRST])
    assert (first[1], last[1]) == (RateReason.ASKED, RateReason.UNDONE)
    assert last[0] == FIRST, "to the last digit"
    with pytest.raises(UserError, match="left to undo"):
        ask(in_progress, UndoRate(), LONG)


def test_that_a_running_run_pauses_saves_continues_and_stops(in_progress):
    with pytest.raises(UserError, match="not paused"):
        ask(in_progress, Continue(), LONG)
    paused = ask(in_progress, Pause(), LONG)
    assert isinstance(paused, Paused)
    with pytest.raises(UserError, match="paused already"):
        ask(in_progress, Pause(), LONG)
    saved = ask(in_progress, SaveNow(), LONG)
    assert saved == CheckpointSaved(paused.step, saved.epoch)
    changed = ask(in_progress, SetRate(0.003), LONG)
    assert changed == RateChanged(paused.step, 0.003, RateReason.ASKED), "also while it is paused"
    assert ask(in_progress, Continue(), LONG).step == paused.step
    assert ask(in_progress, Stop(), LONG).reason == "stopped"


def test_that_the_command_line_asks_a_running_run(in_progress, capsys):
    folder = str(in_progress.folder)
    assert cli.main(["ask", folder, "--rate", "0.0125"]) == 0
    assert capsys.readouterr().out.startswith("learning rate 0.0125 from step ")
    assert cli.main(["ask", folder, "--undo-rate", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["answer"], found["rate"]) == ("RateChanged", FIRST)
    assert cli.main(["ask", folder, "--stop"]) == 0
    assert capsys.readouterr().out.startswith("stopped after ")


@pytest.mark.parametrize("typed", ["37", "0", "nan", "fast", "-0.1"])
def test_that_a_rate_that_cannot_be_is_refused_with_its_limits(tmp_path, capsys, typed):
    run = Run.create(tmp_path / "run", to_toml(config()))
    assert cli.main(["ask", str(run.folder), f"--rate={typed}"]) == 2
    assert f"must be a number from 1e-09 to 10, not {typed}" in capsys.readouterr().err


def test_that_asking_a_run_that_nobody_trains_says_so(tmp_path, capsys):
    run = Run.create(tmp_path / "run", to_toml(config()))
    assert cli.main(["ask", str(run.folder), "--pause"]) == 2
    assert "no process is training the run" in capsys.readouterr().err
    assert not run.commands_file.exists(), "a later start is not surprised by it"


@pytest.mark.parametrize("rate", [0.0, -1.0, 11.0, float("nan"), float("inf")])
def test_that_no_command_has_a_rate_outside_the_limits(rate):
    with pytest.raises(ValueError, match=str(rate)):
        SetRate(rate)


def test_that_an_undo_keeps_what_a_schedule_did_since():
    rates = AskedRates()
    rates.note(0.01, 0.001, RateReason.ASKED)
    rates.note(0.001, 0.0001, RateReason.PLATEAU)
    assert rates.undone(0.0001) == pytest.approx(0.001)
    rates.note(0.0001, 0.001, RateReason.UNDONE)
    assert rates.undone(0.001) is None


def test_that_whoever_reads_the_events_knows_what_an_undo_does():
    state = RunState(batch_size=1)
    events = (
        StepsDone(0, (1.0,), 0.01, 1.0),
        RateChanged(1, 0.5, RateReason.ASKED),
    )
    for event in events:
        state.take(event)
    assert state.asked_rates.undone(state.rate) == 0.01
    state.take(RunEnded("stopped", 1, 0))
    state.take(Resumed(1, 0, 5, 10, 0, ""))
    assert state.asked_rates.undone(state.rate) is None, "a resumed run has forgotten it"
