"""Curves of many runs: over which axis, in which look, with which values, and what comes out of them."""
# ruff: noqa: F811

import csv
import math
import re

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from test_curves import another, curves, full, noisy, sheet_of, shown_steps  # noqa: F401 - fixtures

from alexnet_app.ui import theme
from alexnet_app.ui.curves.axes import even_time, time_text
from alexnet_app.ui.curves.clock import Clock
from alexnet_app.ui.curves.compared import IN_FRONT, MOST, ComparedRuns, ShownRun
from alexnet_app.ui.curves.figure import write
from alexnet_app.ui.curves.looks import CurveLook
from alexnet_app.ui.curves.run import DrawnRun
from alexnet_app.ui.curves.scale import AxisScale, Unit
from alexnet_app.ui.curves.sight import Which
from alexnet_app.ui.train.curves_saving import saving_table

LEGEND_COLUMN = 2  # of the error


def made(steps=1_000, speed=1_280.0, batch=128, epoch=100):
    run = DrawnRun(steps_per_epoch=epoch, batch_size=batch)
    run.put(0, noisy(steps), speed)
    return run


class TestClock:
    def test_that_time_passes_with_steps_and_the_way_back_is_the_same(self):
        clock = Clock()
        clock.put([10, 20, 40], [10, 10, 20], [1.0, 3.0, 2.0])
        assert clock.at(np.array([0, 5, 10, 15, 30, 50])).tolist() == pytest.approx([0, 0.5, 1, 2.5, 5, 7.5])
        steps = np.array([1.0, 12.0, 39.0, 44.0])
        assert clock.steps(clock.at(steps)).tolist() == pytest.approx(steps.tolist())

    def test_that_what_is_not_known_passes_as_fast_as_before_and_a_resume_goes_back(self):
        clock = Clock()
        clock.put(10, 10, 1.0)
        clock.put(20, 10, math.nan)
        assert clock.at(np.array([20.0]))[0] == pytest.approx(2.0)
        clock.cut(15)
        clock.put(25, 10, 5.0)
        assert clock.at(np.array([15.0, 25.0])).tolist() == pytest.approx([1.5, 6.5])
        assert Clock().empty


class TestScale:
    @pytest.mark.parametrize("unit", list(Unit))
    @pytest.mark.parametrize("logarithmic", [False, True])
    def test_that_each_unit_leads_there_and_back(self, unit, logarithmic):
        run, scale = made(), AxisScale(unit, logarithmic)
        for step in (1.0, 7.0, 500.0, 999.0):
            assert scale.steps(run, float(scale.places(run, step))) == pytest.approx(step)

    def test_that_a_step_is_so_many_epochs_images_and_seconds(self):
        run = made()
        told = {unit: float(AxisScale(unit).counts(run, 200)) for unit in Unit}
        assert told == pytest.approx({"steps": 200, "epochs": 2, "images": 25_600, "time": 20})

    def test_that_a_run_that_does_not_know_the_unit_is_not_drawn(self):
        run = DrawnRun()
        run.put(0, noisy(100))
        for unit in (Unit.EPOCHS, Unit.IMAGES, Unit.TIME):
            assert AxisScale(unit).span(run) is None
            assert len(AxisScale(unit).losses(run, (0.0, 10.0), 100, None)[0]) == 0

    def test_that_a_logarithmic_axis_shows_the_first_steps_one_by_one_and_loses_no_spike(self):
        run = DrawnRun()
        losses = np.ones(1_000_000, np.float32)
        losses[[3, 700_001]] = 9, 11
        run.put(0, losses)
        places, drawn = AxisScale(logarithmic=True).losses(run, (0.0, 6.0), 1_000, None)
        assert (np.diff(places) >= 0).all()
        assert len(places) < 6_000
        assert drawn[np.argmin(np.abs(places - math.log10(3)))] == 9
        assert drawn.max() == 11

    def test_that_times_are_read_as_clocks_show_them(self):
        assert [time_text(each) for each in (0.5, 59, 61, 3_600, 90_061)] == [
            "0:00.5",
            "0:59",
            "1:01",
            "1:00:00",
            "25:01:01",
        ]
        assert [even_time(each) for each in (3, 61, 4_000, 100_000)] == [5, 120, 7_200, 172_800]


class TestLooks:
    def test_that_twenty_runs_have_different_looks_in_both_schemes_and_stand_out(self):
        looks = [CurveLook(place) for place in range(20)]
        for drawn in (theme.LIGHT, theme.DARK):
            kinds = {(look.colour(drawn).name(), look.dashes) for look in looks}
            assert len(kinds) == 20
            assert drawn.accent.name() not in {colour for colour, _ in kinds}
            assert all(contrast(look.colour(drawn), drawn.paper) >= 3 for look in looks)

    def test_that_a_run_keeps_its_look_while_others_go_and_when_it_comes_back(self):
        runs = ComparedRuns()
        for name in "abc":
            runs.put(ShownRun(name, name, DrawnRun()))
        looks = {run.key: run.look for run in runs.others}
        runs.remove("a")
        runs.put(ShownRun("d", "d", DrawnRun()))
        runs.put(ShownRun("a", "a", DrawnRun()))
        assert {run.key: run.look for run in runs.others if run.key in looks} == looks
        assert len({run.look for run in runs.others}) == 4

    def test_that_there_is_an_end_to_runs(self):
        runs = ComparedRuns()
        assert all(runs.put(ShownRun(str(place), "", DrawnRun())) for place in range(MOST))
        assert not runs.put(ShownRun("more", "", DrawnRun()))


def contrast(one, other):
    def light(colour):
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return bright / dark


class TestManyRuns:
    def test_that_twenty_runs_are_drawn_named_and_told_at_the_pointer(self, full):
        for place in range(20):
            full.show_other(another(f"run {place}", 1_000 + place))
        full._point(500.0)
        rows = full.side.legend.legend.rows
        assert [row.name for row in rows[1:]] == [f"run {place}" for place in range(20)]
        assert all(row.values[1] == "75.0 %" for row in rows[1:])
        full._point(20_000.0)
        assert rows != full.side.legend.legend.rows
        assert full.side.legend.legend.rows[1].values == ("–", "–"), "it is over there"

    def test_that_a_run_is_hidden_by_its_entry_and_comes_back(self, full):
        full.show_other(another("long", 40_000))
        legend = full.side.legend
        index = legend.legend.index(1, 0)
        assert shown_steps(full)[1] > 39_000
        legend.legend.setData(index, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
        assert shown_steps(full)[1] < 25_000
        legend.setCurrentIndex(legend.legend.index(1, 0))
        QTest.keyClick(legend, Qt.Key.Key_Space)
        assert shown_steps(full)[1] > 39_000
        QTest.keyClick(legend, Qt.Key.Key_Delete)
        assert not full.runs.others

    def test_that_others_are_told_as_differences_to_the_baseline(self, full):
        full.show_other(another("a"))
        full.side.legend.based.emit(IN_FRONT)
        error = full.side.legend.legend.rows[1].values[1]
        assert re.fullmatch(r"75\.0 %  \+54\.0", error), error
        full.side.legend.based.emit(IN_FRONT)
        assert full.side.legend.legend.rows[1].values[1] == "75.0 %"

    def test_that_the_chosen_curves_of_compared_runs_are_drawn(self, full):
        full.show_other(another("a"))
        behind = sheet_of(full).losses.behind
        assert len(behind.line("a").getData()[0])
        full.side.set_curves(Which.VALIDATION)
        assert not len(behind.line("a").getData()[0])
        with pytest.raises(ValueError, match="none"):
            full.side.set_curves("none")

    def test_that_raw_values_stand_behind_smoothed_ones_unless_they_are_not_wanted(self, full):
        lines = sheet_of(full).losses
        assert len(lines.raw.getData()[0])
        full.actions_of_plots.raw.trigger()
        assert not len(lines.raw.getData()[0])
        assert len(lines.mean.getData()[0])

    @pytest.mark.parametrize(("unit", "last"), [("epochs", 60), ("images", 21_060 * 128), ("time", 21_060 * 0.1)])
    def test_that_curves_marks_and_the_pointer_follow_the_axis(self, curves, unit, last):
        curves.set_batch_size(128)
        curves.set_steps_per_epoch(351)
        curves.add_losses(0, noisy(21_060), 1_280.0)
        curves.add_marker(10_530, "rate", "÷10")
        curves.add_marker(10_530, "checkpoint", "")
        curves.actions_of_plots.set_unit(unit)
        sheet = sheet_of(curves)
        assert sheet.losses.raw.getData()[0][-1] == pytest.approx(last, rel=1e-3)
        assert sheet._marks[0]._rates.getData()[0][0] == pytest.approx(last / 2, rel=1e-3)
        assert len(sheet.strip.drawn("checkpoint")) == 1
        curves._point(last / 2)
        assert curves.controls.text().startswith("Step 10,530")
        assert curves.controls._axis.currentData() == unit

    def test_that_a_stretch_chosen_on_one_axis_is_left_on_another(self, full):
        full._pick(100, 200)
        full.actions_of_plots.set_unit("epochs")
        assert full._span.chosen is None
        with pytest.raises(ValueError, match="fathoms"):
            full.actions_of_plots.set_unit("fathoms")


class TestSettings:
    def compared(self, full):
        full.set_settings("front", {"seed": "1", "batch size": "128"})
        for seed in (2, 3):
            run = another(f"seed {seed}")
            run.settings = {"seed": str(seed), "batch size": "128"}
            full.show_other(run)
        return full.settings_window

    def test_that_only_what_differs_is_in_the_table(self, full):
        window = self.compared(full)
        header, rows = window.contents()
        assert header == ["Run", "Best validation error", "Final validation error", "Difference of the best", "seed"]
        assert rows[1] == ["seed 2", "75.0 %", "75.0 %", "", "2"]
        full.side.legend.based.emit(IN_FRONT)
        assert window.contents()[1][1] == ["seed 2", "75.0 %", "75.0 %", "+54.0", "2"]

    def test_that_the_window_has_a_row_a_run_and_acts_on_the_chosen_one(self, full):
        window = self.compared(full)
        full.actions_of_plots.settings.trigger()
        assert window.isVisible()
        assert window.table.rowCount() == 3
        window.table.setCurrentCell(0, 0)
        assert not window.remove.isEnabled()
        window.table.setCurrentCell(1, 0)
        window.remove.click()
        assert [run.name for run in full.runs.others] == ["seed 3"]
        window.copy.click()
        assert QGuiApplication.clipboard().text().split("\n")[2].startswith("seed 3")
        full.hide_others()
        assert not window.isVisible()
        assert not full.actions_of_plots.settings.isEnabled()


class TestValues:
    def test_that_ten_million_rows_are_read_as_they_are_seen(self, curves):
        curves.add_losses(0, np.ones(10_000_000, np.float32))
        curves.actions_of_plots.table.setChecked(True)
        curves._show_values()
        table = curves.side.values.table
        assert table.rows.rowCount() == 10_000_000
        table.scrollToBottom()
        assert table.rows.texts(9_999_999)[:2] == ["9,999,999", "1"]

    def test_that_the_table_has_what_each_plot_draws(self, full):
        full.show_other(another("a", 30_000))
        full.actions_of_plots.table.setChecked(True)
        full._show_values()
        pane = full.side.values
        titles = [each.title for each in pane.table.rows.values.columns]
        assert titles[:5] == ["Step", "Epoch", "training loss", "training loss, smoothed", "validation loss"]
        assert titles[5:] == ["a: training loss", "a: training loss, smoothed"]
        assert pane.table.rows.rowCount() == 30_000
        assert pane.table.rows.texts(351)[4] == "1.6"
        assert pane.table.rows.texts(25_000)[2] == ""
        pane._plots.setCurrentIndex(1)
        full._show_values()
        assert [each.title for each in pane.table.rows.values.columns][2:4] == [
            "training error (%)",
            "validation error (%)",
        ]
        assert pane.table.rows.texts(0)[0] == "100"

    def test_that_rows_are_copied_under_their_names(self, full):
        full.actions_of_plots.table.setChecked(True)
        full._show_values()
        table = full.side.values.table
        table.selectRow(2)
        QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        first, second = QGuiApplication.clipboard().text().split("\n")
        assert first.split("\t")[:2] == ["Step", "Epoch"]
        assert second.split("\t")[0] == "2"

    def test_that_all_values_go_into_a_csv_file(self, full, tmp_path):
        values = full.values()
        list(saving_table([each.title for each in values.columns], values.rows, tmp_path / "values.csv", False))
        rows = list(csv.reader((tmp_path / "values.csv").read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 21_061
        assert rows[352][0] == "351"
        assert float(rows[352][4]) == 1.6


class TestPictures:
    @pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
    def test_that_a_picture_has_title_axes_and_legend(self, full, tmp_path, kind):
        full.runs.front.name = "the $run$ in front"
        full.show_other(another("_another"))
        path = tmp_path / f"curves.{kind}"
        write(full.drawing(), path, kind)
        content = path.read_bytes()
        assert content.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])
        if kind == "svg":
            texts = set(re.findall(r"<text[^>]*>([^<]*)</text>", content.decode()))
            words = {"the $run$ in front", "Training steps", "Loss (nats)", "Top-1 error (%)", "_another", "validation"}
            assert words <= texts
            assert b"<image" not in content, "all of it are lines"

    def test_that_a_logarithmic_picture_over_time_is_written(self, full, tmp_path):
        full.set_batch_size(128)
        full.forget_from(0)
        full.add_losses(0, noisy(5_000), 1_280.0)
        full.actions_of_plots.set_unit("time")
        for action in (full.actions_of_plots.log_x, full.log_action):
            action.setChecked(True)
        write(full.drawing(), tmp_path / "curves.svg", "svg")
        assert "Training time" in (tmp_path / "curves.svg").read_text(encoding="utf-8")
