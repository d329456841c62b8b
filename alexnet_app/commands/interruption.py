"""Ctrl-C and a request to end, as a command for the job that runs."""

import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from alexnet_app.core.steering import Command, Stop


@contextmanager
def interruptible(asked: queue.SimpleQueue[Command]) -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C (or a request to end) asks the job to stop and save, the second one breaks it off."""
    seen: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt
        asked.put(Stop())

    before = {number: signal.signal(number, handle) for number in ending_signals()}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ending_signals() -> list[signal.Signals]:
    """Ctrl-C, the request to end, and a closed terminal, but not where nohup has that ignored or there is none."""
    found = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)
    return found if hangup is None or signal.getsignal(hangup) == signal.SIG_IGN else [*found, hangup]
