"""What a run folder's files are read as when something else than the program has written in them."""

import contextlib
import json
import logging
from dataclasses import asdict, fields
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, Resumed, RunEnded, StepsDone
from alexnet_app.core.runs.checkpoint import Checkpoint, Position, read_checkpoint, write_checkpoint
from alexnet_app.core.runs.lines import command_from_line, event_from_line, to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import DivideRate, Stop

EVENTS = [
    StepsDone(0, (2.5, 2.25), 0.01, 800.0),
    EpochDone(1, 2, 2.4, 0.9, 2.3, 0.8, 0.3, best=True, images_per_second=790.0),
    Resumed(2, 1, 120, 3, 2, exact=False, difference="threads 1 → 2"),
    RunEnded("stopped", 2, 1),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_that_an_event_is_read_back_from_its_line(event):
    assert event_from_line(to_line(event, 1.0)) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("strange", [None, "x", 1.5, [], {}, True, ["x"]])
def test_that_a_field_of_another_type_makes_no_event(event, strange):
    for field in fields(event):
        record = {**json.loads(to_line(event, 1.0)), field.name: strange}
        read = event_from_line(json.dumps(record))
        assert read is None or type(getattr(read, field.name)) in (type(getattr(event, field.name)), float)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"event": ' * 100_000])
def test_that_a_line_too_deep_to_read_makes_no_event(line):
    assert event_from_line(line) is None


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_that_a_number_of_400_digits_makes_no_event(event):
    for field in fields(event):
        record = {**json.loads(to_line(event, 1.0)), field.name: 10**400}
        assert event_from_line(json.dumps(record)) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "1",
        "null",
        '"Stop"',
        '{"command": "Format"}',
        '{"command": 3}',
        '{"command": "DivideRate", "by": 0}',
        "[" * 100_000,
        '{"command": "Stop", "why": ' + "[" * 100_000,
    ],
)
def test_that_what_is_no_command_is_passed_over(line):
    assert command_from_line(line) is None


def test_that_commands_are_read_back():
    assert command_from_line(to_line(DivideRate(2.0), 1.0)) == DivideRate(2.0)
    assert command_from_line('{"command": "Stop", "who": "me"}') == Stop()


def checkpoint_with(path, **changes):
    position = {**asdict(Position(rate=0.1)), **changes}
    save_file({"weights.w": torch.zeros(2)}, path, {"position": json.dumps(position), "conditions": "{}"})
    return path


def test_that_a_checkpoint_is_read_back(tmp_path):
    path = tmp_path / "resume.safetensors"
    written = Checkpoint({"w": torch.ones(2)}, {"w": torch.zeros(2)}, Position(step=3, rate=0.1), {"device": "CPU"})
    write_checkpoint(path, written)
    read = read_checkpoint(path)
    assert read.position == written.position
    assert read.conditions == written.conditions
    assert torch.equal(read.weights["w"], torch.ones(2))
    assert torch.equal(read.momentum["w"], torch.zeros(2))


@pytest.mark.parametrize("name", [field.name for field in fields(Position)])
@pytest.mark.parametrize("strange", [None, "3", -1, [1], True])
def test_that_a_position_that_no_run_can_have_is_a_sentence(tmp_path, name, strange):
    with pytest.raises(UserError, match=r"cannot be read as a checkpoint.*last\.alexnet"):
        read_checkpoint(checkpoint_with(tmp_path / "resume.safetensors", **{name: strange}))


def test_that_readers_drop_what_a_resume_has_undone(tmp_path):
    run = Run.create(tmp_path / "run", "")
    kept = to_line(StepsDone(0, (3.0, 2.9), 0.1, 1.0), 1.0) + "\n"
    undone = to_line(StepsDone(2, (2.8,), 0.1, 1.0), 2.0) + "\n" + '{"event": "StepsDo\n'
    resumed = Resumed(2, 0, len(kept.encode()), 1)
    again = to_line(StepsDone(2, (2.8, 2.7), 0.1, 1.0), 4.0) + "\n"
    run.events_file.write_text(kept + undone + to_line(resumed, 3.0) + "\n" + again, encoding="utf-8")
    assert run.events() == [StepsDone(0, (3.0, 2.9), 0.1, 1.0), resumed, StepsDone(2, (2.8, 2.7), 0.1, 1.0)]


def test_that_a_run_that_made_a_step_is_never_discarded(tmp_path):
    run = Run.create(tmp_path / "run", "")
    run.events_file.write_text(to_line(StepsDone(0, (3.0,), 0.1, 1.0), 1.0) + "\n", encoding="utf-8")
    run.discard_unstarted()
    assert run.config_file.exists()


def test_that_discarding_leaves_what_is_not_ours(tmp_path):
    run = Run.create(tmp_path / "run", "")
    (run.folder / "notes.txt").write_text("mine")
    run.discard_unstarted()
    assert [path.name for path in run.folder.iterdir()] == ["notes.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_that_a_log_that_cannot_be_written_is_nobodys_trace(tmp_path, capsys):
    from alexnet_app.core.runs.log import RunLog

    handler = RunLog(Run(tmp_path))
    handler.stream = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - the handler closes it
    handler.handle(logging.makeLogRecord({"msg": "something happened"}))
    assert capsys.readouterr().err == ""
    with contextlib.suppress(OSError):
        handler.close()
