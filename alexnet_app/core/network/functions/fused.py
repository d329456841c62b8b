"""A convolution with what follows it, in as few passes over the maps as the device allows."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from alexnet_app.core.network.functions import lrn, pool, relu, space_to_depth
from alexnet_app.core.network.functions.lrn import norm_of_relu
from alexnet_app.core.network.functions.relu import relu_of
from alexnet_app.core.network.functions.space_to_depth import strided, worth_it
from alexnet_app.core.network.layers import Norm, Step

Steps = tuple[Step, ...]


def on_gpu(x: Tensor) -> bool:
    """Whether passes over the maps are put together: on a GPU each is one more kernel."""
    return x.is_cuda


def convolved(layer: nn.Module, x: Tensor, steps: Steps, norm: Norm, towers: int) -> tuple[Tensor, Steps]:
    """What ``layer`` makes of ``x``, and those of the ``steps`` after it that remain to be done.

    On a CPU a convolution adds its bias by itself. On a GPU that is a pass over the maps of its own, and so are ReLU
    and response normalization: there one pass does all three. ``towers`` are normalized apart.
    """
    if not (on_gpu(x) and isinstance(layer, nn.Conv2d) and layer.bias is not None):
        return layer(x), steps
    stride, padding = layer.stride[0], int(layer.padding[0])
    return fused(x, layer.weight, layer.bias, (stride, padding, layer.groups), steps, norm, towers)


def fused(
    x: Tensor, weight: Tensor, bias: Tensor, form: tuple[int, int, int], steps: Steps, norm: Norm, towers: int
) -> tuple[Tensor, Steps]:
    """As ``convolved``, on a GPU; ``form`` is (stride, padding, groups)."""
    stride, padding, groups = form
    if steps[:1] != ("relu",):
        return _convolution(x, weight, bias, stride, padding, groups), steps
    maps = _convolution(x, weight, None, stride, padding, groups)
    if steps[:2] == ("relu", "norm"):
        alone = towers if norm.across == "tower" else 1
        return norm_of_relu(maps, bias, norm.size, norm.alpha, norm.beta, norm.k, alone), steps[2:]
    return relu_of(maps, bias), steps[1:]


def made_of(device: torch.device) -> str:
    """What the layers are computed with on ``device``, as far as it decides how they are rounded."""
    if device.type != "cuda":
        return "any"
    modules = (lrn, pool, relu, space_to_depth)
    own = [each.__name__.rpartition(".")[2] for each in modules if each._kernels(device) is not None]
    return ", ".join(own) or "torch's"


def _convolution(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, groups: int) -> Tensor:
    if groups == 1 and worth_it(weight, stride):
        return strided(x, weight, bias, stride, padding)
    return F.conv2d(x, weight, bias, stride, padding, groups=groups)
