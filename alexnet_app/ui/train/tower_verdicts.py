"""What the towers of the run on the screen have learned by now: judged on a thread, from its newest snapshot."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from alexnet_app.core.insight.selectivity import Specialization, specialization
from alexnet_app.core.insight.smoothness import has_learned
from alexnet_app.core.insight.snapshot import kernels_of
from alexnet_app.ui.job import Asked, Failure, Job, Jobs
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.train.snapshots import Kernels

SHARE = 20  # a judgement takes a twentieth of the time at most: it shares the processor with the training


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot whose kernels belong to towers by ``slices``."""

    kernels: Kernels
    slices: tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """How many kernels of each tower have learned after ``step`` steps, of how many; ``known`` where there are two
    towers.
    """

    step: int
    counts: tuple[tuple[int, int], ...]
    known: Specialization | None
    seconds: float


class TowerVerdicts(QObject):
    """``said`` brings the step of a snapshot and a text for each tower. No snapshot is judged twice; of
    those that come meanwhile only the newest.

    The first snapshots of a run come faster than they can be judged.
    """

    said = Signal(int, tuple)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._next: Snapshot | None = None
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._begin)

    def take(self, snapshot: Snapshot | None) -> None:
        """The newest snapshot; None where another run, or none, is on the screen now."""
        self._next = snapshot
        if snapshot is None:
            self._rest.stop()
            if self._job is not None:
                self._job.abandon()
                self._job = None
        elif self._job is None and not self._rest.isActive():
            self._begin()

    def _begin(self) -> None:
        if self._next is not None:
            work, self._next = partial(judge, self._next), None
            self._job = self._jobs.start(work, self._tell, self._fail, self._end, name="towers")

    def _tell(self, learned: object) -> None:
        assert isinstance(learned, Learned)
        self._rest.setInterval(round(1000 * SHARE * learned.seconds))
        self.said.emit(learned.step, tuple(self._words(learned, place) for place in range(len(learned.counts))))

    def _fail(self, failure: Failure) -> None:
        """The kernels are shown as well without words."""

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self._rest.start()

    def _words(self, learned: Learned, place: int) -> str:
        count, kernels = learned.counts[place]
        text = self.tr("{count:,} of {kernels:,} kernels have learned").format(**shown(count=count, kernels=kernels))
        known = learned.known
        if known is None or known.lacking:
            return text
        verdict = {
            "mostly lines": self.tr("mostly lines"),
            "mostly colours": self.tr("mostly colours"),
            "no clear difference": self.tr("no clear difference"),
        }[known.towers[place].verdict]
        return self.tr("{learned}, {verdict}").format(learned=text, verdict=verdict)


def judge(snapshot: Snapshot, asked: Asked) -> Iterator[Learned]:
    """How many kernels have learned, and with two towers what."""
    begun, slices, step = time.thread_time(), snapshot.slices, snapshot.kernels.step
    kernels = kernels_of(snapshot.kernels.pictures, snapshot.kernels.scales)
    if not slices or slices[-1].stop != len(kernels):
        return
    if len(slices) > 1:
        known = specialization(kernels, slices)
        counts = tuple((each.learned, each.kernels) for each in known.towers)
        yield Learned(step, counts, known, time.thread_time() - begun)
    else:
        yield Learned(step, ((int(has_learned(kernels).sum()), len(kernels)),), None, time.thread_time() - begun)
