"""The border at which files are read that somebody else may have written: a run of another person, of another version
of the program, or of a disk that tore it.

Only regular files come in, of a bounded size, and JSON of a bounded depth whose numbers are finite. A pipe or a device
never blocks a thread, and whatever does not come in is an ``UnreadableError`` with a sentence.
"""

import json
import math
import os
import re
import stat
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

from alexnet_app.core.errors import Text, UserError, cause

MOST_TEXT, MOST_LINE = 64 << 10, 8 << 10  # bytes of a configuration, and of a line of it
MOST_LIST = 64 << 20  # bytes of a text that says what the images of a data set show
MOST_DEPTH = 64  # objects and lists inside each other; what the program writes has 6
MOST_DIGITS = 20  # of a whole number: 64 bits have no more
NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)
IT_IS = {
    "a folder": Text("it is a folder"),
    "a link": Text("it is a link"),
    "a pipe": Text("it is a pipe"),
    "a socket": Text("it is a socket"),
    "a device": Text("it is a device"),
}
REPARSED = (0xA000000C, 0xA0000003)  # links and junctions of Windows
BOM = b"\xef\xbb\xbf"  # what an editor may have put before the text
DEEPER = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1), ord('"'): 0}


class UnreadableError(UserError):
    """A file that is not what it should be. ``why`` says it in a few words."""

    @property
    def why(self) -> str:
        """What is wrong with the file, without its name."""
        why = self.values.get("why", self.sentence)
        return why if isinstance(why, str) else str(why)

    @property
    def short(self) -> str:
        """The file's name and what is wrong with it, for a row in a list."""
        path = self.values.get("path")
        return f"{path.name}: {self.why}" if isinstance(path, Path) else self.why


class MissingError(UnreadableError):
    """There is no such file."""


def unreadable(path: Path, why: str) -> UnreadableError:
    """The sentence for ``path``, which cannot be read because of ``why``."""
    return UnreadableError("{path} cannot be read: {why}", path=path, why=why)


def kind_of(status: os.stat_result) -> str:
    """What a file is, such as "a pipe"; empty for a regular one."""
    if getattr(status, "st_reparse_tag", 0) in REPARSED:
        return "a link"
    if stat.S_ISREG(status.st_mode):
        return ""
    return next((name for is_it, name in KINDS if is_it(status.st_mode)), "a device")


def check_regular(path: Path, *, links: bool = True) -> None:
    """Raises UnreadableError unless ``path`` is a regular file, or, with ``links``, a link to one. Opens nothing."""
    try:
        kind = kind_of(path.stat() if links else path.lstat())
    except FileNotFoundError as error:
        raise MissingError("{path} cannot be read: {why}", path=path, why=cause(error)) from error
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        raise unreadable(path, cause(error)) from error
    if kind:
        raise unreadable(path, IT_IS[kind])


def open_regular(path: Path, *, links: bool = True) -> BinaryIO:
    """``path``, opened for reading. UnreadableError where it is not a regular file; nothing is waited for."""
    check_regular(path, links=links)  # first: to open a device can do something
    try:
        handle = os.open(path, os.O_RDONLY | NOT_BLOCKING | (0 if links else NO_LINKS))
    except OSError as error:
        raise unreadable(path, cause(error)) from error
    kind = kind_of(os.fstat(handle))
    if kind:  # it was exchanged in between
        os.close(handle)
        raise unreadable(path, IT_IS[kind])
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, most: int, *, links: bool = True) -> bytes:
    """What is in ``path``; UnreadableError where that is more than ``most`` bytes."""
    with open_regular(path, links=links) as file:
        try:
            data = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else b""
            size = max(len(data), os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise unreadable(path, cause(error)) from error
    if size > most:
        raise unreadable(path, f"it has {size:,} bytes, more than {most:,}")
    return data


def read_text(path: Path, most: int = MOST_TEXT, *, links: bool = True) -> str:
    """The text in ``path``, UTF-8, of lines that a person could have written."""
    data = read_bytes(path, most, links=links).removeprefix(BOM)
    if max(map(len, data.split(b"\n"))) > MOST_LINE:
        raise unreadable(path, f"it has a line of more than {MOST_LINE:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable(path, "it is not text in UTF-8") from error


def read_json(path: Path, most: int, *, links: bool = True) -> Any:
    """The JSON value in ``path``."""
    try:
        return parse_json(read_bytes(path, most, links=links))
    except ValueError as error:
        raise unreadable(path, cause(error)) from error


def parse_json(data: bytes | str, *, gaps: bool = False) -> Any:
    """The JSON value in ``data``. ValueError for what is none, is nested too deeply, names something twice, or has
    numbers that are not finite or have more digits than 64 bits hold. With ``gaps`` NaN and Infinity are read as NaN: a
    summary may say so of what was not measured.
    """
    text = data.removeprefix(BOM).decode("utf-8") if isinstance(data, bytes) else data
    if not isinstance(text, str):  # where a text lies within a text, whoever wrote that one decides what it is
        raise ValueError("it is not a text")  # noqa: TRY004  (as for all that is wrong with it)
    if text.count("[") + text.count("{") > MOST_DEPTH:
        _check_depth(text)
    try:
        return (_WITH_GAPS if gaps else _DECODER).decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _check_depth(text: str) -> None:
    """ValueError where lists and objects lie too deep in each other: told before they are read, which would take a
    thread's stack.
    """
    plain = re.sub(rb"\\.", b"", text.encode("utf-8", "surrogatepass"), flags=re.DOTALL)
    kept = plain.translate(None, bytes(set(range(256)) - set(b'"[]{}')))
    nested = re.sub(rb'"[^"]*"', b"", kept)
    if any(depth > MOST_DEPTH for depth in accumulate(map(DEEPER.__getitem__, nested))):
        raise ValueError("it is nested too deeply")


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _constant(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite, parse_int=_whole, parse_constant=_constant)
_WITH_GAPS = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_finite, parse_int=_whole, parse_constant=lambda _: math.nan
)
