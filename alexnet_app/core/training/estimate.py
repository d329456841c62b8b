"""What a run is going to take: time, memory, disk; said before it starts."""

from collections.abc import Sequence
from pathlib import Path

import torch

from alexnet_app.core.data.feed.feeding import bytes_ahead
from alexnet_app.core.data.prepared.expecting import NOTHING, Expected
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.device import describe, measure_speed, memory_bytes
from alexnet_app.core.errors import Lines, Sentence, UserError, Way
from alexnet_app.core.events import Estimated
from alexnet_app.core.files import free_bytes, on_one_disk
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.places import cache_folder
from alexnet_app.core.training.config import CONVOLUTIONS, TrainConfig
from alexnet_app.core.training.kept_size import VIEWS, bytes_kept

DAY = 86_400
# measured on the three small networks and on alexnet-2012: a step against its bare convolutions, and the memory of a
# step against one copy of every map; the rest is normalization, pooling, the update and torch itself
STEP_FACTOR = 1.5
MAP_COPIES = 6
TORCH_BYTES = 500 << 20


def estimate(
    config: TrainConfig, source: Source, device: torch.device, precision: str, expected: Expected = NOTHING
) -> Estimated:
    """Time from a measurement of the device that takes a third of a second, memory and disk from the layer table;
    ``expected`` is of the prepared set.
    """
    spec = config.spec(len(source.classes))
    pictures = max(1, round(config.share * len(source.splits["train"].labels)))
    work = _work(spec, config) * pictures * config.epochs
    if config.finetune.cache:
        once = sum(row.multiply_adds for row in spec.figures()[: len(spec.convolutions)])
        work += once * (VIEWS - config.epochs) * pictures  # twice, not in every epoch
    seconds = STEP_FACTOR * work / measure_speed(device, precision)
    values = 3 * spec.input_size**2
    maps = values + sum(row.maps * row.side**2 for row in spec.figures())
    batch, at_once = (min(each, pictures) for each in (config.batch_size, config.at_once))
    step_bytes = 4 * MAP_COPIES * (maps * at_once + values * (batch - at_once))
    batch_bytes, raw = 4 * 3 * spec.input_size**2 * batch, expected.storage != "jpeg"
    kept = bytes_kept(spec, pictures) if config.finetune.cache else 0
    memory = TORCH_BYTES + kept + 3 * 4 * spec.parameters + step_bytes + bytes_ahead(batch_bytes, device, raw=raw)
    own = 5 * 4 * spec.parameters
    return Estimated(seconds, memory, own + expected.need, _advice(seconds, device), expected.need)


def _work(spec: NetworkSpec, config: TrainConfig) -> int:
    """Multiply-adds of a training step of one picture: backward is twice forward, but not before the first layer that
    learns.
    """
    names, frozen = [layer.name for layer in spec.layers], config.finetune.frozen
    if CONVOLUTIONS in frozen:
        frozen = (*frozen, *(layer.name for layer in spec.convolutions))
    first = next((place for place, name in enumerate(names) if name not in frozen), 0)
    return sum(row.multiply_adds * (3 if place >= first else 1) for place, row in enumerate(spec.figures()))


def check_room(estimated: Estimated, devices: Sequence[torch.device], folder: Path) -> Estimated:
    """``estimated``, if the devices and the disk have room for it; UserError with both figures if not.

    Two devices that each have a tower need about half of the memory each.
    """
    need = TORCH_BYTES + (estimated.memory_bytes - TORCH_BYTES) / len(set(devices))
    for device in dict.fromkeys(devices):
        if need > memory_bytes(device):
            raise UserError(
                "training needs about {need:.1f} GB of memory, but {device} has {have:.1f} GB free",
                hint=Way.FEWER_AT_ONCE,
                need=need / 1e9,
                have=memory_bytes(device) / 1e9,
                device=describe(device),
            )
    cache = cache_folder()
    apart = estimated.prepared_bytes > 0 and not on_one_disk(folder, cache)
    own = estimated.disk_bytes - (estimated.prepared_bytes if apart else 0)
    if own > free_bytes(folder):
        raise UserError(
            "the run needs about {need:,.0f} MB of disk space, but {folder} has {have:,.0f} MB free",
            hint=Way.ROOM_FOR_RUN,
            need=max(1, own / 1e6),
            have=free_bytes(folder) / 1e6,
            folder=folder,
        )
    if apart and estimated.prepared_bytes > free_bytes(cache):
        raise UserError(
            "the prepared images need about {need:,.0f} MB in {folder}, but it has {have:,.0f} MB free",
            hint="free some space, or choose the storage jpeg",
            need=max(1, estimated.prepared_bytes / 1e6),
            have=free_bytes(cache) / 1e6,
            folder=cache,
        )
    return estimated


def _advice(seconds: float, device: torch.device) -> str:
    days = round(seconds / DAY)
    one = "this takes a day on this CPU; choose cifar-towers, or a computer with a GPU"
    many = "this takes {days:,} days on this CPU; choose cifar-towers, or a computer with a GPU"
    if device.type == "cpu" and seconds > DAY:
        return Lines.of([Sentence(one if days == 1 else many, days=days)])
    return ""
