"""The film of the run on the screen: it follows the newest snapshot, stays where it is moved to, and comes back."""

import numpy as np
import pytest
import torch

from alexnet_app.core.events import FiltersSeen, Resumed, RunStarted
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui.train import snapshots
from alexnet_app.ui.train.jobs import RunOpened, opening
from alexnet_app.ui.train.live_run import LiveRun
from alexnet_app.ui.train.run_film import RunFilm
from alexnet_app.ui.train.snapshots import KeptSnapshots, Kernels, Reel, reading
from alexnet_app.ui.train.tower_verdicts import TowerVerdicts

BEGUN = RunStarted("shapes-towers", "d", 1, 1, 1, 0, 4, 5, "CPU", "fp32", 1)


def kernels(step):
    """48 kernels of one grey, the lighter the later."""
    return Kernels(step, np.full((48, 7, 7, 3), 100 + step, np.uint8), np.ones(48, np.float32))


@pytest.fixture
def film(qtbot, jobs):
    made = RunFilm(jobs)
    made.page = LiveRun([], None, made.bar)
    qtbot.addWidget(made.page)
    made.shown.connect(made.page.show_kernels)
    made.page.begin(variant("shapes-towers"), 8, live=True)
    made.page.resize(1000, 700)
    made.page.show()
    made.seen = []
    made.shown.connect(lambda found, newest: made.seen.append((found.step, newest)))
    made.take(BEGUN)
    return made


def grey(film):
    """What is drawn of the first kernel of tower A."""
    sheet = film.page._grids[0].sheet()
    return sheet.grab().toImage().pixelColor(sheet.cell(0).center()).red()


def come(film, *steps):
    for step in steps:
        film.take(kernels(step))


def test_that_it_follows_the_newest_snapshot_and_says_where_that_is(film):
    come(film, 0)
    assert not film.bar.isVisible(), "of one there is no film"
    come(film, 2, 6)
    assert film.bar.isVisible()
    assert (film.bar.place(), film.bar.slider.maximum()) == (2, 2)
    assert grey(film) == 106
    assert film.bar.said() == "epoch 1.50 of 5 · step 6 · newest of 3"
    assert not film.newest_action.isEnabled()


def test_that_moved_back_it_stays_while_newer_ones_come_until_it_is_led_back(film):
    come(film, 0, 2, 6)
    film.bar.previous_action.trigger()
    come(film, 8, 10)
    assert grey(film) == 102
    assert (film.bar.place(), film.bar.slider.maximum()) == (1, 4)
    assert film.bar.said() == "epoch 0.50 of 5 · step 2 · snapshot 2 of 5"
    film.newest_action.trigger()
    assert grey(film) == 110
    come(film, 12)
    assert grey(film) == 112
    assert film.seen == [(0, True), (2, True), (6, True), (2, False), (10, True), (12, True)]


def test_that_it_plays_to_the_newest_one_and_follows_then(film, qtbot):
    come(film, 0, 2, 6)
    film.bar._playing.setInterval(1)
    film.bar.play_action.trigger()
    assert grey(film) == 100
    come(film, 8)
    assert film.bar.is_playing(), "one that comes meanwhile is played too"
    qtbot.waitUntil(lambda: not film.bar.is_playing())
    assert film.bar.said().endswith("newest of 4")
    come(film, 10)
    assert grey(film) == 110


def test_that_nothing_is_played_where_nobody_looks(film):
    come(film, 0, 2, 6)
    film.bar.play_action.trigger()
    film.page.hide()
    assert not film.bar.is_playing()
    assert not film.bar.play_action.isEnabled()
    assert "Train" in film.bar.play_action.toolTip()
    film.page.show()
    assert film.bar.play_action.isEnabled()


def test_that_a_resume_undoes_what_came_after_its_checkpoint(film):
    come(film, 0, 4, 6, 7)
    film.bar.previous_action.trigger()
    film.take(Resumed(4, 1, 100, 5, 4))
    assert film.bar.slider.maximum() == 1
    assert film.seen[-1] == (4, True)
    come(film, 6)
    assert film.bar.said() == "epoch 1.50 of 5 · step 6 · newest of 3"


def write_run(folder, count):
    made = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\nepochs = 5\n')
    events = [BEGUN]
    for step in range(count):
        name = f"filters/step-{step}.npy"
        write_snapshot(made.folder / name, torch.full((48, 3, 7, 7), step / 100 - 0.5))
        events.append(FiltersSeen(step, name))
    made.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    return made


def test_that_the_past_of_an_opened_run_is_read_on_a_thread(film, jobs, qtbot, tmp_path):
    run = write_run(tmp_path / "run", 40)
    run.folder.joinpath("filters/step-7.npy").write_bytes(b"torn")
    for event in opening(run.folder, None):
        film.take(event)
    assert film.bar.slider.maximum() == 0, "only the last one is read at once"
    qtbot.waitUntil(lambda: not jobs.running())
    assert film.bar.said() == "epoch 9.75 of 5 · step 39 · newest of 39"
    film.bar.slider.setValue(7)
    assert film.seen[-1] == (8, False)


def test_that_a_past_that_arrives_after_a_resume_lacks_what_that_undid(film, jobs, qtbot, tmp_path):
    run = write_run(tmp_path / "run", 10)
    film.take(KeptSnapshots(run, tuple(FiltersSeen(step, f"filters/step-{step}.npy") for step in range(10))))
    film.take(Resumed(4, 1, 100, 5, 4))
    come(film, 5)
    qtbot.waitUntil(lambda: not jobs.running())
    assert film.bar.said() == "epoch 1.25 of 5 · step 5 · newest of 6"


def test_that_a_run_that_was_resumed_once_has_its_whole_past(film, jobs, qtbot, tmp_path):
    run = write_run(tmp_path / "run", 10)
    film.take(Resumed(4, 1, 100, 5, 4))
    film.take(KeptSnapshots(run, tuple(FiltersSeen(step, f"filters/step-{step}.npy") for step in range(10))))
    qtbot.waitUntil(lambda: not jobs.running())
    assert film.bar.said() == "epoch 2.25 of 5 · step 9 · newest of 10"


def test_that_another_run_has_another_film(film, jobs, qtbot, tmp_path):
    run = write_run(tmp_path / "run", 10)
    come(film, 0, 2)
    film.take(KeptSnapshots(run, tuple(FiltersSeen(step, f"filters/step-{step}.npy") for step in range(10))))
    film.take(RunOpened(tmp_path, TrainConfig()))
    qtbot.waitUntil(lambda: not jobs.running())
    assert (film.bar.slider.maximum(), film.bar.isVisible(), film.bar.said()) == (0, False, "")


def test_that_what_is_said_of_towers_is_of_the_snapshot_that_is_shown(film, jobs, qtbot):
    verdicts = TowerVerdicts(jobs, film.page)
    film.page.kernels_shown.connect(verdicts.take)
    verdicts.said.connect(film.page.say_of_towers)
    note = film.page._grids[0].note
    come(film, 0, 2)
    qtbot.waitUntil(lambda: bool(note()))
    film.bar.previous_action.trigger()
    assert note() == ""
    film.page.say_of_towers(2, ("of the newest", ""))
    assert note() == ""
    film.page.say_of_towers(0, ("of this one", ""))
    assert note() == "of this one"
    film.newest_action.trigger()
    film.page.say_of_towers(0, ("too late", ""))
    assert note() == ""
    come(film, 6)
    film.page.say_of_towers(2, ("while newer ones come", ""))
    assert note() == "while newer ones come"
    qtbot.waitUntil(lambda: not jobs.running())


def test_that_of_too_many_some_are_kept_evenly_with_the_one_that_is_looked_at(monkeypatch):
    monkeypatch.setattr(snapshots, "MOST", 12)
    reel = Reel()
    for step in range(200):
        reel.add([kernels(step % 100)] if step < 100 else [Kernels(step, *_bare())], but=1)
        assert len(reel) <= 17
    steps = [reel.at(place).step for place in range(len(reel))]
    assert (steps[0], steps[-1]) == (0, 199)
    assert 1 in steps
    assert reel.at(reel.place_of(1)).step == 1


def _bare():
    return np.zeros((48, 7, 7, 3), np.uint8), np.ones(48, np.float32)


def test_that_large_kernels_leave_room_for_fewer(monkeypatch):
    monkeypatch.setattr(snapshots, "MOST_BYTES", 10 * 48 * 7 * 7 * 3)
    reel = Reel()
    reel.add([kernels(step) for step in range(100)])
    assert len(reel) == 10


def test_that_a_long_past_is_read_evenly(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "MOST", 5)
    run = write_run(tmp_path / "run", 21)
    seen = tuple(FiltersSeen(step, f"filters/step-{step}.npy") for step in range(21))
    found = [each.step for bunch in reading(KeptSnapshots(run, seen), None) for each in bunch]
    assert found == [0, 5, 10, 15, 20]
