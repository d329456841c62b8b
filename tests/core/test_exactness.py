"""What is fast is the same as what is plain: the batches bit for bit, training as far as rounding lets it."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.augment import draw
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.prepared.statistics import Components
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import Optimization, TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.trainer import Trainer
from tests.bench.peers.plain import PlainAlexNet, cifar_towers, learning

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

CPU = torch.device("cpu")
BATCH, PICTURES = 64, 320


def prepared(side: int = 32) -> Prepared:
    """Pictures of ten classes, each with a colour of its own."""
    chance = np.random.default_rng(1)
    labels = np.arange(PICTURES, dtype=np.int64) % 10
    colours = chance.integers(40, 216, (10, 1, 1, 3))
    noise = chance.normal(0, 40, (PICTURES, side, side, 3))
    pictures = np.clip(colours[labels] + noise, 0, 255).astype(np.uint8)
    split = Arrays(pictures, labels)
    directions = Components(np.array([40.0, 20.0, 10.0]), np.linalg.qr(chance.normal(size=(3, 3)))[0])
    names = tuple(str(index) for index in range(10))
    mean_picture = pictures.mean(axis=0, dtype=np.float64).astype(np.float32)
    return Prepared("noise", names, {"train": split}, mean_picture.mean(axis=(0, 1)), mean_picture, directions)


def config(*settings: str) -> TrainConfig:
    """Of cifar-towers."""
    return with_settings(load_config("cifar-towers"), [f"batch_size={BATCH}", "device=cpu", *settings])


def trainer(stack: ExitStack, folder: Path, settings: TrainConfig) -> Trainer:
    run = Run.create(folder, to_toml(settings))
    events = stack.enter_context(holding(run))
    made = stack.enter_context(Trainer(settings, prepared(), (CPU,), "fp32", run, events))
    spec = made.network.spec
    made.network.spec = replace(spec, dense=tuple(replace(each, dropout=0.0) for each in spec.dense))
    return made


def plain_batch(step: int, settings: TrainConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch of the Trainer as it is written down: chosen, cut, mirrored, coloured, one after the other."""
    data = prepared()
    split, spec = data.splits["train"], settings.spec()
    epoch, place = divmod(step, PICTURES // BATCH)
    order = torch.randperm(PICTURES, generator=stream(settings.seed, "order", epoch)).numpy()
    chosen = np.sort(order[place * BATCH : (place + 1) * BATCH])
    room = spec.picture_size - spec.input_size
    components = torch.from_numpy(data.components.directions * data.components.standard_deviations).float()
    draws = draw(
        BATCH,
        room,
        crop=True,
        mirror=True,
        components=components,
        noise=settings.augmentation.colour_noise,
        chance=stream(settings.seed, "augmentation", step),
    )
    rows = []
    for index, where in enumerate(chosen):
        top, left = int(draws.top[index]), int(draws.left[index])
        cut = torch.from_numpy(split.pictures[where])[top : top + spec.input_size, left : left + spec.input_size]
        cut = cut.flip(1) if draws.mirrored[index] else cut
        coloured = cut.float() + draws.colour[index]
        rows.append((coloured - torch.from_numpy(data.mean)) * spec.input_scale)
    return torch.stack(rows).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(split.labels[chosen])


def awaken(network: torch.nn.Module) -> None:
    """Gives the last layer, which starts nearly at 0, weights with which a few steps are seen in the loss."""
    weight = network.get_parameter("fc8.weight")
    with torch.no_grad():
        drawn = torch.empty(weight.shape).normal_(0, (2 / weight.shape[1]) ** 0.5, generator=stream(3, "start"))
        weight.copy_(drawn)


def test_that_batches_of_the_fast_path_are_those_of_the_plain_one_bit_for_bit(tmp_path):
    settings = config()
    with ExitStack() as stack:
        fast = trainer(stack, tmp_path / "run", settings)
        for step in range(3 * PICTURES // BATCH):
            batch = next(fast.batches)
            pictures, labels = plain_batch(step, settings)
            assert torch.equal(batch.pictures, pictures)
            assert torch.equal(batch.labels, labels)


@SLOW
def test_that_twenty_steps_in_fp32_agree_with_plain_torch(tmp_path):
    # with larger rates rounding grows past 1e-5 within these steps, whoever computes them
    settings = config("learning_rate=2e-5")
    with ExitStack() as stack:
        ours = trainer(stack, tmp_path / "run", settings)
        awaken(ours.network)
        peer = cifar_towers(dropout=0.0)
        peer.load_state_dict({name: each.contiguous() for name, each in ours.network.state_dict().items()})
        learn, theirs = learning(peer, 2e-5), []
        for step in range(20):
            ours.train_step()
            theirs.append(float(learn(*plain_batch(step, settings))))
        losses = ours.report().losses
        assert losses[-1] < 0.9 * losses[0]  # it has learned: the comparison is of something that moves
        np.testing.assert_allclose(losses, theirs, rtol=1e-5)
        for name, weight in peer.named_parameters():
            torch.testing.assert_close(ours.network.get_parameter(name), weight, rtol=0, atol=1e-5, msg=name)


def small_spec() -> NetworkSpec:
    """Five convolutions and three dense layers of few kernels."""
    spec = variant("cifar-towers")
    convolutions = tuple(replace(each, kernels=16) for each in spec.convolutions)
    first = replace(convolutions[0], size=5, padding=2)
    dense = (*(replace(each, units=32, dropout=0.0) for each in spec.dense[:-1]), replace(spec.dense[-1], dropout=0.0))
    return replace(spec, convolutions=(first, *convolutions[1:]), dense=dense)


@pytest.mark.whole
def test_that_three_hundred_steps_in_float64_agree_with_plain_torch():
    spec = small_spec()
    network = AlexNet(spec).to(memory_format=torch.channels_last).train().double()
    network.initialize(torch.Generator().manual_seed(1))
    awaken(network)
    peer = PlainAlexNet((16,) * 5, 32, 10, (5, 1, 2), 2, dropout=0.0, alpha=spec.norm.alpha).double()
    peer.load_state_dict({name: each.contiguous() for name, each in network.state_dict().items()})
    # a rate at which the weights do not yet run apart from rounding alone; with 0.01 they do
    optimizer, theirs = PaperSGD(network, Optimization(), 0.001), learning(peer, 0.001)
    labels = torch.arange(80) % 10
    chance = torch.Generator().manual_seed(2)
    colours = torch.randn(10, 3, 1, 1, generator=chance, dtype=torch.float64)
    pictures = 4 * colours[labels] + torch.randn(80, 3, 28, 28, generator=chance, dtype=torch.float64)
    first, furthest = 0.0, 0.0
    for _ in range(300):
        chosen = torch.randperm(80, generator=chance)[:8]
        x, right = pictures[chosen], labels[chosen]
        loss = F.cross_entropy(network(x.contiguous(memory_format=torch.channels_last)), right)
        loss.backward()
        optimizer.step()
        other = float(theirs(x, right))
        furthest = max(furthest, abs(float(loss.detach()) - other))
        first = first or other
    assert other < 0.8 * first
    assert furthest < 1e-6
    for name, weight in peer.named_parameters():
        torch.testing.assert_close(network.get_parameter(name), weight, rtol=0, atol=1e-6, msg=name)
