"""Where a run stands, and how long it will still take."""

import math
from dataclasses import replace

import pytest

from alexnet_app.commands.results import print_json, summary
from alexnet_app.core.events import (
    CheckpointSaved,
    Continued,
    Ending,
    EpochDone,
    Evaluated,
    Measured,
    Paused,
    Progress,
    RateChanged,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
)
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import RunState


class Clock:
    """Seconds that a test turns."""

    now = 0.0

    def __call__(self):
        return self.now


STARTED = RunStarted("cifar-towers", "CIFAR-10", 1_000, 1_000, 100, 0, 10, 5, "CPU", "fp32", 2)


def epoch_done(epoch, error=0.5, *, best=True):
    return EpochDone(epoch, 10 * epoch, 1.0, 0.5, 1.0, error, 0.1, best, 1_000.0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def state(clock):
    state = RunState(batch_size=100, clock=clock)
    state.take(STARTED)
    return state


def test_that_nothing_is_known_before_the_first_step(state):
    assert state.remaining_seconds() is None
    assert state.share() == 0.0


def test_that_remaining_time_is_right_from_the_first_report(state):
    state.take(StepsDone(0, (2.0, 2.0), 0.01, 1_000.0))
    # 48 steps of 100 pictures at 1,000 pictures a second
    assert state.remaining_seconds() == pytest.approx(4.8)
    assert state.share() == pytest.approx(2 / 50)
    assert (state.phase, state.step, state.rate) == ("training", 2, 0.01)
    state.take(RunEnded(Ending.FINISHED, 2, 1, early=1))
    assert state.share() == 1.0, "nothing is left of what ended early"


def test_that_remaining_time_counts_what_lies_between_epochs(state, clock):
    state.take(StepsDone(0, (2.0,) * 10, 0.01, 1_000.0))
    clock.now = 3.0
    state.take(epoch_done(1))
    state.take(StepsDone(10, (2.0,) * 10, 0.01, 1_000.0))
    # 30 steps left in 3 whole epochs, and 3 s after each of the 4 that are not closed yet
    assert state.remaining_seconds() == pytest.approx(3.0 + 4 * 3.0)


def test_that_a_pause_is_not_counted(state, clock):
    state.take(StepsDone(0, (2.0,) * 10, 0.01, 1_000.0))
    state.take(Paused(10))
    clock.now = 1_000.0
    state.take(Continued(10))
    state.take(StepsDone(10, (2.0,), 0.01, 1_000.0))
    assert state.remaining_seconds() == pytest.approx(3.9)


def test_that_remaining_time_is_right_after_a_resume(clock):
    state = RunState(batch_size=100, clock=clock)
    state.take(Resumed(40, 4, 1_234, 5, 10))
    assert (state.step, state.epoch) == (40, 4)
    state.take(StepsDone(40, (2.0,), 0.01, 500.0))
    assert state.remaining_seconds() == pytest.approx(9 * 100 / 500)


def test_that_speed_is_an_average_of_paces(state):
    state.take(StepsDone(0, (2.0,) * 100, 0.01, 1_000.0))
    state.take(StepsDone(100, (2.0,) * 100, 0.01, 250.0))
    assert state.images_per_second == pytest.approx(400.0)  # half the steps at 1 ms a picture, half at 4 ms


def test_that_a_report_without_speed_changes_nothing(state):
    state.take(StepsDone(0, (2.0,), 0.01, 1_000.0))
    state.take(StepsDone(1, (2.0,), 0.01, 0.0))
    assert state.images_per_second == 1_000.0


def test_what_is_remembered_of_a_run(state):
    state.take(Progress("prepare", 3, 10))
    assert (state.phase, state.task, state.done, state.total) == ("preparing", "prepare", 3, 10)
    state.take(Progress("validation", 3, 10))
    assert state.phase == "evaluating"
    state.take(epoch_done(1, 0.4))
    state.take(epoch_done(2, 0.5, best=False))
    state.take(RateChanged(20, 0.001, "asked"))
    state.take(CheckpointSaved(20, 2))
    assert (state.best_error, state.best_epoch, state.epoch, state.rate) == (0.4, 1, 2, 0.001)
    assert state.saved_step == 20
    evaluated = Evaluated("test", 100, 1.0, 0.3, 0.1)
    state.take(evaluated)
    state.take(RunEnded("finished", 50, 5))
    assert state.tested is evaluated
    assert (state.phase, state.ended.reason) == ("ended", "finished")
    state.take(Resumed(20, 2, 0, 9, 10))
    assert state.ended is None


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e-320, 1e308, math.inf, math.nan])
def test_that_a_speed_that_no_computer_has_breaks_nothing(tmp_path, speed):
    state = RunState(16)
    log = Run.create(tmp_path / "run", "").events_file
    done = replace(epoch_done(1), images_per_second=speed)
    events = [STARTED, StepsDone(0, (1.0,), 0.1, speed), StepsDone(1, (1.0,), 0.1, speed), done]
    log.write_text("".join(f"{to_line(event, 1.0)}\n" for event in events), encoding="utf-8")
    for event in events:
        state.take(event)
    left = state.remaining_seconds()
    assert left is None or math.isfinite(left)
    print_json(summary(Run(log.parent)))


def test_that_steps_in_which_the_computer_slept_tell_no_speed_but_a_machine_that_stays_slow_does(state):
    state.take(StepsDone(0, (2.0,), 0.01, 1_000.0))
    state.take(StepsDone(1, (2.0,), 0.01, 100 / 3_600))
    assert state.remaining_seconds() == pytest.approx(4.8)
    state.take(StepsDone(2, (2.0,), 0.01, 1_000.0))
    assert state.remaining_seconds() == pytest.approx(4.7)
    for step in (3, 4):
        state.take(StepsDone(step, (2.0,), 0.01, 100 / 3_600))
    assert state.remaining_seconds() > 100


def test_that_the_newest_value_of_each_series_is_kept_and_no_more_than_a_run_has(state):
    state.take(Measured(1, {"gpu-load/GPU 0": 0.5, "disk": 10.0}))
    state.take(Measured(2, {"gpu-load/GPU 0": 0.75}))
    state.take(Measured(3, {f"m/{each}": 1.0 for each in range(1_000)}))
    assert state.measured == {"gpu-load/GPU 0": 0.75, "disk": 10.0}
    state.take(STARTED)
    assert state.measured == {}
