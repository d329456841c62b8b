"""Checkpoints that are not whole, contradict themselves or are of another run: none of them is resumed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from alexnet_app.commands.progress import _resumed
from alexnet_app.commands.results import summary
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.prepared.statistics import Components
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Arrays, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import RateChanged, RateReason, Resumed, RunEnded, StepsDone
from alexnet_app.core.network.bundle import spec_in_bundle
from alexnet_app.core.network.checksum import with_checksum
from alexnet_app.core.network.header import summary_in
from alexnet_app.core.runs.checkpoint import Position
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.listing import summarize
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import loop
from alexnet_app.core.training import train as train_module
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.history import history_of
from alexnet_app.core.training.identity import check_identity, difference, identity
from alexnet_app.core.training.resume import check_can_go_on, config_of
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

STEPS = 3  # of an epoch


def _drawing():
    yield from ()
    splits = {name: shapes.generate(0, name, 0, count) for name, count in {"train": 48, "validation": 20}.items()}
    return Source("shapes", shapes.CLASSES, splits)


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", _drawing)


def _config(*settings: str) -> TrainConfig:
    return with_settings(
        load_config("shapes"), ["epochs=2", "batch_size=16", "threads=1", "device=cpu", "precision=fp32", *settings]
    )


def _trained(folder: Path, config: TrainConfig) -> Run:
    run = Run.create(folder, to_toml(config))
    list(train(config, run))
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "drawing", _drawing)
        return _trained(tmp_path_factory.mktemp("runs") / "run", _config())


@pytest.fixture
def run(whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path / "run")
    return Run.existing(tmp_path / "run")


def _rewrite(run: Run, tensors=None, **head):
    """Changes the tensors, or a value of the head, of a checkpoint."""
    with safe_open(run.resume_file, framework="pt") as file:
        said = file.metadata()
    found = load_file(run.resume_file)
    for name, changed in head.items():
        said[name] = changed(said[name]) if callable(changed) else changed
    found = tensors(found) if tensors else found
    save_file(found, run.resume_file, with_checksum(found, said))


def _at(**numbers):
    return lambda text: json.dumps({**json.loads(text), **numbers})


def _goes_on(run: Run, epochs: int = 3):
    return list(train(replace(config_of(run), epochs=epochs), run))


def _halved(part: str):
    return lambda found: {name: each.half() if name.startswith(part) else each for name, each in found.items()}


def _broken(name: str):
    return lambda found: {**found, name: torch.full_like(found[name], float("nan"))}


@SLOW
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"tensors": lambda found: _without(found, "momentum.conv3.weight")},
            "the momentum of conv3.weight is missing",
        ),
        ({"tensors": lambda found: _without(found, "momentum.")}, "the momentum of conv1.weight is missing"),
        ({"tensors": lambda found: _without(found, "weights.fc8.bias")}, "the weight of fc8.bias is missing"),
        ({"tensors": lambda found: {**found, "momentum.fc9.bias": torch.zeros(3)}}, "fc9.bias belongs to no layer"),
        (
            {"tensors": _halved("weights.")},
            r"the weight of conv1\.(weight|bias) is torch\.float16, not torch\.float32",
        ),
        ({"tensors": _halved("momentum.")}, "the momentum of conv1.weight is torch.float16, not torch.float32"),
        ({"tensors": _broken("weights.conv2.weight")}, "a weight is not finite"),
        ({"position": _at(step=5)}, "5 steps are not in the epoch after 2 epochs of 3 steps"),
        ({"position": _at(step=10**9)}, "1000000000 steps are not in the epoch"),
        ({"position": _at(step=10**9, epoch=10**9 // STEPS)}, "333333333 epochs are done, of 3 that are planned"),
        ({"position": _at(epoch=3)}, "6 steps are not in the epoch after 3 epochs"),
        ({"position": _at(epoch=1)}, "the sums of its epoch are not those of 3 steps"),
        ({"position": _at(step=7)}, "the sums of its epoch are not those of 1 steps"),
        ({"position": _at(epoch_seconds=1.0)}, "the sums of its epoch are not those of 0 steps"),
        ({"position": _at(rate=0.0)}, "its learning rate is 0"),
        ({"position": _at(best_epoch=3)}, "its errors are not those of the epochs"),
        ({"position": _at(best_error=1.5)}, "its errors are not those of the epochs"),
        ({"tensors": _broken("momentum.conv2.weight")}, "a momentum is not finite"),
        ({"position": _at(rate=1e308)}, "its learning rate is 1e\\+308"),
        ({"position": _at(best_epoch=0, best_error=0.5)}, "its best error is of no epoch"),
        ({"position": _at(waited=3)}, "its counts are not those"),
        ({"position": _at(block_steps=7)}, "its counts are not those"),
        ({"position": _at(told_chance=2)}, "its counts are not those"),
    ],
)
def test_that_a_checkpoint_that_contradicts_itself_is_refused(run, change, why):
    _rewrite(run, **change)
    before = run.resume_file.read_bytes()
    with pytest.raises(UserError, match=f"does not fit its own configuration: .*({why})"):
        _goes_on(run)
    assert run.resume_file.read_bytes() == before


def _without(found, prefix):
    return {name: each for name, each in found.items() if not name.startswith(prefix)}


def test_that_frozen_layers_and_the_middle_of_an_epoch_are_resumed(tmp_path, monkeypatch):
    """What no broken checkpoint is: momentum of some layers only, and sums of an epoch under way."""
    from queue import SimpleQueue

    from alexnet_app.core.steering import Stop

    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    config = _config("finetune.freeze=conv1,conv2")
    run, asked = Run.create(tmp_path / "frozen", to_toml(config)), SimpleQueue()
    for event in train(config, run, asked):
        if isinstance(event, StepsDone) and event.first == STEPS:
            asked.put(Stop())
    resumed, *_, last = (event for event in _goes_on(run, 2) if isinstance(event, Resumed | RunEnded))
    assert (resumed.step, resumed.exact, last.reason) == (STEPS + 1, True, "finished")


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "change",
    [
        {"spec": DEEP},
        {"position": DEEP},
        {"conditions": DEEP},
        {"conditions": _at(**{"split rule": "abc"})},
        {"conditions": _at(**{"split rule": "7" * 5000})},
        {"conditions": _at(**{"split rule": "-1"})},
        {"conditions": "[1]"},
    ],
    ids=["deep spec", "deep position", "deep conditions", "rule abc", "rule of 5,000 digits", "rule -1", "a list"],
)
def test_that_a_head_that_nobody_can_read_is_a_sentence(run, change):
    _rewrite(run, **change)
    with pytest.raises(UserError, match="cannot be read as a checkpoint"):
        _goes_on(run)


def test_that_a_model_with_a_head_too_deep_to_read_says_nothing_of_its_network(tmp_path):
    save_file({"weight": torch.zeros(1)}, tmp_path / "deep.alexnet", {"spec": DEEP})
    assert spec_in_bundle(tmp_path / "deep.alexnet") is None


def _unknown(text: str, *names: str) -> str:
    """The conditions as a version wrote them that did not know these settings."""
    return json.dumps({name: each for name, each in json.loads(text).items() if name not in names})


NEWER = ("setting ablation.gain", "setting validation_joins_after", "scores", "split rule")


@pytest.mark.parametrize(("edited", "said"), [("ablation.gain=true", "True"), ("validation_joins_after=1", "1")])
def test_that_a_setting_that_the_older_version_did_not_know_cannot_be_edited_in(run, edited, said):
    _rewrite(run, conditions=lambda text: _unknown(text, *NEWER))
    config = with_settings(config_of(run), [edited, "epochs=3"])
    with pytest.raises(UserError, match=rf"setting {edited.split('=')[0]} .* now {said}, before (False|0)"):
        list(train(config, run))
    assert next(event for event in _goes_on(run) if isinstance(event, Resumed)).exact, "as it was it goes on"


@pytest.mark.parametrize("kept", ["{}", '{"device": "CPU"}'])
def test_that_a_checkpoint_without_its_conditions_is_refused(run, kept):
    _rewrite(run, conditions=kept)
    with pytest.raises(UserError, match="does not record its"):
        _goes_on(run)


def test_that_bf16_of_an_older_version_is_not_called_exact():
    now = {"precision": "bf16", "scores": "fp32", "threads": "any"}
    rest = {"device": "CPU", "torch": "2", "placement": "one", "micro_batch": "whole", "kernels": "any"}
    assert difference({**rest, "precision": "bf16", "threads": "any"}, {**rest, **now}) == "scores bf16 → fp32"
    assert difference({**rest, **now}, {**rest, **now}) == ""
    assert difference({**rest, "precision": "fp32", "threads": "any"}, {**rest, **now, "precision": "fp32"}) == ""


def _prepared(validation: Arrays) -> Prepared:
    chance = np.random.default_rng(1)
    train_images = Arrays(chance.integers(0, 256, (20, 8, 8, 3), np.uint8), np.arange(20) % 2)
    mean = np.zeros((8, 8, 3), np.float32)
    return Prepared(
        "noise",
        ("a", "b"),
        {"train": train_images, "validation": validation},
        mean[0, 0],
        mean,
        Components(mean[0, 0], np.eye(3)),
    )


def test_that_validation_images_that_are_trained_on_belong_to_the_run():
    images, labels = np.random.default_rng(2).integers(0, 256, (150, 8, 8, 3), np.uint8), np.arange(150) % 2
    config = with_settings(TrainConfig(), ["validation_joins_after=2", "optimization.schedule=constant"])
    head = dict.fromkeys(("device", "precision", "threads", "torch"), "1")
    before = {**head, **identity(config, _prepared(Arrays(images, labels)))}
    check_identity(before, before)
    other = images.copy()
    other[149, 7, 7, 2] ^= 1
    for changed in (Arrays(other, labels), Arrays(images, 1 - labels), Arrays(images[:-1], labels[:-1])):
        with pytest.raises(UserError, match="validation images changed since this run was saved"):
            check_identity(before, {**head, **identity(config, _prepared(changed))})
        plain = {**head, **identity(TrainConfig(), _prepared(Arrays(images, labels)))}
        check_identity(plain, {**head, **identity(TrainConfig(), _prepared(changed))})
    older = {name: each for name, each in before.items() if name != "validation images"}
    check_identity(older, before)


def test_that_a_kept_run_of_pools_that_are_refused_today_is_read_and_goes_on(tmp_path, monkeypatch):
    config = _config("ablation.overlap=false")
    with pytest.raises(UserError, match=r"ablation\.overlap cannot be switched off"):
        list(train(config, Run.create(tmp_path / "new", to_toml(config))))
    with monkeypatch.context() as older:
        older.setattr(train_module, "check_new", lambda _: None)
        run = _trained(tmp_path / "kept", config)
    assert config_of(run).spec().pool.size == 2
    resumed, *_, last = (event for event in _goes_on(run) if isinstance(event, Resumed | RunEnded))
    assert (resumed.exact, resumed.network, last.reason) == (True, "", "finished")


def test_that_a_learning_rate_that_the_events_do_not_explain_is_refused(run):
    _rewrite(run, position=_at(rate=0.5))
    with pytest.raises(
        UserError, match=r"does not fit its own configuration: its learning rate is 0\.5, by its events "
    ):
        _goes_on(run)


PLATEAU, STEPPED = ("optimization.schedule=plateau",), ("optimization.schedule=steps", "optimization.milestones=[1, 5]")
BY_PLATEAU, BY_STEPS, BEFORE = RateReason.PLATEAU, RateReason.STEPS, RateReason.SCHEDULE
UNDONE = RateReason.UNDONE
RATES = [
    ((), [], {}, ""),
    ((), [(0.02, RateReason.ASKED)], {"rate": 0.02}, ""),
    ((), [(0.02, RateReason.ASKED)], {}, "its learning rate is 0.01, by its events 0.02"),
    ((), [(0.001, RateReason.ASKED), (0.01, UNDONE)], {}, ""),
    (PLATEAU, [(0.02, RateReason.ASKED), (0.002, BY_PLATEAU), (0.001, UNDONE)], {"rate": 0.001, "dropped": 1}, ""),
    ((), [(0.001, BY_PLATEAU)], {"rate": 0.001}, "has dropped 0 times, by its events 1 times"),
    (PLATEAU, [(0.02, RateReason.ASKED), (0.002, BEFORE)], {"rate": 0.002, "dropped": 1}, ""),
    (PLATEAU, [(0.005, BY_PLATEAU)], {"rate": 0.005, "dropped": 1}, "drop the learning rate from 0.01 to 0.005"),
    (PLATEAU, [(0.001, BY_PLATEAU)], {"rate": 0.001}, "has dropped 0 times, by its events 1 times"),
    (PLATEAU, [], {"dropped": 1}, "has dropped 1 times, by its events 0 times"),
    (STEPPED, [(0.001, BY_STEPS)], {"rate": 0.001}, ""),
    (STEPPED, [], {}, "has dropped 1 times, by its events 0 times"),
]


@pytest.mark.parametrize(("settings", "changes", "position", "why"), RATES)
def test_that_the_learning_rate_is_that_of_the_schedule_and_the_events(tmp_path, settings, changes, position, why):
    run = Run.create(tmp_path / "run", "")
    lines = [to_line(RateChanged(place, *change), 1.0) + "\n" for place, change in enumerate(changes)]
    run.events_file.write_text("".join(lines), encoding="utf-8")
    stands = Position(**{"step": 6, "epoch": 2, "rate": 0.01, "events": len("".join(lines)), **position})
    later = to_line(RateChanged(9, 1e-9, RateReason.ASKED), 1.0)  # after the checkpoint: a resume undoes it
    run.events_file.write_text("".join(lines) + later, encoding="utf-8")
    found = history_of(run, stands, with_settings(TrainConfig(), ["learning_rate=0.01", *settings]))
    assert found.difference == ""
    assert why in found.contradiction
    assert bool(why) == bool(found.contradiction)


@pytest.mark.parametrize("place", [10**9, 1 << 53])
def test_that_events_longer_than_any_file_are_lost_ones(run, place):
    assert run.events_until(place) is None
    _rewrite(run, position=_at(events=place))
    assert next(event for event in _goes_on(run, 2) if isinstance(event, Resumed)).exact is False


@pytest.mark.parametrize("left", [0, 1, 300])
def test_that_a_run_whose_events_were_lost_goes_on_but_not_exactly(run, left):
    kept = run.events_file.read_bytes()
    run.events_file.write_bytes(kept[:left])
    _rewrite(run, position=_at(events=len(kept)))
    resumed = next(event for event in _goes_on(run) if isinstance(event, Resumed))
    assert (resumed.exact, resumed.difference) == (False, "lines of events.jsonl are missing")


def test_that_of_a_run_whose_events_were_lost_nothing_is_said_that_they_alone_knew(run):
    run.events_file.unlink()
    events = [event for event in _goes_on(run, 2) if isinstance(event, Resumed | RunEnded)]
    assert (events[0].epoch, events[0].exact, events[-1].reason) == (2, False, "finished")
    assert "after all 2 epochs" in _resumed(events[0])
    found = summarize(run)
    assert (found.epoch, found.epochs, found.state) == (2, 2, "finished")
    assert found.best_error == summary_in(run.best_file)["validation_error"]
    assert summary(run)["epochs"] == 2
    with pytest.raises(UserError, match="has already done 2 epochs, more than 1"):
        check_can_go_on(run, replace(config_of(run), epochs=1))


def test_that_a_run_whose_events_were_lost_is_resumed_more_than_once(tmp_path):
    run = Run.create(tmp_path / "run", "")
    lines = to_line(Resumed(6, 2, 5_000, 9, 3), 1.0) + "\n"  # 5,000 bytes were there before it
    run.events_file.write_text(lines, encoding="utf-8")
    stands = Position(step=9, epoch=3, rate=0.001, events=len(lines))  # one of these said that it dropped
    found = history_of(run, stands, with_settings(TrainConfig(), ["learning_rate=0.01"]))
    assert (found.contradiction, found.difference) == ("", "lines of events.jsonl are missing")


def test_that_a_flipped_bit_in_the_checkpoint_ends_the_resume(run):
    content = bytearray(run.resume_file.read_bytes())
    content[-100] ^= 1
    run.resume_file.write_bytes(content)
    with pytest.raises(UserError, match=r"the file is damaged .*last\.alexnet and best\.alexnet"):
        _goes_on(run)
    assert run.resume_file.read_bytes() == content
