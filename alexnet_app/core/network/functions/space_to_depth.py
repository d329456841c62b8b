"""A convolution with a stride, computed as one without: blocks of pixels become maps.

A GPU's matrix units take maps eight at a time, and pictures have three; the first layer (section 3.5: 11 × 11, stride
4) would leave most of them idle. Moved into blocks of 4 × 4 pixels the same sums are a 3 × 3 convolution of 48 maps.
"""

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.gpu_kernels import usable

FEW_MAPS = 8


def worth_it(weight: Tensor, stride: int) -> bool:
    """Whether so few maps come in, and a stride is taken, that blocks are quicker on a GPU."""
    return weight.shape[1] <= FEW_MAPS and 1 < stride < weight.shape[2] == weight.shape[3]


def strided(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """``F.conv2d`` for one group: (N, maps, H, W) and (kernels, maps, size, size) → (N, kernels, H', W')."""
    return F.conv2d(blocks(x, weight.shape[2], stride, padding), block_weight(weight, stride), bias)


def blocks(x: Tensor, size: int, stride: int, padding: int) -> Tensor:
    """``x`` padded and cut into blocks of stride × stride pixels: each a place with stride² · maps maps."""
    spans = -(-size // stride)
    down, across = ((side + 2 * padding - size) // stride + spans for side in x.shape[2:])
    kind = torch.get_autocast_dtype(x.device.type) if torch.is_autocast_enabled(x.device.type) else x.dtype
    kernels = _kernels(x.device)
    if kernels is None or x.requires_grad:
        return _cut(x.to(kind), (down, across), stride, padding)
    made: Tensor = kernels.cut(x, kind, (down, across), stride, padding)
    return made


def _cut(x: Tensor, sides: tuple[int, int], stride: int, padding: int) -> Tensor:
    down, across = (side * stride - had - padding for side, had in zip(sides, x.shape[2:], strict=True))
    x = F.pad(x, (padding, across, padding, down)).permute(0, 2, 3, 1)
    cut = x.reshape(len(x), sides[0], stride, sides[1], stride, x.shape[3]).permute(0, 1, 3, 2, 4, 5)
    return cut.reshape(len(x), *sides, -1).permute(0, 3, 1, 2)


@functools.cache
def _kernels(device: torch.device) -> Any:
    """The module with the kernels for ``device``; None on a CPU, and where Triton is missing or cannot build them."""
    module = "alexnet_app.core.network.functions.space_to_depth_triton"
    return usable(device, module, lambda kernels: _agrees(kernels, device), "the first convolution")


def _agrees(kernels: Any, device: torch.device) -> bool:
    """Whether the kernels give on ``device`` the bits that torch gives."""
    x = torch.linspace(-9, 9, 2 * 3 * 11 * 7, device=device).reshape(2, 3, 11, 7)
    found = kernels.cut(x, torch.float32, (4, 3), 3, 1)
    return torch.equal(found, _cut(x, (4, 3), 3, 1))


def block_weight(weight: Tensor, stride: int) -> Tensor:
    """The kernels, (kernels, maps, size, size), as they see blocks; what hangs over is zero."""
    kernels, maps, size, _ = weight.shape
    spans = -(-size // stride)
    weight = F.pad(weight, (0, spans * stride - size, 0, spans * stride - size))
    cut = weight.reshape(kernels, maps, spans, stride, spans, stride).permute(0, 2, 4, 3, 5, 1)
    return cut.reshape(kernels, spans, spans, -1).permute(0, 3, 1, 2)  # channels-last
