"""What a trainer is fed with: pictures, varied for every step, or the maps that frozen convolutions make of them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alexnet_app.core.data.feed.batches import BatchOrder
from alexnet_app.core.data.feed.feeding import Feed, feeding
from alexnet_app.core.data.feed.seen import training_images, variation_of
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.towers import Network
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.frozen_maps import FrozenFeed, FrozenMaps


@dataclass(frozen=True, slots=True)
class Fed:
    """The batches to train on, and, where convolutions are computed once, what they make of the validation images."""

    batches: Feed
    validation: FrozenMaps | None = None


def fed(config: TrainConfig, data: Prepared, network: Network, mean: Tensor, precision: str, first: int) -> Fed:
    """What ``network`` is trained on from step ``first`` on; ``mean`` lies on the device that it computes on."""
    device = mean.device
    balance = config.balance == "classes"
    if config.finetune.cache:
        assert isinstance(network, AlexNet)
        split = data.splits["train"]
        order = BatchOrder(len(split.labels), config.batch_size, config.seed, classes=split.labels if balance else None)
        maps = FrozenMaps(network, split, mean, precision)
        feed = FrozenFeed(maps, split.labels, order, config.seed, first, mirror=config.augmentation.mirror)
        return Fed(feed, FrozenMaps(network, data.splits["validation"], mean, precision))
    split, growth = training_images(data, config.validation_joins_after)
    varied = variation_of(data, network.spec, config.augmentation, config.seed, mean)
    batches = feeding(
        split, config.batch_size, config.seed, first, varied, torch.device(device), growth, balance=balance
    )
    return Fed(batches)
