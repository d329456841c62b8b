"""What is known of a prepared set on the disk: how far each split is, what was left out, sums, checksums.

A *block* is some pictures of a source in a row: what one thread makes at a time, and what has one checksum.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.prepared.statistics import Sums
from alexnet_app.core.data.prepared.storage import data_file, ends_file
from alexnet_app.core.data.sources.values import Arrays, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Skipped
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import open_regular, parse_json, read_bytes, read_json
from alexnet_app.core.foreign_arrays import arrays_in

FORMAT = 3  # raise it when the same source would give other bytes
PROGRESS, FINISHED, SKIPPED, STATISTICS = "progress.npz", "finished.json", "skipped.jsonl", "statistics.npz"
SUSPECT = "suspect"  # an empty file: a block is damaged, so all are checked before the set is used again
MOST_RECORD, MOST_BYTES = 16 << 20, 1 << 30  # bytes of a record, and of what grows with the number of pictures
SPLIT = re.compile("[A-Za-z0-9_]{1,40}")  # a part of the names of files
BLOCK_ROW = np.dtype([("end", "<i8"), ("rows", "<i8"), ("digest", "V16")])


@dataclass(slots=True)
class SplitTally:
    """How far a split is: ``done`` of its pictures were looked at, ``rows`` of them lie in ``size`` bytes."""

    done: int = 0
    rows: int = 0
    size: int = 0


@dataclass(slots=True)
class Record:
    """How far a set is. ``skipped_size`` is how much of skipped.jsonl belongs to it, ``block`` how many pictures a
    block has; ``files`` traces the sizes and times of all source files, ``where`` says where they lie, ``address``
    what the source is opened with, if that is known, ``split_rule`` how its validation split was drawn. ``trace`` is
    the source's fingerprint; nothing in sets of earlier versions, which only have it in the name of their folder.
    """

    side: int
    storage: str
    block: int
    source: str
    where: str
    files: str
    tallies: dict[str, SplitTally]
    skipped_size: int = 0
    skipped: dict[str, dict[int, str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    address: str = ""
    split_rule: int = 1  # of sets that do not say: there was no other
    trace: str = ""

    def is_for(self, asked: "Record") -> bool:
        """Whether a set of this record is the one that ``asked`` describes: a folder can have got another's files."""
        alike = (self.side, self.storage, self.split_rule) == (asked.side, asked.storage, asked.split_rule)
        return alike and self.trace in ("", asked.trace)

    def left_out(self, split: str) -> list[int]:
        """The places of the pictures of ``split`` that are not in its file."""
        return sorted(self.skipped.get(split, ()))

    def names(self) -> Iterator[str]:
        """The small files of the set, which tell what the data files hold."""
        yield from (SKIPPED, STATISTICS)
        for split in self.tallies:
            yield blocks_file(Path(), split).name
            if self.storage == "jpeg":
                yield ends_file(Path(), split).name


def blocks_file(folder: Path, split: str) -> Path:
    """Where the end, the rows so far and the checksum of each block are kept."""
    return folder / f"{split}.blocks"


def digest(data: bytes | memoryview) -> bytes:
    """A checksum of 16 bytes."""
    return blake2b(data, digest_size=16).digest()


def running_digest(file: BinaryIO) -> blake2b:
    """The checksum of all that is in ``file``, which is at its end then, to be gone on with."""
    file.seek(0)
    return blake2b(file.read(), digest_size=16)


def skips(source: Source, record: Record) -> Iterator[Skipped]:
    """The pictures that were left out so far."""
    for name, reasons in record.skipped.items():
        split = source.splits[name]
        assert not isinstance(split, Arrays)  # arrays can always be read
        yield from (Skipped(split.paths[index], reason) for index, reason in reasons.items())


def write_progress(folder: Path, record: Record, sums: Sums) -> None:
    """Record how far the set is, whole or not at all."""
    text = np.frombuffer(json.dumps(_plain(record)).encode(), np.uint8)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # savez would add a suffix to a path
            np.savez(file, record=text, count=sums.count, pictures=sums.pictures, products=sums.products)

    replace_file(folder / PROGRESS, write)


def read_progress(folder: Path) -> tuple[Record, Sums] | None:
    """How far the set in ``folder`` is; None where that is missing, unreadable, or more than what is on the disk, or
    where a small file is not as it was left.
    """
    try:
        kept = arrays_in(folder / PROGRESS, MOST_BYTES)
        record = _record(parse_json(kept["record"].tobytes()), folder)
        sums = Sums(int(kept["count"]), kept["pictures"], kept["products"])
        for path, size in sizes(folder, record).items():
            if (path.stat().st_size if path.exists() else 0) < size:
                return None  # somebody cut the file
            kept_digest = record.digests.get(path.name)
            if kept_digest is not None and _digest_of_first(path, size) != kept_digest:
                return None  # labels, or where pictures end, would be wrong
    except Exception:  # the border: a record of other fields makes anything stumble
        return None
    return record, sums


def _digest_of_first(path: Path, size: int) -> str:
    if size > MOST_BYTES:
        raise ValueError(size)  # no small file has as much
    with open_regular(path) as file:
        return digest(file.read(size)).hex()


def sizes(folder: Path, record: Record) -> dict[Path, int]:
    """How long the growing files of the set are: what lies behind that was not finished."""
    found = {folder / SKIPPED: record.skipped_size}
    for name, tally in record.tallies.items():
        found[data_file(folder, name, record.storage)] = tally.size
        found[blocks_file(folder, name)] = -(-tally.done // record.block) * BLOCK_ROW.itemsize
        if record.storage == "jpeg":
            found[ends_file(folder, name)] = 8 * tally.rows
    return found


def write_finished(folder: Path, record: Record) -> None:
    """Say that the set is whole, with checksums of its small files and of the record itself."""
    record.digests = {name: digest((folder / name).read_bytes()).hex() for name in record.names()}
    plain = _plain(record)
    text = json.dumps(plain | {"check": _check(plain)}, indent=1)
    replace_file(folder / FINISHED, lambda temporary: temporary.write_text(text))


def is_of_another_version(folder: Path) -> bool:
    """Whether what lies in ``folder`` was written by a version of the program whose sets have other bytes."""
    try:
        if (folder / FINISHED).exists():
            plain = read_json(folder / FINISHED, MOST_RECORD)
        else:
            plain = parse_json(arrays_in(folder / PROGRESS, MOST_BYTES)["record"].tobytes())
        return isinstance(plain["format"], int) and plain["format"] != FORMAT
    except (UserError, ValueError, KeyError, TypeError):
        return False


def read_finished(folder: Path) -> Record | None:
    """The record of a whole set; None where there is none, or it or a small file is not as it was left."""
    try:
        plain = read_json(folder / FINISHED, MOST_RECORD)
        check = plain.pop("check")
        if check != _check(plain):
            return None
        record = _record(plain, folder)
        right = all(
            digest(read_bytes(folder / name, MOST_BYTES)).hex() == record.digests[name] for name in record.names()
        )
    except Exception:  # the border: a record of other fields makes anything stumble
        return None
    return record if right else None


def read_blocks(folder: Path, split: str) -> NDArray[np.void]:
    """The blocks of ``split``."""
    data = read_bytes(blocks_file(folder, split), MOST_BYTES)
    return np.frombuffer(data[: len(data) // BLOCK_ROW.itemsize * BLOCK_ROW.itemsize], BLOCK_ROW)


def skipped_lines(split: str, paths: Iterable[tuple[int, str, str]]) -> bytes:
    """Lines of skipped.jsonl for (place, path, reason)."""
    lines = (
        json.dumps({"split": split, "index": index, "path": path, "reason": reason}) + "\n"
        for index, path, reason in paths
    )
    return "".join(lines).encode()


def _plain(record: Record) -> dict[str, Any]:
    plain = asdict(record) | {"format": FORMAT}
    del plain["skipped"]  # has a file of its own, which only grows
    return plain


def _check(plain: dict[str, Any]) -> str:
    return digest(json.dumps(plain, sort_keys=True).encode()).hex()


def _record(plain: dict[str, Any], folder: Path) -> Record:
    if plain.pop("format") != FORMAT:
        raise ValueError(folder)
    tallies = {name: SplitTally(**tally) for name, tally in plain.pop("tallies").items()}
    record = Record(tallies=tallies, **plain)
    _check_fields(record)
    with open_regular(folder / SKIPPED) as file:
        for line in file.read(min(record.skipped_size, MOST_BYTES)).splitlines():
            entry = parse_json(line)
            record.skipped.setdefault(entry["split"], {})[int(entry["index"])] = str(entry["reason"])
    return record


def _check_fields(record: Record) -> None:
    """ValueError where a value is of another kind than the program writes, or a name would lead out of the folder."""
    numbers = [record.side, record.block, record.skipped_size, record.split_rule]
    numbers += [each for tally in record.tallies.values() for each in (tally.done, tally.rows, tally.size)]
    texts = [record.source, record.where, record.files, record.address, record.trace]
    texts += [*record.digests, *record.digests.values()]
    whole = all(type(each) is int and each >= 0 for each in numbers) and record.block > 0
    named = record.storage in ("raw", "jpeg") and all(map(SPLIT.fullmatch, record.tallies))
    if not (whole and named and all(isinstance(each, str) for each in texts)):
        raise ValueError(record)
