"""What a large folder holds, kept, so that a million files need not be listed at every start.

A file that is added, removed or renamed changes the time of its folder: while the times of all folders, and of the
files that say what a flat split shows, are as they were, so is the list. What is written over in its place changes no
list; that is for ``fingerprint`` to notice.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_app import __version__
from alexnet_app.core.data.sources.labelled_files import How
from alexnet_app.core.data.sources.remarks import Remark, SkippedFiles, Why
from alexnet_app.core.data.sources.values import Files, Holdout, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Skipped
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import parse_json
from alexnet_app.core.foreign_arrays import arrays_in
from alexnet_app.core.places import cache_folder

MOST_BYTES = 4 << 30  # of a list: a path of each of ten million pictures
KEPT_FROM = 20_000  # files; fewer are listed sooner than this is worth
_SETTLED = 2.0  # seconds: a folder that changed a moment ago may change again without another time


def opening_listed(
    top: Path, how: How, opening: Callable[[], Generator[Event, None, Source]], watch: Iterable[Path]
) -> Generator[Event, None, Source]:
    """What ``opening`` gives for the folder ``top``, or gave before, if nothing changed since then.

    ``watch`` are files elsewhere that matter too, whether they exist or not.
    """
    holdout = how.holdout
    purpose = "\0measuring" if how.measuring else ""
    told = f"\0{holdout.seed}\0{holdout.rule}{purpose}"
    name = hashlib.sha256(os.fsencode(top.absolute()) + told.encode()).hexdigest()[:16]
    path = cache_folder() / "listings" / f"{name}.npz"
    kept = _read(path, holdout)
    if kept is not None:
        return kept
    begun = time.time()
    source = yield from opening()
    if sum(len(split.labels) for split in source.splits.values()) >= KEPT_FROM:
        times = dict(
            _times(
                {
                    str(each)
                    for each in (
                        *_folders(top, source),
                        *watch,
                        *(each.path for each in (*source.left_out, *source.damaged)),
                    )
                }
            )
        )
        if max(times.values()) < (begun - _SETTLED) * 1e9:
            with suppress(OSError, UserError):  # a full disk is no reason not to train
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, lambda temporary: _write(temporary, source, times))
    return source


def _folders(top: Path, source: Source) -> Iterator[str]:
    """All folders below ``top``, and those behind links that pictures are in."""
    yield from (folder for folder, _, _ in os.walk(top))
    for split in source.splits.values():
        assert isinstance(split, Files)
        yield from {os.path.dirname(path) for path in split.paths}  # noqa: PTH120 - of a million


def _times(paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """When each changed last, in nanoseconds; 0 where it does not exist."""
    for path in sorted(paths):
        try:
            yield path, os.stat(path).st_mtime_ns  # noqa: PTH116 - of thousands
        except OSError:
            yield path, 0


def _write(path: Path, source: Source, times: dict[str, int]) -> None:
    left_out = [(each.path, each.reason) for each in source.left_out]
    head = {
        "version": __version__,
        "rule": source.split_rule,
        "name": source.name,
        "classes": source.classes,
        "left out": left_out,
        "damaged": [(each.path, each.reason) for each in source.damaged],
        "skipped": [asdict(each) for each in source.skipped],
        "remarks": [each.plain() for each in source.remarks],
        "drawn": source.drawn,
        "undivided": source.undivided,
        "times": times,
    }
    arrays: dict[str, NDArray[Any]] = {"head": np.frombuffer(json.dumps(head).encode(), np.uint8)}
    for name, split in source.splits.items():
        assert isinstance(split, Files)
        arrays[f"{name} paths"] = np.frombuffer(os.fsencode("\0".join(split.paths)), np.uint8)
        arrays[f"{name} labels"] = split.labels
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _read(path: Path, how: Holdout) -> Source | None:
    """The source that ``path`` keeps; None where it is missing or damaged, or of another rule, or something changed
    since then.
    """
    try:
        kept = arrays_in(path, MOST_BYTES)
        head = parse_json(kept["head"].tobytes())
        same = (head["version"], head["rule"]) == (__version__, how.rule)
        if not same or dict(_times(head["times"])) != head["times"]:
            return None
        left_out = tuple(Skipped(str(folder), str(reason)) for folder, reason in head["left out"])
        damaged = tuple(Skipped(str(path), str(reason)) for path, reason in head["damaged"])
        skipped = tuple(_skipped(each) for each in head["skipped"])
        remarks = tuple(Remark.kept(each) for each in head["remarks"])
        drawn, undivided = bool(head["drawn"]), bool(head["undivided"])
        names = [name.removesuffix(" labels") for name in kept if name.endswith(" labels")]
        splits = {
            name: Files(tuple(os.fsdecode(kept[f"{name} paths"].tobytes()).split("\0")), kept[f"{name} labels"])
            for name in names
        }
    except Exception:  # the border: numpy and zipfile raise whatever a flipped bit makes them stumble over
        return None
    if not splits or any(len(split.paths) != len(split.labels) for split in splits.values()):
        return None
    return Source(
        head["name"],
        tuple(head["classes"]),
        splits,
        split_rule=how.rule,
        left_out=left_out,
        damaged=damaged,
        skipped=skipped,
        remarks=remarks,
        drawn=drawn,
        undivided=undivided,
    )


def _skipped(plain: dict[str, Any]) -> SkippedFiles:
    return SkippedFiles(Why(plain["why"]), int(plain["count"]), tuple(plain["examples"]), str(plain["what"]))
