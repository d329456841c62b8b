"""Protobuf's wire format, read in place.

The protobuf library makes an object of every message: a file of a hundred megabytes of empty ones takes gigabytes.
Here nothing is copied, and what no network needs is refused by its count.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from alexnet_app.core.errors import UserError

VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5
MOST_FIELDS = 20_000  # of one message


def mapped(path: Path) -> memoryview:
    """The file's bytes, mapped into memory and not read yet. Raises UserError where it is empty."""
    if path.stat().st_size == 0:
        raise UserError("the file is empty")
    return np.memmap(path, np.uint8, "r").data


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The number of each field with its value: an int, or the bytes of a text, a message, a packed row or a float.

    Raises UserError where the message is torn, lies about a length, or has more fields than any network needs.
    """
    place, end = 0, len(message)
    for _ in range(MOST_FIELDS):
        if place == end:
            return
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        value: int | memoryview
        if kind == VARINT:
            value, place = _varint(message, place)
        else:
            length, place = _length(message, place, kind)
            if number == 0 or length > end - place:
                raise _torn()
            value, place = message[place : place + length], place + length
        yield number, value
    raise UserError("it has more than {limit:,} fields in one message, more than any network has", limit=MOST_FIELDS)


def _length(message: memoryview, place: int, kind: int) -> tuple[int, int]:
    if kind == LENGTH:
        return _varint(message, place)
    if kind not in (EIGHT, FOUR):
        raise _torn()
    return (8 if kind == EIGHT else 4), place


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            break
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise _torn()


def varints(value: int | memoryview) -> list[int]:
    """The integers of a field: one, or a packed row of a few. Raises UserError for a row that no shape has."""
    if isinstance(value, int):
        return [value]
    found: list[int] = []
    place = 0
    while place < len(value) and len(found) <= 16:
        number, place = _varint(value, place)
        found.append(number)
    if place < len(value):
        raise _torn()
    return found


def integer(value: int | memoryview) -> int:
    """A field that is one integer."""
    if not isinstance(value, int):
        raise _torn()
    return value


def bytes_of(value: int | memoryview) -> memoryview:
    """A field that is a message or a row."""
    if isinstance(value, int):
        raise _torn()
    return value


def text(value: int | memoryview) -> str:
    """A field that is a text, of no more than a line."""
    return bytes(bytes_of(value)[:200]).decode("utf-8", "replace")


def single(value: int | memoryview) -> float:
    """A field that is a float of four bytes."""
    view = bytes_of(value)
    if len(view) != 4:
        raise _torn()
    number: float = struct.unpack("<f", view)[0]
    return number


def _torn() -> UserError:
    return UserError("it is damaged or not such a file", hint="download or copy it again")
