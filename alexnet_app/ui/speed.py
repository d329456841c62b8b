"""How fast a job is, and how long still, as it is shown while it is on."""

import time
from collections import deque

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Progress, Skipped, Task
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.wording import duration, ending, time_left

SECONDS = 5.0  # the speed shown is that of the last so many
CALM, CALM_SHARE = 60.0, 0.02  # seconds, and part of the rest, by which an end may be another one
SOON = 120  # seconds that are left: then nobody looks at the clock
TIMED = (Task.PREPARE, Task.REPAIR, Task.VERIFY)  # tasks on pictures that take long enough


class Speed:
    """Bytes, or whatever else is counted, in a second, over the last few seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def take(self, done: int, now: float) -> None:
        """``done`` in all at ``now``, in seconds."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > SECONDS:
            self._seen.popleft()

    def value(self) -> float:
        """0 while it is not known."""
        if len(self._seen) < 2:
            return 0.0
        (first, before), (last, done) = self._seen[0], self._seen[-1]
        return (done - before) / (last - first) if last > first else 0.0


class EndTime:
    """When a job will have ended, by the clock. What was said is said again while it is as good as true: an estimate
    changes all the time, and a time that changes cannot be read.
    """

    def __init__(self) -> None:
        self._said: float | None = None

    def at(self, left: float, now: float) -> float:
        """The end in seconds since 1970, where so many seconds are ``left`` at ``now``."""
        end = now + left
        if self._said is None or abs(end - self._said) > max(CALM, CALM_SHARE * left):
            self._said = end
        return self._said

    def left(self, seconds: float | None, *, waits: bool = False) -> str:
        """How long still, and until when: "2 h 10 min left, ends at 23:40"; nobody knows the end while the job
        ``waits`` for a person. Empty for None.
        """
        if seconds is None:
            return ""
        left = QCoreApplication.translate("speed", "{time} left").format(time=time_left(seconds))
        if waits or seconds < SOON:
            return left
        now = time.time()
        end = ending(self.at(seconds, now), now)
        return QCoreApplication.translate("speed", "{left}, {end}").format(left=left, end=end)


class PicturePace:
    """How fast a job is that prepares or verifies pictures: give ``take`` its events.

    ``left_out`` counts the files that it could not read.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._last = Progress(Task.PREPARE, 0, 0)
        self._speed = Speed()

    def take(self, event: Progress | Skipped) -> None:
        """Brings it up to date."""
        if isinstance(event, Skipped):
            self.left_out += 1
            return
        if event.task != self._last.task:
            self._speed = Speed()
        self._last = event
        self._speed.take(event.done, time.monotonic())

    def speed(self) -> str:
        """Such as "78 images/s"; empty while it is not known."""
        value = self._value()
        return (
            QCoreApplication.translate("speed", "{speed:,.0f} images/s").format(**shown(speed=value)) if value else ""
        )

    def rest(self) -> str:
        """Such as "21 s left"; empty while it is not known."""
        value = self._value()
        if not (value and self._last.total):
            return ""
        left = duration((self._last.total - self._last.done) / value)
        return QCoreApplication.translate("speed", "{time} left").format(time=left)

    def _value(self) -> float:
        return self._speed.value() if self._last.task in TIMED else 0.0
