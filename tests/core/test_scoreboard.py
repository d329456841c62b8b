"""Own runs beside the published errors."""

from dataclasses import replace
from pathlib import Path

import pytest
from experimenting import ILSVRC, epochs, evaluated, judged, scored_run, write_head

from alexnet_app.core.experiments import scoreboard
from alexnet_app.core.experiments.experiment import Scale
from alexnet_app.core.inference.evaluation_file import kept_average, write_evaluation
from alexnet_app.core.training.config_text import load_config


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
        "small, cifar-11pct: CIFAR-10 test, single view, top-1": (12, None),
    }
    finding = scoreboard.conclude(Scale(runs=tmp_path), ())
    assert "5 errors of your own runs" in finding.sentence
    assert "1 run is on other data" in finding.sentence


def test_that_both_networks_of_section_3_3_stand_beside_their_errors_of_ten_views(tmp_path):
    for name in ("cifar10", "cifar10-13pct"):
        scored_run(tmp_path / name, load_config(name), "CIFAR-10", evaluated(0.15), judged("test", 10, 0.14, 0.01))
    changed = load_config("cifar10")
    changed = replace(changed, ablation=replace(changed.ablation, normalization=False))
    scored_run(tmp_path / "twin", changed, "CIFAR-10", [], judged("test", 10, 0.14, 0.01))
    assert own_scores(tmp_path) == {
        "cifar10, cifar-11pct: CIFAR-10 test, ten views, top-1": (14, 11.0),
        "cifar10, cifar-11pct: CIFAR-10 test, single view, top-1": (15, None),
        "cifar10-13pct, cifar-13pct: CIFAR-10 test, ten views, top-1": (14, 13.0),
        "cifar10-13pct, cifar-13pct: CIFAR-10 test, single view, top-1": (15, None),
        "twin, cifar-11pct, without normalization: CIFAR-10 test, ten views, top-1": (14, None),
    }
    notes = [row.note for row in scoreboard.conclude(Scale(runs=tmp_path), ()).rows if row.measured is not None]
    assert notes[:2] == ["100 pictures", "100 pictures; published with ten views"]


def test_that_runs_of_another_protocol_have_the_published_error_in_words_alone(tmp_path):
    short = replace(load_config("cifar10"), epochs=2)
    scored_run(tmp_path / "a", short, "CIFAR-10", evaluated(0.15), judged("test", 10, 0.14, 0.01))
    big = replace(load_config("imagenet-2012"), epochs=2, learning_rate=0.1)
    run = scored_run(tmp_path / "b", big, "ilsvrc", [], judged("validation", 10, 0.42, 0.19))
    write_head(run.best_file, ILSVRC)
    rows = [row for row in scoreboard.conclude(Scale(runs=tmp_path), ()).rows if row.measured is not None]
    assert [(row.paper, row.note) for row in rows] == [
        (None, "100 pictures; published after 520 epochs"),
        (None, "100 pictures; published with ten views, after 520 epochs"),
        (None, "100 pictures; published after 90 epochs, with other settings"),
        (None, "100 pictures; published after 90 epochs, with other settings"),
    ]


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
    assert "3 runs are on other data, on part of the data" in scoreboard.conclude(Scale(runs=tmp_path), ()).sentence


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
        "a, cifar-11pct, without normalization: CIFAR-10 test, single view, top-1": (15, None),
        "b, cifar-11pct, tanh instead of ReLU: CIFAR-10 test, single view, top-1": (15, None),
        "c, alexnet-2012, towers never connected: validation, ten views, top-1": (42, None),
        "c, alexnet-2012, towers never connected: validation, ten views, top-5": (19, None),
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
    assert said.endswith(" This evaluation is damaged and was skipped: run/evaluation-validation-1.json.")
