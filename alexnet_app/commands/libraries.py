"""What libraries print past Python, kept in a file.

While a command or the window runs, file descriptor 2 leads there and ``sys.stderr`` to where that led before. Whoever
writes there by its number (libtiff, libjpeg, OpenMP, Qt) is told from us.
"""

import faulthandler
import os
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, TextIO

from alexnet_app.commands.printing import printable
from alexnet_app.commands.streams import tell
from alexnet_app.core.files import open_to_append

STDERR = 2
MOST = 1 << 20  # bytes that are kept of one process: what comes first says most
FILES = 20  # of processes, the newest
EVERY = 2.0  # seconds between two looks at how much it is


@contextmanager
def kept_apart() -> Iterator[None]:
    """While this is entered, what libraries print goes into a file of its own; at its end one sentence names it.

    A file, not a pipe: it takes what a library says right before it ends the process, and nobody waits for a reader.
    Where none can be written all stays as it was.
    """
    made = _missing(folder())
    try:
        path = _path()
        file = open_to_append(path)
    except OSError:
        yield
        return
    cut = threading.Event()
    try:
        with file, _bounded(file, cut), _apart(file):
            yield
    finally:
        _tell_of(path, cut.is_set())
        for each in made:  # nothing was said: all is as it was
            with suppress(OSError):
                each.rmdir()


def _missing(place: Path) -> list[Path]:
    """``place`` and the folders above it that are not there, the innermost first."""
    return list(takewhile(lambda each: not each.exists(), (place, *place.parents)))


def folder() -> Path:
    """Where the files lie."""
    from alexnet_app.core.places import cache_folder

    return cache_folder() / "logs"


def _path() -> Path:
    """A file for this process; the oldest ones are removed. Raises OSError."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    there = sorted(place.glob("*.txt"))  # by time
    for old in there[: max(0, len(there) - FILES + 1)]:
        with suppress(OSError):  # of a process that still writes, on Windows
            old.unlink()
    return place / f"{time.strftime('%Y-%m-%d-%H-%M-%S')}-{os.getpid()}.txt"


@contextmanager
def _apart(file: BinaryIO) -> Iterator[None]:
    """File descriptor 2 leads to ``file``; ours, and the last words of a crash, to where it led before."""
    before = os.dup(STDERR)  # which no child inherits: what a child prints is a library's
    stderr = sys.stderr
    ours = os.fdopen(before, "w", encoding="utf-8", errors="replace", buffering=1)
    if _number(stderr) == STDERR:
        with suppress(OSError):
            stderr.flush()
        sys.stderr = ours
    os.dup2(file.fileno(), STDERR)
    try:
        with _crashes_told(ours), _warnings_apart():
            yield
    finally:
        with suppress(OSError):
            ours.flush()
        os.dup2(before, STDERR)
        if sys.stderr is ours:
            sys.stderr = stderr
        with suppress(OSError):
            ours.close()  # whoever kept it is refused, instead of writing into the next file that has its number


def _number(stream: TextIO | None) -> int | None:
    with suppress(OSError, ValueError, AttributeError):
        return stream.fileno() if stream is not None else None
    return None


@contextmanager
def _crashes_told(ours: TextIO) -> Iterator[None]:
    """Where a library ends the process, Python says where it was: nobody would read why otherwise."""
    wanted = "faulthandler" in sys._xoptions or bool(os.environ.get("PYTHONFAULTHANDLER")) or sys.flags.dev_mode
    if (faulthandler.is_enabled() and not wanted) or sys.platform == "win32":  # there it tells of what does not end it
        yield
        return
    faulthandler.enable(ours)
    try:
        yield
    finally:
        faulthandler.disable()
        if wanted and sys.stderr is not None and _number(sys.stderr) is not None:
            faulthandler.enable()


@contextmanager
def _warnings_apart() -> Iterator[None]:
    """Libraries' warnings in Python go the same way."""
    before = warnings.showwarning

    def keep(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if file is not None:
            before(message, category, filename, lineno, file, line)
        else:
            with suppress(OSError):
                said = warnings.formatwarning(message, category, filename, lineno, line)
                os.write(STDERR, said.encode(errors="backslashreplace"))

    warnings.showwarning = keep
    try:
        yield
    finally:
        warnings.showwarning = before


@contextmanager
def _bounded(file: BinaryIO, cut: threading.Event) -> Iterator[None]:
    """Keeps ``file`` near ``MOST`` bytes, whoever writes into it; sets ``cut`` where that took anything away."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(EVERY):
            shorten()
        shorten()

    def shorten() -> None:
        with suppress(OSError):
            if os.fstat(file.fileno()).st_size > MOST:
                os.truncate(file.fileno(), MOST)
                cut.set()

    looking = threading.Thread(target=look, name="libraries", daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def _tell_of(path: Path, cut: bool) -> None:
    """One sentence, where libraries printed anything; else no file is left behind."""
    with suppress(OSError):
        lines = path.read_bytes().splitlines()
        if lines:
            many = f"{'the first ' if cut else ''}{len(lines):,} line{'s' if len(lines) > 1 else ''}"
            tell(f"alexnet-app: what libraries printed ({many}) is in {printable(str(path))}\n")
        else:
            path.unlink()
