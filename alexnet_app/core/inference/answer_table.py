"""Answers as rows: what ``classify --json`` prints, and what a table file holds."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alexnet_app.core.events import Answered, Event, Skipped
from alexnet_app.core.inference.class_matching import places_of
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.tables import write_csv

MOST = 5  # answers of a picture
NAMES = [name for place in range(1, MOST + 1) for name in (f"label{place}", f"probability{place}")]
HEADER = ("path", "model", "folder", *NAMES, "sure", "reason")


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


def write_answers(
    path: Path, rows: Iterable[dict[str, Any]], model: str = "", classes: Sequence[str] = (), *, bom: bool = False
) -> None:
    """The rows as CSV, UTF-8, all with as many cells as the header: path, the name of the ``model``, the true class
    where the picture's folder has the name of one of ``classes``, label and probability of each answer, whether it is
    sure ("yes", "no", nothing where there is no answer), and the reason where there is none. ``bom`` begins the file
    with a byte order mark, by which spreadsheets know UTF-8.
    """
    true_class = _Folders(classes)
    cells = ([row["path"], model, true_class.of(row["path"]), *_cells(row)] for row in rows)
    write_csv(path, HEADER, cells, bom=bom)


class _Folders:
    """Which class the folder of a picture is named after."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = classes
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """The class as the model calls it; empty where the folder is none."""
        name = Path(path).parent.name
        if name not in self._known:
            (place,) = places_of(self._classes, [name]) if name else (None,)
            self._known[name] = "" if place is None else self._classes[place]
        return self._known[name]


def _cells(row: dict[str, Any]) -> list[object]:
    pairs = [(each["label"], f"{each['probability']:.6f}") for each in row.get("predictions", ())[:MOST]]
    values = [value for pair in pairs for value in pair]
    sure = ("yes" if row["sure"] else "no") if "sure" in row else ""
    return [*values, *[""] * (len(NAMES) - len(values)), sure, row.get("error", "")]
