"""What can be seen of one training step from beside it: its gradients, and how long its parts take."""

import time

import torch
from torch import Tensor

FORWARD, BACKWARD, UPDATE = "forward", "backward", "update"
STEP = "step"  # all three, where they cannot be told apart


class StepWatch:
    """Of one step. ``gradients`` are those of every parameter that learns, by its name, a tensor for each part of it.

    ``device`` is where the step computes, None where its parts are not to be timed: what is recorded for a GPU must
    not take the time.
    """

    def __init__(self, device: torch.device | None) -> None:
        self.gradients: dict[str, tuple[Tensor, ...]] = {}
        self._device = device
        self._laps: list[tuple[str, float | torch.cuda.Event]] = []
        self.lap("")

    def lap(self, part: str) -> None:
        """``part`` of the step is done now, on a GPU as soon as it gets there: nobody waits for it."""
        if self._device is not None:
            self._laps.append((part, _now(self._device)))

    def seconds(self) -> dict[str, float]:
        """How long each part took, all pieces of the batch together; a GPU is waited for."""
        found: dict[str, float] = {}
        for (_, begun), (part, ended) in zip(self._laps, self._laps[1:], strict=False):
            found[part] = found.get(part, 0.0) + _between(begun, ended)
        return found


def _now(device: torch.device) -> float | torch.cuda.Event:
    if device.type != "cuda":
        return time.perf_counter()
    event = torch.cuda.Event(enable_timing=True)
    event.record(torch.cuda.current_stream(device))
    return event


def _between(begun: float | torch.cuda.Event, ended: float | torch.cuda.Event) -> float:
    if isinstance(begun, float) and isinstance(ended, float):
        return ended - begun
    assert not isinstance(begun, float)
    assert not isinstance(ended, float)
    ended.synchronize()
    return float(begun.elapsed_time(ended)) / 1000
