"""The text of a list of class names taken apart: names with the numbers and synsets that stand before them."""

import ast
import codecs
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alexnet_app.core.foreign import open_regular

MOST_TEXT = 10 << 20  # bytes of a file of labels
MOST_PYTHON = 1 << 20  # characters that are read as Python's text, of which a tree is made
MOST_ENTRIES = 250_000  # lines, or names in a structure: more than twice the classes that a model can have
MOST_NESTED = 4
LATIN = "the list of names is not UTF-8: it was read as Western European text (Windows-1252)"

SYNSET = re.compile(r"(n\d{8})(?:\s*[:,;|\t]\s*|\s+|$)")
NUMBER = re.compile(r"(\d{1,7})(?:\s*[:,;|=)\t.]\s*|\s+-\s+|\s+)(?=\S)")
NUMBER_AFTER = re.compile(r"(.*\S)(?:\s*[:,;|=\t]\s*|\s+)(\d{1,7})")
ASSIGNMENT = re.compile(r"\s*(?:[A-Za-z]+\s+)?[A-Za-z_]\w*\s*=\s*(?=[\[{(])")  # "classes = {0: …", as in a script
STRANGE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# what holds the names among other things, as in the configuration of a model
HOLDERS = (
    *("id2label", "idx_to_class", "class_to_idx", "label2id"),
    *("class_names", "classes", "names", "labels", "categories"),
)
NAME_KEYS = ("name", "class_name", "label", "class", "lemma")
NUMBER_KEYS = ("index", "id", "class_id", "idx")


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """One class of a list; without ``synset`` or ``number`` where none stands before its name."""

    name: str
    synset: str = ""
    number: int | None = None


def read_text(path: Path, notes: list[str]) -> str:
    """The text of a file in UTF-8, UTF-16 or, which ``notes`` are told, Windows-1252.

    Raises OSError, ValueError, and UnreadableError, which names the file itself.
    """
    with open_regular(path) as file:
        raw = file.read(MOST_TEXT + 1)
    if len(raw) > MOST_TEXT:
        raise ValueError("it is too large")
    text = _decoded(raw, notes)
    if STRANGE.search(text):
        raise ValueError("it is not text")
    if max(map(text.count, "\n\r")) > MOST_ENTRIES:
        raise _too_many("lines")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _too_many(what: str) -> ValueError:
    return ValueError(f"it has more than {MOST_ENTRIES:,} {what}")


def _decoded(raw: bytes, notes: list[str]) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    zeros = [raw[place::2].count(0) for place in (0, 1)]
    if max(zeros) > len(raw) // 4:  # UTF-16 without its mark: every other byte of Western text
        return raw.decode("utf-16-le" if zeros[1] > zeros[0] else "utf-16-be")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append(LATIN)
        return raw.decode("cp1252")


def entries_of(text: str) -> list[LabelEntry]:
    """The classes in the order of the text, an empty line between them as one without a name.

    Numbers count only where all classes have one and they are 0, 1, 2 … or 1, 2, 3 … in any order. ValueError where
    there are more than any model has.
    """
    value = _structure(text)
    if value is not None:
        entries = _of_structure(value)
        return _with_synsets(entries if _are_indices(entries) else [replace(each, number=None) for each in entries])
    lines = [_unquoted(line) for line in text.split("\n")] if text else []
    first = _with_synsets([LabelEntry(line) for line in lines])
    if first and all(each.synset for each in first):
        # behind them numbers of the development kit, of which a list may have a few
        kit = _taken((each.name for each in first), _before)
        pairs = zip(kit, first, strict=False)
        entries = [replace(each, synset=one.synset) for each, one in pairs] or first
    else:
        entries = _with_synsets(_numbered(lines) or [LabelEntry(line) for line in lines])
    return [replace(each, name=_unquoted(each.name)) for each in entries]


def _structure(text: str) -> Any:
    """The list or dictionary that the text is in the syntax of JSON or Python; None where it is neither."""
    text = text[found.end() :].rstrip("; \n") if (found := ASSIGNMENT.match(text)) else text
    if text[:1] not in ("[", "{", "("):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text) if len(text) <= MOST_PYTHON else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _of_structure(value: Any, depth: int = 0) -> list[LabelEntry]:
    if isinstance(value, Mapping):
        held = next((value[key] for key in HOLDERS if isinstance(value.get(key), list | dict)), None)
        if held is not None and depth < MOST_NESTED:
            return _of_structure(held, depth + 1)
    if isinstance(value, Mapping | list | tuple) and len(value) > MOST_ENTRIES:
        raise _too_many("names")
    if isinstance(value, Mapping):
        if value and all(type(each) is int for each in value.values()):  # {"cat": 0, …}
            return [LabelEntry(str(key), number=each) for key, each in value.items()]
        if value and all(str(key).isdecimal() for key in value):  # {0: "cat", …}
            return [replace(_of_one(each), number=int(str(key)[:9])) for key, each in value.items()]
        return [LabelEntry(f"{key} {_of_one(each).name}") for key, each in value.items()]  # {"n01440764": "tench", …}
    return [_of_one(each) for each in value] if isinstance(value, list | tuple) else []


def _of_one(value: Any) -> LabelEntry:
    """A name, a row that ends with it, or a dictionary that holds it."""
    if isinstance(value, Mapping):
        name, synset = (next((value[key] for key in keys if key in value), "") for keys in (NAME_KEYS, ("synset",)))
        number = next((value[key] for key in NUMBER_KEYS if type(value.get(key)) is int), None)
        return LabelEntry(_line(f"{synset} {name}"), number=number)
    return LabelEntry(_line(" ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)))


def _line(text: str) -> str:
    return " ".join(text.split())


def _numbered(lines: list[str]) -> list[LabelEntry]:
    """The lines with the numbers before or after all names taken off; none where these are no such numbers."""
    filled = [line for line in lines if line]
    for take in (_before, _after):
        titles = len(filled) > 1 and take(filled[0]) is None  # of a table's columns
        entries = _taken(filled[titles:], take)
        alone = take is _before or len({each.name for each in entries}) == len(entries)
        if entries and alone and _are_indices(entries):
            return entries
    return []


def _taken(lines: Iterable[str], take: Callable[[str], LabelEntry | None]) -> list[LabelEntry]:
    """What ``take`` makes of the lines; none where it makes nothing of one."""
    entries = [take(line) for line in lines]
    found = [each for each in entries if each is not None]
    return found if len(found) == len(entries) else []


def _before(line: str) -> LabelEntry | None:
    found = NUMBER.match(line)
    return LabelEntry(_unquoted(line[found.end() :]), number=int(found[1])) if found else None


def _after(line: str) -> LabelEntry | None:
    found = NUMBER_AFTER.fullmatch(line)
    return LabelEntry(_unquoted(found[1]), number=int(found[2])) if found else None


def _are_indices(entries: list[LabelEntry]) -> bool:
    """Whether the numbers are those of classes, with different names: "class 0" and "class 1" are names."""
    numbers = sorted(each.number for each in entries if each.number is not None)
    counted = len(entries) > 1 and numbers in (list(range(len(entries))), list(range(1, len(entries) + 1)))
    return counted and len({each.name for each in entries}) > 1


def _with_synsets(entries: list[LabelEntry]) -> list[LabelEntry]:
    """Synsets that stand before names are no part of them."""
    parted = []
    for each in entries:
        found = SYNSET.match(each.name)
        name = each.name[found.end() :] if found else each.name
        parted.append(replace(each, name=_unquoted(name), synset=found[1]) if found else each)
    return parted


def _unquoted(text: str) -> str:
    """Without the marks and the comma of a dictionary's or a table's line."""
    text = text.strip()
    bare = text.rstrip(",")
    if len(bare) > 1 and bare[0] in "\"'" and bare[-1] == bare[0]:
        return bare[1:-1].replace(2 * bare[0], bare[0]).strip()
    return text
