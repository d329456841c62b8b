"""The paper's recipe in one piece: a step of the whole network in double precision, written out; the rate journal."""

import dataclasses
import itertools
import queue
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.chance import stream
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.events import StepsDone
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Stop
from alexnet_app.core.training import loop
from alexnet_app.core.training.config import Augmentation, Optimization, TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml
from alexnet_app.core.training.optimizer import PaperSGD, Schedule
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

RATE = 0.01


def lrn(x: Tensor, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75) -> Tensor:
    """Section 3.3 for the maps of one tower, α divided by the five that are summed."""
    maps = range(x.shape[1])
    sums = [sum(x[:, j] ** 2 for j in range(max(0, i - 2), min(len(maps) - 1, i + 2) + 1)) for i in maps]
    return torch.stack([x[:, i] / (k + alpha / 5 * total) ** beta for i, total in enumerate(sums)], dim=1)


def scores(spec: NetworkSpec, w: dict[str, Tensor], x: Tensor, masks: dict[str, Tensor]) -> Tensor:
    """Figure 2 with two towers that are two lists of maps. ``masks`` say which inputs of a dense layer are kept."""
    towers = [x]
    for layer in spec.convolutions:
        halves = list(zip(w[f"{layer.name}.weight"].chunk(2), w[f"{layer.name}.bias"].chunk(2), strict=True))
        seen = towers if layer.sees == "own" else 2 * [torch.cat(towers, dim=1)]
        towers = [
            F.conv2d(maps, weight, bias, layer.stride, layer.padding)
            for maps, (weight, bias) in zip(seen, halves, strict=True)
        ]
        for step in layer.then:
            follow = {
                "relu": lambda maps: maps.clamp(min=0),
                "norm": lambda maps: lrn(maps, alpha=spec.norm.alpha),
                "pool": lambda maps: F.max_pool2d(maps, 3, 2),
            }
            towers = [follow[step](maps) for maps in towers]
    x = torch.cat(towers, dim=1).flatten(1)
    for dense in spec.dense:
        x = x * masks[dense.name] / (1 - dense.dropout) if dense.dropout else x
        x = x @ w[f"{dense.name}.weight"].T + w[f"{dense.name}.bias"]
        x = x.clamp(min=0) if dense is not spec.dense[-1] else x
    return x


@pytest.mark.parametrize(
    ("name", "count"), [("cifar-towers", 16), pytest.param("alexnet-2012", 2, marks=pytest.mark.whole)]
)
def test_that_a_step_of_the_whole_network_is_the_written_out_one_in_double_precision(name, count):
    spec, settings = variant(name), Optimization(weight_decay=0.05, bias_rate=2.0, decay_biases=False)
    network = AlexNet(spec).to(memory_format=torch.channels_last).train()
    network.initialize(stream(1, "start"))
    before = {key: parameter.detach().double().requires_grad_() for key, parameter in network.named_parameters()}
    x = 60 * torch.randn(count, 3, spec.input_size, spec.input_size, generator=stream(1, "x")) * spec.input_scale
    labels = torch.arange(count) % spec.classes
    masks: dict[str, Tensor] = {}
    for dense in spec.dense:  # what dropout lets through, seen from outside: it draws for numbers that are never 0
        network.get_submodule(dense.name).register_forward_pre_hook(
            lambda _, given, dense=dense: masks.update({dense.name: given[0] != 0})
        )
    F.cross_entropy(network(x, stream(1, "dropout")), labels).backward()
    found = {key: parameter.grad.clone() for key, parameter in network.named_parameters()}
    PaperSGD(network, settings, RATE).step()
    F.cross_entropy(scores(spec, before, x.double(), masks), labels).backward()
    for key, parameter in network.named_parameters():
        weight, gradient = before[key].detach(), before[key].grad
        bias = key.endswith("bias")
        decay = 0.0 if bias else settings.weight_decay
        wanted = weight + (2 * RATE if bias else RATE) * (-decay * weight - gradient)
        assert gradient.norm() > 0
        assert (found[key] - gradient).norm() < 1e-5 * gradient.norm(), key
        assert (parameter - wanted).abs().max() < 1e-5 * (wanted - weight).abs().max() + 1e-7 * wanted.abs().max(), key


def test_that_the_journal_of_2012_is_the_presets():
    config = load_config("imagenet-2012-source")
    rate, schedule, journal = config.learning_rate, Schedule(config.optimization), {}
    for epoch in range(1, config.epochs + 1):
        journal[epoch] = (rate, config.augmentation.noise_in(epoch))
        schedule, drops = schedule.after_epoch(epoch, better=epoch % 2 == 0)
        rate = rate / config.optimization.factor if drops else rate
    parts = [(key, [epoch for epoch, _ in group]) for key, group in itertools.groupby(journal.items(), lambda x: x[1])]
    assert [(epochs[0], epochs[-1]) for _, epochs in parts] == [(1, 25), (26, 51), (52, 67), (68, 79), (80, 91)]
    assert [rate for (rate, _), _ in parts] == pytest.approx([1e-2, 1e-3, 1e-4, 1e-4, 1e-5])
    assert [noise for (_, noise), _ in parts] == [0.1, 0.1, 0.1, 0.0, 0.0]
    assert (config.optimization.bias_rate, config.optimization.decay_biases) == (2.0, False)
    assert (config.augmentation.shared_by, config.augmentation.noise_divides) == (32, True)
    assert load_config("imagenet-2012").optimization.schedule == "plateau"


@pytest.fixture
def few_pictures(monkeypatch):
    def drawing():
        yield from ()
        splits = {name: shapes.generate(0, name, 0, count) for name, count in {"train": 48, "validation": 20}.items()}
        return Source("shapes", shapes.CLASSES, splits)

    monkeypatch.setattr(shapes, "drawing", drawing)


def config(**augmentation) -> TrainConfig:
    base = dataclasses.replace(load_config("shapes"), epochs=3, batch_size=16, threads=1, device="cpu")
    return dataclasses.replace(base, augmentation=Augmentation(**augmentation))


def losses(folder: Path, chosen: TrainConfig, stops_after: int = 9) -> list[float]:
    """Of the nine steps of three epochs; the run is stopped after so many and goes on."""
    run, asked = Run.create(folder, to_toml(chosen)), queue.SimpleQueue[Command]()
    for event in train(chosen, run, asked):
        if isinstance(event, StepsDone) and event.first + len(event.losses) >= stops_after < 9:
            asked.put(Stop())
    if stops_after < 9:
        list(train(chosen, run))
    return [loss for event in run.events() if isinstance(event, StepsDone) for loss in event.losses]


@SLOW
def test_that_the_colour_noise_is_off_after_its_epochs(tmp_path, few_pictures):
    noisy, quiet, two = (
        losses(tmp_path / name, config(**settings))
        for name, settings in {
            "noisy": {"colour_noise": 1.0},
            "quiet": {"colour_noise": 0.0},
            "two": {"colour_noise": 1.0, "colour_noise_epochs": 2},
        }.items()
    )
    assert two[:6] == noisy[:6]
    assert two[6] != noisy[6]
    assert noisy[0] != quiet[0]


def test_that_a_run_with_all_of_the_recipe_goes_on_bit_for_bit(tmp_path, few_pictures, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)  # every step can be the last one
    chosen = config(colour_noise_epochs=2, noise_divides=True, shared_by=8)
    whole, broken = losses(tmp_path / "whole", chosen), losses(tmp_path / "broken", chosen, stops_after=4)
    assert len(whole) == 9
    assert broken == whole
    assert losses(tmp_path / "plain", config(colour_noise_epochs=2)) != whole
