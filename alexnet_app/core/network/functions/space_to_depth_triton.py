"""Blocks of pixels in one pass, for GPUs; written in Triton.

Only ``space_to_depth`` imports this, and only where Triton may be: it comes with torch on Linux.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

ELEMENTS = 2048  # of a program


@triton.jit
def _cut(
    x, made, height, width, down, across, padding,
    STRIDE: tl.constexpr, MAPS: tl.constexpr, ELEMENTS: tl.constexpr,
):  # fmt: skip
    """Of one picture; a block has its rows, columns and maps in this order."""
    picture = tl.program_id(0).to(tl.int64)
    place = tl.program_id(1) * ELEMENTS + tl.arange(0, ELEMENTS)
    block, within = place // (STRIDE * STRIDE * MAPS), place % (STRIDE * STRIDE * MAPS)
    row = block // across * STRIDE + within // (STRIDE * MAPS) - padding
    column = block % across * STRIDE + within // MAPS % STRIDE - padding
    inside = block < down * across
    there = inside & (row >= 0) & (row < height) & (column >= 0) & (column < width)
    value = tl.load(x + (picture * height * width + row * width + column) * MAPS + within % MAPS, mask=there, other=0.0)
    tl.store(made + picture * down * across * (STRIDE * STRIDE * MAPS) + place, value, mask=inside)


def cut(x: Tensor, kind: torch.dtype, sides: tuple[int, int], stride: int, padding: int) -> Tensor:
    """Maps (N, C, H, W) → blocks (N, stride² · C, *sides) of the type ``kind``, in channels-last layout."""
    x = x.contiguous(memory_format=torch.channels_last)
    count, maps, height, width = x.shape
    many = stride * stride * maps
    made = torch.empty((count, many, *sides), dtype=kind, device=x.device, memory_format=torch.channels_last)
    with torch.cuda.device_of(x):  # Triton launches on the current one
        _cut[(count, triton.cdiv(sides[0] * sides[1] * many, ELEMENTS))](
            x, made, height, width, *sides, padding, stride, maps, ELEMENTS, enable_fp_fusion=False
        )
    return made
