"""The paper's experiments: what they train, that nothing is trained twice, and that their numbers are right."""

import json
import math
import queue
import shlex
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli, experiment_command
from alexnet_app.core.data import download, shapes
from alexnet_app.core.data.imagenet import synsets
from alexnet_app.core.data.sources import Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import (
    Command,
    EpochDone,
    Evaluated,
    Event,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
    Stop,
)
from alexnet_app.core.experiments import figure_one, scoreboard, telling
from alexnet_app.core.experiments.catalogue import EXPERIMENTS, experiment_named
from alexnet_app.core.experiments.experiment import (
    Concluded,
    Finding,
    NamedRun,
    Outcome,
    Row,
    RunBegun,
    RunOf,
    Scale,
    Spread,
)
from alexnet_app.core.experiments.kernels import write_kernels
from alexnet_app.core.experiments.measures import crossing, is_beyond_chance, spread, training_curve
from alexnet_app.core.experiments.running import running
from alexnet_app.core.experiments.stored import findings_below, folder_for, kept_finding, kept_plan
from alexnet_app.core.inference.evaluation import Evaluation, Member
from alexnet_app.core.inference.evaluation_file import kept_average, kept_file, write_evaluation
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import estimate
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

PAIR = experiment_named("colour-noise")
TINY = Scale(data="shapes", epochs=1, seeds=1, device="cpu", threads=1)


@cache
def small_source() -> Source:
    """A tenth of a second of the embedded set."""
    counts = {"train": 128, "validation": 30, "test": 40}
    splits = {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
    return Source("shapes", shapes.CLASSES, splits)


def small_drawing(_: int = 0) -> Generator[Event, None, Source]:
    """The same, as it is asked for by a run."""
    yield from ()
    return small_source()


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch, tmp_path):
    monkeypatch.setattr(shapes, "drawing", small_drawing)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)  # a third of a second each time


def flat(config: TrainConfig) -> dict[str, object]:
    values = asdict(config)
    inner = {
        f"{group}.{name}": each
        for group in values
        if isinstance(values[group], dict)
        for name, each in values[group].items()
    }
    return {name: value for name, value in values.items() if not isinstance(value, dict)} | inner


def differences(first: TrainConfig, second: TrainConfig) -> set[str]:
    one, other = flat(first), flat(second)
    return {name for name in one if one[name] != other[name]}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("normalization", "ablation.normalization"),
        ("overlap", "ablation.overlap"),
        ("one-tower", "ablation.towers"),
        ("towers-apart", "ablation.towers"),
        ("colour-noise", "augmentation.colour_noise"),
        ("specialization", "ablation.towers"),
    ],
)
def test_that_what_is_compared_differs_in_one_thing(name, changed):
    planned = experiment_named(name).plan(Scale(seeds=2))
    assert {each.seed for each in planned} == {1, 2}
    same_seed = [each.config for each in planned if each.seed == 1]
    assert all(differences(same_seed[0], other) == {changed} for other in same_seed[1:])
    assert len({each.name for each in planned}) == len(planned)


def test_that_figure_1_has_no_regularization_and_a_grid_of_rates_for_each_activation():
    planned = experiment_named("figure-1").plan(Scale())
    for each in planned:
        config = each.config
        assert (config.network, config.stop_at_training_error) == ("cifar-2012", 0.25)
        assert config.optimization.weight_decay == config.augmentation.colour_noise == 0
        assert (config.augmentation.crop, config.augmentation.mirror) == (False, False)
        assert not config.ablation.normalization
        assert not any(layer.dropout for layer in config.spec().dense)
    rates = {
        group: [each.config.learning_rate for each in planned if each.group == group] for group in ("ReLU", "tanh")
    }
    assert all(len(set(each)) == len(each) >= 2 for each in rates.values())
    assert differences(planned[0].config, planned[1].config) == {"learning_rate"}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_that_a_quick_look_has_less_to_do_and_the_curves_that_it_names(experiment):
    whole, quick = (experiment.plan(Scale(quick=is_quick)) for is_quick in (False, True))
    work = [sum(each.config.epochs * each.config.share for each in plan) for plan in (whole, quick)]
    assert work[1] <= work[0] / 10
    groups = {each.group for each in whole}
    assert all(any(curve.name.startswith(group) for curve in experiment.curves) for group in groups)


def test_that_a_network_without_towers_is_refused_where_towers_are_compared():
    for name in ("one-tower", "towers-apart", "specialization"):
        with pytest.raises(UserError, match="cifar-2012 has one column"):
            experiment_named(name).plan(Scale(preset="cifar10"))


def test_that_an_unknown_name_says_the_nearest():
    with pytest.raises(UserError, match="the nearest is 'figure-1'"):
        experiment_named("figure1")


@pytest.mark.parametrize("values", [{"epochs": -1}, {"seeds": -1}, {"seeds": 1000}])
def test_that_a_scale_that_makes_no_sense_is_refused(values):
    with pytest.raises(UserError, match="must be from 1 to"):
        Scale(**values)


def told(events: list[Event], kind: type[Event]) -> list[Event]:
    """The events of that kind that runs reported."""
    return [each.event for each in events if isinstance(each, RunOf) and isinstance(each.event, kind)]


def test_that_an_experiment_goes_on_after_a_stop_and_repeats_nothing(tmp_path):
    scale, folder = replace(TINY, epochs=2), tmp_path / "noise"
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    asked.put(Stop())
    stopped = list(running(PAIR, scale, folder, asked))
    assert told(stopped, RunEnded)[0].reason == "stopped"
    assert not [each for each in stopped if isinstance(each, Concluded)]
    assert kept_finding(folder) is None

    whole = list(running(PAIR, scale, folder))
    begun = [each for each in whole if isinstance(each, RunBegun)]
    assert [(each.index, each.total, each.is_over) for each in begun] == [(1, 2, False), (2, 2, False)]
    assert [event.step for event in told(whole, Resumed)] == [told(stopped, RunEnded)[0].step]
    assert [event.reason for event in told(whole, RunEnded)] == ["finished", "finished"]
    assert isinstance(whole[-1], Concluded)
    assert kept_finding(folder) == whole[-1].finding

    again = list(running(PAIR, scale, folder))
    assert [type(each) for each in again] == [RunBegun, RunBegun, Concluded]
    assert all(each.is_over and len(each.points) == 2 for each in again[:-1])
    assert again[-1] == whole[-1]


def test_that_more_seeds_only_add(tmp_path):
    folder = folder_for(tmp_path, PAIR, TINY)
    list(running(PAIR, TINY, folder))
    more = replace(TINY, seeds=2)
    assert folder_for(tmp_path, PAIR, more) == folder
    events = list(running(PAIR, more, folder))
    assert [each.is_over for each in events if isinstance(each, RunBegun)] == [True, True, False, False]
    assert events[-1].finding.rows[-1].spread.count == 2
    assert [each.name for each in kept_plan(folder, PAIR)] == [each.name for each in PAIR.plan(more)]


def test_that_another_scale_gets_another_folder_and_is_refused_in_this_one(tmp_path):
    folder = folder_for(tmp_path, PAIR, TINY)
    next(running(PAIR, TINY, folder))
    longer = replace(TINY, epochs=3)
    assert folder_for(tmp_path, PAIR, longer) not in (folder, folder_for(tmp_path, PAIR, replace(longer, quick=True)))
    with pytest.raises(UserError, match="this experiment with other settings"):
        next(running(PAIR, longer, folder))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    with pytest.raises(UserError, match="holds something else"):
        next(running(PAIR, TINY, tmp_path / "photos"))


@pytest.mark.parametrize("refused", [{"data": "/nonexistent"}, {"preset": "nope"}, {"device": "nothing"}])
def test_that_a_refused_experiment_leaves_no_folder(tmp_path, refused):
    with pytest.raises(UserError):
        list(running(PAIR, replace(TINY, **refused), tmp_path / "e"))
    assert list(tmp_path.glob("e*")) == []


def test_that_a_refused_experiment_keeps_what_was_trained_before(tmp_path):
    list(running(PAIR, TINY, tmp_path / "e"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError):
        list(running(PAIR, replace(TINY, seeds=2, device="nothing"), tmp_path / "e"))
    assert sorted(tmp_path.rglob("*")) == before


def test_that_a_run_whose_settings_were_changed_is_refused(tmp_path):
    planned = PAIR.plan(TINY)[0]
    Run.create(tmp_path / "e" / planned.name, to_toml(replace(planned.config, learning_rate=0.5)))
    (tmp_path / "e" / "experiment.json").write_text(
        json.dumps({"experiment": PAIR.name, "data": "shapes", "epochs": 1, "quick": False, "preset": ""})
    )
    with pytest.raises(UserError, match="other settings than the experiment"):
        list(running(PAIR, TINY, tmp_path / "e"))


def test_that_a_run_ends_once_its_training_error_is_small_enough(tmp_path):
    config = with_settings(load_config("shapes"), ["epochs=5", "threads=1", "device=cpu", "stop_at_training_error=1.0"])
    run = Run.create(tmp_path / "run", to_toml(config))
    events = list(train(config, run))
    assert len([each for each in events if isinstance(each, EpochDone)]) == 1
    assert [type(each) for each in events[-2:]] == [Evaluated, RunEnded]
    assert events[-1].reason == "finished"
    again = list(train(config, run))  # as after a crash between the last save and the end
    assert not [each for each in again if isinstance(each, StepsDone)]
    assert again[-1] == events[-1]


def test_that_a_share_of_the_pictures_leaves_the_test_split_whole(tmp_path):
    config = with_settings(load_config("shapes"), ["epochs=1", "threads=1", "device=cpu", "share=0.5"])
    events = list(train(config, Run.create(tmp_path / "run", to_toml(config))))
    started = next(each for each in events if isinstance(each, RunStarted))
    assert (started.train_pictures, started.validation_pictures, started.test_pictures) == (64, 15, 40)


def test_that_a_crossing_lies_on_the_line_between_two_epochs():
    curve = [(50.0, 0.9), (150.0, 0.5), (250.0, 0.1)]
    assert crossing(curve, 0.25) == pytest.approx(150 + 100 * 0.25 / 0.4)
    assert crossing(curve, 0.5) == 150
    assert crossing(curve, 0.05) is None
    assert crossing([(50.0, 0.2)], 0.25) == 50
    assert crossing([], 0.25) is None


def test_that_spread_and_chance_are_those_of_the_textbook():
    found = spread([1.0, 2.0, 6.0])
    assert found == Spread(3, 3.0, pytest.approx(math.sqrt(7 / 3)), 1.0, 6.0)
    assert spread([]) is None
    assert math.isnan(spread([4.0]).standard_error)
    assert not is_beyond_chance(spread([1.0, 2.0]))  # t = 3 with one degree of freedom: p = 0.2
    assert is_beyond_chance(spread([1.0, 1.1, 0.9]))
    assert not is_beyond_chance(spread([5.0]))


def outcome(group: str, seed: int, events: list[Event], folder: Path = Path("none"), **changes: object) -> Outcome:
    config = replace(load_config("cifar10"), seed=seed, **changes)
    return Outcome(NamedRun(f"{group}-{seed}", group, seed, config), Run(folder), tuple(events))


def epochs(*errors: float, steps: int = 100) -> list[Event]:
    return [
        EpochDone(number, number * steps, 1.0, error, 1.0, error + 0.1, 0.1, True, 10.0)
        for number, error in enumerate(errors, start=1)
    ]


def test_that_figure_1_compares_the_best_rates():
    finding = figure_one.conclude(
        Scale(),
        (
            outcome("ReLU", 1, epochs(0.6, 0.2), learning_rate=0.001),  # from 50 to 150: at 137.5
            outcome("ReLU", 1, epochs(0.3, 0.2), learning_rate=0.002),  # at 100
            outcome("ReLU", 1, epochs(0.9, 0.9), learning_rate=0.004),
            outcome("tanh", 1, epochs(0.9, 0.7, 0.5, 0.3, 0.2), learning_rate=0.001),  # from 350 to 450: at 400
        ),
    )
    relu, tanh, ratio = finding.rows
    assert (relu.measured, tanh.measured) == (pytest.approx(100), pytest.approx(400))
    assert relu.note == "best rate 0.002"
    assert tanh.note == "best rate 0.001, the largest tried: a larger one may be better"
    assert (ratio.measured, ratio.paper, ratio.unit) == (pytest.approx(4), 6.0, "×")
    assert "4.0 times sooner" in finding.sentence


def test_that_figure_1_says_what_never_got_there():
    never = [*epochs(0.9, 0.5), RunEnded("diverged", 200, 2)]
    finding = figure_one.conclude(Scale(quick=True), (outcome("ReLU", 1, epochs(0.2)), outcome("tanh", 1, never)))
    assert finding.quick
    assert finding.rows[-1].measured is None
    assert finding.rows[1].note == "not reached: least training error 50.0%; 1 of 1 runs diverged"
    assert "tanh did not reach" in finding.sentence
    assert finding.rows[-1].note == ""  # whatever has diverged says nothing of how long it would have taken


def test_that_figure_1_says_how_much_sooner_at_least_where_tanh_is_not_there_yet():
    runs = (
        outcome("ReLU", 1, epochs(0.3, 0.2)),  # at 100
        outcome("tanh", 1, epochs(0.9, 0.7, 0.5, 0.4)),  # the last at 350
        outcome("tanh", 1, epochs(0.9, 0.7, 0.5, 0.4, 0.3)),
        outcome("tanh", 1, [*epochs(0.9), RunEnded("diverged", 100, 1)]),
    )
    finding = figure_one.conclude(Scale(), runs)
    assert finding.rows[-1].measured is None
    assert finding.rows[-1].note == "more than 3.5: tanh had not got there after 350 steps"
    assert "more than 3.5 times sooner" in finding.sentence


def test_that_points_of_figure_1_stand_where_its_curve_is_measured():
    planned = NamedRun("x", "ReLU", 1, load_config("cifar10"))
    drawn = [point for event in epochs(0.6, 0.2) for point in figure_one.points(planned, Run(Path("none")), event)]
    assert [(each.step, each.value / 100) for each in drawn] == [
        (step, pytest.approx(error)) for step, error in training_curve(epochs(0.6, 0.2))
    ]


def evaluated(error: float) -> list[Event]:
    return [*epochs(0.5), Evaluated("test", 100, 1.0, error, 0.01)]


def test_that_a_pair_is_compared_seed_by_seed():
    pair = experiment_named("overlap")
    plain, changed = (curve.name for curve in pair.curves)
    given = {plain: (0.20, 0.22, 0.24), changed: (0.21, 0.24, 0.25)}
    runs = [
        outcome(group, seed, evaluated(error)) for group, all_ in given.items() for seed, error in enumerate(all_, 1)
    ]
    finding = pair.conclude(Scale(), tuple(runs))
    assert [row.measured for row in finding.rows] == [pytest.approx(each) for each in (22, 70 / 3, 4 / 3)]
    difference = finding.rows[-1]
    assert difference.spread == Spread(
        3, pytest.approx(4 / 3), pytest.approx(1 / 3), pytest.approx(1), pytest.approx(2)
    )
    assert (difference.paper, difference.unit) == (None, "points")
    assert difference.note == "the paper, on ILSVRC-2010: 0.4 points"
    assert "1.33 points worse (standard error 0.33), which chance alone could make" in finding.sentence
    assert finding.sentence.endswith("; the paper, on ILSVRC-2010, found 0.4.")
    assert finding.rows[0].what.startswith("test error")


def test_that_one_seed_and_no_test_split_are_said():
    pair = experiment_named("normalization")
    plain, changed = (curve.name for curve in pair.curves)
    finding = pair.conclude(Scale(), (outcome(plain, 1, epochs(0.1)), outcome(changed, 1, epochs(0.05))))
    assert finding.rows[0].what.startswith("validation error")
    assert "5.00 points better" in finding.sentence
    assert "One pair of runs tells nothing of chance" in finding.sentence
    assert [row.paper for row in finding.rows] == [11.0, 13.0, 2.0]


def diverged(error: float) -> list[Event]:
    return [*epochs(error), RunEnded("diverged", 100, 1)]


def test_that_a_pair_with_a_run_that_diverged_is_left_out_and_told():
    pair = experiment_named("normalization")
    plain, changed = (curve.name for curve in pair.curves)
    runs = [outcome(plain, seed, evaluated(0.10 + seed / 100)) for seed in (1, 2, 3)]
    runs += [outcome(changed, seed, evaluated(0.12 + seed / 100)) for seed in (1, 3)]
    finding = pair.conclude(Scale(), (*runs, outcome(changed, 2, diverged(0.9))))
    assert [row.what for row in finding.rows[:2]] == [f"test error, {plain}", f"test error, {changed}"]
    assert [row.measured for row in finding.rows] == [pytest.approx(each) for each in (12, 14, 2)]
    assert [row.spread.count for row in finding.rows] == [3, 2, 2]
    assert finding.rows[1].note == "1 of 3 runs without normalization diverged and is left out"
    assert "the paper, on CIFAR-10, found 2. 1 of 3 runs without" in finding.sentence
    assert finding.sentence.endswith(f" {finding.rows[1].note}.")


def test_that_it_is_said_where_divergence_leaves_too_few_runs():
    pair = experiment_named("normalization")
    plain, changed = (curve.name for curve in pair.curves)
    runs = [outcome(plain, 1, evaluated(0.1)), outcome(plain, 2, evaluated(0.1)), outcome(changed, 1, evaluated(0.2))]
    one = pair.conclude(Scale(), (*runs, outcome(changed, 2, diverged(0.9))))
    assert "10.00 points worse" in one.sentence
    assert "One pair of runs tells nothing of chance. 1 of 2 runs" in one.sentence
    none = pair.conclude(Scale(), (*runs[:2], *(outcome(changed, seed, diverged(0.9)) for seed in (1, 2))))
    assert none.rows[-1].measured is None
    assert none.sentence.startswith("No seed has an error of both kinds of run to compare. 2 of 2 runs")
    every = pair.conclude(Scale(), tuple(outcome(group, 1, diverged(0.9)) for group in (plain, changed)))
    assert [row.measured for row in every.rows] == [None, None, None]


def test_that_a_validation_error_is_never_compared_with_a_test_error():
    pair = experiment_named("normalization")
    plain, changed = (curve.name for curve in pair.curves)
    runs = outcome(plain, 1, [*epochs(0.3), Evaluated("test", 100, 1.0, 0.1, 0.01)]), outcome(changed, 1, epochs(0.4))
    finding = pair.conclude(Scale(), runs)
    assert finding.rows[0].what.startswith("validation error")
    assert [row.measured for row in finding.rows] == [pytest.approx(each) for each in (40, 50, 10)]


def write_head(file: Path, classes: tuple[str, ...]) -> None:
    """As much of a model as says what it tells apart."""
    head = json.dumps({"__metadata__": {"classes": json.dumps(classes)}}).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(len(head).to_bytes(8, "little") + head)


ILSVRC = tuple(each.name for each in synsets())


@pytest.mark.parametrize(
    ("classes", "network", "share", "paper"),
    [
        (ILSVRC, "alexnet-2012", 1.0, 1.7),
        (tuple(f"mine {place}" for place in range(1000)), "alexnet-2012", 1.0, None),
        (ILSVRC, "cifar-towers", 1.0, None),
        (ILSVRC, "alexnet-2012", 0.1, None),
    ],
)
def test_that_the_paper_stands_beside_what_was_trained_as_in_the_paper(tmp_path, classes, network, share, paper):
    pair = experiment_named("one-tower")
    write_head(tmp_path / "last.alexnet", classes)
    runs = [
        outcome(curve.name, 1, evaluated(0.4), tmp_path, network=network, share=share, data="somewhere")
        for curve in pair.curves
    ]
    difference = pair.conclude(Scale(), tuple(runs)).rows[-1]
    assert difference.paper == paper
    assert difference.note == "the paper, on ILSVRC-2010" + ("" if paper else ": 1.7 points")


def test_that_figures_of_cifar10_stand_beside_cifar10_alone():
    pair = experiment_named("normalization")
    own = [outcome(curve.name, 1, evaluated(0.4), data="/photos") for curve in pair.curves]
    assert [row.paper for row in pair.conclude(Scale(), tuple(own)).rows] == [None, None, None]


@pytest.mark.parametrize("name", [each.name for each in EXPERIMENTS if each.name not in ("figure-1", "scoreboard")])
def test_that_pictures_of_ones_own_get_the_network_of_large_pictures(tmp_path, name):
    (tmp_path / "photos").mkdir()
    (tmp_path / "cifar" / "cifar-10-batches-bin").mkdir(parents=True)
    (tmp_path / "cifar" / "cifar-10-batches-bin" / "data_batch_1.bin").touch()

    def first(data: str, **asked: object) -> TrainConfig:
        return experiment_named(name).plan(Scale(data=data, **asked))[0].config

    own = first(str(tmp_path / "photos"))
    assert (own.preset, own.network, own.epochs) == ("imagenet-2012", "alexnet-2012", 90)
    assert own.data == str(tmp_path / "photos")
    usual = first("").preset
    assert first(str(tmp_path / "cifar")).preset == usual != "imagenet-2012"
    assert first(str(tmp_path / "photos"), preset="cifar-towers").network == "cifar-towers"
    assert first(str(tmp_path / "photos"), epochs=7).epochs == 7
    assert first("shapes").preset == "shapes"


def scored_run(folder: Path, config: TrainConfig, data: str, events: list[Event], *evaluations: Evaluation) -> Run:
    run = Run.create(folder, to_toml(config))
    spec = config.spec(1000 if data != "CIFAR-10" else 10)
    with run.opened() as log:
        log.append(RunStarted(config.network, data, spec.parameters, 9, 9, 9, 1, 1, "cpu", "fp32", 1))
        for event in events:
            log.append(event)
    for each in evaluations:
        write_evaluation(kept_file(run, each.split, each.views), each)
    return run


def judged(split: str, views: int, top1: float, top5: float, names: tuple[str, ...] = ("net",)) -> Evaluation:
    """An evaluation of 100 pictures of one class."""
    wrong = round(100 * top1)
    confusion, members = np.array([[100 - wrong, wrong], [0, 0]]), tuple(Member(name, 9) for name in names)
    return Evaluation("photos", split, views, members, ("a", "b"), 1.0, top1, top5, confusion, ())


def own_scores(parent: Path) -> dict[str, tuple[object, float | None]]:
    rows = scoreboard.conclude(Scale(runs=parent), ()).rows
    return {row.what: (pytest.approx(row.measured), row.paper) for row in rows if row.measured is not None}


def test_that_own_runs_stand_beside_the_published_rows_with_the_same_views(tmp_path):
    imagenet, cifar = load_config("imagenet-2012"), load_config("cifar10")
    big = scored_run(tmp_path / "big", imagenet, "ilsvrc", epochs(0.3), judged("validation", 10, 0.42, 0.19))
    write_head(big.best_file, ILSVRC)
    scored_run(tmp_path / "small", cifar, "CIFAR-10", evaluated(0.12))
    scored_run(tmp_path / "other", cifar, "photos", [])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.toml").write_text("what is this")
    assert own_scores(tmp_path) == {
        "big: validation, ten views, top-1": (42, 40.7),
        "big: validation, ten views, top-5": (19, 18.2),
        "big: validation, single view, top-1": (40, None),
        "big: validation, single view, top-5": (10, None),
        "small: CIFAR-10 test, single view, top-1": (12, 11.0),
    }
    finding = scoreboard.conclude(Scale(runs=tmp_path), ())
    assert "5 errors of your own runs" in finding.sentence
    assert "1 run is of other data" in finding.sentence


def test_that_the_scoreboard_has_all_of_tables_1_and_2(tmp_path):
    published = {row.what: row.paper for row in scoreboard.conclude(Scale(runs=tmp_path), ()).rows}
    assert published == {
        "ILSVRC-2010 test, sparse coding, top-1": 47.1,
        "ILSVRC-2010 test, sparse coding, top-5": 28.2,
        "ILSVRC-2010 test, SIFT + FVs, top-1": 45.7,
        "ILSVRC-2010 test, SIFT + FVs, top-5": 25.7,
        "ILSVRC-2010 test, one net, ten views, top-1": 37.5,
        "ILSVRC-2010 test, one net, ten views, top-5": 17.0,
        "ILSVRC-2010 test, one net, single view, top-1": 39.0,
        "ILSVRC-2010 test, one net, single view, top-5": 18.3,
        "ILSVRC-2012 test, SIFT + FVs, top-5": 26.2,
        "ILSVRC-2012 validation, one net, ten views, top-1": 40.7,
        "ILSVRC-2012 validation, one net, ten views, top-5": 18.2,
        "ILSVRC-2012 validation, 5 nets, ten views, top-1": 38.1,
        "ILSVRC-2012 validation, 5 nets, ten views, top-5": 16.4,
        "ILSVRC-2012 test, 5 nets, ten views, top-5": 16.4,
        "ILSVRC-2012 validation, one net, pre-trained, ten views, top-1": 39.0,
        "ILSVRC-2012 validation, one net, pre-trained, ten views, top-5": 16.6,
        "ILSVRC-2012 validation, 7 nets, 2 pre-trained, ten views, top-1": 36.7,
        "ILSVRC-2012 validation, 7 nets, 2 pre-trained, ten views, top-5": 15.4,
        "ILSVRC-2012 test, 7 nets, 2 pre-trained, ten views, top-5": 15.3,
    }


def test_that_a_run_of_other_data_or_a_part_of_them_is_not_scored(tmp_path):
    imagenet, cifar = load_config("imagenet-2012"), load_config("cifar10")
    mine = scored_run(tmp_path / "mine", imagenet, "1000 of mine", [], judged("validation", 10, 0.42, 0.19))
    write_head(mine.best_file, tuple(f"mine {place}" for place in range(1000)))
    part = scored_run(tmp_path / "part", replace(imagenet, share=0.1), "ilsvrc", epochs(0.3))
    write_head(part.best_file, ILSVRC)
    scored_run(tmp_path / "little", replace(cifar, share=0.05), "CIFAR-10", evaluated(0.3))
    assert own_scores(tmp_path) == {}
    assert "3 runs are of other data, of a part of them" in scoreboard.conclude(Scale(runs=tmp_path), ()).sentence


def test_that_what_is_otherwise_in_a_network_is_said_and_has_no_figure_beside_it(tmp_path):
    def run(name: str, data: str, **changed: object) -> None:
        config = load_config("cifar10" if data == "CIFAR-10" else "imagenet-2012")
        config = replace(config, ablation=replace(config.ablation, **changed))
        scores = (evaluated(0.15), ()) if data == "CIFAR-10" else ([], (judged("validation", 10, 0.42, 0.19),))
        write_head(scored_run(tmp_path / name, config, data, scores[0], *scores[1]).best_file, ILSVRC)

    run("a", "CIFAR-10", normalization=False)
    run("b", "CIFAR-10", activation="tanh")
    run("c", "ilsvrc", towers="apart")
    assert own_scores(tmp_path) == {
        "a, without normalization: CIFAR-10 test, single view, top-1": (15, 13.0),
        "b, tanh instead of ReLU: CIFAR-10 test, single view, top-1": (15, None),
        "c, alexnet-2012, towers that never talk: validation, ten views, top-1": (42, None),
        "c, alexnet-2012, towers that never talk: validation, ten views, top-5": (19, None),
    }


@pytest.mark.parametrize(("odd", "papers"), [({}, (38.1, 16.4)), ({"network": "caffe"}, (None, None))])
def test_that_the_mean_of_five_nets_stands_beside_that_of_the_paper(tmp_path, odd, papers):
    config, names = load_config("imagenet-2012"), tuple("abcde")
    runs = [
        scored_run(tmp_path / name, replace(config, **(odd if name == "e" else {})), "ilsvrc", []) for name in names
    ]
    write_head(runs[0].best_file, ILSVRC)
    write_evaluation(kept_average(runs, "validation", 10), judged("validation", 10, 0.39, 0.17, names))
    assert own_scores(tmp_path) == {
        "a and 4 more, their mean: validation, ten views, top-1": (39, papers[0]),
        "a and 4 more, their mean: validation, ten views, top-5": (17, papers[1]),
    }
    assert scoreboard.conclude(Scale(runs=tmp_path), ()).rows[-1].note == "100 pictures; a, b, c, d, e"


DAMAGED = [
    "",
    "[]",
    '{"views": 10}',
    '{"split": "test", "views": "many"}',
    '{"split": 1, "views": null}',
    '{"split": "validation", "views": " ", "top1_error": 0.1}',
    '{"split": "validation", "views": 1, "top1_error": 0.1, "pictures": Infinity}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_that_a_damaged_evaluation_is_left_out_and_told(tmp_path, text):
    run = scored_run(tmp_path / "run", load_config("cifar10"), "CIFAR-10", evaluated(0.12))
    (run.folder / "evaluation-validation-1.json").write_text(text)
    kept = scoreboard.kept_scores(run)
    assert [(each.split, each.views, each.top1_error) for each in kept.scores] == [
        ("test", 1, 0.12),
        ("validation", 1, 0.6),
    ]
    said = scoreboard.conclude(Scale(runs=tmp_path), ()).sentence
    assert said.endswith(" This evaluation is damaged and left out: run/evaluation-validation-1.json.")


def test_that_a_finding_is_read_back_as_it_was_kept(tmp_path):
    one = Row("what", 1.5, None, "%", 2, Spread(1, 1.5, math.nan, 1.5, 1.5), "note")
    finding = Finding("figure-1", "It is so.", "on this", (one, Row("none", None)), quick=True)
    from alexnet_app.core.experiments.stored import keep_finding

    (tmp_path / "kept").mkdir()
    keep_finding(tmp_path / "kept", finding)
    ((folder, found),) = findings_below(tmp_path, experiment_named("figure-1"))
    assert folder == tmp_path / "kept"
    assert repr(found) == repr(finding)  # NaN is not equal to itself
    assert list(findings_below(tmp_path, PAIR)) == []
    (tmp_path / "kept" / "finding.json").write_text('{"rows": 7}')
    assert kept_finding(tmp_path / "kept") is None


def test_that_numbers_are_told_with_what_they_mean():
    row = Row("error", 22.0, 11.0, "%", 2, Spread(3, 22.0, 0.5, 21.0, 23.0), "here")
    assert (telling.measured_text(row), telling.paper_text(row)) == ("22.00 ± 0.50 %", "11 %")
    assert telling.note_text(row) == "21.00 to 23.00, 3 seeds; here"
    assert telling.measured_text(Row("x", None)) == telling.paper_text(Row("x", 1.0)) == "–"
    assert telling.paper_text(Row("x", None, 17.0, "%")) == "17.0 %"


def test_that_experiment_alone_lists_all_with_where_the_paper_has_them(capsys):
    assert cli.main(["experiment"]) == 0
    out = capsys.readouterr().out
    assert all(each.name in out and each.where in out for each in EXPERIMENTS)


def test_that_the_command_prints_measured_beside_paper_and_draws_a_picture(capsys, tmp_path):
    command = ["experiment", "colour-noise", "--data", "shapes", "--epochs", "1", "--seeds", "1", "--device", "cpu"]
    folder = tmp_path / "out"
    assert cli.main([*command, "--out", str(folder)]) == 0
    said = capsys.readouterr()
    assert "run 2 of 2: without-colour-noise-seed-1" in said.err
    head, *_ = said.out.splitlines()
    assert head.split() == ["measured", "paper", "note"]
    assert "how much worse without colour noise is" in said.out
    with Image.open(folder / "figure.png") as picture:
        assert picture.width > 500
    assert cli.main([*command, "--out", str(folder), "--json"]) == 0
    said = capsys.readouterr()
    assert "which is over already" in said.err
    values = json.loads(said.out.splitlines()[-1], parse_constant=pytest.fail)
    assert values["rows"][-1]["paper"] is None
    assert values["rows"][-1]["note"] == "the paper, on ILSVRC-2010: over 1 points"
    assert values["picture"] == str(folder / "figure.png")
    assert values["kernels"] is None


def test_that_the_kernels_of_each_run_are_drawn_where_towers_are_compared(capsys, tmp_path):
    command = ["experiment", "specialization", "--data", "shapes", "--epochs", "1", "--device", "cpu"]
    folder = tmp_path / "out"
    assert cli.main([*command, "--seeds", "1", "--out", str(folder)]) == 0
    assert f"The kernels of each run are in {folder / 'kernels.png'}" in capsys.readouterr().out
    with Image.open(folder / "kernels.png") as picture:
        one_seed = picture.size
    chosen, scale = experiment_named("specialization"), Scale(data="shapes", epochs=1, seeds=2)
    assert write_kernels(chosen, scale, folder) == folder / "kernels.png"
    with Image.open(folder / "kernels.png") as picture:
        assert picture.size == one_seed, "a seed that is not there has no column"
    for run in folder.glob("*-seed-1"):
        (run / "last.alexnet").write_bytes(b"torn")
    assert write_kernels(chosen, scale, folder) is None


@contextmanager
def stopped_at_once(asked: "queue.SimpleQueue[Command]") -> Iterator[Callable[[], bool]]:
    """Ctrl-C as soon as something is trained."""
    asked.put(Stop())
    yield lambda: False


@pytest.mark.skipif(sys.platform == "win32", reason="shlex reads what POSIX shells do")
@pytest.mark.parametrize("more", [["--epochs", "2"], ["--quick", "--preset", "shapes", "--json"]])
def test_that_the_command_told_after_ctrl_c_goes_on(capsys, tmp_path, monkeypatch, more):
    command = ["experiment", "colour-noise", "--data", "shapes", "--seeds", "1", "--device", "cpu", *more]
    folder = tmp_path / "what is it's name"
    with monkeypatch.context() as patched:
        patched.setattr(experiment_command, "interruptible", stopped_at_once)
        assert cli.main([*command, "--out", str(folder)]) == 130
    told = capsys.readouterr().err.splitlines()[-1].partition("goes on: ")[2]
    again = shlex.split(told)
    assert vars(cli.parser().parse_args(again)) == vars(cli.parser().parse_args([*command, "--out", str(folder)]))
    assert cli.main(again) == 0
    assert "goes on at step" in capsys.readouterr().err


def test_that_advice_to_download_cifar10_can_be_followed(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fetched = []

    def fetch() -> Iterator[Event]:
        fetched.append("CIFAR-10")
        yield from ()

    monkeypatch.setattr(download, "fetch_cifar10", fetch)
    command = ["experiment", "figure-1", "--quick", "--device", "cpu"]
    assert cli.main(command) == 2
    assert "experiment with --download" in capsys.readouterr().err
    assert fetched == []
    assert cli.main([*command, "--download"]) == 2  # nothing came, so it is still not here
    assert fetched == ["CIFAR-10"]


def test_that_the_command_says_what_is_wrong(capsys):
    assert cli.main(["experiment", "figur-1"]) == 2
    assert "the nearest is 'figure-1'" in capsys.readouterr().err
