"""What this machine could do at most: how fast it multiplies and copies, and what a step takes at that."""

import time
from collections.abc import Callable

import torch

from alexnet_app.core.network.spec import NetworkSpec


def has_amx() -> bool:
    """Whether the CPU multiplies matrices in bf16 by itself."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def multiplied(device: torch.device, precision: str) -> float:
    """Multiply-adds a second in a product of large matrices."""
    side = 8192 if device.type == "cuda" else 2048
    kind = torch.bfloat16 if precision == "bf16" and (device.type == "cuda" or has_amx()) else torch.float32
    a, b = torch.randn(2, side, side, device=device).to(kind)
    return side**3 / _least(lambda: torch.mm(a, b), device)


def copied(device: torch.device) -> float:
    """Bytes a second, each read or written."""
    here = torch.ones(1 << 26, device=device)
    there = torch.empty_like(here)
    return 2 * here.nbytes / _least(lambda: there.copy_(here), device)


def bound(spec: NetworkSpec, batch: int, multiply_adds: float, copying: float) -> float:
    """Pictures a second at most: nothing but products, and an update that touches each number once.

    Backward costs twice as much as forward, but nobody wants the gradient of the pictures.
    """
    return batch / sum(bounds(spec, batch, multiply_adds, copying).values())


def bounds(spec: NetworkSpec, batch: int, multiply_adds: float, copying: float) -> dict[str, float]:
    """The seconds that a step takes at least, in parts: its products and the update."""
    first = spec.figures()[0].multiply_adds
    convolved = sum(row.multiply_adds for row in spec.figures()[: len(spec.convolutions)])
    dense = spec.multiply_adds - convolved
    products = {
        "convolutions forward": convolved,
        "convolutions backward": 2 * convolved - first,
        "dense layers forward": dense,
        "dense layers backward": 2 * dense,
    }
    update = 5 * 4 * spec.parameters  # weight, momentum and gradient are read, two of them written
    return {name: batch * each / multiply_adds for name, each in products.items()} | {"update": update / copying}


def _least(work: Callable[[], object], device: torch.device) -> float:
    times = []
    for _ in range(6):
        begin = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begin)
    return min(times[1:])
