"""What is drawn in the two plots of the learning curves, and what their legends say."""

import math

from PySide6.QtCore import QCoreApplication, Qt

from alexnet_app.ui.curves.behind import EMPTY, PALE, RunsBehind
from alexnet_app.ui.curves.compared import ComparedRuns
from alexnet_app.ui.curves.epoch_line import DASH, Best, EpochLine, best_step
from alexnet_app.ui.curves.legend import Legend
from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.curves.run import Epoch, Marks
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.theme import Colours


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


class LossLines:
    """The loss (nats): of every step, its mean, and of validation; those of other runs behind."""

    def __init__(self) -> None:
        self.plot = Plot(1.0)
        self.behind = RunsBehind(self.plot)
        self.raw = self.plot.add_dense_line("accent", -4)
        self.mean = self.plot.add_line("accent", 0)
        self.validation = EpochLine(self.plot, "second", 4, "s", DASH)
        self.best = Best(self.plot)
        self.chance = self.plot.add_line("faint", -8, Qt.PenStyle.DotLine)
        self.legend = Legend(tr("Loss (nats)"), tr("Loss"))
        self._raw_entry = self.legend.add("solid", "accent", tr("training"), "0.0000", needed=True)
        self._mean_entry = self.legend.add("solid", "accent", tr("smoothed"), "0.0000")
        self._validation_entry = self.legend.add("dashed squares", "second", tr("validation"), "0.0000", needed=True)
        self._chance_entry = self.legend.add("dotted", "faint", tr("guessing"), "0.0000")

    def draw(self, runs: ComparedRuns, marks: Marks | None, sight: Sight) -> None:
        """Shows all runs over what the plot now shows."""
        run, box = runs.front.drawn, self.plot.plotItem.vb
        first, last = box.viewRange()[0]
        view, columns = (float(first), float(last)), max(int(box.width()), 128)
        raw = sight.scale.losses(run, view, columns, None) if sight.raw or not sight.half else EMPTY
        self.plot.draw(self.raw, *raw)
        self.plot.draw(self.mean, *(sight.scale.losses(run, view, columns, sight.half) if sight.half else EMPTY))
        self.behind.draw_losses(runs.seen(), sight)
        values = run.epochs.of("validation_loss")
        self.validation.draw(sight.scale.places(run, run.epochs.steps()), values)
        self.best.draw(best_step(run, marks), run, sight.scale, values)
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

    def named(self) -> dict[object, str]:
        """What the lines of the run in front are called."""
        return {
            self.raw: tr("training"),
            self.mean: tr("training, smoothed"),
            self.validation.item: tr("validation"),
            self.chance: tr("guessing"),
        }

    def paint_in(self, colours: Colours, *, smooth: bool) -> None:
        """Takes the colours of the theme; the raw curve steps back behind a smoothed one."""
        self.plot.fade(self.raw, PALE if smooth else 1.0)
        self.plot.paint_in(colours)
        self.legend.paint_in(colours)
        self._raw_entry.set_colour(self.plot.colour(self.raw, colours))
        self.legend.set_present(self._mean_entry, present=smooth)


class ErrorLines:
    """The top-1 error (per cent) of every epoch, in training and in validation; those of other runs behind."""

    def __init__(self) -> None:
        self.plot = Plot(100.0)
        self.behind = RunsBehind(self.plot)
        self.lines = EpochLine(self.plot, "accent", 0, "o"), EpochLine(self.plot, "second", 4, "s", DASH)
        self.best = Best(self.plot)
        self.chance = self.plot.add_line("faint", -8, Qt.PenStyle.DotLine)
        self.legend = Legend(tr("Top-1 error (%)"), tr("Error"))
        self._train_entry = self.legend.add("solid points", "accent", tr("training"), "100.0 %", needed=True)
        self._validation_entry = self.legend.add("dashed squares", "second", tr("validation"), "100.0 %", needed=True)
        self._best_entry = self.legend.add("diamond", "text", tr("best"), "100.0 %")
        self._checkpoint_entry = self.legend.add("triangle", "faint", tr("checkpoint"))
        self._chance_entry = self.legend.add("dotted", "faint", tr("largest class"), "100.0 %")

    def draw(self, runs: ComparedRuns, marks: Marks | None, sight: Sight) -> None:
        """Shows all runs over what the plot now shows."""
        run = runs.front.drawn
        places = sight.scale.places(run, run.epochs.steps())
        self.behind.draw_errors(runs.seen(), sight)
        self.lines[0].draw(places, 100 * run.epochs.of("train_error"))
        values = 100 * run.epochs.of("validation_error")
        self.lines[1].draw(places, values)
        best = best_step(run, marks)
        self.best.draw(best, run, sight.scale, values)
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

    def named(self) -> dict[object, str]:
        """What the lines of the run in front are called."""
        return {
            self.lines[0].item: tr("training"),
            self.lines[1].item: tr("validation"),
            self.chance: tr("largest class"),
        }

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self.plot.paint_in(colours)
        self.legend.paint_in(colours)
