"""The chosen map and any of its numbers: what it sees of the photo, and how it comes about."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QImage

from alexnet_app.core.insight.activations import Shown, strong_unit
from alexnet_app.core.insight.receptive import field
from alexnet_app.ui.inside import drawing, words
from alexnet_app.ui.inside import jobs as inside_jobs
from alexnet_app.ui.inside.jobs import Looker, Number, NumberRequest, Seen
from alexnet_app.ui.inside.views.unit_view import UnitView
from alexnet_app.ui.job import Failure, Job, Jobs

SOON = 30  # milliseconds that the pointer rests before a number is taken apart


class UnitPane(QObject):
    """Fills ``view``; ``failed`` brings a Failure."""

    failed = Signal(object)

    def __init__(self, jobs: Jobs, looker: Looker, view: UnitView, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._looker, self.view = jobs, looker, view
        self._job: Job | None = None
        self._seen: Seen | None = None
        self._shown: Shown | None = None
        self._unit = 0
        self._place = (0, 0)
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._ask)
        view.pointed.connect(self._point)

    def show_unit(self, seen: Seen, shown: Shown, unit: int, colour: QColor, crop: QImage) -> None:
        """Shows a unit of what was seen, and its strongest number first."""
        self._seen, self._shown, self._unit = seen, shown, unit
        is_off = (shown.layer, unit) in seen.request.off.units
        title = words.unit_title(seen.spec, shown.layer, unit)
        self.view.show_unit(title, colour, drawing.one_map(shown, unit), crop, is_off=is_off)
        can = shown.layer != seen.spec.layers[-1].name
        self.view.set_can_switch(can, words.tr("A class cannot be switched off"))
        self._point(-1, -1)

    def place(self) -> tuple[int, int]:
        """The row and the column of the number that is shown."""
        return self._place

    def _point(self, row: int, column: int) -> None:
        """Another number; the strongest one where the pointer is on none."""
        if self._seen is None or self._shown is None:
            return
        strong = strong_unit(self._shown, self._seen.spec, self._unit)
        if row < 0:
            row, column, value = strong.row, strong.column, strong.value
            said = words.strongest_at(row, column, value)
        else:
            values = self._shown.values[self._unit]
            value = float(values[row, column] if values.ndim else values)
            said = words.value_at(row, column, value)
        self._place = row, column
        seen = field(self._seen.spec, self._shown.layer, row, column, self._shown.after)
        self.view.show_number(said, (seen.top, seen.left, seen.bottom, seen.right))
        self._soon.start()

    def _ask(self) -> None:
        """Takes the number apart, where it is one of a convolution before the pool."""
        seen, shown = self._seen, self._shown
        if seen is None or shown is None:
            return
        why_not = self._why_not(seen, shown)
        if why_not:
            self.view.show_walk(None, why_not)
            return
        if self._job is not None:
            self._job.abandon()
        request = NumberRequest(seen.request, shown.layer, self._unit, *self._place)
        work = partial(inside_jobs.number, self._looker, request)
        self._job = self._jobs.start(work, self._take, self._fail, self._end, name="number")

    @staticmethod
    def _why_not(seen: Seen, shown: Shown) -> str:
        if shown.layer not in {each.name for each in seen.spec.convolutions}:
            return words.tr("The sum of a unit of a dense layer has too many products to be drawn.")
        if not seen.request.off.is_nothing():
            return words.tr("Switch everything on to see how a number comes about.")
        if shown.step == "pool":
            return words.tr(
                "The largest of the numbers in its window; choose a step before the pool to see how those come about."
            )
        return ""

    def _take(self, found: object) -> None:
        assert isinstance(found, Number)
        asked, now = found.request, (self._shown.layer if self._shown else "", self._unit, *self._place)
        if (asked.layer, asked.unit, asked.row, asked.column) == now:  # the pointer may be on another number by now
            self.view.show_walk(drawing.walk(found.walk))

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None
