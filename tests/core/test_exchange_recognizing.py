"""Weights by name: which network they are of, what was saved with them, what is assumed where nothing was."""

import json
from collections import OrderedDict

import pytest
import torch

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.ablations import with_activation, without_normalization
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, parameter_shapes, plain_weights, read_bundle
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.exchange.recognizing import listing, recognize_weights
from alexnet_app.core.network.variants import KNOWN, VARIANTS, variant

SMALL = (
    *("shapes-towers", "cifar-towers", "photo-towers"),
    *("cifar-11pct", "cifar-13pct", "cifar-13pct-whole", "cifar-2012"),  # the last one is not offered any more
)
PAPERS = ("alexnet-2012", "alexnet-2012-text", "alexnet-2012-source", "caffe", "caffenet")  # alike in their weights
CIFAR = ("cifar-13pct", "cifar-2012")  # likewise, but for the name of the last layer


def model(spec, side=1):
    network = AlexNet(spec)
    network.initialize(torch.Generator().manual_seed(1))
    mean = torch.rand(3, side, side, generator=torch.Generator().manual_seed(2)) * 255
    return Bundle(spec, tuple(f"class {each}" for each in range(spec.classes)), mean, plain_weights(network))


def assert_same_weights(found, wanted):
    assert found.weights.keys() == wanted.weights.keys()
    assert all(torch.equal(found.weights[name], tensor) for name, tensor in wanted.weights.items())


def named(spec, layers, **changes):
    """A state dict of ``spec`` under the names ``layers``: layer after layer a number more, without memory for them."""
    names = dict(zip((layer.name for layer in spec.layers), layers, strict=True))
    state = {}
    for number, (name, shape) in enumerate(parameter_shapes(spec).items()):
        layer, kind = name.split(".")
        state[f"{names[layer]}.{kind}"] = torch.full((), float(number)).expand(shape)
    return {name: tensor for name, tensor in {**state, **changes}.items() if tensor is not None}


def shapes_of(spec, layers):
    return {name: tuple(tensor.shape) for name, tensor in named(spec, layers).items()}


def own(spec):
    return tuple(layer.name for layer in spec.layers)


def saved(path, state):
    torch.save(state, path)
    return path


@pytest.mark.parametrize("name", SMALL)
def test_that_what_was_exported_for_torch_comes_back_whole(name, tmp_path):
    bundle = model(variant(name, classes=7))
    export_model(bundle, "torch", tmp_path / "m.pth")
    imported = import_model(tmp_path / "m.pth")
    assert_same_weights(imported.bundle, bundle)
    assert (imported.bundle.spec, imported.bundle.classes) == (bundle.spec, bundle.classes)
    assert torch.equal(imported.bundle.mean, bundle.mean)
    assert imported.notes == ()


@pytest.mark.parametrize("change", [without_normalization, lambda spec: with_activation(spec, "tanh")])
def test_that_a_network_that_only_its_description_tells_comes_back(change, tmp_path):
    bundle = model(change(variant("shapes-towers")), side=56)
    export_model(bundle, "torch", tmp_path / "m.pth")
    found = import_model(tmp_path / "m.pth").bundle
    assert found.spec == bundle.spec != variant("shapes-towers")
    assert torch.equal(found.mean, bundle.mean)


@pytest.mark.parametrize("name", SMALL)
def test_that_names_and_shapes_alone_tell_a_network(name, tmp_path):
    bundle = model(variant(name, classes=7))
    imported = import_model(saved(tmp_path / "m.pth", dict(bundle.weights)))
    assert_same_weights(imported.bundle, bundle)
    assert imported.bundle.spec == bundle.spec
    assert imported.bundle.classes == tuple("0123456")
    assert [note.split(":")[0] for note in imported.notes] == [
        "the file does not record how pixels are scaled",
        "no labels were given",
        "no mean was given",
    ]
    assert f"× {bundle.spec.input_scale} is used, as in {name}" in imported.notes[0]


def test_that_torch_loads_an_export_without_a_word(tmp_path):
    bundle = model(variant("shapes-towers"))
    export_model(bundle, "torch", tmp_path / "m.pth")
    network = AlexNet(bundle.spec)
    network.load_state_dict(torch.load(tmp_path / "m.pth", weights_only=True), strict=True)
    assert torch.equal(network.get_parameter("fc8.weight"), bundle.weights["fc8.weight"])


def test_that_the_listing_of_the_tutorials_is_one_column(tmp_path):
    spec = variant("one-column", classes=7)
    layers = ("features.0", "features.3", "features.6", "features.8", "features.10")
    layers += ("classifier.1", "classifier.4", "classifier.6")
    assert listing(spec) == layers
    imported = import_model(saved(tmp_path / "m.pth", named(spec, layers)))
    assert imported.bundle.spec == spec
    for number, name in enumerate(parameter_shapes(spec)):
        assert imported.bundle.weights[name].flatten()[0] == number
    assert "(pixel − mean) × 0.015625 is used, as in one-column" in imported.notes[0]
    assert imported.notes[1:] == (
        "no labels were given: the classes are numbered",
        "no mean was given: the channel means of ILSVRC2012 are used",
    )


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("way", [own, listing])
def test_that_every_network_is_known_by_its_names(name, way):
    spec = variant(name, classes=9)
    found = recognize_weights(shapes_of(spec, way(spec)), KNOWN.values())
    alike = next((group for group in (PAPERS, CIFAR) if name in group), (name,))
    assert found.spec.name in alike
    assert name in (found.spec.name, *found.others)
    assert not found.renumbered


def test_that_of_several_the_first_in_the_list_is_taken_and_the_others_are_told(tmp_path):
    spec = variant("caffe")
    shapes = shapes_of(spec, own(spec))
    found = recognize_weights(shapes, KNOWN.values())
    assert (found.spec.name, *found.others) == PAPERS == tuple(VARIANTS)[:5]
    spec = variant("cifar-13pct", classes=7)
    state = named(spec, listing(spec))  # where its last layer is not called fc10
    imported = import_model(saved(tmp_path / "m.pth", state))
    assert imported.bundle.spec == spec
    assert imported.notes[0].startswith("cifar-13pct is used, the first network that fits the layer names; ")
    assert imported.notes[0].endswith("; cifar-2012 have layers of these shapes too")


def test_that_a_network_can_be_named(tmp_path, capsys):
    spec = variant("cifar-2012", classes=7)
    path = saved(tmp_path / "m.pth", named(spec, listing(spec)))
    imported = import_model(path, network="cifar-2012")
    assert imported.bundle.spec == spec
    assert "these shapes too" not in " ".join(imported.notes)
    with pytest.raises(UserError, match=r"do not fit the network cifar-towers: features\.0\.weight has shape"):
        import_model(path, network="cifar-towers")
    with pytest.raises(UserError, match="the closest name is 'caffe'"):
        import_model(path, network="cafe")
    out = tmp_path / "m.alexnet"
    assert cli.main(["import", str(path), "--network", "cifar-2012", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["network"] == "cifar-2012"
    assert read_bundle(out).spec == spec


def test_that_numbers_of_the_listing_choose_among_networks_alike():
    source = variant("alexnet-2012-source")
    found = recognize_weights(shapes_of(source, listing(source)), KNOWN.values())
    assert found.spec.name == "alexnet-2012-source"
    assert set(found.others) == {*PAPERS} - {"alexnet-2012-source"}


def test_that_a_listing_with_more_between_its_layers_says_so(tmp_path):
    spec = variant("cifar-towers", classes=7)
    maps = [f"features.{place}" for place in (0, 5, 10, 13, 16)]  # a normalization of batches would have weights
    state = named(spec, (*maps, "classifier.0", "classifier.2", "classifier.10"))
    imported = import_model(saved(tmp_path / "m.pth", state))
    assert imported.bundle.weights["fc8.bias"][0] == 15
    assert imported.notes[0].startswith("the layer numbers differ from those of cifar-towers")


def test_that_a_replaced_last_layer_is_read(tmp_path):
    spec = variant("cifar-towers", classes=3)
    layers = (*listing(spec)[:-1], listing(spec)[-1] + ".0")
    imported = import_model(saved(tmp_path / "m.pth", named(spec, layers)))
    assert imported.bundle.spec == spec
    assert len(imported.notes) == 3  # nothing of other numbers


def test_that_what_fits_no_network_is_named(tmp_path):
    spec = variant("cifar-towers")
    layers = listing(spec)
    more = {f"{layers[-1][:-1]}9.weight": torch.zeros(3, 10), f"{layers[-1][:-1]}9.bias": torch.zeros(3)}
    grey = {"features.0.weight": torch.zeros(64, 1, 7, 7)}
    norm = {"features.1.weight": torch.zeros(64), "features.1.bias": torch.zeros(64)}
    short = {name: torch.zeros(3) for name in named(spec, layers)}
    for changes, said in (
        (more, "classifier.9.weight of shape (3, 10) belongs to none of its layers; classifier.9.bias of shape (3,)"),
        (grey, "features.0.weight has shape (64, 1, 7, 7), not (64, 3, 7, 7)"),
        (norm, "features.1.weight of shape (64,) belongs to none of its layers"),
        ({f"{layers[2]}.bias": None}, f"{layers[2]}.bias of shape (192,) is missing"),
        ({**short, f"{layers[0]}.weight": torch.zeros(64, 3, 7, 7), f"{layers[0]}.bias": torch.zeros(64)}, "more"),
    ):
        with pytest.raises(UserError) as caught:
            import_model(saved(tmp_path / "m.pth", named(spec, layers, **changes)))
        assert "the weights fit no known network; the nearest is cifar-towers: " in str(caught.value)
        assert said in str(caught.value)


def test_that_names_that_nobody_knows_and_two_networks_are_refused(tmp_path):
    state = {f"layer{number}.weight": torch.zeros(3, 3, 3, 3) for number in range(9)}
    with pytest.raises(UserError, match=r"unknown, such as layer0\.weight, .*; save them as conv1\.weight"):
        import_model(saved(tmp_path / "m.pth", state))
    twice = {f"{part}conv1.weight": torch.zeros(3) for part in ("", "module.")}
    with pytest.raises(UserError, match="more than one network"):
        import_model(saved(tmp_path / "m.pth", twice))


@pytest.mark.parametrize(
    "about",
    [
        {},
        "text",
        {"spec": "[]", "classes": "[]", "mean": torch.zeros(3, 1, 1)},
        {"spec": "{}", "classes": "[]", "mean": torch.zeros(3, 1, 1)},
        {"spec": "{", "classes": "[]", "mean": torch.zeros(3, 1, 1)},
        {"spec": "[" * 100_000, "classes": "[]", "mean": torch.zeros(3, 1, 1)},
        {"mean": None},
        {"mean": torch.zeros(3, 1, 1, dtype=torch.int64)},
        {"mean": torch.full((3, 1, 1), torch.nan)},
        {"mean": torch.zeros(3, 5, 5)},
        {"classes": '["a", "b"]'},
    ],
)
def test_that_a_damaged_description_is_a_sentence(about, tmp_path):
    bundle = model(variant("shapes-towers"))
    export_model(bundle, "torch", tmp_path / "m.pth")
    state = torch.load(tmp_path / "m.pth", weights_only=True)
    whole = state._metadata["alexnet-app"]
    state._metadata["alexnet-app"] = {**whole, **about} if about and isinstance(about, dict) else about
    with pytest.raises(UserError, match=r"m\.pth"):
        import_model(saved(tmp_path / "m.pth", state))


class Encoding:
    """Bytes that a codec is to make of bytes, again and again."""

    def __init__(self, codec, times):
        self.codec, self.times = codec, times

    def __reduce__(self):
        import _codecs

        inner = Encoding(self.codec, self.times - 1) if self.times else "text"
        return _codecs.encode, (inner, self.codec if self.times else "latin1")


@pytest.mark.parametrize("codec", ["hex", "HEX_codec", "base64", "quopri.codec", "uu", "punycode"])
def test_that_bytes_do_not_grow_by_codecs(codec, tmp_path):
    state = OrderedDict(model(variant("shapes-towers")).weights)
    with pytest.raises(UserError, match="nothing was run"):
        import_model(saved(tmp_path / "m.pth", {"state_dict": state, "best": Encoding(codec, 40)}))
