"""The search for a learning rate in the window: the curve, the suggestion, and what is done with it."""

import math

import pytest
from PySide6.QtWidgets import QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress, StepsDone, Task
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.rate_range import LEAST, MOST, STEPS, judged, rate_at
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.train import rate_finding
from alexnet_app.ui.train.form_fields import fields, values_of
from alexnet_app.ui.train.rate_finding import RateFinding
from alexnet_app.ui.train.views.rate_range_plot import RateRangePlot

LONG = 60_000
RATES = [rate_at(step, LEAST, MOST, STEPS) for step in range(STEPS)]


def losses(falls_at=1e-2):
    return [2.3 - 1.8 / (1 + (falls_at / rate) ** 2) + (rate / 0.3) ** 4 for rate in RATES]


@pytest.fixture
def finding(qtbot, jobs):
    owner = QWidget()
    qtbot.addWidget(owner)
    form = ConfigForm(fields())
    form.setParent(owner)
    form.set_preset("custom", values_of(TrainConfig()), "")
    owner.show()
    made = RateFinding(jobs, form, TrainConfig, owner)
    yield made
    made.leave()


def tries(monkeypatch, values, error=None):
    def work(config, asked=None):
        yield Progress(Task.PREPARE, 1, 2)
        if error is not None:
            raise error
        for first in range(0, STEPS, 10):
            yield StepsDone(first, tuple(values[first : first + 10]), 0.01, 1.0)
        return judged(RATES, values)

    monkeypatch.setattr(rate_finding, "rate_range", work)


def test_that_the_suggestion_is_shown_and_taken_over_when_it_is_agreed_to(finding, qtbot, monkeypatch):
    tries(monkeypatch, losses())
    changed = []
    finding._form.changed.connect(changed.append)
    finding.button.click()
    dialog = finding.dialog
    assert not dialog.take.isEnabled()
    qtbot.waitUntil(dialog.take.isEnabled, timeout=LONG)
    assert "The loss falls fastest at" in dialog.said.text()
    assert "the form has 0.01" in dialog.said.text()
    assert finding._form.values()["learning_rate"] == 0.01, "nothing is changed unasked"
    suggested = judged(RATES, losses()).suggested
    assert dialog.take.text() == f"Use {suggested:g}"
    assert "steepest" in dialog.plot.accessibleDescription()
    dialog.take.click()
    assert finding._form.values()["learning_rate"] == suggested
    assert changed == ["learning_rate"]
    assert finding.dialog is None


def test_that_without_a_suggestion_nothing_can_be_taken(finding, qtbot, monkeypatch):
    tries(monkeypatch, [2.3] * STEPS)
    finding.action.trigger()
    dialog = finding.dialog
    qtbot.waitUntil(lambda: "has lowered the loss" in dialog.said.text(), timeout=LONG)
    assert not dialog.take.isEnabled()
    assert "No rate is suggested" in dialog.take.toolTip()
    dialog.reject()


def test_that_a_failure_is_told_in_the_window(finding, qtbot, monkeypatch):
    tries(monkeypatch, [], UserError("there are no images", "choose others"))
    finding.action.trigger()
    dialog = finding.dialog
    qtbot.waitUntil(lambda: "There are no images; choose others." in dialog.said.text(), timeout=LONG)
    dialog.reject()


def test_that_nothing_is_tried_beside_a_training_or_with_errors_in_the_form(finding, monkeypatch):
    tries(monkeypatch, losses())
    finding.follow(busy=True)
    assert not finding.button.isEnabled()
    assert "stop it first" in finding.button.toolTip()
    finding.follow(busy=False)
    finding._config = lambda: None
    finding.action.trigger()
    assert finding.dialog is None


def test_that_what_is_no_number_is_left_out_of_the_drawing(qtbot, scheme):
    plot = RateRangePlot()
    qtbot.addWidget(plot)
    plot.resize(480, 240)
    plot.show_losses(RATES, [*losses()[:250], *[math.nan] * 50], (LEAST, MOST))
    plot.show_result(judged(RATES, losses()).smooth, [(0.01, "steepest"), (0.9, "too large")])
    drawn = plot.grab().toImage()
    assert len({drawn.pixel(x, y) for x in range(0, drawn.width(), 3) for y in range(0, drawn.height(), 3)}) > 3
    RateRangePlot().grab()
