"""What graphs of others do to pixels before the first layer, against onnxruntime; sizes, ends, other types."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper, numpy_helper

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.exchange import from_onnx
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.variants import variant

SPEC = variant("shapes-towers", 3)
SIDE = SPEC.input_size
MEAN, SPREAD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def colours(values):
    return np.asarray(values, np.float32).reshape(1, 3, 1, 1)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The graph of a network without its mean, its scale and what this program says of it; it reads "centred"."""
    network = AlexNet(SPEC)
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    export_model(Bundle(SPEC, ("a", "b", "c"), torch.zeros(3, 1, 1), weights), "onnx", path)
    found = onnx.load(path)
    del found.metadata_props[:]
    for node in [each for each in found.graph.node if each.output[0] in ("centred", "scaled")]:
        found.graph.node.remove(node)
    found.graph.node[0].input[0] = "ready"
    return found


def graph(bare, steps, shape=("n", 3, SIDE, SIDE), kind=onnx.TensorProto.FLOAT, ends=()):
    """``bare`` after ``steps``: (operation, a constant or its inputs before and behind the pixels, attributes)."""
    made = onnx.ModelProto()
    made.CopyFrom(bare)
    made.graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", kind, shape))
    at, nodes = "pixels", []
    for number, (operation, inputs, attributes) in enumerate(steps):
        names = []
        for place, each in enumerate(inputs):
            if each is None:
                names.append(at)
                continue
            names.append(f"constant.{number}.{place}")
            made.graph.initializer.append(numpy_helper.from_array(np.asarray(each), names[-1]))
        at = "ready" if number == len(steps) - 1 else f"step.{number}"
        nodes.append(helper.make_node(operation, names, [at], f"{operation}.{number}", **attributes))
    if not steps:
        made.graph.node[0].input[0] = "pixels"
    for place, node in enumerate(nodes):
        made.graph.node.insert(place, node)
    for number, (operation, attributes) in enumerate(ends):
        last = made.graph.output[0].name
        made.graph.node.append(helper.make_node(operation, [last], [f"end.{number}"], operation, **attributes))
        made.graph.output[0].name = f"end.{number}"
    return made


def theirs(made, pictures):
    """The graph's own answers to what it takes of pictures (N, side, side, 3)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: pictures})[0]


def ours(bundle, pictures):
    spec = bundle.spec
    crops = centre(torch.from_numpy(pictures), spec.input_size, bundle.mean, spec.input_scale)
    with torch.inference_mode():
        return bundle.network()(crops).numpy()


def some(side=SIDE, count=2):
    return np.random.default_rng(3).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def first(pictures):
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).astype(np.float32)


def unit(pictures):
    return first(pictures) / np.float32(255)


def blue_first(pictures):
    return np.ascontiguousarray(first(pictures)[:, ::-1])


def as_floats(pictures):
    return pictures.astype(np.float32)


FRONT = ("Transpose", [None], {"perm": [0, 3, 1, 2]})
LAST = ("n", SIDE, SIDE, 3)
BYTES = onnx.TensorProto.UINT8
NUMBERS = (np.ones(3, np.float32) * 2, np.full(3, 0.1, np.float32), MEAN, SPREAD**2)
GRAPHS = {
    "0 to 1": ([("Sub", [None, colours(MEAN)], {}), ("Div", [None, colours(SPREAD)], {})], unit, {}),
    "0 to 1, three dimensions": (
        [("Sub", [None, colours(MEAN)[0]], {}), ("Mul", [None, 1 / colours(SPREAD)[0]], {})],
        unit,
        {},
    ),
    "0 to 255, divided first": (
        [
            ("Div", [None, np.float32(255)], {}),
            ("Sub", [None, colours(MEAN)], {}),
            ("Div", [None, colours(SPREAD)], {}),
        ],
        first,
        {},
    ),
    "-1 to 1": ([("Mul", [None, np.float32(2 / 255)], {}), ("Add", [np.float32(-1), None], {})], first, {}),
    "-1 to 1 of 0 to 1": ([("Mul", [np.float32(2), None], {}), ("Sub", [None, np.float32(1)], {})], unit, {}),
    "a mean": ([("Add", [None, -colours([123, 117, 104])], {})], first, {}),
    "a mean of 0 to 1": ([("Sub", [None, np.float32([0.5])], {})], unit, {}),
    "a mean picture": ([("Sub", [None, first(some(count=1))], {}), ("Mul", [None, np.float32(0.02)], {})], first, {}),
    "a division": ([("Div", [None, np.float32(64)], {})], first, {}),
    "0 to 1 made 0 to 255": ([("Mul", [None, np.float32(255)], {})], unit, {}),
    "a normalization of batches": ([("BatchNormalization", [None, *NUMBERS], {"epsilon": 1e-3})], unit, {}),
    "bytes": (
        [("Cast", [None], {"to": 1}), ("Sub", [None, np.float32(1)], {}), ("Div", [None, np.float32(64)], {})],
        lambda pictures: np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)),
        {"kind": BYTES},
    ),
    "bytes with colours last": (
        [
            ("Cast", [None], {"to": 1}),
            ("Sub", [None, np.float32([123, 117, 104])], {}),
            FRONT,
            ("Div", [None, colours([60, 61, 62])], {}),
        ],
        lambda pictures: pictures,
        {"kind": BYTES, "shape": LAST},
    ),
    "a mean picture with colours last": (
        [("Sub", [None, as_floats(some(count=1))], {}), FRONT, ("Mul", [None, np.float32(0.02)], {})],
        as_floats,
        {"shape": LAST},
    ),
    "colours turned by a row": (
        [
            ("Sub", [None, colours([104, 117, 123])], {}),
            ("Mul", [None, colours([0.01, 0.02, 0.03])], {}),
            ("Gather", [None, np.array([2, 1, 0])], {"axis": 1}),
            ("Add", [None, colours([0.1, 0.2, 0.3])], {}),
        ],
        blue_first,
        {},
    ),
    "colours turned by a slice": (
        [
            ("Slice", [None, np.array([-1]), np.array([-(1 << 62)]), np.array([1]), np.array([-1])], {}),
            ("Sub", [None, colours([123, 117, 104])], {}),
        ],
        blue_first,
        {},
    ),
}


@pytest.mark.parametrize(("steps", "taken", "how"), GRAPHS.values(), ids=GRAPHS)
def test_that_what_a_graph_does_to_pixels_is_part_of_the_model(bare, steps, taken, how, tmp_path):
    made = graph(bare, steps, **how)
    onnx.save(made, tmp_path / "m.onnx")
    found = import_model(tmp_path / "m.onnx")
    pictures = some()
    wanted, got = theirs(made, taken(pictures)), ours(found.bundle, pictures)
    assert np.abs(got - wanted).max() < 2e-5 * np.abs(wanted).max()
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3 * np.abs(wanted).max()  # it is of these pictures
    is_unit = taken is unit
    assert (from_onnx.UNIT_INSIDE in found.notes, from_onnx.INSIDE in found.notes) == (is_unit, not is_unit)


REFUSED = {
    "turned about": [("Sub", [np.float32(255), None], {})],
    "below zero": [("Mul", [None, np.float32(-1)], {})],
    "by nothing": [("Div", [None, np.float32(0)], {})],
    "by a picture": [("Mul", [None, first(some(count=1))], {})],
    "along the width": [("Mul", [None, np.ones(3, np.float32)], {})],
    "a power": [("Pow", [None, np.float32(0.45)], {})],
    "to whole numbers": [("Cast", [None], {"to": 6})],
    "colours last": [("Transpose", [None], {"perm": [0, 2, 3, 1]})],
    "height for width": [("Transpose", [None], {"perm": [0, 1, 3, 2]})],
    "another order": [("Gather", [None, np.array([1, 2, 0])], {"axis": 1})],
    "pictures turned": [("Gather", [None, np.array([2, 1, 0])], {"axis": 2})],
    "a frame": [("Pad", [None, np.array([0, 0, 2, 2, 0, 0, 2, 2])], {})],
    "bounds": [("Clip", [None, np.float32(0), np.float32(255)], {})],
}


@pytest.mark.parametrize("steps", REFUSED.values(), ids=REFUSED)
def test_that_what_no_model_here_can_do_is_refused_by_name(bare, steps, tmp_path):
    onnx.save(graph(bare, steps), tmp_path / "m.onnx")
    with pytest.raises(UserError) as caught:
        import_model(tmp_path / "m.onnx")
    assert steps[0][0] in str(caught.value) or "conv1" in str(caught.value)


def test_that_a_softmax_at_the_end_changes_no_answer(bare, tmp_path):
    for ends in ([("Softmax", {"axis": 1})], [("LogSoftmax", {"axis": -1})]):
        made = graph(bare, [("Div", [None, np.float32(64)], {})], ends=ends)
        onnx.save(made, tmp_path / "m.onnx")
        wanted = theirs(made, first(some()))
        scores = torch.from_numpy(ours(import_model(tmp_path / "m.onnx").bundle, some()))
        got = scores.softmax(1) if ends[0][0] == "Softmax" else scores.log_softmax(1)
        assert np.abs(got.numpy() - wanted).max() < 1e-5


ENDS = [("Softmax", {"axis": 0}), ("Sigmoid", {}), ("ArgMax", {"axis": 1}), ("QuantizeLinear", {})]


@pytest.mark.parametrize("end", ENDS, ids=[kind for kind, _ in ENDS])
def test_that_other_ends_are_refused_by_name(bare, end, tmp_path):
    onnx.save(graph(bare, [("Div", [None, np.float32(64)], {})], ends=[end]), tmp_path / "m.onnx")
    with pytest.raises(UserError, match=end[0]):
        import_model(tmp_path / "m.onnx")


def test_that_crops_of_another_size_are_those_of_the_model(bare, tmp_path):
    alike = SIDE + 1  # of which as many maps are left
    made = graph(bare, [("Div", [None, np.float32(64)], {})], shape=("n", 3, alike, alike))
    onnx.save(made, tmp_path / "m.onnx")
    found = import_model(tmp_path / "m.onnx")
    assert found.bundle.spec.input_size == alike
    assert from_onnx.OTHER_SIZE.format(size=alike, network=SPEC.name, usual=SIDE) in found.notes
    wanted = theirs(made, first(some(alike)))
    assert np.abs(ours(found.bundle, some(alike)) - wanted).max() < 2e-5 * np.abs(wanted).max()
    onnx.save(graph(bare, [], shape=("n", 3, 4 * SIDE, 4 * SIDE)), tmp_path / "large.onnx")
    with pytest.raises(UserError, match=f"it takes images of {4 * SIDE} × {4 * SIDE}"):
        import_model(tmp_path / "large.onnx")


def test_that_a_graph_for_any_size_says_which_is_used(bare, tmp_path):
    onnx.save(graph(bare, [], shape=("n", 3, "height", "width")), tmp_path / "m.onnx")
    found = import_model(tmp_path / "m.onnx")
    assert found.bundle.spec == SPEC
    assert found.notes[:2] == (
        from_onnx.ANY_SIZE.format(size=SIDE, network=SPEC.name),
        from_onnx.OUTSIDE.format(network=SPEC.name, scale=SPEC.input_scale),
    )
