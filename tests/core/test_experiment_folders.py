"""Whose folder an experiment goes on in: runs of other networks or settings are never mixed with its own."""

import json
import queue
import re
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from experimenting import judged, outcome, small_drawing

from alexnet_app import cli
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import EpochDone, Evaluated, Progress, RunEnded
from alexnet_app.core.experiments.catalogue import experiment_named
from alexnet_app.core.experiments.experiment import Concluded, Experiment, RunBegun, RunLeft, RunOf, Scale
from alexnet_app.core.experiments.identity import difference
from alexnet_app.core.experiments.running import running
from alexnet_app.core.experiments.stored import (
    findings_below,
    folder_for,
    kept_finding,
    kept_plan,
    outcome_of,
    outcomes_of,
    outdated,
)
from alexnet_app.core.experiments.ten_views import evaluating_ten_views, ten_view_error
from alexnet_app.core.inference.evaluation_file import kept_file, read_evaluation, write_evaluation
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.core.training import estimate

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

# a run and an experiment of a version whose shapes-towers had the α of unscaled pixels
OLDER = Path(__file__).parents[1] / "samples" / "before-own-networks.tar.xz"
TOWERS = experiment_named("one-tower")
QUICK = Scale(data="shapes", epochs=1, seeds=1, quick=True, device="cpu", threads=1)
TINY = replace(QUICK, quick=False)
STAGES = "optimization.milestones (5,), now ()"  # of the preset, which has more epochs
WHY = "fc8.start fan-in, now 0.01; norm.alpha 0.0001, now 0.0064"


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch, tmp_path):
    monkeypatch.setattr(shapes, "drawing", small_drawing)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)


@pytest.fixture
def older(tmp_path):
    """The experiment of the older version, in the folder that it gave it."""
    with tarfile.open(OLDER) as archive:
        archive.extractall(tmp_path, filter="data")
    return (tmp_path / "experiment").rename(tmp_path / "one-tower-quick")


def _other_network(monkeypatch, **changed):
    another = variant("shapes-towers", **changed)
    for name in ("VARIANTS", "KNOWN"):
        monkeypatch.setitem(variant.__globals__[name], "shapes-towers", another)


def test_that_an_experiment_of_older_networks_gets_a_new_folder_and_stays_readable(older):
    assert folder_for(older.parent, TOWERS, QUICK) == older.parent / "one-tower-quick-2"
    ((folder, finding),) = findings_below(older.parent, TOWERS)
    assert (folder, finding.rows[0].measured) == (older, 80.0)
    assert [each.name for each in kept_plan(older, TOWERS)] == ["two-towers-seed-1", "one-tower-seed-1"]
    assert WHY in outdated(older, TOWERS)


def test_that_a_folder_of_older_networks_is_refused_with_what_is_otherwise_in_them(older):
    before = sorted(older.rglob("*"))
    with pytest.raises(UserError) as refused:
        list(running(TOWERS, replace(QUICK, seeds=2), older))
    assert f"(two-towers-seed-1: {STAGES}; {WHY})" in refused.value.sentence
    assert refused.value.hint is Way.OTHER_EXPERIMENT_FOLDER
    assert sorted(older.rglob("*")) == before
    assert kept_finding(older) is not None


def test_that_a_finished_run_of_another_network_is_nobodys_outcome(older):
    for planned in TOWERS.plan(QUICK):
        run = Run(older / planned.name)
        assert run.ended().reason == "finished"
        assert difference(planned, run) == f"{STAGES}; {WHY}"
        assert outcome_of(planned, older) is None


def test_that_a_run_that_is_not_over_is_recognized_by_its_checkpoint(older, monkeypatch):
    planned = TOWERS.plan(QUICK)[0]
    folder = older.parent / "new" / planned.name
    shutil.copytree(older.parent / "run", folder)
    (folder / "config.toml").write_bytes((older / planned.name / "config.toml").read_bytes())
    assert difference(planned, Run(folder)) == f"{STAGES}; {WHY}"
    (folder / "last.alexnet").unlink()
    assert "does not record its network" in difference(planned, Run(folder))


def test_that_runs_of_today_are_not_mixed_with_those_of_another_network(tmp_path, monkeypatch):
    folder = folder_for(tmp_path, TOWERS, TINY)
    list(running(TOWERS, TINY, folder))
    kept = json.loads((folder / "experiment.json").read_text())
    assert kept["networks"]["one tower"]["towers"] == 1
    assert folder_for(tmp_path, TOWERS, replace(TINY, seeds=2)) == folder
    assert outdated(folder, TOWERS) == ""
    _other_network(monkeypatch, input_scale=0.5)
    assert folder_for(tmp_path, TOWERS, TINY) == tmp_path / "one-tower-2"
    with pytest.raises(UserError, match=r"\(two towers: input_scale 0\.125, now 0\.5\)"):
        list(running(TOWERS, replace(TINY, seeds=2), folder))
    for planned in TOWERS.plan(TINY):
        shutil.rmtree(folder / planned.name)
    with pytest.raises(UserError, match=r"input_scale 0\.125, now 0\.5"):  # which experiment.json knows itself
        list(running(TOWERS, TINY, folder))


def _claimed(folder: Path, networks: object) -> Path:
    """The folder of an experiment that has just begun, with other ``networks`` in its file."""
    next(running(TOWERS, TINY, folder))
    path = folder / "experiment.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "networks": networks}))
    return folder


def test_that_a_network_that_makes_no_sense_is_never_that_of_today(tmp_path):
    folder = _claimed(tmp_path / "e", {"two towers": {"name": 3}})
    assert re.fullmatch(r"this experiment with other networks \(two towers: .*is invalid.*\)", outdated(folder, TOWERS))
    assert folder_for(tmp_path, replace(TOWERS, name="e"), TINY) == tmp_path / "e-2"
    with pytest.raises(UserError, match="is invalid"):
        list(running(TOWERS, TINY, folder))


@SLOW
@pytest.mark.parametrize("networks", ["torn", None, [], {}])
def test_that_where_no_networks_are_kept_the_runs_say_themselves_what_they_are(tmp_path, networks, monkeypatch):
    """As in folders of versions that kept none."""
    folder = _claimed(tmp_path / "e", networks)
    assert outdated(folder, TOWERS) == ""
    list(running(TOWERS, TINY, folder))
    _claimed(folder, networks)
    _other_network(monkeypatch, input_scale=0.5)
    assert "(two-towers-seed-1: input_scale 0.125, now 0.5)" in outdated(folder, TOWERS)


def test_that_the_command_says_why_a_folder_is_refused(older, capsys):
    command = ["experiment", "one-tower", "--quick", "--data", "shapes", "--epochs", "1", "--seeds", "1"]
    assert cli.main([*command, "--out", str(older)]) == 2
    assert "norm.alpha 0.0001, now 0.0064" in capsys.readouterr().err


def impatient(name: str, after: int) -> Experiment:
    """An experiment whose second run need not go on after so many epochs."""

    def leave(planned, events, earlier):
        return len(earlier) == 1 and sum(isinstance(event, EpochDone) for event in events) >= after

    return replace(experiment_named(name), leave=leave)


@SLOW
def test_that_a_run_is_left_at_the_end_of_an_epoch_and_stays_left(tmp_path):
    hasty, scale = impatient("colour-noise", after=2), replace(TINY, epochs=4)
    asked: queue.SimpleQueue = queue.SimpleQueue()
    told = []
    for event in running(hasty, scale, tmp_path / "e", asked):
        told.append(event)
        if isinstance(event, RunOf) and event.index == 2 and isinstance(event.event, EpochDone):
            asked.put(Stop())  # in the middle of the run that will be left
    assert not any(isinstance(each, Concluded | RunLeft) for each in told)

    told = list(running(hasty, scale, tmp_path / "e"))
    left = next(each for each in told if isinstance(each, RunLeft))
    run = Run(tmp_path / "e" / left.name)
    done = [event for event in run.events() if isinstance(event, EpochDone)]
    assert (len(done), done[-1].step, left.index) == (2, left.step, 2)
    assert told[-1].finding.conditions.endswith("2 runs, 1 of them stopped early")

    again = list(running(hasty, scale, tmp_path / "e"))
    assert [each.is_over for each in again if isinstance(each, RunBegun)] == [True, True]
    assert [type(each) for each in again] == [RunBegun, RunBegun, Concluded]
    assert [each.left_at for each in outcomes_of(hasty, hasty.plan(scale), tmp_path / "e")] == [0, left.step]


@SLOW
def test_that_a_run_that_was_left_goes_on_where_it_matters_after_all(tmp_path):
    scale = replace(TINY, epochs=2)
    list(running(impatient("colour-noise", after=1), scale, tmp_path / "e"))
    told = list(running(impatient("colour-noise", after=3), scale, tmp_path / "e"))
    assert [each.event.reason for each in told if isinstance(each, RunOf) and isinstance(each.event, RunEnded)] == [
        "finished"
    ]
    assert not any(isinstance(each, RunLeft) for each in told)


@SLOW
def test_that_ten_views_are_evaluated_once_with_each_run_and_kept_with_it(tmp_path):
    pair, scale = experiment_named("normalization"), replace(TINY, epochs=1)
    told = list(running(pair, scale, tmp_path / "e"))
    shown = [each.name for each in told if isinstance(each, RunOf) and each.event == Progress("evaluate", 40, 40)]
    assert shown == [each.name for each in pair.plan(scale)]
    for each in outcomes_of(pair, pair.plan(scale), tmp_path / "e"):
        kept = read_evaluation(kept_file(each.run, "test", 10))
        assert (kept.views, kept.pictures, kept.top1_error) == (10, 40, ten_view_error(each))
    assert told[-1].finding.rows[0].what == "test error, ten views, with normalization"
    again = list(running(pair, scale, tmp_path / "e"))
    assert not any(isinstance(each, RunOf) for each in again)
    assert again[-1] == told[-1]


@SLOW
def test_that_an_evaluation_of_ten_views_can_be_stopped_and_is_made_up_for(tmp_path):
    pair, asked = experiment_named("normalization"), queue.SimpleQueue()
    for event in running(pair, TINY, tmp_path / "e", asked):
        if isinstance(event, RunOf) and isinstance(event.event, RunEnded):
            asked.put(Stop())
    (first, *_) = pair.plan(TINY)
    assert outcome_of(first, tmp_path / "e") is not None
    assert ten_view_error(outcome_of(first, tmp_path / "e")) is None
    told = list(running(pair, TINY, tmp_path / "e"))
    assert [each.is_over for each in told if isinstance(each, RunBegun)] == [True, False, False]
    assert ten_view_error(outcome_of(first, tmp_path / "e")) is not None


def test_that_data_without_test_images_have_no_ten_views(tmp_path):
    assert list(evaluating_ten_views(outcome("a", 1, [Evaluated("test", 9, 1.0, 0.1, 0.0)], tmp_path))) == []
    write_evaluation(kept_file(Run(tmp_path), "test", 10), judged("test", 10, 0.1, 0.0))
    assert ten_view_error(outcome("a", 1, [], tmp_path)) is None
