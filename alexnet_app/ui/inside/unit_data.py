"""What a unit did on the images that were chosen: one pass over them, then each unit of the layer at once."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.data.sources.named import CIFAR10, SHAPES
from alexnet_app.core.events import Progress
from alexnet_app.ui.inside import unit_images, unit_jobs, unit_words
from alexnet_app.ui.inside.unit_images import ImagesFound
from alexnet_app.ui.inside.unit_jobs import Counted, HabitsFound, PageRequest, ScanRequest, UnitLooker
from alexnet_app.ui.inside.views.habits_view import HabitsShown, HabitsView, Patches
from alexnet_app.ui.inside.views.patch_grid import SIDES
from alexnet_app.ui.job import Failure, Job, Jobs


class UnitData(QObject):
    """Fills ``view``. ``answered`` brings an Answered, ``failed`` a Failure."""

    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, looker: UnitLooker, view: HabitsView, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._looker, self.view = jobs, looker, view
        self._at: PageRequest | None = None
        self.answer: HabitsFound | None = None  # of the unit that is shown
        self._scan: Job | None = None
        self._answering: Job | None = None
        self._scanning: ScanRequest | None = None  # under way
        self._done: ScanRequest | None = None
        self._skipped = 0
        view.chosen.connect(self._choose)
        view.cancelled.connect(self.cancel)

    def offer(self) -> None:
        """What images there are to choose from now; the disk is looked at on a thread."""
        self._jobs.start(unit_images.finding, self._take_images, lambda _: None, name="images")

    def _take_images(self, found: object) -> None:
        assert isinstance(found, ImagesFound)
        named = [(self.tr("CIFAR-10"), CIFAR10)] if found.has_cifar10 else []
        self.view.set_images([*named, (self.tr("The sample data"), SHAPES), *found.prepared])

    def show(self, request: PageRequest) -> None:
        """Another unit is looked at; a pass over its layer goes on."""
        self._at, self.answer = request, None
        self._abandon(self._answering)
        wanted = self._wanted()
        if wanted is None:
            self._stop_scan()
            self.view.show_none(unit_words.choose_images())
        elif wanted == self._done:
            self._ask()
        elif wanted != self._scanning:
            self._begin(wanted)

    def cancel(self) -> None:
        """Ends the pass; nothing is kept of it."""
        self._stop_scan()
        self.view.show_none(unit_words.cancelled())
        self.view.forget()

    def leave(self) -> None:
        """Nobody looks any more."""
        self._stop_scan()
        self._abandon(self._answering)

    def _wanted(self) -> ScanRequest | None:
        if self._at is None or not self.view.address():
            return None
        return ScanRequest(self._at.model, self._at.layer, self.view.address(), self.view.split())

    def _choose(self, _: str) -> None:
        self._done = None
        if self._at is not None:
            self.show(self._at)

    def _begin(self, wanted: ScanRequest) -> None:
        self._stop_scan()
        self._scanning, self._done = wanted, None
        self.view.show_progress(unit_words.reading(), None)
        work = partial(unit_jobs.scan, self._looker, wanted)
        self._scan = self._jobs.start(work, self._take_scan, self._fail_scan, self._end_scan, name="units")

    def _take_scan(self, told: object) -> None:
        if isinstance(told, Progress):
            self.view.show_progress(unit_words.progress(told), told.done / told.total if told.total else None)
        elif isinstance(told, Counted):
            if told.request == self._wanted():
                self.view.set_splits(told.splits, told.split)
            self._done, self._scanning, self._skipped = told.request, None, told.skipped
            if self._done == self._wanted():
                self._ask()

    def _ask(self) -> None:
        assert self._at is not None
        assert self._done is not None
        work = partial(unit_jobs.answer, self._looker, self._at, self._done, SIDES)
        self._answering = self._jobs.start(work, self._take, self._fail, self._end, name="patches")

    def _take(self, answer: object) -> None:
        assert isinstance(answer, HabitsFound)
        self.answer = answer
        found = answer.habits
        captions = [tuple(unit_words.patch(each) for each in cuts) for cuts in (found.strongest, found.weakest)]
        self.view.show_habits(
            HabitsShown(
                Patches(answer.strongest, captions[0]),
                Patches(answer.guided, captions[0]),
                Patches(answer.weakest, captions[1]),
                found.histogram.tolist(),
                found.reach,
                unit_words.habits(found, is_map=answer.is_map),
            ),
            unit_words.status(found.pictures, self._skipped),
        )
        self.answered.emit(answer)

    def _fail_scan(self, failure: Failure) -> None:
        self._scanning = None
        self._fail(failure)

    def _fail(self, failure: Failure) -> None:
        self.view.show_none(unit_words.choose_images())
        self.view.forget()
        self.failed.emit(failure)

    def _stop_scan(self) -> None:
        self._abandon(self._scan)
        self._scan = self._scanning = None

    def _end_scan(self) -> None:
        if self.sender() is self._scan:
            self._scan = None

    def _end(self) -> None:
        if self.sender() is self._answering:
            self._answering = None

    @staticmethod
    def _abandon(job: Job | None) -> None:
        if job is not None:
            job.abandon()
