"""What pictures there are: names, classes and splits, before anything is decoded."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event

SPLIT_SEED = 2012
SPLIT_RULE = 1  # how ``held_out`` draws; a better rule gets another number, and what was drawn by an older one keeps it
SPLIT_RULES = (1,)  # those that this version knows
NAMES = ("shapes", "cifar10")  # data sets that go by a name, not by a path


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


def open_source(where: str, *, split_seed: int = SPLIT_SEED, split_rule: int = SPLIT_RULE) -> Source:
    """The data set that ``where`` means.

    "shapes" is the embedded one, "cifar10" the downloaded archive; anything else is the path of a CIFAR-10 archive or
    folder or of a folder with one sub-folder per class (``./shapes`` where a folder has one of the two names), which
    may be ImageNet as it is downloaded. Where a set has no validation split a tenth of each class is held out from
    training, chosen by ``split_seed`` and ``split_rule``.

    Raises UserError where the path does not exist or holds none of these, or for a rule of a newer version.
    """
    check_rule(split_rule)
    source = _opened(where, split_seed)
    return replace(source, address=_address(where)) if split_seed == SPLIT_SEED else source


def _opened(where: str, split_seed: int) -> Source:
    from alexnet_app.core.data import cifar, imagenet  # they build on this module

    if where == "shapes":
        from alexnet_app.core.data.shapes import shapes_source

        return shapes_source()
    if where == "cifar10":
        return cifar.open_archive(cifar.downloaded(), split_seed)
    path = Path(where).expanduser()
    if path.is_file():
        return cifar.open_archive(path, split_seed)
    if not path.is_dir():
        raise UserError(
            "the data folder {path} does not exist",
            'choose a folder with one sub-folder per class, a CIFAR-10 archive, "cifar10" or "shapes"',
            path=path,
        )
    batches = cifar.batches_folder(path)
    return cifar.open_folder(batches, split_seed) if batches else imagenet.open_kept(path, split_seed)


def opening_source(where: str, *, split_rule: int = SPLIT_RULE) -> Generator[Event, None, Source]:
    """``open_source`` in pieces where it takes long: yields Progress, so that it can be left in between."""
    check_rule(split_rule)
    if where == "shapes":
        from alexnet_app.core.data.shapes import drawing

        return replace((yield from drawing()), address=where)
    return open_source(where, split_rule=split_rule)


def check_rule(split_rule: int) -> None:
    """Raises UserError for a rule of drawing validation images that only a newer version knows."""
    if split_rule not in SPLIT_RULES:
        raise UserError(
            "the validation images were drawn by rule {rule}, and this version knows the rules up to {newest}",
            "use the newer version of the program with which this run was begun",
            rule=split_rule,
            newest=max(SPLIT_RULES),
        )


def _address(where: str) -> str:
    return where if where in NAMES else str(Path(where).expanduser().absolute())


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
