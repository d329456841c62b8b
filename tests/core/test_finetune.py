"""Training that initialized from a model: what is taken over, what stays as it is, what is refused."""

import dataclasses
import queue
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from alexnet_app import cli
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import BegunWith, Ending, EpochDone, Resumed, RunStarted, StepsDone
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.header import network_in
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Stop
from alexnet_app.core.training import loop
from alexnet_app.core.training.config import Finetune, Optimization, TrainConfig, check_new
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.finetune import opened_model
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

BUNDLED = model_path("bundled:shapes-towers")
STEPS = 6


@pytest.fixture
def classes(monkeypatch):
    """The classes of the few pictures that every run here sees; a test may change them."""
    names = list(shapes.CLASSES)

    def drawing():
        yield from ()
        splits = {name: shapes.generate(0, name, 0, count) for name, count in {"train": 48, "validation": 20}.items()}
        labelled = {
            name: dataclasses.replace(split, labels=split.labels % len(names)) for name, split in splits.items()
        }
        return Source("shapes", tuple(names), labelled)

    monkeypatch.setattr(shapes, "drawing", drawing)
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)  # every step can be the last one
    return names


def config(*settings: str) -> TrainConfig:
    base = ["epochs=2", "batch_size=16", "threads=1", "device=cpu", "init=bundled:shapes-towers"]
    return with_settings(load_config("shapes"), [*base, *settings])


def trained(folder: Path, chosen: TrainConfig, stops_after: int = STEPS) -> tuple[dict[str, torch.Tensor], list]:
    """The weights and momentum at the end, and the events; the run is stopped after so many steps and goes on."""
    run, asked = Run.create(folder, to_toml(chosen)), queue.SimpleQueue[Command]()
    events = []
    for event in train(chosen, run, asked):
        events.append(event)
        if isinstance(event, StepsDone) and event.first + len(event.losses) >= stops_after < STEPS:
            asked.put(Stop())
    if stops_after < STEPS:
        events += train(chosen, run)
    return load_file(run.resume_file), events


def begun(events: list) -> BegunWith:
    (found,) = [event for event in events if isinstance(event, BegunWith)]
    return found


def test_that_frozen_layers_stay_bit_for_bit_and_the_others_learn(tmp_path, classes):
    weights, events = trained(tmp_path / "run", config("finetune.freeze=conv", "optimization.weight_decay=0.1"))
    for name, before in read_bundle(BUNDLED).weights.items():
        assert torch.equal(weights[f"weights.{name}"], before) == name.startswith("conv"), name
    assert not any(name.startswith("momentum.conv") for name in weights)
    assert begun(events) == BegunWith("bundled:shapes-towers", "fc8", True, "conv1, conv2, conv3, conv4, conv5")


def test_that_single_layers_are_frozen_by_name(tmp_path, classes):
    weights, _ = trained(tmp_path / "run", config("finetune.freeze=conv1, fc6", "epochs=1"))
    for name, before in read_bundle(BUNDLED).weights.items():
        assert torch.equal(weights[f"weights.{name}"], before) == name.startswith(("conv1.", "fc6.")), name


def test_that_other_classes_get_a_new_last_layer_and_the_rest_is_the_models(tmp_path, classes):
    classes[:] = ["round", "square", "other"]
    still = config("optimization.weight_decay=0", "learning_rate=1e-9", "epochs=1")
    weights, events = trained(tmp_path / "run", still)
    model = read_bundle(BUNDLED)
    assert not begun(events).last_kept
    assert weights["weights.fc8.weight"].shape == (3, model.weights["fc8.weight"].shape[1])
    for name, before in model.weights.items():
        if not name.startswith("fc8"):
            torch.testing.assert_close(weights[f"weights.{name}"], before, rtol=0, atol=1e-6)
    made = read_bundle(tmp_path / "run" / "last.alexnet")
    assert made.classes == ("round", "square", "other")
    assert torch.equal(made.mean, model.mean)
    assert made.spec == model.spec.with_classes(3)


def test_that_the_same_classes_in_another_order_keep_their_units(tmp_path, classes):
    model = read_bundle(BUNDLED)
    classes[:] = reversed(model.classes)
    weights, events = trained(tmp_path / "run", config("finetune.freeze=fc8", "epochs=1"))
    assert begun(events).last_kept
    assert torch.equal(weights["weights.fc8.weight"], model.weights["fc8.weight"].flip(0))
    assert torch.equal(weights["weights.fc8.bias"], model.weights["fc8.bias"].flip(0))


@SLOW
def test_that_a_model_knows_what_it_has_learned_from_the_first_step_on(tmp_path, classes):
    _, events = trained(tmp_path / "run", config("epochs=1"))
    _, from_scratch = trained(tmp_path / "scratch", config("epochs=1", "init="))
    first, first_from_scratch = (
        next(event for event in each if isinstance(event, StepsDone)).losses[0] for each in (events, from_scratch)
    )
    assert first < 0.5 < first_from_scratch
    assert not any(isinstance(event, BegunWith) for event in from_scratch)


@SLOW
@pytest.mark.parametrize("stops_after", [1, 4])
def test_that_a_run_goes_on_bit_for_bit_without_the_model_it_began_with(tmp_path, classes, monkeypatch, stops_after):
    classes[:] = ["round", "square", "other"]
    copy = tmp_path / "model.alexnet"
    copy.write_bytes(BUNDLED.read_bytes())
    chosen = config(f"init={copy}", "finetune.freeze=conv1,conv2", "finetune.rate_factors=fc8=10")
    whole, _ = trained(tmp_path / "whole", chosen)
    run, asked = Run.create(tmp_path / "broken", to_toml(chosen)), queue.SimpleQueue[Command]()
    for event in train(chosen, run, asked):
        if isinstance(event, StepsDone) and event.first + len(event.losses) >= stops_after:
            asked.put(Stop())
    copy.unlink()
    events = list(train(chosen, run))
    assert next(event for event in events if isinstance(event, Resumed)).exact
    broken = load_file(run.resume_file)
    assert whole.keys() == broken.keys()
    assert all(torch.equal(whole[name], broken[name]) for name in whole)


TINY = NetworkSpec(
    "tiny",
    8,
    8,
    (Convolution("conv1", 4, 3), Convolution("conv2", 4, 3, sees="own")),
    (Dense("fc3", 6), Dense("fc4", 3)),
)


def test_that_a_run_without_a_checkpoint_names_the_model_that_it_lacks(tmp_path, classes):
    copy = tmp_path / "start.alexnet"
    copy.write_bytes(BUNDLED.read_bytes())
    chosen = config(f'init="{copy}"')
    run = Run.create(tmp_path / "run", to_toml(chosen))
    for event in train(chosen, run):
        if isinstance(event, RunStarted):
            break
    run.resume_file.unlink(missing_ok=True)
    copy.unlink()
    with pytest.raises(
        UserError, match=r"start\.alexnet, with which the run in .*run begins, no longer exists"
    ) as told:
        list(train(chosen, run))
    assert "start a new run" in told.value.hint


def test_that_factors_and_frozen_layers_follow_the_formula():
    network = AlexNet(TINY).double()
    network.initialize(torch.Generator().manual_seed(1))
    network.get_submodule("conv1").requires_grad_(requires_grad=False)
    settings = Optimization(weight_decay=0.1, bias_rate=2.0)
    optimizer = PaperSGD(network, settings, 0.05, {"fc4": 10.0, "conv2": 0.0, "conv1": 3.0})
    weights = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    v = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    chance = torch.Generator().manual_seed(2)
    for step in range(60):
        rate = 0.05 if step < 30 else 0.005
        optimizer.set_rate(rate)
        for name, parameter in network.named_parameters():
            layer, kind = name.split(".")
            factor = {"fc3": 1.0, "fc4": 10.0}.get(layer, 0.0) * (2.0 if kind == "bias" else 1.0)
            gradient = torch.randn(parameter.shape, generator=chance, dtype=torch.float64)
            v[name] = 0.9 * v[name] - 0.1 * rate * factor * weights[name] - rate * factor * gradient
            weights[name] = weights[name] + v[name]
            parameter.grad = gradient if parameter.requires_grad else None
        optimizer.step()
    for name, parameter in network.named_parameters():
        assert (parameter - weights[name]).abs().max() < 1e-11, name
        assert torch.equal(parameter, weights[name]) or not name.startswith("conv"), name


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        (
            ["network=cifar-towers"],
            "network",
            "network shapes-towers, not cifar-towers; choose the network shapes-towers",
        ),
        (["init=bundled:shape"], "init", "no model named 'shape' .*cifar-towers, shapes-towers"),
        (["init=/nowhere/at-all.alexnet"], None, "at-all.alexnet cannot be read as a model"),
        (["ablation.normalization=false"], "init", "cannot be ablated"),
        (
            ["finetune.freeze=conv1,conv9"],
            "finetune.freeze",
            "'conv9', which is not a layer of shapes-towers; .*conv1, ",
        ),
        (["finetune.rate_factors=fc9=2"], "finetune.rate_factors", "'fc9', which is not a layer"),
        (["finetune.rate_factors=conv=2"], "finetune.rate_factors", "'conv', which is not a layer"),
        (["finetune.freeze=conv,fc6,fc7,fc8"], "finetune.freeze", "nothing can be learned"),
        (["init=", "finetune.freeze=local3"], "finetune.freeze", "not a layer of shapes-towers"),
    ],
)
def test_that_what_does_not_fit_is_refused_before_anything_is_done(tmp_path, settings, key, words):
    chosen = config(*settings)
    with pytest.raises(UserError, match=words) as refused:
        opened_model(chosen)
    assert refused.value.values.get("key") == key
    run = Run.create(tmp_path / "run", to_toml(chosen))
    with pytest.raises(UserError, match=words):
        next(iter(train(chosen, run)))


@pytest.mark.parametrize("text", ["fc8", "fc8=", "=3", "fc8=x", "fc8=-1", "fc8=1001", "fc8=nan", "fc8=1=2"])
def test_that_a_factor_that_is_none_is_refused_when_the_configuration_is_made(text):
    with pytest.raises(UserError, match="not a layer and a factor from 0 to 1000") as refused:
        dataclasses.replace(TrainConfig(), finetune=Finetune(rate_factors=f"fc7=2, {text}"))
    assert refused.value.values["key"] == "finetune.rate_factors"
    assert Finetune(rate_factors=" fc8 = 10 ,fc7=0.5,").factors == {"fc8": 10.0, "fc7": 0.5}


@pytest.mark.parametrize("name", ["bundled:cifar-towers", "bundled:shapes-towers"])
def test_that_the_network_of_a_model_is_read_from_its_head(name):
    assert network_in(model_path(name)) == name.removeprefix("bundled:")


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x05\0\0\0\0\0\0\0[1,2]", b"\x02\0\0\0\0\0\0\0{}"])
def test_that_the_head_of_anything_else_names_no_network(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    assert network_in(tmp_path / "other") == ""
    assert network_in(tmp_path) == network_in(tmp_path / "gone") == ""


def photos(root: Path) -> Path:
    from PIL import Image

    for name, colour in (("ants", (90, 40, 20)), ("bees", (220, 180, 30))):
        (root / name).mkdir(parents=True)
        for index in range(6):
            Image.new("RGB", (40, 40), tuple(each + index for each in colour)).save(root / name / f"{index}.png")
    return root


def test_that_the_command_line_fine_tunes_any_model(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spec = variant("shapes-towers", 7)
    network = AlexNet(spec)
    network.initialize(torch.Generator().manual_seed(1))
    names = tuple("abcdefg")
    write_bundle(tmp_path / "mine.alexnet", Bundle(spec, names, torch.zeros(3, 1, 1), plain_weights(network)))
    command = [
        "train",
        "--preset",
        "finetune",
        "--data",
        str(photos(tmp_path / "photos")),
        "--run",
        str(tmp_path / "run"),
    ]
    command += ["--init", str(tmp_path / "mine.alexnet"), "--freeze", "conv", "--rate-factor", "fc8=10"]
    command += ["--rate-factor", "fc7=2", "--set", "epochs=1", "--set", "threads=1", "--device", "cpu"]
    assert cli.main(command) == 0
    said = capsys.readouterr().err
    assert "initialized from" in said
    assert "fc8 new; frozen: conv1, conv2, conv3, conv4, conv5" in said
    made = read_bundle(tmp_path / "run" / "last.alexnet")
    assert made.spec == spec.with_classes(2)
    finetune = made.summary["config"]["finetune"]
    assert (finetune["freeze"], finetune["rate_factors"]) == ("conv", "fc8=10,fc7=2")
    assert torch.equal(made.weights["conv3.weight"], network.get_parameter("conv3.weight"))
    refused = ["train", "--resume", str(tmp_path / "run"), "--rate-factor", "fc8=3"]
    assert cli.main(refused) == 2
    assert "--rate-factor cannot be changed in a resumed run" in capsys.readouterr().err


def test_that_the_preset_needs_pictures_of_your_own(capsys):
    assert cli.main(["train", "--preset", "finetune"]) == 2
    assert "--data DIR" in capsys.readouterr().err
    chosen = load_config("finetune")
    assert opened_model(chosen).spec == chosen.spec()


def only_convolutions(path: Path) -> Path:
    """The convolutions of the bundled model alone, as torch keeps the half of a network that is called features."""
    bundle = read_bundle(BUNDLED)
    weights = {name: each for name, each in bundle.weights.items() if name.startswith("conv")}
    save_file({name.replace("conv", "features."): each for name, each in weights.items()}, path)
    return path


def test_that_a_run_can_begin_with_the_convolutions_of_a_model_alone(tmp_path, classes):
    chosen = config("finetune.take=conv", 'finetune.freeze="conv"', "epochs=1")
    weights, events = trained(tmp_path / "run", chosen)
    before = read_bundle(BUNDLED).weights
    assert torch.equal(weights["weights.conv2.weight"], before["conv2.weight"])
    assert begun(events).new == "fc6, fc7, fc8"
    assert not begun(events).last_kept, "its classes are the same, but they were not taken"


def test_that_weights_without_dense_layers_fill_the_convolutions_and_say_so(tmp_path, classes):
    given = only_convolutions(tmp_path / "features.safetensors")
    chosen = config(f'init="{given.as_posix()}"', 'finetune.freeze="conv"')
    weights, events = trained(tmp_path / "run", chosen, stops_after=3)
    assert torch.equal(weights["weights.conv2.weight"], read_bundle(BUNDLED).weights["conv2.weight"])
    assert begun(events).new == "fc6, fc7, fc8"
    straight, _ = trained(tmp_path / "straight", chosen)
    assert all(torch.equal(straight[name], each) for name, each in weights.items())


def test_that_weights_of_no_known_network_are_refused_with_the_nearest_one(tmp_path):
    save_file({"features.0.weight": torch.zeros(5, 3, 7, 7)}, tmp_path / "odd.safetensors")
    with pytest.raises(UserError):
        opened_model(config(f'init="{(tmp_path / "odd.safetensors").as_posix()}"'))


CACHED = ['finetune.freeze="conv"', "finetune.cache=true", "augmentation.crop=false", "augmentation.colour_noise=0"]


@SLOW
def test_that_frozen_convolutions_computed_once_give_the_same_run(tmp_path, classes):
    fixed = ['finetune.freeze="conv"', "augmentation.crop=false", "augmentation.colour_noise=0"]
    once, _ = trained(tmp_path / "once", config(*CACHED, "augmentation.mirror=false"))
    always, _ = trained(tmp_path / "always", config(*fixed, "augmentation.mirror=false"))
    for name, each in once.items():
        torch.testing.assert_close(each, always[name], rtol=1e-4, atol=1e-6)


@SLOW
@pytest.mark.parametrize("balance", ["none", "classes"])
def test_that_a_run_on_kept_maps_goes_on_bit_for_bit(tmp_path, classes, balance):
    chosen = config(*CACHED, f"balance={balance}")
    straight, _ = trained(tmp_path / "straight", chosen)
    resumed, events = trained(tmp_path / "resumed", chosen, stops_after=2)
    assert any(isinstance(event, Resumed) and event.exact for event in events)
    assert all(torch.equal(straight[name], each) for name, each in resumed.items())


@pytest.mark.parametrize(
    "setting", ["finetune.freeze=conv1", "augmentation.crop=true", "augmentation.colour_noise=0.1"]
)
def test_that_maps_are_kept_only_where_they_stay_the_same(setting):
    with pytest.raises(UserError, match=r"finetune\.cache needs"):
        check_new(config(*CACHED, setting))


@SLOW
def test_that_balanced_classes_go_on_bit_for_bit_and_are_part_of_what_a_run_is(tmp_path, classes):
    chosen = config("balance=classes")
    straight, _ = trained(tmp_path / "straight", chosen)
    resumed, _ = trained(tmp_path / "resumed", chosen, stops_after=3)
    assert all(torch.equal(straight[name], each) for name, each in resumed.items())
    run = Run.existing(tmp_path / "resumed")
    with pytest.raises(UserError, match="setting balance changed"):
        list(train(dataclasses.replace(chosen, balance="none", epochs=3), run))


@SLOW
def test_that_a_run_ends_early_keeps_the_best_and_says_why(tmp_path, classes):
    chosen = config("epochs=9", "stop_after=2", "learning_rate=0.00000001")  # it learns nothing
    _, events = trained(tmp_path / "run", chosen, stops_after=99)
    ended = events[-1]
    assert (ended.reason, ended.epoch, ended.early) == (Ending.FINISHED, 3, 2)
    assert [event.best for event in events if isinstance(event, EpochDone)] == [True, False, False]
    again = list(train(chosen, Run.existing(tmp_path / "run")))
    assert again[-1].early == 2
    assert not any(isinstance(event, StepsDone) for event in again)


def test_that_a_run_that_joins_validation_images_cannot_end_early():
    with pytest.raises(UserError, match="validation_joins_after"):
        check_new(config("stop_after=2", "validation_joins_after=1", 'optimization.schedule="constant"'))
