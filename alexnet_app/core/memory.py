"""What glibc does with memory that a computation has freed (where there is another C library nothing is done), and
whether there was too little.
"""

import contextlib
import ctypes
import errno
import threading
from collections.abc import Iterator

TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -3, -4, -8  # names of malloc.h, without their M_
# what glibc comes to by itself once large blocks were freed; it no longer does where one of them was ever set
AS_EVER = {MMAP_MAX: 65_536, MMAP_THRESHOLD: 32 << 20, TRIM_THRESHOLD: 64 << 20}
KEEPING = {MMAP_MAX: 0, TRIM_THRESHOLD: -1}
EXHAUSTED = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")  # in torch's errors

_lock = threading.Lock()
_keepers = 0


def is_exhausted(error: BaseException) -> bool:
    """Whether ``error`` says that memory ran out, of the computer or of a device. torch, which is not loaded to ask,
    has no exception of its own for it on a CPU, nor have the libraries that it computes with on a GPU.
    """
    of_system = isinstance(error, OSError) and error.errno == errno.ENOMEM
    of_torch = type(error).__name__ == "OutOfMemoryError" or any(said in str(error) for said in EXHAUSTED)
    return isinstance(error, MemoryError) or of_system or of_torch


def share_one_heap() -> None:
    """Lets all threads that begin later allocate where the first one does: heaps of their own have 64 MB at most."""
    _set({ARENA_MAX: 1})


@contextlib.contextmanager
def keeping_freed() -> Iterator[None]:
    """Keeps what is freed for what is allocated next.

    Left alone, glibc gives each large block back to the system and asks for the next one; the system zeroes what it
    gives, page by page. The maps and gradients of a training step are as large as those of the one before: a step of
    ``alexnet-2012`` with 32 pictures took 1.08 and 1.19 times as long (two cores, measured twice), a sixth of it in the
    system. What is kept at the end is for ``release`` to give back.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def release() -> None:
    """Gives the system what is free."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _count(more: int) -> None:
    """Keeps while anybody wants it: a training and what is estimated beside it come and go in any order."""
    global _keepers  # of the process, as malloc is
    with _lock:
        before, _keepers = _keepers, _keepers + more
        if not before or not _keepers:
            _set(KEEPING if _keepers else AS_EVER)


def _set(options: dict[int, int]) -> None:
    with contextlib.suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in options.items():
            mallopt(option, value)
