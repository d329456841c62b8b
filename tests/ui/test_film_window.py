"""The film of a training in the Filters panel: the slider, what it shows, the curves, saving it."""

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton

from alexnet_app.core.events import FiltersSeen, RunStarted
from alexnet_app.core.insight.selectivity import specialization
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.settings import Settings

STEPS, PER_EPOCH = 16, 4


def gabors(count, colour):
    y, x = np.mgrid[:7, :7] - 3
    turns = np.linspace(0, np.pi, count, endpoint=False)[:, None, None]
    waves = np.cos(1.3 * (x * np.cos(turns) + y * np.sin(turns))) * np.exp(-(x**2 + y**2) / 9)
    mix = np.array([1.0, -1, 0]) if colour else np.ones(3)
    return waves[:, None] * mix[:, None, None]


def kernels_after(step):
    noise = np.random.default_rng(1).normal(size=(48, 3, 7, 7))
    learned = np.concatenate([gabors(24, colour=False), gabors(24, colour=True)])
    share = step / STEPS
    return torch.tensor((1 - share) * 0.3 * noise + share * learned, dtype=torch.float32)


def saved(path, step):
    network = AlexNet(variant("shapes-towers"))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network) | {"conv1.weight": kernels_after(step)}
    size = network.spec.input_size if network.spec.mean == "picture" else 1
    classes = tuple(str(number) for number in range(network.spec.classes))
    write_bundle(path, Bundle(network.spec, classes, torch.zeros(3, size, size), weights, {"step": step, "epoch": 4}))
    return str(path)


@pytest.fixture
def run(tmp_path):
    made = Run.create(tmp_path / "run", "")
    events = [RunStarted("shapes-towers", "d", 1, 1, 1, 0, PER_EPOCH, 4, "CPU", "fp32", 1)]
    for step in range(STEPS):
        name = f"filters/step-{step}.npy"
        write_snapshot(made.folder / name, kernels_after(step))
        events.append(FiltersSeen(step, name))
    made.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    saved(made.last_file, STEPS)
    return made


@pytest.fixture
def panel(qtbot, jobs, home, run, tmp_path):
    made = FiltersPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    alone = saved(tmp_path / "alone.alexnet", STEPS)
    made.set_models([("a run", str(run.last_file)), ("alone", alone), ("photos", str(bundled_models()[0]))])
    settle(jobs, qtbot)
    return made


def settle(jobs, qtbot):
    qtbot.waitUntil(lambda: not jobs.running(), timeout=30_000)


def colours_of(grid):
    """The mean colour of each kernel as it is drawn."""
    picture = grid.sheet().grab().toImage()
    return [picture.pixelColor(grid.sheet().cell(each).center()).getRgb() for each in range(grid.count())]


def test_that_the_slider_stands_at_the_model_and_shows_each_snapshot(panel):
    film, model = panel.film, panel.view()
    assert film.isVisible()
    assert (film.bar.slider.maximum(), film.bar.place()) == (STEPS, STEPS)
    assert "Save film…" in [each.text() for each in film.bar.findChildren(QToolButton)]
    assert film.bar.said() == "the model itself, after 16 snapshots"
    assert model.moment is None
    drawn = colours_of(panel.towers.grids[0])
    film.bar.slider.setValue(6)
    now = panel.view()
    assert (now.moment.step, now.moment.epoch) == (6, 1.5)
    assert film.bar.said() == "epoch 1.50 · step 6 · snapshot 7 of 16"
    assert "epoch 1.50, step 6" in panel.about.text()
    for tower, part in zip(now.towers, (slice(0, 24), slice(24, 48)), strict=True):
        np.testing.assert_allclose(tower.weights, kernels_after(6)[part], atol=0.02)
    assert colours_of(panel.towers.grids[0]) != drawn
    np.testing.assert_allclose(panel.kernel_view.kernel().weights, kernels_after(6)[0], atol=0.02)
    assert ("Bias", "not kept") in panel.kernel_view.rows()
    film.bar.slider.setValue(STEPS)
    assert panel.view() == model
    assert colours_of(panel.towers.grids[0]) == drawn


def test_that_a_snapshot_is_counted_and_not_judged(panel):
    grid, bars = panel.towers.grids[0], panel.towers.bars[0]
    of_model = bars[1].counts()
    panel.film.bar.slider.setValue(0)
    assert grid.heading() == "Tower A"
    assert "0 of 24" in grid.note()
    panel.film.bar.slider.setValue(STEPS - 1)
    kernels = np.concatenate([tower.weights for tower in panel.view().towers])
    known = specialization(kernels, (slice(0, 24), slice(24, 48)), rounds=0)
    assert bars[1].counts() == known.towers[0].orientations
    panel.film.bar.slider.setValue(STEPS)
    assert (grid.heading(), bars[1].counts()) == ("Tower A – mostly lines", of_model)


def test_that_snapshots_are_shown_in_the_order_of_the_model_and_on_the_chosen_scale(panel, jobs, qtbot):
    panel.bar.wanted_order, panel.bar.wanted_scale = "strength", "common"
    panel.bar.changed.emit()
    settle(jobs, qtbot)
    numbers = panel.view().sheets[0].numbers
    panel.film.bar.slider.setValue(3)
    now, kernels = panel.view(), kernels_after(3).numpy()
    assert now.sheets[0].numbers == numbers
    first = kernels[numbers[0] - 1].transpose(1, 2, 0)
    expected = 128 + 127 * first / np.abs(kernels).max()
    assert np.abs(now.sheets[0].kernels[0] - expected).max() <= 2


def test_that_curves_follow_and_a_click_moves_the_slider(panel, qtbot):
    film = panel.film
    assert len(film.points()) == STEPS + 1
    colour = film.curves.plots[0]
    qtbot.waitUntil(lambda: colour.plotItem.vb.width() > 20)
    place = colour.mapFromScene(colour.plotItem.vb.mapViewToScene(QPoint(2, 0)))
    QTest.mouseClick(colour.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), 20))
    assert film.bar.place() == 8
    assert film.curves.plots[1]._cursor.value() == 2
    x, y = colour._lines[1].getData()
    assert (x[-1], round(y[-1], 1)) == (4, 1)


def test_that_playing_begins_again_goes_to_the_end_and_can_be_paused(panel, qtbot):
    bar = panel.film.bar
    bar._playing.setInterval(1)
    bar.play_action.trigger()
    assert bar.is_playing()
    assert bar.play_action.iconText() == "Pause"
    bar.play_action.trigger()
    assert not bar.is_playing()
    assert bar.place() == 0
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: not bar.is_playing())
    assert bar.place() == STEPS
    bar.previous_action.trigger()
    assert bar.place() == STEPS - 1
    bar.next_action.trigger()
    assert bar.place() == STEPS
    assert bar.play_action.iconText() == "Play"


def test_that_only_the_first_layer_of_a_model_with_snapshots_has_a_film(panel, jobs, qtbot):
    panel.film.bar.slider.setValue(2)
    panel.next_action.trigger()
    settle(jobs, qtbot)
    assert not panel.film.isVisible()
    assert not panel.film.bar.play_action.isEnabled()
    assert "first layer" in panel.film.bar.play_action.toolTip()
    assert panel.view().moment is None
    panel.previous_action.trigger()
    settle(jobs, qtbot)
    assert panel.view().moment.step == 2, "the slider stays where it was"


def test_that_another_model_has_its_own_film_or_none(panel, jobs, qtbot, tmp_path):
    panel.film.bar.slider.setValue(2)
    panel.choose_model(str(tmp_path / "alone.alexnet"))
    settle(jobs, qtbot)
    assert not panel.film.isVisible()
    assert "run folder" in panel.film.save_action.toolTip()
    panel.choose_model(str(bundled_models()[0]))
    settle(jobs, qtbot)
    assert panel.film.isVisible()
    assert len(panel.film.strip()) > 80
    panel.film.bar.slider.setValue(0)
    assert ("Unit", "its largest weight") in panel.kernel_view.rows()
    assert "0 of 48" in panel.towers.grids[0].note()


def test_that_damaged_snapshots_leave_the_model_as_it_is(qtbot, jobs, home, run):
    for path in run.filters_folder.iterdir():
        path.write_bytes(b"torn")
    panel = FiltersPanel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.show()
    panel.set_models([("a run", str(run.last_file))])
    settle(jobs, qtbot)
    assert panel.view() is not None
    assert not panel.film.isVisible()
    assert panel.banner.isHidden()


def choose_file(panel, path):
    dialog = panel.window().findChild(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_that_the_film_is_saved_and_said(panel, jobs, qtbot, tmp_path):
    panel.film.save_action.trigger()
    choose_file(panel, tmp_path / "film.gif")
    assert panel.film.saving.isVisible()
    settle(jobs, qtbot)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == STEPS + 1
    assert not panel.film.saving.isVisible()
    assert "Saved 17 of 17 snapshots" in panel.banner.text()


def test_that_a_film_can_be_cancelled(panel, jobs, qtbot, tmp_path):
    panel.film.save_action.trigger()
    choose_file(panel, tmp_path / "film.gif")
    QTest.mouseClick(panel.film.saving.cancel, Qt.MouseButton.LeftButton)
    settle(jobs, qtbot)
    assert not panel.film.saving.isVisible()
    assert not (tmp_path / "film.gif").exists()
    assert panel.banner.isHidden()


def test_that_a_missing_ffmpeg_is_said(panel, jobs, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    panel.film.save_action.trigger()
    choose_file(panel, tmp_path / "film.mp4")
    settle(jobs, qtbot)
    assert "ffmpeg" in panel.banner.text()
    assert not (tmp_path / "film.mp4").exists()


def test_that_a_drawing_of_a_snapshot_says_which_run_and_when(panel, jobs, qtbot, tmp_path):
    panel.film.bar.slider.setValue(6)
    panel.save_action.trigger()
    choose_file(panel, tmp_path / "drawn.svg")
    settle(jobs, qtbot)
    text = " ".join((tmp_path / "drawn.svg").read_text(encoding="utf-8").split())
    assert "snapshot at epoch 1.50, step 6" in text
    assert "run/last.alexnet" in text
