"""What is measured of a training beside its losses and errors, as values of named series."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.events import Measured, NormalizationSeen
from alexnet_app.core.insight.normalization import normalization_cuts
from alexnet_app.core.insight.silence import silent_shares
from alexnet_app.core.measures import CHANCE_ERROR, CHANCE_LOSS, SILENT
from alexnet_app.core.network.bundle import Bundle

CUTS_OF, SILENCE_OF = 32, 128  # validation images in which it is looked


def chance(train: NDArray[np.int64], validation: NDArray[np.int64], classes: int) -> Measured:
    """What a network that knows nothing has: the loss of guessing, and the validation error of always naming the class
    of which there are most images (``train`` and ``validation`` are labels, (N,)).
    """
    largest = int(np.bincount(train, minlength=classes).argmax())
    error = 1.0 - float((validation == largest).mean()) if len(validation) else math.nan
    return Measured(0, {CHANCE_LOSS: math.log(classes), CHANCE_ERROR: error})


def silence(bundle: Bundle, data: Prepared, step: int) -> Measured:
    """The share of each layer's units that fire on none of some validation images, after ``step`` steps."""
    shares = silent_shares(bundle.network(), _looked_at(bundle, data, SILENCE_OF))
    return Measured(step, {f"{SILENT}/{layer}": share for layer, share in shares.items()})


def cuts(bundle: Bundle, data: Prepared, step: int) -> tuple[NormalizationSeen, ...]:
    """What normalization does to some validation images; nothing in a network without."""
    if not any("norm" in layer.then for layer in bundle.spec.convolutions):
        return ()
    if not bundle.spec.norm.alpha:
        layers = [layer.name for layer in bundle.spec.convolutions if "norm" in layer.then]
        return tuple(NormalizationSeen(step, name, 0.0, 0.0, is_gain=True) for name in layers)
    found = normalization_cuts(bundle.network(), _looked_at(bundle, data, CUTS_OF))
    return tuple(NormalizationSeen(step, each.layer, each.median, each.most) for each in found)


def _looked_at(bundle: Bundle, data: Prepared, most: int) -> torch.Tensor:
    """Evenly chosen validation images, (N, 3, S, S), as they go into the network."""
    split = data.splits["validation"]
    rows = np.linspace(0, len(split.labels), min(most, len(split.labels)), endpoint=False).astype(np.intp)
    pictures = torch.from_numpy(np.array(split.pictures[rows]))
    return centre(pictures, bundle.spec.input_size, bundle.mean, bundle.spec.input_scale)
