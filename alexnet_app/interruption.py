"""Ctrl-C and a request to end, as a command for the job that runs."""

import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from alexnet_app.core.events import Command, Stop


@contextmanager
def interruptible(asked: queue.SimpleQueue[Command]) -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C (or a request to end) asks the job to stop and save, the second one breaks it off."""
    seen: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt
        asked.put(Stop())

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
