"""The live learning curves: what they keep, what they draw, what mouse and keys do with them."""

import itertools
import subprocess
import sys

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QSlider, QToolButton, QToolTip

from alexnet_app.ui import theme
from alexnet_app.ui.curves.axes import in_words, linear_ticks, log_ticks
from alexnet_app.ui.curves.compared import ShownRun
from alexnet_app.ui.curves.controls import HALF_WINDOWS, Controls
from alexnet_app.ui.curves.learning_curves import LearningCurves
from alexnet_app.ui.curves.legend import LegendEntry
from alexnet_app.ui.curves.losses import Losses
from alexnet_app.ui.curves.mark_strip import APART
from alexnet_app.ui.curves.marks import thinned
from alexnet_app.ui.curves.run import DrawnRun, Epoch, Marks
from alexnet_app.ui.curves.sheet import CurveSheet
from alexnet_app.ui.curves.span import Span

chance = np.random.default_rng(1)


def noisy(count):
    return (2 + chance.normal(0, 0.3, count)).astype(np.float32)


def kept(losses, *parts):
    first = 0
    for part in parts:
        losses.put(first, part)
        first += len(part)
    return losses


class TestLosses:
    def test_that_a_short_run_is_drawn_as_it_is(self):
        values = noisy(100)
        steps, drawn = kept(Losses(), values).envelope(0, 99, 200)
        assert np.array_equal(steps, np.arange(100))
        assert np.array_equal(drawn, values)

    def test_that_no_spike_of_a_long_run_is_lost(self):
        values = noisy(100_003)
        values[[5, 50_001, 100_002]] = 9, -4, 11
        steps, drawn = kept(Losses(), values).envelope(0, len(values), 500)
        assert len(drawn) <= 4 * 500 + 2
        assert drawn.max() == 11
        assert drawn.min() == -4
        assert abs(steps[drawn == 9][0] - 5) < 200

    def test_that_a_run_told_bit_by_bit_is_drawn_as_one_told_at_once(self):
        values = noisy(30_000)
        pieces = np.split(values, np.sort(chance.integers(0, 30_000, 200)))
        bit_by_bit = Losses()
        first = 0
        for piece in pieces:
            bit_by_bit.put(first, piece)
            first += len(piece)
            bit_by_bit.envelope(0, first, 300)
        for start, stop in ((0, 30_000), (777, 20_001)):
            for one, other in zip(
                bit_by_bit.envelope(start, stop, 300), kept(Losses(), values).envelope(start, stop, 300), strict=True
            ):
                assert np.array_equal(one, other)

    def test_that_a_run_that_goes_on_from_a_checkpoint_forgets_what_it_had_done_after_it(self):
        values = noisy(20_000)
        losses = kept(Losses(), values)
        losses.envelope(0, 20_000, 200)
        losses.cut(7_001)
        losses.put(7_001, np.full(12_999, 5.0))
        again = kept(Losses(), np.append(values[:7_001], np.full(12_999, 5.0)))
        for one, other in zip(losses.envelope(0, 20_000, 200), again.envelope(0, 20_000, 200), strict=True):
            assert np.array_equal(one, other)
        assert losses.smooth_at(6_000, 100) == pytest.approx(again.smooth_at(6_000, 100))

    def test_that_steps_told_again_replace_the_former(self):
        losses = kept(Losses(), [1.0, 2.0, 3.0])
        losses.put(1, [7.0])
        assert losses.end == 2
        assert losses.last() == 7

    def test_that_missing_steps_and_what_is_no_number_make_gaps(self):
        losses = kept(Losses(), [1.0, np.nan, 1e300, -np.inf])
        losses.put(6, [2.0])
        drawn = losses.envelope(0, 6, 100)[1]
        assert np.array_equal(np.isnan(drawn), [False, True, True, True, True, True, False])
        losses.put(7, [2.0] * 20)
        assert losses.smooth_at(5, 2) == 2
        assert np.isnan(losses.smooth_at(3, 1))

    def test_that_a_run_of_nothing_but_gaps_is_survived(self):
        losses = kept(Losses(), np.full(5_000, np.nan))
        assert np.isnan(losses.envelope(0, 5_000, 200)[1]).all()
        assert np.isnan(losses.smoothed(0, 5_000, 200, 50)[1]).all()

    def test_that_a_step_beyond_all_measure_asks_for_no_memory(self):
        losses = kept(Losses(), [1.0])
        losses.put(10**15, [1.0])
        assert losses.end == 1

    def test_that_nothing_gives_nothing(self):
        losses = Losses()
        assert len(losses.envelope(0, 100, 300)[0]) == 0
        assert len(losses.smoothed(0, 100, 300, 50)[0]) == 0
        assert np.isnan(losses.last())

    def test_that_the_mean_is_over_as_many_steps_before_as_after(self):
        values = noisy(1_000)
        losses = kept(Losses(), values)
        steps, mean = losses.smoothed(0, 1_000, 2_000, 50)
        assert np.array_equal(steps, np.arange(1_000))
        for step in (50, 500, 949):
            assert mean[step] == pytest.approx(values[step - 50 : step + 51].mean(), rel=1e-5)
            assert losses.smooth_at(step, 50) == mean[step]

    def test_that_the_mean_of_a_falling_loss_lags_little_at_both_ends(self):
        falling = np.linspace(3, 1, 1_000)
        mean = kept(Losses(), falling).smoothed(0, 1_000, 2_000, 100)[1]
        assert np.abs(mean - falling).max() <= 13 * 2 / 1_000

    def test_that_one_enormous_loss_does_not_spoil_the_means_after_it(self):
        values = np.full(2_000, 2.5)
        values[100] = 1e30
        assert kept(Losses(), values).smooth_at(1_500, 50) == pytest.approx(2.5)

    def test_that_a_run_which_does_not_begin_at_0_is_drawn_where_it_is(self):
        losses = Losses()
        losses.put(5_000, noisy(3_000))
        for steps in (losses.envelope(0, 9_000, 200)[0], losses.smoothed(0, 9_000, 200, 50)[0]):
            assert steps.min() >= 5_000
            assert steps.max() < 8_000


class TestAxes:
    def test_that_steps_of_a_narrow_logarithmic_range_are_even_numbers(self):
        assert [round(10**tick, 6) for tick in log_ticks(np.log10(1.1), np.log10(1.9), 5)] == [1.2, 1.4, 1.6, 1.8]

    def test_that_a_wide_one_has_1_2_5_and_then_powers_of_ten_only(self):
        assert [round(10**tick, 6) for tick in log_ticks(-1, 1, 9)] == [0.1, 0.2, 0.5, 1, 2, 5, 10]
        assert log_ticks(-8, 8, 4) == [-5, 0, 5]

    def test_that_a_number_has_the_decimals_that_its_spacing_needs(self):
        assert in_words(2.0, 0.5) == "2.0"
        assert in_words(1200.0, 200.0) == "1,200"
        assert in_words(0.30000000000000004) == "0.3"
        assert linear_ticks(0.05, 0.3, 0.1) == [0.1, 0.2, 0.3]


class TestSpan:
    def test_that_the_whole_run_is_followed(self):
        span = Span((0, 100))
        span.whole = 0, 200
        assert span.shown == (0, 200)

    def test_that_a_chosen_stretch_stays_while_the_run_grows(self):
        span = Span((0, 100))
        span.choose(20, 40)
        span.whole = 0, 200
        assert span.shown == (20, 40)

    def test_that_what_is_under_the_mouse_stays_there(self):
        span = Span((0, 100))
        span.zoom(25, 0.5)
        assert span.shown == (12.5, 62.5)

    def test_that_zooming_out_far_enough_follows_again(self):
        span = Span((0, 100), (20, 40))
        span.zoom(30, 10)
        assert span.chosen is None

    def test_that_nobody_gets_lost_beyond_the_ends_or_between_two_steps(self):
        span = Span((0, 100), (20, 40))
        span.move(5)
        assert span.shown == (80, 100)
        span.zoom(90, 1e-9)
        assert span.shown[1] - span.shown[0] == 4


def test_that_a_mark_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="party"):
        Marks().put(3, "party", "")


def test_that_hundreds_of_checkpoints_are_thinned_and_the_last_is_kept():
    steps = list(range(0, 70_000, 100))
    shown = thinned(steps, 50)
    assert len(shown) <= 51
    assert shown[-1] == steps[-1]
    assert thinned(steps[:50], 50) == steps[:50]


@pytest.fixture
def curves(qtbot):
    made = LearningCurves()
    qtbot.addWidget(made)
    made.resize(900, 480)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


@pytest.fixture
def full(curves):
    """60 epochs of 351 steps, a checkpoint each; the best is epoch 58."""
    curves.set_steps_per_epoch(351)
    curves.add_losses(0, noisy(21_060))
    for epoch in range(1, 61):
        curves.add_epoch(351 * epoch, 1.5, 0.4, 1.6, 0.5 - 0.005 * min(epoch, 58), epoch <= 58)
        curves.add_marker(351 * epoch, "checkpoint", "checkpoint")
    curves.add_marker(12_000, "rate", "÷10")
    QApplication.processEvents()  # the layout
    curves.redraw()
    return curves


def another(name, count=1_000):
    """A run to be compared: so many steps, and an epoch each 100 of them."""
    drawn = DrawnRun(steps_per_epoch=100, batch_size=10)
    drawn.put(0, noisy(count), 1_000.0)
    for step in range(100, count + 1, 100):
        drawn.epochs.put(Epoch(step, 2.0, 0.7, 2.1, 0.75))
    return ShownRun(name, name, drawn)


def sheet_of(curves):
    return curves.findChild(CurveSheet)


def place_of(curves):
    return curves.findChild(Controls).text()


def entries_of(curves):
    return [entry.text() for entry in curves.findChildren(LegendEntry) if entry.isVisible()]


def shown_steps(curves):
    return tuple(sheet_of(curves).plots[0].plotItem.vb.viewRange()[0])


def newest_drawn(curves):
    steps = sheet_of(curves).losses.raw.getData()[0]
    return -1 if steps is None or not len(steps) else steps[-1]


def pixel_of(plot, step):
    return plot.mapFromScene(plot.plotItem.vb.mapViewToScene(QPointF(step, 1))).x()


def wheel(plot, at, turn, keys=Qt.KeyboardModifier.NoModifier):
    event = QWheelEvent(
        QPointF(at), QPointF(plot.mapToGlobal(at)), QPoint(), turn, Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)


def drag(plot, start, stop, button=Qt.MouseButton.LeftButton):
    QTest.mousePress(plot.viewport(), button, pos=start)
    for at in (start + (stop - start) / 2, stop):
        _move(plot.viewport(), at, button)
    QTest.mouseRelease(plot.viewport(), button, pos=stop)


def _move(widget, at, buttons):
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(widget.mapToGlobal(at)), Qt.MouseButton.NoButton, buttons,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def hover(plot, step):
    _move(plot.viewport(), QPoint(pixel_of(plot, step), 30), Qt.MouseButton.NoButton)


class Paints(QObject):
    """Which of some widgets were painted, in order."""

    def __init__(self, widgets):
        super().__init__()
        self.seen, self._widgets = [], widgets
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, widget, event):
        if event.type() == QEvent.Type.Paint:
            self.seen.append(self._widgets.index(widget))
        return False


class TestDrawing:
    def test_that_new_losses_are_drawn_by_themselves(self, curves, qtbot):
        curves.add_losses(0, [2.0, 1.9, 1.8])
        qtbot.waitUntil(lambda: newest_drawn(curves) == 2)

    def test_that_what_comes_between_the_two_plots_is_drawn_too(self, curves, qtbot):
        curves.add_losses(0, [2.0, 1.9, 1.8])
        qtbot.waitUntil(lambda: newest_drawn(curves) == 2)
        curves.add_losses(3, [1.7])  # the second plot is still to be drawn, and nothing comes after this
        qtbot.waitUntil(lambda: newest_drawn(curves) == 3)

    def test_that_draws_that_take_long_are_followed_by_a_rest_but_the_curves_stay_live(self, curves, monkeypatch):
        now = [100.0]
        sheet = sheet_of(curves)
        draw, took = sheet.draw, 0.002
        monkeypatch.setattr("alexnet_app.ui.curves.learning_curves.time.perf_counter", lambda: now[0])
        monkeypatch.setattr("alexnet_app.ui.curves.learning_curves.LONGEST_REST", 0.5)

        def slow(*what):
            draw(*what)
            now[0] += took

        monkeypatch.setattr(sheet, "draw", slow)
        curves.redraw()  # both plots, a thousandth each
        curves.add_losses(0, [2.0])
        assert curves._timer.interval() == 60
        took = 1.0
        curves.redraw()
        curves.add_losses(1, [2.0])
        assert curves._timer.interval() == 500

    def test_that_many_calls_are_drawn_together(self, curves, qtbot, monkeypatch):
        drawn = []
        sheet = sheet_of(curves)
        draw = sheet.draw
        monkeypatch.setattr(sheet, "draw", lambda *what: (drawn.append(what), draw(*what)))
        for step in range(500):
            curves.add_losses(step, [2.0])
        assert not drawn
        qtbot.waitUntil(lambda: newest_drawn(curves) == 499)
        assert len(drawn) == 1

    def test_that_the_plots_take_turns_while_losses_come(self, curves, qtbot, monkeypatch):
        drawn = []
        sheet = sheet_of(curves)
        draw = sheet.draw
        monkeypatch.setattr(sheet, "draw", lambda *what: (drawn.append(what[-1]), draw(*what)))
        curves.add_losses(0, [2.0] * 200)
        qtbot.waitUntil(lambda: len(drawn) == 2)
        assert drawn == [(0,), (1,)]
        ranges = [plot.plotItem.vb.viewRange()[0] for plot in sheet.plots]
        assert ranges[0] == pytest.approx(ranges[1])
        curves.add_losses(200, [2.0] * 200)
        qtbot.waitUntil(lambda: len(drawn) == 3)
        curves.redraw()  # all at once, and it is nobody's turn any more
        assert drawn[2:] == [(0,), (0, 1, 2)]
        assert sheet.plots[1].plotItem.vb.viewRange()[0][1] > 399

    def test_that_each_plot_is_painted_once_when_it_is_drawn(self, full, qtbot):
        plots = sheet_of(full).plots
        watch = Paints([plot.viewport() for plot in plots])
        QApplication.processEvents()
        for more in range(1, 4):
            watch.seen.clear()
            full.add_losses(21_060 * more, noisy(21_060))
            full.redraw()
            qtbot.waitUntil(lambda: len(watch.seen) >= 2)
            for _ in range(5):
                QApplication.processEvents()
            assert sorted(watch.seen) == [0, 1]

    def test_that_points_that_stay_where_they_are_are_not_given_again(self, full, monkeypatch):
        given, box = [], sheet_of(full).errors.plot.plotItem.vb
        give = pg.ScatterPlotItem.setData
        monkeypatch.setattr(pg.ScatterPlotItem, "setData", lambda item, *what: (given.append(item), give(item, *what)))
        full.add_losses(21_060, noisy(100))
        full.redraw()
        assert not [item for item in given if item.getViewBox() is box]
        full.add_epoch(61 * 351, 1.5, 0.4, 1.6, 0.3, False)
        full.redraw()
        assert len([item for item in given if item.getViewBox() is box]) == 2

    def test_that_nothing_is_drawn_while_it_is_hidden_and_all_when_it_is_shown(self, curves):
        curves.hide()
        curves.add_losses(0, [2.0] * 5)
        curves.redraw()
        assert newest_drawn(curves) == -1
        curves.show()
        assert newest_drawn(curves) == 4

    def test_that_an_empty_one_says_what_comes(self, curves):
        said = [label.text() for label in curves.findChildren(QLabel) if label.isVisible()]
        assert "The curves appear after the first training steps" in said
        curves.add_losses(0, [2.0])
        curves.redraw()
        said = [label.text() for label in curves.findChildren(QLabel) if label.isVisible()]
        assert "The curves appear after the first training steps" not in said

    def test_that_a_single_epoch_is_a_point_in_both_plots(self, curves):
        curves.add_epoch(351, 2.0, 0.7, 2.1, 0.75, False)
        curves.redraw()
        sheet = sheet_of(curves)
        assert [point.pos().y() for point in points_at(sheet.plots[0], 351)] == [2.1]
        assert sorted(point.pos().y() for point in points_at(sheet.plots[1], 351)) == [70, 75]

    def test_that_the_best_epoch_is_marked_at_its_validation_error(self, full):
        errors = sheet_of(full).errors
        assert any(entry.startswith("best 21.0 %") for entry in entries_of(full))
        heights = [point.pos().y() for point in points_at(errors.plot, 58 * 351)]
        assert heights.count(pytest.approx(21.0)) == 2  # the square and the diamond
        full.marks_action.trigger()
        heights = [point.pos().y() for point in points_at(errors.plot, 58 * 351)]
        assert heights.count(pytest.approx(21.0)) == 1

    def test_that_a_resume_is_labelled_as_a_change_of_the_rate_is(self, full):
        full.add_marker(5_000, "resume", "resumed")
        full.redraw()
        labels = texts_in(sheet_of(full).plots[0])
        assert labels == ["resumed", "÷10"]
        full.add_marker(12_010, "resume", "resumed")
        full.redraw()
        assert texts_in(sheet_of(full).plots[0]) == ["resumed", "÷10"], "words do not cover each other"

    def test_that_diverging_is_survived(self, curves, scheme):
        curves.add_losses(0, [2.0, 1e38, np.nan, np.inf, np.nan])
        curves.add_epoch(5, np.nan, 0.9, np.inf, np.nan, False)
        curves.add_marker(3, "rate", "÷10")
        for _ in range(2):
            curves.redraw()
            assert not curves.grab().isNull()
            curves.log_action.trigger()
        assert "validation –" in entries_of(curves)

    def test_that_losses_of_zero_are_survived_on_a_logarithmic_scale(self, curves):
        curves.log_action.trigger()
        curves.add_losses(0, [0.0, 1.0, 10.0])
        curves.redraw()
        assert np.allclose(sheet_of(curves).losses.raw.getData()[1][1:], [0, 1])

    def test_that_a_run_goes_on_from_its_checkpoint(self, full):
        full.add_marker(14_040, "pause", "paused")
        full.forget_from(7_020)
        full.redraw()
        assert newest_drawn(full) < 7_020
        assert place_of(full) == "Step 7,020 · epoch 20.0"
        assert any(entry.startswith("best 40.0 %") for entry in entries_of(full))
        labels = texts_in(sheet_of(full).plots[0])
        assert "÷10" not in labels

    def test_that_clear_leaves_nothing_of_the_run(self, full):
        full.clear()
        assert newest_drawn(full) == -1
        assert place_of(full) == ""
        assert "training –" in entries_of(full)
        assert full.accessibleDescription() == "No steps yet"

    def test_that_the_rate_is_written_where_it_was_changed(self, full):
        assert texts_in(sheet_of(full).plots[0]) == ["÷10"]
        full.marks_action.trigger()
        assert texts_in(sheet_of(full).plots[0]) == []

    def test_that_words_which_would_cover_each_other_are_left_out(self, full):
        full.add_marker(12_010, "rate", "÷100")
        full.add_marker(21_000, "rate", "÷1000")
        full.redraw()
        assert texts_in(sheet_of(full).plots[0]) == ["÷10", "÷1000"]

    def test_that_another_run_is_named_and_drawn_behind(self, full):
        full.show_other(another("without LRN", 30_000))
        assert full.side.legend.legend.rows[1].name == "without LRN"
        assert full.side.isVisible()
        assert shown_steps(full)[1] > 29_999
        lines = sheet_of(full).losses
        assert lines.behind.line("without LRN").zValue() < lines.raw.zValue()
        full.hide_others()
        assert not full.side.isVisible()
        assert shown_steps(full)[1] < 22_000

    def test_that_smoothing_off_leaves_one_curve(self, full, qtbot):
        slider = full.findChild(QSlider)
        slider.setFocus()
        assert any(entry.startswith("smoothed") for entry in entries_of(full))
        QTest.keyClick(slider, Qt.Key.Key_Home)
        assert not any(entry.startswith("smoothed") for entry in entries_of(full))
        assert len(sheet_of(full).losses.mean.getData()[0]) == 0

    def test_that_the_slider_says_over_how_many_steps_it_smooths(self, full):
        slider = full.findChild(QSlider)
        QTest.keyClick(slider, Qt.Key.Key_End)
        assert slider.toolTip() == f"Mean over {2 * HALF_WINDOWS[-1] + 1:,} steps"

    def test_that_colours_follow_the_scheme(self, full, qapp, qtbot):
        line = sheet_of(full).losses.mean
        theme.use(qapp, dark=True)
        qtbot.waitUntil(lambda: line.opts["pen"].color() == theme.DARK.accent)
        theme.use(qapp, dark=False)
        qtbot.waitUntil(lambda: line.opts["pen"].color() == theme.LIGHT.accent)

    def test_that_all_pens_are_fast_ones(self, full):
        for place in range(10):
            full.show_other(another(f"run {place}"))
        for plot in sheet_of(full).plots:
            lines = [item for item in items_of(plot) if isinstance(item, pg.PlotCurveItem)]
            assert len(lines) >= 14
            for line in lines:
                assert line.opts["pen"].widthF() <= 1
                assert line.opts["pen"].color().alpha() == 255
                assert not line.opts["antialias"]


class TestReading:
    def test_that_the_newest_values_are_told_while_the_mouse_is_elsewhere(self, full):
        assert place_of(full) == "Step 21,060 · epoch 60.0"
        assert "validation 1.600" in entries_of(full)
        assert "validation 21.0 %" in entries_of(full)

    def test_that_the_values_at_the_mouse_are_told(self, full):
        plot = sheet_of(full).plots[1]
        full.add_losses(21_060, [0.125])
        hover(plot, 3_510)
        step = int(place_of(full).split(" ")[1].replace(",", ""))
        assert abs(step - 3_510) < 40
        assert "validation 45.0 %" in entries_of(full)
        QApplication.sendEvent(plot.viewport(), QEvent(QEvent.Type.Leave))
        QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
        assert place_of(full) == "Step 21,061 · epoch 60.0"
        assert "training 0.125" in entries_of(full)

    def test_that_resting_the_mouse_tells_what_happened(self, full):
        plot = sheet_of(full).plots[0]
        at = QPoint(pixel_of(plot, 12_000), 40)
        QApplication.sendEvent(plot.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, plot.mapToGlobal(at)))
        assert "Learning rate changed at step 12,000: ÷10" in QToolTip.text()
        QToolTip.hideText()

    def test_that_a_screen_reader_is_told_the_newest_epoch(self, full):
        assert full.accessibleName() == "Learning curves"
        assert full.accessibleDescription() == (
            "Step 21,060. Training loss 1.500, top-1 error 40.0 %. Validation loss 1.600, top-1 error 21.0 %"
        )

    def test_that_before_the_first_epoch_it_is_told_the_loss(self, curves):
        curves.add_losses(0, [2.25])
        assert curves.accessibleDescription() == "Step 1, training loss 2.250"


class TestZooming:
    def test_that_the_wheel_zooms_around_the_mouse_and_updates_leave_it_so(self, full):
        plot = sheet_of(full).plots[0]
        before = shown_steps(full)
        mouse = pixel_of(plot, 10_000)
        wheel(plot, QPoint(mouse, 50), QPoint(0, 120))
        after = shown_steps(full)
        assert after[1] - after[0] < 0.9 * (before[1] - before[0])
        assert abs(pixel_of(plot, 10_000) - mouse) <= 8
        full.add_losses(21_060, noisy(5_000))
        full.redraw()
        assert shown_steps(full) == after

    def test_that_both_plots_show_the_same_steps(self, full):
        plots = sheet_of(full).plots
        wheel(plots[1], QPoint(300, 50), QPoint(0, 360))
        assert plots[0].plotItem.vb.viewRange()[0] == plots[1].plotItem.vb.viewRange()[0]
        assert pixel_of(plots[0], 12_345) == pixel_of(plots[1], 12_345)

    def test_that_a_drag_chooses_a_stretch(self, full):
        plot = sheet_of(full).plots[0]
        drag(plot, QPoint(pixel_of(plot, 15_000), 40), QPoint(pixel_of(plot, 5_000), 60))
        low, high = shown_steps(full)
        assert low == pytest.approx(5_000, abs=150)
        assert high == pytest.approx(15_000, abs=150)

    def test_that_a_drag_with_the_middle_button_moves_on(self, full):
        plot = sheet_of(full).plots[0]
        drag(plot, QPoint(pixel_of(plot, 5_000), 40), QPoint(pixel_of(plot, 15_000), 40))
        low, high = shown_steps(full)
        drag(plot, QPoint(500, 40), QPoint(400, 40), Qt.MouseButton.MiddleButton)
        assert shown_steps(full)[0] > low
        assert shown_steps(full)[1] - shown_steps(full)[0] == pytest.approx(high - low)

    def test_that_a_double_click_goes_back(self, full):
        plot, before = sheet_of(full).plots[0], shown_steps(full)
        wheel(plot, QPoint(300, 50), QPoint(0, 120))
        QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 50))
        assert shown_steps(full) == before

    def test_that_whole_run_can_be_pressed_only_while_something_is_zoomed(self, full):
        button = next(each for each in full.findChildren(QToolButton) if each.text() == "Whole run")
        plot, before = sheet_of(full).plots[0], shown_steps(full)
        assert not button.isEnabled()
        assert "whole run is shown" in button.toolTip()
        wheel(plot, QPoint(300, 50), QPoint(0, 120))
        assert button.isEnabled()
        assert full.whole_action.isEnabled()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert shown_steps(full) == before
        assert not full.whole_action.isEnabled()

    def test_that_control_and_the_wheel_zoom_the_height_of_one_plot(self, full):
        losses, errors = sheet_of(full).plots
        before = [plot.plotItem.vb.viewRange() for plot in (losses, errors)]
        wheel(losses, QPoint(300, 50), QPoint(0, 120), Qt.KeyboardModifier.ControlModifier)
        (steps, heights), others = losses.plotItem.vb.viewRange(), errors.plotItem.vb.viewRange()
        assert heights[1] - heights[0] == pytest.approx(0.8 * (before[0][1][1] - before[0][1][0]))
        assert steps == before[0][0]
        assert others == before[1]
        assert full.whole_action.isEnabled()

    def test_that_keys_zoom_and_move_and_go_home(self, full):
        sheet, before = sheet_of(full), shown_steps(full)
        sheet.setFocus()
        QTest.keyClick(sheet, Qt.Key.Key_Plus)
        QTest.keyClick(sheet, Qt.Key.Key_Plus)
        first = shown_steps(full)
        assert first[1] - first[0] == pytest.approx(0.64 * (before[1] - before[0]), rel=0.02)
        QTest.keyClick(sheet, Qt.Key.Key_Right)
        assert shown_steps(full)[0] > first[0]
        QTest.keyClick(sheet, Qt.Key.Key_Left)
        assert shown_steps(full) == pytest.approx(first)
        QTest.keyClick(sheet, Qt.Key.Key_Up)
        assert full.whole_action.isEnabled()
        QTest.keyClick(sheet, Qt.Key.Key_Home)
        assert shown_steps(full) == before

    def test_that_a_click_gives_the_keys_to_the_curves(self, full):
        QTest.mouseClick(sheet_of(full).plots[1].viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 50))
        assert QApplication.focusWidget() is sheet_of(full)

    def test_that_the_focus_can_be_seen(self, full):
        sheet = sheet_of(full)
        full.findChild(QSlider).setFocus()
        before = sheet.grab().toImage().pixelColor(0, 100)
        sheet.setFocus()
        assert sheet.grab().toImage().pixelColor(0, 100) == theme.LIGHT.accent != before


class TestControls:
    def test_that_log_scale_is_one_switch_in_the_line_and_in_the_menu(self, full):
        box = next(box for box in full.findChildren(QCheckBox) if box.text() == "Log scale")
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
        assert full.log_action.isChecked()
        assert np.nanmax(sheet_of(full).losses.raw.getData()[1]) < 1
        full.log_action.trigger()
        assert not box.isChecked()
        assert np.nanmax(sheet_of(full).losses.raw.getData()[1]) > 1

    def test_that_tab_goes_from_left_to_right_and_then_to_the_curves(self, full):
        full.activateWindow()
        full.findChildren(QCheckBox)[0].setFocus()
        seen = []
        for _ in range(2):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            seen.append(QApplication.focusWidget())
        assert seen == [full.findChild(QSlider), full.findChildren(QCheckBox)[1]]
        more = next(each for each in full.findChildren(QToolButton) if each.text() == "More")
        more.setFocus()  # Whole run is off; what there is no room for is hidden
        QTest.keyClick(more, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is sheet_of(full)

    @pytest.mark.parametrize("size", [(380, 220), (640, 300), (1600, 900)])
    def test_that_nothing_is_cut_off(self, full, qtbot, size):
        full.show_other(another("a run with quite a long name of its own", 100))
        full.resize(*size)
        qtbot.waitUntil(lambda: not cut_off(full))
        assert (full.width(), full.height()) == size
        assert all(plot.plotItem.vb.height() >= 30 for plot in sheet_of(full).plots)

    def test_that_the_place_of_the_values_does_not_move(self, full):
        entries = [entry for entry in full.findChildren(LegendEntry) if entry.isVisible()]
        before = [entry.geometry() for entry in entries]
        hover(sheet_of(full).plots[0], 12)
        full.add_losses(21_060, [123.0, 0.0001])
        full.redraw()
        assert [entry.geometry() for entry in entries] == before


def test_that_it_may_be_imported_on_another_thread():
    """As the window does it; here it is imported already, so a fresh process does."""

    program = (
        "import sys, threading\n"
        "from PySide6.QtCore import qInstallMessageHandler\n"
        "said = []\n"
        "qInstallMessageHandler(lambda kind, context, text: said.append(text))\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "thread = threading.Thread(target=lambda: __import__('alexnet_app.ui.curves.learning_curves'))\n"
        "thread.start(); thread.join()\n"
        "from alexnet_app.ui.curves.learning_curves import LearningCurves\n"
        "curves = LearningCurves(); curves.add_losses(0, [1, 2]); curves.show(); curves.grab(); curves.hide()\n"
        "sys.exit('; '.join(text for text in said if 'plugin' not in text) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def cut_off(curves):
    """The texts that have less room than they need."""
    parts = [*curves.findChildren(LegendEntry), *curves.findChild(Controls).children()]
    shown = [part for part in parts if part.isWidgetType() and part.isVisible()]
    assert len(shown) >= 8
    return [
        (type(part).__name__, part.geometry(), part.minimumSizeHint())
        for part in shown
        if part.geometry().right() >= part.parentWidget().width() or part.width() < part.minimumSizeHint().width()
    ]


def items_of(plot):
    return plot.plotItem.vb.childGroup.childItems()


def points_at(plot, step):
    found = []
    for item in items_of(plot):
        if isinstance(item, pg.ScatterPlotItem) and item.isVisible():
            found += [point for point in item.points() if point.pos().x() == step and point.pos().y() > 0]
    return found


def texts_in(plot):
    items = [item for item in items_of(plot) if isinstance(item, pg.TextItem) and item.isVisible()]
    return [item.toPlainText() for item in items]


def test_that_the_benchmark_tells_where_the_time_of_an_update_goes(qtbot):
    from tests.bench import curve

    ours = curve.Ours(curve.losses(20_000, np.random.default_rng(1)))
    qtbot.addWidget(ours.widget)
    curve.shown(ours.widget)
    said = curve.stages_of(curve.update(ours, np.random.default_rng(2)), curve.FUNCTIONS)
    assert {line.rpartition(" ")[0].rpartition(" ")[0] for line in said} >= {"painting", "drawing the losses"}
    assert said[-1].startswith("the rest ")


def test_that_checkpoints_have_one_thinned_row_below_the_axis(full, qtbot):
    strip = sheet_of(full).strip
    full.add_marker(14_040, "pause", "paused")
    full.redraw()
    assert strip.isVisible()
    last = sheet_of(full).plots[-1]
    assert strip.y() >= last.geometry().bottom()
    signs = strip.drawn("checkpoint")
    assert 2 <= len(signs) < 60
    assert min(b - a for a, b in itertools.pairwise(signs[:-1])) >= APART - 1, "they do not touch"
    box = last.plotItem.vb.sceneBoundingRect()
    assert last.x() + box.left() - 1 <= strip.x() + signs[0]
    assert strip.x() + signs[-1] <= last.x() + box.right() + 1
    assert len(strip.drawn("pause")) == 1
    plotted = [len(points_at(plot, 351)) for plot in sheet_of(full).plots]
    full.marks_action.setChecked(False)
    assert strip.drawn("checkpoint") == []
    assert [len(points_at(plot, 351)) for plot in sheet_of(full).plots] == plotted, "there were none in the plots"


def test_that_the_row_tells_what_happened_there(full, qtbot):
    strip = sheet_of(full).strip
    full.redraw()
    asked = []
    strip.asked.connect(lambda *what: asked.append(what))
    at = QPoint(strip.drawn("checkpoint")[-1], 4)
    QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
    ((_, start, stop),) = asked
    assert start < 60 * 351 < stop
