"""Named series beside losses and errors: kept, drawn below, chosen."""

import math

import numpy as np
import pytest

from alexnet_app.core.events import Measured, NormalizationSeen, StepsDone
from alexnet_app.core.measures import series_of
from alexnet_app.core.runs.lines import event_from_line, to_line
from alexnet_app.ui.curves.catalogue import measure_of, measures
from alexnet_app.ui.curves.learning_curves import LearningCurves
from alexnet_app.ui.curves.series import MOST_FAMILIES, MOST_SERIES, AllSeries, Series


@pytest.fixture
def curves(qtbot):
    made = LearningCurves()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def value_at(series, step):
    steps, values = series.drawn()
    return float(np.interp(step, steps, values))


def test_that_a_stretch_of_equal_values_is_kept_as_its_ends():
    series = Series()
    for step in range(0, 1000, 10):
        series.put(step, 0.01 if step < 500 else 0.001)
    assert len(series.steps) == 4
    assert [value_at(series, step) for step in (0, 250, 490, 500, 990)] == [0.01, 0.01, 0.01, 0.001, 0.001]


def test_that_what_is_cut_leaves_the_stretch_before_it():
    series = Series()
    for step in (0, 10, 20, 30):
        series.put(step, 1.0)
    series.put(40, 2.0)
    series.cut(25)
    assert (series.steps[0], series.steps[-1], set(series.values)) == (0, 25, {1.0})
    series.cut(-1)
    assert not series.steps


def test_that_the_value_nearest_to_a_step_is_told():
    series = Series()
    assert math.isnan(series.at(3))
    for step, value in ((0, 1.0), (10, 2.0), (20, 4.0)):
        series.put(step, value)
    assert [series.at(step) for step in (None, 1, 9, 100)] == [4.0, 1.0, 2.0, 4.0]


def test_that_members_of_a_family_stand_together():
    kept = AllSeries()
    for name in ("silent/conv1", "rate", "silent/fc6"):
        kept.put(name, 1, 0.5)
    assert kept.families() == ("silent", "rate")
    assert list(kept.of("silent")) == ["conv1", "fc6"]
    assert list(kept.of("rate")) == [""]


def test_that_every_event_with_values_gives_series():
    found = [
        *series_of(StepsDone(10, (2.0, 1.9), 0.01, 100.0)),
        *series_of(NormalizationSeen(12, "conv1", 0.03, 0.4)),
        *series_of(Measured(12, {"silent/conv1": 0.25})),
    ]
    assert found == [("rate", 10, 0.01), ("rate", 12, 0.01), ("lrn-cut/conv1", 12, 0.03), ("silent/conv1", 12, 0.25)]


def test_that_values_survive_the_log_and_a_foreign_line_does_not():
    event = Measured(12, {"silent/conv1": 0.25, "rate": math.nan})
    back = event_from_line(to_line(event, 0.0))
    assert (back.step, back.values["silent/conv1"]) == (12, 0.25)
    assert math.isnan(back.values["rate"])
    assert event_from_line('{"event": "Measured", "step": 1, "values": {"a": "b"}}') is None
    assert event_from_line('{"event": "Measured", "step": 1, "values": [1.0]}') is None


def test_that_a_third_plot_is_offered_once_there_is_something_and_can_be_chosen(curves):
    box = curves.controls._below
    assert not box.isEnabled()
    curves.add_losses(0, np.linspace(2.3, 1.0, 100))
    curves.add_value("rate", 0, 0.01)
    curves.add_value("silent/conv1", 100, 0.25)
    curves.add_value("chance/loss", 0, math.log(10))
    assert [box.itemData(place) for place in range(box.count())] == ["", "rate", "silent"]
    assert len(curves._sheet.plots) == 2
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert len(curves._sheet.plots) == 3
    assert curves._sheet.chosen.plot.isVisible()
    assert "25.0 %" in next(part.text() for _, part in curves._sheet.chosen._parts)
    curves.clear()
    assert len(curves._sheet.plots) == 2
    assert not curves._sheet.chosen.plot.isVisible()


def test_that_chance_is_a_line_across_that_changes_no_height(curves):
    curves.add_losses(0, np.full(50, 0.5))
    curves.redraw()
    before = curves._sheet.losses.plot.plotItem.vb.viewRange()[1]
    curves.add_value("chance/loss", 0, math.log(10))
    curves.redraw()
    assert curves._sheet.losses.plot.plotItem.vb.viewRange()[1] == before
    assert set(curves._sheet.losses.chance.getData()[1]) == {math.log(10)}
    assert curves._sheet.losses._chance_entry.text().endswith("2.303")


def test_that_a_family_without_a_row_is_offered_under_its_own_name(curves):
    curves.add_value("fan-speed", 5, 61.0)
    assert curves.controls._below.itemText(1) == "fan-speed"
    assert measure_of("fan-speed").title == "fan-speed"
    assert len({row.family for row in measures()}) == len(measures())


def test_that_a_run_that_goes_back_to_its_checkpoint_forgets_later_values(curves):
    for step in (100, 200, 300):
        curves.add_value("silent/conv1", step, step / 1000)
    curves.forget_from(200)
    assert curves._run.series.of("silent")["conv1"].steps == [100, 200]


def test_that_thousands_of_names_are_neither_kept_nor_offered_again_and_again(curves, monkeypatch):
    assert event_from_line(to_line(Measured(1, {f"m/{each}": 1.0 for each in range(1_001)}), 0.0)) is None
    offered = []
    monkeypatch.setattr(curves.controls, "offer", lambda families: offered.append(len(families)))
    for step in (1, 2):
        for each in range(1_000):
            curves.add_value(f"layers/{each}", step, 1.0)
            curves.add_value(f"m{each}/x", step, 1.0)
    assert offered == list(range(1, MOST_FAMILIES + 1))
    assert sum(len(curves._run.series.of(family)) for family in curves._run.series.families()) <= MOST_SERIES
