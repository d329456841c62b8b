"""Answers as rows: what ``classify --json`` prints, and what a table file holds."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alexnet_app.core.events import Answered, Event, Skipped
from alexnet_app.core.tables import write_csv

MOST = 5  # answers of a picture


def row_of(event: Event) -> dict[str, Any]:
    """A row of ``classify --json``: the path with either its predictions or the error."""
    match event:
        case Answered(path, predictions):
            return {"path": path, "predictions": [asdict(each) for each in predictions]}
        case Skipped(path, reason):
            return {"path": path, "error": reason}
    raise TypeError(event)


def write_answers(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """The rows as CSV, UTF-8: path, error, then label and probability of each answer."""
    names = [name for place in range(1, MOST + 1) for name in (f"label{place}", f"probability{place}")]
    write_csv(path, ["path", "error", *names], map(_cells, rows))


def _cells(row: dict[str, Any]) -> list[object]:
    pairs = [(each["label"], f"{each['probability']:.6f}") for each in row.get("predictions", ())]
    return [row["path"], row.get("error", ""), *(value for pair in pairs for value in pair)]
