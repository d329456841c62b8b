"""The learning curves of a run, live: loss above, top-1 error below, over one axis of training steps."""

import math
import os
import time
from collections.abc import Mapping, Sequence

from numpy.typing import ArrayLike
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from alexnet_app.ui.curves import words
from alexnet_app.ui.curves.beside import Beside
from alexnet_app.ui.curves.compared import IN_FRONT, ComparedRuns, ShownRun
from alexnet_app.ui.curves.controls import Controls
from alexnet_app.ui.curves.drawing import CurveDrawing, drawing_of
from alexnet_app.ui.curves.run import DrawnRun, Epoch, Marks
from alexnet_app.ui.curves.scale import AxisScale
from alexnet_app.ui.curves.settings_window import SettingsWindow
from alexnet_app.ui.curves.sheet import CurveSheet
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.curves.span import Span
from alexnet_app.ui.curves.telling import legend_rows, names, widest
from alexnet_app.ui.curves.values import PlotValues, values_of
from alexnet_app.ui.parts.plain import show_tip
from alexnet_app.ui.parts.turning_row import TurningRow
from alexnet_app.ui.theme import SPACE

PAUSE = 33  # ms between two plots at least: both are drawn 15 times a second
READ = 500  # ms between two looks of the table at what has come
NARROW = 58 * SPACE  # pixels: on less there is nothing beside the plots
REST = 60  # times as long as it took to draw a plot (to paint it takes as long again) before the next one is drawn
# seconds: curves live. Where two processors train, both wait for the one that draws, and the training makes few steps a
# second that could be drawn
LONGEST_REST = 0.25 if (os.cpu_count() or 1) > 4 else 0.5


class LearningCurves(QWidget):
    """Training loss of every step (nats), validation loss and both top-1 errors of every epoch, and what happened when.

    Cheap to feed: calls only keep their values; at most 15 times a second, and only while it is seen, all is drawn. The
    plots take turns in that: both at once would hold up the window for twice as long. They rest in between as long as
    keeps them to a thirtieth of a processor, which the training wants, but draw once a second at least.

    ``beside`` stands on the line of their controls, or above it where there is no room.
    """

    def __init__(self, beside: QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._beside = beside
        self.runs, self._marks = ComparedRuns(), Marks()
        self.runs.front.name = self.tr("This run")
        self._span = Span()
        self._offered: tuple[str, ...] = ()
        self._pointed: float | None = None
        self.controls, self._sheet = Controls(self), CurveSheet()
        self.actions_of_plots = actions = self.controls.actions_of_plots
        self.log_action, self.whole_action, self.marks_action = actions.log, actions.whole, actions.marks
        self.side = Beside(actions)
        self.settings_window = SettingsWindow(self)
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self._draw_in_turn)
        self._reading = QTimer(self, singleShot=True, interval=READ)
        self._reading.timeout.connect(self._show_values)
        self._turn_of = 0  # the plot that is drawn next
        self._is_stale = False  # something has come since the first plot was drawn
        self._rests_until = 0.0
        self._lay_out()
        self._connect()
        self.setMinimumSize(47 * SPACE, 27 * SPACE)
        self.setAccessibleName(self.tr("Learning curves"))
        self._sheet.setAccessibleName(self.tr("Learning curves"))
        self._sheet.paint()
        self._describe()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE // 2, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self._top())
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self._sheet)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([60 * SPACE, 38 * SPACE])
        layout.addWidget(self.split, stretch=1)

    def _top(self) -> QWidget:
        beside = self._beside
        if beside is None:
            return self.controls
        return TurningRow(beside, self.controls, lambda: beside.sizeHint().width() + self.controls.room_for_all())

    def _connect(self) -> None:
        self.log_action.toggled.connect(self._set_logarithmic)
        self.marks_action.toggled.connect(self.redraw)
        self.whole_action.triggered.connect(self._show_whole)
        self.controls.smoothed.connect(self.redraw)
        self.controls.chosen.connect(self._choose)
        self._sheet.turned.connect(self._turn)
        self._sheet.picked.connect(self._pick)
        self._sheet.moved.connect(self._move)
        self._sheet.zoomed.connect(self._zoom)
        self._sheet.asked.connect(self._explain)
        self._sheet.pointed.connect(self._point)
        self._sheet.stretched.connect(self.redraw)
        self._sheet.whole_wanted.connect(self._show_whole)
        self._sheet.focused.connect(self._describe)
        actions = self.actions_of_plots
        actions.unit_changed.connect(self._change_axis)
        actions.log_x.toggled.connect(self._change_axis)
        actions.raw.toggled.connect(self.redraw)
        actions.table.toggled.connect(self._follow_runs)
        actions.settings.triggered.connect(self._open_settings)
        self.side.which.activated.connect(self.redraw)
        self.side.values.wanted.connect(self._show_values)
        for asking in (self.side.legend, self.settings_window):
            asking.toggled.connect(self._hide_run)
            asking.based.connect(self._base)
            asking.removed.connect(self._remove)
            asking.cleared.connect(self.hide_others)

    @property
    def _run(self) -> DrawnRun:
        """The run in front."""
        return self.runs.front.drawn

    def clear(self, name: str = "") -> None:
        """Forgets the run: what comes next is another one, called ``name``."""
        self.runs.front = ShownRun(IN_FRONT, name or self.tr("This run"), DrawnRun())
        self._marks = Marks()
        self._offered = ()
        self.controls.offer(())
        self._show_whole()
        self._describe()

    def set_steps_per_epoch(self, steps: int) -> None:
        """Lets epochs be told beside steps; 0 if it is not known."""
        self._run.steps_per_epoch = steps
        self._stir()

    def set_batch_size(self, images: int) -> None:
        """Lets images be told beside steps, and the time that steps took; 0 if it is not known."""
        self._run.batch_size = images

    def set_settings(self, name: str, settings: Mapping[str, str]) -> None:
        """What the run in front is called, and its settings by their names."""
        self.runs.front.name, self.runs.front.settings = name, settings

    def add_losses(self, first: int, losses: ArrayLike, speed: float = math.nan) -> None:
        """The training losses (nats) of the steps ``first``, ``first + 1`` …, counted from 0, made at ``speed`` images
        a second. NaN makes a gap.
        """
        is_first = self._run.losses.empty
        self._run.put(first, losses, speed)
        self._stir()
        if is_first:
            self._describe()

    def add_epoch(
        self,
        step: int,
        train_loss: float,
        train_error: float,
        validation_loss: float,
        validation_error: float,
        best: bool,
    ) -> None:
        """An epoch that was over after ``step`` steps. Losses in nats, errors as fractions (0 to 1)."""
        self._run.epochs.put(Epoch(step, train_loss, train_error, validation_loss, validation_error))
        if best:
            self._marks.put(step, "best", "")
        self._stir()
        self._describe()

    def add_value(self, name: str, step: int, value: float) -> None:
        """A value of the series ``name`` ("rate", "silent/conv1" …) after ``step`` steps: see ``measures.rows``."""
        if self._run.series.put(name, step, value) and (families := self._run.series.families()) != self._offered:
            self._offered = families
            self.controls.offer(families)
        self._stir()

    def add_marker(self, step: int, kind: str, text: str) -> None:
        """What happened after ``step`` steps; ``kind`` is one of curves_run.KINDS, ``text`` a few words for it."""
        self._marks.put(step, kind, text)
        self._stir()

    def take_past(self, past: DrawnRun) -> None:
        """The losses, the series and the training time of all steps so far, in place of those that were told."""
        run = self._run
        run.losses, run.series, run.clock = past.losses, past.series, past.clock
        self._offered = run.series.families()
        self.controls.offer(self._offered)
        self._stir()
        self._describe()

    def forget_from(self, step: int) -> None:
        """Drops ``step`` and all later ones, and the epochs and markers after it: a run goes on from its checkpoint."""
        self._run.cut(step)
        self._marks.cut(step)
        self._stir()
        self._describe()

    def show_other(self, run: ShownRun) -> bool:
        """Draws another run behind this one. Whether there was room for one more."""
        there = self.runs.put(run)
        self._follow_runs()
        return there

    def hide_others(self) -> None:
        """Draws this run alone again."""
        self.runs.clear()
        self._follow_runs()

    def _hide_run(self, key: str) -> None:
        run = self.runs.find(key)
        if run is not None and key != IN_FRONT:
            run.hidden = not run.hidden
            self._follow_runs()

    def _base(self, key: str) -> None:
        self.runs.baseline = None if self.runs.baseline == key else key
        self._follow_runs()

    def _remove(self, key: str) -> None:
        if key != IN_FRONT:
            self.runs.remove(key)
            self._follow_runs()

    def _follow_runs(self) -> None:
        """Shows what is beside the plots now that other runs are compared, or something else is wanted there."""
        compared = bool(self.runs.others)
        has_room = self.width() >= NARROW
        self.side.show_parts(runs=compared and has_room, values=self.actions_of_plots.table.isChecked() and has_room)
        self.actions_of_plots.follow_compared(len(self.runs.others))
        self.settings_window.show_runs(self.runs)
        self._span.least = self.sight().scale.least(self._run)
        self.redraw()

    def _open_settings(self) -> None:
        self.settings_window.show_runs(self.runs)
        self.settings_window.show()
        self.settings_window.raise_()

    def sight(self) -> Sight:
        """How the runs are looked at."""
        actions = self.actions_of_plots
        scale = AxisScale(actions.unit(), actions.log_x.isChecked())
        return Sight(scale, self.controls.half_window(), actions.raw.isChecked(), self.side.curves())

    def _change_axis(self) -> None:
        self._span.chosen = self._pointed = None
        self._span.least = self.sight().scale.least(self._run)
        self.redraw()

    def _show_values(self) -> None:
        if self.side.values.isVisible():
            row = self._sheet.chosen.row
            named = [self.tr("Loss"), self.tr("Error"), row.title if row else ""][: len(self._sheet.plots)]
            self.side.values.offer(named)
            self.side.values.show_values(self.values())

    def values(self) -> PlotValues:
        """The values of the plot that is chosen for the table; those of the loss while none is."""
        row = self._sheet.chosen.row
        part = self.side.values.part()
        return values_of(part, row.family if row is not None else "", self.runs, self.sight())

    def drawing(self) -> CurveDrawing:
        """What is drawn now, for a picture of it."""
        self._draw()
        return drawing_of(self.runs, self.sight(), self._sheet.titles(), self._sheet.plots, self._sheet.named())

    def _stir(self) -> None:
        self._is_stale = True
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(max(PAUSE, round(1000 * (self._rests_until - time.perf_counter()))))

    def redraw(self) -> None:
        """Draws what is there now, if it is seen; without this it happens by itself, a little later."""
        self._timer.stop()
        if self.isVisible():  # otherwise showEvent will see to it
            self._draw()

    def _draw_in_turn(self) -> None:
        part = self._turn_of
        self._draw((part,))
        if part + 1 < len(self._sheet.plots):
            self._turn_of = part + 1
            self._draw_soon()
        elif self._is_stale:
            self._draw_soon()

    def _draw(self, parts: Sequence[int] = (0, 1, 2)) -> None:
        begun = time.perf_counter()
        self._turn_of = 0
        if 0 in parts:
            self._is_stale = False
        self._span.whole = self._whole()
        marks = self._marks if self.marks_action.isChecked() else None
        self._sheet.draw(self.runs, marks, self._span.shown, self.sight(), parts)
        self.controls.set_zoomed(self._span.chosen is not None or self._sheet.is_stretched())
        if 0 in parts:
            self._tell()
            if not self._reading.isActive() and self.side.values.isVisible():
                self._reading.start()
        now = time.perf_counter()
        self._rests_until = now + min(REST * (now - begun) / min(len(parts), len(self._sheet.plots)), LONGEST_REST)

    def _whole(self) -> tuple[float, float]:
        scale = self.sight().scale
        spans = [span for run in (self.runs.front, *self.runs.seen()) if (span := scale.span(run.drawn))]
        if not spans:
            return 0.0, 2.0 if scale.logarithmic else 100.0
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        least = 0.3 if scale.logarithmic else 2.5 * scale.least(self._run)
        return first, max(last, first + least)

    def _tell(self) -> None:
        """The values at the mouse, or the newest ones."""
        place, sight, run = self._pointed, self.sight(), self._run
        at = None if place is None else sight.scale.steps(run, place)
        at = at if at is not None and math.isfinite(at) else None
        step, near = (run.done(), run.losses.end - 1) if at is None else (max(round(at), 0), at)
        self.controls.tell(*((step, words.counted(run, step, sight.scale)) if run.span() else (None, "")))
        mean = run.losses.smooth_at(near, sight.half)
        epoch = run.epochs.newest() if at is None else run.epochs.at(at)
        self._sheet.tell(place, at, run.losses.at(near), mean, epoch, run)
        if self.side.legend.isVisible():
            row = self._sheet.chosen.row
            rows = legend_rows(self.runs, place, sight, row)
            based = self.runs.baseline is not None
            self.side.legend.show_rows(names(row), rows, widest(row, based=based))

    def _show_whole(self) -> None:
        self._span.chosen = None
        self._sheet.fit()
        self.redraw()

    def _turn(self, step: float, factor: float) -> None:
        self._span.zoom(step, factor)
        self.redraw()

    def _zoom(self, factor: float) -> None:
        start, stop = self._span.shown
        self._turn((start + stop) / 2 if self._pointed is None else self._pointed, factor)

    def _pick(self, start: float, stop: float) -> None:
        self._span.choose(start, stop)
        self.redraw()

    def _move(self, part: float) -> None:
        self._span.move(part)
        self.redraw()

    def _point(self, step: float | None) -> None:
        self._pointed = step if any(run.drawn.span() for run in self.runs) else None
        self._tell()

    def _explain(self, at: QPoint, start: float, stop: float) -> None:
        """Tells what happened under the mouse."""
        scale = self.sight().scale
        steps = scale.steps(self._run, start), scale.steps(self._run, stop)
        near = self._marks.near(*steps) if self.marks_action.isChecked() else []
        show_tip(at, "\n".join(words.mark(*each) for each in near), self)

    def _choose(self, family: str) -> None:
        self._sheet.choose(family)
        self._sheet.paint()
        self.redraw()

    def _set_logarithmic(self, logarithmic: bool) -> None:
        self._sheet.set_logarithmic(logarithmic)
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what has come while it was hidden."""
        super().showEvent(event)
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draws as finely as the new size needs."""
        super().resizeEvent(event)
        if (event.size().width() >= NARROW) != (event.oldSize().width() >= NARROW):
            self._follow_runs()
        self._stir()

    def hideEvent(self, event: QHideEvent) -> None:
        """Draws nothing while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def _describe(self) -> None:
        """Tells a screen reader the newest values."""
        said = words.newest(self._run)
        self.setAccessibleDescription(said)
        self._sheet.setAccessibleDescription(said)
