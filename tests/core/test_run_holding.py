"""The folder of a run that is trained, while somebody removes, moves or replaces what is in it."""

import errno
import json
import os
import queue
import shutil
import sys

import pytest
import torch
from safetensors.torch import load_file

from alexnet_app.commands import running
from alexnet_app.commands.progress import Bars
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import CheckpointSaved, Notice, Paused, RunEnded, RunStarted, StepsDone, Warned
from alexnet_app.core.files import replace_file
from alexnet_app.core.runs import inbox as inbox_module
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.runs.lines import command_from_line, to_line
from alexnet_app.core.runs.lock import OWNER
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Pause, SaveNow, SetRate, Stop
from alexnet_app.core.training import loop as loop_module
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.resume import config_of, why_not_resumed
from alexnet_app.core.training.train import train
from alexnet_app.ui.warnings import warning

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

POSIX = pytest.mark.skipif(os.name == "nt", reason="what is open stays where it is there")
STEPS = 3


def _drawing(_: int = 0):
    yield from ()
    counts = {"train": 48, "validation": 20, "test": 20}
    return Source(
        "shapes", shapes.CLASSES, {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
    )


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", _drawing)
    monkeypatch.setattr(loop_module, "REPORT_SECONDS", 0.0)


def config(*settings):
    base = ["epochs=2", "batch_size=16", "threads=1", "device=cpu", "precision=fp32", *settings]
    return with_settings(load_config("shapes"), base)


def new_run(folder, chosen=None):
    return Run.create(folder, to_toml(chosen or config()))


def trained(run, disturb, chosen=None):
    """The events of a run whose folder is disturbed after its first step of the second epoch, then stopped."""
    asked = queue.SimpleQueue()
    events = []
    for event in train(chosen or config(), run, asked):
        events.append(event)
        if isinstance(event, StepsDone) and event.first == STEPS:
            disturb()
            asked.put(Stop())
    return events


def warnings(events):
    return [event for event in events if isinstance(event, Warned)]


def goes_on(run):
    """Whether ``run`` can be resumed and comes to its end."""
    assert why_not_resumed(run) == ""
    return isinstance(list(train(config_of(run), run))[-1], RunEnded)


def remove(run):
    shutil.rmtree(run.folder)


def move(run):
    run.folder.rename(run.folder.with_name("moved"))


def replace_folder(run):
    shutil.copytree(run.folder, run.folder.with_name("copy"))
    shutil.rmtree(run.folder)
    run.folder.with_name("copy").rename(run.folder)


def replace_events(run):
    other = run.folder / "other"
    other.write_bytes(run.events_file.read_bytes())
    other.replace(run.events_file)


@SLOW
@POSIX
@pytest.mark.parametrize("disturb", [remove, move, replace_folder, replace_events])
def test_that_a_run_whose_folder_is_lost_goes_on_beside_it(tmp_path, disturb):
    run = new_run(tmp_path / "mine")
    lost = run.folder
    events = trained(run, lambda: disturb(run))
    rescued = tmp_path / "mine-rescued"
    assert warnings(events) == [Warned(Notice.FOLDER_LOST, str(lost), str(rescued))]
    assert [type(event) for event in events[-3:]] == [Warned, CheckpointSaved, RunEnded]
    assert run.folder == rescued
    kept = run.events()
    assert [event for event in kept if isinstance(event, RunStarted | Warned | RunEnded)] == [
        event for event in events if isinstance(event, RunStarted | Warned | RunEnded)
    ]
    losses = [loss for event in events if isinstance(event, StepsDone) for loss in event.losses]
    assert [loss for event in kept if isinstance(event, StepsDone) for loss in event.losses] == losses
    assert run.best_file.is_file()  # of the first epoch: it lay in the folder that was lost
    assert load_file(run.last_file)
    assert "folder lost" in run.log_file.read_text(encoding="utf-8")
    assert running.how_to_continue(run) == f'stopped; continue with: train --resume "{rescued}"'
    assert goes_on(run)


@POSIX
def test_that_a_file_system_that_numbers_files_anew_each_time_is_no_reason_to_leave(tmp_path, monkeypatch):
    monkeypatch.setattr("os.path.samestat", lambda *_: False)
    run = new_run(tmp_path / "mine")
    monkeypatch.setattr("alexnet_app.core.runs.lock._leads_to", lambda *_: True)
    with holding(run) as held:
        assert not held.keep_place()
        assert held.notices() == []
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@SLOW
@POSIX
def test_that_a_folder_that_goes_away_after_the_last_save_is_kept_too(tmp_path):
    run = new_run(tmp_path / "mine")
    saved = 0
    for event in train(config(), run):
        saved += isinstance(event, CheckpointSaved)
        if isinstance(event, CheckpointSaved) and saved == 2:
            weights = load_file(run.resume_file)
            remove(run)
    assert run.folder == tmp_path / "mine-rescued"
    assert run.ended().reason == "finished"
    assert load_file(run.resume_file).keys() == weights.keys()
    assert run.last_file.is_file()
    assert run.best_file.is_file()
    assert why_not_resumed(run) == ""


@SLOW
@POSIX
@pytest.mark.parametrize("name", ["config.toml", "events.jsonl", "writing.lock"])
def test_that_a_file_that_was_removed_is_put_back(tmp_path, name):
    run = new_run(tmp_path / "mine")
    events = trained(run, (run.folder / name).unlink)
    assert warnings(events) == [Warned(Notice.FILE_RESTORED, name)]
    assert (run.folder / name).is_file()
    assert run.folder == tmp_path / "mine"
    assert [type(event) for event in run.events()[-3:]] == [Warned, CheckpointSaved, RunEnded]
    assert [type(event) for event in run.events()].count(RunStarted) == 1
    assert goes_on(run)


@SLOW
def test_that_a_run_that_cannot_be_resumed_is_not_said_to_be(tmp_path):
    run = new_run(tmp_path / "mine")
    edited = to_toml(config("batch_size=8"))
    events = trained(run, lambda: run.config_file.write_text(edited, encoding="utf-8"))
    assert "cannot be resumed: the setting batch_size" in running.how_to_continue(run)
    assert isinstance(events[-1], RunEnded)
    assert run.config_file.read_text(encoding="utf-8") == edited  # it is the person's
    run.config_file.unlink()
    assert "cannot be resumed" in running.how_to_continue(run)


@SLOW
@POSIX
def test_that_other_settings_in_the_folder_are_told_once(tmp_path):
    run = new_run(tmp_path / "mine")
    asked = queue.SimpleQueue()

    def edit():
        (run.folder / "edited").write_text("epochs = 9\n")
        (run.folder / "edited").replace(run.config_file)
        asked.put(SaveNow())

    events = []
    for event in train(config(), run, asked):
        events.append(event)
        if isinstance(event, StepsDone) and event.first == 0:
            edit()
    assert warnings(events) == [Warned(Notice.SETTINGS_CHANGED, "config.toml")]
    assert isinstance(events[-1], RunEnded)


@SLOW
def test_that_where_no_folder_can_be_made_the_next_place_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    if os.name == "nt":
        pytest.skip("what is open stays where it is there")
    run = new_run(tmp_path / "disk" / "mine")
    events = trained(run, lambda: shutil.rmtree(tmp_path / "disk"))
    place = tmp_path / "home" / "AlexNet" / "runs" / "mine-rescued"
    assert [event.folder for event in warnings(events)] == [str(place)]
    assert not (tmp_path / "disk").exists()
    assert goes_on(run)


@POSIX
@pytest.mark.parametrize("removed", [["writing.lock"], ["writing.lock", "events.jsonl"], []])
def test_that_a_removed_lock_lets_no_second_trainer_in(tmp_path, monkeypatch, removed):
    monkeypatch.setattr("alexnet_app.core.runs.lock.WAIT", 0.01)
    run = new_run(tmp_path / "mine")
    with holding(run):
        for name in removed:
            (run.folder / name).unlink()
        assert run.is_being_written()
        with pytest.raises(UserError, match="another process is training"), holding(Run(run.folder)):
            pass
    assert not run.is_being_written()
    with holding(Run(run.folder)):
        pass


def test_that_looking_at_a_run_makes_nothing_in_its_folder(tmp_path):
    run = new_run(tmp_path / "mine")
    before = sorted(run.folder.iterdir())
    assert not run.is_being_written()
    assert sorted(run.folder.iterdir()) == before


@POSIX
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_that_a_file_says_who_trains_where_there_are_no_locks(tmp_path, monkeypatch, number):
    import fcntl

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr("alexnet_app.core.runs.lock.WAIT", 0.01)
    run = new_run(tmp_path / "mine")
    with holding(run) as held:
        assert held.notices() == [Warned(Notice.NO_LOCKS, OWNER)]
        assert run.is_being_written()
        with pytest.raises(UserError, match="another process is training"), holding(Run(run.folder)):
            pass
    assert not run.is_being_written()
    assert not (run.folder / OWNER).exists()
    with holding(Run(run.folder)):
        pass


NONSENSE = [
    b"[" * 200_000,
    b'{"command": "Format", "what": "the disk"}',
    b'{"command": "DivideRate", "by": ' + b"1" * 400 + b"}",
    b'{"command": "DivideRate", "by": NaN}',
    b"\xff\x00\xfe",
    b"Stop",
    b"x" * 3_000_000,
]


@SLOW
@pytest.mark.parametrize("line", NONSENSE, ids=range(len(NONSENSE)))
def test_that_a_command_that_cannot_be_read_is_told_and_the_next_one_is_obeyed(tmp_path, line):
    run = new_run(tmp_path / "mine")
    assert command_from_line(line) is None
    events = []
    for event in train(config("epochs=1000"), run):
        events.append(event)
        if isinstance(event, StepsDone) and event.first == 0:
            run.commands_file.write_bytes(line + b"\n" + to_line(Stop(), 1.0).encode() + b"\n")
    told = warnings(events)
    assert {each.notice for each in told} == {Notice.COMMANDS_IGNORED}
    assert events[-1].reason == "stopped"
    assert [each for each in run.events() if isinstance(each, Warned)] == told
    assert "commands ignored" in run.log_file.read_text(encoding="utf-8")


@POSIX
def test_that_commands_in_a_pipe_or_a_link_are_told_and_nothing_waits(tmp_path):
    run = new_run(tmp_path / "mine")
    inbox = Inbox(run)
    (tmp_path / "other").write_text(to_line(Stop(), 1.0) + "\n")
    run.commands_file.symlink_to(tmp_path / "other")
    assert inbox.read() == []
    assert [(each.count, each.text) for each in inbox.notices()] == [(1, "it is a link")]
    run.commands_file.unlink()
    os.mkfifo(run.commands_file)
    assert inbox.read() == []
    run.commands_file.unlink()
    run.ask(Pause())
    assert inbox.read() == [Pause()]


@pytest.mark.parametrize("how", ["removed", "replaced", "copied back"])
def test_that_what_is_asked_after_the_file_was_tidied_up_is_heard_once(tmp_path, how):
    run = new_run(tmp_path / "mine")
    run.ask(SaveNow())  # of a training before
    inbox = Inbox(run)
    for rate in (0.1, 0.2):
        run.ask(SetRate(rate))
    assert inbox.read() == [SetRate(0.1), SetRate(0.2)]
    kept = run.commands_file.read_bytes()
    run.commands_file.unlink()
    if how == "replaced":
        replace_file(run.commands_file, lambda temporary: temporary.write_bytes(b"\n" * len(kept)))
    elif how == "copied back":  # as a program that keeps folders alike does it
        replace_file(run.commands_file, lambda temporary: temporary.write_bytes(kept))
    run.ask(Stop())
    assert inbox.read() == [Stop()]
    run.ask(Pause())
    assert inbox.read() == [Pause()]


def test_that_nonsense_without_end_is_told_only_so_often(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox_module, "MOST_TOLD", 3)
    run = new_run(tmp_path / "mine")
    inbox = Inbox(run)
    for _ in range(10):
        with run.commands_file.open("ab") as file:
            file.write(b"nonsense\n")
        assert inbox.read() == []
    assert len(inbox.notices()) == 3


def test_that_nonsense_is_told_while_the_run_is_paused(tmp_path):
    run = new_run(tmp_path / "mine")
    asked = queue.SimpleQueue()
    asked.put(Pause())
    events = []
    for event in train(config(), run, asked):
        events.append(event)
        if isinstance(event, Paused):
            run.commands_file.write_bytes(b"nonsense\n")
        if isinstance(event, Warned):
            asked.put(Stop())
    assert [type(event) for event in events[-4:]] == [Paused, Warned, CheckpointSaved, RunEnded]


@pytest.mark.parametrize("notice", Notice)
def test_that_every_warning_is_a_sentence_in_the_terminal_and_in_the_window(notice, capsys):
    event = Warned(notice, "NAME", "FOLDER", 3, "TEXT")
    with Bars() as bars:
        bars.show(event)
    for said in (capsys.readouterr().err, warning(event)):
        assert ("TEXT" if notice == Notice.NO_BOARD else "NAME") in said
        assert ("FOLDER" in said) == (notice == Notice.FOLDER_LOST)


def test_that_the_file_of_the_checkpoint_says_where_the_events_stand_after_a_rescue(tmp_path):
    if sys.platform == "win32":
        pytest.skip("what is open stays where it is there")
    run = new_run(tmp_path / "mine")
    trained(run, lambda: remove(run))
    from safetensors import safe_open

    with safe_open(run.resume_file, framework="pt") as file:
        position = json.loads(file.metadata()["position"])
    lines = run.events_file.read_bytes()[: position["events"]].splitlines()
    assert json.loads(lines[-1])["event"] in ("StepsDone", "FiltersSeen", "Measured", "EpochDone", "CheckpointSaved")
    assert torch.isfinite(load_file(run.resume_file)["weights.fc8.bias"]).all()
