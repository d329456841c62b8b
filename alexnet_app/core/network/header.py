"""What the head of an ``.alexnet`` file says, read without torch."""

import os
from pathlib import Path
from typing import Any, BinaryIO

from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import open_regular, parse_json
from alexnet_app.core.network.class_names import texts

MOST = 32 << 20  # bytes of a head: ten thousand long names of classes
UNREADABLE = (UserError, OSError, ValueError, KeyError, TypeError)


def network_in(path: Path) -> str:
    """The variant of the network in the model ``path``; empty where it cannot be read: whoever opens it says why."""
    try:
        return str(_said(path, "spec")["name"])
    except UNREADABLE:
        return ""


def classes_in(path: Path) -> tuple[str, ...]:
    """The names of the classes of the model ``path``; none where they cannot be read."""
    try:
        return texts(_said(path, "classes"))
    except UNREADABLE:
        return ()


def summary_in(path: Path) -> dict[str, Any]:
    """Where the model ``path`` comes from, in plain values; nothing where it cannot be read."""
    try:
        found = _said(path, "summary")
    except UNREADABLE:
        return {}
    return found if isinstance(found, dict) else {}


def said_in(file: BinaryIO, name: str) -> Any:
    """What ``file``, an open model or checkpoint, says under ``name`` in its head. Raises what UNREADABLE names."""
    size = int.from_bytes(file.read(8), "little")
    if size > min(MOST, os.fstat(file.fileno()).st_size):
        raise ValueError(size)
    return parse_json(parse_json(file.read(size))["__metadata__"][name], gaps=True)


def _said(path: Path, name: str) -> Any:
    with open_regular(path) as file:
        return said_in(file, name)
