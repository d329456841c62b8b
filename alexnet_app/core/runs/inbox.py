"""What is asked of a run, from this process and from others."""

import os
import queue

from alexnet_app.core.commands import Command
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Notice, Warned
from alexnet_app.core.foreign import open_regular
from alexnet_app.core.runs.lines import command_from_line
from alexnet_app.core.runs.run import Run

AT_ONCE = 1 << 20  # bytes that are read; a command has some 50
SHOWN = 60  # characters of a line that is none
MOST_TOLD = 100  # warnings in all: whoever writes only nonsense is not listened to for ever


class Inbox:
    """What is asked of a job: commands from a queue in this process and from lines that others append to a file.

    What cannot be read there is passed over, and ``notices`` tells it.
    """

    def __init__(self, run: Run, asked: queue.SimpleQueue[Command] | None = None) -> None:
        self._asked: queue.SimpleQueue[Command] = asked if asked is not None else queue.SimpleQueue()
        self._run = run
        self._place = self._size()
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

    def _size(self) -> int:
        try:
            return os.lstat(self._run.commands_file).st_size  # called between steps: no path object is built
        except OSError:
            return 0

    def _from_file(self) -> list[Command]:
        size = self._size()
        self._place = min(self._place, size)  # it was cut, or is another file
        if size <= self._place:
            return []
        try:
            with open_regular(self._run.commands_file, links=False) as file:
                file.seek(self._place)
                text = file.read(AT_ONCE)
        except (UserError, OSError) as error:
            self._place = size
            self._tell(1, error.why if hasattr(error, "why") else str(error))
            return []
        whole = text[: text.rfind(b"\n") + 1] if len(text) < AT_ONCE or b"\n" in text else text
        self._place += len(whole)
        lines = [line for line in whole.splitlines() if line.strip()]
        read = [(line, command_from_line(line)) for line in lines]
        none = [line for line, command in read if command is None]
        if none:
            self._tell(len(none), none[0][:SHOWN].decode("utf-8", "replace"))
        return [command for _, command in read if command is not None]

    def _tell(self, count: int, text: str) -> None:
        self._told += 1
        if self._told <= MOST_TOLD:
            self._notices.append(Warned(Notice.COMMANDS_IGNORED, self._run.commands_file.name, count=count, text=text))
