"""The disk of a run that is trained is full, or cannot be written, and later there is room again."""

import errno
import os
import queue
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from alexnet_app.core import files
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import DiskFullError
from alexnet_app.core.events import CheckpointSaved, EpochDone, Notice, Progress, RunEnded, StepsDone, Task, Warned
from alexnet_app.core.files import unwritable
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs import event_log
from alexnet_app.core.runs.event_log import EventLog
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import SaveNow, Stop
from alexnet_app.core.training import loop, trainer, waiting
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

STEPS, EPOCHS = 3, 3


def _drawing(_: int = 0):
    yield from ()
    counts = {"train": 48, "validation": 20, "test": 20}
    return Source(
        "shapes", shapes.CLASSES, {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
    )


def config():
    own = [f"epochs={EPOCHS}", "batch_size=16", "threads=1", "device=cpu", "precision=fp32"]
    return with_settings(load_config("shapes"), own)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", _drawing)
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(trainer, "TRY_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(event_log, "MERGED_SECONDS", 0.0)


class Disk:
    """A disk that takes what is written, or a few bytes more and then no more."""

    def __init__(self, monkeypatch):
        self.why, self.room, self._write, self._sync = 0, 0, os.write, files.sync
        monkeypatch.setattr(event_log.os, "write", self._written)
        monkeypatch.setattr(files, "sync", self._synced)

    def _fail(self):
        raise OSError(self.why, os.strerror(self.why))

    def _written(self, number, data):
        if not self.why:
            return self._write(number, data)
        count, self.room = min(self.room, len(data)), 0
        return self._write(number, bytes(data[:count])) if count else self._fail()

    def _synced(self, path):
        if self.why:
            self._fail()
        self._sync(path)


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    run = Run.create(tmp_path_factory.mktemp("undisturbed") / "run", to_toml(config()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "drawing", _drawing)
        events = list(train(config(), run))
    return run, events


def new_run(folder):
    return Run.create(folder / "run", to_toml(config()))


def losses(events):
    found = []
    for event in events:
        if isinstance(event, StepsDone):
            assert event.first == len(found)
            found += event.losses
    return found


def lasting(events):
    """Without speeds and what is told of this disk: the same of every run."""
    kept = []
    for event in events:
        if isinstance(event, EpochDone):
            kept.append((event.epoch, event.step, event.train_loss, event.validation_error, event.best))
        elif isinstance(event, RunEnded):
            kept.append((event.reason, event.step))
    return kept


def notices(events):
    return [event.notice for event in events if isinstance(event, Warned)]


def same(run, other):
    ours, theirs = load_file(run.resume_file), load_file(other.resume_file)
    return ours.keys() == theirs.keys() and all((ours[name] == theirs[name]).all() for name in ours)


@pytest.mark.parametrize(
    ("why", "notice"),
    [(errno.ENOSPC, Notice.DISK_FULL), (errno.EDQUOT, Notice.DISK_FULL), (errno.EROFS, Notice.UNWRITABLE)],
)
def test_that_a_run_goes_on_while_nothing_can_be_written_and_loses_nothing(disk, undisturbed, tmp_path, why, notice):
    run, events = new_run(tmp_path), []
    for event in train(config(), run):
        events.append(event)
        if isinstance(event, StepsDone) and event.first == STEPS:
            disk.why, disk.room = why, 7  # of the next line: the rest of it is owed
        if isinstance(event, StepsDone) and event.first == 2 * STEPS + 1:
            kept = [event for event in run.events() if isinstance(event, StepsDone)]
            disk.why = 0
    assert losses(kept) == losses(events)[: STEPS + 1]
    assert notices(events) == [notice, Notice.SAVED_AGAIN]
    assert losses(run.events()) == losses(events)
    assert notices(run.events()) == notices(events)
    assert lasting(run.events()) == lasting(events) == lasting(undisturbed[1])
    assert losses(events) == losses(undisturbed[1])
    assert same(run, undisturbed[0])
    assert read_bundle(run.best_file).summary["epoch"] == read_bundle(undisturbed[0].best_file).summary["epoch"]


def test_that_the_best_model_is_written_later_where_there_was_no_room_for_it(disk, tmp_path):
    run = new_run(tmp_path)
    for event in train(config(), run):
        if isinstance(event, EpochDone) and event.epoch == 1:
            assert event.best
            disk.why = errno.ENOSPC
        if isinstance(event, StepsDone) and event.first == STEPS + 1:
            assert not run.best_file.exists()
            disk.why = 0
        if isinstance(event, CheckpointSaved) and STEPS < event.step < 2 * STEPS:
            assert read_bundle(run.best_file).summary["step"] == STEPS


def test_that_a_run_waits_at_its_end_until_it_is_saved(disk, undisturbed, tmp_path):
    run, events = new_run(tmp_path), []
    for event in train(config(), run):
        events.append(event)
        if isinstance(event, EpochDone) and event.epoch == EPOCHS:
            disk.why = errno.ENOSPC
        if isinstance(event, Progress) and event.task == Task.WAIT:
            disk.why = 0
    assert notices(events) == [Notice.DISK_FULL, Notice.WAITS_TO_SAVE, Notice.SAVED_AGAIN]
    assert run.ended().reason == "finished"
    assert same(run, undisturbed[0])


def test_that_a_stop_on_a_full_disk_waits_and_another_one_keeps_the_last_checkpoint(disk, undisturbed, tmp_path):
    run, events, asked = new_run(tmp_path), [], queue.SimpleQueue()
    for event in train(config(), run, asked):
        events.append(event)
        if isinstance(event, StepsDone) and event.first == STEPS:
            disk.why = errno.ENOSPC
            asked.put(Stop())
        if isinstance(event, Warned) and event.notice == Notice.WAITS_TO_SAVE:
            asked.put(Stop())
    assert events[-1].reason == "stopped"
    assert events[-1].advice == loop.UNSAVED
    disk.why = 0
    list(train(config(), run))
    assert losses(run.events()) == losses(undisturbed[1])
    assert same(run, undisturbed[0])


def test_that_who_asks_for_a_save_is_told_each_time_that_there_is_no_room(disk, tmp_path):
    run, events, asked = new_run(tmp_path), [], queue.SimpleQueue()
    for event in train(config(), run, asked):
        events.append(event)
        if isinstance(event, StepsDone) and event.first in (STEPS, STEPS + 1):
            disk.why = errno.ENOSPC
            asked.put(SaveNow())
        if isinstance(event, StepsDone) and event.first == STEPS + 2:
            disk.why = 0
    assert notices(events) == [Notice.DISK_FULL, Notice.DISK_FULL, Notice.SAVED_AGAIN]


def test_that_a_run_waits_for_room_before_more_is_owed_than_is_kept(disk, undisturbed, tmp_path, monkeypatch):
    monkeypatch.setattr(event_log, "MOST_OWED", 300)
    run, events = new_run(tmp_path), []
    for event in train(config(), run):
        events.append(event)
        if isinstance(event, StepsDone) and event.first == STEPS:
            disk.why = errno.ENOSPC
        if isinstance(event, Progress) and event.task == Task.WAIT:
            assert len(losses(events)) < 2 * STEPS
            disk.why = 0
    assert Notice.WAITS_TO_SAVE in notices(events)
    assert same(run, undisturbed[0])


def test_that_a_line_of_which_a_part_was_written_is_finished_and_not_written_twice(disk, tmp_path):
    path = tmp_path / "events.jsonl"
    told = [RunEnded("stopped", step, 1) for step in range(4)]
    with EventLog(path) as log:
        log.append(told[0])
        disk.why, disk.room = errno.ENOSPC, 20
        log.append(told[1])
        assert isinstance(log.lack, DiskFullError)
        with pytest.raises(DiskFullError):
            log.position()
        log.append(told[2])
        disk.why = 0
        log.append(told[3])
        assert log.lack is None
    lines = path.read_text().splitlines()
    assert [f'"step": {each.step}' in line for each, line in zip(told, lines, strict=True)] == [True] * 4


def test_that_a_quota_is_a_full_disk():
    assert isinstance(unwritable(Path("a"), OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))), DiskFullError)


REAL = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_disk_full as t
from alexnet_app.core.data.sources import shapes
t.shapes.drawing = t._drawing
t.loop.REPORT_SECONDS = t.trainer.TRY_AGAIN_SECONDS = 0.0
run, filler = t.Run.create(Path({folder!r}) / "run", t.to_toml(t.config())), Path({folder!r}) / "filler"
for event in t.train(t.config(), run):
    if isinstance(event, t.StepsDone) and event.first == t.STEPS:
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
    if isinstance(event, t.StepsDone) and event.first == 2 * t.STEPS:
        filler.unlink()
    if isinstance(event, t.Warned):
        print(event.notice, flush=True)
import shutil
shutil.copytree(run.folder, {copy!r})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a small disk of its own")
def test_that_nothing_is_lost_on_a_disk_that_is_really_full(undisturbed, tmp_path):
    tmp_path.joinpath("disk").mkdir()
    code = REAL.format(tests=str(Path(__file__).parent), folder=str(tmp_path / "disk"), copy=str(tmp_path / "copy"))
    mount = f"mount -t tmpfs -o size=24m none {tmp_path / 'disk'}"
    if subprocess.run(["unshare", "-Urm", "sh", "-c", mount], check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    child = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    command = ["unshare", "-Urm", "sh", "-c", f'{mount} && exec "$@"', "sh", *child]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["disk full", "saved again"]
    run = Run.existing(tmp_path / "copy")
    assert losses(run.events()) == losses(undisturbed[1])
    assert same(run, undisturbed[0])
