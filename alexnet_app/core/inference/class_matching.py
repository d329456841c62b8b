"""Which class of a model a folder means: by name, in another case, by how accents are stored, and by synset."""

import os
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.values import Arrays, Files, Source, Split
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Skipped
from alexnet_app.core.ilsvrc import synsets
from alexnet_app.core.network.class_names import normal

_SYNSET = re.compile(r"(n\d{8})\b")
_SEPARATORS = re.compile(r"[\s_\-]+")


class KnownClasses:
    """Finds names among ``known`` classes: the same name comes first, then the same in another case and with other
    separators, then the same class of ImageNet by its synset or its name.
    """

    def __init__(self, known: Sequence[str]) -> None:
        self._known = tuple(known)
        self._places: dict[Callable[[str], str], dict[str, int]] = {}

    def place(self, name: str) -> int | None:
        """Where the class ``name`` is; None where it is none of them, or could be several."""
        for told_by in (normal, _folded, _synset):
            if told_by not in self._places:
                self._places[told_by] = _single(self._known, told_by)
            found = self._places[told_by].get(told_by(name))
            if found is not None:
                return found
        return None

    def of_folder(self, path: str) -> str:
        """The class that the folder of the file ``path`` has the name of, as it is called here; empty for none."""
        name = os.path.basename(os.path.dirname(path))  # noqa: PTH119, PTH120  (of many files)
        place = self.place(name) if name else None
        return "" if place is None else self._known[place]


def places_of(known: Sequence[str], wanted: Sequence[str]) -> list[int | None]:
    """Where each of the classes ``wanted`` is among ``known``; None where it is none of them, or could be several."""
    classes = KnownClasses(known)
    return [classes.place(name) for name in wanted]


def matching(source: Source, split: str, known: Sequence[str], who: str) -> Generator[Event, None, Source]:
    """``source`` with those classes alone that ``who``, whose classes are ``known``, knows.

    Yields Skipped for each other class that has images in ``split``. Raises UserError where it knows none of them.
    """
    places = places_of(known, source.classes)
    keep = [place is not None for place in places]
    counts = np.bincount(source.splits[split].labels, minlength=len(source.classes)).tolist()
    others = {name: count for name, kept, count in zip(source.classes, keep, counts, strict=True) if count and not kept}
    if others and sum(others.values()) == sum(counts):
        raise unknown_class(who, next(iter(others)), known)
    for name, count in others.items():
        images = "image is" if count == 1 else "images are"
        yield Skipped(f"the class {name}", f"{who} does not know it, so its {count:,} {images} not measured")
    return _only(source, keep)


def unknown_class(who: str, name: str, known: Sequence[str]) -> UserError:
    """The sentence for a class that a model does not have."""
    return UserError(
        "{who} does not know the class {name}; it knows {count:,}, such as {first}",
        hint="use a model and images with the same classes",
        who=who,
        name=name,
        count=len(known),
        first=known[0],
    )


def _only(source: Source, keep: list[bool]) -> Source:
    """``source`` without the classes that are not to be kept, and their images."""
    if all(keep):
        return source
    kept = np.array(keep)
    new = np.cumsum(kept) - 1
    splits = {name: _chosen(split, kept, new) for name, split in source.splits.items()}
    classes = tuple(name for name, wanted in zip(source.classes, keep, strict=True) if wanted)
    return replace(source, classes=classes, splits=splits)


def _chosen(split: Split, kept: NDArray[np.bool_], new: NDArray[np.int64]) -> Split:
    """The images of the classes that are ``kept`` (classes,), with their ``new`` numbers (classes,) as labels."""
    places = np.flatnonzero(kept[split.labels])
    labels = new[split.labels[places]].astype(np.int64)
    if isinstance(split, Arrays):
        return Arrays(split.pictures[places], labels)
    return Files(tuple(split.paths[place] for place in places.tolist()), labels)


def _single(known: Sequence[str], told_by: Callable[[str], str]) -> dict[str, int]:
    """The place of each class by what ``told_by`` says of it, without those that it cannot tell apart."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(known):
        found.setdefault(told_by(name), []).append(place)
    return {key: places[0] for key, places in found.items() if key and len(places) == 1}


def _folded(name: str) -> str:
    return _SEPARATORS.sub(" ", normal(name).casefold()).strip()


def _synset(name: str) -> str:
    """The synset that ``name`` is, begins with, or is the name of; nothing where it is of no known one."""
    found = _SYNSET.match(name)
    return found[1] if found else _synsets_by_name().get(_folded(name), "")


@cache
def _synsets_by_name() -> dict[str, str]:
    return {_folded(each.name): each.synset for each in synsets()}
