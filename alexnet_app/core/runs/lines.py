"""Events and commands as lines of a run's files: one JSON object a line, ``{"event": "EpochDone", …}``."""

import dataclasses
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_origin

from alexnet_app.core.events import Event
from alexnet_app.core.foreign import parse_json
from alexnet_app.core.steering import Command

Kind = TypeVar("Kind")
LARGEST = 1 << 53  # of whole numbers: those that JSON and a float have exactly
LARGEST_REAL = 1e40  # fp32 ends before; what is shown can still be added and multiplied
MOST_NAMES = 1_000  # in one event; of a network's layers there are some ten
EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in Command.__subclasses__()}


def to_line(value: Event | Command, time: float) -> str:
    """One line of JSON without its newline; ``time`` in seconds since 1970. NaN and infinities become null."""
    key = "event" if isinstance(value, Event) else "command"
    fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    record = {key: type(value).__name__, "time": round(time, 3), **fields}
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def event_from_line(line: str | bytes) -> Event | None:
    """The event in ``line``, or None for a torn line or an event of another version (``event_or_newer``)."""
    return event_or_newer(line)[0]


def event_or_newer(line: str | bytes) -> tuple[Event | None, bool]:
    """The event in ``line``, and whether one is named there that this version does not know: a kind, or a value of a
    field, that a newer version has.
    """
    record = _record(line)
    name = record.pop("event", None)
    if not isinstance(name, str):
        return None, False
    event = _build(EVENTS.get(name), record)
    return event, event is None


def command_from_line(line: str | bytes) -> Command | None:
    """The command in ``line``, or None for a torn or unknown one."""
    record = _record(line)
    return _build(COMMANDS.get(str(record.pop("command", ""))), record)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _record(line: str | bytes) -> dict[str, Any]:
    try:
        record = parse_json(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _build(kind: type[Kind] | None, record: dict[str, Any]) -> Kind | None:
    if kind is None:
        return None
    kinds = _kinds(kind)  # type: ignore[arg-type]
    values = {name: _typed(value, kinds[name]) for name, value in record.items() if name in kinds}
    if not all(_fits(value, kinds[name]) for name, value in values.items()):
        return None
    try:
        return kind(**values)
    except (TypeError, ValueError):
        return None


@cache
def _kinds(kind: type[Any]) -> dict[str, Any]:
    """The type of each field."""
    return {field.name: field.type for field in dataclasses.fields(kind)}


def _typed(value: Any, kind: Any = None) -> Any:
    if value is None:
        return math.nan
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        with suppress(ValueError):  # what a newer version says fits no field
            return kind(value)
    if isinstance(value, dict):
        return {name: _typed(each) for name, each in value.items()}
    return tuple(_typed(each) for each in value) if isinstance(value, list) else value


def _fits(value: Any, kind: Any) -> bool:
    """Whether a field of type ``kind`` can have ``value``: another program, or a person, may have written the line."""
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and (math.isnan(value) or abs(value) <= LARGEST_REAL)
    if kind is int:
        return type(value) is int and 0 <= value <= LARGEST  # counts, steps and sizes
    if isinstance(kind, type):
        return type(value) is kind
    if get_origin(kind) is Mapping:
        return (
            isinstance(value, dict) and len(value) <= MOST_NAMES and all(_fits(each, float) for each in value.values())
        )
    return isinstance(value, tuple) and all(_fits(each, float) for each in value)
