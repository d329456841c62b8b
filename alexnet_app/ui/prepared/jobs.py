"""What the window of prepared sets lets run on worker threads."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.events import Event
from alexnet_app.core.files import free_bytes

if TYPE_CHECKING:
    from alexnet_app.core.data.prepared.expecting import Expected
    from alexnet_app.core.data.prepared.shelf import PreparedSet

SHOWN = 10_000  # files that were left out: nobody reads more, and the set's skipped.jsonl names all


@dataclass(frozen=True, slots=True)
class WantedSet:
    """A data set to prepare, at ``side`` pixels, kept as ``storage``; ``name`` is what people call it. ``split_rule``
    is that by which its validation images are drawn, None for the newest.
    """

    data: str
    side: int
    storage: str
    name: str
    split_rule: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """All prepared sets, the folder they lie in, and how much is free there."""

    sets: "tuple[PreparedSet, ...]"
    folder: Path
    free: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """What preparing would take."""

    told: "Expected"


@dataclass(frozen=True, slots=True)
class Made:
    """The set ``key`` is whole; ``key`` is empty where the source needed no preparing. ``side`` in pixels."""

    key: str
    name: str
    pictures: int
    side: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Verified:
    """``damaged`` of the ``pictures`` of the set ``key`` are not as they were written."""

    key: str
    damaged: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """The set called ``name`` is gone, and ``freed`` bytes are free."""

    name: str
    freed: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that are not in the set ``key``, each with its reason."""

    key: str
    files: tuple[tuple[str, str], ...]


def listing() -> Iterator[Listed]:
    """What there is."""
    from alexnet_app.core.data.prepared.shelf import prepared_sets, sets_folder

    folder = sets_folder()
    yield Listed(prepared_sets(), folder, free_bytes(folder))


def expecting_it(wanted: WantedSet) -> Iterator[Event | Expectation]:
    """What preparing would take; that comes last."""
    from alexnet_app.core.data.prepared.expecting import expecting
    from alexnet_app.core.data.sources.addresses import opening_source

    source = yield from opening_source(wanted.data, split_rule=wanted.split_rule)
    yield Expectation((yield from expecting(source, wanted.side, storage=wanted.storage)))


def preparing(wanted: WantedSet) -> Iterator[Event | Made]:
    """Makes the set, goes on with it, or repairs it; every source file is looked at. ``Made`` comes last."""
    from alexnet_app.core.data.prepared.prepare import prepare
    from alexnet_app.core.data.sources.addresses import opening_source

    source = yield from opening_source(wanted.data, split_rule=wanted.split_rule)
    found = sum(len(split.labels) for split in source.splits.values())
    data = yield from prepare(source, wanted.side, storage=wanted.storage, thorough=True)
    pictures = sum(len(split.labels) for split in data.splits.values())
    key = data.folder.name if data.folder else ""
    yield Made(key, wanted.name, pictures, wanted.side, found - pictures)


def verifying(found: "PreparedSet") -> Iterator[Event | Verified]:
    """Reads the set; ``Verified`` comes last."""
    from alexnet_app.core.data.prepared.verifying import verify

    damaged = yield from verify(found.folder)
    yield Verified(found.name, damaged, found.pictures)


def deleting(found: "PreparedSet") -> Iterator[Deleted]:
    """Deletes the set."""
    from alexnet_app.core.data.prepared.shelf import delete_set

    yield Deleted(found.source, delete_set(found.name))


def naming_left_out(found: "PreparedSet") -> Iterator[LeftOut]:
    """What is not in the set."""
    from alexnet_app.core.data.prepared.shelf import left_out

    yield LeftOut(found.name, left_out(found.folder, SHOWN))
