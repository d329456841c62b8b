"""Units that never fire: a ReLU that is 0 for every image passes no gradient on, so its unit learns nothing more."""

import torch
from torch import Tensor

from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet


def silent_shares(network: AlexNet, pictures: Tensor) -> dict[str, float]:
    """For each layer with a ReLU the share of its units, 0 to 1, that are 0 on all of ``pictures`` (N, 3, S, S), as
    they go into the network. A unit of a convolution is a map: it fires where any of its places does.

    Computed in fp32 on the device of both; the network is left as it is.
    """
    with torch.inference_mode():
        return {
            stage.layer: float((stage.value.transpose(0, 1).flatten(1).amax(1) <= 0).float().mean())
            for stage in stages(network, pictures)
            if stage.step == "relu"
        }
