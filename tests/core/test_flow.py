"""What goes from tower to tower where they meet."""

import numpy as np
import pytest
import torch

from alexnet_app.core.insight.activations import looked
from alexnet_app.core.insight.flow import meeting_layers, meetings, weight_energy
from alexnet_app.core.insight.stepwise import Silence, stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant

LOCAL = NetworkSpec(
    name="by hand",
    picture_size=8,
    input_size=8,
    convolutions=(Convolution("conv1", 4, 3), Convolution("local2", 4, 3, shared=False)),
    dense=(Dense("fc3", 2),),
)


def started(name):
    network = AlexNet(variant(name)).eval()
    network.initialize(torch.Generator().manual_seed(1))
    return network


def picture_for(network):
    side = network.spec.input_size
    return torch.randn(3, side, side, generator=torch.Generator().manual_seed(2))


def met(network, silent=None):
    return meetings(network, looked(network, picture_for(network), silent))


def test_that_the_towers_meet_where_the_paper_says():
    assert meeting_layers(variant("alexnet-2012")) == ("conv3", "fc6", "fc7", "fc8")
    assert meeting_layers(variant("torchvision")) == ()
    assert met(started("cifar-11pct")) == ()


def test_that_what_flows_adds_up_to_the_layer_and_is_halved_by_halved_weights():
    network = started("shapes-towers")
    found = {each.layer: each for each in met(network)}
    assert list(found) == ["conv3", "fc6", "fc7", "fc8"]
    conv3 = found["conv3"]
    assert conv3.readers == ("A", "B")
    assert np.allclose(conv3.flow_shares.sum(axis=1), 1)
    assert (found["fc8"].readers, found["fc8"].flowed.shape) == (("",), (1, 2))
    network.conv3.weight.data[:64, 48:] /= 2  # what tower A reads of tower B
    after = met(network)[0]
    assert after.flowed[0, 1] == pytest.approx(conv3.flowed[0, 1] / 2, rel=1e-4)
    assert np.allclose(np.delete(after.flowed.ravel(), 1), np.delete(conv3.flowed.ravel(), 1), rtol=1e-5)
    assert after.energy[0, 1] == pytest.approx(conv3.energy[0, 1] / 4, rel=1e-5)


def test_that_it_is_the_size_of_what_each_half_of_the_products_adds():
    network = started("shapes-towers")
    picture = picture_for(network)
    with torch.inference_mode():
        before = {(each.layer, each.step): each.value for each in stages(network, picture[None])}
        fc7 = before["fc6", "relu"][0]
        by_hand = [(network.fc7.weight[128:, part] @ fc7[part]).abs().mean() for part in (slice(128), slice(128, 256))]
    found = met(network)[2]
    assert found.layer == "fc7"
    assert found.flowed[1].tolist() == pytest.approx([float(each) for each in by_hand], rel=1e-4)


def test_that_nothing_flows_from_a_silent_tower():
    network = started("shapes-towers")
    for meeting in met(network, Silence(tower=1)):
        assert not meeting.flowed[:, 1].any()
        assert meeting.flow_shares[0].tolist() == [1, 0]


def test_that_all_energy_of_the_weights_is_told():
    network = started("photo-towers")
    for layer in meeting_layers(network.spec):
        weight = network.get_submodule(layer).get_parameter("weight").detach().double()
        assert weight_energy(network, layer).sum() == pytest.approx(float(weight.square().sum()), rel=1e-5)


def test_that_own_weights_at_each_position_are_halved_too():
    network = AlexNet(LOCAL).eval().requires_grad_(False)
    network.initialize(torch.Generator().manual_seed(1))
    local, _ = met(network)
    assert (local.layer, local.readers) == ("local2", ("A", "B"))
    with torch.inference_mode():
        before = [each.value for each in stages(network, picture_for(network)[None])][1]
        alone = before.clone()
        alone[:, 2:] = 0
        added = network.local2(alone) - network.local2(torch.zeros_like(alone))
    assert local.flowed[1, 0] == pytest.approx(float(added[0, 2:].abs().mean()), rel=1e-4)
    squares = network.local2.weight.unflatten(2, (4, 9)).square()
    assert local.energy[1, 0] == pytest.approx(float(squares[:, 2:, :2].sum()), rel=1e-5)
