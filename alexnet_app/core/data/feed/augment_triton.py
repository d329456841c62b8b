"""Crop, mirror, colour noise, mean and scale of a batch as one kernel, for GPUs; written in Triton.

Only ``augment`` imports this, and only where Triton may be: it comes with torch on Linux.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

ELEMENTS = 2048  # of a program


@triton.jit
def _varied(
    pictures, made, top, left, mirrored, colour, mean, scale, number, divisor, side, size, by_map, by_row, by_column,
    SCALES: tl.constexpr, DIVIDED: tl.constexpr, ELEMENTS: tl.constexpr,
):  # fmt: skip
    """Each step rounds as it does alone: nothing here can be fused into one that rounds less."""
    picture = tl.program_id(0)
    place = tl.program_id(1) * ELEMENTS + tl.arange(0, ELEMENTS)
    inside = place < 3 * size * size
    row, column, map_ = place // (3 * size), place % (3 * size) // 3, place % 3
    across = tl.where(tl.load(mirrored + picture), size - 1 - column, column) + tl.load(left + picture).to(tl.int32)
    down = row + tl.load(top + picture).to(tl.int32)
    begin = picture.to(tl.int64)
    value = tl.load(pictures + begin * (3 * side * side) + (down * side + across) * 3 + map_, mask=inside, other=0)
    value = value.to(tl.float32) + tl.load(colour + picture * 3 + map_)
    value = value - tl.load(mean + map_ * by_map + row * by_row + column * by_column, mask=inside, other=0.0)
    value = value * (tl.load(scale + map_) if SCALES else number)
    value = tl.div_rn(value, divisor) if DIVIDED else value
    tl.store(made + begin * (3 * size * size) + place, value, mask=inside)


def varied(
    pictures: Tensor,
    places: tuple[Tensor, Tensor, Tensor],
    colour: Tensor,
    size: int,
    mean: Tensor,
    scale: float | Tensor,
    divided_by: float,
) -> Tensor:
    """uint8 (N, S, S, 3) → fp32 (N, size, size, 3); ``places`` are top, left and mirrored, (N,) each.

    ``mean`` is (3, 1, 1) or (3, size, size), ``scale`` a number or (3,).
    """
    pictures, count, side = pictures.contiguous(), pictures.shape[0], pictures.shape[1]
    made = torch.empty((count, size, size, 3), device=pictures.device)
    mean = mean.expand(3, size, size)
    many = isinstance(scale, Tensor)
    scales, number = (scale, 1.0) if many else (colour, float(scale))  # colour stands for what is not read then
    with torch.cuda.device_of(pictures):  # Triton launches on the current one
        _varied[(count, triton.cdiv(3 * size * size, ELEMENTS))](
            pictures, made, *places, colour.contiguous(), mean, scales, number, float(divided_by), side, size,
            *mean.stride(), many, divided_by != 1.0, ELEMENTS, enable_fp_fusion=False,
        )  # fmt: skip
    return made
