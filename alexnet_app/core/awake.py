"""A machine that does not fall asleep while it trains; the screen may.

It is a wish: where the system has no way to it, the run's log says so and all else is as it was.
"""

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from alexnet_app.core.events import Continued, Event, Paused

RELEASE_SECONDS = 1.0  # that the end of a run waits for the system to take note
log = logging.getLogger(__name__)


def kept_awake(events: Iterator[Event]) -> Iterator[Event]:
    """The same events. From the first one on the machine stays awake, until the last one or until this is closed.

    While a run is paused the machine may sleep: nothing is computed then, and a run that a person has forgotten about
    would keep it awake for days. What is asked of the system is asked on a thread of its own, and never waited for: a
    desktop that does not answer stops no training.
    """
    log.setLevel(logging.INFO)  # for the run's log
    awake = _Awake()
    awake.begin()
    try:
        for event in events:
            match event:
                case Paused():
                    awake.end()
                case Continued():
                    awake.begin()
            awake.tell()
            yield event
    finally:
        awake.end()
        close = getattr(events, "close", None)
        if close is not None:
            close()


@contextmanager
def inhibited() -> Iterator[bool]:
    """Asks the system not to sleep; whether it agreed. The thread that enters must leave."""
    from wakepy import keep

    with keep.running(on_fail="pass") as mode:
        yield bool(mode.active)


class _Awake:
    """Holds the wish on a thread: whatever the system does with it happens there."""

    def __init__(self) -> None:
        self._over: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._told = False

    def begin(self) -> None:
        """From now on; nothing where it is so already."""
        if self._over is None:
            self._over = threading.Event()
            self._thread = threading.Thread(target=_hold, args=(self._over, self._said), name="awake", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """No longer; waits a moment, so that nothing is left behind where the program ends next."""
        if self._over is not None and self._thread is not None:
            self._over.set()
            self._thread.join(RELEASE_SECONDS)
        self._over = self._thread = None

    def tell(self) -> None:
        """Writes into the log why the machine may sleep, once, on the thread that trains: its log is open there."""
        if not self._told and not self._said.empty():
            self._told = True
            log.info("this machine may fall asleep during the run: %s", self._said.get())


def _hold(over: threading.Event, said: "queue.SimpleQueue[str]") -> None:
    try:
        with inhibited() as agreed:
            if agreed:
                over.wait()
            else:
                said.put("the system has no way to prevent it")
    except Exception as error:  # the border: what the system's parts raise is no reason to end a run
        said.put(f"{type(error).__name__}: {error}")
