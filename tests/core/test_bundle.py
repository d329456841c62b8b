"""The .alexnet file: what is written is read again, and nothing else is."""

import errno
import json
import os
import struct
import sys
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from alexnet_app.core.errors import UserError
from alexnet_app.core.network import bundle as bundles
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import MEAN, Bundle, half_notes, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.checksum import with_checksum
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant

CLASSES = ("cat", "chien", "кот", "猫", 'a "quoted" one', "six", "seven", "eight", "nine", "ten")


def chance(seed=1):
    return torch.Generator().manual_seed(seed)


def made(name="shapes-towers", **changes):
    network = AlexNet(variant(name, **changes))
    network.initialize(chance())
    spec = network.spec
    shape = (3, 1, 1) if spec.mean == "channel" else (3, spec.input_size, spec.input_size)
    mean = torch.rand(shape, generator=chance(2)) * 255
    summary = {"step": 3, "data": "shapes", "loss": 0.25, "nothing": None}
    return Bundle(spec, CLASSES[: spec.classes], mean, plain_weights(network), summary)


@pytest.fixture(scope="module")
def model():
    return made()


@pytest.fixture
def path(tmp_path, model):
    write_bundle(tmp_path / "model.alexnet", model)
    return tmp_path / "model.alexnet"


def parts(path):
    """Tensors and metadata of a file, by the format's own library."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118


def refusal(path):
    with pytest.raises(UserError) as caught:
        read_bundle(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["shapes-towers", "cifar-2012"])
def test_that_what_is_written_is_read_again_bit_for_bit(tmp_path, name):
    model = made(name)
    write_bundle(tmp_path / "model.alexnet", model)
    again = read_bundle(tmp_path / "model.alexnet")
    assert again.spec == model.spec
    assert again.classes == model.classes
    assert again.summary == model.summary
    assert torch.equal(again.mean, model.mean)
    assert list(again.weights) == list(model.weights)
    for weight, tensor in model.weights.items():
        assert torch.equal(again.weights[weight], tensor)
        assert again.weights[weight].dtype == torch.float32


def test_that_a_model_that_was_read_is_written_again_alike(tmp_path, path):
    write_bundle(tmp_path / "again", read_bundle(path))
    (tensors, metadata), (first, as_first) = parts(tmp_path / "again"), parts(path)
    assert metadata == as_first
    assert all(torch.equal(tensors[name], tensor) for name, tensor in first.items())


def test_that_a_plain_safetensors_reader_finds_layers_and_classes(path, model):
    tensors, metadata = parts(path)
    names = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]
    weights = {f"{name}.{kind}" for name in names for kind in ("weight", "bias")}
    assert set(tensors) == weights | {"preprocessing.mean"}
    assert all(tensor.is_contiguous() and tensor.dtype == torch.float32 for tensor in tensors.values())
    assert tensors["conv2.weight"].shape == (96, 24, 5, 5)  # grouped: a kernel sees its own tower only
    assert metadata["format"] == "alexnet-app 1"
    assert tuple(json.loads(metadata["classes"])) == CLASSES
    assert json.loads(metadata["spec"])["convolutions"][0]["kernels"] == 48
    assert json.loads(metadata["summary"]) == model.summary
    preprocessing = json.loads(metadata["preprocessing"])
    assert (preprocessing["picture_size"], preprocessing["input_size"]) == (64, 56)
    assert preprocessing["scale"] == model.spec.input_scale


def test_that_a_network_in_channels_last_is_kept_in_the_plain_layout(tmp_path, model):
    network = model.network()
    assert network.conv2.weight.is_contiguous(memory_format=torch.channels_last)
    assert not network.conv2.weight.is_contiguous()
    weights = plain_weights(network)
    assert all(tensor.is_contiguous() for tensor in weights.values())
    write_bundle(tmp_path / "m.alexnet", Bundle(model.spec, model.classes, model.mean, weights))
    kept = read_bundle(tmp_path / "m.alexnet").weights
    assert all(torch.equal(kept[name], tensor) for name, tensor in model.weights.items())


def test_that_kept_weights_do_not_follow_the_network(model):
    network = model.network()
    weights = plain_weights(network)
    with torch.no_grad():
        network.fc8.bias.fill_(7.0)
        network.conv1.weight.fill_(7.0)
    assert torch.equal(weights["fc8.bias"], model.weights["fc8.bias"])
    assert torch.equal(weights["conv1.weight"], model.weights["conv1.weight"])


def test_that_a_model_read_again_answers_alike(path, model):
    x = torch.randn(2, 3, 56, 56, generator=chance(3))
    before, after = model.network(), read_bundle(path).network()
    assert not after.training
    with torch.inference_mode():
        assert torch.equal(before(x), after(x))


def test_that_half_precision_weights_of_others_are_read_as_fp32(path):
    tensors, metadata = parts(path)
    halved = {name: tensor.half() for name, tensor in tensors.items()}
    save_file(halved, path, with_checksum(halved, metadata))
    assert {tensor.dtype for tensor in read_bundle(path).weights.values()} == {torch.float32}


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_that_a_harmful_pickle_does_nothing(tmp_path):
    harm = tmp_path / "harm"
    torch.save({"conv1.weight": Harmful(harm)}, tmp_path / "model.alexnet")
    assert "cannot be read as a model" in refusal(tmp_path / "model.alexnet")
    assert not harm.exists()
    torch.load(tmp_path / "model.alexnet", weights_only=False)  # which would have done this
    assert harm.exists()


def header(length, text=b"{}"):
    return struct.pack("<Q", length) + text


NO_MODELS = {
    "nothing": b"",
    "one byte": b"\x00",
    "text": b"This is not a model.\n" * 100,
    "a header of 2^60 bytes": header(1 << 60),
    "a header of 2^64 - 1 bytes": header((1 << 64) - 1),
    "a header of 99 MB": header(99_000_000),
    "an empty header": header(2),
    "a list for a header": header(2, b"[]"),
    "deep nesting": header(100_000, b"[" * 100_000),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "a tensor that lies outside": header(64, b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'.ljust(64)),
    "2^62 numbers": header(
        80, b'{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}'.ljust(80) + b"0" * 4
    ),
}


@pytest.mark.parametrize("content", NO_MODELS.values(), ids=NO_MODELS)
def test_that_what_is_no_model_is_a_sentence_and_no_memory(tmp_path, content):
    file = tmp_path / "model.alexnet"
    file.write_bytes(content)
    tracemalloc.start()
    before = resident()
    try:
        sentence = refusal(file)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert resident() - before < 32 << 20
    assert "model" in sentence


def resident():
    """Bytes of this process in memory, 0 where the system does not say."""
    if not sys.platform.startswith("linux"):
        return 0
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_that_a_torn_file_is_refused_wherever_it_ends(path):
    whole = path.read_bytes()
    places = torch.randint(1, len(whole), (10,), generator=chance()).tolist()
    header_ends = 8 + struct.unpack("<Q", whole[:8])[0]
    for place in [*places, 7, 8, 9, 100, header_ends - 1, header_ends, header_ends + 1, len(whole) - 1]:
        path.write_bytes(whole[:place])
        assert "cannot be read as a model: the file is truncated or damaged" in refusal(path)
        assert "header" not in refusal(path)
    path.write_bytes(whole + b"x")
    refusal(path)


def test_that_a_folder_and_a_missing_file_are_sentences(tmp_path):
    assert "it is a folder" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "missing.alexnet")
    (tmp_path / "file").write_text("x")
    refusal(tmp_path / "file" / "model.alexnet")


@contextmanager
def anybody(folder):
    """A person who may do in ``folder`` what everyone may: root, as which tests run in a container, may do all."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    above = [each for each in folder.parents if each.stat().st_uid == 0 and not each.stat().st_mode & 0o001]
    modes = {each: each.stat().st_mode for each in above}
    for each in above:
        each.chmod(modes[each] | 0o011)
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
        for each in above:
            each.chmod(modes[each])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_that_a_forbidden_file_is_a_sentence(path):
    path.parent.chmod(0o755)
    path.chmod(0)
    with anybody(path.parent):
        assert "ermission" in refusal(path)


def test_that_a_safetensors_file_of_others_is_no_model(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    assert "not a model of this program" in refusal(tmp_path / "other.safetensors")


def rewritten(path, change):
    """``path`` after ``change`` had its tensors and its metadata."""
    tensors, metadata = parts(path)
    change(tensors, metadata)
    save_file(tensors, path, with_checksum(tensors, metadata))
    return refusal(path)


def test_that_a_missing_layer_is_named_with_its_shape(path):
    sentence = rewritten(path, lambda tensors, _: tensors.pop("conv3.weight"))
    assert "conv3.weight of shape (128, 96, 3, 3) are missing" in sentence


def test_that_a_wrong_shape_is_named_with_the_right_one(path):
    sentence = rewritten(path, lambda tensors, _: tensors.update({"fc6.bias": torch.zeros(255)}))
    assert "fc6.bias have shape (255,), the network needs (256,)" in sentence


def test_that_an_ungrouped_layer_does_not_pass_for_a_grouped_one(path):
    sentence = rewritten(path, lambda tensors, _: tensors.update({"conv2.weight": torch.zeros(96, 48, 5, 5)}))
    assert "(96, 48, 5, 5), the network needs (96, 24, 5, 5)" in sentence


def test_that_a_tensor_of_no_layer_is_named(path):
    assert "conv9.weight belong to no layer" in rewritten(
        path, lambda tensors, _: tensors.update({"conv9.weight": torch.zeros(1)})
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("name", ["conv4.weight", "fc8.bias", "preprocessing.mean"])
def test_that_numbers_that_are_not_finite_are_refused(path, name, value):
    def spoil(tensors, _):
        tensors[name].view(-1)[-1] = value

    sentence = rewritten(path, spoil)
    assert "finite" in sentence
    assert name.split(".")[-1] in sentence


@pytest.mark.parametrize("shape", [(3,), (1, 3, 1), (3, 64, 64), (3, 1, 1, 1)])
def test_that_a_mean_of_another_shape_is_refused(path, shape):
    sentence = rewritten(path, lambda tensors, _: tensors.update({"preprocessing.mean": torch.zeros(shape)}))
    assert "mean" in sentence
    assert str(shape) in sentence


def test_that_a_missing_mean_is_refused(path):
    assert "mean" in rewritten(path, lambda tensors, _: tensors.pop("preprocessing.mean"))


def spec_with(metadata, **changes):
    metadata["spec"] = json.dumps({**json.loads(metadata["spec"]), **changes})


METADATA = {
    "no format": (lambda m: m.pop("format"), "not a model of this program (format None"),
    "a later format": (lambda m: m.update(format="alexnet-app 2"), "alexnet-app 2"),
    "no classes": (lambda m: m.pop("classes"), "its classes cannot be read"),
    "one class too few": (lambda m: m.update(classes=json.dumps(CLASSES[:9])), "names 9 classes for 10 outputs"),
    "classes as text": (lambda m: m.update(classes='"cat"'), "its classes cannot be read"),
    "torn classes": (lambda m: m.update(classes='["cat", "do'), "its classes cannot be read"),
    "no spec": (lambda m: m.pop("spec"), "its spec cannot be read"),
    "a spec of nothing": (lambda m: m.update(spec="{}"), "is invalid"),
    "a spec as a list": (lambda m: m.update(spec="[1, 2]"), "its spec cannot be read"),
    "deep nesting": (lambda m: m.update(spec="[" * 50_000), "its spec cannot be read"),
    "an unknown field": (lambda m: spec_with(m, colour="red"), "is invalid"),
    "layers as text": (lambda m: spec_with(m, dense="fc6"), "is invalid"),
    "an unknown step": (lambda m: spec_with(m, pool={"size": 3, "stride": 2, "ceil": "yes"}), "pool.ceil"),
    "three towers": (lambda m: spec_with(m, towers=3), "towers"),
    "no summary": (lambda m: m.pop("summary"), "its summary cannot be read"),
    "another network": (lambda m: m.update(spec=json.dumps(variant("cifar-towers").to_dict())), "conv1"),
}


@pytest.mark.parametrize(("change", "expected"), METADATA.values(), ids=METADATA)
def test_that_metadata_that_contradicts_is_refused(path, change, expected):
    assert expected in rewritten(path, lambda _, metadata: change(metadata))


def test_that_a_giant_network_is_refused_before_it_takes_memory(path):
    def grow(_, metadata):
        spec = json.loads(metadata["spec"])
        spec["dense"] = [{**spec["dense"][0], "name": f"fc{number}", "units": 100_000} for number in range(20)]
        metadata["spec"] = json.dumps(spec)
        metadata["classes"] = json.dumps([str(number) for number in range(100_000)])

    before = resident()
    assert "is too large" in rewritten(path, grow)
    assert resident() - before < 200 << 20


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("convolutions", lambda each: [{**each, "name": f"c{number}"} for number in range(101)], "number of layers"),
        ("dense", lambda each: [{**each, "name": f"d{number}"} for number in range(100_000)], "number of layers"),
        ("convolutions", lambda each: [{**each, "then": ["relu"] * 11}], "cannot have 11 as its conv1.then"),
        ("convolutions", lambda each: [{**each, "name": "x" * 1_000_000}], "as its layer"),
    ],
)
def test_that_a_network_without_end_is_refused_at_once(path, monkeypatch, part, change, expected):
    monkeypatch.setattr(NetworkSpec, "figures", lambda _: pytest.fail("it is computed"))

    def grow(_, metadata):
        spec = json.loads(metadata["spec"])
        metadata["spec"] = json.dumps(spec | {part: change(spec[part][0])})

    sentence = rewritten(path, grow)
    assert expected in sentence
    assert len(sentence) < 1_000


def test_that_maps_that_fit_no_memory_are_refused(path):
    def grow(_, metadata):
        spec = json.loads(metadata["spec"])
        spec |= {
            "picture_size": 4096,
            "input_size": 4096,
            "towers": 1,
            "pool": {"size": 4096, "stride": 1, "ceil": False},
        }
        first = spec["convolutions"][0] | {"kernels": 500, "size": 1, "stride": 1, "padding": 0, "then": ["pool"]}
        metadata["spec"] = json.dumps(spec | {"convolutions": [first], "dense": spec["dense"][-1:]})

    assert "maps hold" in rewritten(path, grow)


@pytest.mark.parametrize("where", ["missing/model.alexnet", "file/model.alexnet"])
def test_that_a_folder_that_is_not_there_is_a_sentence(tmp_path, model, where):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError) as caught:
        write_bundle(tmp_path / where, model)
    assert str(tmp_path / where) in str(caught.value)
    assert [each.name for each in tmp_path.rglob("*")] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_that_a_read_only_folder_keeps_its_old_model(path, model):
    before = path.read_bytes()
    path.parent.chmod(0o555)
    try:
        with anybody(path.parent), pytest.raises(UserError, match="could not be written"):
            write_bundle(path, model)
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == before


def fails(error, half=b"half a file"):
    def save(tensors, target, metadata):
        Path(target).write_bytes(half)
        raise error

    return save


def test_that_a_full_disk_leaves_the_old_model_and_nothing_else(path, model, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(bundles, "save_file", fails(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(UserError, match="the disk is full") as caught:
        write_bundle(path, model)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")])
def test_that_a_broken_write_leaves_the_old_model_and_nothing_else(path, model, monkeypatch, error):
    before = path.read_bytes()
    monkeypatch.setattr(bundles, "save_file", fails(error))
    with pytest.raises((UserError, KeyboardInterrupt)) as caught:
        write_bundle(path, model)
    assert isinstance(caught.value, UserError) == isinstance(error, OSError)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.fixture
def small_files_only():
    """Lets the system refuse every file above 64 kB, as it refuses what a full disk has no room for."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files_only")
def test_that_a_write_that_the_system_refuses_halfway_leaves_nothing(tmp_path, model):
    with pytest.raises(UserError, match=r"could not be written: .*larger than a file may be"):
        write_bundle(tmp_path / "model.alexnet", model)
    assert list(tmp_path.iterdir()) == []


def test_that_a_model_can_be_written_in_half_the_room(tmp_path, model):
    for name, half in (("whole", False), ("half", True)):
        write_bundle(tmp_path / name, model, half=half)
    read = read_bundle(tmp_path / "half")
    assert (tmp_path / "half").stat().st_size < 0.51 * (tmp_path / "whole").stat().st_size
    for name, weights in model.weights.items():
        assert read.weights[name].dtype == torch.float32
        assert torch.equal(read.weights[name], weights.half().float())
    assert torch.equal(read.mean, model.mean)


def test_that_what_fp16_loses_is_told(tmp_path):
    written = made()
    kept = {name: tensor.half().float() for name, tensor in written.weights.items()}
    assert half_notes(kept) == ()
    kept["conv1.weight"].view(-1)[:7] = torch.tensor([1e-8, -1e-9, 2e-8, 0.0, 1.0, 1e-30, 1e-6])
    model = replace(written, weights=kept)
    (said,) = half_notes(model.weights)
    total = sum(tensor.numel() for tensor in kept.values())
    assert said == f"4 of {total:,} weights are too small for fp16 and became zero"
    assert export_model(model, "alexnet", tmp_path / "half.alexnet", half=True) == (said,)
    assert export_model(model, "alexnet", tmp_path / "whole.alexnet") == ()
    kept["conv2.weight"].mul_(2e-6 / kept["conv2.weight"].abs().max())
    assert any("conv2.weight are 2.0e-06 at most" in note for note in half_notes(kept))


def test_that_a_layer_that_would_vanish_in_fp16_is_refused(tmp_path):
    written = made()
    written.weights["conv2.weight"].mul_(1e-8 / written.weights["conv2.weight"].abs().max())
    with pytest.raises(UserError, match=r"the largest of the weights conv2\.weight is 1\.0e-08"):
        write_bundle(tmp_path / "half", written, half=True)
    assert not (tmp_path / "half").exists()
    written.weights["conv2.weight"].zero_()  # nothing vanishes where nothing was
    written.weights["conv1.bias"].fill_(1e-9)  # far below what the weights beside it add
    write_bundle(tmp_path / "half", written, half=True)


@pytest.mark.parametrize("name", ["conv1.weight", "fc8.bias", MEAN])
@pytest.mark.parametrize("kind", [torch.int8, torch.int64, torch.float8_e4m3fn])
def test_that_numbers_that_need_a_scale_are_no_model(path, name, kind):
    tensors, metadata = parts(path)
    save_file(tensors | {name: tensors[name].to(kind)}, path, metadata)
    with pytest.raises(UserError, match="not a plain floating-point type"):
        read_bundle(path)


def test_that_weights_beyond_fp16_are_refused(tmp_path):
    written = made()
    written.weights["conv1.bias"][0] = 1e5
    with pytest.raises(UserError, match=r"conv1\.bias have values beyond 65,504"):
        write_bundle(tmp_path / "half", written, half=True)
    assert not (tmp_path / "half").exists()
