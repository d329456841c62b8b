"""What the Train panel lets run on threads, without any thread."""

import queue

import numpy as np
import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, FiltersSeen, RunEnded, StepsDone
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Leave
from alexnet_app.ui.train.jobs import RunOpened, _gathered, opening, trashing
from alexnet_app.ui.train.past import RunPast
from alexnet_app.ui.train.snapshots import Kernels


def steps(first, count):
    return StepsDone(first, tuple(float(each) for each in range(first, first + count)), 0.01, 100.0)


EPOCH = EpochDone(1, 10, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0)


def losses_of(events):
    return [(event.first, event.losses) for event in events if isinstance(event, StepsDone)]


def test_that_neighbouring_losses_come_in_one_and_none_is_lost():
    events = [
        *(steps(5 * each, 5) for each in range(1_000)),
        EPOCH,
        *(steps(5 * each, 5) for each in range(1_000, 1_500)),
    ]
    found = list(_gathered(iter(events)))
    assert len(found) < 50
    assert [value for _, losses in losses_of(found) for value in losses] == [float(each) for each in range(7_500)]
    assert all(first == losses[0] for first, losses in losses_of(found))
    place = found.index(EPOCH)
    assert losses_of(found[:place])[-1][1][-1] == 4_999
    assert losses_of(found[place:])[0][0] == 5_000


def run_with(folder, *events):
    run = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\n')
    with holding(run) as log:
        for event in events:
            log.append(event)
    return run


def test_that_only_the_last_kernels_of_the_past_are_read(tmp_path):
    run = run_with(
        tmp_path / "run", FiltersSeen(0, "filters/a.npy"), FiltersSeen(9, "filters/b.npy"), RunEnded("stopped", 9, 0)
    )
    for number, name in enumerate("ab"):
        np.save(run.filters_folder / f"{name}.npy", np.full((4, 3, 3, 3), number, np.uint8))
    found = list(opening(run.folder, queue.SimpleQueue()))
    assert isinstance(found[0], RunOpened)
    assert [each.step for each in found if isinstance(each, FiltersSeen)] == [9]
    (kernels,) = (each for each in found if isinstance(each, Kernels))
    assert kernels.step == 9
    assert (kernels.pictures == 1).all()


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY torn", b"garbage"])
def test_that_a_torn_picture_of_kernels_is_passed_over(tmp_path, content):
    run = run_with(tmp_path / "run", FiltersSeen(0, "filters/a.npy"))
    (run.filters_folder / "a.npy").write_bytes(content)
    assert not [each for each in opening(run.folder, queue.SimpleQueue()) if isinstance(each, Kernels)]


def test_that_a_follower_that_leaves_asks_nothing_of_the_run(tmp_path):
    run = run_with(tmp_path / "run", steps(0, 5))
    asked = queue.SimpleQueue()
    with holding(run):
        following = opening(run.folder, asked)
        assert next(following).follows
        asked.put(Leave())
        (past,) = (each for each in following if isinstance(each, RunPast))
        assert list(past.drawn.losses.many(np.arange(5.0))) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert not run.commands_file.exists()


def test_that_a_run_that_is_trained_is_not_thrown_away(tmp_path):
    run = run_with(tmp_path / "run", steps(0, 5))
    with holding(run), pytest.raises(UserError, match="being trained"):
        list(trashing([run.folder]))
    assert run.config_file.is_file()
