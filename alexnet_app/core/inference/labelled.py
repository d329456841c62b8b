"""Pictures whose class is known, ready to be shown to a model: one split of a data set."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.prepared.prepare import Prepared, prepare
from alexnet_app.core.data.sources.values import Arrays, Files, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Skipped
from alexnet_app.core.generators import Driven
from alexnet_app.core.inference.class_matching import places_of, unknown_class
from alexnet_app.core.network.class_names import normal


@dataclass(frozen=True, slots=True)
class Labelled:
    """The pictures of ``split`` of the data set ``name``: label ``i`` means ``classes[i]``.

    ``paths`` are the files that the pictures come from, one each, where the set is made of files. ``address`` is what
    the set is found with (``Source.address``), empty where that is not known. ``undivided`` says that these are all
    images of a set without splits.
    """

    name: str
    split: str
    classes: tuple[str, ...]
    arrays: Arrays
    paths: tuple[str, ...] = ()
    address: str = ""
    undivided: bool = False


def labelled(source: Source, split: str, side: int, *, alone: bool = False) -> Generator[Event, None, Labelled]:
    """The pictures of ``split`` at (side, side, 3); empty for the test split, or validation where there is none.

    Pictures that have to be decoded go through the prepared set: that of all splits, which a run has made, or with
    ``alone`` one that holds this split only. Yields what ``prepare`` yields. Raises UserError where there is no such
    split.
    """
    split = split or default_split(source)
    if split not in source.splits:
        raise UserError(
            "{name} has no {split} images; it has {known}", name=source.name, split=split, known=_named(source)
        )
    found = source.splits[split]
    if isinstance(found, Arrays) and found.pictures.shape[1:3] == (side, side):
        return Labelled(source.name, split, source.classes, found, (), source.address, source.undivided)
    wanted = replace(source, splits={split: found}, address="") if alone else source
    prepared, skipped = yield from _prepared(wanted, side)
    paths = _without(found, skipped) if isinstance(found, Files) else ()
    arrays = prepared.splits[split]
    paths = paths if len(paths) == len(arrays.labels) else ()
    return Labelled(source.name, split, source.classes, arrays, paths, source.address, source.undivided)


def default_split(source: Source) -> str:
    """What a model is judged by where nothing else is said: the pictures that steered nothing."""
    return next((split for split in ("test", "validation") if split in source.splits), "train")


def class_places(known: Sequence[str], wanted: Sequence[str], who: str) -> NDArray[np.int64]:
    """Where each of the classes ``wanted`` is among ``known``: they may be in another order, and not be all, and are
    matched as ``places_of`` does.

    Raises UserError, naming the first class that ``who``, whose classes are ``known``, does not have.
    """
    if tuple(known) == tuple(wanted):
        return np.arange(len(known), dtype=np.int64)
    for name in wanted:
        if [normal(each) for each in known].count(normal(name)) > 1:
            raise UserError("{who} has two classes called {name}: they cannot be matched", who=who, name=name)
    places = places_of(known, wanted)
    for name, place in zip(wanted, places, strict=True):
        if place is None:
            raise unknown_class(who, name, known)
    return np.array(places, np.int64)


def _prepared(source: Source, side: int) -> Generator[Event, None, tuple[Prepared, set[str]]]:
    """The prepared set, and the files that are not in it."""
    skipped: set[str] = set()
    work = Driven(prepare(source, side))
    for event in work:
        if isinstance(event, Skipped):
            skipped.add(event.path)
        yield event
    return work.result, skipped


def _without(files: Files, skipped: set[str]) -> tuple[str, ...]:
    return tuple(path for path in files.paths if path not in skipped)


def _named(source: Source) -> str:
    return ", ".join(source.splits)
