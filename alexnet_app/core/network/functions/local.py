"""Locally connected layers: convolutions whose every position has kernels of its own."""

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from alexnet_app.core.network.layers import Convolution


class LocallyConnected(nn.Module):
    """A convolution whose every position has kernels of its own.

    ``weight`` is (positions, kernels, channels · size · size), ``bias`` (positions, kernels).
    """

    def __init__(self, layer: Convolution, maps: int, side: int) -> None:
        super().__init__()
        self.size, self.stride, self.padding, self.side = layer.size, layer.stride, layer.padding, side
        self.weight = nn.Parameter(torch.empty(side**2, layer.kernels, maps * layer.size**2))
        self.bias = nn.Parameter(torch.empty(side**2, layer.kernels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, maps, side, side) → (N, kernels, side, side), channels-last: one matrix product for each position."""
        patches = cast("Tensor", _Patches.apply(x, self.size, self.stride, self.padding, self.side)).flatten(2)
        # channels last, as the patches are; the weights are kept as the field writes them
        weight = self.weight.unflatten(2, (x.shape[1], -1)).transpose(2, 3).flatten(2)
        scores = torch.baddbmm(self.bias.unsqueeze(1).to(patches.dtype), patches, weight.transpose(1, 2))
        return scores.transpose(0, 1).reshape(len(x), self.side, self.side, -1).permute(0, 3, 1, 2)


class _Patches(torch.autograd.Function):
    """What the kernels of each position see: (N, C, H, W) → (positions, N, size · size, C).

    ``F.unfold`` gives the same in another order; on a CPU the layer takes three times as long with it, because it works
    picture by picture and what it gives must be turned before it can be multiplied.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int, stride: int, padding: int, side: int) -> Tensor:
        ctx.place = x.shape, size, stride, padding, side
        last = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
        windows = last.unfold(1, size, stride).unfold(2, size, stride)  # (N, side, side, C, size, size), a view
        return windows.permute(1, 2, 0, 4, 5, 3).reshape(side**2, len(x), size**2, -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (count, channels, height, width), size, stride, padding, side = ctx.place
        windows = grad.reshape(side, side, count, size, size, channels).permute(2, 3, 4, 0, 1, 5)
        padded = grad.new_zeros(count, height + 2 * padding, width + 2 * padding, channels)
        for row in range(size):
            for column in range(size):
                rows = slice(row, row + stride * side, stride)
                columns = slice(column, column + stride * side, stride)
                padded[:, rows, columns] += windows[:, row, column]
        inner = padded[:, padding : padding + height, padding : padding + width]
        return inner.permute(0, 3, 1, 2), None, None, None, None
