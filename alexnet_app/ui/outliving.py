"""The run of a window that is being closed, trained on by a process of its own."""

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alexnet_app.commands.detaching import go_on_detached
from alexnet_app.commands.queueing import start_working
from alexnet_app.core.events import Ending
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.waiting import Queue
from alexnet_app.core.training.queued import is_left
from alexnet_app.ui.job import Asked, Failure, Jobs
from alexnet_app.ui.tabs import Tabs


class Outliving(QObject):
    """Hands the run that ``tabs`` train to another process, once it is saved; ``failed`` brings a Failure."""

    failed = Signal(object)

    def __init__(self, tabs: Tabs, jobs: Jobs) -> None:
        super().__init__(tabs)
        self._tabs, self._jobs = tabs, jobs
        self._folder: Path | None = None
        self.processes: list[subprocess.Popen[bytes]] = []  # kept: Python complains of one that is let go

    def why_not(self) -> str:
        """Why the run cannot go on by itself; empty where it can."""
        if self._tabs.paper.is_running():
            return self.tr("An experiment continues when it is started again: its finished runs are kept")
        return self._tabs.train.control.why_not_asked()

    def keep(self) -> None:
        """The run is to go on; it is about to be saved and stopped here."""
        self._folder = self._tabs.train.folder()

    def forget(self) -> None:
        """It is not, after all."""
        self._folder = None

    def begin(self) -> bool:
        """Starts the other process where one is wanted; the job ends when that has the run. Whether there is one."""
        folder, self._folder = self._folder, None
        if folder is not None:
            queue = self._tabs.train.waiting.queue if self._tabs.train.waiting.work_action.isChecked() else None
            self._jobs.start(partial(handing_over, folder, queue), self._take, self._fail, name="background")
        return folder is not None

    def _take(self, child: object) -> None:
        assert isinstance(child, subprocess.Popen)
        self.processes.append(child)

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure)


def handing_over(folder: Path, queue: Queue | None, asked: Asked) -> Iterator["subprocess.Popen[bytes]"]:
    """Yields the process; nothing where the run had come to its end meanwhile. Where the window was working through
    ``queue`` another process goes on with that, and waits for this run.
    """
    run = Run(folder)
    ended = run.ended()
    if ended is not None and ended.reason == Ending.STOPPED:
        yield go_on_detached(run)
    if queue is not None and is_left(queue):
        yield start_working(queue)
