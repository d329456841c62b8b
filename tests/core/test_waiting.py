"""The queue: what waits, in which order, who gets it, and what becomes of it."""

import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Ending, RunEnded, StepsDone
from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.runs import waiting
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.waiting import Queue
from alexnet_app.core.training import queued as queueing
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.queued import claim_next, free_devices, is_left, queued

CONFIG = TrainConfig(network="shapes-towers", data="shapes", device="cpu", epochs=2)


@pytest.fixture
def queue(tmp_path):
    return Queue(tmp_path / "queue")


def entry(tmp_path, name, **changes):
    return queued(replace(CONFIG, **changes), name, tmp_path / "runs")


def names(queue):
    return [each.name for each in queue.read().entries]


def ends(claim, reason=Ending.FINISHED, epoch=2):
    with holding(claim.run) as log:
        log.append(StepsDone(0, (2.0,), 0.01, 100.0))
        log.append(RunEnded(reason, 1, epoch))


def test_that_what_waits_is_kept_in_order_and_can_be_moved_and_removed(queue, tmp_path):
    assert queue.read().entries == ()
    queue.add([entry(tmp_path, name) for name in "abcd"])
    first, second, *_ = (each.key for each in Queue(queue.folder).read().entries)
    queue.move(first, 2)
    assert names(queue) == ["b", "c", "a", "d"]
    queue.move(second, 99)
    assert names(queue) == ["c", "a", "d", "b"]
    queue.move(second, -1)
    assert names(queue) == ["b", "c", "a", "d"]
    assert queue.remove(first).name == "a"
    assert names(queue) == ["b", "c", "d"]
    with pytest.raises(UserError, match="no run"):
        queue.remove(first)
    with pytest.raises(UserError, match="no run"):
        queue.move("", 0)


def test_that_a_list_has_a_largest_size_that_is_said(queue, tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_ENTRIES", 2)
    queue.add([entry(tmp_path, "a")])
    with pytest.raises(UserError, match="the queue has 1 runs; with 2 more it would have more than 2"):
        queue.add([entry(tmp_path, "b"), entry(tmp_path, "c")])
    assert names(queue) == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"entries": 3}',
        b'{"entries": [3]}',
        b'{"entries": [{"key": "../../x"}]}',
        b'{"entries": [{"key": "00000000", "name": 3}]}',
        b'{"entries": [{"key": "00000000", "run": "%s"}]}' % (b"a" * 5_000),
        b"\xff\xfe",
    ],
)
def test_that_a_list_that_is_none_is_said_and_left_as_it_is(queue, tmp_path, content):
    queue.folder.mkdir()
    queue.file.write_bytes(content)
    for do in (queue.read, lambda: queue.add([entry(tmp_path, "a")]), lambda: claim_next(queue)):
        with pytest.raises(UnreadableError, match=r"queue\.json"):
            do()
    assert queue.file.read_bytes() == content


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_that_the_list_is_not_read_through_a_link(queue, tmp_path):
    queue.folder.mkdir()
    (tmp_path / "other.json").write_text('{"entries": []}', encoding="utf-8")
    queue.file.symlink_to(tmp_path / "other.json")
    with pytest.raises(UnreadableError):
        queue.read()


def test_that_an_entry_becomes_a_run_with_its_name_and_leaves_when_it_has_finished(queue, tmp_path):
    queue.add([entry(tmp_path, "first one"), entry(tmp_path, "second")])
    claim = claim_next(queue)
    assert called(claim.run.folder) == "first one"
    assert 'device = "cpu"' in claim.run.config_file.read_text()
    assert queue.read().held == {claim.entry.key}
    assert claim_next(queue) is None, "the processor has its run"
    assert is_left(queue)
    with pytest.raises(UserError, match="is being trained"):
        queue.remove(claim.entry.key)
    ends(claim)
    assert claim.settle_by_its_end() == ""
    assert names(queue) == ["second"]
    claim_next(queue).settle()
    assert not is_left(queue)
    assert [path.name for path in queue.folder.glob("????????.lock")] == []


def test_that_two_runs_of_one_name_are_told_apart(queue, tmp_path):
    queue.add([entry(tmp_path, "twice"), entry(tmp_path, "twice")])
    for name in ("twice", "twice 2"):
        claim = claim_next(queue)
        assert called(claim.run.folder) == name
        claim.settle()


def test_that_a_run_that_fails_keeps_its_reason_and_the_next_one_is_begun(queue, tmp_path):
    queue.add([entry(tmp_path, "bad"), entry(tmp_path, "good")])
    claim = claim_next(queue)
    claim.settle("there is no room for it")
    following = claim_next(queue)
    assert following.entry.name == "good"
    ends(following, Ending.DIVERGED)
    assert following.settle_by_its_end() == "it diverged after 1 steps"
    assert [each.problem for each in queue.read().entries] == ["there is no room for it", "it diverged after 1 steps"]
    assert not is_left(queue)
    queue.retry(claim.entry.key)
    assert is_left(queue)


def test_that_what_cannot_be_begun_is_marked_and_passed_over(queue, tmp_path):
    bad = replace(entry(tmp_path, "bad"), config="epochs = 'many'")
    queue.add([bad, entry(tmp_path, "gone", device="cuda:9"), entry(tmp_path, "good")])
    assert claim_next(queue).entry.name == "good"
    problems = [each.problem for each in queue.read().entries]
    assert "epochs must be a whole number" in problems[0]
    assert "no device 'cuda:9'" in problems[1]


def test_that_nothing_is_begun_while_it_rests(queue, tmp_path):
    queue.add([entry(tmp_path, "a")])
    queue.rest(rests=True)
    assert claim_next(queue) is None
    assert not is_left(queue)
    queue.rest(rests=False)
    assert claim_next(queue) is not None


def test_that_a_run_whose_process_was_killed_is_taken_up_again(queue, tmp_path):
    queue.add([entry(tmp_path, "a")])
    first = claim_next(queue)
    first.lock.release()  # as a killed process does
    again = claim_next(queue)
    assert again.run.folder == first.run.folder
    ends(again)
    again.lock.release()
    assert claim_next(queue) is None
    assert names(queue) == [], "it had finished meanwhile"


def test_that_a_run_is_kept_that_is_to_continue_later(queue, tmp_path):
    queue.add([entry(tmp_path, "a")])
    claim = claim_next(queue)
    ends(claim, Ending.STOPPED, epoch=1)
    claim.settle_by_its_end(keep=True)
    assert claim_next(queue).run.folder == claim.run.folder


def test_that_a_run_folder_that_is_gone_is_begun_anew(queue, tmp_path):
    queue.add([entry(tmp_path, "a")])
    claim = claim_next(queue)
    claim.lock.release()
    claim.run.discard_unstarted()
    again = claim_next(queue)
    assert again.run.config_file.is_file()


def test_that_a_run_outside_the_queue_keeps_its_device_busy(queue, tmp_path):
    other = Run.create(tmp_path / "runs" / "other", 'network = "shapes-towers"\ndata = "shapes"\ndevice = "cpu"\n')
    queue.add([entry(tmp_path, "a")])
    with holding(other):
        assert claim_next(queue) is None
    assert claim_next(queue) is not None


def test_that_two_devices_have_two_runs_at_once(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    config = replace(CONFIG, device="auto")
    assert free_devices(config, ()) == ("cuda:0",)
    assert free_devices(config, ("cuda:0",)) == ("cuda:1",)
    assert free_devices(config, ("cuda:0", "cuda:1")) is None
    assert free_devices(replace(config, device="cuda"), ("cuda:0",)) is None
    assert free_devices(replace(config, device="cpu"), ("cuda:0",)) == ("cpu",)
    towers = replace(config, placement="towers", devices=("cuda:0", "cuda:1"))
    assert free_devices(towers, ()) == ("cuda:0", "cuda:1")
    assert free_devices(towers, ("cuda:1",)) is None


def _claims(folder, ready, found):
    queue = Queue(Path(folder))
    ready.wait()
    claims = []
    queueing._busy = lambda *_: frozenset()  # any number at once: only the lock stands between them
    while (claim := claim_next(queue)) is not None:
        claims.append(claim)
    found.put([each.entry.name for each in claims])
    ready.wait()  # all hold what they have until each has looked


def test_that_processes_never_get_the_same_entry(queue, tmp_path):
    expected = [f"run {number}" for number in range(6)]
    queue.add([entry(tmp_path, name) for name in expected])
    context = multiprocessing.get_context("spawn")
    ready, found = context.Barrier(3), context.Queue()
    processes = [context.Process(target=_claims, args=(str(queue.folder), ready, found)) for _ in range(3)]
    for process in processes:
        process.start()
    got = [found.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(120)
    assert sorted(name for each in got for name in each) == sorted(expected)


def test_that_one_process_at_a_time_works_through_it(queue):
    assert not queue.is_worked_through()
    lock = queue.working()
    assert queue.is_worked_through()
    with pytest.raises(UserError, match="works through the queue already"):
        queue.working()
    lock.release()
    assert not queue.is_worked_through()


def test_that_the_file_is_plain(queue, tmp_path):
    queue.add([entry(tmp_path, "ä")])
    plain = json.loads(queue.file.read_text(encoding="utf-8"))
    assert plain["entries"][0]["name"] == "ä"
    assert plain["rests"] is False
