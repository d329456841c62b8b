"""Any generator as a job on a thread of the window: training, classification, reading runs."""

import logging
import queue
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event as Flag
from typing import TypeAlias

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from alexnet_app.core import crash_reports
from alexnet_app.core.errors import UserError
from alexnet_app.core.steering import Command, Leave, Stop

Asked: TypeAlias = "queue.SimpleQueue[Command]"
Work: TypeAlias = Callable[[Asked], Iterator[object]]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job broke off, with the trace as text: the error itself would keep all that its frames hold."""

    error: Exception
    details: str


def drive(work: Iterator[object], abandoned: Flag, emit: Callable[[object], None]) -> None:
    """Runs a generator to its end on this thread and emits what it yields; closes it early when ``abandoned``."""
    try:
        for each in work:
            if abandoned.is_set():
                return
            emit(each)
    finally:
        close = getattr(work, "close", None)
        if close is not None:
            close()


class Job(QThread):
    """Runs ``work(asked)`` on a thread of its own. Its signals arrive on the thread that made it.

    ``reported`` brings each value that it yields, ``failed`` a Failure, ``ended`` comes last, always. Once it was
    abandoned nobody hears more of it than that it has ended: what was still on its way is dropped here, so that no
    answer is taken for that of a later question.
    """

    reported = Signal(object)
    failed = Signal(object)
    ended = Signal()
    _yielded = Signal(object)  # from its thread
    _broke = Signal(object)

    def __init__(self, work: Work, name: str = "job") -> None:
        super().__init__()
        self.setObjectName(name)
        self._work = work
        self.since = time.time()
        self.listeners: tuple[object, ...] = ()  # kept as long as something may still be on its way to them
        self._asked: Asked = queue.SimpleQueue()
        self._abandoned = Flag()
        self._yielded.connect(self._report)
        self._broke.connect(self._fail)

    def ask(self, command: Command) -> None:
        """Passes ``command`` to the generator, which reads it when it can."""
        self._asked.put(command)

    def stop(self) -> None:
        """Asks the generator to save what it has and to end."""
        self.ask(Stop())

    def abandon(self) -> None:
        """Ends it before its next report, without saving; Leave is for those that look at their commands sooner."""
        self._abandoned.set()
        self.ask(Leave())

    def _report(self, value: object) -> None:
        if not self._abandoned.is_set():
            self.reported.emit(value)

    def _fail(self, failure: Failure) -> None:
        if not self._abandoned.is_set():
            self.failed.emit(failure)

    def run(self) -> None:
        """The body of the thread."""
        try:
            drive(self._work(self._asked), self._abandoned, self._yielded.emit)
        except Exception as error:  # the border of the thread: whatever it was goes to the person
            log.info("%s failed", self.objectName(), exc_info=True)
            if not isinstance(error, UserError):
                crash_reports.write(error)
            details = traceback.format_exc()
            self._broke.emit(Failure(error.with_traceback(None), details))
        finally:
            self.ended.emit()


class Jobs(QObject):
    """Owns the jobs of a window: each is kept until its thread is over. ``changed`` when one begins or is over."""

    emptied = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._over: list[Job] = []

    def start(
        self,
        work: Work,
        reported: Callable[[object], None],
        failed: Callable[[Failure], None],
        ended: Callable[[], None] | None = None,
        name: str = "job",
    ) -> Job:
        """Starts ``work``; the three are called on the window's thread."""
        job = Job(work, name)
        job.reported.connect(reported)
        job.failed.connect(failed)
        if ended is not None:
            job.ended.connect(ended)
        job.ended.connect(self._collect)
        job.listeners = (reported, failed, ended)
        self._jobs.append(job)
        job.start()
        self.changed.emit()
        return job

    def running(self) -> bool:
        """Whether any thread is still there."""
        return bool(self._jobs)

    def begun(self) -> dict[str, float]:
        """The names of all that are on, each with the time when the first one of it began, in seconds since 1970."""
        return {job.objectName(): job.since for job in reversed(self._jobs)}

    def abandon_all(self, but: Job | None = None) -> None:
        """Asks every job to end, ``but`` for one that must save first."""
        for job in self._jobs:
            if job is not but:
                job.abandon()

    def wait(self) -> None:
        """Waits for the threads of jobs that were asked to end."""
        for job in self._jobs:
            job.wait()

    def _collect(self) -> None:
        job = self.sender()
        assert isinstance(job, Job)
        job.wait()
        self._jobs.remove(job)
        self._over.append(job)  # it is the sender just now: it must not go before this call has returned
        QTimer.singleShot(0, self, self._over.clear)
        self.changed.emit()
        if not self._jobs:
            self.emptied.emit()
