"""Answers as rows: what ``classify --json`` prints, and what a table file holds."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alexnet_app.core.events import Answered, Event, Skipped
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.tables import write_csv

MOST = 5  # answers of a picture
NAMES = [name for place in range(1, MOST + 1) for name in (f"label{place}", f"probability{place}")]


def row_of(event: Event, top: int = MOST) -> dict[str, Any]:
    """A row of ``classify --json``: the path with either its ``top`` first predictions and whether one stands out, or
    the error. ``event`` has two predictions or more, where there are as many classes: the second one matters.
    """
    match event:
        case Answered(path, predictions):
            first = [asdict(each) for each in predictions[:top]]
            return {"path": path, "predictions": first, "sure": not unsure(predictions)}
        case Skipped(path, reason):
            return {"path": path, "error": reason}
    raise TypeError(event)


def write_answers(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """The rows as CSV, UTF-8: path, error, then label and probability of each answer, and whether it is sure: "yes",
    "no", or nothing where there is none.
    """
    write_csv(path, ["path", "error", *NAMES, "sure"], map(_cells, rows))


def _cells(row: dict[str, Any]) -> list[object]:
    pairs = [(each["label"], f"{each['probability']:.6f}") for each in row.get("predictions", ())]
    values = [value for pair in pairs for value in pair]
    sure = ("yes" if row["sure"] else "no") if "sure" in row else ""
    return [row["path"], row.get("error", ""), *values, *[""] * (len(NAMES) - len(values)), sure]
