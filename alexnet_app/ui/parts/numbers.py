"""Numbers as the person's country writes them: shown with its signs, read as they are typed. Files have the point."""

import re
from numbers import Integral, Real

from PySide6.QtCore import QLocale

GROUPED = r"[+-]?[1-9]\d{{0,2}}(?:{sign}\d{{3}})+"
SPACES = "\u00a0\u202f '’"  # what separates thousands beside point and comma


class _Whole(int):
    def __format__(self, form: str) -> str:
        return _local(int(self), form)


class _Decimal(float):
    def __format__(self, form: str) -> str:
        return _local(float(self), form)


def _local(value: float, form: str) -> str:
    text = local(format(value, form))
    return f"{text[:-1]} %" if form.endswith("%") else text  # as all percentages of the window are written


def local(text: str) -> str:
    """A number in Python's form, "1,234.5", with the signs of the person's locale: "1.234,5"."""
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        return text
    return text.translate({ord(","): locale.groupSeparator(), ord("."): locale.decimalPoint()})


def percent(share: float | None, decimals: int = 0) -> str:
    """A share of 1 in per cent, with a space that does not break; empty for None."""
    return "" if share is None else local(f"{100 * share:.{decimals}f}\N{NO-BREAK SPACE}%")


def shown(**values: object) -> dict[str, object]:
    """``values`` for the places of a sentence: numbers are formatted there with the signs of the person's locale."""
    return {name: shown_one(value) for name, value in values.items()}


def shown_one(value: object) -> object:
    """The same for one value; what is no number stays as it is."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Integral):  # numpy's too
        return _Whole(int(value))
    return _Decimal(float(value)) if isinstance(value, Real) else value


def whole(text: str) -> int:
    """The whole number that is typed, with any sign between thousands; ValueError where it is none."""
    text = _without_spaces(text)
    for sign in ",.":
        if re.fullmatch(GROUPED.format(sign=re.escape(sign)), text):
            text = text.replace(sign, "")
    return int(text)


def decimal(text: str) -> float:
    """The number that is typed, with a decimal point or comma; ValueError where it is none.

    Where a single sign could be either, as in "1,000", the person's locale decides.
    """
    text = _without_spaces(text)
    point = QLocale().decimalPoint()
    signs = {sign for sign in ",." if sign in text}
    if len(signs) == 2:
        point = max(signs, key=text.rfind)
    elif signs and point not in signs and not re.fullmatch(GROUPED.format(sign=re.escape(min(signs))), text):
        point = min(signs)  # no thousands: "0,01" where the point is the custom, "0.01" where the comma is
    other = "." if point == "," else ","
    if other in text and not re.match(rf"{GROUPED.format(sign=re.escape(other))}(?!\d)", text):
        raise ValueError(text)
    return float(text.replace(other, "").replace(point, "."))


def _without_spaces(text: str) -> str:
    """Without the spaces and quotation marks between thousands; others stay, and make it no number."""
    text = text.strip()
    return re.sub(rf"(?<=\d)[{SPACES}](?=\d{{3}}(?!\d))", "", text)
