"""A batch that goes through the network in parts: the step is that of the whole batch."""

import queue
from contextlib import ExitStack
from dataclasses import replace

import pytest
import test_train as runs
import torch

from alexnet_app.commands import hints
from alexnet_app.core.data.feed.batches import Batch
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.prepared.statistics import Components
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import MemoryShort, Progress, Resumed, RunEnded, Task
from alexnet_app.core.inference import evaluate
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.steering import Command, Halve, Pause, Stop
from alexnet_app.core.training import loop, waiting
from alexnet_app.core.training.estimate import check_room, estimate
from alexnet_app.core.training.step import Step
from alexnet_app.core.training.train import train
from alexnet_app.core.training.trainer import Trainer

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", runs.small_drawing)


def prepared() -> Prepared:
    source = runs.small_source()
    pictures = source.splits["train"].pictures
    mean = pictures.mean(axis=(0, 1, 2)).astype("float32")
    colours = Components(torch.full((3,), 30.0).numpy(), torch.eye(3).numpy())
    return Prepared("shapes", source.classes, source.splits, mean, pictures.mean(axis=0).astype("float32"), colours)


class Precise:
    """Batches in float64."""

    def __init__(self, feed):
        self._feed = feed
        self.steps_per_epoch, self.batch_size = feed.steps_per_epoch, feed.batch_size

    def __next__(self) -> Batch:
        batch = next(self._feed)
        return replace(batch, pictures=batch.pictures.double())

    def close(self):
        self._feed.close()


def steps_in_float64(folder, micro: int, count: int = 4) -> tuple[dict[str, torch.Tensor], tuple[float, ...], int]:
    """Weights, losses and errors after some steps without dropout."""
    config = runs.config(f"micro_batch={micro}")
    with ExitStack() as stack:
        run = runs.new_run(folder, config)
        events = stack.enter_context(holding(run))
        trainer = stack.enter_context(Trainer(config, prepared(), (CPU,), "fp32", run, events))
        network = trainer.network.double()
        network.spec = replace(network.spec, dense=tuple(replace(each, dropout=0.0) for each in network.spec.dense))
        trainer.batches = Precise(trainer.batches)
        for _ in range(count):
            trainer.train_step()
        losses = trainer.report().losses
        return dict(network.state_dict()), losses, trainer.position.epoch_wrong


@SLOW
@pytest.mark.parametrize("micro", [1, 3, 8, 15, 16, 1000])
def test_that_the_step_is_that_of_the_whole_batch(tmp_path, micro):
    weights, losses, wrong = steps_in_float64(tmp_path / "whole", 0)
    found, found_losses, found_wrong = steps_in_float64(tmp_path / "parts", micro)
    assert found_losses == pytest.approx(losses, rel=1e-12)
    assert found_wrong == wrong
    for name, tensor in weights.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=1e-12, msg=name)


@SLOW
def test_that_a_run_in_parts_is_the_same_every_time_and_goes_on_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    config = runs.config("micro_batch=7", "epochs=2")
    runs_of = [runs.new_run(tmp_path / name, config) for name in ("one", "other", "stopped")]
    runs.whole(config, runs_of[0])
    runs.whole(config, runs_of[1])
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    for event in train(config, runs_of[2], asked):
        if isinstance(event, runs.StepsDone) and event.first == 12:
            asked.put(Stop())
    assert 0 < len(runs.losses(runs_of[2].events())) < 2 * runs.STEPS
    resumed = runs.told(runs.whole(config, runs_of[2]), Resumed)
    assert resumed[0].exact
    one, *others = (runs.weights(each) for each in runs_of)
    assert all(runs.same(one, other) for other in others)
    plain = runs.new_run(tmp_path / "plain", runs.config("epochs=2"))
    runs.whole(runs.config("epochs=2"), plain)
    assert not runs.same(one, runs.weights(plain))  # other dropout: only the expectation is the same


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(0, 4, "micro_batch whole → 4"), (4, 0, "micro_batch 4 → whole"), (0, runs.BATCH, ""), (4, 4, "")],
)
def test_that_it_can_change_at_a_resume_which_is_told(tmp_path, before, after, said):
    run = runs.new_run(tmp_path / "run", runs.config(f"micro_batch={before}"))
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    asked.put(Stop())
    runs.whole(runs.config(f"micro_batch={before}"), run, asked)
    resumed = next(e for e in train(runs.config(f"micro_batch={after}"), run) if isinstance(e, Resumed))
    assert resumed.exact == (not said)
    assert resumed.difference == said


@SLOW
def test_that_fewer_pictures_at_a_time_need_less_memory(monkeypatch, tmp_path):
    source = runs.small_source()
    need = [estimate(runs.config(f"micro_batch={m}"), source, CPU, "fp32").memory_bytes for m in (0, 16, 8, 1)]
    assert need[0] == need[1] > need[2] > need[3]
    monkeypatch.setattr("alexnet_app.core.training.estimate.memory_bytes", lambda device: need[2] + 1)
    with pytest.raises(UserError, match="use fewer images per forward pass"):
        check_room(estimate(runs.config(), source, CPU, "fp32"), [CPU], tmp_path)
    check_room(estimate(runs.config("micro_batch=8"), source, CPU, "fp32"), [CPU], tmp_path)


def test_that_a_full_memory_is_told_with_what_helps(monkeypatch, tmp_path):
    def full(self):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Trainer, "train_step", full)
    with pytest.raises(UserError, match="not enough memory for 16 images per forward pass; use fewer images"):
        runs.whole(runs.config(), runs.new_run(tmp_path / "run", runs.config()))


class Small:
    """A device whose memory takes ``most`` images at a time; it has learned from more before, until ``after`` steps."""

    def __init__(self, monkeypatch, most, after=0):
        self.most, self.after, self.steps = most, after, 0
        self._learn = Step._learn
        monkeypatch.setattr(Step, "_learn", lambda step, *given: self._tried(step, *given))

    def _tried(self, step, x, labels, chance, count, watch):
        self.steps += 1
        if self.steps > self.after and len(x) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self._learn(step, x, labels, chance, count, watch)


def kinds(events):
    return [event for event in events if isinstance(event, MemoryShort | Resumed | RunEnded)]


def test_that_a_run_whose_memory_is_full_halves_by_itself_where_its_settings_say_so(monkeypatch, tmp_path):
    config = runs.config("halve_micro_batch=true", "checkpoint_seconds=86400")
    run = runs.new_run(tmp_path / "run", config)
    Small(monkeypatch, 4, after=runs.STEPS + 3)  # in the second epoch
    events = runs.whole(config, run)
    first, start, second, again, end = kinds(events)
    assert (first, second) == (MemoryShort(16, 8), MemoryShort(8, 4))
    assert (start.step, again.step) == (runs.STEPS, runs.STEPS), "from the checkpoint after the first epoch"
    assert again.difference == "micro_batch whole → 4"
    assert end.reason == "finished"
    assert "micro_batch = 4\n" in run.config_file.read_text()
    assert len(runs.losses(run.events())) == runs.EPOCHS * runs.STEPS
    assert "memory is full with 16 images" in run.log_file.read_text()


@SLOW
def test_that_the_numbers_are_those_of_pieces_that_fit_from_the_beginning(monkeypatch, tmp_path):
    plain = runs.config("micro_batch=4")
    expected = runs.new_run(tmp_path / "plain", plain)
    runs.whole(plain, expected)
    run = runs.new_run(tmp_path / "run", runs.config("halve_micro_batch=true"))
    Small(monkeypatch, 4)  # at the first step: there is no checkpoint yet
    runs.whole(runs.config("halve_micro_batch=true"), run)
    assert runs.same(runs.weights(run), runs.weights(expected))


def test_that_a_run_whose_memory_is_full_waits_for_an_answer_where_somebody_can_give_one(monkeypatch, tmp_path):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    config, asked, events = runs.config("epochs=1"), queue.SimpleQueue(), []
    run = runs.new_run(tmp_path / "run", config)
    Small(monkeypatch, 8)
    for event in train(config, run, asked, asks=True):
        events.append(event)
        if isinstance(event, Progress) and event.task == Task.WAIT:
            asked.put(Halve())
        elif isinstance(event, MemoryShort):
            asked.put(Pause())  # no answer
    assert kinds(events)[0] == MemoryShort(16, 8, asked=True)
    assert events[-1].reason == "finished"


def test_that_a_stop_is_an_answer_too_and_says_what_helps(monkeypatch, tmp_path):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.01)
    config, asked = runs.config("epochs=1"), queue.SimpleQueue()
    Small(monkeypatch, 8)
    events = train(config, runs.new_run(tmp_path / "run", config), asked, asks=True)
    next(event for event in events if isinstance(event, MemoryShort))
    asked.put(Stop())
    with pytest.raises(UserError, match="for 16 images per forward pass; use fewer images per forward pass") as caught:
        list(events)
    assert "halve_micro_batch=true" in hints.told(caught.value)


def test_that_one_image_that_is_too_many_is_told(monkeypatch, tmp_path):
    config = runs.config("halve_micro_batch=true", "micro_batch=1")
    Small(monkeypatch, 0)
    with pytest.raises(UserError, match="not enough memory for a single image; choose a smaller network"):
        runs.whole(config, runs.new_run(tmp_path / "run", config))


def test_that_fewer_images_are_evaluated_at_a_time_where_memory_is_full(monkeypatch, tmp_path):
    real, tried = evaluate.evaluate, []

    def little(*given):
        tried.append(given[-1])
        if given[-1] > 100:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")
        return (yield from real(*given))

    monkeypatch.setattr(loop, "evaluate", little)
    config = runs.config("epochs=1")
    assert runs.whole(config, runs.new_run(tmp_path / "run", config))[-1].reason == "finished"
    assert tried == [250, 125, 62] * 2
