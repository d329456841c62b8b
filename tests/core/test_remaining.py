"""When a training ends, as a terminal says it."""

from datetime import datetime, timedelta, timezone

import pytest

from alexnet_app.commands.progress import Bars
from alexnet_app.commands.remaining import Remaining, ending
from alexnet_app.core.events import EpochDone, Measured, RunStarted, StepsDone

NOW = datetime(2026, 11, 30, 21, 30, tzinfo=timezone(timedelta(hours=1)))
STARTED = RunStarted("n", "d", 1, 6_400, 10, 0, 100, 50, "cpu", "fp32", 1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (7_800, "ends at 23:40"),
        (5 * 3600 + 45 * 60, "ends Tue 03:15"),
        (12 * 86_400, "ends 2026-12-12"),
        (1e12, ""),
        (1e300, ""),
    ],
)
def test_that_an_end_is_told_by_the_clock_and_by_the_day_where_it_is_another(seconds, said):
    assert ending(seconds, NOW) == said


def epoch(number: int) -> EpochDone:
    return EpochDone(number, 100 * number, 1.0, 0.5, 1.0, 0.5, 0.1, best=True, images_per_second=64.0)


def test_that_an_epoch_that_was_over_before_it_was_followed_says_no_end():
    clock = Clock()
    rest = Remaining(64, clock)
    for event in (STARTED, StepsDone(0, (1.0,) * 100, 0.01, 64.0), epoch(1)):
        rest.take(event)
    assert rest.after_epoch() == ""
    assert rest.end().startswith("ends ")
    clock.now += 100
    for event in (StepsDone(100, (1.0,) * 100, 0.01, 64.0), epoch(2)):
        rest.take(event)
    assert rest.after_epoch().startswith("ends ")


def test_that_the_gpus_are_told_where_they_are_in_the_events():
    rest = Remaining(64, Clock())
    assert rest.machine() == ""
    rest.take(Measured(1, {"gpu-load/GPU 0": 0.96, "gpu-temperature/GPU 0": 71.0, "cpu/process": 1.0}))
    assert rest.machine() == "GPU 0 96%, 71 °C"


def test_that_only_a_training_says_when_it_ends(capsys):
    for bars in (Bars(), Bars(64)):
        with bars:
            for event in (STARTED, StepsDone(0, (1.0,) * 100, 0.01, 1e9), epoch(1)):
                bars.show(event)
    plain, training = (line for line in capsys.readouterr().err.splitlines() if line.startswith("epoch 1:"))
    assert "ends" not in plain
    assert ", ends at " in training or ", ends " in training
