"""The paper's experiments: what they train, that nothing is trained twice, and that their numbers are right."""

import json
import math
import queue
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from experimenting import small_drawing
from PIL import Image

from alexnet_app import cli
from alexnet_app.commands import experiment as experiment_command
from alexnet_app.core import download
from alexnet_app.core.data.feed.share import _thinned
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, Evaluated, Event, Resumed, RunEnded, RunStarted, StepsDone
from alexnet_app.core.experiments import wording
from alexnet_app.core.experiments.catalogue import EXPERIMENTS, experiment_named
from alexnet_app.core.experiments.experiment import (
    Concluded,
    Finding,
    Row,
    RunBegun,
    RunOf,
    Scale,
    Spread,
)
from alexnet_app.core.experiments.kernels import write_kernels
from alexnet_app.core.experiments.running import running
from alexnet_app.core.experiments.statistics_of_runs import crossing, is_beyond_chance, spread
from alexnet_app.core.experiments.stored import findings_below, folder_for, kept_finding, kept_plan
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Stop
from alexnet_app.core.training import estimate
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

PAIR = experiment_named("colour-noise")
TINY = Scale(data="shapes", epochs=1, seeds=1, device="cpu", threads=1)


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch, tmp_path):
    monkeypatch.setattr(shapes, "drawing", small_drawing)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)  # a third of a second each time


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_that_a_quick_look_has_less_to_do_and_the_curves_that_it_names(experiment):
    whole, quick = (experiment.plan(Scale(quick=is_quick)) for is_quick in (False, True))
    work = [sum(each.config.epochs * each.config.share for each in plan) for plan in (whole, quick)]
    assert work[1] <= work[0] / 10
    groups = {each.group for each in whole}
    assert all(any(curve.name.startswith(group) for curve in experiment.curves) for group in groups)


@pytest.mark.parametrize("name", ["figure-1", "specialization", "one-tower"])
@pytest.mark.parametrize("count", [6000, 1000])  # training and validation images
def test_that_a_quick_look_at_the_sample_data_has_all_of_their_classes(name, count):
    share = experiment_named(name).plan(Scale(data="shapes", quick=True))[0].config.share
    labels = np.tile(np.arange(10), count // 10)  # they take turns
    part = _thinned(Arrays(np.zeros((count, 1, 1, 3), np.uint8), labels), share).labels
    assert np.bincount(part, minlength=10).min() >= 0.6 * len(part) / 10


def test_that_a_network_without_towers_is_refused_where_towers_are_compared():
    for name in ("one-tower", "towers-apart", "specialization"):
        with pytest.raises(UserError, match="cifar-11pct has one column"):
            experiment_named(name).plan(Scale(preset="cifar10"))


def test_that_an_unknown_name_says_the_nearest():
    with pytest.raises(UserError, match="the closest name is 'figure-1'"):
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


@SLOW
def test_that_more_seeds_only_add(tmp_path):
    folder = folder_for(tmp_path, PAIR, TINY)
    list(running(PAIR, TINY, folder))
    more = replace(TINY, seeds=2)
    assert folder_for(tmp_path, PAIR, more) == folder
    events = list(running(PAIR, more, folder))
    assert [each.is_over for each in events if isinstance(each, RunBegun)] == [True, True, False, False]
    assert events[-1].finding.rows[2].spread.count == 2
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
    with pytest.raises(UserError, match=r"with-colour-noise-seed-1: learning_rate 0\.5, now 0\.01"):
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
    assert first(str(tmp_path / "photos"), epochs=7).epochs == 7
    if name != "overlap":  # whose pools would change the sides of the maps there
        assert first(str(tmp_path / "photos"), preset="cifar-towers").network == "cifar-towers"
        assert first("shapes").preset == "shapes"


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
    assert (wording.measured_text(row), wording.paper_text(row)) == ("22.00 ± 0.50 %", "11 %")
    assert wording.note_text(row) == "21.00 to 23.00, 3 seeds; here"
    assert wording.measured_text(Row("x", None)) == wording.paper_text(Row("x", 1.0)) == "–"
    assert wording.paper_text(Row("x", None, 17.0, "%")) == "17.0 %"


def test_that_experiment_alone_lists_all_with_where_the_paper_has_them(capsys):
    assert cli.main(["experiment"]) == 0
    out = capsys.readouterr().out
    assert all(each.name in out and each.where in out for each in EXPERIMENTS)
    assert all(each.networks in out for each in EXPERIMENTS)
    assert "Supported: networks whose maps keep their size with 2 × 2 pooling" in out
    assert out.count("Supported: networks with two towers") == 3
    assert cli.main(["experiment", "--json"]) == 0
    listed = {each["name"]: each["networks"] for each in json.loads(capsys.readouterr().out)}
    assert listed["overlap"].startswith("networks whose maps keep their size")
    assert listed["figure-1"] == ""


@SLOW
def test_that_the_command_prints_measured_beside_paper_and_draws_a_picture(capsys, tmp_path):
    command = ["experiment", "colour-noise", "--data", "shapes", "--epochs", "1", "--seeds", "1", "--device", "cpu"]
    folder = tmp_path / "out"
    assert cli.main([*command, "--out", str(folder)]) == 0
    said = capsys.readouterr()
    assert "run 2 of 2: without-colour-noise-seed-1" in said.err
    assert "all networks: 471,690 parameters, 24.1 M multiply-adds, maps 28-13-13-6-6-6-6-2" in said.err
    head, *_ = said.out.splitlines()
    assert head.split() == ["measured", "paper", "note"]
    assert "how much worse without colour noise is" in said.out
    with Image.open(folder / "figure.png") as picture:
        assert picture.width > 500
    assert cli.main([*command, "--out", str(folder), "--json"]) == 0
    said = capsys.readouterr()
    assert "already finished" in said.err
    values = json.loads(said.out.splitlines()[-1], parse_constant=pytest.fail)
    assert values["rows"][2]["paper"] is None
    assert values["rows"][2]["note"] == "the paper, on ILSVRC-2010: over 1 points"
    assert values["picture"] == str(folder / "figure.png")
    assert values["kernels"] is None


@SLOW
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


@SLOW
@pytest.mark.skipif(sys.platform == "win32", reason="shlex reads what POSIX shells do")
@pytest.mark.parametrize("more", [["--epochs", "2"], ["--quick", "--preset", "shapes", "--json"]])
def test_that_the_command_told_after_ctrl_c_goes_on(capsys, tmp_path, monkeypatch, more):
    command = ["experiment", "colour-noise", "--data", "shapes", "--seeds", "1", "--device", "cpu", *more]
    folder = tmp_path / "what is it's name"
    with monkeypatch.context() as patched:
        patched.setattr(experiment_command, "interruptible", stopped_at_once)
        assert cli.main([*command, "--out", str(folder)]) == 130
    told = capsys.readouterr().err.splitlines()[-1].partition("continue with the same command: ")[2]
    again = shlex.split(told)
    assert vars(cli.parser().parse_args(again)) == vars(cli.parser().parse_args([*command, "--out", str(folder)]))
    assert cli.main(again) == 0
    assert "continues at step" in capsys.readouterr().err


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
    assert "the closest name is 'figure-1'" in capsys.readouterr().err
