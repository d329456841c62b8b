"""Local response normalization as one kernel forward and one backward, for GPUs; written in Triton.

Only ``lrn`` imports this, and only where Triton may be: it comes with torch on Linux. A program has some places of the
maps with all their channels, so each number is read once; neighbours are exchanged between its threads. Bias and ReLU
of the layer before can be part of it.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from alexnet_app.core.network.functions.blocks_triton import laid_out, places

ELEMENTS, WARPS = 1024, 4  # that a program works on at a time, channels rounded up to a power of two
TIMES = 8  # it does so backward, where each leaves a sum for the bias
LARGEST_WINDOW = 9  # the loops over it are written out in the kernel
LARGEST_LAYER = 1024  # channels


@triton.jit
def _lowered(value, base, beta, ROOTS: tl.constexpr, QUICK: tl.constexpr):
    """``value / base ** beta``; with ROOTS ``beta`` is 0.75, with QUICK it is good enough for half types."""
    if ROOTS and QUICK:
        root = tl.rsqrt(base)
        return value * root * tl.sqrt(root)
    return tl.div_rn(value, tl.sqrt_rn(tl.sqrt_rn(base) * base) if ROOTS else tl.exp(beta * tl.log(base)))


@triton.jit
def _window(value, column, own, BEFORE: tl.constexpr, AFTER: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Sums over each channel, those ``BEFORE`` it and those ``AFTER`` it among the ``own`` ones of its tower."""
    total = tl.zeros_like(value)
    for shift in tl.static_range(-BEFORE, AFTER + 1):
        at = column + shift
        there = (column % own + shift >= 0) & (column % own + shift < own)
        at = tl.broadcast_to(tl.minimum(tl.maximum(at, 0), COLUMNS - 1), (ROWS, COLUMNS))
        total += tl.where(there, tl.gather(value, at, 1), 0.0)
    return total


@triton.jit
def _read(x, bias, at, column, inside, channels, BIASED: tl.constexpr):
    """What is normalized."""
    a = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    if BIASED:
        a += tl.load(bias + column, mask=column < channels, other=0.0).to(tl.float32)
        a = tl.where(inside & ~(a <= 0), a, 0.0)  # what is no number stays to be seen
    return a


@triton.jit
def _norm_forward(
    x, bias, y, count, channels, own, scale, beta, k, BEFORE: tl.constexpr, AFTER: tl.constexpr, BIASED: tl.constexpr,
    ROOTS: tl.constexpr, QUICK: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    at, _, column, inside = places(tl.program_id(0), count, channels, ROWS, COLUMNS)
    a = _read(x, bias, at, column, inside, channels, BIASED)
    base = _window(a * a, column, own, BEFORE, AFTER, ROWS, COLUMNS) * scale + k
    tl.store(y + at, _lowered(a, base, beta, ROOTS, QUICK), mask=inside)


@triton.jit
def _norm_backward(
    x, bias, grad, result, sums, count, channels, own, scale, beta, k,
    BEFORE: tl.constexpr, AFTER: tl.constexpr, BIASED: tl.constexpr,
    ROOTS: tl.constexpr, QUICK: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr, TIMES: tl.constexpr,
):  # fmt: skip
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    for time in range(TIMES):
        at, _, column, inside = places(tl.program_id(0) * TIMES + time, count, channels, ROWS, COLUMNS)
        a = _read(x, bias, at, column, inside, channels, BIASED)
        g = tl.load(grad + at, mask=inside, other=0.0).to(tl.float32)
        base = _window(a * a, column, own, BEFORE, AFTER, ROWS, COLUMNS) * scale + k
        direct = _lowered(g, base, beta, ROOTS, QUICK)
        weighed = direct * a / base if QUICK else tl.div_rn(direct * a, base)
        shared = _window(weighed, column, own, AFTER, BEFORE, ROWS, COLUMNS)  # of windows that hold this one
        made = direct - 2 * scale * beta * a * shared
        if BIASED:
            made = tl.where(a <= 0, 0.0, made)
            total += tl.where(inside, made, 0.0)
        tl.store(result + at, made, mask=inside)
    if BIASED:
        place = tl.arange(0, COLUMNS)
        tl.store(sums + tl.program_id(0) * channels + place, tl.sum(total, axis=0), mask=place < channels)


def suits(x: Tensor, size: int) -> bool:
    """Whether the kernels compute this: fp32 and half types, layers and windows that are not huge."""
    precise = x.dtype in (torch.float32, torch.bfloat16, torch.float16)
    return precise and 0 < size <= LARGEST_WINDOW and 0 < x.shape[1] <= LARGEST_LAYER and x.numel() > 0


def forward(x: Tensor, bias: Tensor | None, towers: int, size: int, scale: float, beta: float, k: float) -> Tensor:
    """``a / (k + scale · Σ a²)^beta`` of maps (N, C, H, W), channels-last; ``a`` is ``x``, or relu(x + bias)."""
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.empty_like(x)
    blocks, about, fixed = _settings(x, bias, towers, size)
    with torch.cuda.device_of(x):  # Triton launches on the current one
        _norm_forward[(blocks,)](x, x if bias is None else bias, y, *about, scale, beta, k, **fixed, ROOTS=beta == 0.75)
    return y


def backward(
    x: Tensor, bias: Tensor | None, grad: Tensor, towers: int, size: int, scale: float, beta: float, k: float
) -> tuple[Tensor, Tensor | None]:
    """The gradients of ``x`` and of ``bias`` from that of what ``forward`` gave; the same numbers at each call."""
    x, grad = (each.contiguous(memory_format=torch.channels_last) for each in (x, grad))
    result = torch.empty_like(x)
    blocks, about, fixed = _settings(x, bias, towers, size)
    programs = triton.cdiv(blocks, TIMES)
    sums = x.new_empty((programs, x.shape[1]) if bias is not None else 0, dtype=torch.float32)
    with torch.cuda.device_of(x):
        _norm_backward[(programs,)](
            x, x if bias is None else bias, grad, result, sums, *about, scale, beta, k, **fixed,
            ROOTS=beta == 0.75, TIMES=TIMES,
        )  # fmt: skip
    return result, None if bias is None else sums.sum(0).to(bias.dtype)


def _settings(
    x: Tensor, bias: Tensor | None, towers: int, size: int
) -> tuple[int, tuple[int, int, int], dict[str, int | bool]]:
    """How many blocks there are, (places, channels, those of a tower), and what is compiled in."""
    count, blocks, rows, columns = laid_out(x, ELEMENTS)
    fixed = {"BEFORE": size // 2, "AFTER": (size - 1) // 2, "BIASED": bias is not None}
    fixed |= {"QUICK": x.dtype != torch.float32, "ROWS": rows, "COLUMNS": columns}
    fixed |= {"num_warps": WARPS, "enable_fp_fusion": True}
    return blocks, (count, x.shape[1], x.shape[1] // towers), fixed
