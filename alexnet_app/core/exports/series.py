"""Every series of a run as CSV: one long table, or a file for each series."""

import re
from collections.abc import Iterator
from pathlib import Path

from alexnet_app.core.runs.points import SeriesPoint, points
from alexnet_app.core.runs.run import Run
from alexnet_app.core.tables import write_csv

HEADER = ("series", "step", "time", "value")
ODD = re.compile(r"[^A-Za-z0-9_. -]")
MOST_SERIES = 1_000  # files; whoever wrote the run


def write_series(run: Run, path: Path) -> int:
    """Writes all that ``run`` has measured into the table ``path``: series, number of steps done, time in seconds since
    1970, value; how many rows it has. UserError where the run cannot be read or the file cannot be written.
    """
    found = list(points(run))
    write_csv(path, HEADER, ((each.name, each.step, f"{each.time:.3f}", each.value) for each in found))
    return len(found)


def write_series_apart(run: Run, folder: Path) -> dict[str, Path]:
    """Writes a table for each series of ``run`` into ``folder``; the files by the names of their series. UserError as
    ``write_series``.
    """
    by_name: dict[str, list[SeriesPoint]] = {}
    for each in points(run):
        if each.name in by_name or len(by_name) < MOST_SERIES:
            by_name.setdefault(each.name, []).append(each)
    files = dict(zip(by_name, _file_names(by_name), strict=True))
    for name, found in by_name.items():
        rows = ((each.step, f"{each.time:.3f}", each.value) for each in found)
        write_csv(folder / files[name], HEADER[1:], rows)
    return {name: folder / file for name, file in files.items()}


def _file_names(names: dict[str, list[SeriesPoint]]) -> Iterator[str]:
    """A name of a file for each series, which no other has, also where capitals are no difference."""
    taken: set[str] = set()
    for name in names:
        plain = ODD.sub("-", name).strip(" .-")[:80] or "series"
        tries = (f"{plain}-{count}" if count > 1 else plain for count in range(1, len(names) + 2))
        file = next(each for each in tries if each.casefold() not in taken)
        taken.add(file.casefold())
        yield f"{file}.csv"
