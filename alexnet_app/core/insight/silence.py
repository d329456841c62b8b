"""Units that never fire: a ReLU that is 0 for every image passes no gradient on, so its unit learns nothing more."""

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.network.alexnet import AlexNet, follow


def silent_shares(network: AlexNet, pictures: Tensor) -> dict[str, float]:
    """For each layer with a ReLU the share of its units, 0 to 1, that are 0 on all of ``pictures`` (N, 3, S, S), as
    they go into the network. A unit of a convolution is a map: it fires where any of its places does.

    Computed in fp32 on the device of both; the network is left as it is.
    """
    spec, x = network.spec, pictures
    shares: dict[str, float] = {}
    with torch.inference_mode():
        if spec.overhang:
            x = F.pad(x, (0, spec.overhang, 0, spec.overhang))
        for layer in spec.convolutions:
            x = network.get_submodule(layer.name)(x)
            for step in layer.then:
                x = follow(step, x, spec, spec.towers)
                if step == "relu":
                    shares[layer.name] = _silent(x.amax((0, 2, 3)))
        x = x.flatten(1)
        for dense in spec.dense[:-1]:
            x = follow(dense.then, network.get_submodule(dense.name)(x), spec, spec.towers)
            if dense.then == "relu":
                shares[dense.name] = _silent(x.amax(0))
    return shares


def _silent(strongest: Tensor) -> float:
    return float((strongest <= 0).float().mean())
