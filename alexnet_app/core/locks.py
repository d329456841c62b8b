"""One at a time, across processes: the lock of a library, or a plain file where the file system has no locks."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.quiet import hush

if TYPE_CHECKING:
    from filelock import BaseFileLock

WITHOUT = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)  # what a file system without locks says


def taken(path: Path) -> "BaseFileLock":
    """The lock ``path``, held until it is released, also on another thread; a file beside it where it cannot be locked.

    Raises filelock's Timeout where another process has it, and OSError.
    """
    from filelock import FileLock, SoftFileLock

    hush(r"filelock\.", UserWarning)  # which falls back to a plain file by itself where it is told ENOSYS
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
    else:
        return lock
    plain = SoftFileLock(path.with_name(f"{path.name}.owner"), timeout=0, thread_local=False)
    plain.acquire()
    return plain


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Holds the lock ``path``. Raises as ``taken``."""
    lock = taken(path)
    try:
        yield
    finally:
        lock.release()
