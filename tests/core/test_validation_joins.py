"""Validation images that are trained on from an epoch on, as the CIFAR-10 files of 2012 fold in their fifth batch."""

import queue
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from alexnet_app.core.data.feed.batches import BatchOrder, Growth
from alexnet_app.core.data.feed.reading import Joined, is_raw, read_into
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, Event, RunEnded, StepsDone, ValidationJoined
from alexnet_app.core.runs.checkpoint import read_checkpoint
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.core.training.config import check_new
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

SETTINGS = ["share=0.05", "epochs=4", "batch_size=32", "precision=fp32", "threads=1", "validation_joins_after=2"]

WHOLE = pytest.mark.whole


def _config():
    return with_settings(load_config("shapes"), SETTINGS)


def _trained(folder, until: type[Event] | None = None, count: int = 1, config=None) -> tuple[Run, list[Event]]:
    config = config or _config()
    run = Run.existing(folder) if folder.exists() else Run.create(folder, to_toml(config))
    asked = queue.SimpleQueue()
    events: list[Event] = []
    for event in train(config, run, asked):
        events.append(event)
        if until is not None and sum(isinstance(each, until) for each in events) == count:
            asked.put(Stop())
            until = None
    return run, events


def test_that_later_epochs_draw_from_all_images_and_keep_their_number_of_steps():
    order = BatchOrder(50, 8, seed=1, growth=Growth(at_first=40, epochs=2))

    seen = [np.concatenate([order.chosen(step) for step in range(5 * epoch, 5 * epoch + 5)]) for epoch in range(4)]

    assert order.steps_per_epoch == 5
    assert [sorted(each) for each in seen[:2]] == [list(range(40))] * 2
    assert all(len(set(each)) == 40 and max(each) >= 40 for each in seen[2:])


def test_that_an_order_without_growth_is_as_it_was():
    plain, grown = BatchOrder(40, 8, seed=1), BatchOrder(50, 8, seed=1, growth=Growth(40, 2))

    assert all((plain.chosen(step) == grown.chosen(step)).all() for step in range(10))


def test_that_two_sets_read_as_one():
    first, second = np.arange(4 * 12, dtype=np.uint8).reshape(4, 2, 2, 3), np.full((3, 2, 2, 3), 200, np.uint8)
    joined, whole = Joined(first, second), np.concatenate([first, second])
    held = np.empty((3, 2, 2, 3), np.uint8)

    read_into(held, joined, np.array([1, 3, 5]))

    assert is_raw(joined)
    assert joined.shape == whole.shape
    assert (held == whole[[1, 3, 5]]).all()
    assert (joined[np.array([6, 0, 4])] == whole[[6, 0, 4]]).all()
    assert (joined[2:5] == whole[2:5]).all()
    assert (joined[5] == whole[5]).all()


@SLOW
def test_that_it_is_told_and_no_later_epoch_is_called_the_best(tmp_path):
    _, events = _trained(tmp_path / "run")

    joined = [event for event in events if isinstance(event, ValidationJoined)]
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert [(each.epoch, each.images) for each in joined] == [(2, 50)]
    assert events.index(joined[0]) > events.index(epochs[1])
    assert not any(epoch.best for epoch in epochs[2:])


@SLOW
@pytest.mark.parametrize("epoch", [pytest.param(1, marks=WHOLE), 2, pytest.param(3, marks=WHOLE)])
def test_that_a_run_stopped_before_at_or_after_it_goes_on_bit_for_bit(tmp_path, epoch):
    whole, story = _trained(tmp_path / "whole")
    parts, first = _trained(tmp_path / "parts", EpochDone, epoch)
    _, second = _trained(tmp_path / "parts")

    assert isinstance(first[-1], RunEnded)
    assert first[-1].reason == "stopped"
    expected, found = (read_checkpoint(run.resume_file) for run in (whole, parts))
    assert all((expected.weights[name] == found.weights[name]).all() for name in expected.weights)
    losses = [loss for event in parts.events() if isinstance(event, StepsDone) for loss in event.losses]
    assert losses == [loss for event in story if isinstance(event, StepsDone) for loss in event.losses]
    assert {(each.step, each.epoch) for each in parts.events() if isinstance(each, ValidationJoined)} == {(18, 2)}
    assert any(isinstance(event, ValidationJoined) for event in second), "whoever resumes it is told too"
    assert list(islice(second, 1))


def test_that_a_model_whose_validation_images_were_trained_on_claims_no_validation_error(tmp_path):
    from alexnet_app.core.network.bundle import read_bundle

    run, _ = _trained(tmp_path / "run")

    assert read_bundle(run.last_file).summary["validation_error"] is None
    assert read_bundle(run.best_file).summary["validation_error"] is not None


def test_that_a_plateau_of_seen_images_steers_nothing():
    config = replace(_config(), optimization=replace(_config().optimization, schedule="plateau"))
    with pytest.raises(UserError, match=r"validation_joins_after cannot be 2.*choose the schedule steps"):
        check_new(config)
