"""Overlapping max-pooling (section 3.4); on a GPU with kernels of its own, whose gradient is summed in one order."""

import functools
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from alexnet_app.core.gpu_kernels import usable


def max_pool(x: Tensor, size: int, stride: int, *, ceil: bool = False) -> Tensor:
    """The largest of ``size`` × ``size`` values every ``stride``: (N, C, H, W) → (N, C, H', W'), as ``F.max_pool2d``.

    With ``ceil`` the last window may hang over the edge.
    """
    if torch.is_grad_enabled() and x.requires_grad:
        kernels = _kernels(x.device)
        if kernels is not None and kernels.suits(x, size):
            return cast("Tensor", _MaxPool.apply(x, size, stride, ceil, kernels))
    return F.max_pool2d(x, size, stride, ceil_mode=ceil)


class _MaxPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int, stride: int, ceil: bool, kernels: Any) -> Tensor:
        sides = [_side(length, size, stride, ceil=ceil) for length in x.shape[2:]]
        y, taken = kernels.forward(x, sides, size, stride)
        ctx.save_for_backward(taken)
        ctx.about = x.shape[2:], size, stride, kernels
        return cast("Tensor", y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (taken,) = ctx.saved_tensors
        sides, size, stride, kernels = ctx.about
        return kernels.backward(grad, taken, sides, size, stride), None, None, None, None


def _side(length: int, size: int, stride: int, *, ceil: bool) -> int:
    """Of what is pooled; torch leaves out a window that would begin beyond the edge."""
    side = (length - size + (stride - 1 if ceil else 0)) // stride + 1
    return side - 1 if (side - 1) * stride >= length else side


@functools.cache
def _kernels(device: torch.device) -> Any:
    """The module with the kernels for ``device``; None on a CPU, and where Triton is missing or cannot build them."""
    module = "alexnet_app.core.network.functions.pool_triton"
    return usable(device, module, lambda kernels: _agrees(kernels, device), "max-pooling")


def _agrees(kernels: Any, device: torch.device) -> bool:
    """Whether the kernels give on ``device`` what torch gives, where values are equal too."""
    x = (torch.arange(2 * 5 * 7 * 7, device=device).mul(37) % 23).reshape(2, 5, 7, 7).float().requires_grad_()
    y = F.max_pool2d(x, 3, 2)
    grad = torch.linspace(-2, 2, y.numel(), device=device).reshape(y.shape)
    y.backward(grad)
    found, taken = kernels.forward(x.detach(), (3, 3), 3, 2)
    back = kernels.backward(grad, taken, (7, 7), 3, 2)
    return torch.equal(found, y.detach()) and torch.allclose(back, cast("Tensor", x.grad))
