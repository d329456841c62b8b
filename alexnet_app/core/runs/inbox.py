"""What is asked of a run, from this process and from others."""

import os
import queue
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Notice, Warned
from alexnet_app.core.foreign import open_regular
from alexnet_app.core.runs.lines import command_from_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command

AT_ONCE = 1 << 20  # bytes that are read; a command has some 50
SHOWN = 60  # characters of a line that is none
MOST_KEPT, LONGEST = 10_000, 500  # lines that are known again, and bytes of one
MOST_TOLD = 100  # warnings in all: whoever writes only nonsense is not listened to for ever


class Inbox:
    """What is asked of a job: commands from a queue in this process and from lines that others append to a file.

    What cannot be read there is passed over, and ``notices`` tells it.
    """

    def __init__(self, run: Run, asked: queue.SimpleQueue[Command] | None = None) -> None:
        self._asked: queue.SimpleQueue[Command] = asked if asked is not None else queue.SimpleQueue()
        self._run = run
        self._identity, self._place = self._looked_at()
        self._read_once = deque[bytes](maxlen=MOST_KEPT)
        self._known_to = 0  # up to there a file that was replaced may have lines that were read before
        with suppress(UserError, OSError):
            self._keep(self._text(0).splitlines())
        self._notices: list[Warned] = []
        self._told = 0

    def read(self) -> list[Command]:
        """All that was asked since the last call."""
        found = []
        while not self._asked.empty():
            found.append(self._asked.get())
        return found + self._from_file()

    def wait(self, seconds: float = 0.2) -> list[Command]:
        """Like ``read``, after waiting up to ``seconds`` for something to be asked."""
        try:
            first = [self._asked.get(timeout=seconds)]
        except queue.Empty:
            first = []
        return first + self.read()

    def notices(self) -> list[Warned]:
        """What could not be read since the last call."""
        found, self._notices = self._notices, []
        return found

    def _looked_at(self) -> tuple[tuple[int, int] | None, int]:
        """Which file is there, and its size."""
        try:
            status = os.lstat(self._run.commands_file)  # called between steps: no path object is built
        except OSError:
            return None, 0
        return (status.st_dev, status.st_ino), status.st_size

    def _text(self, place: int) -> bytes:
        with open_regular(self._run.commands_file, links=False) as file:
            file.seek(place)
            return file.read(AT_ONCE)

    def _keep(self, lines: Iterable[bytes]) -> None:
        self._read_once.extend(line for line in lines if len(line) <= LONGEST)

    def _from_file(self) -> list[Command]:
        identity, size = self._looked_at()
        if identity != self._identity or size < self._place:  # it was tidied up, or came from elsewhere
            self._identity, self._place, self._known_to = identity, 0, size
        if size <= self._place:
            return []
        begin = self._place
        try:
            text = self._text(begin)
        except (UserError, OSError) as error:
            self._place = size
            self._tell(1, error.why if hasattr(error, "why") else str(error))
            return []
        whole = text[: text.rfind(b"\n") + 1] if len(text) < AT_ONCE or b"\n" in text else text
        self._place += len(whole)
        # each has the time at which it was asked: what a replaced file has of those before is asked once
        known: frozenset[bytes] = frozenset(self._read_once if begin < self._known_to else ())
        lines = [line for line in whole.splitlines() if line.strip() and line not in known]
        self._keep(lines)
        read = [(line, command_from_line(line)) for line in lines]
        none = [line for line, command in read if command is None]
        if none:
            self._tell(len(none), none[0][:SHOWN].decode("utf-8", "replace"))
        return [command for _, command in read if command is not None]

    def _tell(self, count: int, text: str) -> None:
        self._told += 1
        if self._told <= MOST_TOLD:
            self._notices.append(Warned(Notice.COMMANDS_IGNORED, self._run.commands_file.name, count=count, text=text))
