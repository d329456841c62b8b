"""A loss that never leaves the start, and what is said of it."""

import math
import queue

import numpy as np
import pytest

from alexnet_app.core.events import StandsAtChance, StepsDone
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.core.training import guessing
from alexnet_app.core.training.config import TrainConfig, other_rates
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.guessing import STEPS, Guessing, loss_of_guessing
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

LABELS = np.repeat(np.arange(10), 6)


def test_that_guessing_costs_the_entropy_of_the_classes():
    assert loss_of_guessing(LABELS) == pytest.approx(math.log(10))
    skewed = np.array([0] * 9 + [3])  # classes without images cost nothing
    assert loss_of_guessing(skewed) == pytest.approx(-(0.9 * math.log(0.9) + 0.1 * math.log(0.1)))


@pytest.mark.parametrize(("share", "told"), [(1.0, True), (0.995, True), (0.98, False), (3.0, True)])
def test_that_a_loss_no_better_than_guessing_is_told_after_so_many_steps(share, told):
    watch = Guessing(LABELS)
    watch.take([share * watch.chance] * (STEPS - 1))
    assert watch.told(STEPS - 1, 0.01) is None
    watch.take([share * watch.chance])
    found = watch.told(STEPS, 0.01)
    assert (found is not None) == told
    if found is not None:
        assert (found.step, found.steps) == (STEPS, STEPS)
        assert "2.30" in found.advice
        assert "0.001 or 0.03" in found.advice
        assert f"the mean loss over {STEPS} steps" in found.advice


def test_that_it_is_told_once_and_no_loss_that_has_fallen_is():
    watch = Guessing(LABELS)
    watch.take([watch.chance] * STEPS)
    assert watch.told(STEPS, 0.01) is not None
    watch.take([watch.chance] * STEPS)
    assert watch.told(2 * STEPS, 0.01) is None
    fallen = Guessing(LABELS)
    fallen.take([fallen.chance] * (STEPS // 2) + [0.5 * fallen.chance] * (STEPS // 2))
    assert fallen.told(STEPS, 0.01) is None


@pytest.mark.parametrize(
    ("rate", "others"),
    [(0.01, (0.001, 0.03)), (1e-9, (3e-9,)), (5e-9, (1e-9, 1.5e-8)), (10.0, (1.0,)), (5.0, (0.5, 10.0))],
)
def test_that_only_rates_are_named_that_the_setting_can_have(rate, others):
    assert other_rates(rate) == pytest.approx(others)
    for other in other_rates(rate):
        assert TrainConfig(learning_rate=other).learning_rate == other


def test_that_it_goes_on_where_it_was_kept():
    first = Guessing(LABELS)
    first.take([first.chance] * (STEPS - 1))
    steps, losses, told = first.kept()
    second = Guessing(LABELS, steps, losses, is_told=told)
    second.take([second.chance])
    assert second.told(STEPS, 0.01) is not None
    steps, losses, told = second.kept()
    third = Guessing(LABELS, steps, losses, is_told=told)
    third.take([third.chance] * STEPS)
    assert third.told(2 * STEPS, 0.01) is None


@SLOW
def test_that_a_training_that_stays_at_the_start_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(guessing, "STEPS", 10)
    settings = ["learning_rate=1e-9", "share=0.05", "epochs=9", "precision=fp32", "threads=1"]
    config = with_settings(load_config("shapes"), settings)
    asked: queue.SimpleQueue = queue.SimpleQueue()
    found = []
    for event in train(config, Run.create(tmp_path / "run", to_toml(config)), asked):
        if isinstance(event, StandsAtChance):
            found.append(event)
            asked.put(Stop())
    (told,) = found
    assert "for example 3e-09" in told.advice, "a tenth is beyond the limit of the setting"
    more = list(train(with_settings(config, ["epochs=5"]), Run.existing(tmp_path / "run")))
    assert sum(isinstance(event, StepsDone) for event in more) > 0
    assert not any(isinstance(event, StandsAtChance) for event in more), "a resume does not say it again"
    assert told.chance == pytest.approx(math.log(10), rel=0.01)
    assert told.loss == pytest.approx(told.chance, rel=0.02)
