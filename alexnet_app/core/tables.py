"""Tables as CSV files."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from alexnet_app.core.files import replace_file


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes ``rows`` under ``header``, UTF-8; what a file name holds that is no text becomes "?". UserError where
    nothing can be written.
    """

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", errors="replace", newline="") as file:
            table = csv.writer(file)
            table.writerow(header)
            table.writerows(rows)

    replace_file(path, write)
