"""How long a training takes still, until when, and how its machine is, as a terminal says it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from alexnet_app.core.events import EpochDone, Event, Resumed, RunStarted
from alexnet_app.core.measures import GPU_LOAD, GPU_TEMPERATURE
from alexnet_app.core.runs.state import RunState

MOST_DAYS = 36_500  # what is later has no date


class Remaining:
    """``take`` the events of a run whose batches have ``batch_size`` images."""

    def __init__(self, batch_size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._state, self._clock = RunState(batch_size, clock), clock
        self._begun = clock()
        self.is_live = False

    def take(self, event: Event) -> None:
        """Brings it up to date."""
        self._state.take(event)
        if isinstance(event, EpochDone):
            now = self._clock()
            # of a run that is followed all that is past comes at once: its epochs were over long ago
            self.is_live = now - self._begun >= self._epoch_seconds() / 2
            self._begun = now
        elif isinstance(event, RunStarted | Resumed):
            self._begun = self._clock()

    def end(self) -> str:
        """Such as "ends at 23:40"; empty while that is not known, and at the end."""
        seconds = self._state.remaining_seconds()
        return ending(seconds, datetime.now().astimezone()) if seconds else ""

    def after_epoch(self) -> str:
        """The same for the line of an epoch, unless that was over before anybody followed the run."""
        return self.end() if self.is_live else ""

    def machine(self) -> str:
        """The newest readings of its GPUs, such as "GPU 0 96%, 71 °C"; empty where there are none."""
        found: dict[str, list[str]] = {}
        for name, value in self._state.measured.items():
            family, _, gpu = name.partition("/")
            if family == GPU_LOAD:
                found.setdefault(gpu, []).append(f"{value:.0%}")
            elif family == GPU_TEMPERATURE:
                found.setdefault(gpu, []).append(f"{value:.0f} °C")
        return ", ".join(f"{gpu} {', '.join(parts)}" for gpu, parts in found.items())

    def _epoch_seconds(self) -> float:
        state = self._state
        speed = state.images_per_second
        return state.steps_per_epoch * state.batch_size / speed if speed else float("inf")


def ending(seconds: float, now: datetime) -> str:
    """When something ends that takes so many ``seconds`` still: "ends at 23:40", "ends Tue 03:15" within a week, "ends
    2026-12-12" later; empty where that is beyond all dates.
    """
    if seconds > MOST_DAYS * 86_400:
        return ""
    end = (now + timedelta(seconds=seconds)).astimezone(now.tzinfo)
    days = (end.date() - now.date()).days
    if not days:
        return f"ends at {end:%H:%M}"
    return f"ends {end:%a %H:%M}" if days < 7 else f"ends {end:%Y-%m-%d}"
