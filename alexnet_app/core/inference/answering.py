"""A network prepared for inference: in the precision that is asked for, its weights packed for the CPU.

Nothing learns here, so weights need not stay in the layout in which an optimizer changes them.
"""

from typing import Any

import torch
from torch import Tensor, nn

from alexnet_app.core.device import choose_precision
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.functions.linear import Linear

TYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16}
TOLERANCE = 1e-2  # of packed results, relative to the largest: far from rounding, in bf16 too, and from a wrong layout


def answering_precision(name: str, device: torch.device) -> str:
    """The precision for answers: fp32 for "auto", on every device, so that a picture gets the same ones everywhere.

    bf16 is for who asks for it. It halves the weights that are read for each picture; what it costs, on 1,500 test
    pictures of CIFAR-10 with the bundled model: the probability of the first answer moves by 0.0013 on average, any by
    0.034 at most, 99.7 % of the first answers are the same, the error is 14.13 % instead of 14.07 %. CPUs that only
    emulate it take four times as long as with fp32. UserError for a precision that the device does not have.
    """
    return choose_precision("fp32" if name == "auto" else name, device)


def answering(bundle: Bundle, device: torch.device, precision: str) -> AlexNet:
    """The network of ``bundle`` for answers: takes ``TYPES[precision]``, gives fp32.

    The weights are of that type themselves, but for the last layer's, which stay fp32: autocast would convert them anew
    at every call, which for one picture takes longer than all the rest. Each gives the answers of the plain network up
    to rounding.
    """
    network = bundle.network(device)
    for layer in bundle.spec.layers[:-1]:
        network.get_submodule(layer.name).to(TYPES[precision])
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    if device.type == "cpu":
        sides = dict(zip((layer.name for layer in bundle.spec.convolutions), bundle.spec.input_sides(), strict=True))
        for name, module in list(network.named_children()):
            network.set_submodule(name, packed(module, sides.get(name, 1)))
    return network


def packed(plain: nn.Module, side: int = 1) -> nn.Module:
    """``plain`` as a layer that computes the same from packed weights, or itself where torch here cannot do that.

    ``side`` is that of the maps that a convolution will read. torch packs weights only in what it compiles; its
    operators for that are there, but promised to nobody: so what they compute is looked at once.
    """
    if type(plain) not in PACKED:
        return plain
    sample = _sample(plain, side)
    with torch.inference_mode():
        expected = plain(sample)
        try:
            layer = PACKED[type(plain)](plain, side)
            found = layer(sample)
        except (AttributeError, RuntimeError, TypeError):  # no such operator, or not for this type on this CPU
            return plain
        largest = expected.abs().max() + torch.finfo(expected.dtype).tiny
        is_same = found.shape == expected.shape and bool((found - expected).abs().max() <= TOLERANCE * largest)
    return layer if is_same else plain


class PackedLinear(nn.Module):
    """A fully connected layer whose weights lie in the blocks in which oneDNN multiplies them.

    For one picture they are read as fast as can be, for several that multiplies up to twice as fast as a plain layout.
    """

    def __init__(self, plain: nn.Linear, _side: int = 1) -> None:
        super().__init__()
        # as for one picture: that layout is as good for several, but any other takes twice as long for one
        self._weight = torch.ops.mkldnn._reorder_linear_weight(plain.weight.detach(), 1)
        self._bias = plain.bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) → (N, units)."""
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], "")
        return y


class PackedConvolution(nn.Module):
    """A convolution of maps of ``side`` whose weights lie in the blocks in which oneDNN multiplies them.

    From a plain layout they are brought there at every call, which for one picture is a third of the time of conv3.
    """

    def __init__(self, plain: nn.Conv2d, side: int) -> None:
        super().__init__()
        weight = plain.weight.detach().contiguous().to_mkldnn()
        self._bias = None if plain.bias is None else plain.bias.detach()
        self._window = (plain.padding, plain.stride, plain.dilation, plain.groups)
        # the blocks depend on the size: without it some layers take twenty times as long
        size = (1, plain.in_channels, side, side)
        reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight
        self._weight = reorder(weight, *self._window, size)

    def forward(self, x: Tensor) -> Tensor:
        """(N, maps, side, side) → (N, kernels, …), both channels-last."""
        y: Tensor = torch.ops.mkldnn._convolution_pointwise(x, self._weight, self._bias, *self._window, "none", [], "")
        return y


PACKED: dict[type[nn.Module], Any] = {nn.Linear: PackedLinear, Linear: PackedLinear, nn.Conv2d: PackedConvolution}


def _sample(plain: nn.Module, side: int) -> Tensor:
    """An input for ``plain``, in its type."""
    weight = plain.get_parameter("weight")
    if isinstance(plain, nn.Conv2d):
        values = torch.linspace(-1, 1, plain.in_channels * side**2).reshape(1, plain.in_channels, side, side)
        return values.to(weight.dtype).contiguous(memory_format=torch.channels_last)
    return torch.linspace(-1, 1, weight.shape[1]).to(weight.dtype)[None]
