"""The names of classes: what a person reads as a different class has a different name."""

import unicodedata
from collections.abc import Sequence

from alexnet_app.core.errors import UserError

FLAG = "\N{WAVING BLACK FLAG}"  # with tags behind it, which are not seen, the flags of parts of countries


def texts(names: Sequence[object]) -> tuple[str, ...]:
    """``names`` as a file has them. Raises UserError where one is no text."""
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise UserError(
                "the name of class {place} of {count} is not a text",
                "give every class a name of its own",
                place=place + 1,
                count=len(names),
            )
    return tuple(map(str, names))


def normal(name: str) -> str:
    """``name`` the same however its accents are stored (NFC); empty where nothing of it is seen."""
    return unicodedata.normalize("NFC", name) if _seen(name).strip() else ""


def _seen(name: str) -> str:
    """What a person sees of ``name``: without characters that only join, direct or divide others."""
    if name.isascii() or FLAG in name:
        return name
    return "".join(each for each in name if unicodedata.category(each) != "Cf")


def _key(name: str) -> str:
    return normal(_seen(name))


def check_names(names: Sequence[str]) -> None:
    """Raises UserError where a name is empty or two cannot be told apart."""
    first: dict[str, int] = {}
    for place, name in enumerate(map(_key, names)):
        if not name:
            raise UserError(
                "class {place} of {count} has no name",
                "give every class a name of its own",
                place=place + 1,
                count=len(names),
            )
        if name in first:
            raise UserError(
                "classes {first} and {second} of {count} have the same name, {name!r}",
                "give every class a name of its own",
                first=first[name] + 1,
                second=place + 1,
                count=len(names),
                name=name,
            )
        first[name] = place


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """``names`` made different where they are not: "crane", "crane (2)"; an empty one is called by its place, from 1.

    Names that differ stay as they are.
    """
    taken, found = {_key(name) for name in names}, list[str]()
    seen: set[str] = set()
    for place, name in enumerate(names):
        given = name if normal(name) else f"class {place + 1}"
        wanted, number = given, 1
        while _key(wanted) in seen or (wanted != name and _key(wanted) in taken):
            number += 1
            wanted = f"{given} ({number})"
        seen.add(_key(wanted))
        found.append(wanted)
    return tuple(found)
