"""What is drawn in the two plots of the learning curves, and what their legends say."""

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt

from alexnet_app.ui.curves.legend import Legend
from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.curves.run import DrawnRun, Epoch, Marks
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.theme import SPACE, Colours

PALE = 0.35  # of its colour is left of the raw curve behind a smoothed one
POINT = 6  # pixels
SOLID, DASH = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine


def tr(text: str) -> str:
    """Translates a text of the curves."""
    return QCoreApplication.translate("LearningCurves", text)


def loss_text(loss: float) -> str:
    """A loss in nats; empty for NaN."""
    if not math.isfinite(loss):
        return ""
    return local(f"{loss:.3g}" if abs(loss) >= 1000 else f"{loss:.3f}" if abs(loss) >= 0.1 else f"{loss:.4f}")


def error_text(error: float) -> str:
    """A fraction in per cent; empty for NaN."""
    return local(f"{100 * error:.1f} %") if math.isfinite(error) else ""


class EpochLine:
    """One value of each epoch: a line, and a point at each epoch while there is room for them."""

    def __init__(self, plot: Plot, role: str, layer: int, symbol: str, style: Qt.PenStyle = SOLID) -> None:
        self._plot = plot
        self._line = plot.add_line(role, layer, style)
        self._points = plot.add_points(role, layer + 1, symbol, POINT)

    def draw(self, steps: Numbers, values: Numbers) -> Numbers:
        """Shows ``values`` at ``steps``; returns the heights they are drawn at."""
        heights = self._plot.draw(self._line, steps, values)
        known = np.isfinite(heights)
        first, last = self._plot.plotItem.vb.viewRange()[0]
        in_view = np.count_nonzero((steps >= first) & (steps <= last))
        known &= in_view * 2 * POINT < self._plot.plotItem.vb.width()
        self._plot.give(self._points, steps[known], heights[known])
        return heights


class Best:
    """The diamond at the best epoch."""

    def __init__(self, plot: Plot) -> None:
        self._plot, self._item = plot, plot.add_points("text", 25, "d", SPACE + 4)

    def draw(self, best: int | None, steps: Numbers, heights: Numbers) -> None:
        """Shows it at the epoch that ended at the step ``best``."""
        here = (steps == best) & np.isfinite(heights)
        self._plot.give(self._item, steps[here], heights[here])


def best_step(run: DrawnRun, marks: Marks | None) -> int | None:
    """Where the epoch ended that is the best so far."""
    steps = {epoch.step for epoch in run.epochs.rows}
    return max((step for step in marks.steps("best") if step in steps), default=None) if marks else None


class LossLines:
    """The loss (nats): of every step, its mean, and of validation; the same of another run behind."""

    def __init__(self) -> None:
        self.plot = Plot(1.0)
        self.other_loss = self.plot.add_dense_line("other", -6)
        self.raw = self.plot.add_dense_line("accent", -4)
        self.other_validation = EpochLine(self.plot, "other", -3, "s", DASH)
        self.mean = self.plot.add_line("accent", 0)
        self.validation = EpochLine(self.plot, "second", 4, "s", DASH)
        self.best = Best(self.plot)
        self.chance = self.plot.add_line("faint", -8, Qt.PenStyle.DotLine)
        self.legend = Legend(tr("Loss (nats)"), tr("Loss"))
        self._raw_entry = self.legend.add("solid", "accent", tr("training"), "0.0000", needed=True)
        self._mean_entry = self.legend.add("solid", "accent", tr("smoothed"), "0.0000")
        self._validation_entry = self.legend.add("dashed squares", "second", tr("validation"), "0.0000", needed=True)
        self._other_entry = self.legend.add("solid", "other", "", needed=True)
        self._chance_entry = self.legend.add("dotted", "faint", tr("guessing"), "0.0000")
        self._is_smooth = False
        self.name_other("")

    def draw(self, run: DrawnRun, other: DrawnRun, marks: Marks | None, half: int) -> None:
        """Shows both runs over the steps that the plot now has, each mean over ``half`` steps before and after."""
        first, last = self.plot.plotItem.vb.viewRange()[0]
        columns = int(self.plot.plotItem.vb.width())
        empty = np.empty(0), np.empty(0)
        self.plot.draw(self.raw, *run.losses.envelope(first, last, columns))
        self.plot.draw(self.mean, *(run.losses.smoothed(first, last, columns, half) if half else empty))
        others = other.losses
        shown = others.smoothed(first, last, columns, half) if half else others.envelope(first, last, columns)
        self.plot.draw(self.other_loss, *shown)
        self.other_validation.draw(other.epochs.steps(), other.epochs.of("validation_loss"))
        steps = run.epochs.steps()
        heights = self.validation.draw(steps, run.epochs.of("validation_loss"))
        self.best.draw(best_step(run, marks), steps, heights)
        chance = run.series.newest("chance/loss")
        self.plot.level(self.chance, chance)
        self._chance_entry.set_value(loss_text(chance))
        self.legend.set_present(self._chance_entry, present=math.isfinite(chance))
        self.plot.end(0.02)

    def tell(self, loss: float, mean: float, epoch: Epoch) -> None:
        """Puts values into the legend."""
        self._raw_entry.set_value(loss_text(loss))
        self._mean_entry.set_value(loss_text(mean))
        self._validation_entry.set_value(loss_text(epoch.validation_loss))

    def name_other(self, name: str) -> None:
        """The other run's name; none is shown if it is empty."""
        self._other_entry.set_name(name)
        self.legend.set_present(self._other_entry, present=bool(name))
        self.legend.make_room()

    def paint_in(self, colours: Colours, *, smooth: bool) -> None:
        """Takes the colours of the theme; the raw curve steps back behind a smoothed one."""
        self.plot.fade(self.raw, PALE if smooth else 1.0)
        self.plot.paint_in(colours)
        self.legend.paint_in(colours)
        self._raw_entry.set_colour(self.plot.colour(self.raw, colours))
        self.legend.set_present(self._mean_entry, present=smooth)


class ErrorLines:
    """The top-1 error (per cent) of every epoch, in training and in validation; the same of another run behind."""

    def __init__(self) -> None:
        self.plot = Plot(100.0)
        self.others = EpochLine(self.plot, "other", -6, "o"), EpochLine(self.plot, "other", -4, "s", DASH)
        self.lines = EpochLine(self.plot, "accent", 0, "o"), EpochLine(self.plot, "second", 4, "s", DASH)
        self.best = Best(self.plot)
        self.chance = self.plot.add_line("faint", -8, Qt.PenStyle.DotLine)
        self.legend = Legend(tr("Top-1 error (%)"), tr("Error"))
        self._train_entry = self.legend.add("solid points", "accent", tr("training"), "100.0 %", needed=True)
        self._validation_entry = self.legend.add("dashed squares", "second", tr("validation"), "100.0 %", needed=True)
        self._best_entry = self.legend.add("diamond", "text", tr("best"), "100.0 %")
        self._checkpoint_entry = self.legend.add("triangle", "faint", tr("checkpoint"))
        self._chance_entry = self.legend.add("dotted", "faint", tr("largest class"), "100.0 %")

    def draw(self, run: DrawnRun, other: DrawnRun, marks: Marks | None) -> None:
        """Shows both runs over the steps that the plot now has."""
        for lines, epochs in ((self.others, other.epochs), (self.lines, run.epochs)):
            steps = epochs.steps()
            lines[0].draw(steps, 100 * epochs.of("train_error"))
            heights = lines[1].draw(steps, 100 * epochs.of("validation_error"))
        best = best_step(run, marks)
        self.best.draw(best, steps, heights)
        self._best_entry.set_value("" if best is None else error_text(run.epochs.at(best).validation_error))
        self.legend.set_present(self._best_entry, present=best is not None)
        self.legend.set_present(self._checkpoint_entry, present=bool(marks and marks.steps("checkpoint")))
        chance = run.series.newest("chance/error")
        self.plot.level(self.chance, 100 * chance)
        self._chance_entry.set_value(error_text(chance))
        self.legend.set_present(self._chance_entry, present=math.isfinite(chance))
        self.plot.end(2.0)

    def tell(self, epoch: Epoch) -> None:
        """Puts values into the legend."""
        self._train_entry.set_value(error_text(epoch.train_error))
        self._validation_entry.set_value(error_text(epoch.validation_error))

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self.plot.paint_in(colours)
        self.legend.paint_in(colours)
