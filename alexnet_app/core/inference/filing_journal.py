"""The journal of files that were put into folders: what an undo reads, so nobody else may have written it."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import UnreadableError, parse_json, read_text

JOURNAL = "alexnet-app-filed"  # how the names of journals begin
FORMAT = "alexnet-app filing 1"
MOST = 1 << 30  # bytes: some million files
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Filed:
    """A file: where it was (``source``, a whole path), where it goes (``to``, below the journal's folder), its size in
    bytes and when it was changed, in nanoseconds.
    """

    source: str
    to: str
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class Journal:
    """What is to be done: ``files`` are moved, or copied; ``folders`` are new, and with ``made`` the target is too."""

    moves: bool
    folders: tuple[str, ...]
    made: bool
    files: tuple[Filed, ...]


def sealed(journal: Journal) -> Iterator[dict[str, Any]]:
    """The lines of a journal; the last one is the seal, by which this person's program knows it again."""
    head = {"format": FORMAT, "moves": journal.moves, "folders": journal.folders, "made": journal.made}
    lines = [head, *(asdict(each) for each in journal.files)]
    yield from lines
    yield {"seal": _seal(lines, _key(make=True))}


def read_journal(path: Path) -> Journal:
    """The journal ``path``. UserError where it is none, or was not written by this person's program here."""
    try:
        *lines, last = (parse_json(line) for line in read_text(path, MOST, links=False).splitlines())
        is_ours = hmac.compare_digest(str(last["seal"]), _seal(lines, _key()))
        journal = _journal(lines)
    except (UnreadableError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_journal(path) from error
    if not is_ours:
        raise UserError(
            "{path} was changed, or was written by somebody else or on another computer",
            hint="move the files back yourself: each line of it says where one was",
            path=path,
        )
    return journal


def _journal(lines: list[dict[str, Any]]) -> Journal:
    """ValueError where a path leads out of the folder."""
    head, *files = lines
    filed = tuple(Filed(**each) for each in files)
    if head["format"] != FORMAT or not all(map(_is_below, [*(each.to for each in filed), *head["folders"]])):
        raise ValueError("no journal")
    return Journal(bool(head["moves"]), tuple(head["folders"]), bool(head["made"]), filed)


def _no_journal(path: Path) -> UserError:
    return UserError(
        "{path} is no journal of files that were put into folders",
        hint="choose the file {begin}-….json in the folder into which they were put",
        path=path,
        begin=JOURNAL,
    )


def _is_below(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not PurePosixPath(path).is_absolute() and ".." not in parts and "\\" not in path


def _seal(lines: list[dict[str, Any]], key: bytes) -> str:
    text = "\n".join(json.dumps(line, sort_keys=True) for line in lines)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _key(*, make: bool = False) -> bytes:
    """The secret of a person on one computer, made with the first journal; random bytes where there is none."""
    from platformdirs import user_config_path

    path = user_config_path("alexnet-app", appauthor=False) / "filing.key"
    try:
        found = path.read_bytes()
        if len(found) == KEY_BYTES:
            return found
    except OSError:
        found = b""
    new = secrets.token_bytes(KEY_BYTES)
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(handle, new)
        os.close(handle)
    return new
