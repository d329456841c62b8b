"""A run as one ZIP that opens elsewhere. A run that is trained meanwhile is packed as if it were killed at that moment:
it continues exactly from there.
"""

import os
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.exports.contents import CONFIG, EVENTS, RESUME, names_in
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import MissingError, open_regular, unreadable
from alexnet_app.core.network.header import UNREADABLE, said_in
from alexnet_app.core.runs.run import Run

Told: TypeAlias = Callable[[int, int], object]  # how many bytes are done, of how many
AT_ONCE = 1 << 20  # bytes
FIRST = (RESUME, "best.alexnet", "last.alexnet")  # what is written before its events must be opened before them
PACKED = (".jsonl", ".toml", ".json", ".txt", ".npy")  # weights do not get smaller
LAST_BLOCK = 4 << 20  # bytes at the end of the events in which their last line ends


@dataclass(frozen=True, slots=True)
class PackedRun:
    """A ZIP that was written: how many files of a run it has, and of how many bytes; ``is_trained``: the run goes on
    meanwhile, and the ZIP has it as it was.
    """

    path: Path
    files: int
    size: int
    is_trained: bool


def pack(run: Run, path: Path, told: Told = lambda done, total: None) -> PackedRun:
    """Writes ``run`` as the ZIP ``path``, so that it is whole or not there. ``told`` hears how far it is; what it
    raises ends the work. UserError where the run cannot be read, its checkpoint and its events do not agree, or the
    file cannot be written.
    """
    is_trained = run.is_being_written()
    with _opened(run) as files:
        replace_file(path, lambda temporary: _write(temporary, run.folder.name, files, told))
    return PackedRun(path, len(files), path.stat().st_size, is_trained)


@contextmanager
def _opened(run: Run) -> Iterator[dict[str, tuple[BinaryIO, int]]]:
    """Every file that is packed, opened, with how many of its bytes: what is replaced meanwhile stays as it was opened,
    and the events are taken last, up to a whole line: they tell of all that the checkpoint and the models have.
    """
    try:
        names = names_in(run.folder)
    except OSError as error:
        raise unreadable(run.folder, cause(error)) from error
    if CONFIG not in names:
        raise UserError(
            "{folder} is not a run folder: it has no config.toml", hint="choose a run folder", folder=run.folder
        )
    order = [*FIRST, *(name for name in names if name not in (*FIRST, EVENTS)), EVENTS]
    files: dict[str, tuple[BinaryIO, int]] = {}
    with ExitStack() as stack:
        for name in order:
            if name in names:
                try:
                    file = stack.enter_context(open_regular(run.folder / name, links=False))
                except MissingError:
                    continue  # it was removed meanwhile
                files[name] = file, os.fstat(file.fileno()).st_size
        if EVENTS in files:
            file, size = files[EVENTS]
            files[EVENTS] = file, _to_whole_line(file, size)
        _check_agreement(run, files)
        for file, _ in files.values():
            file.seek(0)
        yield files


def _to_whole_line(file: BinaryIO, size: int) -> int:
    """How many of ``size`` bytes are whole lines: the last one may be written just now."""
    begin = max(0, size - LAST_BLOCK)
    file.seek(begin)
    return begin + file.read(size - begin).rfind(b"\n") + 1


def _check_agreement(run: Run, files: dict[str, tuple[BinaryIO, int]]) -> None:
    """Raises UserError where the checkpoint stands behind events that are not there."""
    if RESUME not in files:
        return
    events, size = files.get(EVENTS, (None, 0))
    try:
        place = said_in(files[RESUME][0], "position")["events"]
        agrees = isinstance(place, int) and 0 <= place <= size and (not place or _byte_before(events, place) == b"\n")
    except UNREADABLE as error:
        raise unreadable(run.resume_file, cause(error)) from error
    if not agrees:
        raise UserError(
            "the checkpoint and the events of the run in {folder} do not agree, so it could not be continued elsewhere",
            hint="export its model, or restore events.jsonl",
            folder=run.folder,
        )


def _byte_before(file: BinaryIO | None, place: int) -> bytes:
    if file is None:
        return b""
    file.seek(place - 1)
    return file.read(1)


def _write(path: Path, folder: str, files: dict[str, tuple[BinaryIO, int]], told: Told) -> None:
    total = sum(size for _, size in files.values())
    done = 0
    with zipfile.ZipFile(path, "w", allowZip64=True, compresslevel=6) as archive:
        for name in sorted(files, key=lambda each: (each != CONFIG, each)):
            file, size = files[name]
            changed = time.localtime(os.fstat(file.fileno()).st_mtime)[:6]
            info = zipfile.ZipInfo(f"{_plain(folder)}/{name}", max(changed, (1980, 1, 1, 0, 0, 0)))
            info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(PACKED) else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            info.file_size = size
            with archive.open(info, "w", force_zip64=size >= zipfile.ZIP64_LIMIT) as member:
                for amount in _copied(file, member, size):
                    done += amount
                    told(done, total)


def _copied(file: BinaryIO, to: object, size: int) -> Iterator[int]:
    """Copies ``size`` bytes; how many, after each part."""
    left = size
    while left:
        data = file.read(min(AT_ONCE, left))
        if not data:
            raise OSError("the file became shorter while it was read")
        to.write(data)  # type: ignore[attr-defined]
        left -= len(data)
        yield len(data)


def _plain(name: str) -> str:
    """The name of a folder as every system can have it."""
    kept = "".join(each if each.isalnum() or each in " +()-_" else "_" for each in name)
    return kept.strip(" ")[:100] or "run"
