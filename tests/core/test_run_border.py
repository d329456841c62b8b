"""A run folder of a stranger: it hides no other run, and nothing is written out of it."""

import json
import os
import queue
import random
import re

import numpy as np
import pytest

from alexnet_app import cli
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.results import summary
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import (
    CheckpointSaved,
    Ending,
    EpochDone,
    FiltersSeen,
    Measured,
    Notice,
    Progress,
    RateChanged,
    RateReason,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
    Task,
    Warned,
)
from alexnet_app.core.experiments.scoreboard import kept_scores
from alexnet_app.core.files import ENDING, replace_file
from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.network.header import summary_in
from alexnet_app.core.runs import reading
from alexnet_app.core.runs.border import check_own, snapshot_file
from alexnet_app.core.runs.divergence import divergence_of
from alexnet_app.core.runs.lines import event_or_newer, to_line
from alexnet_app.core.runs.listing import has_own_model, models, runs_below, summarize
from alexnet_app.core.runs.reading import lasting
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.steering import Pause
from alexnet_app.core.training.config_text import load_config, to_toml
from alexnet_app.core.training.resume import why_not_resumed
from alexnet_app.ui.train.jobs import finding

STARTED = RunStarted("cifar-towers", "CIFAR-10", 1_000, 1_000, 100, 0, 10, 5, "CPU", "fp32", 2)
POSIX = pytest.mark.skipif(os.name == "nt", reason="links need a right there, and pipes are no files")


def line(event):
    return to_line(event, 1.0) + "\n"


def make_run(folder, text=""):
    run = Run.create(folder, to_toml(load_config("shapes")))
    run.events_file.write_text(line(STARTED) + text, encoding="utf-8")
    return run


HOSTILE = {
    "brackets": "[" * 200_000 + "\n",
    "braces": '{"event":' * 200_000 + "\n",
    "digits": '{"event": "EpochDone", "epoch": ' + "1" * 400 + "}\n",
    "large": json.dumps({"event": "CheckpointSaved", "step": 10**18, "epoch": 10**18}) + "\n",
    "negative": '{"event": "CheckpointSaved", "step": -1, "epoch": -5}\n',
    "infinite": '{"event": "Evaluated", "split": "test", "pictures": 1e999, "loss": NaN}\n',
    "surrogate": '{"event": "Skipped", "path": "\\ud800", "reason": "\\udfff"}\n',
    "twice": '{"event": "Paused", "step": 1, "step": 2}\n',
    "list": '{"event": ["RunEnded"], "reason": {}}\n',
    "text": "\x00\x01 not JSON\n\n\n",
    "long": "x" * 5_000_000 + "\n",
    "resumes": "".join(line(Resumed(0, 0, 0, 1)) + line(CheckpointSaved(each, 1)) for each in range(3_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_that_a_line_of_a_stranger_hides_no_run_and_no_model(tmp_path, name):
    for each in ("good", "other"):
        make_run(tmp_path / each)
    bad = make_run(tmp_path / "bad", HOSTILE[name] + line(EpochDone(1, 10, 1.0, 0.5, 1.0, 0.4, 0.1, True, 9.0)))
    bad.last_file.write_bytes(b"1")
    *_, found = finding(tmp_path)
    assert {run.name for run in found.runs} == {"good", "other", "bad"}
    assert next(run for run in found.runs if run.name == "bad").best_error in (0.4, None)
    assert bad.last_file in [model.path for model, _ in found.models]


def test_that_what_a_newer_version_says_is_left_out_and_counted(tmp_path):
    newer = [
        '{"event": "KernelsSwapped", "step": 3}',
        '{"event": "RateChanged", "step": 3, "rate": 0.1, "reason": "cosine"}',
        '{"event": "RunEnded", "reason": "merged", "step": 3, "epoch": 1}',
    ]
    assert [event_or_newer(each) for each in newer] == [(None, True)] * 3
    found = summarize(make_run(tmp_path / "run", "".join(f"{each}\n" for each in newer)))
    assert (found.state, found.newer, found.network) == ("broken off", 3, "cifar-towers")


@pytest.mark.parametrize("limit", ["MOST_BROKEN", "MOST_BYTES", "MOST_BROKEN_BYTES"])
def test_that_a_file_without_end_is_named_and_not_read_to_its_end(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(reading, limit, 100)
    make_run(tmp_path / "good")
    make_run(tmp_path / "bad", "nonsense\n" * 200 if "BROKEN" in limit else line(Resumed(0, 0, 0, 1)) * 200)
    monkeypatch.setattr(reading, "MOST_BYTES", 1_000 if limit == "MOST_BYTES" else 1 << 30)
    states = {run.name: (run.state, run.problem) for run in runs_below(tmp_path)}
    assert states["bad"][0] == "unreadable"
    assert "events.jsonl" in states["bad"][1]
    assert states["good"][0] == "broken off"


def epochs(*errors, first=1):
    return "".join(
        line(EpochDone(epoch, 10 * epoch, 1.0, 0.5, 1.0, error, 0.1, True, 9.0))
        for epoch, error in enumerate(errors, first)
    )


@pytest.mark.parametrize("bounded", ["bytes", "events"])
def test_that_of_a_long_run_a_list_reads_the_beginning_and_the_end(tmp_path, monkeypatch, bounded):
    run = make_run(tmp_path / "run", epochs(0.2) + epochs(*[0.9] * 500, first=2) + epochs(0.4, first=502))
    whole = summarize(run)
    assert (whole.whole, whole.epoch, whole.best_error) == (True, 502, 0.2)
    if bounded == "bytes":
        monkeypatch.setattr(reading, "HEAD", 1_000)
        monkeypatch.setattr(reading, "TAIL", 2_000)
    else:
        monkeypatch.setattr(reading, "MOST_LISTED", 9)
    parsed, real = [], reading.event_or_newer
    monkeypatch.setattr(reading, "event_or_newer", lambda each: (parsed.append(each), real(each))[1])
    found = summarize(run)
    assert (found.whole, found.network, found.epoch, found.epochs) == (False, "cifar-towers", 502, 5)
    assert found.best_error is None  # its best epoch may be any of those between, and no model says it
    assert 2 <= len(parsed) < 20
    head = model_head(validation_error=0.2, epoch=1)
    run.best_file.write_bytes(head)
    assert (summarize(run).best_error, summarize(run).judged) == (0.2, run.best_file)
    run.last_file.write_bytes(model_head(trained_on=["train", "validation"]))
    assert summarize(run).judged == run.last_file


def model_head(**said):
    head = json.dumps({"__metadata__": {"summary": json.dumps(said)}}).encode()
    return len(head).to_bytes(8, "little") + head


def test_that_the_window_waits_for_no_long_past(tmp_path, monkeypatch):
    ended = line(StepsDone(5_030, (9.0,), 0.5, 1.0)) + line(RunEnded(Ending.DIVERGED, 5_031, 503))
    run = make_run(tmp_path / "run", epochs(*[0.9] * 503) + ended)
    run.last_file.write_bytes(model_head(trained_on=["train", "validation"]))
    monkeypatch.setattr(reading, "HEAD", 1_000)
    monkeypatch.setattr(reading, "TAIL", 2_000)
    monkeypatch.setattr("alexnet_app.core.runs.run.read_past", lambda *_: pytest.fail("all of it is read"))
    found = divergence_of(run)
    assert (found.step, found.rate) == (5_031, 0.5)
    assert run.ended().reason == "diverged"
    assert "already done 503 epochs" in why_not_resumed(run)
    monkeypatch.setattr("alexnet_app.core.runs.run.read_ends", lambda *_: pytest.fail("some of it is read"))
    assert has_own_model(run.folder)
    run.last_file.write_bytes(model_head(trained_on=["train"]))
    assert not has_own_model(run.folder)


def test_that_the_end_of_a_long_run_undoes_what_its_beginning_says(tmp_path, monkeypatch):
    text = epochs(0.5)
    place = len(line(STARTED) + text)
    undone = epochs(0.1, first=2) + line(StepsDone(20, (1.0,) * 300, 0.1, 1.0)) * 9
    run = make_run(tmp_path / "run", text + undone + line(Resumed(10, 1, place, 7, 10)))
    monkeypatch.setattr(reading, "HEAD", len(line(STARTED) + text + epochs(0.1, first=2)))
    monkeypatch.setattr(reading, "TAIL", 500)
    found = summarize(run)
    assert (found.whole, found.epoch, found.epochs) == (False, 1, 7)


@POSIX
@pytest.mark.parametrize("name", ["config.toml", "events.jsonl"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "link"])
def test_that_a_run_with_odd_files_is_a_row_that_says_so(tmp_path, name, kind):
    make_run(tmp_path / "good")
    bad = make_run(tmp_path / "bad")
    path = bad.folder / name
    path.unlink()
    make = {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path)}
    make.get(kind, lambda: path.symlink_to("/dev/zero" if kind == "device" else tmp_path / "good" / name))()
    said = {"device": "link"}.get(kind, kind)
    *_, found = finding(tmp_path)
    rows = {run.name: (run.state, run.problem) for run in found.runs}
    assert rows == {"good": ("broken off", ""), "bad": ("unreadable", f"{name}: it is a {said}")}
    for read in (summarize, kept_scores, read_config_text):
        if (read is read_config_text) == (name == "config.toml"):
            with pytest.raises(UnreadableError, match=f"it is a {said}"):
                read(bad)


@POSIX
def test_that_a_run_with_pipes_for_models_and_snapshots_blocks_nobody(tmp_path):
    run = make_run(tmp_path / "run", line(FiltersSeen(1, "filters/step-1.npy")))
    for path in (run.best_file, run.last_file, run.commands_file, run.filters_folder / "step-1.npy"):
        os.mkfifo(path)
    assert summary_in(run.best_file) == {}
    assert [each for each in models(tmp_path) if each.kind != "bundled"] == []
    with pytest.raises(UserError, match=r"commands\.jsonl could not be written"):
        run.ask(Pause())


WRITTEN = [
    STARTED,
    StepsDone(0, (1.0, 2.0), 0.1, 3.0),
    EpochDone(1, 10, 1.0, 0.5, 1.0, 0.4, 0.1, True, 9.0),
    RateChanged(3, 0.1, RateReason.ASKED),
    Resumed(3, 1, 100, 5, 10),
    CheckpointSaved(3, 1),
    RunEnded(Ending.FINISHED, 3, 1),
    FiltersSeen(3, "filters/a.npy"),
    Measured(3, {"silent/conv1": 0.5}),
    Progress(Task.DRAW, 1, 2),
    Warned(Notice.NO_LOCKS, "writing.owner"),
]
STRANGE = ["0", "-1", "null", "true", "1e999", "1e-320", "NaN", '""', "[]", "{}", "9" * 30, "18446744073709551615"]
STRANGE += ['"\\ud800"', '"finished"', '{"a": null}', "[[[]]]"]
VALUE = re.compile(r'(?<=: )("[^"]*"|[-\d.e]+|true|false|\[[^\]]*\]|\{[^}]*\})')


def mutated(chance, text):
    """A line with a strange value in it, or with bytes that were changed or lost."""
    if chance.random() < 0.6:
        found = chance.choice(list(VALUE.finditer(text)))
        return f"{text[: found.start()]}{chance.choice(STRANGE)}{text[found.end() :]}".encode()
    changed = bytearray(text.encode())
    place = chance.randrange(len(changed))
    changed[place : place + chance.choice([0, 1, 1, 9])] = bytes([chance.randrange(256)])
    return bytes(changed)


def test_that_mutated_events_stumble_nobody(tmp_path):
    chance = random.Random(11)
    run = make_run(tmp_path / "run")
    for _ in range(200):
        lines = [mutated(chance, to_line(chance.choice(WRITTEN), 1.0)) for _ in range(8)]
        run.events_file.write_bytes(b"\n".join(lines) + b"\n")
        assert [each.state != "unreadable" for each in runs_below(tmp_path)] == [True]
        kept_scores(run)
        summary(run)
        state = RunState(16)
        with Bars() as bars:
            for event in run.events():
                state.take(event)
                bars.show(event)
        assert 0 <= state.share() <= 1
        state.remaining_seconds()


def slow_lasting(lines):
    """What holds, said as it is meant."""
    kept = []
    for place, event in lines:
        if isinstance(event, Resumed):
            saved = [each for each in kept if isinstance(each[1], CheckpointSaved) and each[1].step <= event.step]
            kept = [each for each in kept if each[0] < event.position or each in saved]
        kept.append((place, event))
    return kept


def test_that_what_resumes_undo_is_what_they_say():
    chance = random.Random(7)
    for _ in range(500):
        lines = []
        for place in range(chance.randrange(1, 25)):
            step = chance.randrange(6)
            kinds = [Resumed(step, 0, chance.randrange(place + 1), 1), CheckpointSaved(step, place)]
            lines.append((place, chance.choice([*kinds, StepsDone(place, (1.0,), 0.1, 1.0)])))
        assert lasting(lines) == slow_lasting(lines)


ELSEWHERE = ["../secret.npy", "filters/../../x.npy", "/etc/passwd", "C:\\x.npy", "filters\\x.npy", "filters/.npy"]
ELSEWHERE += ["", "x.npy", "filters/a/b.npy", "filters/x.npy\n", "filters//x.npy", "filters/x.npy:s", "filters/..npy"]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_that_kernels_are_read_only_from_the_folder_for_them(tmp_path, name):
    assert snapshot_file(Run(tmp_path), name) is None


def test_that_the_kernels_of_a_run_are_found(tmp_path):
    name = "filters/step-00000010.npy"
    assert snapshot_file(Run(tmp_path), name) == tmp_path / name


PLANTED = ["events.jsonl", "log.txt", "config.toml", "commands.jsonl", "writing.lock", "resume.safetensors"]
PLANTED += ["last.alexnet", "best.alexnet", "filters", "filters/step-00000000.npy", "writing.owner"]


def resumed(run):
    return cli.main(["train", "--resume", str(run.folder)])


def states(folder):
    """What lies below ``folder``: names, contents, times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


@POSIX
@pytest.mark.parametrize("name", PLANTED)
def test_that_a_resume_through_planted_links_is_refused_before_anything_is_written(tmp_path, capsys, name):
    run = make_run(tmp_path / "run")
    aside = tmp_path / "photos"
    aside.mkdir()
    target = aside / "target"
    path = run.folder / name
    if name == "filters":
        run.filters_folder.rmdir()
        path.symlink_to(aside)
    else:
        if path.exists():
            path.rename(target)
        else:
            target.write_text("mine")
        path.symlink_to(target)
    before = states(tmp_path)
    assert resumed(run) == 2
    assert "link" in capsys.readouterr().err
    assert states(tmp_path) == before


@POSIX
@pytest.mark.parametrize("name", ["events.jsonl", "log.txt", "commands.jsonl", "writing.lock"])
def test_that_what_is_written_in_place_has_no_other_name(tmp_path, capsys, name):
    run = make_run(tmp_path / "run")
    other = tmp_path / "diary.txt"
    path = run.folder / name
    path.touch()
    os.link(path, other)
    before = states(tmp_path)
    assert resumed(run) == 2
    assert f"{name} has another name elsewhere" in capsys.readouterr().err
    assert states(tmp_path) == before
    if name == "commands.jsonl":
        with pytest.raises(UserError, match="another name elsewhere"):
            run.ask(Pause())
        assert other.read_text() == ""


def test_that_an_honest_run_folder_may_be_written(tmp_path):
    run = make_run(tmp_path / "run")
    (run.filters_folder / "step-00000000.npy").write_bytes(b"")
    os.link(make_run(tmp_path / "model").config_file, run.best_file)  # it is replaced, not written
    check_own(run)


@POSIX
def test_that_temporary_files_and_snapshots_are_made_anew(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / f"a.json.{os.getpid()}{ENDING}").symlink_to(mine)
    replace_file(tmp_path / "a.json", lambda temporary: temporary.write_text("{}"))
    (tmp_path / "step.npy").symlink_to(mine)
    torch = pytest.importorskip("torch")
    write_snapshot(tmp_path / "step.npy", torch.zeros(2, 3, 4, 4))
    assert mine.read_text() == "mine"
    assert np.load(tmp_path / "step.npy").shape == (2, 4, 4, 3)


def test_that_a_followed_run_gives_each_event_once_though_its_last_line_is_still_being_written(tmp_path):
    ended = line(RunEnded("stopped", 2, 1))
    run = make_run(tmp_path / "run", line(StepsDone(0, (1.0,), 0.1, 1.0)) + ended.rstrip("\n"))
    job = run.follow(queue.SimpleQueue())
    assert [type(next(job)) for _ in range(2)] == [RunStarted, StepsDone]
    with run.events_file.open("a", encoding="utf-8") as file:
        file.write("\n")
    assert list(job) == [RunEnded("stopped", 2, 1)]
