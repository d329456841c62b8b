"""The split of the towers as a scatter of their kernels: what is drawn, what is said, what a click does."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from alexnet_app.core.insight.selectivity import colour_index, orientation_index, specialization
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.settings import Settings


@pytest.fixture
def panel(qtbot, jobs, home):
    made = FiltersPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    made.set_models([("photos", str(bundled_models()[0]))])
    qtbot.waitUntil(lambda: not jobs.running(), timeout=60_000)
    made.split.action.trigger()
    return made


def test_that_every_kernel_is_drawn_by_its_indices_and_counted_as_the_bars_count(panel):
    bundle = read_bundle(bundled_models()[0])
    weights = bundle.weights["conv1.weight"].float().numpy()
    plot = panel.split.plot
    assert [(each.tower, each.number) for each in plot.dots()] == [(n // 48, n + 1) for n in range(96)]
    np.testing.assert_allclose([each.direction for each in plot.dots()], orientation_index(weights))
    np.testing.assert_allclose([each.colour for each in plot.dots()], colour_index(weights))
    known = specialization(weights, bundle.spec.tower_slices("conv1"), rounds=0)
    for tower, traits in enumerate(known.towers):
        assert plot.counts(tower) == (traits.orientations, traits.colours)
    left, right = min(plot.dots(), key=lambda dot: dot.direction), max(plot.dots(), key=lambda dot: dot.direction)
    assert plot.place_of(left).x() < plot.place_of(right).x()
    assert plot.grab().toImage().pixelColor(plot.place_of(right).toPoint()).saturation() > 100


def test_that_the_verdict_and_its_probability_are_said(panel):
    said = panel.split.words.text()
    assert "Tower A (discs): 44 of 48 kernels have learned, mostly lines" in said
    assert "Tower B (triangles): 48 of 48 kernels have learned, mostly colours" in said
    assert "p = 0.01" in said
    panel.film.bar.slider.setValue(0)
    said = panel.split.words.text()
    assert "snapshot at epoch 0.00" in said
    assert "0 of 48 kernels have learned\n" in said
    assert "mostly" not in said
    assert not any(each.learned for each in panel.split.plot.dots())


def test_that_a_click_shows_the_kernel(panel):
    plot = panel.split.plot
    dot = max(plot.dots(), key=lambda each: each.direction)
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.place_of(dot).toPoint())
    assert panel.kernel_view.kernel().title == f"Kernel {dot.number} of tower {'AB'[dot.tower]}"


def test_that_there_is_no_split_without_colours(panel, jobs, qtbot):
    panel.next_action.trigger()
    qtbot.waitUntil(lambda: not jobs.running())
    assert not panel.split.action.isEnabled()
    assert panel.split.action.toolTip() == "Choose the first layer of a network with two towers"
    assert not panel.split.plot.dots()
