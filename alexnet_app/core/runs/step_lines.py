"""The lines of a run's steps read as arrays: a long run has ten million losses, too many for an object each."""

import math
import warnings
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.events import StepsDone
from alexnet_app.core.runs.lines import LARGEST, LARGEST_REAL, event_from_line

KIND = b'{"event": "StepsDone", '  # to_line writes the kind first
AT_ONCE = 1 << 20  # bytes of losses that are read together: far sooner than line by line
_NUMERIC = b"0123456789+-.eE, nul"  # what a list of losses is written with


class _Cut(NamedTuple):
    """A line in the very form of ``to_line``: where it begins, itself, and its losses as text."""

    place: int
    line: bytes
    losses: bytes
    first: int
    rate: float
    speed: float


@dataclass(slots=True)
class StepTable:
    """Lines of steps, in the order of the file: where each begins and what it says. Complete after ``flush``."""

    places: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)
    losses: list[NDArray[np.float32]] = field(default_factory=list)
    _waiting: list[_Cut] = field(default_factory=list)
    _bytes: int = 0

    def put(self, place: int, line: bytes) -> bool:
        """Takes ``line``, which begins at ``place``. Whether it is one of steps."""
        cut = _cut(place, line) if line.startswith(KIND) else None
        if cut is not None:
            self._waiting.append(cut)
            self._bytes += len(cut.losses)
            if self._bytes >= AT_ONCE:
                self.flush()
            return True
        event = event_from_line(line)
        if not isinstance(event, StepsDone):
            return False
        self.flush()
        self._keep(place, event)
        return True

    def _keep(self, place: int, event: StepsDone) -> None:
        with np.errstate(over="ignore"):  # beyond fp32 is as good as infinite
            losses = np.array(event.losses, np.float64).astype(np.float32)
        self._add(place, event.first, event.rate, event.images_per_second, losses)

    def _add(self, place: int, first: int, rate: float, speed: float, losses: NDArray[np.float32]) -> None:
        self.places.append(place)
        self.firsts.append(first)
        self.rates.append(rate)
        self.speeds.append(speed)
        self.losses.append(losses)

    def flush(self) -> None:
        """Reads what waits; a line among it that is none after all is left out."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        counts = [each.losses.count(b",") + 1 for each in waiting]
        found = _numbers(b", ".join(each.losses for each in waiting)) if waiting else None
        if found is not None and len(found) == sum(counts):
            with np.errstate(over="ignore"):
                parts = np.split(found.astype(np.float32), np.cumsum(counts)[:-1])
            for each, losses in zip(waiting, parts, strict=True):
                self._add(each.place, each.first, each.rate, each.speed, losses)
            return
        for each in waiting:
            event = event_from_line(each.line)
            if isinstance(event, StepsDone):
                self._keep(each.place, event)


def _cut(place: int, line: bytes) -> _Cut | None:
    """The parts of a line in the very form of ``to_line``; None for any other one."""
    head, _, rest = line.partition(b', "losses": [')
    text, _, tail = rest.partition(b'], "rate": ')
    rate, _, speed = tail.partition(b', "images_per_second": ')
    first = head.rpartition(b', "first": ')[2]
    if not (text and first.isdigit() and len(first) <= 16 and int(first) <= LARGEST and speed.endswith(b"}\n")):
        return None
    if head.count(b'"') != 8 or head.count(b"{") != 1:
        return None
    try:
        return _Cut(place, line, text, int(first), _number(rate), _number(speed[:-2]))
    except ValueError:
        return None


def _number(text: bytes) -> float:
    if text == b"null":
        return math.nan
    value = float(text) if not text.translate(None, _NUMERIC) else math.nan
    if not abs(value) <= LARGEST_REAL:
        raise ValueError(text)
    return value


def _numbers(text: bytes) -> NDArray[np.float64] | None:
    """The numbers in ``text``, parted by commas, null as NaN; None where there is anything else."""
    if text.translate(None, _NUMERIC):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy warns where it stops at what is no number
        try:
            found = np.fromstring(text.replace(b"null", b"nan"), np.float64, sep=",")
        except (ValueError, DeprecationWarning):
            return None
    return found if np.fmax.reduce(np.abs(found), initial=0.0) <= LARGEST_REAL else None
