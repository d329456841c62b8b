"""torchvision's weights: read without running anything, checked against torchvision's own network; and the way back."""

import collections
import contextlib
import io
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.models import AlexNet_Weights, alexnet

from alexnet_app import resources
from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.errors import UserError
from alexnet_app.core.insight.filters import sheets
from alexnet_app.core.network.ablations import with_activation
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.exchange import torch_file
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.exchange.recognizing import recognize_weights
from alexnet_app.core.network.variants import KNOWN, variant

DATA = os.environ.get("ALEXNET_TEST_DATA")


@pytest.fixture(scope="module")
def theirs():
    torch.manual_seed(1)
    return alexnet(weights=None).eval()


@pytest.fixture(scope="module")
def path(theirs, tmp_path_factory):
    file = tmp_path_factory.mktemp("torch") / "alexnet.pth"
    torch.save(theirs.state_dict(), file)
    return file


@pytest.fixture(scope="module")
def imported(path):
    return import_model(path)


def small_state(**changes):
    """The state dict of torchvision's network in meaning only: right names and shapes, without the memory for them."""
    state = {name: torch.zeros(()).expand(tensor.shape) for name, tensor in alexnet_on_nothing().items()}
    return {name: tensor for name, tensor in {**state, **changes}.items() if tensor is not None}


def alexnet_on_nothing():
    with torch.device("meta"):
        return alexnet(weights=None).state_dict()


def refusal(path, kind=None):
    with pytest.raises(UserError) as caught:
        import_model(path, kind)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_that_torchvisions_network_gives_the_same_scores_here(theirs, imported):
    pictures = torch.randint(0, 256, (2, 256, 256, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    bundle, transforms = imported.bundle, AlexNet_Weights.IMAGENET1K_V1.transforms(antialias=True)
    with torch.inference_mode():
        wanted = theirs(torch.stack([transforms(each.permute(2, 0, 1)) for each in pictures]))
        got = bundle.network()(centre(pictures, bundle.spec.input_size, bundle.mean, bundle.spec.input_scale))
    assert (got - wanted).abs().max() < 1e-5 * wanted.abs().max()
    assert wanted.abs().max() > 1e-3
    assert bundle.classes == tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])
    assert bundle.spec == variant("torchvision")
    assert imported.notes == ()


def test_that_a_file_of_before_2020_is_read_alike(theirs, imported, tmp_path):
    torch.save(theirs.state_dict(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    bundle = import_model(tmp_path / "old.pth").bundle
    assert all(torch.equal(bundle.weights[name], tensor) for name, tensor in imported.bundle.weights.items())


def test_that_what_was_imported_is_kept_and_read_again(imported, tmp_path):
    write_bundle(tmp_path / "m.alexnet", imported.bundle)
    again = read_bundle(tmp_path / "m.alexnet")
    assert again.spec == imported.bundle.spec
    assert torch.equal(again.weights["fc8.weight"], imported.bundle.weights["fc8.weight"])


def test_that_an_exported_torchvision_network_is_loaded_by_torchvision(theirs, imported, tmp_path):
    export_model(imported.bundle, "torch", tmp_path / "out.pth")
    network = alexnet(weights=None)
    network.load_state_dict(torch.load(tmp_path / "out.pth", weights_only=True))
    for name, tensor in theirs.state_dict().items():
        assert torch.equal(network.state_dict()[name], tensor)


@pytest.mark.parametrize("name", ["cifar-towers", "cifar-2012"])
def test_that_other_networks_are_exported_under_their_own_names(name, tmp_path):
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(1))
    bundle = Bundle(network.spec, tuple("0123456789"), torch.zeros(3, 1, 1), plain_weights(network))
    export_model(bundle, "torch", tmp_path / "out.pth")
    state = torch.load(tmp_path / "out.pth", weights_only=True)
    assert state.keys() == bundle.weights.keys()
    assert all(torch.equal(state[name], tensor) for name, tensor in bundle.weights.items())


def test_that_torchvisions_names_are_for_what_computes_the_same(imported, tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(torch, "save", lambda state, _: saved.append(sorted(state)))
    changed = Bundle(
        with_activation(imported.bundle.spec, "tanh"),
        *[getattr(imported.bundle, name) for name in ("classes", "mean", "weights")],
    )
    for bundle in (imported.bundle, changed):
        export_model(bundle, "torch", tmp_path / "out.pth")
    assert saved[0][0] == "classifier.1.bias"
    assert saved[1][0] == "conv1.bias"


def test_that_a_checkpoint_of_several_devices_is_read(imported, theirs, tmp_path):
    state = {f"{name.replace('features.', 'features.module.')}": value for name, value in theirs.state_dict().items()}
    torch.save({"epoch": 90, "arch": "alexnet", "state_dict": state}, tmp_path / "checkpoint.pth")
    bundle = import_model(tmp_path / "checkpoint.pth").bundle
    assert torch.equal(bundle.weights["conv5.weight"], imported.bundle.weights["conv5.weight"])


def test_that_safetensors_with_other_classes_are_read(theirs, tmp_path):
    state = theirs.state_dict() | {"classifier.6.weight": torch.ones(3, 4096), "classifier.6.bias": torch.zeros(3)}
    save_file({name: tensor.half() for name, tensor in state.items()}, tmp_path / "three.safetensors")
    (tmp_path / "names.txt").write_text("ant\nbee\n\ufeffcrane, bird\n", encoding="utf-8")
    bundle = import_model(tmp_path / "three.safetensors", names=tmp_path / "names.txt").bundle
    assert bundle.classes[:2] == ("ant", "bee")
    assert bundle.weights["fc8.weight"].shape == (3, 4096)
    assert bundle.weights["fc8.weight"].dtype == torch.float32
    numbered = import_model(tmp_path / "three.safetensors")
    assert numbered.bundle.classes == ("0", "1", "2")
    assert "numbered" in numbered.notes[0]


@pytest.mark.skipif(not DATA, reason="needs ALEXNET_TEST_DATA")
def test_that_the_real_kernels_are_those_of_the_known_picture(theirs, tmp_path):
    """The picture beside the weights scales each kernel between its least and largest weight, ours about zero: so each
    kernel is compared by correlation, which no scale changes.
    """
    folder = Path(DATA) / "alexnet_owt_features"
    with np.load(folder / "alexnet_owt_features.npz") as file:
        real = {name: torch.from_numpy(file[name]) for name in file if name.startswith("features")}
    torch.save(theirs.state_dict() | real, tmp_path / "real.pth")
    bundle = import_model(tmp_path / "real.pth").bundle
    for ours, name in torch_file.TORCHVISION.items():
        if ours.startswith("conv"):
            assert torch.equal(bundle.weights[f"{ours}.weight"], real[f"{name}.weight"])
            assert torch.equal(bundle.weights[f"{ours}.bias"], real[f"{name}.bias"])
    (sheet,) = sheets(bundle)
    picture = np.asarray(Image.open(folder / "owt_conv1.png").convert("RGB"))
    known = picture.reshape(4, 59, 16, 59, 3).swapaxes(1, 2).reshape(64, 59, 59, 3)[:, 4:57:5, 4:57:5]
    for ours, drawn in zip(sheet.kernels, known, strict=True):
        assert np.corrcoef(ours.ravel(), drawn.ravel())[0, 1] > 0.995
    swapped = [
        np.corrcoef(ours[..., ::-1].ravel(), drawn.ravel())[0, 1]
        for ours, drawn in zip(sheet.kernels, known, strict=True)
    ]
    assert min(swapped) < 0.5  # blue for red would be seen


def test_that_a_missing_layer_and_a_wrong_shape_are_named(tmp_path):
    torch.save(small_state(**{"features.8.weight": None}), tmp_path / "a.pth")
    assert "the nearest is torchvision: features.8.weight of shape (256, 384, 3, 3) is missing" in refusal(
        tmp_path / "a.pth"
    )
    torch.save(small_state(**{"features.0.weight": torch.zeros(96, 3, 11, 11)}), tmp_path / "b.pth")
    said = refusal(tmp_path / "b.pth")
    assert "the nearest is torchvision: features.0.weight has shape (96, 3, 11, 11), not (64, 3, 11, 11)" in said
    torch.save(small_state(**{"features.1.weight": torch.zeros(3)}), tmp_path / "c.pth")
    assert "features.1.weight of shape (3,) belongs to none of its layers" in refusal(tmp_path / "c.pth")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_that_numbers_that_are_not_finite_are_refused(theirs, tmp_path, value):
    torch.save(theirs.state_dict() | {"features.3.bias": torch.full((192,), value)}, tmp_path / "a.pth")
    assert "conv2.bias are not finite" in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize(
    "value", [3, "text", torch.zeros(192, dtype=torch.int64), torch.zeros(192).to_sparse(), torch.zeros(192).to("meta")]
)
def test_that_what_is_no_plain_tensor_is_refused(tmp_path, value):
    torch.save(small_state() | {"features.3.bias": value}, tmp_path / "a.pth")
    refusal(tmp_path / "a.pth")


def test_that_one_number_in_the_place_of_many_is_no_weight(tmp_path):
    last = {"classifier.6.weight": (100_000, 4096), "classifier.6.bias": (100_000,)}
    many = {name: torch.zeros(()).expand(shape) for name, shape in last.items()}
    torch.save(small_state(**many), tmp_path / "a.pth")
    assert "classifier.6.weight' in it repeats fewer numbers than its shape" in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("mean", "why"),
    [(torch.zeros(1).expand(3, 9_000, 9_000), "the mean has shape"), (torch.zeros(3, 40, 40), "the mean has shape")],
)
def test_that_a_mean_of_no_image_is_refused_before_it_takes_memory(imported, tmp_path, monkeypatch, mean, why):
    file = tmp_path / "a.pth"
    torch_file.write_torch(file, imported.bundle)
    state = torch.load(file)
    state._metadata["alexnet-app"]["mean"] = mean
    torch.save(state, file)
    monkeypatch.setattr(torch.Tensor, "contiguous", lambda _: pytest.fail("it takes memory"))
    assert why in refusal(file)


class Harmful:
    def __init__(self, path, way):
        self.path, self.way = path, way

    def __reduce__(self):
        return {"touch": (Path.touch, (self.path,)), "memory": (bytearray, (1 << 38,))}[self.way]


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("protocol", [2, 4])
def test_that_a_pickle_that_runs_code_runs_none(tmp_path, new, protocol):
    harm, file = tmp_path / "harm", tmp_path / "model.pth"
    torch.save(
        {"features.0.weight": Harmful(harm, "touch")},
        file,
        _use_new_zipfile_serialization=new,
        pickle_protocol=protocol,
    )
    said = refusal(file)
    assert "nothing was run" in said
    assert not harm.exists()
    torch.load(file, weights_only=False)  # which would have done this
    assert harm.exists()


def test_that_a_pickle_that_asks_for_memory_gets_none(tmp_path):
    torch.save({"features.0.weight": Harmful(None, "memory")}, tmp_path / "model.pth")
    assert "bytearray" in refusal(tmp_path / "model.pth")  # which torch's own safe reading would make
    plain = pickle.dumps(Harmful(tmp_path / "harm", "touch"))
    (tmp_path / "plain.pt").write_bytes(plain)
    assert "nothing was run" in refusal(tmp_path / "plain.pt")


def test_that_an_archive_that_would_grow_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(50_000_000))
    assert "not one written by torch" in refusal(tmp_path / "bomb.pth")


def test_that_a_second_pickle_in_an_archive_is_seen(tmp_path):
    whole = io.BytesIO()
    torch.save(small_state(), whole)
    harm = pickle.dumps(Harmful(tmp_path / "harm", "touch"), protocol=2)
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("ARCHIVE/Data.pkl", harm)
    (tmp_path / "two.pth").write_bytes(whole.getvalue())
    assert "nothing was run" in refusal(tmp_path / "two.pth")


def test_that_a_torn_file_is_refused_wherever_it_ends(path, tmp_path):
    torch.save({"a": torch.zeros(1000)}, tmp_path / "small.pth")
    torch.save({"a": torch.zeros(1000)}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    for name in ("small.pth", "old.pth"):
        whole = (tmp_path / name).read_bytes()
        for end in (0, 1, 7, 60, 200, 400, len(whole) // 2, len(whole) - 1):
            (tmp_path / "torn.pth").write_bytes(whole[:end])
            refusal(tmp_path / "torn.pth")
    with path.open("rb") as file:
        (tmp_path / "torn.pth").write_bytes(file.read(1 << 20))
    refusal(tmp_path / "torn.pth")


def test_that_an_archive_that_says_it_has_several_disks_is_a_sentence(tmp_path):
    torch.save(small_state(), tmp_path / "small.pth")
    whole = bytearray((tmp_path / "small.pth").read_bytes())
    place = whole.rindex(b"PK\x06\x07") + 16  # how many disks the archive has
    whole[place : place + 4] = (7).to_bytes(4, "little")
    (tmp_path / "disks.pth").write_bytes(whole)
    assert "damaged" in refusal(tmp_path / "disks.pth")


def test_that_torch_says_nothing_of_an_odd_protocol(tmp_path):
    torch.save(small_state(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    data = (tmp_path / "old.pth").read_bytes()
    (tmp_path / "odd.pth").write_bytes(data.replace(b"\x80\x02", b"\x80\x0a"))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with contextlib.suppress(UserError):
            import_model(tmp_path / "odd.pth")
    assert not warned


@pytest.mark.parametrize(
    "content", [b"", b"text\n" * 1000, b"\x89PNG\r\n\x1a\n" + bytes(1000), b"\x80\x02", b"\x80\x02\x8a\xff" + bytes(99)]
)
def test_that_what_is_no_such_file_is_a_sentence(tmp_path, content):
    (tmp_path / "model.pth").write_bytes(content)
    refusal(tmp_path / "model.pth")


def test_that_our_own_names_with_layers_missing_are_told(tmp_path):
    torch.save({"conv1.weight": torch.zeros(64, 3, 7, 7), "conv1.bias": torch.zeros(64)}, tmp_path / "ours.pth")
    said = refusal(tmp_path / "ours.pth")
    assert "the nearest is cifar-towers: conv2.weight of shape (128, 32, 5, 5) is missing" in said


def test_that_complex_weights_are_refused(tmp_path):
    state = {name: tensor.contiguous() for name, tensor in small_state().items() if tensor.numel() < 1 << 22}
    save_file(state | {"features.3.bias": torch.zeros(192, dtype=torch.complex64)}, tmp_path / "a.safetensors")
    said = refusal(tmp_path / "a.safetensors")
    assert "'features.3.bias' in it is not a plain floating-point tensor, but of type complex64" in said


@pytest.mark.parametrize("kind", [torch.int8, torch.int64, torch.bool, torch.float8_e4m3fn, torch.float8_e5m2])
def test_that_weights_that_need_a_scale_are_refused_whatever_the_file(tmp_path, kind):
    """As fp32 they would be a network of other weights."""
    state = {f"conv1.{name}": torch.ones(2, 2).to(kind) for name in ("weight", "bias")}
    save_file(state, tmp_path / "a.safetensors")
    said = refusal(tmp_path / "a.safetensors")
    assert "not a plain floating-point tensor, but of type " + str(kind).removeprefix("torch.") in said
    torch.save(state, tmp_path / "a.pth")
    assert refusal(tmp_path / "a.pth")


def test_that_a_file_without_weights_is_refused(tmp_path):
    save_file({}, tmp_path / "none.safetensors")
    torch.save({}, tmp_path / "none.pth")
    for name in ("none.safetensors", "none.pth"):
        assert "it contains no named weights" in refusal(tmp_path / name)
    with pytest.raises(UserError, match="it contains no named weights"):
        recognize_weights({}, KNOWN.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_that_a_pipe_is_not_waited_for(tmp_path):
    for name in ("a.pth", "a.onnx", "a.caffemodel"):
        os.mkfifo(tmp_path / name)
        assert "it is not a file" in refusal(tmp_path / name)


def test_that_folders_missing_files_and_strange_names_are_sentences(tmp_path):
    assert "it is a folder" in refusal(tmp_path, "torch")
    assert "No such file" in refusal(tmp_path / "missing.pth")
    assert "choose its format: torch, caffe, onnx" in refusal(tmp_path / "model.bin")


def test_that_a_network_without_a_dictionary_is_refused(tmp_path):
    torch.save([torch.zeros(3)], tmp_path / "list.pth")
    assert "no named weights" in refusal(tmp_path / "list.pth")
    torch.save(collections.OrderedDict(), tmp_path / "empty.pth")
    assert "no named weights" in refusal(tmp_path / "empty.pth")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_that_a_disk_that_takes_no_more_is_told(tmp_path):
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from alexnet_app.core.network.bundle import read_bundle\n"
        "from alexnet_app.core.network.exchange.torch_file import write_torch\n"
        "bundle = read_bundle(Path(sys.argv[1])); resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "write_torch(Path(sys.argv[2]), bundle)\n"
    )
    model = resources.path("models/cifar-towers.alexnet")
    words = [sys.executable, "-c", code, str(model), str(tmp_path / "m.pth")]
    found = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert "UserError" in found.stderr.splitlines()[-1]
    assert "larger than a file may be here" in found.stderr
    assert list(tmp_path.iterdir()) == []
