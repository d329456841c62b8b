"""The pictures of a long list in the order, the groups and the choice in which they are shown: plain lists, no Qt."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeAlias

_DIGITS = re.compile(r"\d+")
_LONGEST = 12  # digits of a number in a name


class PictureSaid(NamedTuple):
    """What is known of a picture: nothing while it waits.

    ``label`` is the most probable class, with its ``probability`` (0 to 1) and its lead over the second one as
    ``margin``; ``truth`` the class that its folder names; ``reason`` why it was skipped.
    """

    label: str = ""
    probability: float = 0.0
    margin: float = 0.0
    is_sure: bool = True
    truth: str = ""
    reason: str = ""


WAITING = PictureSaid()


class Order(StrEnum):
    """What pictures are sorted by."""

    ADDED = "added"
    NAME = "name"
    PROBABILITY = "probability"
    CLASS = "class"
    MARGIN = "margin"


class GroupKind(IntEnum):
    """What the pictures of a group have in common; groups stand in this order."""

    CLASS = 0
    NOT_SURE = 1
    WAITING = 2
    SKIPPED = 3


Key: TypeAlias = tuple[GroupKind, str]  # of a group; the text is the class, empty for the other kinds


@dataclass(slots=True, eq=False)
class ListedPicture:
    """A picture. ``given`` is the class that a person gave it."""

    path: str
    name: str
    said: PictureSaid = WAITING
    given: str = ""

    @property
    def label(self) -> str:
        """The class that counts: the person's, else the sure answer; empty for none."""
        return self.given or (self.said.label if self.said.is_sure else "")

    @property
    def share(self) -> float | None:
        """The probability (0 to 1) of an answer that stands out; None for none, and where a person gave the class."""
        return self.said.probability if self.said.label and self.said.is_sure and not self.given else None

    @property
    def truth(self) -> str:
        """The class that it is known to be of: the person's, else its folder's; empty where it is not known."""
        return self.given or self.said.truth

    @property
    def is_right(self) -> bool:
        """Whether the network's most probable class is the one that it is known to be of."""
        return self.said.label == self.truth

    def key(self) -> Key:
        """The group it belongs to."""
        if self.label:
            return GroupKind.CLASS, self.label
        if self.said.reason:
            return GroupKind.SKIPPED, ""
        return (GroupKind.NOT_SURE if self.said.label else GroupKind.WAITING), ""


@dataclass(slots=True, eq=False)
class Group:
    """Pictures that stand together: ``count`` of them, of which those from row ``first`` on are ``shown``, all or none.

    ``row`` is that of its heading; −1 where it has none.
    """

    key: Key
    count: int
    row: int
    first: int
    shown: int


@dataclass(frozen=True, slots=True)
class Arranging:
    """How pictures are to be shown. ``words``, in small letters, must all be in the name or the answer; ``folded`` are
    the groups without their pictures.
    """

    order: Order = Order.ADDED
    is_reversed: bool = False
    is_grouped: bool = False
    words: tuple[str, ...] = ()
    folded: frozenset[Key] = frozenset()

    def is_plain(self) -> bool:
        """Whether pictures stand as they came, so that new ones come last."""
        return self.order == Order.ADDED and not self.is_reversed and not self.is_grouped


@dataclass(frozen=True, slots=True)
class Arranged:
    """``rows`` from top to bottom, ``groups`` (one without a heading where nothing is grouped), and how many pictures
    ``match``, shown or in a folded group, without those that were skipped.
    """

    rows: list[ListedPicture | Group]
    groups: list[Group]
    matching: int


def matches(picture: ListedPicture, words: Sequence[str], unsure: str) -> bool:
    """Whether all ``words`` are in the name or the answer; ``unsure`` is what the answer says that is none."""
    said = picture.label or (unsure if picture.said.label else "")
    text = f"{picture.name}\n{said}".lower()
    return all(word in text for word in words)


def arranged(pictures: Iterable[ListedPicture], wanted: Arranging, unsure: str) -> Arranged:
    """Puts ``pictures`` in their rows. Time and memory grow with their number, and with nothing else."""
    chosen = [each for each in pictures if wanted.is_grouped or not each.said.reason or each.given]
    if wanted.words:
        chosen = [each for each in chosen if matches(each, wanted.words, unsure)]
    chosen = ordered(chosen, wanted.order, is_reversed=wanted.is_reversed)
    if not wanted.is_grouped:
        group = Group((GroupKind.CLASS, ""), len(chosen), -1, 0, len(chosen))
        return Arranged(list(chosen), [group], len(chosen))
    rows: list[ListedPicture | Group] = []
    groups, matching = [], len(chosen)
    for key, members in _grouped(chosen):
        matching -= len(members) if key[0] == GroupKind.SKIPPED else 0
        group = Group(key, len(members), len(rows), len(rows) + 1, 0 if key in wanted.folded else len(members))
        groups.append(group)
        rows.append(group)
        if group.shown:
            rows += members
    return Arranged(rows, groups, matching)


def ordered(pictures: list[ListedPicture], order: Order, *, is_reversed: bool) -> list[ListedPicture]:
    """``pictures``, which stand as they came, in another order: the most probable first, the least margin first, names
    and classes by the alphabet, numbers in names by their value. What has no answer stands last either way round.
    """
    if order == Order.ADDED:
        return pictures[::-1] if is_reversed else pictures
    if order == Order.NAME:
        return sorted(pictures, key=_name, reverse=is_reversed)
    known = [each for each in pictures if each.said.label]
    unknown = [each for each in pictures if not each.said.label]
    return sorted(known, key=_KEYS[order], reverse=is_reversed) + unknown


def _grouped(pictures: list[ListedPicture]) -> list[tuple[Key, list[ListedPicture]]]:
    of_classes: dict[str, list[ListedPicture]] = {}
    others: list[ListedPicture] = []
    for each in pictures:
        said = each.said
        label = each.given or (said.label if said.is_sure else "")
        if not label:
            others.append(each)
        elif label in of_classes:
            of_classes[label].append(each)
        else:
            of_classes[label] = [each]
    found: dict[Key, list[ListedPicture]] = {(GroupKind.CLASS, label): members for label, members in of_classes.items()}
    for each in others:
        found.setdefault(each.key(), []).append(each)
    return sorted(found.items(), key=lambda item: (item[0][0], item[0][1].casefold(), item[0][1]))


def _name(picture: ListedPicture) -> str:
    return _DIGITS.sub(lambda found: found[0].zfill(_LONGEST), picture.name.casefold())


_KEYS: dict[Order, Callable[[ListedPicture], float | str]] = {
    Order.PROBABILITY: lambda each: -each.said.probability,
    Order.CLASS: lambda each: (each.given or each.said.label).casefold(),
    Order.MARGIN: lambda each: each.said.margin,
}
