"""The images of a run that is trained go away, as on a disk that is unmounted, and come back."""

import errno
import os
import queue
import shutil

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from alexnet_app.commands.progress import Bars
from alexnet_app.core.data.prepared import storage
from alexnet_app.core.events import (
    CheckpointSaved,
    Continued,
    EpochDone,
    Notice,
    Paused,
    Progress,
    Resumed,
    RunEnded,
    StepsDone,
    Task,
    Warned,
)
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import Phase, RunState
from alexnet_app.core.steering import Continue, Pause, Stop
from alexnet_app.core.training import loop, waiting
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

STEPS, EPOCHS = 5, 2

pytestmark = pytest.mark.skipif(not hasattr(os, "preadv"), reason="the disk is played with what POSIX reads by")


class Disk:
    """The disk of a prepared set: what was open on it when it went is never readable again."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.dead, self._read = folder, set(), os.preadv
        self._open = set()
        monkeypatch.setattr(storage.os, "preadv", self._preadv)
        opened = storage._Opened.__init__

        def opening(made, path):
            opened(made, path)
            self._open.add(made.number)
            self.dead.discard(made.number)

        monkeypatch.setattr(storage._Opened, "__init__", opening)

    def _preadv(self, number, buffers, begin):
        if number in self.dead:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._read(number, buffers, begin)

    def take(self):
        self.dead |= self._open
        self.folder.rename(self.folder.with_name("away"))

    def bring(self):
        self.folder.with_name("away").rename(self.folder)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("photos"))


def draw(folder):
    """Photos of two classes."""
    chance = np.random.default_rng(1)
    for index in range(44):
        file = folder / ("dark", "light")[index % 2] / f"{index}.png"
        file.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(chance.integers(0, 256, (36, 36, 3), np.uint8)).save(file)
    return folder


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def chosen(photos):
    return configured(photos)


def configured(photos):
    """A small run on them."""
    own = [f"epochs={EPOCHS}", "batch_size=8", "threads=1", "device=cpu", "precision=fp32", f'data="{photos}"']
    return with_settings(load_config("shapes"), own)


@pytest.fixture(scope="module")
def undisturbed(cache, chosen, tmp_path_factory):
    run = Run.create(tmp_path_factory.mktemp("undisturbed") / "run", to_toml(chosen))
    list(train(chosen, run))
    return run


@pytest.fixture
def disk(undisturbed, cache, monkeypatch):
    (folder,) = (cache / "alexnet-app" / "prepared").iterdir()
    return Disk(folder, monkeypatch)


def losses(run):
    found = []
    for event in run.events():
        if isinstance(event, StepsDone):
            assert event.first == len(found)
            found += event.losses
    return found


def same(run, other):
    ours, theirs = load_file(run.resume_file), load_file(other.resume_file)
    return ours.keys() == theirs.keys() and all((ours[name] == theirs[name]).all() for name in ours)


def disturbed(chosen, run, disk, when, then, asked=None):
    """The events of a run whose data goes at the first event that ``when`` holds of; ``then`` is asked for each event
    while it waits, and the data comes back when it is true.
    """
    events, is_away, waits = [], None, 0
    for event in train(chosen, run, asked):
        events.append(event)
        if is_away is None and when(event):
            disk.take()
            is_away = True
        waits += isinstance(event, Progress) and event.task == Task.WAIT
        if is_away and then(event, waits):
            disk.bring()
            is_away = False
    return events


def notices(events):
    return [event for event in events if isinstance(event, Warned)]


def is_told(event, waits):
    return isinstance(event, Warned) and event.notice == Notice.DATA_GONE


MOMENTS = {
    "training": lambda event: isinstance(event, StepsDone) and event.first == 0,
    "validation": lambda event: isinstance(event, StepsDone) and event.first == STEPS * EPOCHS - 1,
    "the end of the first epoch": lambda event: isinstance(event, EpochDone) and event.epoch == 1,
    "the end": lambda event: isinstance(event, EpochDone) and event.epoch == EPOCHS,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_that_a_run_whose_images_go_and_come_back_is_the_same_bit_for_bit(chosen, undisturbed, disk, tmp_path, moment):
    run = Run.create(tmp_path / "run", to_toml(chosen))
    events = disturbed(chosen, run, disk, MOMENTS[moment], is_told)
    gone, back = notices(events)
    assert (gone.notice, back.notice) == (Notice.DATA_GONE, Notice.DATA_BACK)
    assert gone.name == back.name == str(disk.folder / os.path.basename(gone.name))  # noqa: PTH119
    assert gone.text == os.strerror(errno.EIO)
    assert isinstance(events[events.index(gone) - 1], CheckpointSaved), "saved before anybody is told that it waits"
    assert events[-1].reason == "finished"
    assert same(run, undisturbed)
    assert losses(run) == losses(undisturbed)
    assert notices(run.events()) == [gone, back]


def test_that_a_run_that_waits_for_its_images_can_be_stopped_and_resumed(chosen, undisturbed, disk, tmp_path):
    run = Run.create(tmp_path / "run", to_toml(chosen))
    asked = queue.SimpleQueue()

    def stop(event, waits):
        if is_told(event, waits):
            asked.put(Stop())
        return isinstance(event, RunEnded)

    events = disturbed(chosen, run, disk, MOMENTS["training"], stop, asked)
    assert events[-1].reason == "stopped"
    assert [each.notice for each in notices(events)] == [Notice.DATA_GONE]
    resumed = next(event for event in train(chosen, run) if isinstance(event, Resumed))
    assert resumed.exact
    list(train(chosen, run))
    assert same(run, undisturbed)
    assert losses(run) == losses(undisturbed)


def test_that_a_run_that_waits_for_its_images_can_be_paused(chosen, undisturbed, disk, tmp_path):
    run = Run.create(tmp_path / "run", to_toml(chosen))
    asked = queue.SimpleQueue()

    def pause(event, waits):
        if is_told(event, waits):
            asked.put(Pause())
        if isinstance(event, Paused):
            asked.put(Continue())
        return isinstance(event, Paused)

    events = disturbed(chosen, run, disk, MOMENTS["training"], pause, asked)
    kinds = [event for event in events if isinstance(event, Paused | Continued | Warned)]
    assert [type(each) for each in kinds] == [Warned, Paused, Continued, Warned]
    assert same(run, undisturbed)


def test_that_other_images_in_their_place_are_not_taken_for_them(chosen, undisturbed, disk, tmp_path):
    run = Run.create(tmp_path / "run", to_toml(chosen))
    placed = []

    def then(event, waits):
        if is_told(event, waits):
            shutil.copytree(disk.folder.with_name("away"), disk.folder)
            other = disk.folder / "train.rgb"
            other.write_bytes(bytes(other.stat().st_size))
            placed.append(event)
        if placed and waits == 3:
            shutil.rmtree(disk.folder)
            return True
        return False

    waiting.TOLD_SHARE, before = 0.0, waiting.TOLD_SHARE
    try:
        events = disturbed(chosen, run, disk, MOMENTS["training"], then)
    finally:
        waiting.TOLD_SHARE = before
    assert [each.notice for each in notices(events)] == [Notice.DATA_GONE, Notice.DATA_BACK]
    assert same(run, undisturbed)


def test_that_a_run_that_waits_says_for_how_long_wherever_it_is_shown(capsys):
    state = RunState(batch_size=8)
    gone, waits = (
        Warned(Notice.DATA_GONE, "train.rgb", text="Input/output error"),
        Progress(Task.WAIT, 75, 0, "seconds"),
    )
    with Bars() as bars:
        for event in (StepsDone(0, (1.0,), 0.1, 10.0), gone, waits):
            state.take(event)
            bars.show(event)
    assert (state.phase, state.task, state.done) == (Phase.PAUSED, Task.WAIT, 75)
    assert "train.rgb cannot be read (Input/output error)" in capsys.readouterr().err
    state.take(Warned(Notice.DATA_BACK, "train.rgb", count=80))
    assert state.phase == Phase.TRAINING
