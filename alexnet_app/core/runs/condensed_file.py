"""What was read of a long run, kept in the cache folder, so that ten million steps open at once the next time.

Nothing is written into the folder of the run, which may be another machine's, or on a disk that is only read. What is
kept counts only while ``events.jsonl`` is the same as far as it was read; lines behind it are read in addition.
"""

import hashlib
import json
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import open_regular, parse_json
from alexnet_app.core.foreign_arrays import arrays_in
from alexnet_app.core.places import cache_folder
from alexnet_app.core.runs.condensed import Condensed, EventLines, holding_lines, read_lines
from alexnet_app.core.runs.lines import event_from_line, to_line
from alexnet_app.core.runs.reading import Past
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.step_lines import StepTable

FORMAT = 1
FOLDER = "curves"
KEPT_FROM = 4 << 20  # bytes of events that were not kept yet; fewer are read at once
MOST_KEPT = 1 << 30  # bytes of what is kept of one run
MOST_IN_ALL = 2 << 30  # bytes of the folder: the oldest go
SAMPLES, SAMPLE = 64, 4096  # pieces of the events, and their bytes, by which they are known again


def condensed(run: Run) -> Condensed:
    """What holds of ``run``. UnreadableError where its events cannot be read."""
    path = kept_file(run)
    lines = _read(path, run.events_file) or EventLines()
    known = lines.past.end
    read_lines(run.events_file, lines)
    if lines.past.end - known >= KEPT_FROM:
        with suppress(OSError, UserError):  # a full disk is no reason to show nothing
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, lambda temporary: _write(temporary, run.events_file, lines))
            _make_room(path)
    return holding_lines(lines)


def kept_file(run: Run) -> Path:
    """Where what was read of ``run`` is kept."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(run.folder))).hexdigest()[:24]
    return cache_folder() / FOLDER / f"{name}.npz"


def _known_by(file: BinaryIO, end: int) -> str:
    """What tells the first ``end`` bytes of ``file`` from others: pieces all over it."""
    found = hashlib.sha256(str(end).encode())
    for piece in range(SAMPLES + 1):
        file.seek(max(end - SAMPLE, 0) * piece // SAMPLES)
        found.update(file.read(min(SAMPLE, end)))
    return found.hexdigest()


def _write(path: Path, events: Path, lines: EventLines) -> None:
    table, past = lines.steps, lines.past
    with open_regular(events, links=False) as file:
        head = {
            "format": FORMAT,
            "end": past.end,
            "known by": _known_by(file, past.end),
            "changed": os.fstat(file.fileno()).st_mtime_ns,
            "size": os.fstat(file.fileno()).st_size,
            "newer": past.newer,
            "broken": past.broken,
            "broken bytes": past.broken_bytes,
            "names": list(lines.names),
        }
    told = "\n".join(to_line(event, 0.0) for _, event in past.found)
    values = list(zip(*lines.values, strict=True)) or [(), (), (), ()]
    arrays: dict[str, NDArray[Any]] = {
        "head": np.frombuffer(json.dumps(head).encode(), np.uint8),
        "places": np.array(table.places, np.int64),
        "firsts": np.array(table.firsts, np.int64),
        "counts": np.array([len(each) for each in table.losses], np.int64),
        "rates": np.array(table.rates, np.float64),
        "speeds": np.array(table.speeds, np.float64),
        "losses": np.concatenate([*table.losses, np.empty(0, np.float32)]),
        "told": np.frombuffer(told.encode(errors="backslashreplace"), np.uint8),
        "told at": np.array([place for place, _ in past.found], np.int64),
        "value names": np.array(values[1], np.int32),
        "value places": np.array([values[0], values[2]], np.int64),
        "values": np.array(values[3], np.float64),
    }
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _read(path: Path, events: Path) -> EventLines | None:
    """What ``path`` keeps of the file ``events``; None where it is missing or damaged, or ``events`` is another one by
    now.
    """
    try:
        kept = arrays_in(path, MOST_KEPT)
        head = parse_json(kept["head"].tobytes())
        with open_regular(events, links=False) as file:
            status = os.fstat(file.fileno())
            is_longer = status.st_size > head["size"]
            same = is_longer or (status.st_size, status.st_mtime_ns) == (head["size"], head["changed"])
            if head["format"] != FORMAT or not same or _known_by(file, head["end"]) != head["known by"]:
                return None
        return _lines(kept, head)
    except Exception:  # the border: numpy and zipfile raise whatever a flipped bit makes them stumble over
        return None


def _lines(kept: Any, head: dict[str, Any]) -> EventLines:
    told = kept["told"].tobytes().splitlines()
    found = [event for line in told if (event := event_from_line(line)) is not None]
    past = Past(
        list(zip(kept["told at"].tolist(), found, strict=True)),
        head["newer"],
        head["broken"],
        head["broken bytes"],
        head["end"],
    )
    counts = kept["counts"]
    if (counts < 0).any() or counts.sum() != len(kept["losses"]):
        raise ValueError(counts)
    ends = [0, *np.cumsum(counts).tolist()]
    losses = [kept["losses"][begin:end] for begin, end in pairwise(ends)]
    at, firsts, rates, speeds = (kept[name].tolist() for name in ("places", "firsts", "rates", "speeds"))
    places, steps = kept["value places"].tolist()
    values = zip(places, kept["value names"].tolist(), steps, kept["values"].tolist(), strict=True)
    names = {str(name): number for number, name in enumerate(head["names"])}
    return EventLines(past, StepTable(at, firsts, rates, speeds, losses), names, list(values))


def _make_room(newest: Path) -> None:
    """Removes what was kept longest ago, until all has room."""
    files = sorted(newest.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    size = 0
    for path in files:
        size += path.stat().st_size
        if size > MOST_IN_ALL and path != newest:
            path.unlink(missing_ok=True)
