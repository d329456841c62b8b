"""The paper's update rule, against the printed formula in double precision; and when the learning rate drops."""

import functools

import pytest
import torch

from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.training.config import Optimization
from alexnet_app.core.training.optimizer import PaperSGD, Schedule

SPEC = NetworkSpec(
    name="tiny",
    picture_size=8,
    input_size=8,
    convolutions=(
        Convolution("conv1", 4, 3, then=("relu",), decay=0.0),
        Convolution("conv2", 4, 3, sees="own", then=("relu",), decay=3.0),
    ),
    dense=(Dense("fc3", 3),),
)
STEPS = 200
RATES = {0: 0.05, 70: 0.005, 140: 0.0005}  # divided by ten twice
SHAPES = {name: parameter.shape for name, parameter in AlexNet(SPEC, "meta").named_parameters()}


def network(kind: torch.dtype = torch.float64) -> AlexNet:
    chance = torch.Generator().manual_seed(1)
    made = AlexNet(SPEC).to(kind).to(memory_format=torch.channels_last)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=chance))
    return made


@functools.cache
def gradients(step: int) -> dict[str, torch.Tensor]:
    """The same ones for everybody; they lean to one side, so that v becomes large."""
    chance = torch.Generator().manual_seed(1000 + step)
    return {name: torch.randn(shape, generator=chance, dtype=torch.float64) + 0.5 for name, shape in SHAPES.items()}


def give(made: AlexNet, step: int) -> None:
    found = gradients(step)
    for name, parameter in made.named_parameters():
        parameter.grad = torch.empty_like(parameter).copy_(found[name])


@functools.cache
def formula(settings: Optimization) -> dict[str, torch.Tensor]:
    """``v ← 0.9 v − decay·ε·w − ε·∇; w ← w + v``, as it is printed, in double precision."""
    weights = {name: parameter.detach().clone() for name, parameter in network().named_parameters()}
    v = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    layer_decay = {"conv1": 0.0, "conv2": 3.0, "fc3": 1.0}
    rate = 0.0
    for step in range(STEPS):
        rate = RATES.get(step, rate)
        for name, gradient in gradients(step).items():
            layer, kind = name.split(".")
            epsilon = rate * (settings.bias_rate if kind == "bias" else 1.0)
            decay = settings.weight_decay * layer_decay[layer]
            if kind == "bias" and not settings.decay_biases:
                decay = 0.0
            v[name] = settings.momentum * v[name] - decay * epsilon * weights[name] - epsilon * gradient
            weights[name] = weights[name] + v[name]
    return weights


@functools.cache
def trained(settings: Optimization, kind: torch.dtype = torch.float64) -> dict[str, torch.Tensor]:
    made = network(kind)
    optimizer = PaperSGD(made, settings, RATES[0])
    for step in range(STEPS):
        if step in RATES:
            optimizer.set_rate(RATES[step])
        give(made, step)
        optimizer.step()
    return weights_of(made)


def weights_of(made: AlexNet) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in made.named_parameters()}


def largest_difference(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> float:
    assert first.keys() == second.keys()
    return max((first[name].double() - second[name].double()).abs().max().item() for name in first)


SETTINGS = [
    Optimization(),
    Optimization(weight_decay=0.05),
    Optimization(weight_decay=0.05, bias_rate=2.0, decay_biases=False),
    Optimization(weight_decay=0.05, bias_rate=2.0, decay_biases=True),
    Optimization(momentum=0.0, weight_decay=0.05),
    Optimization(momentum=0.99, bias_rate=0.0),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_that_two_hundred_steps_with_two_drops_follow_the_formula(settings):
    assert largest_difference(trained(settings), formula(settings)) < 1e-12


@pytest.mark.parametrize("settings", SETTINGS[:4])
def test_that_single_precision_stays_within_a_millionth_of_the_largest_weight(settings):
    wanted = formula(settings)
    largest = max(weight.abs().max().item() for weight in wanted.values())
    assert largest_difference(trained(settings, torch.float32), wanted) < 1e-6 * largest


def test_that_torchs_own_rule_would_be_told_apart():
    made = network()
    plain = torch.optim.SGD(made.parameters(), lr=RATES[0], momentum=0.9)
    settings = Optimization(weight_decay=0.0)
    for step in range(STEPS):
        plain.param_groups[0]["lr"] = RATES.get(step, plain.param_groups[0]["lr"])
        give(made, step)
        plain.step()
    assert largest_difference(weights_of(made), formula(settings)) > 0.1
    assert largest_difference(trained(settings), formula(settings)) < 1e-12


def test_that_each_setting_makes_a_difference():
    results = [formula(settings) for settings in SETTINGS]
    for index, first in enumerate(results):
        assert all(largest_difference(first, other) > 1e-3 for other in results[index + 1 :])


def test_that_what_was_gathered_goes_on_at_its_old_speed_after_a_drop():
    made = network()
    optimizer = PaperSGD(made, Optimization(weight_decay=0.0), 0.1)
    give(made, 0)
    before = weights_of(made)
    optimizer.step()
    moved = weights_of(made)
    optimizer.set_rate(0.1 / 1000)
    for parameter in made.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, weight in weights_of(made).items():
        assert torch.allclose(weight - moved[name], 0.9 * (moved[name] - before[name]), atol=1e-14)


def test_that_gradients_are_forgotten_after_a_step():
    made = network()
    optimizer = PaperSGD(made, Optimization(), 0.1)
    give(made, 0)
    optimizer.step()
    assert all(parameter.grad is None for parameter in made.parameters())


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("broken_off", [1, 70, 100, 141])
def test_that_restored_momentum_goes_on_bit_for_bit(kind, broken_off):
    settings = SETTINGS[3]
    made = network(kind)
    optimizer = PaperSGD(made, settings, RATES[0])
    for step in range(STEPS):
        if step == broken_off:
            kept = {name: buffer.contiguous().clone() for name, buffer in optimizer.momentum().items()}
            weights, rate = weights_of(made), optimizer.rate
            made = network(kind)
            made.load_state_dict({name: weight.contiguous() for name, weight in weights.items()})
            optimizer = PaperSGD(made, settings, rate)
            optimizer.restore(kept)
        if step in RATES:
            optimizer.set_rate(RATES[step])
        give(made, step)
        optimizer.step()
    assert largest_difference(weights_of(made), trained(settings, kind)) == 0.0


def test_that_momentum_is_named_as_the_weights_and_empty_before_the_first_step():
    made = network()
    optimizer = PaperSGD(made, Optimization(), 0.1)
    assert optimizer.momentum() == {}
    give(made, 0)
    optimizer.step()
    found = optimizer.momentum()
    assert found.keys() == dict(made.named_parameters()).keys()
    assert all(found[name].shape == parameter.shape for name, parameter in made.named_parameters())


def test_that_restored_momentum_is_a_copy():
    first, second = network(), network()
    give(first, 0)
    one = PaperSGD(first, Optimization(), 0.1)
    one.step()
    kept = one.momentum()
    before = {name: buffer.clone() for name, buffer in kept.items()}
    two = PaperSGD(second, Optimization(), 0.1)
    two.restore(kept)
    give(second, 1)
    two.step()
    assert largest_difference(kept, before) == 0.0


def drops(settings: Optimization, better: list[bool]) -> list[int]:
    """The epochs (from 1) after which the rate drops, when these epochs brought a better validation error."""
    schedule, found = Schedule(settings), []
    for epoch, best in enumerate(better, start=1):
        schedule, now = schedule.after_epoch(epoch, best)
        found += [epoch] if now else []
    return found


def test_that_a_plateau_is_waited_for_with_patience():
    settings = Optimization(patience=3, drops=5)
    assert drops(settings, [True, False, False]) == []
    assert drops(settings, [True, False, False, False]) == [4]
    assert drops(settings, [True] + 9 * [False]) == [4, 7, 10]


def test_that_a_better_epoch_starts_the_wait_again():
    settings = Optimization(patience=3, drops=5)
    assert drops(settings, [True, False, False, True, False, False, True]) == []
    assert drops(settings, [True, False, False, True, False, False, False]) == [7]


def test_that_a_plateau_drops_the_rate_only_so_often():
    assert drops(Optimization(patience=1, drops=2), 10 * [False]) == [1, 2]
    assert drops(Optimization(patience=1, drops=0), 10 * [False]) == []


def test_that_a_schedule_can_be_taken_up_from_its_two_numbers():
    settings = Optimization(patience=3, drops=1)
    schedule, _ = Schedule(settings).after_epoch(1, better=False)
    schedule, _ = schedule.after_epoch(2, better=False)
    taken_up = Schedule(settings, schedule.waited, schedule.dropped)
    after, now = taken_up.after_epoch(3, better=False)
    assert now
    assert (after.waited, after.dropped) == (0, 1)
    assert drops(settings, 9 * [False]) == [3]


def test_that_steps_drop_the_rate_at_their_epochs_only():
    settings = Optimization(schedule="steps", milestones=(2, 5), patience=1)
    assert drops(settings, 8 * [False]) == [2, 5]
    assert drops(settings, 8 * [True]) == [2, 5]


def test_that_a_constant_rate_never_drops():
    assert drops(Optimization(schedule="constant", milestones=(2,), patience=1), 20 * [False]) == []
