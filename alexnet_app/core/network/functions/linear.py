"""Fully connected layers, multiplied the way round at which a CPU is quicker; the last one in fp32."""

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

HALF = torch.bfloat16, torch.float16
MANY = 16  # pictures; with fewer the turned gradient took up to twenty times as long


class Linear(nn.Linear):
    """``nn.Linear``, by ``linear``."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) → (N, units)."""
        return linear(x, self.weight, self.bias)


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``F.linear`` of pictures (N, inputs), weights (units, inputs) and biases (units): (N, units).

    For a batch on a CPU it is computed as the transpose of weight · xᵀ: the same products, and as exact, but the batch
    is the narrow side, not the low one. Of ``alexnet-2012`` that took 0.4 to 0.9 of the time (two cores, AVX2, MKL).
    """
    if x.device.type != "cpu" or len(x) < MANY or torch.is_autocast_enabled("cpu"):
        return F.linear(x, weight, bias)
    y: Tensor = _Turned.apply(x, weight, bias)
    return y


def scores_of(classes: nn.Module, x: Tensor) -> Tensor:
    """What the last layer, ``classes``, makes of units (N, inputs): scores (N, classes), never of a half type.

    bf16 keeps three digits: rounded to them, scores that lie close together become equal before the softmax.
    """
    if x.device.type == "meta":  # shapes only, and no autocast there
        return cast("Tensor", classes(x))
    with torch.autocast(x.device.type, enabled=False):
        return cast("Tensor", classes(x.float() if x.dtype in HALF else x))


class _Turned(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        turned = torch.addmm(bias[:, None], weight, x.t())
        return turned.t().clone(memory_format=torch.contiguous_format)  # never a view: ReLU is to write over it

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        return (
            torch.mm(weight.t(), grad.t()).t().contiguous() if of_x else None,
            torch.mm(grad.t(), x) if of_weight else None,
            grad.sum(dim=0) if of_bias else None,
        )
