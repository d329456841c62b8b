"""What is measured of a run: offered where it is there, in words, with units, and read off below the curves."""

import datetime
import math

import numpy as np
import pytest
from PySide6.QtCore import QLocale

from alexnet_app.core import measures as names
from alexnet_app.core.events import Measured, Paused, RunStarted, StepsDone
from alexnet_app.core.network.variants import variant
from alexnet_app.ui.curves.axes import ValueAxis
from alexnet_app.ui.curves.catalogue import measure_of, measures
from alexnet_app.ui.curves.learning_curves import LearningCurves
from alexnet_app.ui.parts import wording
from alexnet_app.ui.parts.progress_line import ProgressLine
from alexnet_app.ui.parts.wording import ending, time_left
from alexnet_app.ui.speed import EndTime
from alexnet_app.ui.train.live_run import LiveRun
from alexnet_app.ui.train.readings_line import readings_line

GIB = 2**30
FAMILIES = (
    names.UPDATE,
    names.GRADIENT,
    names.GRADIENTS,
    names.SPEED,
    names.TIME,
    names.CPU,
    names.MEMORY,
    names.DISK,
    names.GPU_LOAD,
    names.GPU_MEMORY,
    names.GPU_TEMPERATURE,
    names.GPU_POWER,
)


@pytest.fixture
def curves(qtbot):
    made = LearningCurves()
    qtbot.addWidget(made)
    made.resize(1200, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_that_every_family_that_is_measured_has_a_row_with_a_title():
    rows = {row.family: row for row in measures()}
    assert set(FAMILIES) <= rows.keys()
    assert all(rows[family].title and rows[family].own for family in FAMILIES)
    assert not rows[names.GPU_MEMORY_LIMIT].own


@pytest.mark.parametrize(
    ("family", "value", "text"),
    [
        ("update", 0.00123, "0.0012"),
        ("update", 0.0002734, "3e-04"),
        ("gradient", 4.5892, "4.59"),
        ("speed", 2310.4, "2,310"),
        ("time", 0.254, "25.4 %"),
        ("cpu", 1.8, "180 %"),
        ("memory", 12.3 * GIB, "12.3"),
        ("gpu-temperature", 71.0, "71 °C"),
        ("gpu-power", 412.5, "412 W"),
        ("gpu-power", math.nan, ""),
        ("weights-conv1", -0.0331, "-0.033"),
    ],
)
def test_that_a_value_is_read_with_its_unit(family, value, text):
    assert measure_of(family).text(value) == text


def test_that_the_weights_of_a_layer_are_a_plot_below_and_above_zero(curves):
    curves.add_losses(0, np.linspace(2.3, 1.0, 100))
    spread = {"min": -0.5, "p1": -0.2, "p10": -0.1, "p50": 0.0, "p90": 0.1, "p99": 0.2, "max": 0.4}
    for step in (1, 50, 100):
        for member, value in spread.items():
            curves.add_value(f"weights-conv1/{member}", step, value)
    box = curves.controls._below
    assert box.itemText(1) == "Weights of conv1"
    box.setCurrentIndex(1)
    box.activated.emit(1)
    curves.redraw()
    called = [entry.full_name for _, entry in curves._sheet.chosen._parts]
    assert called[:7] == ["least", "1 %", "10 %", "median", "90 %", "99 %", "most"]
    low, high = curves._sheet.chosen.plot.plotItem.vb.viewRange()[1]
    assert low < -0.5
    assert high > 0.4
    axis = ValueAxis()
    axis.signed = True
    assert min(axis.tickValues(-0.5, 0.5, 200)[0][1]) < 0
    axis.signed = False
    assert min(axis.tickValues(-0.5, 0.5, 200)[0][1]) >= 0


def test_that_an_old_run_offers_no_series_that_it_does_not_have(curves):
    curves.add_losses(0, np.linspace(2.3, 1.0, 100))
    curves.add_value("rate", 0, 0.01)
    box = curves.controls._below
    assert [box.itemData(place) for place in range(box.count())] == ["", "rate"]


WHOLE = {
    "gpu-load/GPU 0": 0.96,
    "gpu-temperature/GPU 0": 71.0,
    "gpu-power/GPU 0": 412.5,
    "gpu-memory/GPU 0": 12.3 * GIB,
    "gpu-memory-limit/GPU 0": 80 * GIB,
    "cpu/process": 1.8,
    "memory/process": 3.1 * GIB,
    "memory/machine": 5 * GIB,
    "memory/limit": 16 * GIB,
    "disk": 500 * GIB,
    "update/conv1": 0.01,
}


def plain(text: str) -> str:
    return text.replace("\N{FIGURE SPACE}", "").replace("\N{NO-BREAK SPACE}", " ")


def test_that_the_machine_is_one_line():
    assert plain(readings_line(WHOLE)) == (
        "GPU 96 %, 71 °C, 412 W, 12.3 of 80.0 GiB · CPU 180 % · memory 3.1 GiB, 5.0 of 16.0 GiB in use"
    )


def test_that_what_is_not_there_is_not_in_the_line():
    assert readings_line({"update/conv1": 0.01}) == ""
    assert plain(readings_line({"cpu/process": 0.5})) == "CPU 50 %"
    assert plain(readings_line({"gpu-temperature/GPU 1": 60.0})) == "GPU 60 °C"
    assert plain(readings_line({"disk": 3 * GIB})) == "3.0 GiB of disk space left"
    two = {"gpu-load/GPU 0": 0.5, "gpu-load/GPU 1": 0.25, "gpu-memory/GPU 1": GIB}
    assert plain(readings_line(two)) == "GPU 0 50 % · GPU 1 25 %"


def test_that_a_line_is_as_wide_with_other_numbers():
    few = {**WHOLE, "gpu-load/GPU 0": 0.04, "cpu/process": 0.07, "memory/process": GIB, "gpu-memory/GPU 0": GIB}
    assert len(readings_line(few)) == len(readings_line(WHOLE))


def stamp(*when: int) -> float:
    return datetime.datetime(*when).timestamp()


NOW = stamp(2026, 11, 30, 21, 30)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (stamp(2026, 11, 30, 23, 40), "ends at 23:40"),
        (stamp(2026, 12, 1, 3, 15), "ends Tue 03:15"),
        (stamp(2026, 12, 12, 3, 15), "ends 12 Dec"),
        (stamp(2027, 1, 2, 3, 15), "ends 2 Jan 2027"),
        (1e30, "ends 31 Dec 9999"),
    ],
)
def test_that_an_end_is_said_by_the_clock_and_by_the_day_where_it_is_another(end, said, monkeypatch):
    monkeypatch.setattr(wording.QLocale, "system", staticmethod(lambda: QLocale(QLocale.Language.C)))
    assert ending(end, NOW) == said


def test_that_the_clock_is_the_one_of_the_country(monkeypatch):
    here = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
    monkeypatch.setattr(wording.QLocale, "system", staticmethod(lambda: here))
    assert ending(stamp(2026, 11, 30, 23, 40), NOW).replace("\u202f", " ") == "ends at 11:40 PM"


@pytest.mark.parametrize(
    ("seconds", "said"), [(40, "40 s"), (700, "12 min"), (7800, "2 h 10 min"), (40_000, "11 h"), (300_000, "3.5 days")]
)
def test_that_hours_are_said_with_their_minutes(seconds, said):
    assert time_left(seconds) == said


def test_that_an_end_stays_while_it_is_as_good_as_true_and_moves_after_a_pause_or_sleep():
    end = EndTime()
    first = end.at(7_200, 1_000.0)
    assert end.at(7_240, 1_000.0) == first
    assert end.at(7_000, 1_150.0) == first
    assert end.at(7_000, 1_150.0 + 3_600) == 1_150.0 + 3_600 + 7_000


def test_that_what_waits_for_a_person_or_is_soon_over_has_no_end_by_the_clock():
    end = EndTime()
    assert end.left(None) == ""
    assert end.left(60) == "60 s left"
    assert end.left(7_800, waits=True) == "2 h 10 min left"
    assert end.left(7_800).startswith("2 h 10 min left, ends ")


@pytest.fixture
def live(qtbot):
    made = LiveRun([])
    qtbot.addWidget(made)
    made.resize(1400, 700)
    made.begin(variant("shapes-towers"), 64, live=True)
    with qtbot.waitExposed(made):
        made.show()
    return made


STARTED = RunStarted("n", "d", 1, 6_400, 10, 0, 100, 50, "cpu", "fp32", 1)


def test_that_a_live_run_says_how_long_still_until_when_and_how_the_machine_is(live):
    assert live.machine.isVisible()
    assert live.machine.text() == ""
    assert live.machine.x() == live.bar._where.x(), "below what the line above it says"
    height = live.split.height()
    for event in (STARTED, StepsDone(0, (2.0,) * 10, 0.01, 64.0), Measured(10, WHOLE)):
        live.show_event(event)
    live.refresh()
    assert live.bar._rest.text().startswith("83 min left, ends ")
    assert "71 °C" in live.machine.text()
    assert live.split.height() == height, "nothing jumps"
    live.show_event(Paused(10))
    live.refresh()
    assert live.bar._rest.text() == "83 min left"
    live.end()
    assert not live.machine.isVisible()


def test_that_a_past_run_has_no_line_of_the_machine(live):
    live.begin(variant("shapes-towers"), 64, live=False)
    live.show_event(Measured(10, WHOLE))
    live.refresh()
    assert not live.machine.isVisible()
    assert live.bar._rest.text() == ""


def test_that_the_end_gives_way_before_the_speed_and_the_rest(qtbot):
    line = ProgressLine(["where", "bar", "speed", "rest"])
    qtbot.addWidget(line)
    line.resize(1200, 30)
    line.show()
    told = ("epoch 1 of 50 · step 10", 0.1, "64 images/s", "83 min left, ends at 23:40")
    line.show_progress(*told)
    assert line._rest.text() == told[3]
    line.resize(line._where.sizeHint().width() + line.fontMetrics().horizontalAdvance("83 min left") + 130, 30)
    line.show_progress(*told)
    assert line._rest.text() == "83 min left"
    assert not line._rest.isHidden()
    line.resize(1200, 30)
    line.show_progress(*told)
    assert line._rest.text() == told[3]
