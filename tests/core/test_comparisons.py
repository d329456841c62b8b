"""Experiments that compare a network with itself without one thing."""

from dataclasses import fields, replace

import pytest
from experimenting import (
    ILSVRC,
    differences,
    diverged,
    epochs,
    evaluated,
    judged,
    outcome,
    scored_run,
    write_head,
)

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Evaluated, RunEnded
from alexnet_app.core.experiments.catalogue import experiment_named
from alexnet_app.core.experiments.experiment import NamedRun, Outcome, Scale, Spread
from alexnet_app.core.experiments.sizes import size_lines
from alexnet_app.core.inference.evaluation import Member
from alexnet_app.core.inference.evaluation_file import kept_file, write_evaluation
from alexnet_app.core.training.config_text import load_config


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


def rows_of(finding):
    """Those that were measured: without the sizes of the networks."""
    return [row for row in finding.rows if not row.what.startswith("size,")]


def test_that_a_pair_is_compared_seed_by_seed():
    pair = experiment_named("overlap")
    plain, changed = (curve.name for curve in pair.curves)
    given = {plain: (0.20, 0.22, 0.24), changed: (0.21, 0.24, 0.25)}
    runs = [
        outcome(group, seed, evaluated(error)) for group, all_ in given.items() for seed, error in enumerate(all_, 1)
    ]
    finding = pair.conclude(Scale(), tuple(runs))
    assert [row.measured for row in rows_of(finding)] == [pytest.approx(each) for each in (22, 70 / 3, 4 / 3)]
    difference = rows_of(finding)[-1]
    assert difference.spread == Spread(
        3, pytest.approx(4 / 3), pytest.approx(1 / 3), pytest.approx(1), pytest.approx(2)
    )
    assert (difference.paper, difference.unit) == (None, "points")
    assert difference.note == "the paper, on ILSVRC-2010: 0.4 points"
    assert "1.33 points worse (standard error 0.33), which could be chance" in finding.sentence
    assert finding.sentence.endswith("; the paper, on ILSVRC-2010, found 0.4.")
    assert finding.rows[0].what.startswith("test error")


def test_that_one_seed_and_no_test_split_are_said():
    pair = experiment_named("normalization")
    plain, changed, _ = (curve.name for curve in pair.curves)
    finding = pair.conclude(Scale(), (outcome(plain, 1, epochs(0.1)), outcome(changed, 1, epochs(0.05))))
    assert finding.rows[0].what.startswith("validation error")
    assert "5.00 points better" in finding.sentence
    assert "One pair of runs cannot rule out chance" in finding.sentence
    assert [(row.paper, row.note) for row in rows_of(finding)] == [
        (None, "published: 11 % with ten views"),
        (None, "published: 13 % with ten views, with the 13 % file, which is a different network"),
        (None, "published: 2 points with ten views, with the 13 % file, which is a different network"),
    ]


def test_that_a_pair_with_a_run_that_diverged_is_left_out_and_told():
    pair = experiment_named("normalization")
    plain, changed, _ = (curve.name for curve in pair.curves)
    runs = [outcome(plain, seed, evaluated(0.10 + seed / 100)) for seed in (1, 2, 3)]
    runs += [outcome(changed, seed, evaluated(0.12 + seed / 100)) for seed in (1, 3)]
    finding = pair.conclude(Scale(), (*runs, outcome(changed, 2, diverged(0.9))))
    assert [row.what for row in finding.rows[:2]] == [f"test error, {plain}", f"test error, {changed}"]
    assert [row.measured for row in rows_of(finding)] == [pytest.approx(each) for each in (12, 14, 2)]
    assert [row.spread.count for row in rows_of(finding)] == [3, 2, 2]
    left_out = "1 of 3 runs without normalization diverged and is excluded"
    assert (
        finding.rows[1].note
        == f"{left_out}; published: 13 % with ten views, with the 13 % file, which is a different network"
    )
    assert "the paper, on CIFAR-10, found 2. " in finding.sentence
    assert finding.sentence.endswith(f" {left_out}.")


def test_that_it_is_said_where_divergence_leaves_too_few_runs():
    pair = experiment_named("normalization")
    plain, changed, _ = (curve.name for curve in pair.curves)
    runs = [outcome(plain, 1, evaluated(0.1)), outcome(plain, 2, evaluated(0.1)), outcome(changed, 1, evaluated(0.2))]
    one = pair.conclude(Scale(), (*runs, outcome(changed, 2, diverged(0.9))))
    assert "10.00 points worse" in one.sentence
    assert "One pair of runs cannot rule out chance." in one.sentence
    assert "1 of 2 runs without normalization diverged" in one.sentence
    none = pair.conclude(Scale(), (*runs[:2], *(outcome(changed, seed, diverged(0.9)) for seed in (1, 2))))
    assert rows_of(none)[-1].measured is None
    assert none.sentence.startswith("No random seed has an error for both kinds of run to compare. ")
    assert "2 of 2 runs without normalization diverged" in none.sentence
    every = pair.conclude(Scale(), tuple(outcome(group, 1, diverged(0.9)) for group in (plain, changed)))
    assert not any(row.measured for row in every.rows)


def test_that_a_validation_error_is_never_compared_with_a_test_error():
    pair = experiment_named("normalization")
    plain, changed, _ = (curve.name for curve in pair.curves)
    runs = outcome(plain, 1, [*epochs(0.3), Evaluated("test", 100, 1.0, 0.1, 0.01)]), outcome(changed, 1, epochs(0.4))
    finding = pair.conclude(Scale(), runs)
    assert finding.rows[0].what.startswith("validation error")
    assert [row.measured for row in rows_of(finding)] == [pytest.approx(each) for each in (40, 50, 10)]


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
    whole = {**vars_of("imagenet-2012"), "network": network, "share": share, "data": "somewhere"}
    runs = [outcome(curve.name, 1, evaluated(0.4), tmp_path, **whole) for curve in pair.curves]
    difference = rows_of(pair.conclude(Scale(), tuple(runs)))[-1]
    assert difference.paper == paper
    assert difference.note == "the paper, on ILSVRC-2010" + ("" if paper else ": 1.7 points")


def vars_of(preset):
    """All settings of a preset but the seed."""
    config = load_config(preset)
    return {each.name: getattr(config, each.name) for each in fields(config) if each.name != "seed"}


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({"epochs": 2}, "after 90 epochs"),
        ({"learning_rate": 0.1}, "with other settings"),
        ({"epochs": 2, "batch_size": 32}, "after 90 epochs, with other settings"),
        ({"init": "bundled:cifar-towers"}, "with other settings"),
    ],
)
def test_that_the_paper_stands_in_the_note_of_what_was_trained_otherwise(tmp_path, changed, how):
    pair = experiment_named("one-tower")
    write_head(tmp_path / "last.alexnet", ILSVRC)
    settings = {**vars_of("imagenet-2012"), "data": "somewhere", **changed}
    runs = [outcome(curve.name, 1, evaluated(0.4), tmp_path, **settings) for curve in pair.curves]
    difference = rows_of(pair.conclude(Scale(), tuple(runs)))[-1]
    assert (difference.paper, difference.note) == (None, f"published: 1.7 points {how}")


def test_that_figures_of_cifar10_stand_beside_cifar10_alone():
    pair = experiment_named("normalization")
    own = [outcome(curve.name, 1, evaluated(0.4), data="/photos") for curve in pair.curves]
    finding = pair.conclude(Scale(), tuple(own))
    assert not any(row.paper for row in finding.rows)
    assert "published" not in finding.sentence


def ten_view_run(folder, group, top1, config):
    """A run with a single-view error of 0.3 whose last model has ``top1`` with ten views."""
    events = [*evaluated(0.3), RunEnded("finished", 100, 1)]
    run = scored_run(folder / group.replace(" ", "-"), config, "CIFAR-10", events)
    found = replace(judged("test", 10, top1, 0.01), members=(Member(group, 100),))
    write_evaluation(kept_file(run, "test", 10), found)
    planned = NamedRun(run.folder.name, group, 1, config)
    return Outcome(planned, run, tuple(run.events()))


@pytest.mark.parametrize("count", [2, 0, 520])
def test_that_errors_of_ten_views_stand_beside_the_published_ones(tmp_path, count):
    """In the column after the 520 epochs of the file alone, and never those of the 13 % file, another network."""
    pair = experiment_named("normalization")
    planned = pair.plan(Scale(seeds=1, epochs=count))
    assert [each.group for each in planned] == ["with normalization", "without normalization"], "k is 1: no gain arm"
    errors = (0.14, 0.17)
    runs = [ten_view_run(tmp_path, each.group, error, each.config) for each, error in zip(planned, errors, strict=True)]
    finding = pair.conclude(Scale(), tuple(runs))
    assert [(row.what, row.measured, row.paper) for row in rows_of(finding)] == [
        ("test error, ten views, with normalization", pytest.approx(14), 11.0 if count == 520 else None),
        ("test error, ten views, without normalization", pytest.approx(17), None),
        ("how much worse without normalization is, ten views", pytest.approx(3), None),
        ("test error, with normalization", pytest.approx(30), None),
        ("test error, without normalization", pytest.approx(30), None),
        ("how much worse without normalization is", pytest.approx(0), None),
    ]
    shorter, other = "" if count == 520 else "after 520 epochs", "with the 13 % file, which is a different network"
    with_words = [", ".join(filter(None, each)) for each in ((shorter,), (shorter, other), (shorter, other))]
    figures = ("11 %", "13 %", "2 points")
    notes = [f"published: {figure} {words}" if words else "" for figure, words in zip(figures, with_words, strict=True)]
    assert [row.note for row in rows_of(finding)][:3] == notes
    assert all(row.note.startswith("published: ") and "with ten views" in row.note for row in rows_of(finding)[3:])
    assert finding.sentence.startswith("Without normalization is 3.00 points worse with ten views; the paper")
    assert "gain only would be the network without normalization. It is not trained" in finding.sentence
    assert "The published networks differ in more than normalization" in finding.sentence


def test_that_ten_views_of_another_model_of_the_run_do_not_count(tmp_path):
    pair = experiment_named("normalization")
    runs = [ten_view_run(tmp_path, each.group, 0.1, each.config) for each in pair.plan(Scale(seeds=1))]
    earlier = replace(judged("test", 10, 0.1, 0.01), members=(Member("best", 50),))
    write_evaluation(kept_file(runs[0].run, "test", 10), earlier)
    finding = pair.conclude(Scale(), tuple(runs))
    assert next(row.what for row in rows_of(finding)) == "test error, with normalization"
    assert not any(row.paper for row in finding.rows)


def test_that_the_gain_alone_is_trained_where_it_is_not_one():
    pair = experiment_named("normalization")
    for scale in (Scale(preset="cifar-towers"), Scale(data="shapes")):
        planned = [each for each in pair.plan(scale) if each.seed == 1]
        assert [each.group for each in planned] == [curve.name for curve in pair.curves]
        assert differences(planned[0].config, planned[2].config) == {"ablation.gain"}
        assert planned[2].config.spec().norm.alpha == 0
    runs = [
        outcome(group, 1, evaluated(error), data="shapes")
        for group, error in zip((curve.name for curve in pair.curves), (0.1, 0.2, 0.15), strict=True)
    ]
    finding = pair.conclude(Scale(), tuple(runs))
    assert [row.what for row in rows_of(finding)][-2:] == [
        "how much worse without normalization is",
        "how much worse gain only is",
    ]
    assert "Gain only is 5.00 points worse" in finding.sentence
    assert "is not trained" not in finding.sentence


def test_that_networks_of_the_cited_files_get_their_stages_drawn_together():
    for name, preset in (("normalization", "cifar10"), ("overlap", "cifar10")):
        config = experiment_named(name).plan(Scale())[0].config
        assert (config.preset, config.network, config.epochs) == (preset, "cifar-11pct", 100)
        assert (config.optimization.milestones, config.validation_joins_after) == ((80, 90), 0)
    short, whole = (experiment_named("normalization").plan(Scale(epochs=epochs))[0].config for epochs in (7, 520))
    assert short.optimization.milestones == (6,)
    assert (whole.optimization.milestones, whole.validation_joins_after) == ((500, 510), 350)
    assert experiment_named("one-tower").plan(Scale())[0].config.optimization.schedule == "plateau"


@pytest.mark.parametrize(
    ("preset", "epochs", "drops"),
    [
        ("photo-towers", 40, (28, 36, 39)),
        ("photo-towers", 17, (12, 15, 16)),
        ("photo-towers", 120, (84, 108, 117)),
        ("photo-towers", 4, (1, 2, 3)),
        ("photo-towers", 2, (1,)),
        ("photo-towers", 1, ()),
        ("shapes", 7, (5,)),
        ("shapes", 100, (71,)),
        ("imagenet-2012-source", 10, (3, 6, 9)),
    ],
)
def test_that_the_stages_of_any_preset_keep_their_proportion(preset, epochs, drops):
    config = experiment_named("normalization").plan(Scale(data="shapes", preset=preset, epochs=epochs))[0].config
    assert (config.epochs, config.optimization.milestones) == (epochs, drops)
    usual = load_config(preset).augmentation.colour_noise_epochs
    assert config.augmentation.colour_noise_epochs == (7 if usual else 0)
    assert load_config(preset).epochs != epochs or config.optimization == load_config(preset).optimization


def test_that_the_conditions_say_where_the_learning_rate_drops():
    pair = experiment_named("normalization")

    def said(**asked):
        planned = pair.plan(Scale(seeds=1, **asked))
        runs = [replace(outcome(each.group, 1, evaluated(0.4)), planned=each) for each in planned]
        return pair.conclude(Scale(), tuple(runs)).conditions

    shapes = said(data="shapes")
    assert "at most 100 epochs, the learning rate drops after 71 (the preset: after 5 of 7), 1 seed" in shapes
    assert "the learning rate drops after 12, 15 and 16 (the preset: after 28, 36 and 39 of 40)" in said(
        preset="photo-towers", epochs=17
    )
    assert "the learning rate drops after 80 and 90 (the preset: after 500 and 510 of 520)" in said()
    assert "drops at no epoch" in said(preset="photo-towers", epochs=1)
    assert "the learning rate" not in said(epochs=520)
    assert "the learning rate" not in said(preset="cifar-towers")


def test_that_pools_are_refused_where_they_would_change_the_sides_of_maps():
    pair = experiment_named("overlap")
    with pytest.raises(UserError, match=r"with 2 × 2 pooling the maps of shapes-towers become ") as refused:
        pair.plan(Scale(data="shapes"))
    assert refused.value.hint is Way.SAME_SIDES
    named = refused.value.values["presets"].split(" or ")
    assert {"cifar10", "photo-towers", "imagenet-2012"} <= set(named)
    for preset in named:
        assert pair.plan(Scale(data="shapes", preset=preset, seeds=1))
    sides = [each.config.spec().sides() for each in pair.plan(Scale(seeds=1))]
    assert sides[0] == sides[1]


def test_that_the_sizes_of_both_networks_stand_beside_a_pair():
    pair = experiment_named("one-tower")
    planned = pair.plan(Scale(seeds=1))
    runs = [replace(outcome(each.group, 1, evaluated(0.4)), planned=each) for each in planned]
    finding = pair.conclude(Scale(), tuple(runs))
    assert [(row.what, row.note) for row in finding.rows[3:]] == [
        ("size, two towers", "1,140,618 parameters, 43.1 M multiply-adds, maps 28-13-13-6-6-6-6-2"),
        ("size, one tower", "835,594 parameters, 21.8 M multiply-adds, maps 28-13-13-6-6-6-6-2"),
    ]
    assert "Its size changes too: one tower has 27 % fewer parameters and 49 % fewer multiply-adds." in finding.sentence
    assert size_lines(planned) == [f"{row.what.removeprefix('size, ')}: {row.note}" for row in finding.rows[3:]]


def test_that_it_is_said_once_where_all_networks_have_one_size():
    planned = experiment_named("colour-noise").plan(Scale())
    assert size_lines(planned) == ["all networks: 1,140,618 parameters, 43.1 M multiply-adds, maps 28-13-13-6-6-6-6-2"]
    finding = experiment_named("colour-noise").conclude(
        Scale(), tuple(replace(outcome(each.group, each.seed, evaluated(0.4)), planned=each) for each in planned)
    )
    assert "Its size changes" not in finding.sentence
