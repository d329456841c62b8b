"""Bias and ReLU as one kernel forward and one backward, for GPUs; written in Triton.

Only ``relu`` imports this, and only where Triton may be: it comes with torch on Linux.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from alexnet_app.core.network.functions.blocks_triton import laid_out, places

ELEMENTS = 1024  # that a program works on at a time, channels rounded up to a power of two
TIMES = 8  # it does so backward, where each leaves a sum for the bias
LARGEST_LAYER = 1024  # channels


@triton.jit
def _relu_forward(x, bias, y, count, channels, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    at, _, column, inside = places(tl.program_id(0), count, channels, ROWS, COLUMNS)
    value = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    value += tl.load(bias + column, mask=column < channels, other=0.0).to(tl.float32)
    tl.store(y + at, tl.where(value <= 0, 0.0, value), mask=inside)  # what is no number stays to be seen


@triton.jit
def _relu_backward(
    y, grad, result, sums, count, channels, ROWS: tl.constexpr, COLUMNS: tl.constexpr, TIMES: tl.constexpr
):  # fmt: skip
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    for time in range(TIMES):
        at, _, _, inside = places(tl.program_id(0) * TIMES + time, count, channels, ROWS, COLUMNS)
        value = tl.load(y + at, mask=inside, other=0.0).to(tl.float32)
        made = tl.load(grad + at, mask=inside, other=0.0).to(tl.float32)
        made = tl.where(value <= 0, 0.0, made)
        total += made
        tl.store(result + at, made, mask=inside)
    place = tl.arange(0, COLUMNS)
    tl.store(sums + tl.program_id(0) * channels + place, tl.sum(total, axis=0), mask=place < channels)


def suits(x: Tensor) -> bool:
    """Whether the kernels compute this: fp32 and half types, layers that are not huge."""
    precise = x.dtype in (torch.float32, torch.bfloat16, torch.float16)
    return precise and 0 < x.shape[1] <= LARGEST_LAYER and x.numel() > 0


def forward(x: Tensor, bias: Tensor) -> Tensor:
    """relu(x + bias) of maps (N, C, H, W), in channels-last layout."""
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.empty_like(x)
    count, blocks, rows, columns = laid_out(x, ELEMENTS)
    with torch.cuda.device_of(x):  # Triton launches on the current one
        _relu_forward[(blocks,)](x, bias, y, count, x.shape[1], rows, columns, enable_fp_fusion=False)
    return y


def backward(y: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of ``x`` and, in fp32, of ``bias`` from that of ``y``; the same numbers at each call."""
    y, grad = (each.contiguous(memory_format=torch.channels_last) for each in (y, grad))
    result = torch.empty_like(y)
    count, blocks, rows, columns = laid_out(y, ELEMENTS)
    programs = triton.cdiv(blocks, TIMES)
    sums = y.new_empty((programs, y.shape[1]), dtype=torch.float32)
    with torch.cuda.device_of(y):
        _relu_backward[(programs,)](
            y, grad, result, sums, count, y.shape[1], rows, columns, TIMES, enable_fp_fusion=False
        )
    return result, sums.sum(0)
