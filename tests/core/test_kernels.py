"""The GPU's kernels: run by Triton's interpreter on the CPU, compiled for GPUs that are not here, left where wrong."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from alexnet_app.core import gpu_kernels as kernels
from alexnet_app.core.data.feed import augment
from alexnet_app.core.network.functions import lrn, pool, relu, space_to_depth

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
MODULES = (augment, lrn, pool, relu, space_to_depth)
CPU = torch.device("cpu")
whole = pytest.mark.whole(
    "alexnet_app/core/network/functions", "alexnet_app/core/data/feed", "alexnet_app/core/gpu_kernels.py"
)
needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton comes with torch on Linux only"
)


def said(script: str, cache: Path, **more: str) -> str:
    """What a script says that has to have Triton to itself."""
    child = subprocess.run(
        [sys.executable, HERE / script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TRITON_CACHE_DIR": str(cache), **more},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


@whole
@needs_triton
def test_that_every_kernel_gives_what_torch_gives(tmp_path):
    lines = said("kernels_agree.py", tmp_path, TRITON_INTERPRET="1").splitlines()
    assert lines[0] == "every_module_accepts_its_kernels"
    assert lines[-1] == "a_network_is_the_same_with_all_of_it"


@whole
@needs_triton
def test_that_every_kernel_compiles_for_old_and_new_gpus(tmp_path):
    assert said("kernels_compile.py", tmp_path) == "53 compiled\n"


def test_that_kernels_that_are_wrong_on_this_device_are_not_used():
    def made(k: float, of_bias: float) -> SimpleNamespace:
        def forward(x, bias, towers, size, scale, beta, _):
            a = x if bias is None else torch.relu(x + bias[:, None, None])
            return lrn.local_response_norm(a, size, scale * size, beta, k, towers)

        def backward(x, bias, grad, *constants):
            x = x.detach().requires_grad_()
            bias = None if bias is None else bias.detach().requires_grad_()
            forward(x, bias, *constants).backward(grad)
            return x.grad, None if bias is None else of_bias * bias.grad

        return SimpleNamespace(forward=forward, backward=backward)

    assert lrn._agrees(made(2.0, 1.0), CPU)
    assert not lrn._agrees(made(2.1, 1.0), CPU)
    assert not lrn._agrees(made(2.0, 1.1), CPU)


def test_that_other_kernels_that_are_wrong_are_not_used_either():
    def doubled(*given: object) -> tuple[torch.Tensor, torch.Tensor]:
        return 2 * given[0], given[0]

    assert not relu._agrees(SimpleNamespace(forward=lambda x, bias: x + bias[:, None, None], backward=doubled), CPU)
    pooled = SimpleNamespace(forward=lambda x, *_: (x[..., :3, :3], x), backward=lambda grad, *_: grad)
    assert not pool._agrees(pooled, CPU)
    assert not space_to_depth._agrees(SimpleNamespace(cut=lambda x, *_: torch.zeros(2, 27, 4, 3)), CPU)
    assert not augment._agrees(SimpleNamespace(varied=lambda *_: torch.zeros(2, 5, 5, 3)), CPU)


@pytest.mark.parametrize("module", MODULES, ids=lambda each: each.__name__.rpartition(".")[2])
def test_that_a_cpu_goes_without_them(module):
    assert module._kernels(CPU) is None


def test_that_gpus_on_which_triton_does_not_run_go_without(monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (6, 1))
    asked = []
    assert kernels.usable(torch.device("cuda:0"), "json", asked.append, "work") is None
    assert "of this age" in caplog.text
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 0))
    found = kernels.usable(torch.device("cuda:0"), "json", lambda module: bool(module.dumps), "work")
    assert found.__name__ == "json"
    assert not asked


@pytest.mark.parametrize("module", MODULES, ids=lambda each: each.__name__.rpartition(".")[2])
def test_that_a_gpu_for_which_they_cannot_be_built_goes_without_them_too(module, caplog):
    module._kernels.cache_clear()
    assert module._kernels(torch.device("cuda:99")) is None  # where nothing can be made
    assert "without Triton" in caplog.text
    module._kernels.cache_clear()
