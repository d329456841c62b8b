"""The right to train a run, which one process has at a time.

The lock is on ``writing.lock``; the folder itself and ``events.jsonl`` are locked with it, so that nobody gets in who
removes that file. Where the file system has no locks, a file names the process instead.
"""

import errno
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import open_to_append
from alexnet_app.core.foreign import NO_LINKS, NOT_BLOCKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK, OWNER = "writing.lock", "writing.owner"
WAIT = 1.0  # seconds: someone who only looks has it for a moment
PAUSE = 0.05  # seconds between two tries
BUSY = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK)


class Lock:
    """Held until ``release``. ``is_plain`` where the file system has no locks. UserError if another process has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plain: BaseFileLock | None = None
        self.is_plain = False
        self._file: BinaryIO | None = None
        self._others: list[int] = []
        try:
            self._take()
            if sys.platform != "win32":
                self.also(os.open(folder, os.O_RDONLY))
        except BaseException:
            self.release()
            raise

    def identity(self) -> os.stat_result | None:
        """The file that is locked; None where another kind of lock is used."""
        return os.fstat(self._file.fileno()) if self._file is not None else None

    def also(self, handle: int) -> None:
        """Locks an open file or folder of the run too, as far as the file system can. ``handle`` is closed at the end.

        Raises UserError if another process has it.
        """
        self._others.append(handle)
        if sys.platform != "win32" and _tried(handle, WAIT) is False:
            raise _taken(self._folder)

    def renew(self) -> None:
        """Puts the file of the lock back, which somebody removed: the rest of the run is still locked."""
        before, self._file = self._file, None
        try:
            self._take()
        except (UserError, OSError):
            self._file = before
            raise
        if before is not None:
            before.close()

    def release(self) -> None:
        """Gives the right back."""
        for handle in self._others:
            with suppress(OSError):
                os.close(handle)
        self._others = []
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._plain is not None:
            self._plain.release()
            self._plain = None

    def _take(self) -> None:
        if sys.platform == "win32":
            self._named(LOCK)
            return
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            file = open_to_append(self._folder / LOCK)
            got = _tried(file.fileno(), WAIT)
            if got is None:
                file.close()
                self.is_plain = True
                self._named(OWNER)
                return
            if got and _leads_to(self._folder / LOCK, file):
                self._file = file
                return
            file.close()
        raise _taken(self._folder)

    def _named(self, name: str) -> None:
        """The lock of a library: of Windows, or a file that names the process."""
        from filelock import FileLock, SoftFileLock, Timeout

        kind = SoftFileLock if self.is_plain else FileLock
        # a generator may be closed on another thread
        lock = kind(self._folder / name, thread_local=False)
        try:
            lock.acquire(timeout=WAIT)
        except Timeout:
            raise _taken(self._folder) from None
        self._plain = lock


def is_held(folder: Path) -> bool:
    """Whether a process trains the run in ``folder``. Nothing is made or written to find out."""
    if sys.platform == "win32":
        return _is_named(folder / LOCK)
    for path, links in ((folder / LOCK, NO_LINKS), (folder / "events.jsonl", NO_LINKS), (folder, 0)):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | NOT_BLOCKING | links)
            try:
                if _tried(handle, 0.0, shared=True) is False:
                    return True
            finally:
                os.close(handle)
    return _is_named(folder / OWNER)


def _is_named(path: Path) -> bool:
    """Whether a living process has the lock of a library in the file ``path``."""
    from filelock import FileLock, SoftFileLock, Timeout

    if not path.is_file():
        return False
    try:
        with (SoftFileLock if path.name == OWNER else FileLock)(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that cannot be written cannot be trained
        return False


def _tried(handle: int, wait: float, *, shared: bool = False) -> bool | None:
    """Locks an open file. False where another process keeps it for longer than ``wait`` seconds; None where the file
    system has no locks for it.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in BUSY:
                return None
            if time.monotonic() >= end:
                return False
            time.sleep(PAUSE)
        else:
            return True


def _leads_to(path: Path, file: BinaryIO) -> bool:
    """Whether ``path`` is still the file that was opened."""
    with suppress(OSError):
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    return False


def _taken(folder: Path) -> UserError:
    return UserError(
        "another process is training the run in {folder}",
        hint="stop it first, or wait until it finishes",
        folder=folder,
    )
