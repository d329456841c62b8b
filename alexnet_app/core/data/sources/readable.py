"""Which images can be decoded: told of small sets before validation images are drawn, so that no damaged one counts."""

import os
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alexnet_app.core.data.decode import checked
from alexnet_app.core.data.kinds import HEAD, kind_of
from alexnet_app.core.errors import OutOfReachError, Sentence, Text, Told, UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.foreign import open_regular
from alexnet_app.core.machine import cores
from alexnet_app.core.pace import Pace

AT_ONCE = 64  # images between two looks at the clock


@dataclass(frozen=True, slots=True)
class Verdict:
    """What decoding an image showed: ``reason`` is why it cannot be decoded, ``what`` such files are called in the
    plural; ``scaled`` says how its values were brought to 0 to 255 where they had no such scale, of a count of 1.
    """

    reason: str = ""
    what: str = ""
    scaled: Sentence | None = None


GOOD = Verdict()
DAMAGED = Text("damaged pictures")


def checking(paths: Sequence[str]) -> Generator[Event, None, list[Verdict]]:
    """Decodes each of ``paths`` on all processors, unless that was done a moment ago. Yields Progress("check").

    What is out of reach now is taken for good: it is for whoever reads it to say so.
    """
    found: list[Verdict] = []
    pace = Pace()
    pool = ThreadPoolExecutor(cores(), thread_name_prefix="check")
    try:
        for first in range(0, len(paths), AT_ONCE):
            found += pool.map(_verdict, paths[first : first + AT_ONCE])
            if pace.due():
                yield Progress(Task.CHECK, len(found), len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _verdict(path: str) -> Verdict:
    try:
        status = os.stat(path)  # noqa: PTH116 - of many files
    except (OSError, ValueError):
        return GOOD
    return _decoded(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=100_000)
def _decoded(path: str, *_: int) -> Verdict:
    """Of the file as it is now: its size and times are part of what is remembered."""
    try:
        return Verdict(scaled=checked(Path(path)))
    except OutOfReachError:
        return GOOD
    except UserError as error:
        return Verdict(Told.of(error, hint=False), _called(path))


def _called(path: str) -> str:
    try:
        with open_regular(Path(path)) as file:
            kind = kind_of(file.read(HEAD), path)
    except (OSError, UserError):  # it is gone, or can be opened and not read
        return DAMAGED
    return DAMAGED if kind.is_image and not kind.package else kind.many
