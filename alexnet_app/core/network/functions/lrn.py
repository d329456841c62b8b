"""Local response normalization, forward and backward (section 3.3).

In torch's own form this layer takes half of a training step on a CPU. Here it is one autograd function that keeps only
its input, sums over neighbouring channels by shifted slices of the channels-last layout, and goes over the maps in
pieces that stay in the cache. On a GPU it is one kernel each way, where there is Triton.
"""

import functools
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from alexnet_app.core.gpu_kernels import usable

# of a piece on a CPU: two megabytes in fp32. Measured best between 2^17 and 2^19 on a quiet machine, and at 2^19 on a
# busy one, where every operation on a piece waits for a thread that was not let run
CACHED_ELEMENTS = 1 << 19
HALF = torch.bfloat16, torch.float16


def local_response_norm(
    x: Tensor, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0, towers: int = 2
) -> Tensor:
    """``b[i] = a[i] / (k + alpha / size · Σ a[j]²)^beta``, the sum over ``size`` neighbouring maps of the same tower.

    ``x`` is (N, C, H, W) with tower A in the first C / 2 channels; the result has its shape and type, in channels-last
    layout. ``alpha`` is divided by ``size``, as in torch and in the source released in 2012; the formula as printed is
    ``alpha=5e-4``. ``towers=1`` normalizes across all channels. Half types are computed in fp32.
    Raises ValueError where ``x`` is not four-dimensional or C is no multiple of ``towers``.
    """
    _check(x, towers)
    return cast("Tensor", _LocalResponseNorm.apply(x, None, size, alpha / size, beta, k, towers))


def norm_of_relu(
    x: Tensor, bias: Tensor, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0, towers: int = 2
) -> Tensor:
    """``local_response_norm`` of relu(x + bias), for each of whose C channels ``bias`` has a number.

    On a GPU the maps are read and written once for all three.
    """
    _check(x, towers)
    kernels = _kernels(x.device)
    if kernels is None or not kernels.suits(x, size):
        return local_response_norm(F.relu(x + bias.to(x.dtype)[:, None, None]), size, alpha, beta, k, towers)
    return cast("Tensor", _LocalResponseNorm.apply(x, bias, size, alpha / size, beta, k, towers))


def _check(x: Tensor, towers: int) -> None:
    if x.dim() != 4 or x.shape[1] % towers:
        raise ValueError(f"expected (N, C, H, W) with C a multiple of {towers}, not {tuple(x.shape)}")


class _LocalResponseNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, bias: Tensor | None, size: int, scale: float, beta: float, k: float, towers: int
    ) -> Tensor:
        ctx.save_for_backward(x, bias)
        ctx.constants = size, scale, beta, k, towers
        kernels = _kernels(x.device)
        if kernels is not None and kernels.suits(x, size):
            return cast("Tensor", kernels.forward(x, bias, towers, size, scale, beta, k))
        # not a view of the rows: what follows may write over it
        y = torch.empty(x.shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
        rows, made = _rows(x, towers), _rows(y, towers)
        # the quick power rounds once more than pow: half types do not show it, nor answers, which learn from nothing;
        # where a gradient is wanted fp32 would be further off than torch's own
        quick = x.dtype in HALF or not ctx.needs_input_grad[0]
        for row, out in _pieces(rows, made):
            _normalize(_precise(row), size, scale, beta, k, out, quick=quick)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, bias = ctx.saved_tensors
        size, scale, beta, k, towers = ctx.constants
        kernels = _kernels(x.device)
        if kernels is not None and kernels.suits(x, size):
            return *kernels.backward(x, bias, grad, towers, size, scale, beta, k), None, None, None, None, None
        result = torch.empty(x.shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
        rows, grads, made = (_rows(each, towers) for each in (x, grad, result))
        for row, g, out in _pieces(rows, grads, made):
            _differentiate(_precise(row), _precise(g), size, scale, beta, k, out)
        return result, None, None, None, None, None, None


@functools.cache
def _kernels(device: torch.device) -> Any:
    """The module with the kernels for ``device``; None on a CPU, and where Triton is missing or cannot build them."""
    module = "alexnet_app.core.network.functions.lrn_triton"
    return usable(device, module, lambda kernels: _agrees(kernels, device), "response normalization")


def _agrees(kernels: Any, device: torch.device) -> bool:
    """Whether the kernels give on ``device`` what is computed without them."""
    constants = 5, 0.1, 0.75, 2.0
    x = torch.linspace(-9, 9, 640, device=device).reshape(5, 4, 2, 16).permute(0, 3, 1, 2)
    grad, bias = x.flip(0), torch.linspace(-3, 3, 16, device=device)
    return all(_agrees_on(kernels, x, grad, each, constants) for each in (None, bias))


def _agrees_on(
    kernels: Any, x: Tensor, grad: Tensor, bias: Tensor | None, constants: tuple[int, float, float, float]
) -> bool:
    active = x if bias is None else F.relu(x + bias[:, None, None])
    rows, grads = _rows(active, 2).contiguous(), _rows(grad, 2).contiguous()
    expected, gradient = torch.empty_like(rows), torch.empty_like(rows)
    _normalize(rows, *constants, expected)
    _differentiate(rows, grads, *constants, gradient)
    back, of_bias = kernels.backward(x, bias, grad, 2, *constants)
    pairs = [(_rows(kernels.forward(x, bias, 2, *constants), 2), expected)]
    if bias is not None:
        gradient = gradient * (rows > 0)
        pairs.append((of_bias, gradient.sum(0).flatten()))
    pairs.append((_rows(back, 2), gradient))
    return all(torch.allclose(found, right, 1e-3, 1e-4) for found, right in pairs)


def _normalize(a: Tensor, size: int, scale: float, beta: float, k: float, out: Tensor, *, quick: bool = False) -> None:
    base = _base(a, size, scale, k)
    torch.div(a, _power(base, beta) if quick else base.pow_(beta), out=out)


def _differentiate(a: Tensor, g: Tensor, size: int, scale: float, beta: float, k: float, out: Tensor) -> None:
    """With d = k + scale · Σ a²:  ∂/∂a = g · d^−β − 2 · scale · β · a · Σ (g · a · d^−(β+1)), the sum over those
    channels whose own window holds this one: the window mirrored.
    """
    base = _base(a, size, scale, k)
    direct = g / _power(base, beta)
    shared = _box((direct * a).div_(base), (size - 1) // 2, size // 2)
    torch.add(direct, shared.mul_(a), alpha=-2 * scale * beta, out=out)


def _rows(x: Tensor, towers: int) -> Tensor:
    """(N, C, H, W) as (N · H · W, towers, C / towers); a view where ``x`` is channels-last."""
    return x.permute(0, 2, 3, 1).reshape(-1, towers, x.shape[1] // towers)


def _pieces(*tensors: Tensor) -> Any:
    """The tensors cut into pieces along their rows: small ones on a CPU, whole elsewhere."""
    first = tensors[0]
    whole = max(1, first.shape[0])
    length = max(1, CACHED_ELEMENTS // max(1, first[0].numel())) if first.device.type == "cpu" and len(first) else whole
    return zip(*(tensor.split(length) for tensor in tensors), strict=True)


def _precise(x: Tensor) -> Tensor:
    return x.float() if x.dtype in HALF else x


def _base(a: Tensor, size: int, scale: float, k: float) -> Tensor:
    """``k + scale · Σ a²``: product and sum in one pass."""
    squares = _box(a * a, size // 2, (size - 1) // 2)
    return torch.add(torch.full((), k, dtype=a.dtype, device=a.device), squares, alpha=scale, out=squares)


def _box(x: Tensor, before: int, after: int) -> Tensor:
    """Sums over each channel, the ``before`` ones before it and the ``after`` ones after it (last axis)."""
    total, channels = x.clone(), x.shape[-1]
    for shift in range(1, min(before, channels - 1) + 1):
        total[..., shift:] += x[..., : channels - shift]
    for shift in range(1, min(after, channels - 1) + 1):
        total[..., : channels - shift] += x[..., shift:]
    return total


def _power(base: Tensor, beta: float) -> Tensor:
    """``base ** beta``; the paper's 0.75 from square roots, five times quicker than ``pow``."""
    if beta != 0.75:
        return base.pow(beta)
    return base.sqrt().mul_(base).sqrt_()  # the outer root halves what the inner steps were rounded by
