"""Writing the events of a run, as the one process that trains it."""

import errno
import os
import shutil
import time
from pathlib import Path
from typing import BinaryIO, Self

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, StepsDone
from alexnet_app.core.files import fresh_file, open_to_append, sync_open, unwritable
from alexnet_app.core.runs.lines import to_line

MERGED_SECONDS = 1.0  # at most one line a second for the steps
MOST_OWED = 64 << 20  # bytes that are kept in memory where they cannot be written; a line has some 100 to 10,000


class EventLog:
    """Appends events to ``events.jsonl``: at most one line a second for steps and for progress.

    What cannot be written now, as on a full disk, is kept in memory and written once it can be, each byte once;
    ``lack`` says why until then.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file: BinaryIO = open_to_append(path)
            self._end_torn_line()
        except OSError as error:
            raise unwritable(path, error) from error
        self._path = path
        self._owed = bytearray()
        self.lack: UserError | None = None
        self._steps: StepsDone | None = None
        self._since = time.monotonic()
        self._shown = 0.0

    def _end_torn_line(self) -> None:
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")
                self._file.flush()

    def move_to(self, path: Path) -> None:
        """Goes on in the new file ``path``, with all that was written so far, also where that file has no name left.

        Raises UserError.
        """
        self.flush()
        try:
            with fresh_file(path) as file:
                self._file.seek(0)
                shutil.copyfileobj(self._file, file)
            before, self._file = self._file, open_to_append(path)
        except OSError as error:
            raise unwritable(path, error) from error
        before.close()
        self._path = path

    def append(self, event: Event) -> None:
        """Writes ``event``, or keeps it to merge it with those that follow within a second."""
        now = time.monotonic()
        if isinstance(event, StepsDone):
            self._steps = _merged(self._steps, event)
            if now - self._since >= MERGED_SECONDS:
                self.flush()
        elif not isinstance(event, Progress):
            self.flush()
            self._write(event)
        elif self._owed:  # it says nothing that lasts
            self._pour()
        elif now - self._shown >= MERGED_SECONDS or event.done == event.total:
            self._shown = now
            self._write(event)

    def flush(self) -> None:
        """Writes the steps that were kept."""
        if self._steps is not None:
            steps, self._steps = self._steps, None
            self._write(steps)
        self._since = time.monotonic()

    def position(self) -> int:
        """The size of the file with everything written: where a checkpoint that is made now stands.

        What it stands on is brought to the disk before it: a power cut leaves no checkpoint without its events.
        Raises UserError where they cannot be written.
        """
        self.flush()
        self._pour()
        if self.lack is not None:
            raise self.lack
        try:
            sync_open(self._file.fileno())
        except OSError as error:
            raise unwritable(self._path, error) from error
        return self._file.seek(0, os.SEEK_END)

    def owes_too_much(self) -> bool:
        """Whether more waits to be written than is kept."""
        return len(self._owed) > MOST_OWED

    def _write(self, event: Event) -> None:
        # names of files can hold bytes that are no UTF-8: escaped as in JSON, they read back the same
        self._owed += to_line(event, time.time()).encode(errors="backslashreplace") + b"\n"
        self._pour()

    def _pour(self) -> None:
        """Writes what is owed, as far as it can be: a write may take only a part of it."""
        try:
            while self._owed:
                del self._owed[: os.write(self._file.fileno(), self._owed)]
            self.lack = None
        except OSError as error:
            if error.errno == errno.EFBIG:  # a limit of this process: no waiting changes it
                raise unwritable(self._path, error) from error
            self.lack = unwritable(self._path, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            self._file.close()


def _merged(before: StepsDone | None, now: StepsDone) -> StepsDone:
    if before is None:
        return now
    return StepsDone(before.first, before.losses + now.losses, now.rate, now.images_per_second)
