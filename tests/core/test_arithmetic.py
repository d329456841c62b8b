"""One number step by step: the parts add up to what the network has there, and LRN does what it does to it."""

import numpy as np
import pytest
import torch

from alexnet_app import resources
from alexnet_app.core.insight.arithmetic import arithmetic, normalized_at
from alexnet_app.core.insight.normalization import cuts
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.variants import variant

CLOSE = 1e-5


@pytest.fixture(scope="module")
def photo_towers():
    return read_bundle(resources.path("models") / "photo-towers.alexnet").network()


def started(name):
    network = AlexNet(variant(name)).eval()
    network.initialize(torch.Generator().manual_seed(1))
    return network


def picture_for(network):
    side, chance = network.spec.input_size, torch.Generator().manual_seed(2)
    scale = torch.as_tensor(network.spec.input_scale).reshape(-1, 1, 1)
    return 64 * torch.randn(3, side, side, generator=chance) * scale


def known(network, picture):
    with torch.inference_mode():
        return {(stage.layer, stage.step): stage.value[0] for stage in stages(network, picture[None])}


@pytest.mark.parametrize("name", ["alexnet-2012", "alexnet-2012-source", "photo-towers", "cifar-11pct", "torchvision"])
def test_that_the_products_and_the_bias_add_up_to_every_convolution_s_values(name):
    network = started(name)
    picture = picture_for(network)
    found = known(network, picture)
    for layer in network.spec.convolutions:
        maps = found[layer.name, ""]
        side = maps.shape[1]
        for unit, row, column in ((0, 0, 0), (len(maps) - 1, side - 1, side // 2), (len(maps) // 2, 1, side - 1)):
            walk = arithmetic(network, picture, layer.name, unit, row, column)
            assert walk.value == float(maps[unit, row, column])
            size = np.abs(walk.products).sum() + abs(walk.bias)
            assert abs(walk.products.sum() + walk.bias - walk.value) <= CLOSE * max(1, size)


def test_that_the_patch_of_conv1_is_the_cut_out_of_the_picture(photo_towers):
    picture = picture_for(photo_towers)
    walk = arithmetic(photo_towers, picture, "conv1", 50, 10, 12)
    seen = walk.field
    assert np.array_equal(walk.patch, picture[:, seen.top : seen.bottom, seen.left : seen.right].numpy())
    assert walk.tower == "B"
    corner = arithmetic(photo_towers, picture, "conv1", 0, 0, 0)
    assert not corner.patch[:, : photo_towers.spec.convolutions[0].padding].any(), "padding is 0"


def test_that_what_follows_is_what_the_maps_have(photo_towers):
    picture = picture_for(photo_towers)
    found = known(photo_towers, picture)
    for unit in range(0, 96, 7):
        walk = arithmetic(photo_towers, picture, "conv1", unit, 5, 6)
        assert [step for step, _ in walk.followed] == ["relu", "norm"]
        assert walk.followed == tuple((step, float(found["conv1", step][unit, 5, 6])) for step in ("relu", "norm"))
        done = walk.normalized
        assert done.before == walk.followed[0][1]
        assert done.after == pytest.approx(walk.followed[1][1], rel=1e-5)
        if done.before:
            assert done.share == pytest.approx(done.after / done.before)
            assert done.share == pytest.approx(done.constant * (1 - done.cut))
            assert done.squares[done.maps.index(unit)] == pytest.approx(done.before**2)


def test_that_a_unit_at_the_border_of_a_tower_is_not_compared_with_the_other_tower(photo_towers):
    picture = picture_for(photo_towers)
    maps = {unit: arithmetic(photo_towers, picture, "conv1", unit, 5, 6).normalized.maps for unit in (0, 47, 48, 95)}
    assert maps == {0: (0, 1, 2), 47: (45, 46, 47), 48: (48, 49, 50), 95: (93, 94, 95)}


def test_that_the_cut_is_that_which_is_told_of_the_whole_layer(photo_towers):
    picture = picture_for(photo_towers)
    expected = dict(cuts(photo_towers, picture[None]))["conv1"].sort().values
    maps = known(photo_towers, picture)["conv1", "relu"]
    some = torch.nonzero(maps)[::97].tolist()
    found = [normalized_at(photo_towers.spec, maps, *place).cut for place in some]
    for each in found:
        near = expected[torch.searchsorted(expected, torch.tensor(each)).clamp(1, len(expected) - 1) - 1 :][:2]
        assert (near - each).abs().min() < 1e-4


def test_that_a_place_that_is_not_there_is_refused(photo_towers):
    picture = picture_for(photo_towers)
    for place in ((96, 0, 0), (0, 28, 0), (0, 0, -1)):
        with pytest.raises(IndexError):
            arithmetic(photo_towers, picture, "conv1", *place)
    with pytest.raises(KeyError):
        arithmetic(photo_towers, picture, "fc6", 0, 0, 0)
    assert [photo_towers.spec.tower_of("fc8", 150), variant("torchvision").tower_of("conv1", 3)] == ["", ""]
