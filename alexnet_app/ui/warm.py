"""What takes long to load is loaded on a thread, once the window is on the screen."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warm:
    """All is loaded; ``devices`` are names with what people call them, "auto" first."""

    devices: tuple[tuple[str, str], ...]


def warming() -> Iterator[Warm]:
    """Loads torch, the training loop and the plots; tells what can compute here."""
    import pyqtgraph  # noqa: F401
    import torch

    import alexnet_app.core.inference.classifier
    import alexnet_app.core.training.train  # noqa: F401
    from alexnet_app.core.device import choose_device, describe

    names = ("cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count())))
    devices = [(name, describe(torch.device(name))) for name in names]
    auto = describe(choose_device("auto"))
    yield Warm((("auto", auto), *devices))
