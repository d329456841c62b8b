"""What is said under the kernels of a training: judged on a thread, from the newest snapshot, each once."""

import threading

import numpy as np
import pytest

from alexnet_app.core.network.variants import variant
from alexnet_app.ui.train import tower_verdicts
from alexnet_app.ui.train.live_run import LiveRun
from alexnet_app.ui.train.snapshots import Kernels
from alexnet_app.ui.train.tower_verdicts import Snapshot, TowerVerdicts

SLICES = (slice(0, 24), slice(24, 48))


def gabors(count, colour):
    y, x = np.mgrid[:7, :7] - 3
    turns = np.linspace(0, np.pi, count, endpoint=False)[:, None, None]
    waves = np.cos(1.3 * (x * np.cos(turns) + y * np.sin(turns))) * np.exp(-(x**2 + y**2) / 9)
    mix = np.array([1.0, -1, 0]) if colour else np.ones(3)
    return waves[..., None] * mix


def kernels(step, learned=24):
    """Towers of which so many kernels have learned, grey stripes and coloured ones."""
    chance = np.random.default_rng(step)
    made = np.concatenate([gabors(24, colour=False), gabors(24, colour=True)])
    for part in SLICES:
        made[part.start + learned : part.stop] = chance.uniform(-1, 1, (24 - learned, 7, 7, 3))
    return Kernels(step, np.rint(128 + 127 * made).astype(np.uint8), np.ones(48, np.float32))


@pytest.fixture
def live(qtbot, jobs):
    made = LiveRun([])
    qtbot.addWidget(made)
    made.verdicts = TowerVerdicts(jobs, made)
    made.kernels_shown.connect(made.verdicts.take)
    made.verdicts.said.connect(made.say_of_towers)
    made.begin(variant("shapes-towers"), 8, live=True)
    return made


def notes(live):
    return [grid.note() for grid in live._grids]


def test_that_the_newest_snapshot_is_judged(live, jobs, qtbot):
    live.show_kernels(kernels(1))
    qtbot.waitUntil(lambda: not jobs.running())
    assert notes(live) == [
        "24 of 24 kernels have learned, mostly lines",
        "24 of 24 kernels have learned, mostly colours",
    ]
    live.clear()
    assert notes(live) == ["", ""]


def test_that_few_learned_kernels_are_counted_and_not_judged(live, jobs, qtbot):
    live.show_kernels(kernels(1, learned=5))
    qtbot.waitUntil(lambda: not jobs.running())
    assert notes(live) == ["5 of 24 kernels have learned"] * 2


def test_that_one_column_is_counted(live, jobs, qtbot):
    spec = variant("cifar-2012")
    live.begin(spec, 8, live=True)
    count, size = spec.convolutions[0].kernels, spec.convolutions[0].size
    live.show_kernels(Kernels(1, np.full((count, size, size, 3), 128, np.uint8), np.ones(count, np.float32)))
    qtbot.waitUntil(lambda: not jobs.running())
    assert notes(live)[0] == f"0 of {count} kernels have learned"


def test_that_each_is_judged_once_off_the_windows_thread_and_of_a_crowd_the_newest(live, jobs, qtbot, monkeypatch):
    judged, begun, go = [], threading.Event(), threading.Event()

    def slow(snapshot, asked):
        judged.append((snapshot.kernels.step, threading.current_thread() is threading.main_thread()))
        begun.set()
        go.wait(20)
        yield tower_verdicts.Learned(snapshot.kernels.step, ((snapshot.kernels.step, 24),), None, 0.0)

    monkeypatch.setattr(tower_verdicts, "judge", slow)
    for step in range(5):
        live.show_kernels(kernels(step))
    assert begun.wait(20)
    go.set()
    qtbot.waitUntil(lambda: notes(live)[0] == "4 of 24 kernels have learned")
    assert judged == [(0, False), (4, False)]


def test_that_nothing_is_said_of_a_run_that_is_no_longer_shown(live, jobs, qtbot):
    live.show_kernels(kernels(1))
    live.begin(variant("shapes-towers"), 8, live=True)
    qtbot.waitUntil(lambda: not jobs.running())
    assert notes(live) == ["", ""]


def test_that_kernels_of_another_network_are_passed_over(jobs):
    assert not list(tower_verdicts.judge(Snapshot(kernels(1), (slice(0, 96),)), None))
