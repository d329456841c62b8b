"""ONNX in and out: against onnxruntime, a graph of Caffe's AlexNet that others wrote, and torch's own exporter."""

import json
import math
import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper, numpy_helper
from torch import nn

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.ablations import (
    apart,
    joined,
    one_tower,
    with_activation,
    without_normalization,
    without_overlap,
)
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.exchange import from_onnx
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.layers import Norm
from alexnet_app.core.network.variants import variant

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light/light_bvlc_alexnet.onnx"
SMALL = variant("cifar-towers")
ABLATIONS = {
    "tanh": with_activation(SMALL, "tanh"),
    "apart": apart(SMALL),
    "joined": joined(SMALL),
    "one tower": one_tower(SMALL),
    "no norm": without_normalization(SMALL),
    "no overlap": without_overlap(replace(SMALL, pool=replace(SMALL.pool, ceil=True), input_size=32)),
    "hanging windows": replace(SMALL, pool=replace(SMALL.pool, ceil=True)),
    "across all maps": replace(SMALL, norm=Norm(size=3, alpha=1e-3, beta=0.6, k=1.0, across="all")),
    "map norm": replace(
        SMALL,
        overhang=3,
        convolutions=(
            replace(SMALL.convolutions[0], then=("norm", "pool", "relu", "map-norm")),
            *SMALL.convolutions[1:],
        ),
    ),
}

WHOLE = pytest.mark.whole("alexnet_app/core/network")


def model(spec, seed=1):
    network = AlexNet(spec)
    chance = torch.Generator().manual_seed(seed)
    network.initialize(chance)
    weights = {
        name: tensor + 0.05 * torch.randn(tensor.shape, generator=chance) if name.endswith("bias") else tensor
        for name, tensor in plain_weights(network).items()
    }
    side = spec.input_size if spec.mean == "picture" else 1
    mean = 100 + 40 * torch.rand(3, side, side, generator=chance)
    return Bundle(spec, tuple(f"class {number}" for number in range(spec.classes)), mean, weights)


def pictures(spec, count=2):
    chance, side = torch.Generator().manual_seed(7), spec.picture_size
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, generator=chance)


def crops(batch, size):
    begin = (batch.shape[1] - size) // 2
    return batch[:, begin : begin + size, begin : begin + size].permute(0, 3, 1, 2).float().numpy()


def scores(bundle, batch):
    spec = bundle.spec
    with torch.inference_mode():
        return bundle.network()(centre(batch, spec.input_size, bundle.mean, spec.input_scale)).numpy()


def run(source, values):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: values})


def difference(got, wanted):
    return np.abs(got - wanted).max() / np.abs(wanted).max()


LARGE = [pytest.param(each, marks=WHOLE) for each in ("alexnet-2012", "caffe", "torchvision")]


@pytest.mark.parametrize("name", [*LARGE, "cifar-towers", "shapes-towers"])
def test_that_an_exported_network_gives_the_same_scores_elsewhere_and_comes_back(name, tmp_path):
    bundle = model(variant(name))
    export_model(bundle, "onnx", tmp_path / "m.onnx")
    batch = pictures(bundle.spec)
    (got,) = run(str(tmp_path / "m.onnx"), crops(batch, bundle.spec.input_size))
    assert difference(got, scores(bundle, batch)) < 1e-4
    if name in ("caffe", "torchvision"):  # which come back in other tests
        return
    again = import_model(tmp_path / "m.onnx")
    assert again.notes == ()
    assert again.bundle.spec == bundle.spec
    assert again.bundle.classes == bundle.classes
    assert torch.equal(again.bundle.mean, bundle.mean)
    assert all(torch.equal(again.bundle.weights[name], tensor) for name, tensor in bundle.weights.items())


@pytest.mark.parametrize("spec", ABLATIONS.values(), ids=ABLATIONS)
def test_that_what_one_thing_was_changed_in_is_exported_too(spec, tmp_path):
    bundle = model(spec)
    export_model(bundle, "onnx", tmp_path / "m.onnx")
    onnx.checker.check_model(str(tmp_path / "m.onnx"), full_check=True)
    batch = pictures(spec, 3)
    (got,) = run(str(tmp_path / "m.onnx"), crops(batch, spec.input_size))
    assert difference(got, scores(bundle, batch)) < 1e-4
    if spec != ABLATIONS["map norm"]:
        assert import_model(tmp_path / "m.onnx").bundle.spec == spec


def test_that_the_released_configuration_is_exported(tmp_path):
    spec = variant("alexnet-2012-source")
    small = tuple(replace(each, kernels=each.kernels // 8) for each in spec.convolutions)
    bundle = model(replace(spec, convolutions=small, dense=(replace(spec.dense[0], units=64), *spec.dense[1:])))
    export_model(bundle, "onnx", tmp_path / "m.onnx")
    batch = pictures(spec)
    (got,) = run(str(tmp_path / "m.onnx"), crops(batch, 224))
    assert difference(got, scores(bundle, batch)) < 1e-4


def test_that_the_metadata_say_how_to_use_it(tmp_path):
    bundle = model(SMALL)
    export_model(bundle, "onnx", tmp_path / "m.onnx")
    found = onnx.load(tmp_path / "m.onnx")
    said = {each.key: each.value for each in found.metadata_props}
    assert json.loads(said["alexnet-app.classes"]) == list(bundle.classes)
    preprocessing = json.loads(said["alexnet-app.preprocessing"])
    assert (preprocessing["picture_size"], preprocessing["input_size"]) == (32, 28)
    assert "RGB, 0 to 255" in preprocessing["steps"]
    assert found.opset_import[0].version == 17


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (variant("cifar-2012"), "local3 has kernels of its own at each position"),
        (replace(SMALL, norm=Norm(size=4)), "even normalization size"),
    ],
)
def test_that_what_onnx_does_not_have_is_refused(spec, said, tmp_path):
    with pytest.raises(UserError, match=said):
        export_model(model(spec), "onnx", tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


# the graph of Caffe's network that comes with the package onnx


@pytest.fixture(scope="module")
def shared():
    """Random weights, blue first, large enough for normalization to matter."""
    chance = torch.Generator().manual_seed(5)
    spreads = {"conv1": 0.05, "conv2": 0.03, "conv3": 0.02, "conv4": 0.02, "conv5": 0.02}
    shapes = {name: tensor.shape for name, tensor in AlexNet(variant("caffe"), "meta").state_dict().items()}
    return {
        name: torch.randn(shape, generator=chance) * spreads.get(name.split(".")[0], 0.015)
        for name, shape in shapes.items()
    }


@pytest.fixture(scope="module")
def light(shared):
    """The graph with these weights, crops of 227, scores before the softmax."""
    found = onnx.load(LIGHT)
    graph = found.graph
    kept = [node for node in graph.node if node.op_type not in ("ConstantOfShape", "Softmax")]
    reshape = next(each for each in graph.initializer if each.name == "OC2_DUMMY_1")
    names = {f"{layer}_{kind[0]}_0": shared[f"{layer}.{kind}"] for layer, kind in (key.split(".") for key in shared)}
    tensors = [reshape, *(numpy_helper.from_array(tensor.numpy(), name) for name, tensor in names.items())]
    reshape.CopyFrom(numpy_helper.from_array(np.array([0, -1]), "OC2_DUMMY_1"))
    last = next(each for each in kept if each.op_type == "MaxPool" and list(each.input) == ["r13"])
    next(each for each in last.attribute if each.name == "pads").ints[:] = [0, 0, 0, 0]
    picture = helper.make_tensor_value_info("data_0", onnx.TensorProto.FLOAT, ["n", 3, 227, 227])
    out = helper.make_tensor_value_info("r24", onnx.TensorProto.FLOAT, ["n", 1000])
    made = helper.make_graph(kept, "bvlc_alexnet", [picture], [out], tensors)
    return helper.make_model(made, opset_imports=found.opset_import, ir_version=found.ir_version)


@pytest.fixture(scope="module")
def towers(light):
    """The same graph with each normalization within its tower, k = 2."""
    changed = onnx.ModelProto()
    changed.CopyFrom(light)
    nodes = []
    for node in light.graph.node:
        if node.op_type != "LRN":
            nodes.append(node)
            continue
        halves, out = [f"{node.output[0]}_a", f"{node.output[0]}_b"], node.output[0]
        nodes.append(helper.make_node("Split", [node.input[0]], halves, axis=1))
        for half in halves:
            nodes.append(helper.make_node("LRN", [half], [f"{half}_n"], size=5, alpha=1e-4, beta=0.75, bias=2.0))
        nodes.append(helper.make_node("Concat", [f"{half}_n" for half in halves], [out], axis=1))
    del changed.graph.node[:]
    changed.graph.node.extend(nodes)
    return changed


@pytest.fixture(scope="module")
def values():
    """Two pictures, blue first, the mean subtracted."""
    return np.random.default_rng(9).normal(0, 60, (2, 3, 227, 227)).astype(np.float32)


def with_outputs(found, *names):
    changed = onnx.ModelProto()
    changed.CopyFrom(found)
    for name in names:
        changed.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return changed.SerializeToString()


def ours(spec, weights, values):
    with torch.inference_mode():
        return Bundle(spec, (), torch.zeros(3, 1, 1), weights).network()(torch.from_numpy(values)).numpy()


def test_that_caffes_network_agrees_with_a_graph_that_others_wrote(light, shared, values):
    wanted, first, normed, second, normed2 = run(with_outputs(light, "r1", "r2", "r5", "r6"), values)
    for before, after in ((first, normed), (second, normed2)):  # the normalization does something
        assert np.linalg.norm(before - after) > 0.1 * np.linalg.norm(before)
    spec = variant("caffe")
    assert difference(ours(spec, shared, values), wanted) < 1e-4
    wrong = replace(spec, norm=replace(spec.norm, alpha=1.1e-4))
    assert difference(ours(wrong, shared, values), wanted) > 1e-3


def test_that_the_paper_s_network_agrees_with_that_graph_tower_by_tower(towers, shared, values):
    wanted, first, normed = run(with_outputs(towers, "r1", "r2"), values)
    unchanged = first / 2**0.75  # what k = 2 alone would do
    assert np.linalg.norm(unchanged - normed) > 0.1 * np.linalg.norm(unchanged)
    spec = variant("alexnet-2012")
    assert difference(ours(spec, shared, values), wanted) < 1e-4
    for wrong in (replace(spec.norm, alpha=1.1e-4), replace(spec.norm, across="all"), Norm(alpha=5e-4)):
        assert difference(ours(replace(spec, norm=wrong), shared, values), wanted) > 2e-4


@WHOLE
def test_that_these_graphs_are_recognized_and_read(light, towers, shared, values, tmp_path):
    onnx.save(light, tmp_path / "bvlc.onnx")
    imported = import_model(tmp_path / "bvlc.onnx")
    assert imported.bundle.spec == variant("caffe")
    assert [note for note in imported.notes if "blue, green, red" in note]
    red_first = np.ascontiguousarray(values[:, ::-1])
    (wanted,) = run(light.SerializeToString(), values)
    assert difference(ours(imported.bundle.spec, imported.bundle.weights, red_first), wanted) < 1e-4
    onnx.save(towers, tmp_path / "towers.onnx")
    imported = import_model(tmp_path / "towers.onnx")
    assert imported.bundle.spec == variant("alexnet-2012")
    assert torch.equal(imported.bundle.weights["conv1.weight"], shared["conv1.weight"])


def test_that_a_graph_without_weights_is_refused():
    with pytest.raises(UserError, match=r"the numbers of conv1_w_0 are not stored in the file"):
        import_model(LIGHT)


def test_that_what_torch_s_own_exporter_writes_is_read(tmp_path, monkeypatch):
    """A network of torchvision's form, small, so that torch is quick."""
    spec = variant("torchvision")
    small = replace(
        spec,
        convolutions=tuple(replace(each, kernels=each.kernels // 8) for each in spec.convolutions),
        dense=(replace(spec.dense[0], units=64), replace(spec.dense[1], units=64), spec.dense[2]),
    )
    monkeypatch.setattr(from_onnx, "known_networks", lambda: [variant("caffe"), small])
    torch.manual_seed(1)
    conv = [
        nn.Conv2d(3, 8, 11, 4, 2),
        nn.Conv2d(8, 24, 5, 1, 2),
        nn.Conv2d(24, 48, 3, 1, 1),
        nn.Conv2d(48, 32, 3, 1, 1),
    ]
    pool, relu = nn.MaxPool2d(3, 2), nn.ReLU()
    features = [
        conv[0],
        relu,
        pool,
        conv[1],
        relu,
        pool,
        conv[2],
        relu,
        conv[3],
        relu,
        nn.Conv2d(32, 32, 3, 1, 1),
        relu,
    ]
    dense = [nn.Dropout(), nn.Linear(1152, 64), relu, nn.Dropout(), nn.Linear(64, 64), relu, nn.Linear(64, 5)]
    theirs = nn.Sequential(*features, pool, nn.AdaptiveAvgPool2d(6), nn.Flatten(), *dense).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(theirs, (torch.zeros(1, 3, 224, 224),), str(tmp_path / "m.onnx"), dynamo=False)
    bundle = import_model(tmp_path / "m.onnx").bundle
    assert bundle.spec == small.with_classes(5)
    batch = pictures(small)
    with torch.inference_mode():
        wanted = theirs(centre(batch, 224, bundle.mean, small.input_scale)).numpy()
    assert difference(scores(bundle, batch), wanted) < 1e-5


# what does not fit


@pytest.fixture
def graph(tmp_path):
    export_model(model(SMALL), "onnx", tmp_path / "m.onnx")
    return onnx.load(tmp_path / "m.onnx")


def refusal(found, path):
    path.write_bytes(found if isinstance(found, bytes) else found.SerializeToString())
    with pytest.raises(UserError) as caught:
        import_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def node(found, kind, place=0):
    return [each for each in found.graph.node if each.op_type == kind][place]


def tensor(found, name):
    return next(each for each in found.graph.initializer if each.name == name)


def become(found, name, values):
    tensor(found, name).CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))


def attribute(found, kind, name, value, place=0):
    target = next(each for each in node(found, kind, place).attribute if each.name == name)
    target.CopyFrom(helper.make_attribute(name, value))


def insert(found, kind):
    """A node of this kind between the last layer and the one before."""
    last = found.graph.node[-1]
    found.graph.node.insert(len(found.graph.node) - 1, helper.make_node(kind, [last.input[0]], ["strange"]))
    last.input[0] = "strange"


def said(found, key, value):
    next(each for each in found.metadata_props if each.key == f"alexnet-app.{key}").value = value


def clear(values, begin=0):
    del values[begin:]


def with_itself(found):
    """The last layer as a product to which itself is added."""
    last = found.graph.node[-1]
    result, parts = last.output[0], [last.input[0], last.input[1]]
    found.graph.node.remove(last)
    found.graph.node.append(helper.make_node("MatMul", parts, ["product"]))
    found.graph.node.append(helper.make_node("Add", ["product", "product"], [result]))


def as_kind(found, name, kind):
    values = numpy_helper.to_array(tensor(found, name)).astype(kind)
    tensor(found, name).CopyFrom(numpy_helper.from_array(values, name))


def as_float8(found, name):
    changed = tensor(found, name)
    changed.raw_data = bytes(math.prod(changed.dims))
    changed.data_type = onnx.TensorProto.FLOAT8E4M3FN


CHANGES = {
    "a shape": (
        lambda g: become(g, "conv3.weight", np.zeros((192, 64, 3, 3))),
        "conv3 have shape (192, 64, 3, 3), the network cifar-towers needs (192, 128, 3, 3)",
    ),
    "a bias": (lambda g: become(g, "conv3.bias", np.zeros(3)), "conv3.bias have shape (3,)"),
    "no tensor": (lambda g: g.graph.initializer.remove(tensor(g, "fc7.weight")), "fc7.weight"),
    "not a number": (lambda g: become(g, "fc8.bias", np.full(10, np.nan)), "fc8.bias are not finite"),
    "dimensions that lie": (lambda g: tensor(g, "conv1.weight").dims.__setitem__(0, 1 << 50), "conv1 have shape"),
    "numbers cut": (lambda g: setattr(tensor(g, "conv1.weight"), "raw_data", b"1234"), "cannot be read"),
    "one group": (lambda g: attribute(g, "Conv", "group", 1, 1), "groups 1"),
    "another padding": (lambda g: attribute(g, "Conv", "pads", [1, 1, 1, 1], 1), "padding 1"),
    "a skewed padding": (lambda g: attribute(g, "Conv", "pads", [1, 0, 1, 0], 1), "height and width"),
    "another alpha": (lambda g: [attribute(g, "LRN", "alpha", 1e-3, place) for place in (0, 1)], "alpha 0.001"),
    "two alphas": (lambda g: attribute(g, "LRN", "alpha", 1e-3), "LRN"),
    "another pool": (lambda g: attribute(g, "MaxPool", "kernel_shape", [2, 2]), "size 2"),
    "a strange node": (lambda g: insert(g, "Sigmoid"), "Sigmoid"),
    "code of others": (lambda g: setattr(node(g, "Relu"), "domain", "com.evil"), "Relu"),
    "a softmax inside": (lambda g: insert(g, "Softmax"), "read by more than one layer"),
    "a gap": (lambda g: g.graph.node.remove(node(g, "MaxPool", 1)), "it ends after"),
    "two inputs": (lambda g: g.graph.input.append(g.graph.input[0].__class__(name="more")), "2 inputs"),
    "a circle": (lambda g: node(g, "Relu").output.__setitem__(0, "pixels"), ""),
    "a wrong scale": (lambda g: become(g, "scale", np.zeros((1, 7, 1, 1))), "Mul"),
    "an infinite mean": (lambda g: become(g, "mean", np.full((1, 3, 1, 1), np.inf)), "the mean is not finite"),
    "classes missing": (lambda g: said(g, "classes", '["cat"]'), "names 1 classes for 10 outputs"),
    "another spec": (lambda g: said(g, "spec", json.dumps(variant("shapes-towers").to_dict())), "shapes-towers"),
    "a torn spec": (lambda g: said(g, "spec", '{"name": '), "cannot be read"),
    "a convolution of nothing": (lambda g: clear(node(g, "Conv").input), "it ends after nothing"),
    "a convolution without weights": (lambda g: clear(node(g, "Conv", 1).input, 1), "not valid ONNX"),
    "strides of halves": (lambda g: attribute(g, "Conv", "strides", 1.5), "not valid ONNX"),
    "a size of many": (lambda g: attribute(g, "LRN", "size", [5, 5]), "not valid ONNX"),
    "a norm that leads nowhere": (lambda g: clear(node(g, "LRN").output), ""),
    "a sum with itself": (lambda g: with_itself(g), "the operation Add at"),
    "complex numbers": (
        lambda g: as_kind(g, "fc8.bias", np.complex64),
        "fc8.bias in it is not a plain floating-point tensor",
    ),
    "whole numbers": (
        lambda g: as_kind(g, "conv1.weight", np.int8),
        "conv1.weight in it is not a plain floating-point tensor",
    ),
    "whole biases": (
        lambda g: as_kind(g, "conv1.bias", np.int64),
        "conv1.bias in it is not a plain floating-point tensor",
    ),
    "numbers of 8 bits": (
        lambda g: as_float8(g, "fc7.weight"),
        "fc7.weight in it is not a plain floating-point tensor",
    ),
    "a complex mean": (lambda g: as_kind(g, "mean", np.complex64), "the numbers of mean are complex"),
    "a deep spec": (lambda g: said(g, "spec", "[" * 50_000), "cannot be read"),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_that_what_does_not_fit_is_named(graph, tmp_path, change, expected):
    change(graph)
    assert expected in refusal(graph, tmp_path / "changed.onnx")


@pytest.mark.skipif(os.name == "nt", reason="pipes are no files there")
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_that_numbers_in_a_pipe_beside_the_graph_are_not_waited_for(graph, tmp_path, kind):
    onnx.save(graph, tmp_path / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=0)
    (tmp_path / "m.data").unlink()
    os.mkfifo(tmp_path / "m.data") if kind == "pipe" else (tmp_path / "m.data").mkdir()
    assert f"cannot be read: it is a {kind}" in refusal((tmp_path / "m.onnx").read_bytes(), tmp_path / "m.onnx")


def test_that_numbers_beside_the_graph_are_read_and_those_elsewhere_are_not(graph, tmp_path):
    wanted = import_model(tmp_path / "m.onnx").bundle.weights
    (tmp_path / "beside").mkdir()
    onnx.save(graph, tmp_path / "beside/m.onnx", save_as_external_data=True, location="m.data", size_threshold=0)
    found = import_model(tmp_path / "beside/m.onnx").bundle.weights
    assert all(torch.equal(found[name], tensor) for name, tensor in wanted.items())
    (tmp_path / "beside/m.data").rename(tmp_path / "m.data")
    assert "cannot be read" in refusal((tmp_path / "beside/m.onnx").read_bytes(), tmp_path / "beside/m.onnx")
    before = onnx.load(tmp_path / "beside/m.onnx", load_external_data=False)
    (tmp_path / "m.data").rename(tmp_path / "beside/m.data")
    for each in before.graph.initializer:
        next(entry for entry in each.external_data if entry.key == "offset").value = "-1"
    assert "cannot be read" in refusal(before, tmp_path / "beside/before.onnx")
    moved = onnx.load(tmp_path / "beside/m.onnx", load_external_data=False)
    for each in moved.graph.initializer:
        next(entry for entry in each.external_data if entry.key == "location").value = "../m.data"
    assert "not a file beside it" in refusal(moved, tmp_path / "beside/m.onnx")


def test_that_a_torn_file_is_refused_wherever_it_ends(graph, tmp_path):
    whole = graph.SerializeToString()
    for end in (0, 1, 7, 100, 1000, len(whole) // 2, len(whole) - 1):
        refusal(whole[:end], tmp_path / "torn.onnx")
    for content in (b"text\n" * 1000, b"\x89PNG\r\n\x1a\n" + bytes(1000)):
        refusal(content, tmp_path / "torn.onnx")
