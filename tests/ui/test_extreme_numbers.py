"""Numbers as large as an event of somebody else can have: nothing in the window or in a terminal breaks at them."""

import dataclasses
import math
from enum import StrEnum
from pathlib import Path
from typing import get_origin

import pytest

import alexnet_app.ui
from alexnet_app.commands.prepare import _day
from alexnet_app.commands.progress import Bars
from alexnet_app.core.events import RunStarted, StepsDone
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import EVENTS, LARGEST, LARGEST_REAL, event_from_line, to_line
from alexnet_app.ui.parts.share_bar import PARTS, ShareBar
from alexnet_app.ui.parts.wording import date
from alexnet_app.ui.train.live_run import LiveRun
from alexnet_app.ui.train.run_end import resumed

STARTED = RunStarted("cifar-towers", "data", 1, 54, 6, 0, 7, 3, "cpu", "fp32", 1)
NUMBERS = [(0, 0.0), (1, -1.0), (LARGEST, LARGEST_REAL), (LARGEST, -LARGEST_REAL), (LARGEST, 5e-324), (1, math.nan)]


def made(kind, whole, real):
    """An event of ``kind`` with these numbers; None where there is none."""
    values = {}
    for field in dataclasses.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, StrEnum):
            values[field.name] = next(iter(field.type))
        elif get_origin(field.type) is tuple:
            values[field.name] = (real, real) if "float" in str(field.type) else ()
        elif field.type in (int, float, str, bool):
            values[field.name] = {int: whole, float: real, str: "x", bool: True}[field.type]
        else:
            values[field.name] = {"chance/loss": real, "silent/conv1": real}
    try:
        return event_from_line(to_line(kind(**values), 1.0))
    except ValueError:
        return None


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("live", [True, False])
def test_that_no_number_of_an_event_breaks_what_is_shown(qtbot, numbers, live):
    shown = LiveRun([])
    qtbot.addWidget(shown)
    shown.resize(900, 500)
    bars = Bars()
    for name, kind in EVENTS.items():
        event = made(kind, *numbers)
        assert event is not None or numbers[0] == 0, name
        shown.begin(variant("cifar-towers"), 8, live=live)
        for each in (STARTED, StepsDone(0, (2.0,), 0.1, 9.0), event, StepsDone(1, (2.0,), 0.1, 9.0)):
            if each is not None:
                shown.show_event(each)
                bars._show(each)
                shown.refresh()
        shown.curves._draw()
        shown.end()
        if name == "Resumed":
            resumed(event)
    shown.grab()


@pytest.mark.parametrize("number", [1e41, -1e308, 10**41])
def test_that_an_event_of_larger_numbers_is_none(number):
    line = '{"event": "RateChanged", "step": 1, "rate": %r, "reason": "asked"}'
    assert event_from_line(line % 1e40) is not None
    assert event_from_line(line % number) is None
    many = '{"event": "StepsDone", "first": 0, "losses": [1.0, %r], "rate": 0.1, "images_per_second": 1.0}'
    assert event_from_line(many % 1e40) is not None
    assert event_from_line(many % number) is None


@pytest.mark.parametrize(
    ("share", "value"), [(-1e300, 0), (0.5, PARTS // 2), (1e300, PARTS), (math.inf, PARTS), (2.0**53, PARTS)]
)
def test_that_a_share_is_shown_within_its_bar(qtbot, share, value):
    bar = ShareBar()
    qtbot.addWidget(bar)
    bar.show_share(share)
    assert (bar.value(), bar.maximum()) == (value, PARTS)
    for unknown in (None, math.nan):
        bar.show_share(unknown)
        assert bar.maximum() == 0


def test_that_every_bar_of_the_window_is_one_of_these():
    folder = Path(alexnet_app.ui.__file__).parent
    users = [path.stem for path in folder.rglob("*.py") if "QProgressBar" in path.read_text(encoding="utf-8")]
    assert users == ["share_bar"]


@pytest.mark.parametrize("time", [-(2.0**62), -1.0, 0.0, 2.0**40, 2.0**62, 1e300])
def test_that_a_file_of_any_time_has_a_date(time):
    assert isinstance(date(time), str)
    assert isinstance(_day(time), str)
