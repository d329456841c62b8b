"""What the head of an ``.alexnet`` file says, read with nothing but the standard library."""

import json
from pathlib import Path
from typing import Any

MOST = 100_000_000  # bytes of a head: safetensors' own limit
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RecursionError)


def network_in(path: Path) -> str:
    """The variant of the network in the model ``path``; empty where it cannot be read: whoever opens it says why."""
    try:
        return str(_said(path, "spec")["name"])
    except UNREADABLE:
        return ""


def classes_in(path: Path) -> tuple[str, ...]:
    """The names of the classes of the model ``path``; none where they cannot be read."""
    try:
        return tuple(map(str, _said(path, "classes")))
    except UNREADABLE:
        return ()


def summary_in(path: Path) -> dict[str, Any]:
    """Where the model ``path`` comes from, in plain values; nothing where it cannot be read."""
    try:
        found = _said(path, "summary")
    except UNREADABLE:
        return {}
    return found if isinstance(found, dict) else {}


def _said(path: Path, name: str) -> Any:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        head = json.loads(file.read(size)) if size <= MOST else {}
    return json.loads(head["__metadata__"][name])
