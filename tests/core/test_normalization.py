"""How much response normalization cuts, beyond a constant factor."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from alexnet_app import resources
from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.insight.normalization import cuts, normalization_cuts
from alexnet_app.core.network.ablations import gain_only
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.functions.lrn import local_response_norm
from alexnet_app.core.network.variants import variant

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

MEDIAN, MOST = 0.02, 0.25  # of conv1's input, at least: less compares too little to be called normalization


def _started(name: str, **changes: object) -> AlexNet:
    network = AlexNet(replace(variant(name), **changes)).eval()
    network.initialize(torch.Generator().manual_seed(1))
    return network


def _images(network: AlexNet) -> Tensor:
    size, scale = network.spec.input_size, network.spec.input_scale
    return 64 * torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(2)) * scale


@pytest.mark.parametrize("name", ["cifar-towers", "shapes-towers", "photo-towers", "cifar-11pct"])
def test_that_the_cut_is_what_normalization_does_beyond_its_constant(name):
    network = _started(name)
    spec, x = network.spec, _images(network)
    layer, found = next(iter(cuts(network, x)))
    with torch.inference_mode():
        maps = network.get_submodule(layer)(x).relu()
        if name == "cifar-11pct":
            maps = torch.nn.functional.max_pool2d(maps, 3, 2, ceil_mode=True)
        norm = spec.norm
        made = local_response_norm(maps, norm.size, norm.alpha, norm.beta, norm.k, spec.towers)
    active = maps != 0
    expected = 1 - made[active].double() / (maps[active].double() * norm.k**-norm.beta)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-5)


def test_that_maps_of_zeros_and_a_constant_gain_cut_nothing():
    network = _started("cifar-towers")
    assert {each.most for each in normalization_cuts(network, torch.zeros(2, 3, 28, 28))} == {0.0}
    gain = AlexNet(gain_only(network.spec))
    gain.load_state_dict(network.state_dict())
    assert {each.most for each in normalization_cuts(gain.eval(), _images(network))} == {0.0}


def test_that_an_alpha_of_unscaled_pixels_cuts_hardly_anything():
    network = _started("cifar-towers")
    unscaled = AlexNet(replace(network.spec, norm=replace(network.spec.norm, alpha=1e-4))).eval()
    unscaled.load_state_dict(network.state_dict())
    x = _images(network)
    ours, theirs = normalization_cuts(network, x)[0], normalization_cuts(unscaled, x)[0]
    assert theirs.median < ours.median / 100
    assert theirs.most < ours.most / 50


def test_that_a_network_without_normalization_has_no_cut():
    assert normalization_cuts(_started("cifar-13pct"), torch.zeros(2, 3, 24, 24)) == ()


def _photos(side: int) -> np.ndarray:
    return np.stack([read_fitted(path, side) for path in sorted(resources.path("sample_photos").glob("*.jpg"))])


def _seen(name: str, request: pytest.FixtureRequest) -> np.ndarray:
    """Images that the model did not learn from, of the kind that it is for."""
    if name == "shapes-towers":
        return generate(0, "test", 0, 64).pictures[:]
    if name == "cifar-towers":
        folder = request.getfixturevalue("cifar10_folder")
        return open_source(str(folder)).splits["test"].pictures[:64]
    return _photos(64)


@SLOW
@pytest.mark.parametrize("name", ["photo-towers", "cifar-towers", "shapes-towers"])
def test_that_normalization_works_in_the_bundled_models(name, request):
    bundle = read_bundle(resources.path(f"models/{name}.alexnet"))
    spec = bundle.spec
    pictures = torch.from_numpy(np.array(_seen(name, request)))
    conv1 = normalization_cuts(bundle.network(), centre(pictures, spec.input_size, bundle.mean, spec.input_scale))[0]
    assert conv1.layer == "conv1"
    assert conv1.median >= MEDIAN
    assert conv1.most >= MOST
