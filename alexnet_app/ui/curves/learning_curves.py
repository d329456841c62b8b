"""The learning curves of a run, live: loss above, top-1 error below, over one axis of training steps."""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from numpy.typing import ArrayLike
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QHideEvent, QImage, QImageWriter, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alexnet_app.ui.curves import words
from alexnet_app.ui.curves.controls import Controls
from alexnet_app.ui.curves.run import DrawnRun, Epoch, Marks
from alexnet_app.ui.curves.sheet import CurveSheet
from alexnet_app.ui.curves.span import Span
from alexnet_app.ui.parts.plain import show_tip
from alexnet_app.ui.parts.turning_row import TurningRow
from alexnet_app.ui.theme import SPACE

PAUSE = 33  # ms between two plots at least: both are drawn 15 times a second
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
        self._run, self._other, self._marks = DrawnRun(), DrawnRun(), Marks()
        self._span = Span()
        self._steps_per_epoch = 0
        self._offered: tuple[str, ...] = ()
        self._pointed: float | None = None
        self.controls, self._sheet = Controls(self), CurveSheet()
        self.log_action = self.controls.log_action
        self.whole_action = self.controls.whole_action
        self.marks_action = self.controls.marks_action
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self._draw_in_turn)
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
        layout.addWidget(self._sheet, stretch=1)

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

    def clear(self) -> None:
        """Forgets the run: what comes next is another one."""
        self._run, self._marks = DrawnRun(), Marks()
        self._steps_per_epoch = 0
        self._offered = ()
        self.controls.offer(())
        self._show_whole()
        self._describe()

    def set_steps_per_epoch(self, steps: int) -> None:
        """Lets epochs be told beside steps; 0 if it is not known."""
        self._steps_per_epoch = steps
        self._stir()

    def add_losses(self, first: int, losses: ArrayLike) -> None:
        """The training losses (nats) of the steps ``first``, ``first + 1`` …, counted from 0. NaN makes a gap."""
        is_first = self._run.losses.empty
        self._run.losses.put(first, losses)
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

    def forget_from(self, step: int) -> None:
        """Drops ``step`` and all later ones, and the epochs and markers after it: a run goes on from its checkpoint."""
        self._run.losses.cut(step)
        self._run.epochs.cut(step)
        self._run.series.cut(step)
        self._marks.cut(step)
        self._stir()
        self._describe()

    def show_other(
        self, name: str, first: int, losses: ArrayLike, epochs: Iterable[tuple[int, float, float, float, float]]
    ) -> None:
        """Draws another run behind this one: its losses from step ``first`` on and its epochs, each the first five
        values of ``add_epoch``.
        """
        self._other = DrawnRun()
        self._other.losses.put(first, losses)
        for epoch in epochs:
            self._other.epochs.put(Epoch(*epoch))
        self._sheet.losses.name_other(name)
        self._stir()

    def hide_other(self) -> None:
        """Draws this run alone again."""
        self._other = DrawnRun()
        self._sheet.losses.name_other("")
        self._stir()

    def save_picture(self, path: str | Path) -> None:
        """Writes the curves as they are now, twice as fine as on the screen; OSError if that does not work."""
        self._draw()
        image = QImage(self._sheet.size() * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2)
        image.fill(self.palette().window().color())
        painter = QPainter(image)
        self._sheet.render(painter, QPoint())
        painter.end()
        writer = QImageWriter(str(path))
        if not writer.write(image):
            raise OSError(writer.errorString())

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
        self._sheet.draw(self._run, self._other, marks, self._span.shown, self.controls.half_window(), parts)
        self.controls.set_zoomed(self._span.chosen is not None or self._sheet.is_stretched())
        if 0 in parts:
            self._tell()
        now = time.perf_counter()
        self._rests_until = now + min(REST * (now - begun) / min(len(parts), len(self._sheet.plots)), LONGEST_REST)

    def _whole(self) -> tuple[float, float]:
        spans = [span for span in (self._run.span(), self._other.span()) if span]
        if not spans:
            return 0.0, 100.0
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        return first, max(last, first + 10)

    def _tell(self) -> None:
        """The values at the mouse, or the newest ones."""
        at, losses, epochs = self._pointed, self._run.losses, self._run.epochs
        step, near = (self._run.done(), losses.end - 1) if at is None else (max(round(at), 0), at)
        self.controls.tell(step if self._run.span() else None, self._steps_per_epoch)
        mean = losses.smooth_at(near, self.controls.half_window())
        epoch = epochs.newest() if at is None else epochs.at(at)
        self._sheet.tell(at, losses.at(near), mean, epoch, self._run.series)

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
        self._pointed = step if self._run.span() else None
        self._tell()

    def _explain(self, at: QPoint, start: float, stop: float) -> None:
        """Tells what happened at the steps under the mouse."""
        near = self._marks.near(start, stop) if self.marks_action.isChecked() else []
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
