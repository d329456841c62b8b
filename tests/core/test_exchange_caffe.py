"""Caffe's files, written here by the protobuf library from Caffe's own description, read by this program."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.exchange import importing
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.variants import variant

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

# what caffe.proto says of the messages that matter here: name, number, type, repeated or packed
INT, UINT, FLOAT, DOUBLE, BYTES, STRING = "INT64", "UINT32", "FLOAT", "DOUBLE", "BYTES", "STRING"
MESSAGES = {
    "Shape": [("dim", 1, INT, "packed")],
    "Blob": [
        ("shape", 7, "Shape", ""),
        ("data", 5, FLOAT, "packed"),
        ("double_data", 8, DOUBLE, "packed"),
        ("num", 1, INT, ""),
        ("channels", 2, INT, ""),
        ("height", 3, INT, ""),
        ("width", 4, INT, ""),
    ],
    "Conv": [
        ("num_output", 1, UINT, ""),
        ("pad", 3, UINT, "repeated"),
        ("kernel_size", 4, UINT, "repeated"),
        ("group", 5, UINT, ""),
        ("stride", 6, UINT, "repeated"),
    ],
    "Norm": [
        ("local_size", 1, UINT, ""),
        ("alpha", 2, FLOAT, ""),
        ("beta", 3, FLOAT, ""),
        ("region", 4, UINT, ""),
        ("k", 5, FLOAT, ""),
    ],
    "Pool": [("pool", 1, UINT, ""), ("kernel_size", 2, UINT, ""), ("stride", 3, UINT, ""), ("pad", 4, UINT, "")],
    "New": [
        ("name", 1, STRING, ""),
        ("type", 2, STRING, ""),
        ("blobs", 7, "Blob", "repeated"),
        ("conv", 106, "Conv", ""),
        ("norm", 118, "Norm", ""),
        ("pool", 121, "Pool", ""),
    ],
    "Old": [
        ("name", 4, STRING, ""),
        ("type", 5, UINT, ""),
        ("blobs", 6, "Blob", "repeated"),
        ("conv", 10, "Conv", ""),
        ("norm", 18, "Norm", ""),
        ("pool", 19, "Pool", ""),
    ],
    "Net": [("name", 1, STRING, ""), ("layer", 100, "New", "repeated"), ("layers", 2, "Old", "repeated")],
}
OLD_TYPES = {
    "Convolution": 4,
    "InnerProduct": 14,
    "LRN": 15,
    "Pooling": 17,
    "ReLU": 18,
    "Dropout": 6,
    "Softmax": 20,
    "Data": 5,
    "Eltwise": 25,
}


def _classes():
    file = descriptor_pb2.FileDescriptorProto(name="caffe_for_tests.proto", package="caffe_for_tests", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, how in fields:
            added = message.field.add(name=field, number=number, label=3 if how else 1)
            if kind in MESSAGES:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".caffe_for_tests.{kind}"
            else:
                added.type = getattr(kinds, f"TYPE_{kind}")
            added.options.packed = how == "packed"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"caffe_for_tests.{name}") for name in MESSAGES}
    return {name: message_factory.GetMessageClass(each) for name, each in found.items()}


CLASSES = _classes()
Net, Blob = CLASSES["Net"], CLASSES["Blob"]


@pytest.fixture
def small(monkeypatch):
    """Caffe's network with an eighth of its kernels, and no other known."""
    spec = variant("caffe")
    convolutions = tuple(replace(each, kernels=each.kernels // 8) for each in spec.convolutions)
    dense = tuple(replace(each, units=64) for each in spec.dense[:2])
    small = replace(spec, convolutions=convolutions, dense=(*dense, replace(spec.dense[2], units=7)), input_size=67)
    other = replace(
        small,
        name="caffenet",
        convolutions=tuple(
            replace(each, then=swapped.then)
            for each, swapped in zip(convolutions, variant("caffenet").convolutions, strict=True)
        ),
    )
    monkeypatch.setattr(importing, "known_networks", lambda: [small, other])
    return small


def weights_for(spec):
    """Random weights in Caffe's order of colours."""
    from alexnet_app.core.network.alexnet import AlexNet

    chance = np.random.default_rng(3)
    shapes = {name: tuple(tensor.shape) for name, tensor in AlexNet(spec, "meta").state_dict().items()}
    return {name: chance.normal(0, 0.05, shape).astype(np.float32) for name, shape in shapes.items()}


def blob(target, values, old, double=False):
    shape = values.shape
    if old:
        target.num, target.channels, target.height, target.width = (1,) * (4 - len(shape)) + shape
    else:
        target.shape.dim.extend(shape)
    (target.double_data if double else target.data).extend(values.ravel().tolist())


class Writer:
    """Collects layers as Caffe names them, in one of its two layouts."""

    def __init__(self, weights, old, double):
        self.net = Net(name="AlexNet")
        self.weights, self.old, self.double = weights, old, double

    def add(self, name, kind):
        layers = self.net.layers if self.old else self.net.layer
        return layers.add(name=name, type=OLD_TYPES[kind] if self.old else kind)

    def add_learned(self, name, kind):
        layer = self.add(name, kind)
        for part in ("weight", "bias"):
            blob(layer.blobs.add(), self.weights[f"{name}.{part}"], self.old, self.double)
        return layer

    def add_convolution(self, each):
        layer = self.add_learned(each.name, "Convolution")
        layer.conv.num_output, layer.conv.group = each.kernels, 2 if each.sees == "own" else 1
        layer.conv.kernel_size.append(each.size)
        layer.conv.stride.extend([each.stride] * (each.stride != 1))
        layer.conv.pad.extend([each.padding] * (each.padding != 0))

    def add_step(self, name, step):
        layer = self.add(f"{step}-{name}", {"relu": "ReLU", "norm": "LRN", "pool": "Pooling"}[step])
        if step == "norm":
            layer.norm.local_size, layer.norm.alpha, layer.norm.beta = 5, 1e-4, 0.75
        if step == "pool":
            layer.pool.kernel_size, layer.pool.stride = 3, 2


def write(path, spec, weights, old=False, double=False, change=lambda net: None):
    """A file as Caffe writes it, with what it also writes: data, dropout, softmax."""
    writer = Writer(weights, old, double)
    writer.add("data", "Data")
    for each in spec.convolutions:
        writer.add_convolution(each)
        for step in each.then:
            writer.add_step(each.name, step)
    for each in spec.dense:
        writer.add_learned(each.name, "InnerProduct")
        if each is not spec.dense[-1]:
            writer.add(f"relu-{each.name}", "ReLU")
            writer.add(f"drop-{each.name}", "Dropout")
    writer.add("prob", "Softmax")
    change(writer.net)
    path.write_bytes(writer.net.SerializeToString())
    return path


def refusal(path, **options):
    with pytest.raises(UserError) as caught:
        import_model(path, **options)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("double", [False, True])
def test_that_both_layouts_are_read_to_the_last_number(small, tmp_path, old, double):
    weights = weights_for(small)
    imported = import_model(write(tmp_path / "m.caffemodel", small, weights, old, double))
    bundle = imported.bundle
    assert bundle.spec == small
    for name, tensor in bundle.weights.items():
        wanted = weights[name][:, ::-1] if name == "conv1.weight" else weights[name]
        assert np.array_equal(tensor.numpy(), wanted)
        assert tensor.is_contiguous()
    assert [each.split(":")[0] for each in imported.notes] == ["no labels were given", "no mean was given"]


def test_that_red_stays_red(small, tmp_path):
    """The scores of a picture are those of Caffe's arithmetic on it with blue first."""
    weights = weights_for(small)
    bundle = import_model(write(tmp_path / "m.caffemodel", small, weights)).bundle
    picture = torch.rand(1, 3, 67, 67) * 255
    centred = (picture - bundle.mean).flip(1)
    conv1 = F.conv2d(centred, torch.from_numpy(weights["conv1.weight"]), torch.from_numpy(weights["conv1.bias"]), 4)
    with torch.inference_mode():
        ours = bundle.network().conv1(picture - bundle.mean)
    assert torch.allclose(ours, conv1, rtol=1e-4, atol=1e-3)
    # red, green, blue: the well-known numbers of Caffe's mean
    assert bundle.mean.flatten().tolist() == pytest.approx([122.679, 116.669, 104.007], abs=1e-3)


def test_that_the_network_that_pools_first_is_told_apart(small, tmp_path):
    _, other = importing.known_networks()
    bundle = import_model(write(tmp_path / "m.caffemodel", other, weights_for(other))).bundle
    assert bundle.spec.name == "caffenet"
    assert bundle.spec.convolutions[0].then == ("relu", "pool", "norm")


@SLOW
def test_that_a_file_of_full_size_is_caffes_network(tmp_path):
    spec = variant("caffe")
    weights = weights_for(spec.with_classes(1000))
    path = tmp_path / "bvlc_alexnet.caffemodel"
    tiny = {name: np.zeros(1, np.float32) for name in weights}
    net_path = write(tmp_path / "frame", spec, tiny)
    frame = Net.FromString(net_path.read_bytes())
    with path.open("wb") as file:  # the numbers go in as bytes: the library would make an object of each
        for layer in frame.layer:
            blobs = []
            for kind in ("weight", "bias")[: len(layer.blobs)]:
                values = weights[f"{layer.name}.{kind}"]
                head = Blob()
                head.shape.dim.extend(values.shape)
                blobs.append(head.SerializeToString() + b"\x2a" + varint(values.nbytes) + values.tobytes())
            del layer.blobs[:]
            body = layer.SerializeToString() + b"".join(b"\x3a" + varint(len(each)) + each for each in blobs)
            file.write(b"\xa2\x06" + varint(len(body)) + body)
    bundle = import_model(path).bundle
    assert bundle.spec == spec
    assert bundle.classes[0] == "tench"
    assert np.array_equal(bundle.weights["fc7.weight"].numpy(), weights["fc7.weight"])


def varint(number):
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def mean_file(path, picture):
    target = Blob()
    blob(target, picture.astype(np.float32)[None], old=True)
    path.write_bytes(target.SerializeToString())
    return path


def test_that_the_mean_picture_is_cropped_and_its_colours_turned(small, tmp_path):
    picture = np.random.default_rng(1).uniform(80, 150, (3, 256, 256)).astype(np.float32)
    model = write(tmp_path / "m.caffemodel", small, weights_for(small))
    np.save(tmp_path / "mean.npy", picture)
    mean_file(tmp_path / "mean.binaryproto", picture)
    begin = (256 - 67) // 2
    for name in ("mean.npy", "mean.binaryproto"):
        imported = import_model(model, mean=tmp_path / name)
        assert np.array_equal(imported.bundle.mean.numpy(), picture[::-1, begin : begin + 67, begin : begin + 67])
        assert not any("no mean" in note for note in imported.notes)
    np.save(tmp_path / "colours.npy", picture.mean(axis=(1, 2)))
    colours = import_model(model, mean=tmp_path / "colours.npy").bundle.mean
    assert colours.shape == (3, 1, 1)
    assert np.array_equal(colours.flatten().numpy(), picture.mean(axis=(1, 2))[::-1])


def test_that_names_and_mean_beside_the_file_are_taken_if_they_fit(small, tmp_path):
    write(tmp_path / "net.caffemodel", small, weights_for(small))
    (tmp_path / "synset_words.txt").write_text("\n".join(f"n0000000{each} thing {each}" for each in range(7)))
    np.save(tmp_path / "mean.npy", np.array([10, 20, 30], np.float32))  # blue, green, red
    found = import_model(tmp_path / "net.caffemodel", look_beside=True)
    assert found.bundle.classes == tuple(f"thing {each}" for each in range(7))
    assert found.bundle.mean.flatten().tolist() == [30, 20, 10]
    assert found.notes == (importing.NAMES_BESIDE, importing.MEAN_BESIDE)
    assert import_model(tmp_path / "net.caffemodel").bundle.classes == tuple("0123456")  # unless it was not asked for

    (tmp_path / "net.txt").write_text("only one\n")  # sooner than the others, but of something else
    (tmp_path / "mean.npy").write_bytes(b"torn")
    found = import_model(tmp_path / "net.caffemodel", look_beside=True)
    assert found.bundle.classes == tuple("0123456")
    assert found.notes == (importing.UNFIT_BESIDE, importing.NUMBERED, importing.COLOUR_MEAN)


@pytest.mark.parametrize("shape", [(3, 60, 60), (1, 256, 256), (256, 256, 3), (4,), ()])
def test_that_a_mean_of_another_shape_is_refused(small, tmp_path, shape):
    model = write(tmp_path / "m.caffemodel", small, weights_for(small))
    np.save(tmp_path / "mean.npy", np.zeros(shape, np.float32))
    with pytest.raises(UserError, match="mean"):
        import_model(model, mean=tmp_path / "mean.npy")


def head(text):
    """A file of numpy with this as its head."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


UNENDED = head(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("suffix", ["npy", "binaryproto"])
def test_that_a_mean_that_is_a_pipe_is_not_waited_for(small, tmp_path, suffix):
    model = write(tmp_path / "m.caffemodel", small, weights_for(small))
    os.mkfifo(tmp_path / f"mean.{suffix}")
    with pytest.raises(UserError, match="mean"):
        import_model(model, mean=tmp_path / f"mean.{suffix}")


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\x93NUMPY\x01\x00", UNENDED, b"\x2a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x08\x03"]
)
@pytest.mark.parametrize("suffix", ["npy", "binaryproto"])
def test_that_a_broken_mean_is_a_sentence(small, tmp_path, content, suffix):
    model = write(tmp_path / "m.caffemodel", small, weights_for(small))
    (tmp_path / f"mean.{suffix}").write_bytes(content)
    with pytest.raises(UserError) as caught:
        import_model(model, mean=tmp_path / f"mean.{suffix}")
    assert f"mean.{suffix}" in str(caught.value)
    np.save(tmp_path / "nan.npy", np.full(3, np.nan, np.float32))
    with pytest.raises(UserError, match="finite"):
        import_model(model, mean=tmp_path / "nan.npy")
    np.save(tmp_path / "objects.npy", np.array([Path()] * 3), allow_pickle=True)
    with pytest.raises(UserError, match="mean"):
        import_model(model, mean=tmp_path / "objects.npy")


def layer_of(net, name):
    return next(each for each in net.layer if each.name == name)


CHANGES = {
    "a layer missing": (
        lambda net: net.layer.remove(layer_of(net, "conv3")),
        "the network caffe has convolution conv3 ((48, 32, 3, 3)",
    ),
    "no weights": (lambda net: layer_of(net, "conv2").ClearField("blobs"), "the weights of conv2 are missing"),
    "no bias": (lambda net: layer_of(net, "fc6").blobs.pop(), "fc6 has no biases"),
    "one group": (lambda net: layer_of(net, "conv2").conv.ClearField("group"), "groups 1"),
    "another stride": (lambda net: layer_of(net, "conv1").conv.stride.__setitem__(0, 2), "stride 2"),
    "two strides": (lambda net: layer_of(net, "conv1").conv.stride.append(2), "differs between height and width"),
    "another alpha": (lambda net: setattr(layer_of(net, "norm-conv1").norm, "alpha", 5e-4), "alpha 0.0005"),
    "within maps": (lambda net: setattr(layer_of(net, "norm-conv1").norm, "region", 1), "within each map"),
    "mean pooling": (lambda net: setattr(layer_of(net, "pool-conv1").pool, "pool", 1), "not max pooling"),
    "a strange layer": (lambda net: net.layer.add(name="sum", type="Eltwise"), "of type Eltwise"),
    "one more layer": (lambda net: net.layer.add(name="more", type="ReLU"), "belongs to no layer"),
    "the end missing": (lambda net: [net.layer.remove(layer_of(net, name)) for name in ("fc7", "fc8")], "relu-fc7"),
    "no type": (lambda net: layer_of(net, "conv4").ClearField("type"), "no type"),
    "too few numbers": (lambda net: layer_of(net, "conv5").blobs[0].data.pop(), "contradict"),
    "another shape": (lambda net: layer_of(net, "conv1").blobs[0].shape.dim.__setitem__(0, 1 << 60), "contradict"),
    "not a number": (
        lambda net: layer_of(net, "fc7").blobs[1].data.__setitem__(3, float("nan")),
        "fc7.bias are not finite",
    ),
    "no layers": (lambda net: net.ClearField("layer"), "no layers with weights"),
}


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_that_what_does_not_fit_is_named(small, tmp_path, change, said):
    assert said in refusal(write(tmp_path / "m.caffemodel", small, weights_for(small), change=change))


def test_that_both_shapes_are_named(small, tmp_path):
    weights = weights_for(small)
    weights["conv2.weight"] = np.zeros((32, 12, 5, 5), np.float32)
    said = refusal(write(tmp_path / "m.caffemodel", small, weights))
    assert "the weights of conv2 have shape (32, 12, 5, 5), the network caffe needs (32, 6, 5, 5)" in said


def test_that_caffes_oldest_format_is_named(tmp_path):
    inner = b"\x0a\x02\x08\x01"  # layers { layer { … } }
    (tmp_path / "m.caffemodel").write_bytes(b"\x12" + bytes([len(inner)]) + inner)
    assert "oldest format" in refusal(tmp_path / "m.caffemodel")


def test_that_a_torn_file_is_refused_wherever_it_ends(small, tmp_path):
    whole = write(tmp_path / "m.caffemodel", small, weights_for(small)).read_bytes()
    for end in (0, 1, 2, 30, 200, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        (tmp_path / "torn.caffemodel").write_bytes(whole[:end])
        refusal(tmp_path / "torn.caffemodel")
