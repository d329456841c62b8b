"""Images that were moved: known again by their content for a resume and an evaluation, others refused."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.shelf import prepared_sets
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Resumed, RunEnded
from alexnet_app.core.experiments.catalogue import experiment_named
from alexnet_app.core.experiments.experiment import RunBegun, Scale
from alexnet_app.core.experiments.moved import placing
from alexnet_app.core.experiments.running import running
from alexnet_app.core.generators import result_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.relocating import relocating
from alexnet_app.core.training.resume import config_of, why_not_resumed
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")


def draw(folder, seed, count=20):
    chance = np.random.default_rng(seed)
    for name in ("dark", "light"):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(chance.integers(0, 256, (32, 32, 3), np.uint8)).save(folder / name / f"{number:02d}.png")
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run whose images were moved from ``before`` to ``after``."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = draw(tmp_path / "before", 1)
    settings = ["epochs=1", "batch_size=8", "threads=1", "device=cpu", "precision=fp32", f'data="{before}"']
    config = with_settings(load_config("shapes"), settings)
    run = Run.create(tmp_path / "run", to_toml(config))
    list(train(config, run))
    before.rename(tmp_path / "after")
    return run


def test_that_a_run_goes_on_exactly_with_its_images_in_another_place(run, tmp_path):
    config = replace(config_of(run), epochs=2)
    with pytest.raises(UserError, match=r"no longer in .*before") as told:
        list(train(config, run))
    assert told.value.hint is Way.MOVED_DATA
    assert "no longer in" in why_not_resumed(run)
    moved = replace(config, data=str(tmp_path / "after"))
    resumed, *_, last = (event for event in train(moved, run) if isinstance(event, Resumed | RunEnded))
    assert (resumed.exact, last.reason, last.epoch) == (True, "finished", 2)
    assert config_of(run).data == str(tmp_path / "after")


def test_that_other_images_are_refused_with_the_reason(run, tmp_path):
    other, few = draw(tmp_path / "other", 2), draw(tmp_path / "few", 3, count=5)
    before = run.config_file.read_bytes()
    with pytest.raises(UserError, match="the data changed since this run was saved"):
        list(train(replace(config_of(run), epochs=2, data=str(other)), run))
    with pytest.raises(UserError, match="the data changed since this run was saved"):
        result_of(relocating(run, str(other)))
    with pytest.raises(UserError, match="few has 6 training images of 2 classes; this run was trained on 36 of 2"):
        result_of(relocating(run, str(few)))
    run.resume_file.unlink()
    with pytest.raises(UserError, match="has no checkpoint that says which images"):
        result_of(relocating(run, str(tmp_path / "after")))
    assert run.config_file.read_bytes() == before


@SLOW
def test_that_commands_take_the_new_place_and_a_run_folder_that_was_moved_too(run, tmp_path, capsys):
    after = str(tmp_path / "after")
    folder = str(shutil.move(run.folder, tmp_path / "moved"))
    assert cli.main(["evaluate", folder]) == 2
    assert "--data DIR" in capsys.readouterr().err
    assert cli.main(["evaluate", folder, "--data", after]) == 0
    assert "its images are now in" in capsys.readouterr().err
    assert list((tmp_path / "moved").glob("evaluation-*.json")), "they are its own, so the result is kept with it"
    shutil.move(after, tmp_path / "further")
    assert cli.main(["train", "--resume", folder, "--data", str(tmp_path / "further"), "--set", "epochs=2"]) == 0
    assert config_of(Run.existing(tmp_path / "moved")).data == str(tmp_path / "further")


def test_that_the_prepared_set_of_moved_images_is_used_again(run, tmp_path):
    (kept,) = prepared_sets()
    times = {path.name: path.stat().st_mtime_ns for path in kept.folder.glob("*.rgb")}
    result_of(relocating(run, str(tmp_path / "after")))
    (found,) = prepared_sets()
    assert (found.state, found.where, found.address) == ("finished", *[str(tmp_path / "after")] * 2)
    assert {path.name: path.stat().st_mtime_ns for path in found.folder.glob("*.rgb")} == times
    assert times, "nothing was decoded again"


def test_that_the_prepared_set_of_other_or_copied_images_is_left_alone(run, tmp_path):
    (kept,) = prepared_sets()
    other = draw(tmp_path / "other", 2)
    for seed in (1, 2):  # the first ones have the same content, but are not the same files
        result_of(prepare(open_source(str(other)), kept.side, storage=kept.storage))
        shutil.rmtree(other)
        draw(other, seed)
    assert kept.folder.is_dir()


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """An experiment with one run of two, whose images were moved from ``before`` to ``after``."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("alexnet_app.core.training.estimate.measure_speed", lambda *_: 1e11)
    before = draw(tmp_path / "before", 1)
    scale = Scale(data=str(before), epochs=1, seeds=1, device="cpu", threads=1, preset="shapes")
    towers = experiment_named("one-tower")
    for event in running(towers, scale, tmp_path / "one-tower"):
        if isinstance(event, RunBegun) and event.index == 2:
            break
    before.rename(tmp_path / "after")
    return towers, replace(scale, data=str(tmp_path / "after"))


def test_that_an_experiment_goes_on_with_its_images_in_another_place(experiment, tmp_path):
    towers, scale = experiment
    (done,) = tmp_path.glob("one-tower/*/last.alexnet")
    before = done.read_bytes()
    assert result_of(placing(tmp_path, towers, scale)) == tmp_path / "one-tower"
    begun = [event for event in running(towers, scale, tmp_path / "one-tower") if isinstance(event, RunBegun)]
    assert [each.is_over for each in begun] == [True, False]
    assert done.read_bytes() == before
    assert len(list(tmp_path.glob("one-tower/*/last.alexnet"))) == 2


def test_that_other_images_begin_a_folder_of_their_own_and_are_refused_in_a_chosen_one(experiment, tmp_path):
    towers, scale = experiment
    other = replace(scale, data=str(draw(tmp_path / "other", 2)))
    kept = {path: path.read_bytes() for path in tmp_path.glob("one-tower/**/*.*") if path.suffix in (".json", ".toml")}
    assert result_of(placing(tmp_path, towers, other)) == tmp_path / "one-tower-2"
    with pytest.raises(UserError, match="the data changed since this run was saved"):
        list(running(towers, other, tmp_path / "one-tower"))
    assert {path: path.read_bytes() for path in kept} == kept
