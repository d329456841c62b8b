"""A run out of a ZIP that somebody else may have made: only files that a run has, each where a run has it, none larger
than it may be, and no more than the ZIP can hold.
"""

import os
import re
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeAlias

from alexnet_app.core.errors import Text, UserError, cause
from alexnet_app.core.exports.contents import CONFIG, most_of
from alexnet_app.core.files import ENDING, free_bytes, sync, sync_open, unwritable
from alexnet_app.core.foreign import open_regular, unreadable
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.resume import config_of

Told: TypeAlias = Callable[[int, int], object]  # how many bytes are done, of how many
AT_ONCE = 1 << 20  # bytes that are read
MOST_LISTED = 8 << 20  # bytes of the list of files in a ZIP: some 50,000 snapshots
RATIO, FREE = 100, 8 << 20  # a ZIP holds at most so many times its own size, and so many bytes
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1
OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\\|\0")
ODD = re.compile(r"[^\w +()-]")  # in the name of a folder: separators, dots, controls
# what zipfile raises for what is none, or is damaged
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)


def unpack(path: Path, folder: Path, told: Told = lambda done, total: None) -> Run:
    """The run in the ZIP ``path``, unpacked into ``folder``, which is there whole or not at all. ``told`` hears how
    far it is; what it raises ends the work. UserError where the ZIP is none of a run, or might do harm, and where the
    folder has something in it or cannot be written.
    """
    with open_regular(path) as file, _opened(path, file) as archive:
        members = _checked(path, archive)
        total = sum(each.file_size for each in members.values())
        _check_folder(folder, total)
        temporary = folder.with_name(f".{folder.name[:100]}.{os.getpid()}{ENDING}")
        try:
            _write(path, archive, members, temporary, lambda done: told(done, total))
            config_of(Run(temporary))
            _move(temporary, folder)
        except OSError as error:
            raise unwritable(folder, error) from error
        finally:
            with suppress(OSError):
                shutil.rmtree(temporary)
    return Run(folder.absolute())


def unpack_beside(path: Path, folder: Path | None, parent: Path, told: Told = lambda done, total: None) -> Run:
    """``unpack`` into ``folder`` or, where that is None, into a new one in ``parent``, called as in the ZIP."""
    return unpack(path, folder or _new_folder(parent, path), told)


def _new_folder(parent: Path, path: Path) -> Path:
    with open_regular(path) as file, _opened(path, file) as archive:
        name = ODD.sub("_", _outer(archive).rstrip("/").rpartition("/")[2] or path.stem)[:100].strip(" .") or "run"
    tries = (parent / (f"{name}-{count}" if count > 1 else name) for count in range(1, 10_000))
    return next(each for each in tries if not os.path.lexists(each))


class _Bounded:
    """A file of which no more is read at once than the list of a ZIP may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        """``count`` bytes, all that is left where that is below 0; ValueError where that is too much."""
        wanted = count
        if count < 0:
            here = self._file.tell()
            wanted = self._file.seek(0, os.SEEK_END) - here
            self._file.seek(here)
        if wanted > MOST_LISTED:
            raise ValueError("it lists more files than a run has")
        return self._file.read(wanted)


@contextmanager
def _opened(path: Path, file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(_Bounded(file))
    except BROKEN as error:
        raise unreadable(path, cause(error)) from error
    with archive:
        yield archive


def _checked(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of the run in ``archive`` by their names in its folder; what else is in there is passed over."""
    members: dict[str, zipfile.ZipInfo] = {}
    outer = _outer(archive)
    for each in archive.infolist():
        _check_member(path, each)
        name = each.filename.removeprefix(outer)
        most = None if each.is_dir() else most_of(name)
        if most is None:
            continue
        if name in members:
            raise unreadable(path, f"it has {name} twice")
        if each.file_size > most:
            raise unreadable(path, f"{name} in it has {each.file_size:,} bytes, more than {most:,}")
        members[name] = each
    if CONFIG not in members:
        raise UserError(
            "{path} is not an exported run: there is no config.toml in it",
            "choose a ZIP that this program has exported",
            path=path,
        )
    total = sum(each.file_size for each in members.values())
    if total > FREE + RATIO * path.stat().st_size:
        raise unreadable(path, f"it would become {total:,} bytes, more than {RATIO} times its own size")
    return members


def _outer(archive: zipfile.ZipFile) -> str:
    """The folder in the ZIP in which the run lies: that of its configuration; empty where there is none."""
    found = (each for each in archive.namelist() if each == CONFIG or each.endswith(f"/{CONFIG}"))
    return min(found, key=len, default="").removesuffix(CONFIG)


def _check_member(path: Path, each: zipfile.ZipInfo) -> None:
    """Raises UnreadableError for what no exported run has in it, also where it would not be unpacked."""
    if OUTSIDE.search(each.orig_filename):
        raise unreadable(path, Text("a file in it would be written outside of the run's folder"))
    kind = stat.S_IFMT(each.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise unreadable(path, Text("it has links or devices in it"))
    if each.flag_bits & ENCRYPTED:
        raise unreadable(path, Text("it is encrypted"))
    if each.compress_type not in METHODS:
        raise unreadable(path, Text("it is packed in a way that is not known here"))


def _check_folder(folder: Path, total: int) -> None:
    try:
        if os.path.lexists(folder) and (not folder.is_dir() or folder.is_symlink() or any(folder.iterdir())):
            raise UserError("the folder {folder} is not empty", hint="choose another folder for the run", folder=folder)
        if free_bytes(folder) < total:
            raise UserError(
                "the run takes {needed:,} MB, but there are {free:,} MB left in {folder}",
                hint="free some space, or choose another folder",
                needed=-(-total // 1_000_000),
                free=free_bytes(folder) // 1_000_000,
                folder=folder,
            )
    except OSError as error:
        raise unwritable(folder, error) from error


def _write(
    path: Path,
    archive: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    folder: Path,
    told: Callable[[int], object],
) -> None:
    """Fills the new ``folder``; its configuration comes last, as that makes a run of it. Raises OSError, and
    UnreadableError where the ZIP is damaged.
    """
    (folder / "filters").mkdir(parents=True)
    done = 0
    for name in sorted(members, key=lambda each: (each == CONFIG, each)):
        target = folder / name
        with target.open("xb") as file:
            for data in _parts(path, archive, members[name]):
                file.write(data)
                done += len(data)
                told(done)
            file.flush()
            sync_open(file.fileno())
        _date(target, members[name])


def _date(target: Path, member: zipfile.ZipInfo) -> None:
    """The run was last written when it was, not now."""
    with suppress(ValueError, OverflowError, OSError):
        when = time.mktime((*member.date_time, 0, 0, -1))
        os.utime(target, (when, when))


def _parts(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in ``member``, no more than it says that there is. UnreadableError where it is damaged."""
    left = member.file_size
    try:
        with archive.open(member) as file:
            while data := _read(file, left):
                left -= len(data)
                yield data
    except BROKEN as error:
        raise unreadable(path, f"{member.filename[:100]}: {cause(error)}") from error
    if left:
        raise unreadable(path, f"{member.filename[:100]} in it is cut off")


def _read(file: IO[Any], left: int) -> bytes:
    data: bytes = file.read(AT_ONCE)
    if len(data) > left:
        raise ValueError("it has more bytes than it says")
    return data


def _move(temporary: Path, folder: Path) -> None:
    if folder.is_dir():
        folder.rmdir()  # it is empty; Windows renames onto none
    temporary.rename(folder)
    sync(folder.parent)
