"""Local response normalization, forward and backward, against ``F.local_response_norm``: ``python tests/bench/lrn.py``.

Both see the two towers apart: ours in channels-last layout as in training, torch's on contiguous maps reshaped to one
tower each, which is its recommended use. The bound is to read and to write each number as often as it must be, as fast
as memory is copied. The note says how far each is from float64. On a GPU there are rows of our
kernels against our own operations, which compute where there is no Triton.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alexnet_app import cli

cli._prepare_torch()  # before torch is loaded

import torch
from torch import Tensor

from alexnet_app.core.device import choose_device, computing
from alexnet_app.core.network.functions import lrn
from alexnet_app.core.network.functions.lrn import local_response_norm
from tests.bench.bounds import copied
from tests.bench.peers.plain import TowerNorm
from tests.bench.profiles import alone, gpu_kernels, operators, shares
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

CASES = (
    ("lrn", "conv1 of alexnet-2012", (32, 96, 55, 55)),
    ("lrn-conv2", "conv2 of alexnet-2012", (32, 256, 27, 27)),
    ("lrn-cifar", "conv1 of cifar-towers", (128, 64, 28, 28)),
)
PASSES = 5  # maps are read and written, then maps and gradient are read and a gradient is written


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


def profiled(measured: Callable[[], object]) -> tuple[str, ...]:
    """What share of the time each operator has, or on a GPU each kernel."""
    on_gpu = choose_device("auto").type == "cuda"
    return shares(*(gpu_kernels(measured) if on_gpu else operators(measured, alone)))


def without_kernels(measured: Callable[[], float]) -> Callable[[], float]:
    """The same by torch's operations alone, also on a GPU."""

    def eager() -> float:
        with mock.patch.object(lrn, "_kernels", return_value=None):
            return measured()

    return eager


@dataclass(frozen=True, slots=True)
class Errors:
    """How far a norm is from float64: root mean square and largest difference, each relative to that of the exact
    numbers; of the values, then of the gradient.
    """

    values: tuple[float, float]
    gradient: tuple[float, float]

    def __str__(self) -> str:
        told = [f"{mean:.1e} (largest {largest:.1e})" for mean, largest in (self.values, self.gradient)]
        return f"values {told[0]}, gradient {told[1]}"

    def exceed(self, other: "Errors") -> bool:
        """Whether any of the four is larger, in the two figures that are told."""
        pairs = zip((*self.values, *self.gradient), (*other.values, *other.gradient), strict=True)
        return any(float(f"{one:.1e}") > float(f"{its:.1e}") for one, its in pairs)


def errors(norm: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> Errors:
    """Those of ``norm`` in fp32."""

    def both(x: Tensor, grad: Tensor, norm: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        x = x.detach().requires_grad_()
        y = norm(x)
        y.backward(grad)
        return y.detach().double(), x.grad.double()

    def off(found: Tensor, true: Tensor) -> tuple[float, float]:
        difference = found - true
        mean = (difference.square().mean() / true.square().mean()).sqrt()
        return float(mean), float(difference.abs().max() / true.abs().max())

    exact = both(x.double(), grad.double(), TowerNorm())
    return Errors(*(off(found, true) for found, true in zip(both(x, grad, norm), exact, strict=True)))


def compared(name: str, about: str, shape: tuple[int, ...], device: torch.device, rounds: int) -> Iterator[Row]:
    """The row of maps of ``shape``; on a GPU, a second one."""
    chance = torch.Generator().manual_seed(1)
    plain, grad = ((torch.randn(shape, generator=chance) * spread).to(device) for spread in (5, 1))
    last, last_grad = (each.contiguous(memory_format=torch.channels_last) for each in (plain, grad))
    norm = TowerNorm()
    own, theirs = errors(local_response_norm, last[:4], last_grad[:4]), errors(norm, plain[:4], grad[:4])
    verdict = "LARGER" if own.exceed(theirs) else "no larger"
    ours = seconds(local_response_norm, last, last_grad)
    row = Row(
        name=name,
        peer="F.local_response_norm",
        unit="s",
        pairs=interleaved(ours, seconds(norm, plain, grad), rounds, warm=2),
        bound=PASSES * last.nbytes / copied(device),
        must=3.5,
        note=f"{about}, batch {shape[0]}, fp32; errors against float64 {verdict}: {own}; its {theirs}",
    )
    yield row.explained(lambda: profiled(ours))
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
