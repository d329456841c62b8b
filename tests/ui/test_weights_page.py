"""The page Weights of the Filters panel: the numbers of a layer, the towers it reads, dead units, when it reads."""

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from alexnet_app.core.events import Measured, RunStarted
from alexnet_app.core.insight.weights import layer_weights
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.filters import weight_jobs
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.settings import Settings


def saved(path, name="shapes-towers"):
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    if name == "shapes-towers":
        weights["conv3.weight"][:64, :48] *= 3  # tower A reads itself three times as strongly
    size = network.spec.input_size if network.spec.mean == "picture" else 1
    classes = tuple(str(number) for number in range(network.spec.classes))
    write_bundle(path, Bundle(network.spec, classes, torch.zeros(3, size, size), weights, {"step": 20, "epoch": 2}))
    return str(path)


@pytest.fixture
def run(tmp_path):
    made = Run.create(tmp_path / "run", "")
    made.filters_folder.mkdir(exist_ok=True)
    saved(made.last_file)
    events = [
        RunStarted("shapes-towers", "d", 1, 1, 1, 0, 10, 4, "CPU", "fp32", 1),
        Measured(20, {"silent/conv1": 0.125, "silent/conv3": 0.0}),
    ]
    made.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    return made


@pytest.fixture
def panel(qtbot, jobs, home, run, tmp_path):
    made = FiltersPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    column = saved(tmp_path / "column.alexnet", "cifar-2012")
    made.set_models([("a run", str(run.last_file)), ("one column", column)])
    settle(jobs, qtbot)
    return made


def settle(jobs, qtbot):
    qtbot.waitUntil(lambda: not jobs.running(), timeout=60_000)


def test_that_the_weights_of_every_layer_are_shown(panel, jobs, qtbot, run):
    panel.side.action.trigger()
    settle(jobs, qtbot)
    pane = panel.side.weights
    known = {each.layer: each for each in layer_weights(read_bundle(run.last_file))}
    assert [pane.layer.itemText(place) for place in range(pane.layer.count())] == list(known)
    assert pane.layer.currentText() == "conv1"
    assert not pane.matrix.isVisible()
    assert "reads itself alone" in pane.notes()[1]
    for name in ("conv3", "fc6", "fc8"):
        pane.choose(name)
        assert ("Weights", f"{known[name].weights.count:,}") in pane.facts.rows()
        assert sum(pane.histogram.counts()) == known[name].weights.count
        np.testing.assert_allclose(pane.matrix.shares(), known[name].energy)
    pane.choose("conv3")
    assert pane.matrix.accessibleName().startswith("Tower A reads: 89.9\N{NO-BREAK SPACE}% of tower A")
    assert "50 % if it made no difference" in pane.notes()[1]


def test_that_dead_units_are_told_by_layer(panel, jobs, qtbot, tmp_path):
    panel.side.action.trigger()
    settle(jobs, qtbot)
    pane = panel.side.weights
    assert pane.dead.rows() == [("conv1", "6 of 48"), ("conv3", "0 of 128")]
    assert "validation images of the run, at step 20" in pane.notes()[2]
    panel.choose_model(str(tmp_path / "column.alexnet"))
    settle(jobs, qtbot)
    assert not pane.dead.isVisible()
    assert pane.notes()[1:] == (
        "The network has one column.",
        "Not known. The page of a unit in Inside counts them for its layer when images are chosen.",
    )


def test_that_nothing_is_read_until_somebody_looks(panel, jobs, qtbot, monkeypatch):
    read = []
    weigh = weight_jobs.weigh
    monkeypatch.setattr(weight_jobs, "weigh", lambda path, asked: (read.append(path), weigh(path, asked))[1])
    panel.next_action.trigger()
    settle(jobs, qtbot)
    assert not read
    panel.side.action.trigger()
    settle(jobs, qtbot)
    assert panel.side.weights.layer.currentText() == "conv2", "the layer of the kernels"
    panel.next_action.trigger()
    settle(jobs, qtbot)
    assert panel.side.weights.layer.currentText() == "conv3"
    assert len(read) == 1, "the weights of all layers are known"


def test_that_a_layer_without_kernels_stays_chosen_while_the_kernels_are_sorted(panel, jobs, qtbot):
    panel.side.action.trigger()
    settle(jobs, qtbot)
    panel.side.weights.choose("fc6")
    panel.bar.wanted_order = "strength"
    panel.bar.changed.emit()
    settle(jobs, qtbot)
    assert panel.side.weights.layer.currentText() == "fc6"


def test_that_the_keys_choose_a_layer(panel, jobs, qtbot):
    panel.side.action.trigger()
    settle(jobs, qtbot)
    QTest.keyClick(panel.side.weights.layer, Qt.Key.Key_Down)
    assert panel.side.weights.layer.currentText() == "conv2"
    assert ("Weights", "57,600") in panel.side.weights.facts.rows()


def test_that_a_model_that_is_gone_is_said(panel, jobs, qtbot, run):
    run.last_file.unlink()
    panel.side.action.trigger()
    settle(jobs, qtbot)
    assert panel.banner.isVisible()
    assert panel.side.weights.facts.rows() == []


def test_that_both_schemes_show_the_shares(panel, jobs, qtbot, scheme):
    panel.side.action.trigger()
    settle(jobs, qtbot)
    panel.side.weights.choose("conv3")
    picture = panel.side.weights.matrix.grab().toImage()
    first = picture.pixelColor(picture.width() // 2, picture.height() // 2 - 4)
    assert first.saturation() > 30, "the colour of a tower"
