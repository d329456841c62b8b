"""Figure 1: which runs it plans, which it leaves, and what it concludes."""

from dataclasses import replace
from pathlib import Path

import pytest
from experimenting import differences, epochs, outcome
from matplotlib.axes import Axes
from PIL import Image

from alexnet_app.core.events import RunEnded
from alexnet_app.core.experiments import figure_one, picture
from alexnet_app.core.experiments.catalogue import experiment_named
from alexnet_app.core.experiments.experiment import NamedRun, Point, Scale
from alexnet_app.core.experiments.statistics_of_runs import training_curve
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config


def test_that_figure_1_trains_whole_images_without_regularization_at_rates_in_steps_of_two():
    planned = experiment_named("figure-1").plan(Scale())
    for each in planned:
        config = each.config
        assert (config.network, config.stop_at_training_error) == ("cifar-13pct-whole", 0.15)
        assert config.spec().input_size == config.spec().picture_size == 32
        assert config.optimization.weight_decay == config.augmentation.colour_noise == 0
        assert (config.augmentation.crop, config.augmentation.mirror) == (False, False)
        assert (config.optimization.schedule, config.validation_joins_after) == ("constant", 0)
        assert not any("norm" in layer.then for layer in config.spec().convolutions)
        assert not any(layer.dropout for layer in config.spec().dense)
    rates = {
        group: sorted(each.config.learning_rate for each in planned if (each.group, each.seed) == (group, 1))
        for group in ("ReLU", "tanh")
    }
    assert rates == {
        "ReLU": [0.0005 * 2**power for power in range(6)],
        "tanh": [0.0005 * 2**power for power in range(7)],
    }
    assert {each.seed for each in planned} == {1, 2, 3}
    assert differences(planned[0].config, planned[1].config) == {"learning_rate"}


@pytest.mark.parametrize(
    ("scale", "network"),
    [
        (Scale(data="shapes"), "shapes-towers"),
        (Scale(preset="cifar-towers"), "cifar-towers"),
        (Scale(preset="photo-towers"), "photo-towers"),
    ],
)
def test_that_other_networks_are_without_normalization_and_without_dropout(scale, network):
    for each in experiment_named("figure-1").plan(replace(scale, seeds=1)):
        config = each.config
        assert (config.network, config.ablation.normalization, config.ablation.dropout) == (network, False, False)
        assert not any(layer.dropout for layer in config.spec().dense)
        assert not any("norm" in layer.then for layer in config.spec().convolutions)


RUNS = (
    outcome("ReLU", 1, epochs(0.6, 0.2, 0.1), learning_rate=0.001),  # 40 % at 100, 25 % at 137.5, 15 % at 200
    outcome("ReLU", 1, epochs(0.3, 0.2, 0.1), learning_rate=0.002),  # at 50, at 100, at 200
    outcome("ReLU", 1, epochs(0.9, 0.9), learning_rate=0.004),
    outcome("tanh", 1, epochs(0.9, 0.7, 0.5, 0.3, 0.2), learning_rate=0.001),  # at 300, at 400, never
)


def rows_of(*runs):
    return {row.what: row for row in figure_one.conclude(Scale(), runs).rows}


def test_that_figure_1_compares_the_best_rates_at_each_level():
    rows = rows_of(*RUNS)
    steps = {
        (group, level): rows[f"steps to {level} % training error, {group}"].measured
        for group in ("ReLU", "tanh")
        for level in (40, 25, 15)
    }
    assert steps == {
        ("ReLU", 40): 50,
        ("ReLU", 25): pytest.approx(100),
        ("ReLU", 15): pytest.approx(200),
        ("tanh", 40): pytest.approx(300),
        ("tanh", 25): pytest.approx(400),
        ("tanh", 15): None,
    }
    relu, tanh = (rows[f"steps to 25 % training error, {group}"] for group in ("ReLU", "tanh"))
    assert relu.note == "best learning rate 0.002"
    assert tanh.note == "best learning rate 0.001, the largest tried: a larger one may be better"
    ratios = [rows[f"how many times faster ReLU is at {level} %"] for level in (40, 25, 15)]
    assert [(each.measured, each.paper) for each in ratios] == [
        (pytest.approx(6), None),
        (pytest.approx(4), 6.0),
        (None, None),
    ]
    sentence = figure_one.conclude(Scale(), RUNS).sentence
    assert (
        "25 % training error 4.0 times faster than tanh (6.0 at 40 %, more than 2.2 at 15 %); the paper found six"
        in sentence
    )


def test_that_figure_1_has_the_spread_of_the_ratio_over_the_seeds():
    again = (outcome("ReLU", 2, epochs(0.2)), outcome("tanh", 2, epochs(0.3, 0.2, steps=150)))  # at 50, at 150
    finding = figure_one.conclude(Scale(), (*RUNS, *again))
    ratio = next(row for row in finding.rows if row.what == "how many times faster ReLU is at 25 %")
    assert (ratio.spread.count, ratio.measured, ratio.spread.standard_error) == (2, pytest.approx(3.5), 0.5)
    assert "3.5 ± 0.5 times faster" in finding.sentence


def test_that_figure_1_says_what_never_got_there():
    never = [*epochs(0.9, 0.5), RunEnded("diverged", 200, 2)]
    finding = figure_one.conclude(Scale(quick=True), (outcome("ReLU", 1, epochs(0.2)), outcome("tanh", 1, never)))
    rows = {row.what: row for row in finding.rows}
    assert finding.quick
    ratio = rows["how many times faster ReLU is at 25 %"]
    # what has diverged says nothing of how long it would have taken
    assert (ratio.measured, ratio.note) == (None, "tanh did not reach it in 1 of 1 seed")
    tanh = rows["steps to 25 % training error, tanh"]
    assert tanh.note == "not reached: least training error 50.0%; 1 of 1 runs diverged"
    assert "tanh did not reach" in finding.sentence


def test_that_figure_1_says_how_much_sooner_at_least_where_tanh_is_not_there_yet():
    runs = (
        outcome("ReLU", 1, epochs(0.3, 0.2)),  # at 100
        outcome("tanh", 1, epochs(0.9, 0.7, 0.5, 0.45)),  # the last at 350
        outcome("tanh", 1, epochs(0.9, 0.7, 0.5, 0.4, 0.3)),
        outcome("tanh", 1, [*epochs(0.9), RunEnded("diverged", 100, 1)]),
    )
    finding = figure_one.conclude(Scale(), runs)
    ratio = next(row for row in finding.rows if row.what == "how many times faster ReLU is at 25 %")
    assert ratio.measured is None
    assert ratio.note == "more than 3.5; tanh did not reach it in 1 of 1 seed"
    assert "more than 3.5 times faster" in finding.sentence
    assert "tanh did not reach it in 1 of 1 seed; the paper found six" in finding.sentence


def test_that_a_seed_in_which_tanh_never_got_there_makes_the_ratio_a_lower_bound():
    runs = [outcome("ReLU", seed, epochs(0.3, 0.2)) for seed in (1, 2, 3)]  # at 100
    runs += [outcome("tanh", seed, epochs(0.9, 0.7, 0.3, 0.2)) for seed in (1, 2)]  # at 300
    slow = outcome("tanh", 3, epochs(*[0.9] * 20))  # the last at 1950
    finding = figure_one.conclude(Scale(), (*runs, slow))
    rows = {row.what: row for row in finding.rows}
    ratio = rows["how many times faster ReLU is at 25 %"]
    assert (ratio.measured, ratio.spread) == (None, None)
    assert ratio.note == "more than 8.5; tanh did not reach it in 1 of 3 seeds; 3.0 ± 0.0 in 2 seeds alone"
    assert "25 % training error more than 8.5 times faster than tanh" in finding.sentence
    assert ": tanh did not reach it in 1 of 3 seeds; the paper found six" in finding.sentence
    tanh = rows["steps to 25 % training error, tanh"]
    assert tanh.measured == pytest.approx(300)
    assert tanh.note.endswith("; not reached in 1 of 3 seeds, which are excluded")
    assert "not reached" not in rows["steps to 25 % training error, ReLU"].note
    diverged = replace(slow, events=(*epochs(0.9), RunEnded("diverged", 100, 1)))
    unknown = figure_one.conclude(Scale(), (*runs, diverged))
    row = next(row for row in unknown.rows if row.what == "how many times faster ReLU is at 25 %")
    assert (row.measured, row.note) == (None, "tanh did not reach it in 1 of 3 seeds; 3.0 ± 0.0 in 2 seeds alone")
    assert "tanh did not reach it in 1 of 3 seeds. More epochs" in unknown.sentence


def test_that_a_seed_in_which_relu_never_got_there_is_named():
    runs = [outcome(name, 1, epochs(0.3, 0.2)) for name in ("ReLU", "tanh")]
    runs += [outcome("ReLU", 2, epochs(0.9)), outcome("tanh", 2, epochs(0.3, 0.2))]
    finding = figure_one.conclude(Scale(), tuple(runs))
    ratio = next(row for row in finding.rows if row.what == "how many times faster ReLU is at 25 %")
    assert (ratio.measured, ratio.note) == (pytest.approx(1), "ReLU did not reach it in 1 of 2 seeds")
    assert "ReLU did not reach it in 1 of 2 seeds; the paper" in finding.sentence


@pytest.mark.parametrize(
    ("errors", "is_left"),
    [
        ((0.9, 0.8), False),  # 200 steps: the first was at 40 % after 100
        ((0.9, 0.8, 0.5), True),  # 300 steps, and not at 40 % yet
        ((0.9, 0.8, 0.35), False),  # 300 steps, and at 40 %
        ((0.9, 0.35, 0.3, 0.3), False),
        ((0.9, 0.35, 0.3, 0.3, 0.3), True),  # 500 steps; the first was at 25 % after 137.5
        ((0.9, 0.35, 0.2, 0.2, 0.2), False),  # 500 steps, the first was at 15 % after 200
        ((0.9, 0.35, 0.2, 0.2, 0.2, 0.2), True),
    ],
)
def test_that_a_rate_is_left_once_it_is_three_times_behind_at_a_level(errors, is_left):
    first = outcome("tanh", 1, epochs(0.6, 0.2, 0.1))  # 40 % at 100, 25 % at 137.5, 15 % at 200
    second = outcome("tanh", 1, epochs(0.9, 0.2, 0.1))  # never the fastest
    planned = outcome("tanh", 1, []).planned
    assert figure_one.is_far_behind(planned, epochs(*errors), (first, second)) is is_left


def test_that_a_rate_is_left_for_one_of_the_same_activation_and_seed_alone():
    fast = epochs(0.1)
    planned, slow = outcome("tanh", 2, []).planned, epochs(*[0.9] * 50)
    others = (outcome("ReLU", 2, fast), outcome("tanh", 1, fast))
    assert not figure_one.is_far_behind(planned, slow, others)
    assert not figure_one.is_far_behind(planned, slow, (*others, outcome("tanh", 2, slow)))
    assert figure_one.is_far_behind(planned, slow, (*others, outcome("tanh", 2, fast)))
    assert not figure_one.is_far_behind(planned, [], (outcome("tanh", 2, fast),))


def test_that_left_runs_are_counted():
    left = replace(outcome("tanh", 1, epochs(0.9, 0.9), learning_rate=0.002), left_at=200)
    finding = figure_one.conclude(Scale(), (*RUNS, left))
    assert "1 of 5 runs were stopped early: they had not reached a level after 3 times the steps" in finding.sentence
    assert finding.conditions.endswith("5 runs, 1 of them stopped early")


def test_that_points_of_figure_1_stand_where_its_curve_is_measured():
    planned = NamedRun("x", "ReLU", 1, load_config("cifar10"))
    drawn = [point for event in epochs(0.6, 0.2) for point in figure_one.points(planned, Run(Path("none")), event)]
    assert [(each.step, each.value / 100) for each in drawn] == [
        (step, pytest.approx(error)) for step, error in training_curve(epochs(0.6, 0.2))
    ]


def test_that_the_picture_has_a_line_at_each_level(tmp_path, monkeypatch):
    points = [
        tuple(Point(each.planned.group, step, 100 * error) for step, error in training_curve(each.events))
        for each in RUNS
    ]
    monkeypatch.setattr(picture, "_all_points", lambda *_: points)
    drawn, axhline = [], Axes.axhline
    monkeypatch.setattr(Axes, "axhline", lambda axes, level, **how: (drawn.append(level), axhline(axes, level, **how)))
    path = picture.write_figure(figure_one.FIGURE_ONE, Scale(), tmp_path, figure_one.conclude(Scale(), RUNS))
    with Image.open(path) as written:
        assert written.width > 500
    assert drawn == [40, 25, 15]
