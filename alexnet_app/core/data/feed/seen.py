"""What a training sees of a prepared set: which images, how they are varied, and what is subtracted from them."""

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core.data.feed.batches import Growth
from alexnet_app.core.data.feed.reading import Joined
from alexnet_app.core.data.feed.variation import Variation, VariationSettings
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.network.spec import NetworkSpec


def training_images(data: Prepared, joins_after: int) -> tuple[Arrays, Growth | None]:
    """What is trained on, and how that grows where the validation images join after ``joins_after`` epochs (not 0)."""
    train = data.splits["train"]
    if not joins_after:
        return train, None
    validation = data.splits["validation"]
    pictures = Joined(train.pictures, validation.pictures)
    labels = np.concatenate([train.labels, validation.labels])
    return Arrays(pictures, labels), Growth(len(train.labels), joins_after)


def mean_of(data: Prepared, spec: NetworkSpec) -> Tensor:
    """What is subtracted from every pixel: (3, 1, 1), or the centre of the mean picture, (3, S, S), as in 2012."""
    if spec.mean == "channel":
        return torch.from_numpy(data.mean).reshape(3, 1, 1)
    begin = (spec.picture_size - spec.input_size) // 2
    part = data.mean_picture[begin : begin + spec.input_size, begin : begin + spec.input_size]
    return torch.from_numpy(part.transpose(2, 0, 1).copy())


def variation_of(data: Prepared, spec: NetworkSpec, settings: VariationSettings, seed: int, mean: Tensor) -> Variation:
    """How the images are varied for the network of ``spec``; the colour noise goes along the components of ``data``."""
    components, scale = data.components, spec.input_scale
    return Variation(
        settings,
        seed,
        side=spec.picture_size,
        size=spec.input_size,
        mean=mean,
        scale=mean.new_tensor(scale) if isinstance(scale, tuple) else scale,
        components=torch.from_numpy(components.directions * components.standard_deviations).float(),
    )
