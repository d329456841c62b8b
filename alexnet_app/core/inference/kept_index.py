"""Indexes that the program keeps for itself: one for each model and set of images, in the cache folder."""

import hashlib
import os
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from alexnet_app.core.data.formats import RAW_SUFFIXES, SUFFIXES
from alexnet_app.core.data.prepared.fingerprint import fingerprint
from alexnet_app.core.data.sources.addresses import opening_files
from alexnet_app.core.data.sources.named import NOT_CHOSEN, is_gone, whole
from alexnet_app.core.data.sources.tree import files_below
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.inference.labelled import Labelled, default_split, labelled
from alexnet_app.core.inference.neighbours import Index, digest, indexing, read_index, write_index
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.places import cache_folder

FOLDER = "indexes"
KEPT = 12  # indexes: the oldest goes where another one is written
TRAIN = "train"


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An index with whether it ``is_stale``: images were added, removed or changed since it was made. ``index`` is None
    where there is none.
    """

    index: Index | None
    is_stale: bool = False


def own_data(summary: Mapping[str, Any]) -> str:
    """The address of the images that the model whose ``summary`` it is was trained on; empty where nothing says which,
    or they are not there.
    """
    config = summary.get("config")
    address = config.get("data") if isinstance(config, Mapping) else None
    if not isinstance(address, str) or address in NOT_CHOSEN or "\0" in address:
        return ""
    if address.startswith(("\\\\", "//")):  # another computer, which a model from a stranger must not make us ask
        return ""
    return "" if is_gone(address) else address


def find(bundle: Bundle, address: str) -> Generator[Event, None, Kept]:
    """The index of the images at ``address`` that is kept for the model, if there is one. Yields Progress."""
    path = _file(bundle, address)
    try:
        index = read_index(path)
    except UserError:  # there is none, or it is damaged: it is made again
        return Kept(None)
    source, split = yield from _opened(address)
    trace = yield from _trace(source, split, bundle)
    with suppress(OSError):
        os.utime(path)  # it was used
    return Kept(index, is_stale=trace != index.trace)


def build(bundle: Bundle, address: str) -> Generator[Event, None, Kept]:
    """Makes the index of the images at ``address`` for the model, and keeps it. Yields Progress, and Skipped for what
    cannot be read. UserError where there are no images, or too many.
    """
    source, split = yield from _opened(address)
    trace = yield from _trace(source, split, bundle)  # before: what changes meanwhile is noticed later
    data = yield from labelled(source, split, bundle.spec.picture_size, alone=True)
    index = replace((yield from indexing(bundle, data)), trace=trace)
    path = _file(bundle, address)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_index(path, index)
    _forget_oldest(path.parent)
    return Kept(index)


def images_of(bundle: Bundle, address: str) -> Generator[Event, None, Labelled]:
    """The images of an index of ``address``, to be shown."""
    source, split = yield from _opened(address)
    return (yield from labelled(source, split, bundle.spec.picture_size, alone=True))


def _file(bundle: Bundle, address: str) -> Path:
    name = hashlib.sha256(f"{digest(bundle)}\0{whole(address)}".encode(errors="surrogatepass")).hexdigest()[:32]
    return cache_folder() / FOLDER / f"{name}.index"


def _opened(address: str) -> Generator[Event, None, tuple[Source, str]]:
    """The images at ``address``, and the split that is searched: what is trained on, or all where nothing is divided.
    A folder without classes is one class.
    """
    try:
        source = yield from opening_files(address, measuring=True)
    except UserError:
        found = without_classes(address)
        if found is None:
            raise
        source = found
    return source, TRAIN if TRAIN in source.splits else default_split(source)


def without_classes(address: str) -> Source | None:
    """The images of a folder without classes, as one class with the name of the folder; None where it has none."""
    files = _pictures_in(Path(address).expanduser())
    name = Path(address).resolve().name or address
    split = Files(tuple(files), np.zeros(len(files), np.int64))
    return Source(name, (name,), {TRAIN: split}, undivided=True) if files else None


def _pictures_in(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    known = SUFFIXES | RAW_SUFFIXES
    return [path for path in files_below(str(folder)) if path[path.rfind(".") :].lower() in known]


def _trace(source: Source, split: str, bundle: Bundle) -> Generator[Event, None, str]:
    return (yield from fingerprint(replace(source, splits={split: source.splits[split]}), bundle.spec.picture_size))


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        files = sorted(folder.glob("*.index"), key=lambda each: each.stat().st_mtime_ns)
        for each in files[:-KEPT]:
            each.unlink()
