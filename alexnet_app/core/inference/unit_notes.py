"""What a person has written about single units: a small file for each model, known by its weights, not by its path.

``~/AlexNet/notes/DIGEST.json`` is ``{"format": …, "model": "sha256:…", "notes": {"conv5": {"17": "eyes"}}}``, units
counted from 1. Others may have written it: it is read whole or refused with a sentence, and a refused one is never
written over.
"""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import MissingError, check_regular, read_json, unreadable
from alexnet_app.core.network.limits import LARGEST_COUNT
from alexnet_app.core.runs.naming import check_note, is_note

FORMAT = "alexnet-app unit notes 1"
MOST_BYTES = 4 << 20  # of all notes of a model
MOST_NAME = 100  # characters of a layer's name
Unit: TypeAlias = tuple[str, int]  # a layer, and a unit of it from 0
_WRITING = threading.Lock()  # what is written is what was read, changed


def notes_folder() -> Path:
    """Where they lie. It may not exist yet."""
    return Path.home() / "AlexNet" / "notes"


def notes_of(model: str) -> dict[Unit, str]:
    """The notes of the model whose weights have the checksum ``model`` ("sha256:…", ``neighbours.digest``); none where
    nothing was written. UnreadableError where the file is damaged or something else.
    """
    path = notes_file(model)
    try:
        found = read_json(path, MOST_BYTES, links=False)
    except MissingError:
        return {}
    known = _notes(found, model)
    if known is None:
        raise unreadable(path, "it holds no notes about units of this model")
    return known


def keep_notes(model: str, changed: Mapping[Unit, str]) -> None:
    """Writes these notes to those of ``model`` that are there; an empty one goes. UserError for a note that is too
    long, where those that are there cannot be read, and where the folder cannot be written.
    """
    for text in changed.values():
        check_note(text)
    with _WRITING:
        kept = {unit: text for unit, text in {**notes_of(model), **changed}.items() if text.strip()}
        by_layer: dict[str, dict[str, str]] = {}
        for (layer, unit), text in sorted(kept.items()):
            by_layer.setdefault(layer, {})[str(unit + 1)] = text
        content = json.dumps({"format": FORMAT, "model": model, "notes": by_layer}, ensure_ascii=False, indent=1)
        if len(content.encode()) > MOST_BYTES:
            raise UserError(
                "all notes of a model together may have {most:,} bytes", "shorten some of them", most=MOST_BYTES
            )
        path = notes_file(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            check_regular(path, links=False)
        replace_file(path, lambda temporary: temporary.write_text(content, encoding="utf-8"))


def notes_file(model: str) -> Path:
    """The file of a model's notes."""
    return notes_folder() / f"{model.rpartition(':')[2][:40]}.json"


def _notes(found: Any, model: str) -> dict[Unit, str] | None:
    """The notes in the JSON value ``found``; None where it is anything else."""
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("model") != model:
        return None
    layers = found.get("notes")
    if not isinstance(layers, dict) or not all(isinstance(each, dict) for each in layers.values()):
        return None
    rows = [(layer, number, text) for layer, units in layers.items() for number, text in units.items()]
    if not all(len(layer) <= MOST_NAME and _is_number(number) and _is_text(text) for layer, number, text in rows):
        return None
    return {(layer, int(number) - 1): text for layer, number, text in rows}


def _is_number(text: str) -> bool:
    short = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_COUNT))
    return short and not text.startswith("0") and int(text) <= LARGEST_COUNT


def _is_text(text: object) -> bool:
    return isinstance(text, str) and is_note(text)
