"""What a run computes on: one device, or one for each tower."""

from collections.abc import Sequence

import torch

from alexnet_app.core.device import choose_device, describe
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import TOWERS
from alexnet_app.core.network.meetings import check_towers, exchanged_bytes, stands_apart
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.towers import Network, TowersApart
from alexnet_app.core.training.config import TrainConfig

ONE, TOWERS_APART = PLACEMENTS = ("one", "towers")


def choose_devices(config: TrainConfig) -> tuple[torch.device, ...]:
    """The device of the run, or those of tower A and tower B, which may be the same.

    Raises UserError where there is no such device, or where the network has no towers to put on two.
    """
    if config.placement == ONE:
        return (choose_device(config.device),)
    check_towers(config.spec())
    names = config.devices or _two_gpus()
    if len(names) != len(TOWERS):
        raise UserError("two towers need two devices, not {count}", Way.TWO_DEVICES, count=len(names), key="devices")
    devices = tuple(_named(name) for name in names)
    if len({device.type for device in devices}) > 1:
        raise UserError(
            "{first} and {second} are not of the same kind",
            Way.TWO_DEVICES,
            first=names[0],
            second=names[1],
            key="devices",
        )
    return devices


def placed(spec: NetworkSpec, devices: tuple[torch.device, ...], placement: str = ONE) -> Network:
    """The network of ``spec`` by its ``placement``: whole on one device (two towers apart on one GPU), or a tower on
    each of two.
    """
    if placement == TOWERS_APART:
        return TowersApart(spec, devices)
    apart = devices[0].type == "cuda" and stands_apart(spec)
    return TowersApart(spec, devices * 2) if apart else AlexNet(spec, devices[0])


def describe_all(devices: Sequence[torch.device], placement: str) -> str:
    """What a person calls the devices, with the towers that they have."""
    if placement != TOWERS_APART:
        return " and ".join(map(describe, devices))
    return " and ".join(f"{describe(device)} for tower {name}" for name, device in zip(TOWERS, devices, strict=True))


def exchanged(spec: NetworkSpec, placement: str, batch: int, precision: str) -> int:
    """Bytes that a training step sends from tower to tower; 0 where one device has both."""
    return 0 if placement != TOWERS_APART else exchanged_bytes(spec, batch, width=2 if precision == "bf16" else 4)


def _two_gpus() -> tuple[str, ...]:
    count = torch.cuda.device_count()
    if count < len(TOWERS):
        raise UserError(
            "one tower on each GPU needs two GPUs, but this computer has {count}",
            hint=Way.ONE_OR_TWO_DEVICES,
            count=count,
            key="placement",
        )
    return "cuda:0", "cuda:1"


def _named(name: str) -> torch.device:
    try:
        return choose_device(name)
    except UserError as error:
        raise error.replaced(key="devices") from error
