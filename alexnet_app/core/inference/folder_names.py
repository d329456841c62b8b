"""Names of classes as names of folders, on every system."""

import re
import unicodedata
from collections.abc import Iterable

_ODD = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows, since DOS
LONGEST = 100  # bytes; systems take 255


def folder_names(labels: Iterable[str]) -> dict[str, str]:
    """A folder's name for each class, no two alike in any case: what no system takes becomes "_"."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for label in dict.fromkeys(labels):
        name, number = folder_name(label), 2
        begin = name
        while name.casefold() in taken:
            name, number = f"{begin} ({number})", number + 1
        taken.add(name.casefold())
        found[label] = name
    return found


def folder_name(label: str) -> str:
    """One harmless part of a path that reads like ``label``."""
    plain = (
        _ODD.sub("_", unicodedata.normalize("NFC", label)).encode(errors="replace")[:LONGEST].decode(errors="ignore")
    )
    plain = plain.strip(" .") or "_"
    return f"{plain}_" if _RESERVED.fullmatch(plain) else plain
