"""Has the pictures classified: one job at a time for all that wait, with the model and the views chosen last."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from alexnet_app.core.events import Progress, Skipped
from alexnet_app.ui.classify.album import Album, Removed
from alexnet_app.ui.classify.jobs import (
    Answers,
    ClassifyRequest,
    FoundAll,
    FoundFiles,
    ModelAbout,
    Unusable,
    answer,
    describe,
    find,
)
from alexnet_app.ui.job import Job, Jobs
from alexnet_app.ui.models.opened import Models


@dataclass(slots=True)
class AnswerTally:
    """The counts since the panel was last idle; ``first`` is the first file that was skipped."""

    answered: int = 0
    skipped: int = 0
    first: Skipped | None = None
    per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What was taken out of the list, and who had answered it: a model, and with one view or ten. ``given`` was still
    being looked through.
    """

    removed: Removed
    model: str
    ten_view: bool
    given: tuple[tuple[str, ...], ...] = ()


class Answering(QObject):
    """Finds files, has them classified and keeps the answers in ``album``, those of the present model only."""

    found = Signal(object)  # Found
    refused = Signal(object)  # a tuple of Skipped: given, and nothing to answer in it
    answered = Signal(object)  # Change
    regained = Signal()  # what was skipped is tried again
    described = Signal(object)  # About
    unusable = Signal(object)  # Unusable: the model chosen last
    failed = Signal(object)  # Failure
    moved = Signal()  # how far it is, or whether it runs
    settled = Signal(object)  # Tally: at rest again

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self.album = Album()
        self.tally = AnswerTally()
        self._jobs = jobs
        self._models = Models()
        self._model = ""
        self._about: ModelAbout | None = None  # the model that was read last, if it answers with the views chosen now
        self._ten_view = self._sparing = False
        self._drop = self._number = 0  # what comes with an older one is dropped
        self._given: list[tuple[str, ...]] = []  # to be looked through, one after the other
        self._looked_at: tuple[str, ...] = ()  # what is looked through now
        self._finder: Job | None = None
        self._coming: deque[FoundFiles] = deque()  # found, and not listed yet
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._list_next)
        self._job: Job | None = None
        self._is_active = self._is_complete = self._was_stopped = self._has_looked = False
        self.files_seen = 0  # in the folder that is looked through

    def model(self) -> str:
        """The path of the model that answers; empty where there is none."""
        return self._model

    def ten_view(self) -> bool:
        """Whether an answer is the mean of ten views."""
        return self._ten_view

    def is_sparing(self) -> bool:
        """Whether the processors are left to a training."""
        return self._sparing

    def models(self) -> Models:
        """The model that was read last, shared with others that need it."""
        return self._models

    def is_finding(self) -> bool:
        """Whether files are still being looked for."""
        return self._finder is not None or bool(self._coming)

    def known_model(self) -> ModelAbout | None:
        """What is known of the model that answers; None before it was read."""
        return self._about if self._about is not None and self._about.path == self._model else None

    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return self._is_active

    def add(self, paths: Sequence[str]) -> None:
        """Classifies these files and all files in these folders, after those that wait already."""
        self._begin()
        self._given.append(tuple(paths))
        self._look()

    def set_model(self, path: str, first: str = "") -> None:
        """Has all pictures classified by another model, ``first`` before the others.

        Returning from a model that could not be used restores the answers before it.
        """
        if self._is_known():
            self.album.keep()
        self._model = path
        self._ask_all_again(first)
        if self._is_known():
            self.described.emit(self._about)
        elif path and self._job is None:
            self._jobs.start(partial(describe, self._models, path), self._take, self.failed.emit, name="model")

    def set_ten_view(self, ten_view: bool, first: str = "") -> None:
        """Whether an answer is the mean of ten views; all pictures are answered again."""
        self._ten_view, self._about = ten_view, None
        self._ask_all_again(first)

    def set_sparing(self, sparing: bool) -> None:
        """Whether to compute on one thread; applies to the present job too."""
        if sparing != self._sparing:
            self._sparing = sparing
            self._restart()

    def cancel(self) -> None:
        """Stops all work; what has no answer yet is set aside."""
        self._drop += 1
        self._was_stopped = self._has_looked = True  # so that what is dropped from now on is not set aside too
        self.album.set_aside()
        self._given.clear()
        self._coming.clear()
        for job in (self._finder, self._job):
            if job is not None:
                job.stop()
        self.moved.emit()

    def go_on(self) -> None:
        """Answers what was set aside."""
        self.album.take_up()
        self._pump()

    def clear(self) -> TakenOut:
        """Forgets all pictures; ``put_back`` brings them back."""
        given = (self._looked_at, *self._given) if self.is_finding() else ()
        self.cancel()
        self._number += 1
        taken = replace(self._taken(self.album.remove(self.album.files(), refused=True)), given=given)
        self.album = Album()
        self.moved.emit()
        return taken

    def remove(self, paths: Sequence[str]) -> TakenOut:
        """Forgets these; ``put_back`` brings them back."""
        taken = self._taken(self.album.remove(paths))
        self.moved.emit()
        return taken

    def put_back(self, taken: TakenOut) -> None:
        """Brings back what was taken out. Where another model answers now it is asked."""
        self.album.put_back(taken.removed, still=(taken.model, taken.ten_view) == (self._model, self._ten_view))
        for paths in taken.given:
            self.add(paths)
        self._pump()
        self.moved.emit()

    def _taken(self, removed: Removed) -> TakenOut:
        return TakenOut(removed, self._model, self._ten_view)

    def _begin(self) -> None:
        if not self._is_active:
            self._is_active = True
            self.tally = AnswerTally()

    def _look(self) -> None:
        """Looks through what was given next."""
        if self._finder is None and self._given:
            self._has_looked, self.files_seen = False, 0
            self._looked_at = self._given.pop(0)
            work = partial(find, self._looked_at, self._drop)
            self._finder = self._jobs.start(work, self._take_found, self.failed.emit, self._looked, name="find")
        self._settle()

    def _ask_all_again(self, first: str) -> None:
        self._number += 1
        if self._is_known():
            self.album.restore()
        else:
            self.album.ask_all_again(first)
        self._restart()
        self._pump()

    def _is_known(self) -> bool:
        return self._about is not None and self._about.path == self._model

    def _restart(self) -> None:
        """Ends the present job after its batch; a new one then continues with what waits."""
        if self._job is not None:
            self._was_stopped = True
            self._job.stop()

    def _pump(self) -> None:
        if self._job is None and self._model and self.album.waiting_count():
            self._begin()
            self._is_complete = self._was_stopped = False
            request = ClassifyRequest(self._number, self._model, self.album.waiting(), self._ten_view, self._sparing)
            self._job = self._jobs.start(
                partial(answer, self._models, request), self._take, self.failed.emit, self._ended, name="classify"
            )
        self._settle()

    def _settle(self) -> None:
        if self._is_active and self._job is None and not self.is_finding():
            self._is_active = False
            self.settled.emit(self.tally)
        self.moved.emit()

    def _take_found(self, event: object) -> None:
        match event:
            case FoundFiles(number=number) if number == self._drop:
                self._coming.append(event)
                if not self._next.isActive():
                    self._list_next()
            case Answers(number=number) if number == self._drop:
                new = self.album.refuse(each for each in event.events if isinstance(each, Skipped))
                self._count_skipped(new)
                self.refused.emit(new)
            case Progress():
                self.files_seen = event.done
                self.moved.emit()
            case FoundAll():
                self._has_looked = True

    def _list_next(self) -> None:
        """Lists some of the files that were found. The rest follows in the next event: the first answers need not wait
        until a hundred thousand files are listed.
        """
        if self._coming:
            event = self._coming.popleft()
            regains = self.album.add(event.paths)
            self._next.start(0)
            self.found.emit(event)
            if regains:
                self.regained.emit()
            self._pump()

    def _looked(self) -> None:
        self._finder = None
        if not self._has_looked:  # it failed, or was abandoned: the window is being closed
            self._given.clear()
        self._look()

    def _take(self, event: object) -> None:
        match event:
            case ModelAbout(path=path) if path == self._model:
                self._about = event
                self.described.emit(event)
            case Unusable(path=path) if path == self._model:
                self.unusable.emit(event)
            case Answers(number=number) if number == self._number:
                change = self.album.note(event.events, event.truths)
                self._is_complete = event.is_last
                self._count_skipped(change.skipped)
                self.tally.answered += len(change.answered)
                self.tally.per_second = event.per_second
                self.answered.emit(change)
                self.moved.emit()

    def _ended(self) -> None:
        self._job = None
        if not (self._is_complete or self._was_stopped):  # it failed, or was abandoned: the window is being closed
            self.album.set_aside()
        self._pump()

    def _count_skipped(self, skipped: Sequence[Skipped]) -> None:
        self.tally.skipped += len(skipped)
        self.tally.first = self.tally.first or (skipped[0] if skipped else None)
