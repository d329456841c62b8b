"""The learning-rate range test: its rates, what is concluded, and that it is the same each time and keeps nothing."""

import json
import math
import queue
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import StepsDone
from alexnet_app.core.generators import Driven, result_of
from alexnet_app.core.steering import Stop
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.rate_range import judged, rate_at, rate_range, smoothed

STEPS = 300
RATES = [rate_at(step, 1e-5, 1.0, STEPS) for step in range(STEPS)]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    chance = np.random.default_rng(1)
    for number in range(40):
        path = tmp_path / "images" / ("light", "dark")[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        base = 170 if number % 2 else 60
        Image.fromarray(chance.integers(base - 40, base + 40, (40, 40, 3)).astype(np.uint8)).save(path)
    return TrainConfig(network="shapes-towers", data=str(tmp_path / "images"), device="cpu", threads=1, batch_size=8)


def valley(falls_at=1e-2, rises_at=0.3, noise=0.0):
    """A loss that falls around one rate and rises steeply from another one on."""
    chance = np.random.default_rng(0)
    losses = []
    for rate in RATES:
        fall = 1 / (1 + (falls_at / rate) ** 2)
        rise = (rate / rises_at) ** 4
        losses.append(2.3 - 1.8 * fall + rise + noise * chance.normal())
    return losses


def test_that_rates_grow_by_the_same_factor():
    assert RATES[0] == 1e-5
    assert RATES[-1] == pytest.approx(1.0)
    factors = {round(after / before, 9) for before, after in pairwise(RATES)}
    assert len(factors) == 1


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_that_the_steepest_descent_is_suggested(noise):
    found = judged(RATES, valley(noise=noise))
    assert 5e-3 < found.steepest < 2e-2
    assert 0.2 < found.too_large < 0.6
    assert found.suggested == pytest.approx(found.steepest, rel=0.5)
    assert "falls fastest at" in str(found.reason)
    assert "well below" in str(found.reason)


def test_that_a_suggestion_keeps_a_tenth_below_what_is_too_large():
    found = judged(RATES, valley(falls_at=5e-2, rises_at=0.2))
    assert found.suggested <= found.too_large / 10 * 1.1
    assert found.suggested < found.steepest
    assert "a tenth of that" in str(found.reason)


def test_that_a_loss_that_is_no_number_is_too_large():
    losses = [loss if rate < 0.05 else math.nan for rate, loss in zip(RATES, valley(), strict=True)]
    found = judged(RATES, losses)
    assert found.too_large == pytest.approx(0.05, rel=0.1)
    assert math.isnan(found.smooth[-1])
    assert len(found.smooth) == len(found.losses)


def test_that_a_loss_that_runs_away_moves_nothing_before_it():
    losses = [loss if rate < 0.1 else 1e13 for rate, loss in zip(RATES, valley(), strict=True)]
    found = judged(RATES, losses)
    assert 0.05 < found.too_large <= 0.1  # smoothing tells it a little early
    assert max(found.smooth) <= 4.001 * losses[0]


def test_that_nothing_is_suggested_where_nothing_is_learned():
    chance = np.random.default_rng(0)
    found = judged(RATES, [2.3 + 0.01 * chance.normal() for _ in RATES])
    assert (found.steepest, found.too_large, found.suggested) == (None, None, None)
    assert "has lowered the loss" in str(found.reason)
    assert judged([], []).suggested is None


def test_that_a_range_without_an_upper_end_says_so():
    assert "no rate up to 1 was too large" in str(judged(RATES, valley(rises_at=100)).reason)


def test_that_smoothing_shifts_nothing():
    peak = [0.0] * 50 + [1.0] + [0.0] * 50
    smooth = smoothed(peak, 3.0)
    assert max(range(101), key=smooth.__getitem__) == 50
    assert smooth[47] == pytest.approx(smooth[53])
    assert smoothed([2.0] * 5, 4.0) == pytest.approx([2.0] * 5)


def test_that_it_is_the_same_each_time_and_keeps_nothing(config, tmp_path):
    first = result_of(rate_range(config, steps=40))
    assert first == result_of(rate_range(config, steps=40)) or math.isnan(first.losses[-1])
    assert len(first.losses) == len(first.rates) <= 40
    assert not list(tmp_path.rglob("*.safetensors"))
    assert not list(tmp_path.rglob("*.alexnet"))


def test_that_it_can_be_ended_with_what_was_tried(config):
    asked = queue.SimpleQueue()
    tried = Driven(rate_range(config, asked, steps=1_000))
    for event in tried:
        if isinstance(event, StepsDone):
            asked.put(Stop())
    assert len(tried.result.losses) == 10


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"least": 1.0, "most": 0.1}, "must grow"),
        ({"least": 0.0}, "must grow"),
        ({"most": math.nan}, "must grow"),
        ({"most": 100.0}, "at most 10"),
        ({"steps": 3}, "20 to 10,000 steps, not 3"),
    ],
)
def test_that_what_cannot_be_tried_is_said(config, limits, said):
    with pytest.raises(UserError, match=said):
        result_of(rate_range(config, **limits))


def test_that_the_command_draws_suggests_and_tells_all_as_json(config, capsys, monkeypatch):
    words = ["lr-range", "--preset", "shapes", "--data", config.data, "--device", "cpu", "--steps", "30"]
    small = ["--set", "batch_size=8", "--set", "threads=1"]
    assert cli.main([*words, *small, "--json"]) == 0
    captured = capsys.readouterr()
    assert "loss  " in captured.err
    found = json.loads(captured.out.splitlines()[-1])
    assert len(found["rates"]) == len(found["losses"]) == len(found["smooth"])
    assert found["configured"] == 0.01
    assert cli.main(["lr-range", "--preset", "imagenet-2012"]) == 2
    assert "needs your own images" in capsys.readouterr().err
