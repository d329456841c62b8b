"""Writing files so that a reader never sees half of one, at whatever instant the power goes."""

import contextlib
import errno
import glob
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from alexnet_app.core.errors import DiskFullError, UnwritableError, UserError, cause
from alexnet_app.core.foreign import NO_LINKS, NOT_BLOCKING, kind_of

TRIES = 40 if os.name == "nt" else 0  # there, what is being read cannot be replaced; readers are quick
PAUSE = 0.05  # seconds between them
NOT_SYNCED = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # a file system that cannot do it
LONGEST = 200  # bytes of a name that its temporary file keeps: most systems take 255
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # the disk, or what a person may have of it
ENDING = ".alexnet-app.tmp"  # of temporary files, behind the number of a process: nobody else calls one so
TEMPORARY = re.compile(rf"(?P<name>.+)\.(?P<process>[0-9]{{1,9}}){re.escape(ENDING)}", re.DOTALL)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Lets ``write`` fill a temporary file beside ``path``, brings it to the disk, then renames it to ``path``.

    What writers of ``path`` that were killed have left beside it is removed.
    Raises UserError where the disk is full or the folder cannot be written; ``path`` is then as it was.
    """
    temporary = path.with_name(f"{_begin(path)}.{os.getpid()}{ENDING}")
    try:
        fresh_file(temporary).close()
        mode = temporary.stat().st_mode  # as this person's files are; a library's own writer may let nobody else read
        write(temporary)
        with contextlib.suppress(OSError):  # a wish: shared folders have no mode bits
            temporary.chmod(mode)
        sync(temporary)
        _rename(temporary, path)
        sync(path.parent)
        _remove_leftovers(path.parent, f"{glob.escape(_begin(path))}.*{ENDING}")
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        # the weights library has an exception of its own for a failed write
        if isinstance(error, OSError) or type(error).__name__ == "SafetensorError":
            raise unwritable(path, error) from error
        raise


def _begin(path: Path) -> str:
    return os.fsdecode(os.fsencode(path.name)[:LONGEST])


def remove_leftovers(folder: Path) -> None:
    """Removes temporary files in ``folder`` of writers that were killed. What a person or another program calls
    ``.tmp`` there stays, and so does what another process is writing now.
    """
    _remove_leftovers(folder, f"*{ENDING}")


def _remove_leftovers(folder: Path, pattern: str) -> None:
    import psutil

    for left in folder.glob(pattern):
        named = TEMPORARY.fullmatch(left.name)
        process = int(named["process"]) if named else 0
        if named and (process == os.getpid() or not psutil.pid_exists(process)):
            with contextlib.suppress(OSError):  # a folder of that name is nobody's temporary file
                left.unlink(missing_ok=True)


def fresh_file(path: Path) -> BinaryIO:
    """A new file ``path`` to be written: what was there goes. Where that is a link, what it leads to stays as it is.

    Raises OSError.
    """
    path.unlink(missing_ok=True)
    return path.open("xb")


def open_to_append(path: Path) -> BinaryIO:
    """``path``, which is made where it is not there, to be read and written at its end. OSError where it is a link,
    has another name elsewhere, or is not a regular file; nothing is waited for.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | NOT_BLOCKING | NO_LINKS
    handle = os.open(path, flags, 0o666)
    status = os.fstat(handle)
    if kind_of(status) or status.st_nlink > 1:
        os.close(handle)
        why = kind_of(status) or "a file with another name elsewhere"
        raise OSError(errno.EINVAL, f"it is {why}", str(path))
    return os.fdopen(handle, "a+b")


def _rename(temporary: Path, path: Path) -> None:
    for _ in range(TRIES):
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(PAUSE)
        else:
            return
    temporary.replace(path)


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk. Raises OSError where a file cannot be written.

    Of a folder it is a wish: network shares, shared folders of virtual machines and Windows cannot do it, and what was
    written is there all the same.
    """
    if path.is_dir():
        with contextlib.suppress(OSError):
            _sync(os.open(path, os.O_RDONLY))
    else:
        _sync(os.open(path, os.O_RDWR))


def _sync(handle: int) -> None:
    try:
        sync_open(handle)
    finally:
        os.close(handle)


def sync_open(handle: int) -> None:
    """Waits until what was written to an open file is on the disk, where its file system can say so. Raises OSError."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NOT_SYNCED:
            raise


def unwritable(path: Path, error: BaseException) -> UserError:
    """The sentence for a file that could not be written."""
    full = getattr(error, "errno", None) in FULL or "No space left" in str(error)
    if full:
        return DiskFullError(
            "the disk is full: {path} could not be written",
            hint="free some space, then try again, or choose another folder",
            path=path,
        )
    if getattr(error, "errno", None) == errno.EFBIG or "File too large" in str(error):
        return UserError(
            "{path} could not be written: it would be larger than a file may be here",
            hint="raise the limit (ulimit -f), or choose a folder on another disk",
            path=path,
        )
    return UnwritableError(
        "{path} could not be written: {why}", hint="choose another folder", path=path, why=cause(error)
    )


def free_bytes(folder: Path) -> int:
    """Free space where ``folder`` is or will be."""
    return shutil.disk_usage(_there(folder)).free


def on_one_disk(one: Path, other: Path) -> bool:
    """Whether both folders, which need not exist yet, share their free space."""
    return _there(one).stat().st_dev == _there(other).stat().st_dev


def check_writable(folder: Path) -> None:
    """UserError where nothing can be put into ``folder``, which need not exist yet. Nothing is written to find out."""
    there = _there(folder)
    number = errno.EACCES if there.is_dir() else errno.ENOTDIR
    if number == errno.ENOTDIR or not os.access(there, os.W_OK | os.X_OK):
        raise unwritable(folder, OSError(number, os.strerror(number)))


def _there(folder: Path) -> Path:
    """``folder``, or the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
