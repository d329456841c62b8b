"""Which units of the next layer use a unit, and of which tower they are."""

import pytest
import torch

from alexnet_app.core.insight.users import use_of
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.variants import variant


def started(name):
    network = AlexNet(variant(name)).eval().requires_grad_(False)
    network.initialize(torch.Generator().manual_seed(1))
    return network


def test_that_the_strongest_users_are_those_with_the_largest_weights():
    network = started("photo-towers")
    network.conv3.weight[200, 5] = -7
    network.conv3.weight[3, 5] = 5
    found = use_of(network, "conv2", 5, 2)
    assert (found.layer, [(each.unit, each.tower) for each in found.users]) == ("conv3", [(200, "B"), (3, "A")])
    assert [each.strength for each in found.users] == pytest.approx([21, 15])
    assert [each.total for each in found.users] == pytest.approx([-63, 45])
    assert found.shares["B"] > found.shares["A"]
    assert sum(found.shares.values()) == pytest.approx(1)


def test_that_only_its_own_tower_uses_a_unit_where_towers_do_not_meet():
    network = started("photo-towers")
    found = use_of(network, "conv3", 128 + 9, 200)
    assert (found.layer, len(found.users), found.shares["A"]) == ("conv4", 128, 0)
    assert {each.tower for each in found.users} == {"B"}
    best = found.users[0]
    assert best.strength == pytest.approx(float(network.conv4.weight[best.unit, 9].norm()))


def test_that_a_map_is_used_by_all_units_that_read_its_places_and_a_class_by_nobody():
    network = started("photo-towers")
    places = network.fc6.weight.shape[1] // 192
    best = use_of(network, "conv5", 100, 1).users[0]
    expected = network.fc6.weight[:, 100 * places : 101 * places].norm(dim=1)
    assert (best.unit, best.strength) == (int(expected.argmax()), pytest.approx(float(expected.max())))
    assert list(use_of(network, "fc7", 0).shares) == [""]
    assert use_of(network, "fc8", 0) is None


def test_that_own_kernels_at_each_position_are_all_counted():
    network = started("cifar-11pct")
    local3 = network.local3.weight.unflatten(2, (64, 9))
    best = use_of(network, "conv2", 11, 1).users[0]
    expected = local3[:, :, 11].square().sum((0, 2)).sqrt()
    assert (best.unit, best.strength) == (int(expected.argmax()), pytest.approx(float(expected.max()), rel=1e-5))


def test_that_what_is_not_there_is_refused():
    network = started("shapes-towers")
    with pytest.raises(IndexError):
        use_of(network, "conv1", 48)
    with pytest.raises(KeyError):
        use_of(network, "conv9", 0)
