"""From what a program told of its start, and of its threads while it trained, to where the time goes.

A start is told by the lines of ``python -X importtime`` with marks between them, ``mark: NAME SECONDS`` (since 1970),
as tests/desktop/first_paint writes them.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping

IMPORT = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")
MARK = re.compile(r"mark: (\w+) ([\d.]+)")
SPANS = {  # the mark at which each begins; it lasts until the next one
    "process": "the process and the interpreter",
    "interpreter": "joining what is imported",
    "application": "QApplication",
    "applied": "looks, icon and nets for errors",
    "window": "building the window, its menus and the page that is seen",
    "shown": "showing and painting it",
}
ENOUGH = 8


def of_start(lines: Iterable[str], begun: float) -> dict[str, float]:
    """Seconds of each part, from ``begun`` (seconds since 1970) to the mark "painted"; imports are told by package.

    ValueError where the program never said that it was painted.
    """
    parts: Counter[str] = Counter()
    name, since, imported = "process", begun, 0.0
    for line in lines:
        mark, done = MARK.match(line), IMPORT.match(line)
        if done:
            seconds = int(done[1]) / 1e6
            parts[f"import of {_package(done[2])}"] += seconds
            imported += seconds
        elif mark:
            parts[SPANS[name]] += max(0.0, float(mark[2]) - since - imported)
            name, since, imported = mark[1], float(mark[2]), 0.0
            if name == "painted":
                return dict(parts)
    raise ValueError("the window was never painted")


def _package(module: str) -> str:
    top = module.partition(".")[0]
    if top in ("PySide6", "shiboken6", "shibokensupport"):
        return "PySide6"
    if top in ("alexnet_app", "main"):
        return "the program's own modules"
    return "Python's own modules" if top in sys.stdlib_module_names else top


def shares(parts: Mapping[str, float], enough: int = ENOUGH) -> list[str]:
    """ "import of PySide6 41 %", the largest first; what is left of the whole after ``enough`` of them as the rest."""
    whole = sum(parts.values())
    largest = sorted(parts.items(), key=lambda part: -part[1])
    told = [f"{name} {seconds / whole:.0%}".replace("%", " %") for name, seconds in largest[: enough - 1]]
    rest = sum(seconds for _, seconds in largest[enough - 1 :])
    return [*told, f"the rest {rest / whole:.0%}".replace("%", " %")] if rest else told
