"""A network that only answers: packed weights, and bf16 where the processor multiplies in it."""

import pytest
import torch
from torch import nn

from alexnet_app.core.data.shapes import generate
from alexnet_app.core.errors import UserError
from alexnet_app.core.inference.answering import (
    PACKED,
    PackedConvolution,
    PackedLinear,
    answering,
    answering_precision,
    packed,
)
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.variants import variant

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def bundle():
    network = AlexNet(variant("shapes-towers"))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    weights["fc8.weight"] *= 3  # answers differ from picture to picture
    mean = torch.tensor([100.0, 110.0, 90.0]).reshape(3, 1, 1)
    return Bundle(network.spec, tuple(f"class {each}" for each in range(network.spec.classes)), mean, weights)


@pytest.fixture
def capable(monkeypatch):
    """Lets the processor have what is given, and nothing else."""

    def has(**found):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)

    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    return has


@pytest.mark.parametrize("name", ["amx_bf16", "avx512_bf16"])
def test_that_auto_is_bf16_where_the_processor_multiplies_in_it(capable, name):
    capable(avx2=True, **{name: True})
    assert answering_precision("auto", CPU) == "bf16"
    capable(avx2=True, **{name: False})
    assert answering_precision("auto", CPU) == "fp32"


def test_that_auto_is_fp32_where_nothing_is_known_and_on_a_gpu(capable, monkeypatch):
    capable(amx_bf16=True)
    assert answering_precision("auto", torch.device("cuda")) == "fp32"
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert answering_precision("auto", CPU) == "fp32"
    monkeypatch.undo()
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert answering_precision("auto", CPU) == "fp32"


def test_that_a_precision_by_name_is_that_one_or_refused(capable):
    capable()
    assert answering_precision("bf16", CPU) == "bf16"
    assert answering_precision("fp32", CPU) == "fp32"
    with pytest.raises(UserError, match="tf32"):
        answering_precision("tf32", CPU)


@pytest.mark.parametrize("count", [1, 2, 7, 33, 100])
@torch.inference_mode()
def test_that_a_packed_layer_is_the_plain_one(count):
    torch.manual_seed(1)
    plain = nn.Linear(300, 70)
    x = torch.randn(count, 300)
    torch.testing.assert_close(packed(plain)(x), plain(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 7, 33])
@pytest.mark.parametrize(
    ("window", "side"),
    [
        ({"kernel_size": 11, "stride": 4}, 67),
        ({"kernel_size": 5, "padding": 2, "groups": 2}, 27),
        ({"kernel_size": 3, "padding": 1}, 13),
        ({"kernel_size": 3, "padding": 1, "groups": 2}, 13),
    ],
)
@torch.inference_mode()
def test_that_a_packed_convolution_is_the_plain_one(window, side, count):
    torch.manual_seed(1)
    plain = nn.Conv2d(32, 48, **window)
    x = torch.randn(count, 32, side, side).contiguous(memory_format=torch.channels_last)
    found = packed(plain, side)(x)
    torch.testing.assert_close(found, plain(x), rtol=1e-5, atol=1e-5)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(packed(plain, side)(x.contiguous()), plain(x), rtol=1e-5, atol=1e-5)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch has no oneDNN here")
def test_that_all_layers_are_packed_where_torch_can(bundle):
    layers = dict(answering(bundle, CPU, "fp32").named_children())
    assert [type(layers[f"conv{each}"]) for each in range(1, 6)] == [PackedConvolution] * 5
    assert [type(layers[f"fc{each}"]) for each in range(6, 9)] == [PackedLinear] * 3


def test_that_layers_of_other_kinds_stay_as_they_are():
    network = AlexNet(variant("cifar-2012"))
    others = [each for each in network.children() if type(each) not in PACKED]
    assert others
    assert all(packed(each, 8) is each for each in others)


def broken(kind):
    """One that packs, but computes something else."""

    class Broken(kind):
        def forward(self, x):
            return super().forward(x).flip(1)

    return Broken


def missing(_kind):
    """What torch without such an operator does."""

    class Missing(nn.Module):
        def __init__(self, *_):
            raise AttributeError("'_OpNamespace' 'mkldnn' object has no attribute '_reorder_linear_weight'")

    return Missing


@pytest.mark.parametrize("made", [broken, missing])
@pytest.mark.parametrize(("plain", "side"), [(nn.Linear(30, 20), 1), (nn.Conv2d(8, 16, 3), 9)])
def test_that_a_layer_stays_plain_where_packing_is_missing_or_wrong(monkeypatch, made, plain, side):
    kind = type(plain)
    monkeypatch.setitem(PACKED, kind, made(PACKED[kind]))
    assert packed(plain, side) is plain


def test_that_weights_that_are_no_numbers_stay_plain():
    plain = nn.Linear(30, 20)
    with torch.no_grad():
        plain.weight[0, 0] = float("nan")
    assert packed(plain) is plain


def test_that_bf16_answers_are_those_of_fp32_in_two_digits(bundle):
    pictures = generate(0, "test", 0, 70).pictures
    full, half = (Classifier(bundle, precision=each).probabilities(pictures) for each in ("fp32", "bf16"))
    assert half.dtype == torch.float32
    assert not torch.equal(full, half)
    assert (full - half).abs().max() < 0.02
    assert (full.argmax(dim=1) == half.argmax(dim=1)).float().mean() > 0.95


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("bf16", 0.02)])
@pytest.mark.parametrize("ten_view", [False, True])
def test_that_a_picture_gets_the_same_answer_alone_and_in_batches_of_any_size(bundle, precision, tolerance, ten_view):
    count = 9 if ten_view else 33  # one more than a batch
    pictures = generate(0, "test", 0, count).pictures
    asked = Classifier(bundle, ten_view=ten_view, precision=precision)
    alone = torch.cat([asked.probabilities(pictures[at : at + 1]) for at in range(count)])
    for size in (3, count):
        together = torch.cat([asked.probabilities(pictures[at : at + size]) for at in range(0, count, size)])
        torch.testing.assert_close(together, alone, rtol=tolerance, atol=tolerance / 100)
