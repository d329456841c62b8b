"""Checkpoints as others save them: where the weights lie in them, below which names, in which numbers."""

import argparse
import collections
import datetime
import pathlib
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.exchange import importing
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.exchange.recognizing import listing
from alexnet_app.core.network.variants import variant

SPEC = variant("shapes-towers", classes=3)
LISTED = dict(zip((layer.name for layer in SPEC.layers), listing(SPEC), strict=True))


@pytest.fixture(scope="module")
def weights():
    network = AlexNet(SPEC)
    network.initialize(torch.Generator().manual_seed(1))
    return plain_weights(network)


@pytest.fixture(scope="module")
def listed(weights):
    """The same as a listing of two Sequentials."""
    parted = {name: name.split(".") for name in weights}
    return {f"{LISTED[layer]}.{kind}": weights[name] for name, (layer, kind) in parted.items()}


def below(*prefixes):
    """Puts each prefix before the names of a state dict, one after the other."""

    def wrap(state):
        return {f"{prefix}{name}": each for prefix in prefixes for name, each in state.items()}

    return wrap


def around(state):
    """Most of what people keep beside the weights."""
    return {
        "model": state,
        "args": argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("/data")),
        "begun": datetime.datetime(2020, 1, 1),
        "history": collections.defaultdict(list, {"loss": [1.0]}),
        "seen": {1, 2},
        "counts": collections.Counter("abc"),
        "accuracy": np.float64(0.91),
        "matrix": np.arange(4.0),
        "best": torch.tensor(0.91),
        "random": torch.get_rng_state(),
        "device": torch.device("cpu"),
        "kind": torch.float32,
        "torch": torch.__version__,
        "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]},
    }


def split(state):
    """The two Sequentials in two modules."""
    return {("body." if name.startswith("features") else "head.net.") + name: each for name, each in state.items()}


def layers(state):
    """One Sequential, whose numbers are no listing's."""
    names = {layer: f"net.{3 * number + 1}" for number, layer in enumerate(LISTED.values())}
    return {f"{names[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": each for name, each in state.items()}


def imported(path, state):
    torch.save(state, path)
    return import_model(path)


def told(found):
    """What is said beside what any weights lack."""
    lacking = ("the file does not record", "no labels were given", "no mean was given")
    return [note for note in found.notes if not note.startswith(lacking)]


def assert_is(found, weights):
    assert found.bundle.spec == SPEC
    assert all(torch.equal(found.bundle.weights[name], each) for name, each in weights.items())


WRAPPED = {
    **{prefix: below(prefix) for prefix in ("module.", "_orig_mod.", "model.", "net.", "backbone.", "network.")},
    "nested": below("_forward_module.model.module.net."),
    "on several devices, compiled": below("_orig_mod.module."),
    "inside a Sequential": lambda state: {name.replace(".", ".module.", 1): each for name, each in state.items()},
    "split": split,
    **{
        key: lambda state, key=key: {key: state, "epoch": 7}
        for key in ("state_dict", "net", "params", "weights", "ema")
    },
    "deep": lambda state: {"checkpoint": {"model": {"state_dict": state}}, "epoch": 7},
    "with a counter": lambda state: {**below("module.")(state), "n_averaged": torch.tensor(3)},
    "a dictionary with a default": lambda state: {"net": collections.defaultdict(None, state)},
    "among other things": around,
    "parameters": lambda state: {name: nn.Parameter(each) for name, each in state.items()},
    "channels last": lambda state: {
        name: each.to(memory_format=torch.channels_last) if each.dim() == 4 else each for name, each in state.items()
    },
    "fp64": lambda state: {name: each.double() for name, each in state.items()},
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_that_weights_are_found_where_others_put_them(wrap, weights, listed, tmp_path):
    found = imported(tmp_path / "m.pth", wrap(listed))
    assert_is(found, weights)
    assert told(found) == []


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_that_half_precision_is_read(kind, weights, listed, tmp_path):
    found = imported(tmp_path / "m.pth", {name: each.to(kind) for name, each in listed.items()})
    assert all(torch.equal(found.bundle.weights[name], each.to(kind).float()) for name, each in weights.items())


def test_that_of_several_weights_those_that_are_used_are_told(weights, listed, tmp_path):
    other = {name: each + 1 for name, each in listed.items()}
    for state, used, beside in (
        ({"ema": other, "model": listed}, "model", "ema"),
        ({"teacher": other, "student": below("module.")(listed)}, "student", "teacher"),
        ({**below("ema_model.")(other), **below("model.")(listed)}, "model", "ema_model"),
        ({**listed, **below("ema.")(other)}, "", "ema"),
    ):
        found = imported(tmp_path / "m.pth", state)
        assert_is(found, weights)
        place = repr(used) if used else "the file itself"
        assert told(found) == [importing.CHOSEN.format(place=place, others=repr(beside))]


def test_that_the_network_is_taken_and_not_what_comes_before_it(weights, listed, tmp_path):
    state = {"model": {"features.0.weight": torch.zeros(1, 1, 3, 3)}, "net": listed}
    assert_is(imported(tmp_path / "m.pth", state), weights)


def test_that_what_is_left_out_is_told(weights, listed, tmp_path):
    state = {"state_dict": {**below("model.")(listed), "criterion.weight": torch.ones(3)}}
    found = imported(tmp_path / "m.pth", state)
    assert_is(found, weights)
    assert told(found) == [importing.LEFT.format(names="criterion.weight")]


def test_that_layers_without_telling_names_are_taken_in_their_order(weights, listed, tmp_path):
    found = imported(tmp_path / "m.pth", layers(listed))
    assert_is(found, weights)
    assert told(found) == [importing.UNNAMED.format(network="shapes-towers")]
    save_file(layers(listed), tmp_path / "m.safetensors")  # sorts net.10 before net.4
    assert_is(import_model(tmp_path / "m.safetensors"), weights)


@pytest.mark.parametrize("name", ["m.bin", "m.pth.tar", "m.pkl", "m.ckpt", "model"])
@pytest.mark.parametrize("way", ["new", "old", "safetensors"])
def test_that_a_file_is_known_by_its_content(name, way, weights, listed, tmp_path):
    if way == "safetensors":
        save_file(listed, tmp_path / name)
    else:
        torch.save(listed, tmp_path / name, _use_new_zipfile_serialization=way == "new")
    assert_is(import_model(tmp_path / name), weights)


def test_that_a_model_of_this_program_comes_back_whole_whatever_it_is_called(weights, tmp_path):
    bundle = Bundle(SPEC, ("a", "b", "c"), torch.rand(3, 1, 1), weights)
    for name in ("m.alexnet", "m.safetensors", "m.bin"):
        write_bundle(tmp_path / name, bundle)
        found = import_model(tmp_path / name)
        assert_is(found, weights)
        assert found.bundle.classes == bundle.classes
        assert torch.equal(found.bundle.mean, bundle.mean)
        assert found.notes == ()


def refusal(path):
    with pytest.raises(UserError) as caught:
        import_model(path)
    return str(caught.value)


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("new", [True, False])
def test_that_a_whole_model_is_refused_and_the_way_out_said(protocol, new, tmp_path):
    model = nn.Sequential(nn.Linear(3, 3))
    torch.save(model, tmp_path / "m.pth", pickle_protocol=protocol, _use_new_zipfile_serialization=new)
    said = refusal(tmp_path / "m.pth")
    assert "it is a whole model (torch.nn.modules." in said
    assert "torch.save(model.state_dict()" in said


def test_that_torchscript_and_quantized_weights_are_named(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(nn.Sequential(nn.Linear(3, 3))).save(str(tmp_path / "script.pt"))
        quantized = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 3)), {nn.Linear})
    torch.save(quantized.state_dict(), tmp_path / "quantized.pth")
    assert "it is a network of TorchScript" in refusal(tmp_path / "script.pt")
    assert "its weights are quantized" in refusal(tmp_path / "quantized.pth")


def test_that_nobody_is_advised_to_run_a_file(tmp_path):
    torch.save({"a": argparse.Namespace}, tmp_path / "m.pth")  # a kind that is no number of it
    torch.save({"a": {"b": 1j}}, tmp_path / "c.pth")
    for name in ("m.pth", "c.pth"):
        assert "weights_only" not in refusal(tmp_path / name)
