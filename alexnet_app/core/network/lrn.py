"""Local response normalization, forward and backward (section 3.3).

In torch's own form this layer takes half of a training step on a CPU. Here it is one autograd function that keeps only
its input, sums over neighbouring channels by shifted slices of the channels-last layout, and goes over the maps in
pieces that stay in the cache. On a GPU it is one kernel each way, where there is Triton.
"""

import functools
import logging
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

log = logging.getLogger(__name__)
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
    if x.dim() != 4 or x.shape[1] % towers:
        raise ValueError(f"expected (N, C, H, W) with C a multiple of {towers}, not {tuple(x.shape)}")
    return cast("Tensor", _LocalResponseNorm.apply(x, size, alpha / size, beta, k, towers))


class _LocalResponseNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int, scale: float, beta: float, k: float, towers: int) -> Tensor:
        ctx.save_for_backward(x)
        ctx.constants = size, scale, beta, k, towers
        rows = _rows(x, towers)
        kernels = _kernels(x.device)
        if kernels is not None and kernels.suits(rows, size):
            return _maps(kernels.forward(rows, size, scale, beta, k), x)
        y = torch.empty_like(rows)
        # the quick power rounds once more than pow: half types do not show it, nor answers, which learn from nothing;
        # where a gradient is wanted fp32 would be further off than torch's own
        quick = x.dtype in HALF or not ctx.needs_input_grad[0]
        for row, out in _pieces(rows, y):
            _normalize(_precise(row), size, scale, beta, k, out, quick=quick)
        return _maps(y, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (x,) = ctx.saved_tensors
        size, scale, beta, k, towers = ctx.constants
        rows, grads = _rows(x, towers), _rows(grad, towers)
        kernels = _kernels(x.device)
        if kernels is not None and kernels.suits(rows, size):
            return _maps(kernels.backward(rows, grads, size, scale, beta, k), x), None, None, None, None, None
        result = torch.empty_like(rows)
        for row, g, out in _pieces(rows, grads, result):
            _differentiate(_precise(row), _precise(g), size, scale, beta, k, out)
        return _maps(result, x), None, None, None, None, None


@functools.cache
def _kernels(device: torch.device) -> Any:
    """The module with the kernels for ``device``; None on a CPU, and where Triton is missing or cannot build them."""
    if device.type != "cuda":
        return None
    try:
        from alexnet_app.core.network import lrn_triton

        right = _agrees(lrn_triton, device)
    except Exception as error:  # builds with the system's compiler for the GPU that is there: much can be missing
        log.warning("response normalization is computed without Triton: %s", error)
        return None
    if not right:
        log.warning("response normalization is computed without Triton, whose results here are wrong")
    return lrn_triton if right else None


def _agrees(kernels: Any, device: torch.device) -> bool:
    """Whether the kernels give on ``device`` what is computed without them."""
    constants = 5, 0.1, 0.75, 2.0
    rows = torch.linspace(-9, 9, 640, device=device).reshape(20, 2, 16)
    grads, expected, gradient = rows.flip(0).contiguous(), torch.empty_like(rows), torch.empty_like(rows)
    _normalize(rows, *constants, expected)
    _differentiate(rows, grads, *constants, gradient)
    found = kernels.forward(rows, *constants), kernels.backward(rows, grads, *constants)
    return all(torch.allclose(one, other, 1e-3, 1e-4) for one, other in zip(found, (expected, gradient), strict=True))


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


def _maps(rows: Tensor, like: Tensor) -> Tensor:
    count, channels, height, width = like.shape
    return rows.view(count, height, width, channels).permute(0, 3, 1, 2)


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
