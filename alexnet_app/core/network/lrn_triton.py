"""Local response normalization as one kernel forward and one backward, for GPUs; written in Triton.

Only ``lrn`` imports this, and only where Triton may be: it comes with torch on Linux.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

ELEMENTS = 1024  # of a program, channels rounded up to a power of two
LARGEST_WINDOW = 9  # the loops over it are written out in the kernel
LARGEST_TOWER = 1024  # channels


@triton.jit
def _power(base, beta, ROOTS: tl.constexpr):
    """``base ** beta``; with ROOTS ``beta`` is 0.75."""
    return tl.sqrt_rn(tl.sqrt_rn(base) * base) if ROOTS else tl.exp(beta * tl.log(base))


@triton.jit
def _base(x, start, column, inside, channels, scale, k, BEFORE: tl.constexpr, AFTER: tl.constexpr):
    """``k + scale · Σ a²`` around ``column`` of the rows that begin at ``start``."""
    total = tl.zeros_like(start + column).to(tl.float32)
    for shift in tl.static_range(-BEFORE, AFTER + 1):
        at = column + shift
        a = tl.load(x + start + at, mask=inside & (at >= 0) & (at < channels), other=0.0).to(tl.float32)
        total += a * a
    return total * scale + k


@triton.jit
def _places(count, channels, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Where the rows of this program begin, its columns, and which rows there are."""
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]
    return row * channels, tl.arange(0, COLUMNS)[None, :], row < count


@triton.jit
def _forward(
    x, y, count, channels, scale, beta, k,
    BEFORE: tl.constexpr, AFTER: tl.constexpr, ROOTS: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    start, column, inside = _places(count, channels, ROWS, COLUMNS)
    here = inside & (column < channels)
    a = tl.load(x + start + column, mask=here, other=0.0).to(tl.float32)
    base = _base(x, start, column, inside, channels, scale, k, BEFORE, AFTER)
    tl.store(y + start + column, tl.div_rn(a, _power(base, beta, ROOTS)), mask=here)


@triton.jit
def _backward(
    x, grad, result, count, channels, scale, beta, k,
    BEFORE: tl.constexpr, AFTER: tl.constexpr, ROOTS: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    start, column, inside = _places(count, channels, ROWS, COLUMNS)
    here = inside & (column < channels)
    a = tl.load(x + start + column, mask=here, other=0.0).to(tl.float32)
    g = tl.load(grad + start + column, mask=here, other=0.0).to(tl.float32)
    direct = tl.div_rn(g, _power(_base(x, start, column, inside, channels, scale, k, BEFORE, AFTER), beta, ROOTS))
    shared = tl.zeros_like(a)
    for shift in tl.static_range(-AFTER, BEFORE + 1):  # those whose window holds this one: the window mirrored
        at = column + shift
        there = inside & (at >= 0) & (at < channels)
        other = tl.load(x + start + at, mask=there, other=0.0).to(tl.float32)
        weight = tl.load(grad + start + at, mask=there, other=0.0).to(tl.float32)
        base = _base(x, start, at, inside, channels, scale, k, BEFORE, AFTER)
        shared += tl.div_rn(weight * other, _power(base, beta, ROOTS) * base)
    tl.store(result + start + column, direct - 2 * scale * beta * a * shared, mask=here)


def suits(rows: Tensor, size: int) -> bool:
    """Whether the kernels compute this: fp32 and half types, towers and windows that are not huge."""
    precise = rows.dtype in (torch.float32, torch.bfloat16, torch.float16)
    return precise and 0 < size <= LARGEST_WINDOW and 0 < rows.shape[-1] <= LARGEST_TOWER and rows.numel() > 0


def forward(rows: Tensor, size: int, scale: float, beta: float, k: float) -> Tensor:
    """``a / (k + scale · Σ a²)^beta`` of rows (M, towers, channels of one), in contiguous memory."""
    rows = rows.contiguous()  # of a single picture in the plain layout they are a view that is not
    y = torch.empty_like(rows)
    _launch(_forward, (rows, y), size, scale, beta, k)
    return y


def backward(rows: Tensor, grads: Tensor, size: int, scale: float, beta: float, k: float) -> Tensor:
    """The gradient of ``rows`` from that of what ``forward`` gave."""
    rows = rows.contiguous()
    result = torch.empty_like(rows)
    _launch(_backward, (rows, grads.contiguous(), result), size, scale, beta, k)
    return result


def _launch(
    kernel: "triton.JITFunction", tensors: tuple[Tensor, ...], size: int, scale: float, beta: float, k: float
) -> None:
    channels = tensors[0].shape[-1]
    count = tensors[0].numel() // channels
    columns = triton.next_power_of_2(channels)
    rows = max(1, ELEMENTS // columns)
    with torch.cuda.device_of(tensors[0]):  # Triton launches on the current one
        kernel[(triton.cdiv(count, rows),)](
            *tensors, count, channels, scale, beta, k, size // 2, (size - 1) // 2, beta == 0.75, rows, columns,
            enable_fp_fusion=True,
        )  # fmt: skip
