"""Puts what was measured into tests/bench/RESULTS.md: ``python main.py bench --json | python tests/bench/results.py``.

    python tests/bench/results.py [OUTPUT ...] [--file RESULTS.md]

Each OUTPUT (default: standard input) is what ``bench --json`` or a script with ``--json`` printed; its last line that
is a list counts. There is one table for each machine. A row that was measured again takes the place of the one before,
all others stay, as does what stands below the line ``<!-- by hand -->``.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rounds import figures

FILE = Path(__file__).with_name("RESULTS.md")
BY_HAND = "<!-- by hand -->"
HEAD = """# How fast it is

Made by `python main.py bench --json | python tests/bench/results.py`; `python main.py bench --list` tells what each row
needs (`python` is the one of the environment). A ratio above 1 says that the program is better, whatever the unit. Ours
and peer are the medians of their rounds; the ratio is the median of the ratios of single, interleaved rounds, with
their range, because a machine changes its speed from one round to the next: so it need not be ours over peer. The aim
is compared with the ratio. The bound is what the machine could do at most, computed, or measured where the note says
how.
"""
TITLES = "| row | ours | peer | ratio | rounds | aim | bound | date |\n|---|---|---|---|---|---|---|---|"
Tables = dict[str, dict[str, list[str]]]  # machine, name of a row: its lines, of which the second is the note


def main() -> None:
    """Reads, puts together, writes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("outputs", nargs="*", type=Path)
    options.add_argument("--file", type=Path, default=FILE)
    given = options.parse_args()
    texts = [path.read_text(encoding="utf-8") for path in given.outputs] or [sys.stdin.read()]
    rows = [row for text in texts for row in rows_in(text)]
    before = given.file.read_text(encoding="utf-8") if given.file.exists() else ""
    given.file.write_text(written(before, rows), encoding="utf-8")
    print(f"{given.file}: {', '.join(row['name'] for row in rows)}")


def rows_in(text: str) -> list[dict[str, Any]]:
    """The rows of the last line that holds any; SystemExit where none does."""
    for line in reversed(text.splitlines()):
        if line.startswith("[{"):
            return json.loads(line)
    raise SystemExit("there is no row: was it printed with --json, and was anything measured?")


def written(before: str, rows: Iterable[dict[str, Any]]) -> str:
    """The file with ``rows`` in it, from what it was before."""
    made, marker, by_hand = before.partition(BY_HAND)
    tables = _tables(made)
    for row in rows:
        tables.setdefault(row["machine"], {})[row["name"]] = [_line(row), _note(row)]
    parts = [HEAD]
    for machine, lines in tables.items():
        table, notes = zip(*lines.values(), strict=True)
        parts.append("\n".join((f"## {machine}\n", TITLES, *table, "", *notes)) + "\n")
    return "\n".join(parts) + f"\n{BY_HAND}" + (by_hand if marker else "\n")


def _tables(made: str) -> Tables:
    """What stands in the file already."""
    tables: Tables = {}
    machine = ""
    for line in made.splitlines():
        if line.startswith("## "):
            machine = line.removeprefix("## ")
        elif found := re.match(r"(?:\||-) `([^`]+)`", line):
            tables.setdefault(machine, {}).setdefault(found[1], []).append(line)
    return tables


def _line(row: dict[str, Any]) -> str:
    unit, ratio = row["unit"], row["ratio"]
    aims = [] if row.get("must") is None else [f"≥ {row['must']:g}"]
    reached = not aims or ratio["median"] >= row["must"]
    if row.get("most") is not None:
        aims.append(f"≤ {row['most']:g} {unit}")
        reached = reached and row["ours"] <= row["most"]
    bound = "" if row.get("bound") is None else f"{figures(row['bound'])} {unit}"
    spread = f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"
    cells = (
        f"`{row['name']}`",
        f"{figures(row['ours'])} {unit}",
        f"{figures(row['peer'])} {unit}",
        spread,
        str(row["rounds"]),
        ", ".join(aims) + ("" if reached else " **not reached**"),
        bound,
        row["date"],
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _note(row: dict[str, Any]) -> str:
    note = " ".join(row["note"].split())
    said = f"- `{row['name']}` against {row['against']}" + (f": {note}" if note else "")
    return f"{said}; where the time goes: {', '.join(row['profile'])}" if row.get("profile") else said


if __name__ == "__main__":
    main()
