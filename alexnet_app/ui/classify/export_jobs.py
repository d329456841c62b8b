"""Writing answers, and labels that a person gave, on a thread."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.events import Answered, Skipped
from alexnet_app.ui.classify.jobs import REPORT_EVERY, ModelAbout, Written, is_to_end
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:
    from alexnet_app.core.outputs import OutputKind


class ExportKind(StrEnum):
    """What is written."""

    TABLE = "table"
    SPREADSHEET = "spreadsheet"
    JSON = "json"
    PAGE = "page"
    SHEET = "sheet"
    PAGES = "pages"
    LABELS = "labels"
    ALL_LABELS = "all labels"


SUFFIXES = {
    ExportKind.JSON: "json",
    ExportKind.PAGE: "html",
    ExportKind.SHEET: "png",
    ExportKind.PAGES: "pdf",
}  # all others are CSV


@dataclass(frozen=True, slots=True)
class ExportWish:
    """``events`` are to be written to ``path`` as a ``kind`` of file; ``labels`` are the classes that a person gave, by
    path. ``replace``: the person agreed to replace the file that is there.
    """

    path: str
    kind: ExportKind
    events: tuple[Answered | Skipped, ...]
    labels: Mapping[str, str]
    model: ModelAbout | None
    replace: bool


class EndedError(Exception):
    """The person cancelled the export."""


def export(wish: ExportWish, told: Callable[[int, int], object], asked: Asked) -> Iterator[Written]:
    """Writes the file; ``told`` is called on this thread with how many pictures are drawn, of how many. Stop ends it,
    and nothing is written.
    """
    from alexnet_app.core.outputs import Guard

    Guard([event.path for event in wish.events], replace=wish.replace).file(wish.path, _output(wish.kind))
    try:
        yield Written(wish.path, _write(wish, _heard(told, asked)))
    except EndedError:
        return


def _heard(told: Callable[[int, int], object], asked: Asked) -> Callable[[int, int], None]:
    reported = time.monotonic()

    def hear(done: int, total: int) -> None:
        nonlocal reported
        if is_to_end(asked):
            raise EndedError
        if time.monotonic() - reported >= REPORT_EVERY:
            reported = time.monotonic()
            told(done, total)

    return hear


def _write(wish: ExportWish, told: Callable[[int, int], None]) -> int:
    from alexnet_app.core.inference.answer_page import write_page, write_sheet
    from alexnet_app.core.inference.answer_table import row_of, write_answers, write_json
    from alexnet_app.core.inference.labelling import labelled, relabelled, write_labels

    path = Path(wish.path)
    if wish.kind in (ExportKind.LABELS, ExportKind.ALL_LABELS):
        return write_labels(path, labelled(relabelled(wish.events, wish.labels, only=wish.kind == ExportKind.LABELS)))
    rows = [row_of(event, corrected=wish.labels.get(event.path, "")) for event in wish.events]
    name, classes = (Path(wish.model.path).stem, wish.model.classes) if wish.model else ("", ())
    match wish.kind:
        case ExportKind.JSON:
            write_json(path, rows)
        case ExportKind.PAGE:
            write_page(path, rows, name, told)
        case ExportKind.SHEET | ExportKind.PAGES:
            write_sheet(path, rows, told)
        case _:
            write_answers(path, rows, name, classes, bom=wish.kind == ExportKind.SPREADSHEET)
    return len(rows)


def _output(kind: ExportKind) -> "OutputKind":
    from alexnet_app.core.outputs import ANSWERS, PAGE, PDF, PNG, TABLE

    return {ExportKind.JSON: ANSWERS, ExportKind.PAGE: PAGE, ExportKind.SHEET: PNG, ExportKind.PAGES: PDF}.get(
        kind, TABLE
    )
