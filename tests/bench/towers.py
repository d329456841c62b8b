"""A training step with both towers on one device against a tower on each of two: ``python tests/bench/towers.py``.

``python tests/bench/towers.py [NETWORK] [BATCH] [DEVICE DEVICE]``; without devices the CPU is named twice. A device
that is named twice shows what two halves cost by themselves: more and smaller operations, and no copies. Speed on two
real GPUs, which this is for, is not measured: whether it is slower or quicker there is not known. Rounds are
interleaved; the ratio is the time on one device (the first) over that on two, so above 1 two are quicker.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
import torch.nn.functional as F

from alexnet_app.core.device import describe
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.meetings import exchanged_bytes
from alexnet_app.core.network.towers import Network, TowersApart
from alexnet_app.core.network.variants import variant
from alexnet_app.core.training.config import Optimization
from alexnet_app.core.training.optimizer import PaperSGD

ROUNDS, STEPS = 9, 3


def stepping(network: Network, batch: int, devices: tuple[torch.device, ...]) -> Callable[[], float]:
    """What takes a few training steps with ``network`` and gives the seconds of one."""
    spec, device = network.spec, devices[0]
    network.to(memory_format=torch.channels_last).train().initialize(torch.Generator().manual_seed(1))
    optimizer = PaperSGD(network, Optimization(), 1e-3)
    chance = torch.Generator(device).manual_seed(2)
    x = torch.randn(batch, 3, spec.input_size, spec.input_size, device=device)
    x = x.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch, device=device) % spec.classes

    def seconds() -> float:
        wait(devices)
        start = time.perf_counter()
        for _ in range(STEPS):
            F.cross_entropy(network(x, chance), labels).backward()
            optimizer.step()
        wait(devices)
        return (time.perf_counter() - start) / STEPS

    return seconds


def wait(devices: tuple[torch.device, ...]) -> None:
    """Until the devices have done all that was asked of them."""
    for device in devices:
        if device.type == "cuda":
            torch.cuda.synchronize(device)


def main() -> None:
    """Prints the ratio."""
    name, batch, *named = [*sys.argv[1:], *("shapes-towers", "64")[len(sys.argv) - 1 :]]
    devices = tuple(torch.device(each) for each in named or ("cpu", "cpu"))
    spec, count = variant(name), int(batch)
    one = stepping(AlexNet(spec, devices[0]), count, devices)
    two = stepping(TowersApart(spec, devices), count, devices)
    one(), two()  # warm up
    pairs = [(one(), two()) for _ in range(ROUNDS)]
    ratios = sorted(alone / shared for alone, shared in pairs)
    alone, shared = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{name}, batch {count}, fp32, torch {torch.__version__}, {ROUNDS} interleaved rounds of {STEPS} steps")
    print(f"{describe(devices[0])} against {' and '.join(describe(device) for device in devices)}")
    print(f"the towers exchange {exchanged_bytes(spec, count) / 1e6:.2f} MB in each step")
    print(
        f"one device {1000 * alone:.1f} ms a step, two {1000 * shared:.1f} ms, "
        f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


if __name__ == "__main__":
    main()
