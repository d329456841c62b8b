"""A network run step by step is the network, and a silent tower says nothing to the other one."""

import pytest
import torch

from alexnet_app.core.insight.stepwise import Silence, scores, stages
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


def known(network, silent=None):
    with torch.inference_mode():
        return {(each.layer, each.step): each.value for each in stages(network, pictures(network), silent)}


@pytest.mark.parametrize(("layer", "unit", "compared"), [("conv1", 49, range(48, 52)), ("conv2", 98, range(96, 101))])
def test_that_a_silent_unit_is_0_and_changes_only_those_of_its_tower_that_are_compared_with_it(layer, unit, compared):
    network = started("photo-towers")
    before, after = known(network), known(network, Silence(units=((layer, unit),)))
    assert not after[layer, ""][:, unit].any()
    for step in ("", "relu"):
        changed = (before[layer, step] != after[layer, step]).any(0).flatten(1).any(1)
        assert torch.nonzero(changed).flatten().tolist() == [unit]
    changed = (before[layer, "norm"] != after[layer, "norm"]).any(0).flatten(1).any(1)
    assert torch.nonzero(changed).flatten().tolist() == list(compared)
    assert not torch.equal(before["fc8", ""], after["fc8", ""])


def test_that_a_unit_of_one_tower_reaches_the_other_one_only_where_they_meet():
    network = started("photo-towers")
    before, after = known(network), known(network, Silence(units=(("conv2", 3),)))
    other = network.spec.tower_slices("conv2")[1]
    assert torch.equal(before["conv2", "pool"][:, other], after["conv2", "pool"][:, other])
    other = network.spec.tower_slices("conv3")[1]
    assert not torch.equal(before["conv3", ""][:, other], after["conv3", ""][:, other])


def test_that_several_silent_units_are_those_whose_weights_and_biases_are_0():
    network = started("shapes-towers")
    silent = (("conv2", 1), ("conv2", 64), ("fc6", 7))
    found = known(network, Silence(units=silent))["fc8", ""]
    for layer, unit in silent:
        for name in ("weight", "bias"):
            network.get_submodule(layer).get_parameter(name).data[unit] = 0
    assert torch.allclose(found, known(network)["fc8", ""], rtol=1e-12)


def test_that_without_normalization_only_its_constant_factor_is_left():
    network = started("photo-towers")
    before, after = known(network), known(network, Silence(normalization=False))
    assert torch.equal(before["conv1", "relu"], after["conv1", "relu"])
    norm = network.spec.norm
    assert torch.allclose(after["conv1", "norm"], after["conv1", "relu"] * norm.k**-norm.beta, rtol=1e-12)
    assert not torch.allclose(before["conv1", "norm"], after["conv1", "norm"], rtol=1e-3)
    assert network.spec.norm.alpha, "the network itself is as it was"


def test_that_a_silent_tower_and_a_silent_unit_go_together():
    network = started("shapes-towers")
    both = known(network, Silence(tower=0, units=(("conv4", 127),)))
    assert not both["conv4", "relu"][:, :64].any()
    assert not both["conv4", "relu"][:, 127].any()
    alone = known(network, 0)
    assert torch.equal(both["conv3", "relu"], alone["conv3", "relu"])
    assert not torch.equal(both["fc8", ""], alone["fc8", ""])


def test_that_a_unit_that_is_not_there_is_refused():
    with pytest.raises(IndexError):
        known(started("shapes-towers"), Silence(units=(("conv1", 48),)))
