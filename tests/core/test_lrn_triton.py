"""The norm's GPU kernels, run by Triton's interpreter on the CPU in a process of its own, against float64."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from alexnet_app.core.network import lrn

ROOT = Path(__file__).parents[2]
CHILD = """
import torch
from alexnet_app.core.network import lrn, lrn_triton

lrn._kernels = lambda device: lrn_triton  # as on a GPU
launched = []
launch = lrn_triton._launch
lrn_triton._launch = lambda kernel, *rest: (launched.append(kernel), launch(kernel, *rest))


def both(x, grad, *settings):
    x = x.detach().requires_grad_()
    y = lrn.local_response_norm(x, *settings)
    y.backward(grad)
    assert y.dtype == x.grad.dtype == x.dtype and y.shape == x.shape
    return y.detach(), x.grad


for shape, towers, (size, alpha, beta, k), scale in (
    ((2, 96, 3, 5), 2, (5, 1e-4, 0.75, 2.0), 5.0),
    ((2, 256, 3, 2), 2, (5, 5e-4, 0.75, 2.0), 50.0),
    ((3, 64, 4, 3), 1, (5, 0.001, 0.75, 1.0), 30.0),
    ((1, 14, 5, 5), 2, (4, 0.3, 0.5, 1.0), 1.0),
    ((2, 6, 3, 3), 2, (9, 0.2, 1.3, 2.0), 3.0),
    ((1, 7, 2, 2), 1, (1, 0.2, 0.75, 2.0), 3.0),
    ((1, 2, 70, 70), 2, (2, 0.3, 0.75, 2.0), 3.0),
):
    chance = torch.Generator().manual_seed(1)
    exact = torch.randn(shape, generator=chance, dtype=torch.float64) * scale
    exact_grad = torch.randn(shape, generator=chance, dtype=torch.float64)
    settings = (size, alpha, beta, k, towers)
    for kind, close in ((torch.float32, 2e-6), (torch.bfloat16, 8e-3)):
        x, grad = exact.to(kind), exact_grad.to(kind)
        for layout in (torch.channels_last, torch.contiguous_format):
            launched.clear()
            found = both(x.contiguous(memory_format=layout), grad.contiguous(memory_format=layout), *settings)
            assert len(launched) == 2, (shape, kind)
            wanted = both(x.double(), grad.double(), *settings)
            assert len(launched) == 2  # float64 goes without the kernels
            for one, other in zip(found, wanted):
                off = float((one.double() - other).abs().max() / other.abs().max())
                assert off < close, (shape, kind, layout, off)
empty = torch.zeros(0, 8, 3, 3)
assert both(empty, empty)[0].shape == empty.shape
wide = torch.ones(1, 32, 1, 1)
launched.clear()
both(wide, wide, 15)
assert not launched
assert lrn._agrees(lrn_triton, torch.device("cpu"))
print("all agree")
"""


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton comes with torch on Linux only")
def test_that_the_kernels_are_the_formula():
    found = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert found.stdout == "all agree\n", found.stderr


def test_that_kernels_that_are_wrong_on_this_device_are_not_used():
    def kernels(k):
        def forward(rows, size, scale, beta, _):
            lrn._normalize(rows, size, scale, beta, k, out := torch.empty_like(rows))
            return out

        def backward(rows, grads, size, scale, beta, _):
            lrn._differentiate(rows, grads, size, scale, beta, k, out := torch.empty_like(rows))
            return out

        return SimpleNamespace(forward=forward, backward=backward)

    assert lrn._agrees(kernels(2.0), torch.device("cpu"))
    assert not lrn._agrees(kernels(2.1), torch.device("cpu"))


def test_that_a_cpu_goes_without_them():
    assert lrn._kernels(torch.device("cpu")) is None


def test_that_a_gpu_for_which_they_cannot_be_built_goes_without_them_too(caplog):
    device = torch.device("cuda:99")  # where nothing can be made
    lrn._kernels.cache_clear()
    assert lrn._kernels(device) is None
    assert "without Triton" in caplog.text
    lrn._kernels.cache_clear()
