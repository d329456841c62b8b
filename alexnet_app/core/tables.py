"""Tables for people: CSV files, in which no name that comes from a file becomes a formula.

The program reads none of them again: what it keeps for itself is JSON, with every path as it is.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from alexnet_app.core.files import replace_file

# Where spreadsheets take what follows for a formula, also after spaces and quotes, or in full width. A cell may begin
# after a semicolon, a tab or a line break too: where these part columns and rows, quotes do not always hold them.
_FORMULA = re.compile(r"""(?:^|(?<=[;\t\r\n]))(?=["\s]*[=+\-@＝＋－＠])|^(?=[\t\r\n])""")

_NUMBER = re.compile(r"[+-]?\d[\d.,]*\s?%?")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = False) -> None:
    """Writes ``rows`` under ``header``, UTF-8, with ``bom`` after a byte order mark, which spreadsheets need; what
    a file name holds that is no text becomes "?". Texts are made ``harmless``, numbers stay numbers. UserError where
    nothing can be written, ValueError for a row that is not as long as the header.
    """

    def write(temporary: Path) -> None:
        encoding = "utf-8-sig" if bom else "utf-8"
        with temporary.open("w", encoding=encoding, errors="replace", newline="") as file:
            table = csv.writer(file)
            table.writerow(header)
            table.writerows(_row(row, len(header)) for row in rows)

    replace_file(path, write)


def _row(row: Sequence[object], columns: int) -> list[object]:
    if len(row) != columns:
        raise ValueError(f"a row of {len(row)} cells under {columns} columns")
    return [harmless(cell) if isinstance(cell, str) else cell for cell in row]


def harmless(text: str) -> str:
    """``text`` as a cell that a spreadsheet shows and never computes: an apostrophe stands before what would begin a
    formula, and before a tab or a line break that a cell begins with.
    """
    return _FORMULA.sub("'", text)


def pasted(rows: Iterable[Sequence[str]]) -> str:
    """``rows`` as text for the clipboard, a line each, cells parted by tabs; harmless where it is pasted into a
    spreadsheet, and numbers, which are texts here too, stay numbers.
    """
    return "\n".join("\t".join(map(_pasted, row)) for row in rows)


def _pasted(cell: str) -> str:
    text = " ".join(cell.splitlines()).replace("\t", " ")
    return text if _NUMBER.fullmatch(text) else harmless(text)
