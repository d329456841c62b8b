"""The three streams of a process, of which any may be closed, full or broken. The standard library only.

stdout carries results: where its reader has gone the command ends. stderr carries remarks: where nobody can read them
the work goes on.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


def fill_closed() -> None:
    """Opens the null device for what is closed: the next file that is opened would take its number, and what any
    library prints would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
    if sys.stdout is None:
        sys.stdout = _on(1)
    if sys.stderr is None:
        sys.stderr = _on(2)


def _on(number: int) -> TextIO:
    return open(number, "w", encoding="utf-8", errors="replace", closefd=False)


class _Nowhere(io.TextIOBase):
    """A stream that nobody reads."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Takes ``text`` and forgets it."""
        return len(text)


def tell(text: str) -> None:
    """Writes ``text`` to stderr, or to nobody."""
    with remarks():
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def remarks() -> Iterator[None]:
    """For what only speaks to the person: where that fails, stderr goes nowhere from here on."""
    try:
        yield
    except OSError:
        sys.stderr = _Nowhere()


def drop_results() -> None:
    """Lets the rest of stdout go nowhere."""
    sys.stdout = _Nowhere()
