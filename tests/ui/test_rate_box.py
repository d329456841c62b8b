"""The learning rate beside the curves: shown, typed, refused with its limits, taken back."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from alexnet_app.core.events import RateChanged, RateReason, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.steering import DivideRate, Leave, SetRate, Stop, UndoRate
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.train.rate_steering import RateSteering
from alexnet_app.ui.train.run_control import RunControl
from alexnet_app.ui.train.views.rate_box import RateBox

LONG = 60_000


@pytest.fixture
def box(qtbot):
    shown = RateBox(1e-9, 10.0, [QAction("÷ 10"), QAction("Undo")])
    qtbot.addWidget(shown)
    shown.show()
    shown.allow("")
    shown.show_rate(0.01)
    return shown


def typed(qtbot, box, text):
    box.edit.setFocus()
    box.edit.selectAll()
    qtbot.keyClicks(box.edit, text)


def test_that_the_current_rate_stands_in_the_field(box):
    assert box.edit.text() == "0.01"
    box.show_rate(0.001)
    assert box.edit.text() == "0.001"
    box.show_rate(0.0)
    assert box.edit.text() == ""


def test_that_a_rate_that_is_typed_and_entered_is_wanted(box, qtbot):
    with qtbot.waitSignal(box.wanted) as wanted:
        typed(qtbot, box, "0,025")
        qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    assert wanted.args == [0.025]


def test_that_it_reads_as_in_the_country(box):
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    try:
        box.show_rate(0.005)
        assert box.edit.text() == "0,005"
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize("text", ["37", "0", "fast", ""])
def test_that_a_rate_that_cannot_be_is_marked_and_not_wanted(box, qtbot, text):
    wanted = []
    box.wanted.connect(wanted.append)
    typed(qtbot, box, text or " ")
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    assert not wanted
    assert box.edit.toolTip().startswith("Learning rate ")
    assert box.edit.accessibleDescription() == box.edit.toolTip()


def test_that_what_is_only_typed_is_given_up_by_escape_and_by_leaving(box, qtbot):
    typed(qtbot, box, "0.5")
    box.show_rate(0.002)
    assert box.edit.text() == "0.5", "what is being typed stays"
    qtbot.keyClick(box.edit, Qt.Key.Key_Escape)
    assert box.edit.text() == "0.002"
    typed(qtbot, box, "0.7")
    box.edit.clearFocus()
    assert box.edit.text() == "0.002"


def test_that_it_says_why_no_rate_can_be_set(box):
    box.allow("No run is in progress")
    assert box.edit.isReadOnly()
    assert box.edit.toolTip() == "No run is in progress"


def trained(asked):
    """What a run tells that does what is asked of it at once."""
    rates = [0.01]
    yield RunStarted("shapes-towers", "shapes", 1, 64, 64, 64, 1, 9, "cpu", "fp32", 1)
    yield StepsDone(0, (2.3,), rates[-1], 10.0)
    while not isinstance(command := asked.get(timeout=LONG / 1000), Stop | Leave):
        match command:
            case SetRate(rate):
                rates.append(rate)
            case DivideRate(by):
                rates.append(rates[-1] / by)
            case UndoRate():
                rates.pop()
        yield RateChanged(1, rates[-1], RateReason.UNDONE if isinstance(command, UndoRate) else RateReason.ASKED)
    yield RunEnded("stopped", 1, 0)


@pytest.fixture
def steered(qtbot):
    """A run that is on, and what steers it."""
    jobs, state = Jobs(), RunState(batch_size=1)
    control = RunControl(jobs)
    steering = RateSteering(control)
    control.reported.connect(lambda event: (state.take(event), steering.follow(state)))
    steering.box.show()
    control.start(trained, trains=True)
    qtbot.waitUntil(lambda: steering.box.rate() == 0.01, timeout=LONG)
    yield control, steering.box
    control.stop()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)
    steering.box.close()
    steering.box.deleteLater()


def test_that_a_run_is_steered_and_what_was_asked_is_taken_back(steered, qtbot):
    control, box = steered
    assert not control.undo_action.isEnabled()
    assert control.undo_action.toolTip() == "The learning rate was not changed by hand"
    typed(qtbot, box, "0.03")
    qtbot.keyClick(box.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: box.rate() == 0.03, timeout=LONG)
    control.rate_action.trigger()
    qtbot.waitUntil(lambda: box.rate() == pytest.approx(0.003), timeout=LONG)
    assert control.undo_action.toolTip() == "Back to a learning rate of 0.03"
    for rate in (0.03, 0.01):
        control.undo_action.trigger()
        qtbot.waitUntil(lambda rate=rate: box.rate() == rate, timeout=LONG)
    qtbot.waitUntil(lambda: not control.undo_action.isEnabled(), timeout=LONG)


def test_that_nothing_is_left_to_steer_when_the_run_has_ended(steered, qtbot):
    control, box = steered
    control.set_rate(0.5)
    qtbot.waitUntil(control.undo_action.isEnabled, timeout=LONG)
    control.stop()
    qtbot.waitUntil(lambda: not control.is_on(), timeout=LONG)
    assert box.edit.isReadOnly()
    assert not control.undo_action.isEnabled()
    assert not control.rate_action.isEnabled()


def test_that_no_button_beside_save_now_changes_the_run(window):
    live = window.tabs.train.pages.run()
    texts = [each.text() for each in live.bar.findChildren(QToolButton)]
    assert "Save now" in texts
    assert not [text for text in texts if "10" in text]
