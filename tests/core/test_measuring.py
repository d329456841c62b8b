"""What is measured of a training beside its losses: chance, units that never fire."""

import math

import numpy as np
import pytest
import torch

from alexnet_app.core.insight.silence import silent_shares
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.variants import variant
from alexnet_app.core.training.monitor import chance


@pytest.fixture
def network():
    made = AlexNet(variant("shapes-towers")).eval()
    made.initialize(torch.Generator().manual_seed(3))
    return made


def inputs(network, count=8):
    size = network.spec.input_size
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(1))


def test_that_units_whose_bias_keeps_them_down_are_silent(network):
    before = silent_shares(network, inputs(network))
    name, kernels = network.spec.convolutions[0].name, network.spec.convolutions[0].kernels
    with torch.no_grad():
        network.get_submodule(name).bias[: kernels // 4] = -1e6
    after = silent_shares(network, inputs(network))
    assert after[name] == pytest.approx(max(before[name], 0.25), abs=0.25)
    assert after[name] >= 0.25
    assert set(after) == {layer.name for layer in network.spec.layers[:-1]}


def test_that_a_unit_is_silent_only_if_no_image_moves_it(network):
    dense = network.spec.dense[0].name
    with torch.no_grad():
        module = network.get_submodule(dense)
        module.weight.zero_()
        module.bias.fill_(-1.0)
        module.bias[0] = 1.0
    units = network.spec.dense[0].units
    assert silent_shares(network, inputs(network))[dense] == pytest.approx(1 - 1 / units)


def test_that_looking_leaves_the_network_and_all_chance_as_they_are(network):
    weights = {name: each.clone() for name, each in network.state_dict().items()}
    state = torch.random.get_rng_state()
    silent_shares(network, inputs(network))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(each, weights[name]) for name, each in network.state_dict().items())


def test_that_chance_is_the_loss_of_guessing_and_the_error_of_the_largest_class():
    found = chance(np.array([0, 1, 1, 1, 2]), np.array([0, 1, 2, 2]), 3)
    assert found.step == 0
    assert found.values == {"chance/loss": pytest.approx(math.log(3)), "chance/error": 0.75}
    assert math.isnan(chance(np.array([0, 1]), np.array([], np.int64), 2).values["chance/error"])
