"""What pictures there are: names, classes and splits, before anything is decoded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Skipped
from alexnet_app.core.network.class_names import check_names

SPLIT_SEED = 2012
SHARE_RULE = 2  # how a share of a set is chosen; by rule 1 it could be without a rare class


class Pictures(Protocol):
    """Pictures of one size, read as from an array (N, side, side, 3), RGB 0–255: in memory, or read or decoded then."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, side, side, 3)."""

    def __len__(self) -> int: ...

    def __getitem__(self, chosen: int | slice | NDArray[np.intp], /) -> NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True)
class Arrays:
    """Pictures of one size: ``pictures`` (N, side, side, 3) RGB 0–255, and ``labels`` (N,)."""

    pictures: Pictures
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Files:
    """Picture files that were not opened yet: ``paths`` as strings (there may be millions), ``labels`` (N,)."""

    paths: tuple[str, ...]
    labels: NDArray[np.int64]


Split: TypeAlias = Arrays | Files


def _hashed_tenth(keys: Iterable[bytes], labels: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Of each class a tenth, rounded down, at least one.

    A picture's lot is a hash of ``seed`` and its key, so it depends neither on the order of the pictures nor on the
    version of a random generator, and hardly on pictures that are added later.
    """
    salt = str(seed).encode()
    digests = (blake2b(key, digest_size=8, key=salt).digest() for key in keys)
    lots = np.fromiter((int.from_bytes(digest, "big") for digest in digests), np.uint64)
    counts = np.bincount(labels)
    order = np.lexsort((lots, labels))
    place_in_class = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    held = np.zeros(len(labels), np.bool_)
    held[order] = place_in_class < np.repeat(np.maximum(1, counts // 10), counts)
    return held


Rule: TypeAlias = Callable[[Iterable[bytes], NDArray[np.int64], int], NDArray[np.bool_]]
# How validation images are drawn. A better rule gets the next number, and what was drawn by an older one keeps it.
SPLIT_RULES: dict[int, Rule] = {1: _hashed_tenth}


def newest_rule() -> int:
    """The rule by which validation images are drawn for whatever begins now."""
    return max(SPLIT_RULES)


@dataclass(frozen=True, slots=True)
class Holdout:
    """How validation images are drawn where a set has none of its own: by the rule of this number, from ``seed``."""

    seed: int = SPLIT_SEED
    rule: int = field(default_factory=newest_rule)

    def __post_init__(self) -> None:
        """Raises UserError for a rule that only a newer version knows."""
        if self.rule not in SPLIT_RULES:
            raise UserError(
                "the validation images were drawn by rule {rule}, but this version knows only the rules up to {newest}",
                "use the newer version of the program that started this run",
                rule=self.rule,
                newest=newest_rule(),
            )


def held_out(keys: Iterable[bytes], labels: NDArray[np.int64], how: Holdout) -> NDArray[np.bool_]:
    """Which pictures (N,) are for validation. ``keys`` are unique, N of them, and the same wherever the set lies."""
    return SPLIT_RULES[how.rule](keys, labels, how.seed)


@dataclass(frozen=True, slots=True)
class Source:
    """A data set: label ``i`` means ``classes[i]``; splits are "train", "validation" and, if there is one, "test".

    ``address`` is what ``open_source`` finds the same set with, from any folder; nothing where it is not known.
    ``split_rule`` is that by which pictures were held out, whether or not any had to be. ``left_out`` are folders that
    belong to the set and cannot be used, each with the reason. Raises UserError where two classes have one name, or
    one has none.
    """

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, Split]
    address: str = ""
    split_rule: int = field(default_factory=newest_rule)
    left_out: tuple[Skipped, ...] = ()

    def __post_init__(self) -> None:
        """Class names are what images and models are matched by."""
        check_names(self.classes)
