"""A model that goes out and comes back gives the same answers: every variant in every format that can hold it."""

from dataclasses import replace

import pytest
import torch

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.network.ablations import apart, with_activation, without_normalization
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.exchange import torch_file
from alexnet_app.core.network.exchange.exporting import FORMATS, export_model
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.variants import KNOWN, variant

# of kernels for each position, which ONNX does not have
LOCAL = {name for name, spec in KNOWN.items() if not all(layer.shared for layer in spec.convolutions)}


def small(spec):
    """The same network with an eighth of its kernels and few units, for 5 classes."""
    convolutions = tuple(replace(each, kernels=max(2, each.kernels // 8)) for each in spec.convolutions)
    dense = (*(replace(each, units=32) for each in spec.dense[:-1]), replace(spec.dense[-1], units=5))
    return replace(spec, convolutions=convolutions, dense=dense)


CHANGED = {
    "tanh": with_activation(variant("shapes-towers"), "tanh"),
    "no normalization": without_normalization(variant("cifar-towers")),
    "apart": apart(variant("shapes-towers")),
    "a scale of each colour": replace(variant("one-column"), input_scale=(0.01, 0.02, 0.03)),
    "other crops": replace(variant("cifar-towers"), input_size=32),
}


def model(spec):
    network = AlexNet(spec)
    chance = torch.Generator().manual_seed(1)
    network.initialize(chance)
    weights = {
        name: each + 0.02 * torch.randn(each.shape, generator=chance) for name, each in plain_weights(network).items()
    }
    side = spec.input_size if spec.mean == "picture" else 1
    names = ("crane", "crane (machine)", "Bär", "n01440764 tench", "4")  # which a format keeps as they are
    return Bundle(spec, names, 100 + 40 * torch.rand(3, side, side, generator=chance), weights, {"best": 1})


def answers(bundle, pictures):
    with torch.inference_mode():
        return bundle.network()(centre(pictures, bundle.spec.input_size, bundle.mean, bundle.spec.input_scale))


WAYS = [(name, kind) for name in (*KNOWN, *CHANGED) for kind in FORMATS if kind != "onnx" or name not in LOCAL]


@pytest.mark.parametrize(("name", "kind"), WAYS)
def test_that_what_goes_out_comes_back_the_same(name, kind, tmp_path):
    bundle = model(small(CHANGED.get(name) or KNOWN[name]))
    path = tmp_path / f"m{FORMATS[kind]}"
    export_model(bundle, kind, path)
    found = import_model(path)
    assert found.notes == ()
    assert (found.bundle.spec, found.bundle.classes) == (bundle.spec, bundle.classes)
    assert torch.equal(found.bundle.mean, bundle.mean)
    side, chance = bundle.spec.picture_size, torch.Generator().manual_seed(7)
    pictures = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8, generator=chance)
    assert torch.equal(answers(found.bundle, pictures), answers(bundle, pictures))


def test_that_an_export_for_torch_is_a_plain_state_dict_and_says_what_it_does_not_tell(tmp_path):
    bundle = model(small(variant("shapes-towers")))
    notes = export_model(bundle, "torch", tmp_path / "m.pth")
    state = torch.load(tmp_path / "m.pth", weights_only=True)
    assert all(torch.equal(state[name], each) for name, each in bundle.weights.items())
    assert len(state) == len(bundle.weights)
    about = state._metadata["alexnet-app"]
    assert torch.equal(about["mean"], bundle.mean)
    assert about["scale"] == bundle.spec.input_scale
    assert "RGB, 0 to 255" in about["steps"]
    assert notes[:2] == (torch_file.OWN_LAYERS.format(network="shapes-towers"), torch_file.UNTOLD)
    assert f"{bundle.mean[0].item():g}" in notes[2]


def test_that_only_other_layers_than_torchvisions_are_told_as_such():
    bundle = Bundle(variant("torchvision", 3), ("a", "b", "c"), torch.full((3, 1, 1), 120.0), {})
    untold, prepared = torch_file.torch_notes(bundle)
    assert untold == torch_file.UNTOLD
    assert "224 × 224, minus the mean (120, 120, 120), times the scale (0.0171248, 0.017507, 0.0174292)" in prepared


def test_that_a_half_precision_copy_answers_nearly_alike(tmp_path):
    bundle = model(small(variant("shapes-towers")))
    export_model(bundle, "alexnet", tmp_path / "m.alexnet", half=True)
    pictures = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    wanted, got = answers(bundle, pictures), answers(import_model(tmp_path / "m.alexnet").bundle, pictures)
    assert (got - wanted).abs().max() < 0.01 * wanted.abs().max()
