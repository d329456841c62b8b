"""What one setting of a form is, and what a typed text means for it. No widget yet."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.parts.numbers import decimal, local, whole
from alexnet_app.ui.parts.plain import Html, titled

translate = QCoreApplication.translate
NUMBER = re.compile(r"(=\s*)(\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?)")  # after a name
SHOWN = 24  # characters of a wrong text that an error repeats


class FieldKind(Enum):
    """How a setting is entered."""

    WHOLE = auto()
    NUMBER = auto()
    SWITCH = auto()
    CHOICE = auto()
    TEXT = auto()
    WHOLES = auto()  # whole numbers with commas between them
    NAMES = auto()  # texts with commas between them
    FACTORS = auto()  # names with numbers: "fc8=10, fc7=0.5"
    DATA = auto()  # a choice or a path
    MODEL = auto()  # a choice or a file
    DEVICE = auto()  # a choice that is known only later


@dataclass(frozen=True, slots=True)
class Need:
    """A setting means something only while the setting ``key`` has one of ``values``; otherwise ``why`` not."""

    key: str
    values: tuple[object, ...]
    why: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One setting: ``key`` is its dotted name, ``choices`` are values and their labels, ``group`` its fold.

    ``least`` and ``most`` belong to it; ``doubles`` means that one step up is the next power of two.
    """

    key: str
    label: str
    kind: FieldKind
    meaning: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    group: str = ""
    needs: Need | None = None
    doubles: bool = False
    example: str = ""


def read(kind: FieldKind, text: str) -> object:
    """The value that ``text`` means; ``text`` itself where it means none."""
    if kind is FieldKind.FACTORS:
        return _factors(text)
    try:
        return _READERS[kind](text.strip()) if kind in _READERS else text
    except ValueError:
        return text


def write(value: object, kind: FieldKind | None = None) -> str:
    """``value`` as it is typed where the point is decimal: "60,000", "0.0005", "1e-5", "30, 45", "fc8=0.5"."""
    if kind is FieldKind.FACTORS:
        return NUMBER.sub(lambda found: found[1] + local(found[2]), str(value))
    if isinstance(value, tuple | list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, float):
        return _number(value)
    return local(f"{value:,}") if isinstance(value, int) else str(value)


def problem(field: FormField, value: object) -> str:
    """Why the field cannot have ``value``, as a sentence; empty if it can."""
    if field.kind in _READERS and isinstance(value, str):
        return _unreadable(field, value.strip())
    for each in value if isinstance(value, tuple) else (value,):
        if field.least is not None and isinstance(each, int | float) and not each >= field.least:
            said = translate("fields", "{label} must be at least {limit}, not {value}.")
            return said.format(label=field.label, limit=write(field.least), value=_short(write(each)))
        if field.most is not None and isinstance(each, int | float) and not each <= field.most:
            said = translate("fields", "{label} must be at most {limit}, not {value}.")
            return said.format(label=field.label, limit=write(field.most), value=_short(write(each)))
    return ""


def tooltip(field: FormField, notes: tuple[str, ...] = ()) -> Html:
    """What hovering over the field says: ``notes`` that matter now, its meaning, its limits, its key."""
    meaning = f"{field.meaning[:1].upper()}{field.meaning[1:]}"
    key = translate("fields", "Name in files: {key}").format(key=field.key)
    return titled(field.label, (*notes, meaning, limits(field), key))


def limits(field: FormField) -> str:
    """The values that the field can have, in words; empty where there is no limit."""
    least, most = field.least, field.most
    if field.kind in (FieldKind.WHOLES, FieldKind.NAMES):
        return translate("fields", "For example {example}").format(example=field.example)
    if least is None and most is None:
        return ""
    if most is None:
        return translate("fields", "At least {least}").format(least=write(least))
    if least is None:
        return translate("fields", "At most {most}").format(most=write(most))
    return translate("fields", "From {least} to {most}").format(least=write(least), most=write(most))


def _wholes(text: str) -> tuple[int, ...]:
    return tuple(whole(each) for each in text.split(";" if ";" in text else ",")) if text else ()


def _factors(text: str) -> str:
    """``text`` as files have it: its numbers with a decimal point, a comma between the names."""

    def number(found: re.Match[str]) -> str:
        try:
            return found[1] + (found[2] if _is_plain(found[2]) else f"{decimal(found[2]):.12g}")
        except ValueError:
            return found[0]

    return NUMBER.sub(number, text).replace(";", ",")


def _is_plain(text: str) -> bool:
    return "," not in text and text.count(".") < 2


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for each in text.split(",") if (name := each.strip()))


_READERS: Mapping[FieldKind, Callable[[str], object]] = {
    FieldKind.WHOLE: whole,
    FieldKind.NUMBER: decimal,
    FieldKind.WHOLES: _wholes,
    FieldKind.NAMES: _names,
}


def _number(value: float) -> str:
    short = f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return local(re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", short))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _unreadable(field: FormField, text: str) -> str:
    said = {
        (FieldKind.WHOLE, True): translate("fields", "{label} is empty; write a whole number."),
        (FieldKind.NUMBER, True): translate("fields", "{label} is empty; write a number such as {example}."),
        (FieldKind.WHOLE, False): translate("fields", "{label} must be a whole number, not “{text}”."),
        (FieldKind.NUMBER, False): translate("fields", "{label} must be a number such as {example}, not “{text}”."),
        (FieldKind.WHOLES, False): translate(
            "fields", "{label} must be whole numbers such as {example}, not “{text}”."
        ),
    }[field.kind, not text]
    return said.format(label=field.label, text=_short(text), example=field.example)
