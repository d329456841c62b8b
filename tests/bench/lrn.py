"""Local response normalization, forward and backward, against ``F.local_response_norm``: ``python tests/bench/lrn.py``.

Both see the two towers apart: ours in channels-last layout as in training, torch's on contiguous maps reshaped to one
tower each, which is its recommended use. Rounds are interleaved; the ratio is torch's time over ours.
"""

import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.network.lrn import local_response_norm

ROUNDS = 9
SHAPES = {
    "conv1 of alexnet-2012, batch 32": (32, 96, 55, 55),
    "conv2 of alexnet-2012, batch 32": (32, 256, 27, 27),
    "conv1 of cifar-towers, batch 128": (128, 64, 28, 28),
}


def stock(x: Tensor) -> Tensor:
    """torch's own, within each tower."""
    count, channels, height, width = x.shape
    towers = x.reshape(count * 2, channels // 2, height, width)
    return F.local_response_norm(towers, 5, 1e-4, 0.75, 2.0).reshape(x.shape)


def seconds(norm: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> float:
    """Of one forward and one backward pass."""
    x = x.detach().requires_grad_()
    start = time.perf_counter()
    norm(x).backward(grad)
    return time.perf_counter() - start


def main() -> None:
    """Prints a line for each shape."""
    chance = torch.Generator().manual_seed(1)
    print(f"fp32, {torch.get_num_threads()} threads, torch {torch.__version__}, {ROUNDS} interleaved rounds")
    for name, shape in SHAPES.items():
        plain, grad = torch.randn(shape, generator=chance) * 5, torch.randn(shape, generator=chance)
        last, last_grad = (each.contiguous(memory_format=torch.channels_last) for each in (plain, grad))
        seconds(stock, plain, grad), seconds(local_response_norm, last, last_grad)  # warm up
        pairs = [(seconds(stock, plain, grad), seconds(local_response_norm, last, last_grad)) for _ in range(ROUNDS)]
        ratios = sorted(theirs / ours for theirs, ours in pairs)
        ours = statistics.median(ours for _, ours in pairs)
        theirs = statistics.median(theirs for theirs, _ in pairs)
        print(
            f"{name}: ours {1000 * ours:.1f} ms, torch {1000 * theirs:.1f} ms, "
            f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


if __name__ == "__main__":
    main()
