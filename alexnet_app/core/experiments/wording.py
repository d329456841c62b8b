"""The numbers of a finding as people read them."""

import math
from collections.abc import Iterable

from alexnet_app.core.experiments.experiment import Finding, Row, Spread

COLUMNS = ("", "measured", "paper", "note")


def measured_text(row: Row) -> str:
    """The measured value in its unit, and how it lies where it was measured more than once; a dash for none."""
    if row.measured is None:
        return "–"
    spread = row.spread
    if spread is None or spread.count < 2:
        return _with_unit(row, row.measured)
    return f"{_number(row, row.measured)} ± {_number(row, spread.standard_error)}{_unit(row)}"


def range_text(row: Row) -> str:
    """The least and the largest of several measurements; empty for a single one."""
    spread: Spread | None = row.spread
    if spread is None or spread.count < 2:
        return ""
    return f"{_number(row, spread.least)} to {_number(row, spread.most)}, {spread.count} seeds"


def paper_text(row: Row) -> str:
    """What the paper has; a dash where it has nothing."""
    if row.paper is None:
        return "–"
    in_tenths = row.unit == "%" and row.digits == 1  # as the paper's tables are
    return f"{row.paper:.1f}{_unit(row)}" if in_tenths else f"{row.paper:g}{_unit(row)}"


def note_text(row: Row) -> str:
    """The range and the note."""
    return "; ".join(each for each in (range_text(row), row.note) if each)


def table(finding: Finding) -> list[str]:
    """The finding as lines of text: measured beside the paper."""
    rows = [COLUMNS, *((row.what, measured_text(row), paper_text(row), note_text(row)) for row in finding.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    return [_line(row, widths) for row in rows]


def _line(row: Iterable[str], widths: list[int]) -> str:
    what, measured, paper, note = row
    return f"{what:{widths[0]}}  {measured:>{widths[1]}}  {paper:>{widths[2]}}  {note}".rstrip()


def _with_unit(row: Row, value: float) -> str:
    return f"{_number(row, value)}{_unit(row)}"


def _unit(row: Row) -> str:
    return f" {row.unit}" if row.unit else ""


def _number(row: Row, value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.{row.digits}f}"
