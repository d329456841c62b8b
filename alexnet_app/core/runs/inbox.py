"""What is asked of a run, from this process and from others."""

import os
import queue

from alexnet_app.core.requests import Command
from alexnet_app.core.runs.lines import command_from_line
from alexnet_app.core.runs.run import Run


class Inbox:
    """What is asked of a job: commands from a queue in this process and from lines that others append to a file."""

    def __init__(self, run: Run, asked: queue.SimpleQueue[Command] | None = None) -> None:
        self._asked: queue.SimpleQueue[Command] = asked if asked is not None else queue.SimpleQueue()
        self._file = run.commands_file
        self._place = self._size()

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

    def _size(self) -> int:
        try:
            return os.stat(self._file).st_size  # noqa: PTH116  (called between steps: no path object is built)
        except OSError:
            return 0

    def _from_file(self) -> list[Command]:
        if self._size() <= self._place:
            return []
        with self._file.open("rb") as file:
            file.seek(self._place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._place += len(whole)
        return [command for line in whole.splitlines() if (command := command_from_line(line))]
