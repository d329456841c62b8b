"""A table of images and their classes: CSV with a path and a label in each row, and a split where it has one."""

import csv
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources.labelled_files import How, LabelledFiles, finishing, in_brackets
from alexnet_app.core.data.sources.remarks import Concern, Remark, SkippedFiles, Tally, Why, listed
from alexnet_app.core.data.sources.split_names import TEST, TRAIN, VALIDATION, role_of
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.errors import Text, UserError, cause
from alexnet_app.core.events import Event
from alexnet_app.core.foreign import read_bytes
from alexnet_app.core.network.class_names import normal

SUFFIXES = (".csv", ".tsv")
NAMED = Text("the table names them")
DELIMITERS = ",;\t|"
MOST_BYTES = 512 << 20  # of a table: rows of ten million images
_PATH_NAMES = ("path", "file", "filename", "file_name", "filepath", "file_path", "image", "img", "image_path")
_PATH_NAMES_TOO = ("image_name", "imagepath", "imagename", "image_file", "picture", "photo", "id", "image_id")
PATHS = (*_PATH_NAMES, *_PATH_NAMES_TOO, "paths", "files", "images")
LABELS = ("label", "labels", "class", "classes", "class_name", "classname", "category", "target", "name", "species")
SPLITS = ("split", "set", "subset", "partition", "fold", "usage")


@dataclass(frozen=True, slots=True)
class _Columns:
    path: int
    label: int
    split: int | None
    first: int  # row


def is_table(path: Path) -> bool:
    """Whether ``path`` is called like a table."""
    return path.suffix.lower() in SUFFIXES


def opening_table(path: Path, how: How) -> Generator[Event, None, Source]:
    """The images that ``path`` names, relative to its folder. A heading is optional; commas, semicolons, tabs or bars
    separate, quotes are understood; a column ``split`` divides them.

    Yields Progress. Raises UserError where it names no images, or no training is possible.
    """
    rows = _rows(path)
    columns = _columns(path, rows)
    tally = Tally()
    found: dict[str, list[tuple[str, str]]] = {}
    known: set[tuple[str, str]] = set()
    for row in rows[columns.first :]:
        file, label, role = _read(row, columns, path.parent)
        if not label:
            tally.add(Why.UNLABELLED, [file])
        elif not os.path.isfile(file):  # noqa: PTH113 - of many
            tally.add(Why.NO_FILE, [file], NAMED)
        elif (file, label) not in known:
            known.add((file, label))
            found.setdefault(role, []).append((file, label))
    files = _labelled(path, found, tally, how)
    return (yield from finishing(files, tally, how))


def _labelled(path: Path, found: dict[str, list[tuple[str, str]]], tally: Tally, how: How) -> LabelledFiles:
    remarks = [_told(each) for each in tally.found()]
    if not any(found.values()):
        raise UserError(
            "{path} names no image that is there{why}",
            "give paths relative to the folder of the table, in its column {column}",
            path=path,
            why=in_brackets(remarks),
            column="path",
        )
    if TRAIN not in found and not how.measuring:
        raise UserError("{path} names no training images", "name their split train, or leave the split out", path=path)
    classes = tuple(sorted({label for rows in found.values() for _, label in rows}, key=_in_order))
    number = {name: place for place, name in enumerate(classes)}
    splits = {}
    for role in (TRAIN, VALIDATION, TEST):
        if rows := sorted(found.get(role, ()), key=lambda row: (number[row[1]], row[0])):
            labels = np.array([number[label] for _, label in rows], np.int64)
            splits[role] = Files(tuple(file for file, _ in rows), labels)
    return LabelledFiles(str(path), str(path.parent), classes, splits, remarks)


def _told(skipped: SkippedFiles) -> Remark:
    return Remark(
        Concern.LAYOUT,
        "{count:,} rows are not used ({reason}), such as {names}",
        {"count": skipped.count, "reason": skipped.said, "names": listed(skipped.examples, 2)},
    )


def _in_order(label: str) -> tuple[int, int, str, str]:
    """Numbers by their value, of any number of digits, then names."""
    digits = label.lstrip("0")
    is_number = label.isascii() and label.isdigit()
    return (0, len(digits), digits, label) if is_number else (1, 0, "", label)


def _rows(path: Path) -> list[list[str]]:
    try:
        data = read_bytes(path, MOST_BYTES)
        coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        lines = data.decode(coding).splitlines()
        delimiter = max(DELIMITERS, key=(lines or [""])[0].count)
        rows = [
            row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if any(map(str.strip, row))
        ]
    except (UnicodeError, csv.Error) as error:
        raise UserError(
            "{path} cannot be read: {reason}", "save it as CSV in UTF-8", path=path, reason=cause(error)
        ) from error
    if not rows:
        raise UserError("{path} is empty", "write a path and a label into each row", path=path)
    return rows


def _columns(path: Path, rows: Sequence[Sequence[str]]) -> _Columns:
    """Where paths, labels and splits are. Raises UserError where there is one column only."""
    if max(map(len, rows)) < 2:
        raise UserError("{path} has only one column", "write a path and a label into each row", path=path)
    names = [name.strip().casefold().replace(" ", "_") for name in rows[0]]
    by_name = [_first(names, known) for known in (PATHS, LABELS, SPLITS)]
    if by_name[0] is not None or by_name[1] is not None:
        file = by_name[0] if by_name[0] is not None else int(by_name[1] == 0)
        label = by_name[1] if by_name[1] is not None else int(file == 0)
        return _Columns(file, label, by_name[2], 1)
    swapped = not _is_there(rows, 0, path.parent) and _is_there(rows, 1, path.parent)
    file, label = (1, 0) if swapped else (0, 1)
    third = len(rows[0]) > 2 and bool(role_of(rows[-1][2])) if len(rows[-1]) > 2 else False
    begins_with_heading = not _is_there(rows[:1], file, path.parent) and len(rows) > 1
    return _Columns(
        file, label, 2 if third else None, int(begins_with_heading and _is_there(rows[1:], file, path.parent))
    )


def _first(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(each) for each in known if each in names), None)


def _is_there(rows: Sequence[Sequence[str]], column: int, folder: Path) -> bool:
    """Whether one of the first rows names a file."""
    return any(len(row) > column and os.path.isfile(_path(row[column], folder)) for row in rows[:20])  # noqa: PTH113


def _path(text: str, folder: Path) -> str:
    name = text.strip()
    given = os.path.join(folder, name)  # noqa: PTH118 - of many
    if os.sep == "/" and "\\" in name and not os.path.exists(given):  # noqa: PTH110
        given = os.path.join(folder, name.replace("\\", "/"))  # noqa: PTH118 - written on Windows
    return os.path.normpath(given)


def _read(row: Sequence[str], columns: _Columns, folder: Path) -> tuple[str, str, str]:
    """Path, label and split of a row; training images where it says no split."""
    cells = [*row, *[""] * 3]
    role = role_of(cells[columns.split]) if columns.split is not None else ""
    return _path(cells[columns.path], folder), normal(cells[columns.label].strip()), role or TRAIN
