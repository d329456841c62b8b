"""Answers as rows: what ``classify --json`` prints, and what a table file holds."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alexnet_app.core.events import Answered, Event, Skipped
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.class_matching import KnownClasses
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.tables import write_csv

MOST = 5  # answers of a picture
NAMES = [name for place in range(1, MOST + 1) for name in (f"label{place}", f"probability{place}")]
HEADER = ("path", "model", "folder", *NAMES, "sure", "reason")
CORRECTED = "corrected"  # one more column, where a person corrected any


def row_of(event: Event, top: int = MOST, corrected: str = "") -> dict[str, Any]:
    """A row of ``classify --json``: the path with either its ``top`` first predictions and whether one stands out, or
    the error. ``event`` has two predictions or more, where there are as many classes: the second one matters.
    ``corrected`` is the class that a person gave instead; only with one the row has it.
    """
    given = {CORRECTED: corrected} if corrected else {}
    match event:
        case Answered(path, predictions):
            first = [asdict(each) for each in predictions[:top]]
            return {"path": path, "predictions": first, "sure": not unsure(predictions), **given}
        case Skipped(path, reason):
            return {"path": path, "error": reason, **given}
    raise TypeError(event)


def write_json(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """The rows as one JSON list, a line each, as ``classify --json`` prints them. UserError where it cannot be
    written.
    """
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    text = f"[{lines}]\n".encode(errors="replace")
    replace_file(path, lambda temporary: temporary.write_bytes(text))


def write_answers(
    path: Path, rows: Iterable[dict[str, Any]], model: str = "", classes: Sequence[str] = (), *, bom: bool = False
) -> None:
    """The rows as CSV, UTF-8, all with as many cells as the header: path, the name of the ``model``, the true class
    where the picture's folder has the name of one of ``classes``, label and probability of each answer, whether it is
    sure ("yes", "no", nothing where there is no answer), and the reason where there is none; last, where a person gave
    any, the class that the person gave. ``bom`` begins the file with a byte order mark, by which spreadsheets know
    UTF-8.
    """
    known, rows = KnownClasses(classes), list(rows)
    more = [CORRECTED] if any(CORRECTED in row for row in rows) else []
    cells = (
        [row["path"], model, known.of_folder(row["path"]), *_cells(row), *(row.get(each, "") for each in more)]
        for row in rows
    )
    write_csv(path, [*HEADER, *more], cells, bom=bom)


def _cells(row: dict[str, Any]) -> list[object]:
    pairs = [(each["label"], f"{each['probability']:.6f}") for each in row.get("predictions", ())[:MOST]]
    values = [value for pair in pairs for value in pair]
    sure = ("yes" if row["sure"] else "no") if "sure" in row else ""
    return [*values, *[""] * (len(NAMES) - len(values)), sure, row.get("error", "")]
