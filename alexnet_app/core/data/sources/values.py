"""What pictures there are: names, classes and splits, before anything is decoded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

SPLIT_SEED = 2012
SHARE_RULE = 2  # how a share of a set is chosen; by rule 1 it could be without a rare class
SPLIT_RULE = 1  # how ``held_out`` draws; a better rule gets another number, and what was drawn by an older one keeps it


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


@dataclass(frozen=True, slots=True)
class Source:
    """A data set: label ``i`` means ``classes[i]``; splits are "train", "validation" and, if there is one, "test".

    ``address`` is what ``open_source`` finds the same set with, from any folder; nothing where it is not known.
    ``split_rule`` is that by which pictures were held out, whether or not any had to be.
    """

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, Split]
    address: str = ""
    split_rule: int = SPLIT_RULE


def held_out(keys: Iterable[bytes], labels: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Which pictures (N,) are for validation: of each class a tenth, rounded down, at least one.

    A picture's lot is a hash of ``seed`` and its key (unique, N of them), so it depends neither on the order of the
    pictures nor on the version of a random generator, and hardly on pictures that are added later.
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
