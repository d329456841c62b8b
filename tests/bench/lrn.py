"""Local response normalization, forward and backward, against ``F.local_response_norm``: ``python tests/bench/lrn.py``.

Both see the two towers apart: ours in channels-last layout as in training, torch's on contiguous maps reshaped to one
tower each, which is its recommended use. The note says how far each is from float64. On a GPU there are rows of our
kernels against our own operations, which compute where there is no Triton.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alexnet_app import cli

cli._prepare_torch()  # before torch is loaded

import torch
from torch import Tensor

from alexnet_app.core.device import choose_device, computing
from alexnet_app.core.network import lrn
from alexnet_app.core.network.lrn import local_response_norm
from tests.bench.peers.plain import TowerNorm
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

CASES = (
    ("lrn", "conv1 of alexnet-2012", (32, 96, 55, 55)),
    ("lrn-conv2", "conv2 of alexnet-2012", (32, 256, 27, 27)),
    ("lrn-cifar", "conv1 of cifar-towers", (128, 64, 28, 28)),
)


def seconds(norm: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> Callable[[], float]:
    """Of one forward and one backward pass."""
    x = x.detach().requires_grad_()

    def measured() -> float:
        begin = time.perf_counter()
        norm(x).backward(grad)
        if x.is_cuda:
            torch.cuda.synchronize()
        taken = time.perf_counter() - begin
        x.grad = None
        return taken

    return measured


def without_kernels(measured: Callable[[], float]) -> Callable[[], float]:
    """The same by torch's operations alone, also on a GPU."""

    def eager() -> float:
        with mock.patch.object(lrn, "_kernels", return_value=None):
            return measured()

    return eager


def error(norm: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> float:
    """How far values and gradient are from float64, as root mean square, each relative to its own."""

    def both(x: Tensor, grad: Tensor, norm: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        x = x.detach().requires_grad_()
        y = norm(x)
        y.backward(grad)
        return y.detach().double(), x.grad.double()

    exact = both(x.double(), grad.double(), TowerNorm())
    off = [
        float((found - true).square().mean() / true.square().mean())
        for found, true in zip(both(x, grad, norm), exact, strict=True)
    ]
    return (sum(off) / len(off)) ** 0.5


def compared(name: str, about: str, shape: tuple[int, ...], device: torch.device, rounds: int) -> Iterator[Row]:
    """The row of maps of ``shape``; on a GPU, a second one."""
    chance = torch.Generator().manual_seed(1)
    plain, grad = ((torch.randn(shape, generator=chance) * spread).to(device) for spread in (5, 1))
    last, last_grad = (each.contiguous(memory_format=torch.channels_last) for each in (plain, grad))
    norm = TowerNorm()
    own, theirs = error(local_response_norm, last[:4], last_grad[:4]), error(norm, plain[:4], grad[:4])
    verdict = "no larger" if own <= theirs else "LARGER"
    ours = seconds(local_response_norm, last, last_grad)
    yield Row(
        name=name,
        peer="F.local_response_norm",
        unit="s",
        pairs=interleaved(ours, seconds(norm, plain, grad), rounds, warm=2),
        must=3.5,
        note=f"{about}, batch {shape[0]}, fp32; error against float64 {own:.1e}, {verdict} than its {theirs:.1e}",
    )
    if lrn._kernels(device) is not None:
        pairs = interleaved(ours, without_kernels(ours), rounds, warm=2)
        yield Row(f"{name}-triton", "our own operations", "s", pairs, note=f"{about}, batch {shape[0]}, fp32")


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """``lrn``, ``lrn-conv2`` and ``lrn-cifar``."""
    device = choose_device("auto")
    with computing("fp32"):
        for case in CASES:
            yield from compared(*case, device, rounds)


def main() -> None:
    """Prints the rows."""
    given = arguments(__doc__)
    told(rows(given.rounds), as_json=given.json)


if __name__ == "__main__":
    main()
