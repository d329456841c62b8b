"""Guided back-propagation (Springenberg and others 2014): which pixels made a unit fire, by paths that speak for it."""

import torch
from torch import Tensor

from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet


def guided(network: AlexNet, pictures: Tensor, layer: str, unit: int, places: Tensor) -> Tensor:
    """The gradient of unit ``unit`` of ``layer``, before what follows the layer, by the pixels of ``pictures``
    (N, 3, S, S): (N, 3, S, S), on the CPU.

    At each ReLU on the way only what is positive goes back, so that nothing is drawn that speaks against a unit that
    fires. ``places`` (N, 2) are row and column of its map in each picture; a dense layer has one place, (0, 0). It is 0
    outside of the unit's receptive field.
    """
    inside = pictures.detach().clone().requires_grad_()
    with torch.enable_grad():
        for stage in stages(network, inside):
            if stage.layer == layer:
                break
            if stage.step == "relu":
                stage.value.register_hook(_positive)
        value = stage.value if stage.value.dim() == 4 else stage.value[:, :, None, None]
        rows, columns = places.to(value.device).T
        wanted = value[torch.arange(len(value), device=value.device), unit, rows, columns].sum()
    (gradient,) = torch.autograd.grad(wanted, inside)
    return gradient.cpu()


def _positive(gradient: Tensor) -> Tensor:
    return gradient.clamp(min=0)
