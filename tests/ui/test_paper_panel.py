"""The paper's experiments in the window: chosen, run, stopped, gone on with, found again."""

import tarfile
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.events import EpochDone, Resumed, RunEnded, RunStarted, StepsDone
from alexnet_app.core.experiments.catalogue import EXPERIMENTS
from alexnet_app.core.experiments.experiment import Concluded, Finding, Point, Row, RunBegun, RunLeft, RunOf
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import estimate
from alexnet_app.ui.paper.panel import PaperPanel
from alexnet_app.ui.paper.state import PaperState
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train import jobs as train_jobs

LONG = 60_000
NAME = "colour-noise"
OLDER = Path(__file__).parents[1] / "samples" / "before-own-networks.tar.xz"


@cache
def small_source():
    counts = {"train": 128, "validation": 30, "test": 40}
    splits = {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
    return Source("shapes", shapes.CLASSES, splits)


def small_drawing(_=0):
    yield from ()
    return small_source()


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", small_drawing)
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)


@pytest.fixture
def make(qtbot, jobs, home):
    """A panel as the window makes it, with torch loaded."""

    def made():
        panel = PaperPanel(jobs, Settings())
        qtbot.addWidget(panel)
        panel.resize(1280, 740)
        panel.show()
        panel.warm_up()
        return panel

    return made


@pytest.fixture
def panel(make):
    """Set to an experiment that takes two seconds."""
    panel = make()
    panel.list.choose(NAME)
    ask(panel.settings, epochs=1)
    return panel


def ask(settings, epochs):
    settings.data.take("shapes")
    settings.epochs.setValue(epochs)
    settings.seeds.setValue(1)


def ended(qtbot, panel):
    qtbot.waitUntil(lambda: not panel.is_running(), timeout=LONG)
    panel.refresh()


def said(panel):
    return " | ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def runs(home):
    folder = home / "AlexNet" / "experiments" / NAME
    return [Run(each) for each in sorted(folder.iterdir()) if each.is_dir()] if folder.is_dir() else []


def test_that_each_experiment_says_what_it_asks_and_what_the_paper_says(panel):
    for each in EXPERIMENTS:
        panel.list.choose(each.name)
        assert each.question in said(panel)
        assert each.where in said(panel)
        assert each.paper in said(panel)
        assert ("Supported: " in said(panel)) is bool(each.networks)
        assert each.networks in said(panel)


def test_that_the_levels_of_figure_1_are_drawn_and_taken_away_again(panel):
    panel.list.choose("figure-1")
    assert list(panel.page._plot._levels) == [40, 25, 15]
    panel.list.choose(NAME)
    assert not panel.page._plot._levels


def test_that_what_it_will_take_is_said_before_the_start(panel, qtbot):
    qtbot.waitUntil(lambda: "At most" in panel.page.takes.text(), timeout=LONG)
    takes, sizes = panel.page.takes.text().splitlines()
    assert takes.endswith("; from the preset shapes")
    assert sizes == "all networks: 471,690 parameters, 24.1 M multiply-adds, maps 28-13-13-6-6-6-6-2"


def test_that_a_refused_ablation_is_told_where_its_time_would_be_and_at_its_start(panel, qtbot):
    panel.list.choose("overlap")
    qtbot.waitUntil(lambda: "with 2 × 2 pooling the maps of" in panel.page.takes.text(), timeout=LONG)
    panel.start_action.trigger()
    ended(qtbot, panel)
    assert "overlap cannot be switched off" in panel.banner.text()
    assert panel.start_action.isEnabled()


def test_that_a_finding_of_older_networks_is_shown_as_such(make, qtbot, home):
    with tarfile.open(OLDER) as archive:
        archive.extractall(home / "AlexNet" / "experiments", filter="data")
    panel = make()
    panel.list.choose("one-tower")
    qtbot.waitUntil(lambda: bool(panel.page.table.rows()), timeout=LONG)
    assert "Measured by an earlier version" in said(panel)
    assert "norm.alpha 0.0001, now 0.0064" in said(panel)
    assert {curve for _, curve in panel._states["one-tower"].lines} == {"two towers", "one tower"}


def test_that_data_that_are_not_here_are_said_once(make, qtbot):
    panel = make()
    qtbot.waitUntil(lambda: "once the images are there" in panel.page.takes.text(), timeout=LONG)
    assert "CIFAR-10 is not in" in panel.banner.text()
    assert "CIFAR-10 is not in" not in panel.page.takes.text()


def test_that_cifar10_that_is_not_here_can_be_fetched_from_the_page(window, qtbot, monkeypatch):
    begun = []

    def downloading():
        begun.append(True)
        yield train_jobs.Arrived()

    monkeypatch.setattr(train_jobs, "downloading", downloading)
    paper = window.tabs.paper
    window.tabs.setCurrentWidget(paper)
    qtbot.waitUntil(lambda: "press Download CIFAR-10" in paper.banner.text(), timeout=LONG)
    (button,) = [each for each in paper.banner.findChildren(QPushButton) if each.text().startswith("Download CIFAR-10")]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(begun) and not window.tabs.train.download.is_on(), timeout=LONG)
    assert window.tabs.train.download.text() == "CIFAR-10 has been downloaded."
    paper.banner.hide()
    paper.start_action.trigger()
    ended(qtbot, paper)
    assert "press Download CIFAR-10" in paper.banner.text()
    assert not paper.banner.is_error()


def test_that_an_experiment_goes_from_start_to_its_finding_and_is_found_again(panel, qtbot, home, make):
    panel.start_action.trigger()
    assert panel.is_running()
    assert not panel.start_action.isEnabled()
    assert panel.start_action.toolTip() == panel.settings.epochs.toolTip() == "An experiment is running; stop it first"
    ended(qtbot, panel)
    assert [run.ended().reason for run in runs(home)] == ["finished", "finished"]
    assert "without colour noise" in panel.banner.text().lower()
    what, measured, paper, note = panel.page.table.rows()[2]
    assert (what, paper) == ("how much worse without colour noise is", "–")
    assert "the paper, on ILSVRC-2010: over 1 points" in note
    assert measured.endswith("points")
    lines = panel._states[NAME].lines
    assert {curve for _, curve in lines} == {"with colour noise", "without colour noise"}
    assert all(len(line) == 1 for line in lines.values())
    assert (home / "AlexNet" / "experiments" / NAME / "figure.png").is_file()
    assert panel.folder_action.isEnabled()

    later = make()
    later.list.choose(NAME)
    qtbot.waitUntil(lambda: later.page.table.rows() == panel.page.table.rows(), timeout=LONG)
    assert later._states[NAME].lines == lines
    assert "measured" in later.list.item([each.name for each in EXPERIMENTS].index(NAME)).text()


def test_that_a_stopped_experiment_goes_on(panel, qtbot, home):
    panel.settings.epochs.setValue(400)
    panel.start_action.trigger()
    state = panel._states[NAME]
    qtbot.waitUntil(lambda: state.run.step > 0, timeout=LONG)
    panel.refresh()
    assert "run 1 of 2" in panel.bar._where.text()
    panel.control.stop_action.trigger()
    assert not panel.control.stop_action.isEnabled()
    ended(qtbot, panel)
    (run,) = runs(home)
    step = run.ended().step
    assert "Stopped and saved" in panel.banner.text()
    panel.start_action.trigger()
    state = panel._states[NAME]
    qtbot.waitUntil(lambda: state.run.step > step, timeout=LONG)
    panel.control.stop_action.trigger()
    ended(qtbot, panel)
    assert [event.step for event in run.events() if isinstance(event, Resumed)] == [step]


def test_that_a_problem_is_told_in_the_banner(panel, qtbot, home):
    panel.settings.data.take(str(home / "nowhere"))
    panel.start_action.trigger()
    ended(qtbot, panel)
    assert "nowhere does not exist" in panel.banner.text()
    assert panel.start_action.isEnabled()


def test_that_another_experiment_can_be_looked_at_meanwhile(panel, qtbot):
    panel.settings.epochs.setValue(400)
    panel.start_action.trigger()
    panel.list.choose("figure-1")
    assert "figure" in said(panel).lower()
    qtbot.waitUntil(lambda: "run 1 of 2" in panel.bar._where.text(), timeout=LONG)
    assert panel.page._lines == {}
    panel.list.choose(NAME)
    assert panel.page._lines is panel._states[NAME].lines
    panel.control.stop_action.trigger()
    ended(qtbot, panel)


def test_that_two_parts_of_the_window_do_not_train_at_once(window, qtbot):
    window.tabs.paper.list.choose(NAME)
    ask(window.tabs.paper.settings, epochs=400)
    window.tabs.paper.start_action.trigger()
    assert window.tabs.currentWidget() is window.tabs.paper
    why = "An experiment is running under Paper; stop it first"
    assert (window.tabs.train.start_action.isEnabled(), window.tabs.train.start_action.toolTip()) == (False, why)
    window.tabs.train.start()
    assert window.tabs.train.banner.text() == f"{why}."
    assert not window.tabs.train.is_training()
    assert not window.close()
    assert window._question is not None
    window._question.close()
    window.tabs.paper.control.stop_action.trigger()
    qtbot.waitUntil(lambda: not window.tabs.paper.is_running(), timeout=LONG)
    assert window.tabs.train.start_action.isEnabled()

    window.tabs.train.setup.form.set_values({"data": "shapes", "epochs": 10_000, "threads": 1})
    window.tabs.train.start()
    assert window.tabs.paper.start_action.toolTip() == "A run is in progress; stop it first"
    assert not window.tabs.paper.start_action.isEnabled()
    window.tabs.train.control.stop()
    qtbot.waitUntil(lambda: not window.tabs.train.is_training(), timeout=LONG)
    assert window.tabs.paper.start_action.isEnabled()


def test_that_closing_the_window_saves_the_experiment(open_window, qtbot, home):
    window = open_window()
    window.tabs.paper.list.choose(NAME)
    ask(window.tabs.paper.settings, epochs=400)
    window.tabs.paper.start_action.trigger()
    qtbot.waitUntil(lambda: window.tabs.paper._states[NAME].run.step > 0, timeout=LONG)
    window.leave_now()
    qtbot.waitUntil(lambda: not window._jobs.running(), timeout=LONG)
    assert [run.ended().reason for run in runs(home)] == ["stopped"]


def test_that_selected_rows_are_copied(panel):
    rows = (Row("one", 1.0, 2.0, "%"), Row("two", None))
    panel.page.show_finding(Finding(NAME, "So.", "here", rows))
    panel.page.table.selectAll()
    QTest.keyClick(panel.page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "one\t1.0 %\t2.0 %\t\ntwo\t–\t–\t"


def test_that_a_quick_finding_says_that_it_is_one(panel):
    panel.page.show_finding(Finding(NAME, "So.", "here", (), quick=True))
    assert "Quick look, not comparable with the paper: here" in said(panel)


def started(epochs=4):
    return RunStarted("n", "d", 1, 1, 1, 1, 10, epochs, "cpu", "fp32", 1)


def test_that_a_state_knows_how_far_it_is_and_how_long_it_takes():
    now = [0.0]
    state = PaperState(100, clock=lambda: now[0])
    state.take(RunBegun("a", "A", 1, 3, True, (Point("A", 5, 0.5),)))
    assert state.share() == pytest.approx(0)
    state.take(RunBegun("b", "B", 2, 3, False))
    for event in (started(), StepsDone(0, (1.0,) * 20, 0.1, 100.0)):
        state.take(RunOf("b", 2, 3, event))
    assert state.share() == pytest.approx((1 + 0.5) / 3)
    now[0] = 20.0
    # 20 steps of 100 pictures at 100 a second, and a third run as long as this one: 20 s so far and 20 s to come
    assert state.remaining_seconds() == pytest.approx(20 + 40)
    now[0] = 50.0
    state.take(RunOf("b", 2, 3, RunEnded("finished", 40, 4)))
    assert state.share() == pytest.approx(2 / 3)
    state.take(RunBegun("c", "C", 3, 3, False))
    assert state.remaining_seconds() is None
    state.take(RunLeft("c", 3, 3, 20))
    assert state.share() == pytest.approx(1)


def test_that_points_after_a_checkpoint_are_made_anew():
    state = PaperState()
    state.take(RunBegun("a", "A", 1, 1, False, (Point("A", 10, 0.5), Point("A", 20, 0.4))))
    state.take(RunOf("a", 1, 1, Resumed(10, 1, 0, 4, 10)))
    done = EpochDone(2, 20, 1.0, 0.3, 1.0, 0.3, 0.1, True, 1.0)
    state.take(RunOf("a", 1, 1, done, (Point("A", 20, 0.3),)))
    assert state.lines == {("a", "A"): [(10, 0.5), (20, 0.3)]}
    state.take(Concluded(Finding("x", "y", "z", ())))
    assert state.finding is not None
