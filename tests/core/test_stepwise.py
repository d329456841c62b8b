"""A network run step by step is the network, and a silent tower says nothing to the other one."""

import pytest
import torch

from alexnet_app.core.insight.stepwise import scores, stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.variants import variant

SMALL = ("photo-towers", "cifar-towers", "shapes-towers", "cifar-11pct", "cifar-13pct", "cifar-2012")


def started(name, dtype=torch.float64):
    network = AlexNet(variant(name)).eval().to(dtype)
    network.initialize(torch.Generator().manual_seed(1))
    return network


def pictures(network, count=2):
    spec, chance = network.spec, torch.Generator().manual_seed(2)
    drawn = torch.randn(count, 3, spec.input_size, spec.input_size, dtype=torch.float64, generator=chance)
    return 64 * drawn * torch.as_tensor(spec.input_scale, dtype=torch.float64).reshape(-1, 1, 1)


@pytest.mark.parametrize("name", SMALL)
def test_that_the_last_stage_is_what_the_network_says(name):
    network = started(name)
    with torch.inference_mode():
        expected = network(pictures(network))
        found = scores(network, pictures(network))
    assert torch.allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_that_every_step_of_every_layer_is_shown_in_order():
    network = started("photo-towers")
    with torch.inference_mode():
        shown = [(stage.layer, stage.step) for stage in stages(network, pictures(network))]
    spec = network.spec
    expected = [(layer.name, step) for layer in spec.convolutions for step in ("", *layer.then)]
    expected += [(layer.name, step) for layer in spec.dense[:-1] for step in ("", layer.then)]
    assert shown == [*expected, (spec.dense[-1].name, "")]


@pytest.mark.parametrize("silent", [0, 1])
def test_that_a_silent_tower_changes_nothing_however_it_is_weighted(silent):
    network = started("photo-towers")
    with torch.inference_mode():
        before = scores(network, pictures(network), silent)
        for layer in network.spec.layers[:-1]:
            own = network.spec.tower_slices(layer.name)[silent]
            network.get_submodule(layer.name).get_parameter("weight")[own] *= -3
            network.get_submodule(layer.name).get_parameter("bias")[own] += 5
        assert torch.equal(scores(network, pictures(network), silent), before)
        assert not torch.equal(scores(network, pictures(network)), before)


def test_that_a_layer_that_reads_both_towers_gets_twice_what_the_other_one_says():
    network = started("shapes-towers")
    with torch.inference_mode():
        *_, before, last = stages(network, pictures(network), silent=1)
        classes = network.get_submodule(last.layer)
        units = before.value.shape[1]
        assert not before.value[:, units // 2 :].any()
        expected = 2 * before.value @ classes.weight.T + classes.bias
    assert torch.allclose(last.value, expected)
