"""Max-pooling as one kernel forward and one backward, for GPUs; written in Triton.

Only ``pool`` imports this, and only where Triton may be: it comes with torch on Linux. Backward each place collects
from the windows that hold it, so nothing is added at random and nothing must be zero before.
"""

from collections.abc import Sequence

import torch
import triton
import triton.language as tl
from torch import Tensor

from alexnet_app.core.network.functions.blocks_triton import laid_out, places

ELEMENTS = 1024  # of a program, channels rounded up to a power of two
LARGEST_WINDOW = 8  # which of its places was taken is kept in a byte, and the loops are written out
LARGEST_MAPS = 4096


@triton.jit
def _pool_forward(
    x, y, taken, count, channels, height, width, rows, columns,
    SIZE: tl.constexpr, STRIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    here, place, column, inside = places(tl.program_id(0), count, channels, ROWS, COLUMNS)
    picture, down, across = place // (rows * columns), place // columns % rows * STRIDE, place % columns * STRIDE
    most = tl.full((ROWS, COLUMNS), float("-inf"), tl.float32)
    which = tl.zeros((ROWS, COLUMNS), tl.int32)
    for tap in tl.static_range(SIZE * SIZE):
        row, line = down + tap // SIZE, across + tap % SIZE
        there = inside & (row < height) & (line < width)
        at = ((picture * height + row) * width + line).to(tl.int64) * channels + column
        value = tl.load(x + at, mask=there, other=float("-inf")).to(tl.float32)
        better = (value > most) | (value != value)  # the first of equal ones; what is no number stays to be seen
        most = tl.where(better, value, most)
        which = tl.where(better, tap, which)
    tl.store(y + here, most, mask=inside)
    tl.store(taken + here, which.to(tl.uint8), mask=inside)


@triton.jit
def _pool_backward(
    grad, taken, result, count, channels, height, width, rows, columns,
    SIZE: tl.constexpr, STRIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    here, place, column, inside = places(tl.program_id(0), count, channels, ROWS, COLUMNS)
    picture, down, across = place // (height * width), place // width % height, place % width
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    for window in tl.static_range(((SIZE + STRIDE - 1) // STRIDE) * ((SIZE + STRIDE - 1) // STRIDE)):
        row = down // STRIDE - window // ((SIZE + STRIDE - 1) // STRIDE)
        line = across // STRIDE - window % ((SIZE + STRIDE - 1) // STRIDE)
        tap_down, tap_across = down - row * STRIDE, across - line * STRIDE
        there = inside & (row >= 0) & (row < rows) & (line >= 0) & (line < columns)
        there = there & (tap_down < SIZE) & (tap_across < SIZE)
        at = ((picture * rows + row) * columns + line).to(tl.int64) * channels + column
        which = tl.load(taken + at, mask=there, other=255).to(tl.int32)
        value = tl.load(grad + at, mask=there, other=0.0).to(tl.float32)
        total += tl.where(which == tap_down * SIZE + tap_across, value, 0.0)
    tl.store(result + here, total, mask=inside)


def suits(x: Tensor, size: int) -> bool:
    """Whether the kernels compute this: fp32 and half types, maps and windows that are not huge."""
    precise = x.dtype in (torch.float32, torch.bfloat16, torch.float16)
    return precise and 0 < size <= LARGEST_WINDOW and 0 < x.shape[1] <= LARGEST_MAPS and x.numel() > 0


def forward(x: Tensor, sides: Sequence[int], size: int, stride: int) -> tuple[Tensor, Tensor]:
    """(N, C, H, W) → (N, C, *sides), and which place of its window each was taken from, uint8; channels-last."""
    x = x.contiguous(memory_format=torch.channels_last)
    y = _empty(x, sides)
    taken = torch.empty_like(y, dtype=torch.uint8)
    _launch(_pool_forward, (x, y, taken), y, x.shape[2:], sides, size, stride)
    return y, taken


def backward(grad: Tensor, taken: Tensor, sides: Sequence[int], size: int, stride: int) -> Tensor:
    """The gradient of what was pooled, (N, C, *sides), from that of what came out."""
    grad = grad.contiguous(memory_format=torch.channels_last)
    result = _empty(grad, sides)
    _launch(_pool_backward, (grad, taken, result), result, sides, grad.shape[2:], size, stride)
    return result


def _empty(like: Tensor, sides: Sequence[int]) -> Tensor:
    shape = (*like.shape[:2], *sides)
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)


def _launch(
    kernel: "triton.JITFunction",
    tensors: tuple[Tensor, ...],
    made: Tensor,
    sides: Sequence[int],
    pooled: Sequence[int],
    size: int,
    stride: int,
) -> None:
    count, blocks, rows, columns = laid_out(made, ELEMENTS)
    with torch.cuda.device_of(made):  # Triton launches on the current one
        kernel[(blocks,)](
            *tensors, count, made.shape[1], *sides, *pooled, size, stride, rows, columns, enable_fp_fusion=False
        )
