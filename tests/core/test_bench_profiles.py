"""Where the time of a benchmark goes, measured on small networks and put into words."""

import re
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from alexnet_app.core.data.feed.batches import Batches
from alexnet_app.core.data.feed.variation import Variation
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.inference import classifier
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import Augmentation
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.trainer import Trainer
from tests.bench import data, fed, lrn
from tests.bench.bounds import bound, bounds
from tests.bench.classify import profiled, profiled_many, timed_stages
from tests.bench.profiles import (
    MOST_LINES,
    REST,
    STEP_PARTS,
    Stages,
    alone,
    kernel_part,
    operators,
    part_of,
    shares,
    stages_of,
)


def small():
    network = AlexNet(variant("shapes-towers"))
    network.initialize(torch.Generator().manual_seed(1))
    return network


def test_that_shares_are_of_the_whole_and_the_largest_is_first():
    said = shares({"small": 1.0, "large": 6.0, REST: 1.0}, 10.0, {"large": "bound 50 %", "nothing": "bound 1 %"})
    assert said == ("large 60 % (bound 50 %)", "small 10 %", "the rest 30 %")


def test_that_the_smallest_shares_are_in_the_rest():
    many = {f"part {each}": 1.0 + each for each in range(20)}
    said = shares(many, sum(many.values()))
    assert len(said) == MOST_LINES
    assert said[0] == "part 19 10 %"
    assert said[-1] == "the rest 43 %"
    assert shares({"large": 99.9, "tiny": 0.1}, 100.0) == ("large 100 %", "the rest 0 %")


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("LRN", ["aten::copy_", "aten::clone", "_LocalResponseNormBackward"]),
        ("layout changes", ["aten::copy_", "aten::clone", "aten::flatten"]),
        ("convolutions backward", ["aten::convolution_backward", "ConvolutionBackward0"]),
        ("convolutions forward", ["aten::mkldnn_convolution", "aten::_convolution", "aten::conv2d"]),
        ("dense layers forward", ["aten::addmm", "aten::linear"]),
        ("dense layers backward", ["aten::mm", "AddmmBackward0"]),
        ("dense layers backward", ["aten::mm", "_TurnedBackward"]),
        ("dense layers forward", ["aten::addmm", "_Turned"]),
        ("update", ["aten::_fused_sgd_", "Optimizer.step#SGD.step"]),
        (REST, ["aten::something"]),
    ],
)
def test_that_an_operator_belongs_to_what_called_it(part, names):
    assert part_of(names) == part


def test_that_an_operator_has_its_own_name_and_says_whether_it_is_of_a_gradient():
    assert alone(["aten::mm", "_TurnedBackward"]) == "mm backward"
    assert alone(["aten::mm", "aten::linear"]) == "mm"
    assert alone(["_LocalResponseNorm"]) == "_LocalResponseNorm"


def test_that_every_part_of_a_real_step_is_seen_and_little_is_left():
    network = small().train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)
    x, labels = torch.randn(16, 3, 56, 56), torch.arange(16) % network.spec.classes

    def step():
        optimizer.zero_grad()
        F.cross_entropy(network(x, torch.Generator().manual_seed(1)), labels).backward()
        optimizer.step()

    step()
    seconds, whole = operators(step)
    assert {name for name, _ in STEP_PARTS} <= set(seconds)
    assert min(seconds[name] for name, _ in STEP_PARTS) > 0
    assert sum(seconds.values()) <= whole
    assert seconds[REST] < 0.2 * whole


def test_that_the_parts_of_the_bound_are_parts_of_a_step_and_sum_to_it():
    spec = variant("alexnet-2012")
    parts = bounds(spec, 32, 7e10, 1e10)
    assert set(parts) <= {name for name, _ in STEP_PARTS}
    assert bound(spec, 32, 7e10, 1e10) == pytest.approx(32 / sum(parts.values()))
    assert parts["convolutions forward"] == pytest.approx(32 * 665_784_864 / 7e10)  # the paper's table
    assert parts["dense layers backward"] == pytest.approx(2 * 32 * 58_621_952 / 7e10)


def test_that_a_stage_is_timed_whatever_comes_of_it():
    stages = Stages()

    def work(name, *, fails=False):
        time.sleep(0.001)
        if fails:
            raise ValueError(name)
        return name

    assert stages.timed("one", work)("a") == "a"
    named = stages.timed(lambda name, **_: name, work)
    assert named("b") == "b"
    with pytest.raises(ValueError, match="c"):
        named("c", fails=True)
    assert stages.seconds.keys() == {"one", "b", "c"}
    assert min(stages.seconds.values()) >= 0.001


def test_that_the_stages_of_a_photo_are_those_that_the_program_runs(tmp_path):
    network = small()
    names = tuple(map(str, range(network.spec.classes)))
    asked = Classifier(Bundle(network.spec, names, torch.zeros(3, 1, 1), plain_weights(network)))
    paths = [str(tmp_path / f"{each}.png") for each in range(6)]
    for path, picture in zip(paths, generate(0, "test", 0, 6).pictures, strict=True):
        Image.fromarray(picture).save(path)
    before = classifier.read_fitted, asked._network.conv1.forward
    seconds, whole = timed_stages(asked, paths)
    assert (classifier.read_fitted, asked._network.conv1.forward) == before
    expected = {"reading and decoding", "crop and mean", "convolutions", "LRN", "pools", "ReLU", "dense layers"}
    assert seconds.keys() == expected
    assert min(seconds.values()) > 0
    assert sum(seconds.values()) < whole
    said = profiled(asked, paths, {"convolutions": 1e-5, "dense layers": 1e-5}, 10_000)
    assert said[-1].startswith(REST)
    (dense,) = (line for line in said if line.startswith("dense layers"))
    assert dense.endswith("memory gives 1.0)")


def test_that_stages_are_shares_of_what_was_done_and_functions_are_as_before():
    class Slow:
        def work(self):
            time.sleep(0.1)

    before = Slow.work
    said = stages_of(lambda: (Slow().work(), time.sleep(0.01)), [(Slow, "work", "working")])
    assert Slow.work is before
    assert re.fullmatch(r"working \d+ %", said[0])
    assert said[1].startswith(REST)


def test_that_the_operators_of_the_normalization_are_told_by_name():
    x = torch.randn(2, 8, 5, 5).contiguous(memory_format=torch.channels_last)
    said = lrn.profiled(lrn.seconds(lrn.local_response_norm, x, torch.ones_like(x)))
    assert any(line.startswith("_LocalResponseNormBackward ") or " backward " in line for line in said)
    assert said[-1].startswith(REST)


def test_that_many_photos_are_told_by_stages_and_by_what_they_wait_for(tmp_path):
    network = small()
    names = tuple(map(str, range(network.spec.classes)))
    asked = Classifier(Bundle(network.spec, names, torch.zeros(3, 1, 1), plain_weights(network)))
    paths = [str(tmp_path / f"{each}.png") for each in range(6)]
    for path, picture in zip(paths, generate(0, "test", 0, 6).pictures, strict=True):
        Image.fromarray(picture).save(path)
    said = profiled_many(asked, paths)
    stages = {re.sub(r" \d+ %$", "", line) for line in said}
    assert {"waiting for photos that are being decoded", "convolutions", REST} <= stages


def test_that_a_batch_is_told_by_reading_cutting_and_colouring(tmp_path):
    chance = np.random.default_rng(1)
    for each in range(data.BATCH):
        Image.fromarray(chance.integers(0, 256, (40, 50, 3), np.uint8)).save(tmp_path / f"{each}.jpg")
    split = data.made(tmp_path, tmp_path / "kept")["jpeg"]
    vary = Variation(Augmentation(), 1, data.SIDE, 24, torch.zeros(3, 1, 1), 1.0, data.COMPONENTS)
    with Batches(split, 16, 1, variation=vary) as batches:
        said = stages_of(data.rate(batches, 2), data.FUNCTIONS)
    assert said[0].startswith("reading, and decoding what is kept as JPEG ")


def test_that_a_step_is_told_beside_what_it_waits_for(tmp_path):
    config = with_settings(load_config("cifar-towers"), ["batch_size=8", "precision=fp32"])
    pictures = fed.prepared(tmp_path, 32, 10, 64)
    run = Run.create(tmp_path / "run", to_toml(config))
    with holding(run) as events, Trainer(config, pictures, (torch.device("cpu"),), "fp32", run, events) as trainer:
        said = fed.profiled(trainer, 2, 1000.0)
    assert re.fullmatch(r"the step \d+ % \(on a ready batch \d+ %\)", said[0])
    assert re.fullmatch(r"the threads that read ahead took \d+ % of the time of a processor", said[-1])


def test_that_the_parts_of_a_gpu_are_told_by_the_names_of_kernels():
    names = {
        "_norm_backward": "LRN with bias and ReLU",
        "_relu_forward": "bias and ReLU",
        "_pool_backward": "pools",
        "_cut": "blocks of pixels",
        "sm90_xmma_wgrad_indexed_implicit_gemm_bf16bf16_bf16f32": "convolutions backward",
        "sm90_xmma_fprop_implicit_gemm_bf16bf16_bf16f32_f32_nhwckrsc": "convolutions forward",
        "nvjet_sm90_tst_128x64_64x8_1x2_h_bz_bias_TNT": "dense layers",
        "void at::native::(anonymous namespace)::multi_tensor_apply_kernel<at::native::": "update",
        "void at::native::reduce_kernel<128, 4, at::native::ReduceOp<c10::BFloat16": "sums",
        "Memset (Device)": "copies and casts",
        "something else": REST,
    }
    assert {name: kernel_part(name) for name in names} == names
