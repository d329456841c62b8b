"""A model opened to be looked into: the plain network, in fp32, with what goes into it and what its scores say."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.class_matching import places_of, unknown_class
from alexnet_app.core.network.bundle import Bundle

TOP = 5


class Opened:
    """The network of ``bundle`` on ``device``, whose weights stay as they are. What answers people is quicker and has
    no gradients; this one has every part under its own name.
    """

    def __init__(self, bundle: Bundle, device: torch.device | str = "cpu") -> None:
        self.spec, self.classes = bundle.spec, bundle.classes
        self.network = bundle.network(device)
        self.mean = bundle.mean.to(device)
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)

    def seen(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of ``picture`` (P, P, 3) that the network sees with a single view: its centre, (S, S, 3)."""
        size = self.spec.input_size
        begin = (len(picture) - size) // 2
        return picture[begin : begin + size, begin : begin + size]

    def inside(self, picture: NDArray[np.uint8]) -> Tensor:
        """What goes into the network of ``picture``, uint8 (P, P, 3): its centre, (3, S, S)."""
        return self.batch(picture[None])[0].contiguous()

    def batch(self, pictures: NDArray[np.uint8]) -> Tensor:
        """The same of several pictures, uint8 (N, P, P, 3): (N, 3, S, S)."""
        there = torch.from_numpy(np.array(pictures)).to(self.mean.device)  # it may be read-only
        return centre(there, self.spec.input_size, self.mean, self.spec.input_scale)

    def predictions(self, scores: Tensor) -> tuple[Prediction, ...]:
        """The ``TOP`` most probable classes by ``scores`` (classes,), the likeliest first."""
        values, classes = scores.double().softmax(0).topk(min(TOP, len(scores)))
        pairs: Sequence[tuple[int, float]] = list(zip(classes.tolist(), values.tolist(), strict=True))
        return tuple(Prediction(self.classes[each], probability) for each, probability in pairs)

    def place_of(self, label: str) -> int:
        """Where ``label`` is among the classes; UserError for one that the model does not know."""
        (place,) = places_of(self.classes, [label])
        if place is None:
            raise unknown_class("the model", label, self.classes)
        return place
