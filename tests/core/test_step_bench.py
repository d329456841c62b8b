"""What the benchmark of a training step chooses to measure, and what it says that a machine could do at most."""

import pytest
import torch

from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.variants import variant
from tests.bench.bounds import bound
from tests.bench.peers.plain import PlainAlexNet, cifar_towers
from tests.bench.step import cases

GB = 1 << 30


def test_that_a_gpu_has_a_row_for_every_precision_and_batch():
    found = cases("cuda", 16, 80 * GB, amx=True)
    assert [(case.precision, case.batch) for case in found] == [
        (precision, batch) for precision in ("fp32", "tf32", "bf16") for batch in (128, 512, 1024)
    ]
    assert len({case.name for case in found}) == 9
    assert {case.name: case.must for case in found if case.must} == {"step-bf16": 1.5}


@pytest.mark.parametrize(("cores", "memory", "batch"), [(2, 64 * GB, 32), (64, 12 * GB, 32), (16, 64 * GB, 128)])
def test_that_a_cpu_has_two_rows_of_a_batch_that_it_can_hold(cores, memory, batch):
    full, half = cases("cpu", cores, memory, amx=True)
    assert (full.name, full.batch, full.must) == ("step-fp32", batch, 1.7)
    assert (half.name, half.batch, half.must, half.emulated) == ("step-bf16", batch, 1.9, False)


def test_that_a_cpu_without_bf16_arithmetic_has_no_aim_for_it():
    half = cases("cpu", 2, 16 * GB, amx=False)[1]
    assert half.name == "step-bf16"
    assert half.emulated
    assert half.must is None


def test_that_the_bound_is_products_and_update():
    spec = variant("alexnet-2012")
    # 4.136 GFLOP a picture, two for a multiply-add
    assert bound(spec, 128, 2.068e9, 1e30) == pytest.approx(1, rel=1e-3)
    # the update of 61 M numbers moves five times four bytes of each
    assert bound(spec, 128, 1e30, 20 * 60_965_224) == pytest.approx(128)


@pytest.mark.parametrize(("name", "plain"), [("alexnet-2012", PlainAlexNet), ("cifar-towers", cifar_towers)])
def test_that_the_peer_is_the_same_network(name, plain):
    with torch.device("meta"):
        peer = plain()
    ours = AlexNet(variant(name), device="meta").state_dict()
    assert {key: value.shape for key, value in peer.state_dict().items()} == {
        key: value.shape for key, value in ours.items()
    }
