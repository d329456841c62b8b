"""What pictures there are: names, classes and splits, before anything is decoded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.remarks import Remark, SkippedFiles
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Skipped
from alexnet_app.core.network.class_names import check_names

SPLIT_SEED = 2012
LEAST = 2  # validation images of each class that has twice as many
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


@dataclass(frozen=True, slots=True)
class Drawn:
    """What validation images are drawn from: unique ``keys``, N of them, the same wherever the set lies, ``labels``
    (N,), and ``twins`` (N,), a number that all images of the same content have in common, or None.
    """

    keys: Iterable[bytes]
    labels: NDArray[np.int64]
    twins: NDArray[np.int64] | None = None


def _lots(keys: Iterable[bytes], seed: int) -> NDArray[np.uint64]:
    """A lot (N,) for each key: a hash of ``seed`` and the key, so that it depends neither on the order of the images
    nor on the version of a random generator, and hardly on images that are added later.
    """
    salt = str(seed).encode()
    digests = (blake2b(key, digest_size=8, key=salt).digest() for key in keys)
    return np.fromiter((int.from_bytes(digest, "big") for digest in digests), np.uint64)


def _hashed_tenth(drawn: Drawn, seed: int) -> NDArray[np.bool_]:
    """Of each class a tenth, rounded down, at least one."""
    labels, lots = drawn.labels, _lots(drawn.keys, seed)
    counts = np.bincount(labels)
    order = np.lexsort((lots, labels))
    place_in_class = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    held = np.zeros(len(labels), np.bool_)
    held[order] = place_in_class < np.repeat(np.maximum(1, counts // 10), counts)
    return held


def _tenth_by_content(drawn: Drawn, seed: int) -> NDArray[np.bool_]:
    """Of each class a tenth, rounded down, at least ``LEAST`` images, but no more than half of it; images of the same
    content stay together, so that none is trained on that validates.

    A class of one image, or of copies of one, validates nothing; where that leaves no image, copies are told apart.
    """
    labels, lots = drawn.labels, _lots(drawn.keys, seed)
    held = _whole_groups(labels, lots, drawn.twins)
    return held if held.any() or drawn.twins is None else _whole_groups(labels, lots, None)


def _whole_groups(
    labels: NDArray[np.int64], lots: NDArray[np.uint64], twins: NDArray[np.int64] | None
) -> NDArray[np.bool_]:
    counts = np.bincount(labels)
    most = counts // 2
    wanted = np.minimum(np.maximum(LEAST, counts // 10), most).tolist()
    left = most.tolist()
    held = np.zeros(len(labels), np.bool_)
    of_label = labels.tolist()
    for group in _groups(lots, twins):
        inside = [of_label[place] for place in group]
        if any(wanted[label] > 0 for label in inside) and all(inside.count(label) <= left[label] for label in inside):
            held[group] = True
            for label in inside:
                wanted[label] -= 1
                left[label] -= 1
    return held


def _groups(lots: NDArray[np.uint64], twins: NDArray[np.int64] | None) -> Iterable[list[int]]:
    """The places of the images of each content, in the order of their lowest lots."""
    order = np.argsort(lots, kind="stable")
    if twins is None:
        return ([place] for place in order.tolist())
    found: dict[int, list[int]] = {}
    for place, twin in zip(order.tolist(), twins[order].tolist(), strict=True):
        found.setdefault(twin, []).append(place)
    return found.values()


Rule: TypeAlias = Callable[[Drawn, int], NDArray[np.bool_]]
# How images are read and validation images are drawn. A better rule gets the next number, and what was begun by an
# older one keeps it. Rule 1 also read folders in another way: see ``folders``.
SPLIT_RULES: dict[int, Rule] = {1: _hashed_tenth, 2: _tenth_by_content}
FIRST_RULE = 1


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


def held_out(
    keys: Iterable[bytes], labels: NDArray[np.int64], how: Holdout, twins: NDArray[np.int64] | None = None
) -> NDArray[np.bool_]:
    """Which pictures (N,) are for validation. ``keys`` are unique, N of them, and the same wherever the set lies;
    ``twins`` (N,) are the same number for images of the same content.
    """
    return SPLIT_RULES[how.rule](Drawn(keys, labels, twins), how.seed)


@dataclass(frozen=True, slots=True)
class Source:
    """A data set: label ``i`` means ``classes[i]``; splits are "train", "validation" and, if there is one, "test".

    ``address`` is what ``open_source`` finds the same set with, from any folder; nothing where it is not known.
    ``split_rule`` is that by which pictures were held out, whether or not any had to be. ``left_out`` are folders that
    belong to the set and cannot be used, and files of classes that are left out, each with the reason; ``damaged`` are
    files of the splits that are known to be undecodable, as preparing will say too. ``skipped`` counts all that is not
    used. ``drawn`` says that validation images were drawn from those to train on, ``undivided`` that all
    images are the test split because the set has no splits. Raises UserError where two classes have one name, or one
    has none.
    """

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, Split]
    address: str = ""
    split_rule: int = field(default_factory=newest_rule)
    left_out: tuple[Skipped, ...] = ()
    damaged: tuple[Skipped, ...] = ()
    skipped: tuple[SkippedFiles, ...] = ()
    remarks: tuple[Remark, ...] = ()
    drawn: bool = False
    undivided: bool = False

    def __post_init__(self) -> None:
        """Class names are what images and models are matched by."""
        check_names(self.classes)

    def paths(self) -> Iterator[str]:
        """The files that it is made of, as far as it knows them: those of its splits, and those that are left out."""
        for split in self.splits.values():
            yield from split.paths if isinstance(split, Files) else ()
        yield from (each.path for each in self.left_out)
