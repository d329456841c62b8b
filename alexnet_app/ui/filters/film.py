"""The film of the chosen model's training: a slider over the snapshots of its run, and both indices over the epochs."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from alexnet_app.core.insight.selectivity import Specialization
from alexnet_app.ui.filters import film_jobs
from alexnet_app.ui.filters.film_jobs import JudgedSnapshots, StripRead, at_moment, moment_of
from alexnet_app.ui.filters.film_saving import FilmSaving
from alexnet_app.ui.filters.jobs import FilterView, sees_colours
from alexnet_app.ui.filters.words import FilterWords
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.film_bar import FilmBar, FilmKeys
from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE

if TYPE_CHECKING:
    from alexnet_app.core.insight.learning import IndexPoint
    from alexnet_app.core.insight.strip import Strip
    from alexnet_app.ui.filters.views.index_curves import IndexCurves

KEYS = FilmKeys("Ctrl+Alt+Space", "Alt+Left", "Alt+Right")


class FilmPane(QWidget):
    """Hidden where a model has no snapshots, and for layers of which none are kept. ``changed``: another snapshot, or
    the model itself, is to be shown.
    """

    changed = Signal()

    def __init__(
        self, jobs: Jobs, settings: Settings, words: FilterWords, banner: Banner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._words = jobs, words
        self._job: Job | None = None
        self._seen = False
        self._file: tuple[str, int] | None = None
        self._view: FilterView | None = None
        self._strip: Strip | None = None
        self._points: tuple[IndexPoint, ...] = ()
        self._spread: tuple[Specialization, ...] = ()
        self.save_action = QAction(self.tr("Save film…"), self)
        self.save_action.setIconText(self.save_action.text())  # with its ellipsis: a dialog follows
        self.save_action.setShortcut(QKeySequence("Ctrl+Alt+V"))
        self.bar = FilmBar(KEYS, self.save_action)
        self.curves: IndexCurves | None = None  # pyqtgraph is loaded with the first film
        self.saving = FilmSaving(jobs, settings, banner)
        self._lay_out()
        self.save_action.triggered.connect(self._save)
        self.bar.moved.connect(self._move)
        self.hide()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addStretch()
        left.addWidget(self.bar)
        left.addWidget(self.saving)
        left.addStretch()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(MARGIN, 0, MARGIN, 0)
        self._layout.setSpacing(2 * SPACE)
        self._layout.addLayout(left, stretch=1)

    def _save(self) -> None:
        if self._strip is not None and self._view is not None:
            self.saving.ask(self._view, self._strip)

    def follow(self, view: FilterView | None, file: tuple[str, int] | None) -> None:
        """Is of the model that ``view`` shows, read from ``file`` when that was written; None is of none."""
        self._view = view
        if view is None or file != self._file:
            self._forget()
            self._file = file
            if view is not None:
                work = partial(film_jobs.read, view)
                self._job = self._jobs.start(work, self._take, self._fail, self._end, name="film")
        self._arrange()

    def now(self, view: FilterView) -> FilterView:
        """``view``, or in its place what the snapshot shows at which the slider is."""
        if self._strip is None or not self._can():
            return view
        place = self.bar.place()
        return at_moment(view, self._strip, place, self._spread[place] if self._spread else None)

    def strip(self) -> "Strip | None":
        """The snapshots that the slider moves over now; None where there are none."""
        return self._strip if self._can() else None

    def points(self) -> "tuple[IndexPoint, ...]":
        """Both indices at every snapshot, as soon as they are known."""
        return self._points

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.curves is not None:
            self._draw_curves(self.curves)

    def explain(self, *, seen: bool) -> None:
        """What can be done now; ``seen``: the panel is on the screen."""
        self._seen = seen
        there = seen and self.strip() is not None
        for action, means in (
            (self.bar.play_action, self.tr("Show the kernels of conv1 from the beginning of the training to its end")),
            (self.bar.previous_action, self.tr("Show the kernels of conv1 one snapshot earlier")),
            (self.bar.next_action, self.tr("Show the kernels of conv1 one snapshot later")),
            (self.save_action, self.tr("Save the training of conv1 as a GIF animation or an MP4 video")),
        ):
            action.setEnabled(there)
            set_tip(action, means if there else self._why_not(seen=seen))
        if not there:
            self.bar.pause()

    def _why_not(self, *, seen: bool) -> str:
        if not seen:
            return self.tr("Go to Filters first")
        if self._view is not None and self._strip is not None:
            return self.tr("Choose the first layer: snapshots are kept of it alone")
        return self.tr("Choose a model of a run on this computer: its snapshots are in the run folder")

    def _can(self) -> bool:
        view = self._view
        return self._strip is not None and view is not None and sees_colours(view.bundle.spec, view.layer)

    def _forget(self) -> None:
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self._strip, self._points, self._spread = None, (), ()
        self.bar.set_length(0)

    def _take(self, found: object) -> None:
        match found:
            case StripRead(strip):
                self._strip = strip
                self.bar.set_length(len(strip) if strip is not None else 0)
            case JudgedSnapshots(points, spread):
                self._points, self._spread = points, spread
            case _:
                return
        self._arrange()

    def _fail(self, failure: Failure) -> None:
        """Without its film a model is shown as well: snapshots may be gone, or of another version."""

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _arrange(self) -> None:
        there = self._can()
        if there and self.curves is None:
            self.curves = self._made_curves()
        self.setVisible(there)
        self.explain(seen=self._seen)
        if there and self.curves is not None:
            self._draw_curves(self.curves)
            self._say()

    def _made_curves(self) -> "IndexCurves":
        from alexnet_app.ui.filters.views.index_curves import IndexCurves

        made = IndexCurves()
        made.pressed.connect(self._go_to_epoch)
        self._layout.addWidget(made)
        return made

    def _draw_curves(self, curves: "IndexCurves") -> None:
        towers = range(len(self._strip.slices) if self._strip is not None else 0)
        curves.show_series(
            [each.epoch for each in self._points],
            [[each.colour[tower] for each in self._points] for tower in towers],
            [[each.orientation[tower] for each in self._points] for tower in towers],
        )
        self._say()

    def _go_to_epoch(self, epoch: float) -> None:
        if self._strip is not None:
            self.bar.go_to(int(np.abs(np.array(self._strip.epochs) - epoch).argmin()))

    def _move(self, _: int) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        if self._strip is None or self._view is None:
            return
        place, count = self.bar.place(), len(self._strip)
        self.bar.say(self._words.place(moment_of(self._strip, place), place, count))
        if self.curves is not None:
            self.curves.point_at(self._strip.epochs[place])
