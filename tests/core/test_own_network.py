"""What a run, a model and an experiment of an older version are, when the variant of that name has changed since."""

import tarfile
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Resumed, RunEnded
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.checksum import with_checksum
from alexnet_app.core.network.differences import differences
from alexnet_app.core.network.spec import changes
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.checkpoint import read_checkpoint
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.own_network import own_network
from alexnet_app.core.training.resume import config_of
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

# a run, with its model, and an experiment, both with the α of unscaled pixels; their weights were rounded to be small
OLDER = Path(__file__).parents[1] / "samples" / "before-own-networks.tar.xz"


@pytest.fixture
def older(tmp_path):
    with tarfile.open(OLDER) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def _goes_on(run: Run, epochs: int = 3):
    return list(train(with_settings(config_of(run), [f"epochs={epochs}"]), run))


def test_that_an_older_run_goes_on_with_its_own_network_and_says_so(older):
    run = Run.existing(older / "run")

    resumed, *_, last = (event for event in _goes_on(run) if isinstance(event, Resumed | RunEnded))

    assert resumed.network == "fc8.start fan-in, today 0.01, norm.alpha 0.0001, today 0.0064"
    assert (last.reason, last.epoch) == ("finished", 3)
    assert read_bundle(run.last_file).spec.norm.alpha == 1e-4
    assert read_checkpoint(run.resume_file).spec.norm.alpha == 1e-4, "from now on the checkpoint says it itself"


def test_that_an_older_run_is_refused_where_nothing_says_which_network_it_is_of(older):
    run = Run.existing(older / "run")
    run.last_file.unlink()

    with pytest.raises(UserError, match=r"does not record its network.*last\.alexnet"):
        _goes_on(run)


def test_that_a_run_keeps_its_network_when_the_variant_changes(older, monkeypatch):
    run = Run.existing(older / "run")
    _goes_on(run)
    run.last_file.unlink()  # the checkpoint alone says it
    own = own_network(run)
    another = variant("shapes-towers", norm=variant("alexnet-2012").norm, input_scale=0.5)
    monkeypatch.setitem(variant.__globals__["KNOWN"], "shapes-towers", another)

    resumed = next(event for event in _goes_on(run, 4) if isinstance(event, Resumed))

    assert "input_scale 0.125, today 0.5" in resumed.network
    assert read_bundle(run.last_file).spec == own


def test_that_a_checkpoint_with_split_images_of_a_newer_rule_is_refused(older):
    run = Run.existing(older / "run")
    _rewrite(run.resume_file, lambda head: head | {"conditions": head["conditions"][:-1] + ', "split rule": "9"}'})

    with pytest.raises(UserError, match="drawn by rule 9, but this version knows only the rules up to 2"):
        _goes_on(run)


@SLOW
def test_that_an_older_run_keeps_the_rule_by_which_its_share_was_chosen(tmp_path):
    settings = ["share=0.05", "epochs=1", "batch_size=64", "threads=1", "device=cpu"]
    config = with_settings(load_config("shapes"), settings)
    run = Run.create(tmp_path / "run", to_toml(config))
    list(train(config, run))
    assert read_checkpoint(run.resume_file).conditions["share rule"] == "2"
    _rewrite(run.resume_file, lambda head: head | {"conditions": head["conditions"].replace("share rule", "unknown")})

    assert _goes_on(run, 2)[-1].reason == "finished"

    assert read_checkpoint(run.resume_file).conditions["share rule"] == "1"
    newer = '"share rule": "1"', '"share rule": "3"'
    _rewrite(run.resume_file, lambda head: head | {"conditions": head["conditions"].replace(*newer)})
    with pytest.raises(UserError, match="chosen by rule 3, but this version knows only the rules up to 2"):
        _goes_on(run, 3)
    broken = '"share rule": "3"', '"share rule": "x"'
    _rewrite(run.resume_file, lambda head: head | {"conditions": head["conditions"].replace(*broken)})
    with pytest.raises(UserError, match="cannot be read as a checkpoint: the share rule is not a number"):
        _goes_on(run, 3)


def test_that_an_older_model_says_in_what_it_is_otherwise(older):
    bundle = read_bundle(older / "run" / "last.alexnet")

    (alpha,) = (each for each in differences(bundle.spec) if "α" in each.what)

    assert "unscaled" in alpha.reason
    assert [name for name, *_ in changes(bundle.spec, variant("shapes-towers"))] == ["fc8.start", "norm.alpha"]


def _rewrite(path, changed):
    with safe_open(path, framework="pt") as file:
        head = file.metadata()
    tensors = load_file(path)
    save_file(tensors, path, with_checksum(tensors, changed(head)))
