"""A network that only answers: packed weights, in fp32 the same answers everywhere, in bf16 where that is asked for."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from alexnet_app.core.data.decode import fit
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.device import rounding
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
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.listing import bundled_models

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

CPU = torch.device("cpu")
# what lets the libraries compute as on a processor of 2013; elsewhere than on x86 they take no notice
OLD_PROCESSOR = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
ANSWERS = """
import json, sys
from pathlib import Path
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.data.decode import fit
import numpy as np
bundle = read_bundle(Path(sys.argv[1]))
side = bundle.spec.picture_size
pictures = np.stack([fit(each, side) for each in generate(0, "test", 0, 40).pictures])
print(json.dumps(Classifier(bundle, precision="auto").probabilities(pictures).tolist()))
"""


@pytest.fixture(scope="module")
def bundle():
    network = AlexNet(variant("shapes-towers"))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    weights["fc8.weight"] *= 3  # answers differ from picture to picture
    mean = torch.tensor([100.0, 110.0, 90.0]).reshape(3, 1, 1)
    return Bundle(network.spec, tuple(f"class {each}" for each in range(network.spec.classes)), mean, weights)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("name", ["amx_bf16", "avx512_bf16"])
def test_that_auto_is_fp32_whatever_the_processor_multiplies_in(monkeypatch, name, device):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {name: True}, raising=False)
    assert answering_precision("auto", torch.device(device)) == "fp32"


def test_that_a_precision_by_name_is_that_one_or_refused():
    assert answering_precision("bf16", CPU) == "bf16"
    assert answering_precision("fp32", CPU) == "fp32"
    with pytest.raises(UserError, match="tf32"):
        answering_precision("tf32", CPU)


def test_that_tf32_is_for_gpus_alone_and_set_back():
    def switches():
        return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32

    before = switches()
    with rounding("tf32"):
        assert switches() == (True, True)
        assert torch.backends.mkldnn.matmul.fp32_precision != "tf32"  # of the CPU
        with rounding("fp32"):
            assert switches() == (False, False)
        assert switches() == (True, True)
    assert switches() == before


@pytest.mark.parametrize("path", bundled_models(), ids=lambda path: path.stem)
@pytest.mark.parametrize("ten_view", [False, True])
def test_that_a_picture_has_the_same_label_alone_and_among_others(path, ten_view):
    bundle = read_bundle(path)
    side, count = bundle.spec.picture_size, 9 if ten_view else 33  # one more than a batch
    pictures = np.stack([fit(each, side) for each in generate(0, "test", 0, count).pictures])
    asked = Classifier(bundle, ten_view=ten_view)
    alone = torch.cat([asked.probabilities(pictures[at : at + 1]) for at in range(count)])
    for others in (pictures, pictures[::-1].copy()):
        among = asked.probabilities(others)
        among = among if others is pictures else among.flip(0)
        assert torch.equal(among.argmax(dim=1), alone.argmax(dim=1))
        assert (among - alone).abs().max() < 1e-4


@SLOW
def test_that_another_processor_gives_the_same_labels():
    (path, *_) = bundled_models()

    def answered(**environment):
        done = subprocess.run(
            [sys.executable, "-c", ANSWERS, str(path)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return torch.tensor(json.loads(done.stdout))

    here, there = answered(), answered(**OLD_PROCESSOR)
    assert torch.equal(here.argmax(dim=1), there.argmax(dim=1))
    assert (here - there).abs().max() < 1e-4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that answers")
def test_that_a_gpu_gives_the_answers_of_the_processor(bundle):
    pictures = generate(0, "test", 0, 33).pictures
    here, there = (Classifier(bundle, device=each).probabilities(pictures) for each in ("cpu", "cuda:0"))
    assert torch.equal(here.argmax(dim=1), there.argmax(dim=1))
    assert (here - there).abs().max() < 1e-4


@torch.inference_mode()
def test_that_bf16_answers_have_scores_of_fp32(bundle):
    network, seen = answering(bundle, CPU, "bf16"), []
    network.get_submodule("fc8").register_forward_hook(lambda _module, inputs, _scores: seen.append(*inputs))
    x = torch.rand(3, 3, 56, 56, generator=torch.Generator().manual_seed(1)).bfloat16()
    scores = network(x)
    assert (scores.dtype, seen[0].dtype) == (torch.float32, torch.float32)
    expected = F.linear(seen[0], bundle.weights["fc8.weight"], bundle.weights["fc8.bias"])
    torch.testing.assert_close(scores, expected, rtol=1e-5, atol=1e-5)
    assert not torch.equal(scores, scores.bfloat16().float())


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
