"""The past of a run in arrays: what curves need of ten million steps, without an object for each.

``condensed`` reads ``events.jsonl``, or what was kept of it in the cache folder (``condensed_file.py``) and the lines
that were written since.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import cause
from alexnet_app.core.events import Event, Measured, Resumed, StepsDone
from alexnet_app.core.foreign import MissingError, open_regular, unreadable
from alexnet_app.core.measures import series_of
from alexnet_app.core.runs.reading import MOST_EVENTS, Past, check_size, lasting, lines_in, take
from alexnet_app.core.runs.step_lines import StepTable

MOST_STEPS = 20_000_000  # twenty times the longest run of 2012; a torn file must not ask for all the memory
MOST_NAMES = 1_000  # of series
Series = tuple[NDArray[np.int64], NDArray[np.float64]]  # steps done, values


@dataclass(slots=True)
class EventLines:
    """All lines of ``events.jsonl`` up to ``past.end``, whether they hold or not. ``past`` has those of events that do
    not come in masses; ``values`` are those of series: place, number of the name, steps done, value.
    """

    past: Past = field(default_factory=Past)
    steps: StepTable = field(default_factory=StepTable)
    names: dict[str, int] = field(default_factory=dict)
    values: list[tuple[int, int, int, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Condensed:
    """What holds of a run. ``losses`` (N,) fp32 of the steps ``first`` …, NaN where there is none. For each line of
    steps the number of steps done after it, ``ends`` (K,), the learning ``rates`` (K,) and ``speeds`` (K,) in images a
    second, NaN where not known. ``series`` by their names. ``events`` are all others in order; a StepsDone before each
    tells its last step only. ``end`` is the place in bytes to which the file was read.
    """

    first: int
    losses: NDArray[np.float32]
    ends: NDArray[np.int64]
    counts: NDArray[np.int64]
    rates: NDArray[np.float64]
    speeds: NDArray[np.float64]
    series: Mapping[str, Series]
    events: tuple[Event, ...]
    end: int


def read_lines(path: Path, lines: EventLines) -> EventLines:
    """``lines`` with those that ``path`` has behind them. UnreadableError as ``reading.read_past``."""
    try:
        with open_regular(path, links=False) as file:
            begin = file.seek(lines.past.end)
            check_size(path, lines.past, os.fstat(file.fileno()).st_size, MOST_EVENTS)
            for place, line in lines_in(file):
                _take(lines, begin + place, line)
                check_size(path, lines.past, begin + place, MOST_EVENTS - len(lines.steps.places))
    except MissingError:
        return lines
    except OSError as error:
        raise unreadable(path, cause(error)) from error
    lines.steps.flush()
    return lines


def _take(lines: EventLines, place: int, line: bytes) -> None:
    if not line.endswith(b"\n"):
        return  # it is written just now
    lines.past.end = place + len(line)
    if lines.steps.put(place, line):
        return
    count = len(lines.past.found)
    take(lines.past, place, line)
    event = lines.past.found[-1][1] if len(lines.past.found) > count else None
    if event is None or isinstance(event, StepsDone):
        return
    for name, step, value in series_of(event):
        if len(lines.names) < MOST_NAMES:
            lines.names.setdefault(name, len(lines.names))
        if name in lines.names:
            lines.values.append((place, lines.names[name], step, value))
    if isinstance(event, Measured):
        lines.past.found.pop()


def holding_lines(lines: EventLines) -> Condensed:
    """What holds of ``lines``: without what each resume has undone."""
    undone = _Undone((event.position, place) for place, event in lines.past.found if isinstance(event, Resumed))
    table = lines.steps
    places = np.array(table.places, np.int64)
    kept = np.flatnonzero(undone.holds(places))
    firsts, counts = _column(table.firsts, kept), np.array([len(table.losses[at]) for at in kept], np.int64)
    rates, speeds = _column(table.rates, kept, np.float64), _column(table.speeds, kept, np.float64)
    first, losses = joined(firsts, [table.losses[at] for at in kept])
    told = lasting(lines.past.found)
    steps = [(int(place), at) for at, place in enumerate(places[kept])]
    return Condensed(
        first,
        losses,
        firsts + counts,
        counts,
        rates,
        speeds,
        _series(lines, undone),
        tuple(_between(told, steps, firsts + counts, [table.losses[at] for at in kept], rates, speeds)),
        lines.past.end,
    )


def _column(values: list[int] | list[float], kept: NDArray[np.int64], kind: type = np.int64) -> NDArray[Any]:
    return np.array(values, kind)[kept]


def joined(firsts: NDArray[np.int64], parts: list[NDArray[np.float32]]) -> tuple[int, NDArray[np.float32]]:
    """The first step and the losses of all, each part replacing what was there from its first step on."""
    if not parts:
        return 0, np.empty(0, np.float32)
    ends = firsts + np.array([len(each) for each in parts])
    if (firsts[1:] == ends[:-1]).all() and ends[-1] - firsts[0] <= MOST_STEPS:
        return int(firsts[0]), _finite(np.concatenate(parts))
    base, end = int(firsts[0]), int(firsts[0])
    room = np.full(int(min(max(ends) - min(firsts), MOST_STEPS)), np.nan, np.float32)
    for begin, part in zip(map(int, firsts), parts, strict=True):
        base, end = (begin, begin) if begin <= base else (base, end)
        stop = begin - base + len(part)
        if stop > len(room):
            continue
        room[end - base if begin > end else begin - base : begin - base] = np.nan
        room[begin - base : stop] = part
        end = begin + len(part)
    return base, _finite(room[: end - base])


def _finite(losses: NDArray[np.float32]) -> NDArray[np.float32]:
    losses[~np.isfinite(losses)] = np.nan
    return losses


def _series(lines: EventLines, undone: "_Undone") -> dict[str, Series]:
    if not lines.values:
        return {}
    places, names, steps, values = (np.array(each) for each in zip(*lines.values, strict=True))
    kept = undone.holds(places.astype(np.int64))
    return {
        name: (steps[own].astype(np.int64), values[own].astype(np.float64))
        for name, number in lines.names.items()
        if (own := kept & (names == number)).any()
    }


def _between(
    told: list[tuple[int, Event]],
    steps: list[tuple[int, int]],
    ends: NDArray[np.int64],
    losses: list[NDArray[np.float32]],
    rates: NDArray[np.float64],
    speeds: NDArray[np.float64],
) -> Iterable[Event]:
    """The events ``told``, and before each the last step that was done before it."""
    at = 0
    for place, event in [*told, (1 << 62, None)]:
        before = at
        while at < len(steps) and steps[at][0] < place:
            at += 1
        if at > before:
            loss = float(losses[at - 1][-1])
            yield StepsDone(int(ends[at - 1]) - 1, (loss,), float(rates[at - 1]), float(speeds[at - 1]))
        if event is not None:
            yield event


class _Undone:
    """The stretches of the file that resumes have undone."""

    def __init__(self, stretches: Iterable[tuple[int, int]]) -> None:
        joined: list[list[int]] = []
        for begin, end in sorted(stretches):
            if joined and begin <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            elif begin < end:
                joined.append([begin, end])
        self._begins = np.array([begin for begin, _ in joined], np.int64)
        self._ends = np.array([end for _, end in joined], np.int64)

    def holds(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether what is written at each of ``places`` holds."""
        if not len(self._begins):
            return np.ones(len(places), bool)
        at = np.searchsorted(self._begins, places, side="right") - 1
        return (at < 0) | (places >= self._ends[at])
