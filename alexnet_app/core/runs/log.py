"""The log of a run, for people."""

import logging
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from alexnet_app.core.files import open_to_append
from alexnet_app.core.runs.run import Run


class RunLog(logging.FileHandler):
    """Writes into ``log.txt`` of ``run``, wherever its folder is now. What cannot be written is not: a run does not end
    for its log.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run.log_file, encoding="utf-8", errors="backslashreplace", delay=True)
        self._run = run
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Writes ``record``."""
        with suppress(OSError):
            if Path(self.baseFilename) != self._run.log_file:
                self.baseFilename = str(self._run.log_file)
                if self.stream is not None:
                    self.stream.close()
                    self.stream = None
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - called so by logging
        """Says nothing where the disk takes no more of the log: logging would print a trace."""

    def _open(self) -> TextIOWrapper:
        file = open_to_append(Path(self.baseFilename))
        return TextIOWrapper(file, encoding=self.encoding, errors=self.errors)
