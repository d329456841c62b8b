"""What is worth knowing of a data set beside its images: what was skipped and why, and what may spoil a training.

Values; what a person reads of them is their ``sentence``, which nobody compares.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alexnet_app.core.errors import Parts, Sentence, Text

EXAMPLES = 5  # of what was skipped for one reason


class Why(StrEnum):
    """Why files of a data set are not used."""

    SYSTEM = "system files and folders"
    NOT_IMAGE = "not images"
    UNREADABLE = "cannot be decoded"
    NO_CLASS = "images in no class folder"
    UNLABELLED = "images whose class is unknown"
    UNKNOWN_CLASS = "images of a class that is not in the training images"
    EMPTY_CLASS = "class folders without images"
    NO_FILE = "no files: links that lead nowhere, pipes or devices"
    NOT_A_SPLIT = "folders beside the splits"


class Concern(StrEnum):
    """What a remark is about."""

    LAYOUT = "layout"  # how the folders were understood, where that is not obvious
    CLASS_LEFT_OUT = "class left out"
    CLASS_LACKS = "class lacks in a split"
    NO_VALIDATION = "no validation"
    DUPLICATES = "duplicates"
    DUPLICATES_ACROSS_SPLITS = "duplicates across splits"
    DUPLICATES_ACROSS_CLASSES = "duplicates across classes"
    IMBALANCE = "imbalance"
    FEW_IMAGES = "few images"
    FEW_VALIDATION = "few validation images"
    ONE_CLASS = "one class"
    SCALED_VALUES = "scaled values"
    NOT_CHECKED = "not checked"
    CORRECTED = "corrected labels"
    NOT_CORRECTIONS = "not a list of corrected labels"


@dataclass(frozen=True, slots=True)
class SkippedFiles:
    """``count`` files or folders that are not used: ``why``, and ``what`` they are where that says more, in the plural.

    ``examples`` are paths within the data set, or names of classes.
    """

    why: Why
    count: int
    examples: tuple[str, ...]
    what: str = ""

    @property
    def said(self) -> Sentence:
        """Why, as a front end words it."""
        why = Text.again(self.why)
        if not self.what:
            return Sentence("{why}", why=why)
        return Sentence("{why}: {what}", why=why, what=Text.again(self.what))

    @property
    def reason(self) -> str:
        """In English: "cannot be decoded: HEIC photos"."""
        return str(self.said)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a person should know before training: a ``template`` with named places, and their ``values``."""

    concern: Concern
    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def said(self) -> Sentence:
        """As a front end words it."""
        return Sentence.of(self.template, self.values)

    @property
    def sentence(self) -> str:
        """In English."""
        return str(self.said)

    @classmethod
    def of(cls, concern: Concern, said: Sentence, **more: object) -> "Remark":
        """What ``said`` says, with ``more`` values, or other ones."""
        return cls(concern, said.template, {**said.values, **more})

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"concern": self.concern, "template": self.template, "values": _plain(self.values)}

    @classmethod
    def kept(cls, plain: Mapping[str, Any]) -> "Remark":
        """The one that ``plain`` gave. ValueError, KeyError or TypeError where it is none."""
        return cls(Concern(plain["concern"]), str(plain["template"]), _unplain(plain["values"]))


def _plain(value: Any) -> Any:
    """``value`` of a sentence, for JSON: what is worded keeps what it was made of."""
    if isinstance(value, Sentence):
        return {"template": value.template, "values": _plain(value.values)}
    if isinstance(value, Text):
        return {"text": str(value)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [*map(_plain, value)] if isinstance(value, Parts) else value


def _unplain(value: Any) -> Any:
    """What ``_plain`` made this of."""
    match value:
        case {"template": str(template), "values": dict(values)}:
            return Sentence.of(template, _unplain(values))
        case {"text": str(text)}:
            return Text.again(text)
        case dict():
            return {name: _unplain(each) for name, each in value.items()}
        case list():
            return Parts(map(_unplain, value))
    return value


class Tally:
    """Counts what is skipped, by reason."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Why, str], int] = {}
        self._examples: dict[tuple[Why, str], list[str]] = {}

    def add(self, why: Why, examples: Iterable[str], what: str = "", count: int | None = None) -> None:
        """One for each of ``examples``, or ``count``."""
        shown = list(examples)
        self._counts[why, what] = self._counts.get((why, what), 0) + (len(shown) if count is None else count)
        kept = self._examples.setdefault((why, what), [])
        kept += shown[: EXAMPLES - len(kept)]

    def found(self) -> tuple[SkippedFiles, ...]:
        """All that was skipped, in the order of the reasons."""
        order = list(Why)
        keys = sorted((key for key, count in self._counts.items() if count), key=lambda key: (order.index(key[0]), key))
        return tuple(
            SkippedFiles(why, self._counts[why, what], tuple(self._examples[why, what]), what) for why, what in keys
        )


def listed(names: Iterable[str | Sentence], most: int = EXAMPLES) -> Sentence:
    """``names`` in a sentence: the first of them, and how many more there are."""
    found = Parts(names)
    if len(found) <= most:
        return Sentence("{names}", names=found)
    return Sentence("{names} and {count:,} more", names=Parts(found[:most]), count=len(found) - most)


def all_of(names: Iterable[str | Sentence]) -> Sentence:
    """``names`` in a sentence: "test and val"."""
    *others, last = names
    if not others:
        return Sentence("{names}", names=last)
    return Sentence("{names} and {last}", names=Parts(others), last=last)
