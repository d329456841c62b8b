"""ReLU with the bias of the layer before it (section 3.1), in one pass over the maps where a GPU can."""

import functools
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from alexnet_app.core.gpu_kernels import usable


def relu_of(x: Tensor, bias: Tensor) -> Tensor:
    """relu(x + bias) of maps (N, C, H, W), for each of whose C channels ``bias`` has a number."""
    kernels = _kernels(x.device)
    if kernels is None or not kernels.suits(x):
        return F.relu(x + bias.to(x.dtype)[:, None, None])
    return cast("Tensor", _BiasedReLU.apply(x, bias, kernels))


class _BiasedReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, bias: Tensor, kernels: Any) -> Tensor:
        y = cast("Tensor", kernels.forward(x, bias))
        ctx.save_for_backward(y)
        ctx.kernels, ctx.kind = kernels, bias.dtype
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (y,) = ctx.saved_tensors
        result, of_bias = ctx.kernels.backward(y, grad)
        return result, of_bias.to(ctx.kind), None


@functools.cache
def _kernels(device: torch.device) -> Any:
    """The module with the kernels for ``device``; None on a CPU, and where Triton is missing or cannot build them."""
    module = "alexnet_app.core.network.functions.relu_triton"
    return usable(device, module, lambda kernels: _agrees(kernels, device), "bias and ReLU")


def _agrees(kernels: Any, device: torch.device) -> bool:
    """Whether the kernels give on ``device`` what torch gives."""
    x = torch.linspace(-9, 9, 640, device=device).reshape(5, 16, 2, 4)
    bias, grad = torch.linspace(-3, 3, 16, device=device), x.flip(0)
    y = F.relu(x + bias[:, None, None])
    expected = grad * (y > 0)
    found = kernels.forward(x, bias)
    result, of_bias = kernels.backward(found, grad)
    return torch.equal(found, y) and torch.equal(result, expected) and torch.allclose(of_bias, expected.sum((0, 2, 3)))
