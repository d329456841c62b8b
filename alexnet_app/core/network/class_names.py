"""The names of classes: what a person reads as a different class has a different name."""

import unicodedata
from collections.abc import Sequence

from alexnet_app.core.errors import UserError


def normal(name: str) -> str:
    """What tells ``name`` from others: the same however its accents are stored (NFC); empty where it is only spaces."""
    return unicodedata.normalize("NFC", name) if name.strip() else ""


def check_names(names: Sequence[str]) -> None:
    """Raises UserError where a name is empty or two cannot be told apart."""
    first: dict[str, int] = {}
    for place, name in enumerate(map(normal, names)):
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
    taken, found = {normal(name) for name in names}, list[str]()
    seen: set[str] = set()
    for place, name in enumerate(names):
        given = name if normal(name) else f"class {place + 1}"
        wanted, number = given, 1
        while normal(wanted) in seen or (wanted != name and normal(wanted) in taken):
            number += 1
            wanted = f"{given} ({number})"
        seen.add(normal(wanted))
        found.append(wanted)
    return tuple(found)
