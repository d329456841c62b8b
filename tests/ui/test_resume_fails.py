"""A resume that fails says so, and nothing that the run said in its past takes that back."""

import shutil
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QPushButton

from alexnet_app.core.events import EpochDone, Evaluated, RateChanged, RateReason, RunEnded, StepsDone
from alexnet_app.core.runs.divergence import divergence_of
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train import run_end

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder with a finished run of two epochs and the photos that it was trained on."""
    folder = tmp_path_factory.mktemp("whole")
    chance = np.random.default_rng(0)
    for index in range(40):
        file = folder / "photos" / ("dark", "light")[index % 2] / f"{index}.png"
        file.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(chance.integers(0, 256, (40, 40, 3), np.uint8)).save(file)
    settings = ["epochs=2", "batch_size=8", "threads=1", "device=cpu", "precision=fp32", f'data="{folder / "photos"}"']
    config = with_settings(load_config("shapes"), settings)
    list(train(config, Run.create(folder / "run", to_toml(config))))
    return folder


@pytest.fixture
def run(whole, tmp_path):
    shutil.copytree(whole / "run", tmp_path / "run")
    return Run.existing(tmp_path / "run")


@pytest.fixture
def panel(qtbot, home):
    jobs = Jobs()
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.show()
    panel.warm_up([("auto", "CPU"), ("cpu", "CPU")])
    yield panel
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


def cut(run, photos, later):
    content = run.resume_file.read_bytes()
    run.resume_file.write_bytes(content[: len(content) // 2])


def delete(run, photos, later):
    run.resume_file.unlink()


def hold(run, photos, later):
    later.enter_context(holding(Run.existing(run.folder)))


def rename(run, photos, later):
    photos.rename(photos.with_name("renamed"))
    later.callback(photos.with_name("renamed").rename, photos)


@SLOW
@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (cut, "cannot be read as a checkpoint"),
        (delete, "resume.safetensors is missing"),
        (hold, "another process is training"),
        (rename, "photos"),
    ],
)
def test_that_a_resume_that_fails_is_not_told_as_success(panel, qtbot, whole, run, harm, why):
    with ExitStack() as later:
        harm(run, whole / "photos", later)
        panel.resume(str(run.folder), 3)
        qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    assert panel.banner.is_error()
    assert why in panel.banner.text().lower()
    assert "Finished" not in panel.banner.text()
    assert "Stopped" not in panel.banner.text()
    assert panel._live.curves._run.losses.end == panel._live.state.step > 0, "its past is shown"


def test_that_only_what_happens_now_is_told(panel, qtbot, run):
    told, shown = [], []
    panel.control.happened.connect(told.append)
    panel.control.reported.connect(shown.append)
    panel.open_run(str(run.folder))
    qtbot.waitUntil(lambda: bool(shown) and not panel.control.is_on(), timeout=LONG)
    assert {RunEnded, StepsDone} <= set(map(type, shown))
    assert not told
    panel.resume(str(run.folder), 3)
    qtbot.waitUntil(lambda: bool(told) and not panel.control.is_on(), timeout=LONG)
    (end,) = (event for event in told if isinstance(event, RunEnded))
    assert end.epoch == 3
    assert "Finished after 3 epochs" in panel.banner.text()


def test_that_a_note_does_not_cover_an_error_that_nobody_has_read(qtbot):
    banner, done = Banner(), []
    qtbot.addWidget(banner)
    banner.show_error("The folder is gone.", "its trace")
    banner.show_note("Stopped and saved.", "Resume", lambda: done.append(1))
    assert banner.is_error()
    assert banner.text() == "The folder is gone.\nStopped and saved."
    banner.replace_note("Resumed.")
    banner.replace_note("")
    assert banner.text() == "The folder is gone."
    banner.show_error("The disk is full.")
    assert banner.text() == "The disk is full."
    details = banner.findChild(QPlainTextEdit).toPlainText()
    assert details == "Before this: The folder is gone.\n\nits trace"
    close = next(each for each in banner.findChildren(QPushButton) if each.text() == "Close")
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    banner.show_note("It goes on.")
    assert not banner.is_error()
    assert banner.text() == "It goes on."


def test_that_a_run_that_diverged_is_continued_with_a_lower_rate(panel, qtbot, run):
    with holding(run) as log:
        log.append(StepsDone(8, (float("inf"),), 0.01, 100.0))
        log.append(RunEnded("diverged", 9, 2))
    found = divergence_of(run)
    assert (found.epoch, found.rate, found.lower) == (2, 0.01, 0.001)
    run_end.tell(panel.banner, run.ended(), None, run, print, lambda path, rate: panel.resume(path, 3, rate))
    assert panel.banner.is_error()
    assert "are kept; continue from there with a learning rate of 0.001" in panel.banner.text()
    offered = next(each for each in panel.banner.findChildren(QPushButton) if each.text().startswith("Continue"))
    assert offered.text() == "Continue from epoch 2 with the learning rate ÷ 10"
    qtbot.mouseClick(offered, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    (changed,) = (event for event in run.events() if isinstance(event, RateChanged))
    assert (changed.rate, changed.reason) == (0.001, RateReason.ASKED)
    assert run.ended().reason == "finished"


def test_that_a_run_that_diverged_and_saved_nothing_promises_nothing(panel, run):
    with holding(run) as log:
        log.append(StepsDone(8, (float("inf"),), 0.01, 100.0))
        log.append(RunEnded("diverged", 9, 2))
    run.resume_file.unlink()
    run_end.tell(panel.banner, run.ended(), None, run, print, print)
    assert "nothing was saved before; start again with a learning rate below 0.01" in panel.banner.text()
    assert "kept" not in panel.banner.text()


def test_that_a_past_run_that_diverged_is_asked_about_before_it_goes_on(panel, qtbot, run):
    with holding(run) as log:
        log.append(RunEnded("diverged", 9, 2))
    panel.past.look_in(run.folder.parent)
    qtbot.waitUntil(lambda: panel.past.list.row(str(run.folder)) is not None, timeout=LONG)
    wanted = []
    panel.past.slower_wanted.disconnect()
    panel.past.slower_wanted.connect(lambda path, rate: wanted.append((path, rate)))
    panel.past.list.choose(str(run.folder))
    panel.past.list.resume_action.trigger()
    qtbot.waitUntil(lambda: bool(panel.findChildren(Question)), timeout=LONG)
    (box,) = panel.findChildren(Question)
    box.yes.click()
    assert wanted == [(str(run.folder), divergence_of(run).lower)]


def test_that_the_model_that_is_classified_with_is_the_one_that_is_evaluated(panel, qtbot, run):
    wanted, state = [], RunState(1)
    for event in run.events():
        state.take(event)
    state.tested = Evaluated("test", 2, 0.1, 0.0, 0.0)
    with holding(run) as log:
        log.append(EpochDone(3, 15, 1.0, 0.5, 1.0, 0.9, 0.1, False, 10.0))
    run_end.tell(panel.banner, RunEnded("finished", 15, 3), state, run, wanted.append, print)
    judged = model_of(run)
    assert judged.path == run.best_file
    assert f"Its best model, best.alexnet, is that of epoch {judged.epoch}." in panel.banner.text()
    assert "Test error 0.0 % of 2 images (95 % interval 0.0 % to 65.8 %)." in panel.banner.text()
    name = "Classify pictures with best.alexnet"
    qtbot.mouseClick(
        next(each for each in panel.banner.findChildren(QPushButton) if each.text() == name), Qt.MouseButton.LeftButton
    )
    assert wanted == [str(run.best_file)]


@SLOW
def test_that_the_images_of_a_run_are_located_from_the_message(panel, qtbot, whole, run, tmp_path):
    photos = whole / "photos"
    photos.rename(tmp_path / "elsewhere")
    try:
        panel.resume(str(run.folder), 3)
        qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
        locate = next(each for each in panel.banner.findChildren(QPushButton) if each.text() == "Locate the images…")
        qtbot.mouseClick(locate, Qt.MouseButton.LeftButton)
        dialog = panel.findChild(QFileDialog)
        assert dialog.windowTitle() == "Where are the pictures now?"
        dialog.fileSelected.emit(str(tmp_path / "elsewhere"))
        dialog.reject()
        qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    finally:
        (tmp_path / "elsewhere").rename(photos)
    assert "Finished after 3 epochs" in panel.banner.text()
