"""A run: what it yields, what it keeps, how it obeys, and how it goes on after it was broken off."""

import itertools
import json
import logging
import os
import queue
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from alexnet_app.commands.results import summary
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import (
    CheckpointSaved,
    Continued,
    Ending,
    EpochDone,
    Estimated,
    Evaluated,
    Event,
    FiltersSeen,
    Measured,
    NormalizationSeen,
    Notice,
    Paused,
    Progress,
    RateChanged,
    RateReason,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
    Warned,
)
from alexnet_app.core.inference.evaluate import Errors
from alexnet_app.core.network.bundle import read_bundle, write_bundle
from alexnet_app.core.runs.checkpoint import read_checkpoint
from alexnet_app.core.runs.divergence import Divergence, divergence_of
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Continue, DivideRate, Pause, SaveNow, Stop
from alexnet_app.core.training import loop
from alexnet_app.core.training import train as train_module
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.loop import UNSAVED
from alexnet_app.core.training.resume import check_can_go_on
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

EPOCHS, BATCH, PICTURES = 3, 16, 160
STEPS = PICTURES // BATCH


def small_source() -> Source:
    """A tenth of a second of the embedded set."""
    splits = {
        name: shapes.generate(0, name, 0, count)
        for name, count in {"train": PICTURES, "validation": 60, "test": 60}.items()
    }
    return Source("shapes", shapes.CLASSES, splits)


def small_drawing(_: int = 0) -> Generator[Event, None, Source]:
    """The same, as it is asked for by a run."""
    yield Progress("draw", 0, PICTURES)
    return small_source()


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", small_drawing)


def config(*settings: str) -> TrainConfig:
    base = with_settings(load_config("shapes"), [f"epochs={EPOCHS}", f"batch_size={BATCH}", "threads=1", "device=cpu"])
    return with_settings(base, settings)


def new_run(folder: Path, chosen: TrainConfig) -> Run:
    return Run.create(folder, to_toml(chosen))


def whole(chosen: TrainConfig, run: Run, asked: queue.SimpleQueue[Command] | None = None) -> list[Event]:
    return list(train(chosen, run, asked))


def told(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def losses(events: list[Event]) -> list[float]:
    """Every step's loss, in the order of the steps; fails if one is missing or there twice."""
    found: list[float] = []
    for event in told(events, StepsDone):
        assert event.first == len(found)
        found += event.losses
    return found


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.resume_file)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> Iterator[tuple[Run, list[Event]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "drawing", small_drawing)
        run = new_run(tmp_path_factory.mktemp("runs") / "unbroken", config())
        yield run, whole(config(), run)


def test_that_a_run_tells_its_story_in_order(unbroken):
    _, events = unbroken
    kinds = [
        type(event)
        for event in events
        if not isinstance(event, StepsDone | Progress | FiltersSeen) and not is_of_steps(event)
    ]
    epoch = [EpochDone, Measured, CheckpointSaved]
    assert kinds[:3] == [Estimated, RunStarted, Measured]
    closing = [NormalizationSeen, NormalizationSeen, Evaluated, RunEnded]
    assert [kind for kind in kinds[3:-4] if kind is not RateChanged] == epoch * EPOCHS
    assert kinds[-4:] == closing
    assert events[-1] == RunEnded("finished", EPOCHS * STEPS, EPOCHS)
    assert len(losses(events)) == EPOCHS * STEPS


def is_of_steps(event: Event) -> bool:
    """Whether it says what was measured of a step, or of the machine."""
    return isinstance(event, Measured) and not any(name.startswith(("silent/", "chance/")) for name in event.values)


def test_that_the_folder_tells_the_same_story(unbroken):
    run, events = unbroken
    kept = run.events()
    assert losses(kept) == losses(events)
    merged = StepsDone | Progress
    assert [e for e in kept if not isinstance(e, merged)] == [e for e in events if not isinstance(e, merged)]
    assert len(told(kept, StepsDone)) <= len(told(events, StepsDone))
    for line in run.events_file.read_text(encoding="utf-8").splitlines():
        assert {"event", "time"} <= json.loads(line).keys()


def test_that_the_mean_of_the_epoch_is_the_mean_of_its_steps(unbroken):
    _, events = unbroken
    every = losses(events)
    for epoch in told(events, EpochDone):
        steps = every[(epoch.epoch - 1) * STEPS : epoch.epoch * STEPS]
        assert epoch.train_loss == pytest.approx(sum(steps) / STEPS, abs=1e-12)


def test_that_models_and_filters_of_a_run_can_be_read(unbroken):
    run, events = unbroken
    last, best = read_bundle(run.last_file), read_bundle(run.best_file)
    assert last.classes == shapes.CLASSES
    assert last.summary["step"] == EPOCHS * STEPS
    assert best.summary["validation_error"] == min(e.validation_error for e in told(events, EpochDone))
    kept = {name.removeprefix("weights."): t for name, t in weights(run).items() if name.startswith("weights.")}
    assert same(kept, dict(last.weights))
    for seen in told(events, FiltersSeen):
        assert np.load(run.folder / seen.file).shape == (48, 7, 7, 3)


@SLOW
def test_that_the_same_seed_gives_the_same_weights_and_another_one_does_not(unbroken, tmp_path):
    again, other = new_run(tmp_path / "again", config()), new_run(tmp_path / "other", config("seed=2"))
    torch.manual_seed(99)  # global chance plays no part
    whole(config(), again)
    whole(config("seed=2"), other)
    assert same(weights(unbroken[0]), weights(again))
    assert not same(weights(unbroken[0]), weights(other))


@pytest.mark.parametrize("stop_at", [1, 7, STEPS, STEPS + 3, 2 * STEPS + 9])
def test_that_a_stopped_run_goes_on_bit_for_bit(unbroken, tmp_path, monkeypatch, stop_at):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)  # each step is reported, so it stops exactly there
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    first = []
    for event in train(config(), run, asked):
        first.append(event)
        if isinstance(event, StepsDone) and event.first + len(event.losses) == stop_at:
            asked.put(Stop())
    assert [type(event) for event in first[-2:]] == [CheckpointSaved, RunEnded]
    assert first[-1].reason == "stopped"
    assert first[-1].step == stop_at
    second = whole(config(), run)
    assert second[0].exact if isinstance(second[0], Resumed) else told(second, Resumed)[0].exact
    assert same(weights(unbroken[0]), weights(run))
    assert losses(run.events()) == losses(unbroken[0].events())
    assert apart_from_speed(told(run.events(), EpochDone)) == apart_from_speed(told(unbroken[1], EpochDone))
    assert len(told(run.events(), RunEnded)) == 1


def apart_from_speed(epochs: list[Event]) -> list[Event]:
    return [replace(epoch, images_per_second=0.0) for epoch in epochs]


def test_that_closing_the_generator_abandons_at_the_last_checkpoint(unbroken, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = new_run(tmp_path / "run", config())
    job = train(config(), run)
    for event in job:
        if isinstance(event, StepsDone) and event.first == STEPS + 4:
            break
    job.close()
    assert read_checkpoint(run.resume_file).position.step == STEPS
    assert run.ended() is None
    assert not any(thread.name.startswith("batches") for thread in threading.enumerate())
    whole(config(), run)
    assert same(weights(unbroken[0]), weights(run))
    assert losses(run.events()) == losses(unbroken[1])


@SLOW
def test_that_a_run_without_a_checkpoint_starts_over(unbroken, tmp_path):
    run = new_run(tmp_path / "run", config())
    job = train(config(), run)
    next(event for event in job if isinstance(event, StepsDone))
    job.close()
    assert not run.resume_file.exists()
    whole(config(), run)
    assert same(weights(unbroken[0]), weights(run))
    assert losses(run.events()) == losses(unbroken[1])
    assert len(told(run.events(), RunStarted)) == 1


def test_that_stop_ends_an_endless_run_within_a_step(tmp_path):
    chosen = config("epochs=100000")
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    events: list[Event] = []
    for event in train(chosen, new_run(tmp_path / "run", chosen), asked):
        events.append(event)
        if len(told(events, StepsDone)) == 3 and asked.empty():
            asked.put(Stop())
    assert events[-1].reason == "stopped"
    assert len(told(events, StepsDone)) <= 5


@SLOW
def test_that_pause_waits_and_continue_goes_on(tmp_path, monkeypatch, unbroken):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    events: list[Event] = []
    for event in train(config(), run, asked):
        if isinstance(event, StepsDone) and event.first == 4:
            asked.put(Pause())
        if isinstance(event, Paused):
            threading.Timer(0.3, asked.put, [Continue()]).start()
        events.append(event)
    place = next(index for index, event in enumerate(events) if isinstance(event, Paused))
    assert isinstance(events[place + 1], Continued)
    assert same(weights(unbroken[0]), weights(run))  # a pause changes nothing


def test_that_a_paused_run_can_be_stopped_and_saved(tmp_path):
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    for command in (Pause(), SaveNow(), Stop()):
        asked.put(command)
    events = whole(config(), new_run(tmp_path / "run", config()), asked)
    assert [type(event) for event in events[-4:]] == [Paused, CheckpointSaved, CheckpointSaved, RunEnded]


def test_that_the_rate_is_divided_when_asked_and_stays_so_after_a_resume(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    asked.put(DivideRate())
    for event in train(config(), run, asked):
        if isinstance(event, StepsDone) and event.first == 5:
            asked.put(Stop())
    changed = told(run.events(), RateChanged)
    assert [change.reason for change in changed] == ["asked"]
    assert changed[0].rate == pytest.approx(config().learning_rate / 10)
    resumed = next(event for event in train(config(), run) if isinstance(event, StepsDone))
    assert resumed.rate == pytest.approx(config().learning_rate / 10)


def test_that_commands_come_through_the_folder_too(tmp_path):
    chosen = config("epochs=100000")
    run = new_run(tmp_path / "run", chosen)
    events: list[Event] = []
    for event in train(chosen, run):
        events.append(event)
        if len(told(events, StepsDone)) == 2:
            Run(run.folder).ask(Stop())
    assert events[-1].reason == "stopped"


@SLOW
def test_that_a_run_is_followed_from_its_folder(tmp_path):
    run = new_run(tmp_path / "run", config())
    seen: list[Event] = []
    follower = threading.Thread(target=lambda: seen.extend(run.follow(queue.SimpleQueue())))
    follower.start()
    whole(config(), run)
    follower.join(timeout=30)
    assert not follower.is_alive()
    assert seen == run.events()


@SLOW
def test_that_a_followed_run_can_be_stopped(tmp_path):
    chosen = config("epochs=100000")
    run = new_run(tmp_path / "run", chosen)
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    trainer = threading.Thread(target=whole, args=(chosen, run))
    trainer.start()
    for event in run.follow(asked):
        if isinstance(event, EpochDone):
            asked.put(Stop())
    trainer.join(timeout=30)
    assert run.ended().reason == "stopped"


def test_that_two_processes_cannot_train_one_run(tmp_path):
    run = new_run(tmp_path / "run", config())
    job = train(config(), run)
    next(job)
    with pytest.raises(UserError, match="another process is training"):
        next(train(config(), run))
    job.close()


def test_that_a_loss_which_is_no_number_ends_the_run_and_keeps_the_last_good_model(tmp_path):
    chosen = config("learning_rate=10", "optimization.momentum=0.99")
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    run = new_run(tmp_path / "run", chosen)
    events = whole(chosen, run, asked)
    assert events[-1].reason == "diverged"
    assert "with a learning rate of 10" in events[-1].advice
    assert "NaN" not in run.events_file.read_text()
    if run.last_file.exists():
        assert all(torch.isfinite(tensor).all() for tensor in read_bundle(run.last_file).weights.values())


@SLOW
def test_that_a_full_disk_is_told_and_the_last_checkpoint_stays(tmp_path, monkeypatch):
    run, asked = new_run(tmp_path / "run", config()), queue.SimpleQueue()
    job = train(config(), run, asked)
    next(event for event in job if isinstance(event, CheckpointSaved))
    before = run.resume_file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("alexnet_app.core.runs.checkpoint.save_file", full)
    told, end = [], None
    for end in job:
        if isinstance(end, Warned):
            told.append(end.notice)
        if told and told[-1] == Notice.WAITS_TO_SAVE:
            asked.put(Stop())
    assert told[0] == Notice.DISK_FULL
    assert end == RunEnded("stopped", end.step, end.epoch, UNSAVED)
    assert run.resume_file.read_bytes() == before
    assert not list(run.folder.glob("*.tmp"))


def test_that_a_disk_that_is_full_from_the_beginning_leaves_nothing_and_nothing_is_to_be_resumed(tmp_path, monkeypatch):
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "mine").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("alexnet_app.core.files.sync", full)
        for name in ("mine", "new"):
            with pytest.raises(UserError, match="the disk is full") as told:
                new_run(tmp_path / name, config())
            assert "try again" in told.value.hint
    assert [list(path.iterdir()) for path in tmp_path.iterdir()] == [[]]
    run = new_run(tmp_path / "mine", config())
    monkeypatch.setattr("alexnet_app.core.runs.event_log.open_to_append", full)
    with pytest.raises(UserError, match="the disk is full") as told:
        list(train(config(), run))
    assert told.value.hint != Way.ROOM_TO_RESUME  # it has made no step


def test_that_there_must_be_room_before_it_starts(tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.training.estimate.free_bytes", lambda folder: 1_000_000)
    with pytest.raises(UserError, match="MB of disk space"):
        whole(config(), new_run(tmp_path / "run", config()))


def test_that_another_number_of_threads_is_told(tmp_path):
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    asked.put(Stop())
    whole(config(), run, asked)
    more = config("threads=2")
    resumed = next(event for event in train(more, run) if isinstance(event, Resumed))
    assert not resumed.exact
    assert "threads 1 → 2" in resumed.difference


@SLOW
def test_that_more_epochs_continue_a_finished_run(tmp_path, unbroken):
    run = new_run(tmp_path / "run", config("epochs=2"))
    whole(config("epochs=2"), run)
    whole(config(), run)
    assert same(weights(unbroken[0]), weights(run))
    assert [event.epoch for event in told(run.events(), EpochDone)] == [1, 2, 3]


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_train as t
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.runs.run import Run
shapes.drawing = t.small_drawing
for event in t.train(t.config("checkpoint_seconds=1"), Run(Path({folder!r}))):
    print(type(event).__name__, flush=True)
"""


@SLOW
def test_that_a_run_killed_at_any_instant_goes_on_bit_for_bit(unbroken, tmp_path):
    run = new_run(tmp_path / "run", config("checkpoint_seconds=1"))
    code = CHILD.format(tests=str(Path(__file__).parent), folder=str(run.folder))
    chance = random.Random(5)
    for count in itertools.count():
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as child:
            if count < 4:  # after some event or other, then a little later: in a step, in a save, in a validation
                for _ in range(chance.randint(3, 25)):
                    child.stdout.readline()
                threading.Event().wait(chance.random() * 0.05)
                child.send_signal(signal.SIGKILL)
            else:
                assert child.wait(timeout=120) == 0
        if run.ended() is not None:
            break
    assert count == 4
    assert same(weights(unbroken[0]), weights(run))
    assert losses(run.events()) == losses(unbroken[1])
    assert [event.epoch for event in told(run.events(), EpochDone)] == [1, 2, 3]


@SLOW
def test_that_a_torn_line_is_ended_before_a_run_goes_on(tmp_path):
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    asked.put(Stop())
    whole(config(), run, asked)
    with run.events_file.open("ab") as file:
        file.write(b'{"event": "StepsDone", "first": 3, "los')
    whole(config(), run)
    assert len(losses(run.events())) == EPOCHS * STEPS


@pytest.fixture
def stopped(tmp_path) -> Run:
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    asked.put(Stop())
    whole(config(), run, asked)
    return run


@SLOW
@pytest.mark.parametrize("setting", ["batch_size=20", "seed=5", "learning_rate=0.5", "augmentation.mirror=false"])
def test_that_a_run_does_not_go_on_with_other_settings(stopped, setting):
    before = stopped.resume_file.read_bytes()
    with pytest.raises(UserError, match=f"setting {setting.partition('=')[0]} changed since this run was saved"):
        whole(config(setting), stopped)
    assert stopped.resume_file.read_bytes() == before


@SLOW
def test_that_what_is_said_of_how_a_run_computes_is_in_its_log(tmp_path, monkeypatch):
    made = train_module.Trainer

    def without(*given: object) -> object:
        logging.getLogger("alexnet_app.core.gpu_kernels").warning("pools are computed without Triton")
        return made(*given)

    monkeypatch.setattr(train_module, "Trainer", without)
    run = new_run(tmp_path / "run", config("epochs=1"))
    whole(config("epochs=1"), run)
    assert "WARNING pools are computed without Triton" in run.log_file.read_text()
    logging.getLogger("alexnet_app.core.gpu_kernels").warning("later")  # the log belongs to the run alone
    assert "later" not in run.log_file.read_text()


def test_that_a_run_goes_on_where_the_kernels_cannot_be_kept(tmp_path, monkeypatch):
    def full(file: BinaryIO, _: object) -> None:
        file.write(b"torn")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    run = new_run(tmp_path / "run", config("epochs=1"))
    events = whole(config("epochs=1"), run)
    assert not told(events, FiltersSeen)
    assert told(events, RunEnded)[0].reason == "finished"
    assert "could not be saved" in run.log_file.read_text()
    assert not list((run.folder / "filters").iterdir())


def test_that_a_run_does_not_go_on_with_other_pictures(stopped, monkeypatch):
    def fewer() -> Generator[Event, None, Source]:
        splits = {**small_source().splits, "train": shapes.generate(0, "train", 0, PICTURES - 1)}
        yield Progress("draw", 0, PICTURES)
        return Source("shapes", shapes.CLASSES, splits)

    monkeypatch.setattr(shapes, "drawing", fewer)
    with pytest.raises(UserError, match="159 training pictures"):
        whole(config(), stopped)


def test_that_a_run_whose_checkpoint_was_removed_is_not_trained_over(stopped):
    stopped.resume_file.unlink()
    model = stopped.last_file.read_bytes()
    with pytest.raises(UserError, match="is missing"):
        whole(config(), stopped)
    assert stopped.last_file.read_bytes() == model


@SLOW
@pytest.mark.parametrize("kept", [0, 1])
def test_that_finished_models_are_not_trained_over_where_the_events_are_gone_too(stopped, kept):
    stopped.resume_file.unlink()
    summary = {"epoch": 2, "step": 10}
    for model in (stopped.last_file, stopped.best_file):
        write_bundle(model, replace(read_bundle(stopped.last_file), summary=summary))
    before = stopped.last_file.read_bytes(), stopped.best_file.read_bytes()
    lines = stopped.events_file.read_text().splitlines(keepends=True)
    stopped.events_file.write_text("".join(line for line in lines if '"RunStarted"' in line) if kept else "")
    with pytest.raises(UserError, match=r"best\.alexnet is a model after 2 epochs of training"):
        whole(config(), stopped)
    assert (stopped.last_file.read_bytes(), stopped.best_file.read_bytes()) == before


@SLOW
def test_that_a_run_killed_between_its_first_model_and_checkpoint_starts_over(unbroken, tmp_path, monkeypatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    run = new_run(tmp_path / "run", config())
    with monkeypatch.context() as patch:
        patch.setattr("alexnet_app.core.training.trainer.write_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            whole(config(), run)
    assert run.last_file.exists()
    assert not run.resume_file.exists()
    whole(config(), run)
    assert same(weights(unbroken[0]), weights(run))
    assert losses(run.events()) == losses(unbroken[1])


def test_that_a_validation_loss_which_is_no_number_ends_the_run_unsaved(tmp_path, monkeypatch):
    def evaluate(*_: object):
        yield 60
        return Errors(60, float("nan"), 0.9, 0.5)

    monkeypatch.setattr(loop, "evaluate", evaluate)
    run = new_run(tmp_path / "run", config())
    events = whole(config(), run)
    assert events[-1].reason == "diverged"
    assert "nothing was saved before" in divergence_of(run).told().sentence
    assert not run.last_file.exists()
    with pytest.raises(UserError, match="start again with a learning rate below"):
        check_can_go_on(run, config(), 1e-9)


@SLOW
def test_that_a_run_that_diverged_goes_on_from_its_checkpoint_with_a_lower_rate(tmp_path, monkeypatch):
    chosen = config("epochs=3")
    run = new_run(tmp_path / "run", chosen)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_go_on_if_finite", _diverges_after(STEPS + 3))
        assert whole(chosen, run)[-1].reason == "diverged"
    found = divergence_of(run)
    assert found == Divergence(run.folder, found.step, chosen.learning_rate, 1, STEPS)
    for rate in (None, chosen.learning_rate):
        with pytest.raises(UserError, match="diverged after"):
            check_can_go_on(run, chosen, rate)
    check_can_go_on(run, chosen, found.lower)
    events = list(train(chosen, run, rate=found.lower))
    resumed = next(event for event in events if isinstance(event, Resumed))
    changed = next(event for event in events if isinstance(event, RateChanged))
    assert (resumed.step, resumed.exact) == (STEPS, True)
    assert changed == RateChanged(STEPS, found.lower, RateReason.ASKED)
    assert events[-1].reason == "finished"
    again = list(train(replace(chosen, epochs=4), run))
    assert {event.rate for event in again if isinstance(event, StepsDone)} == {found.lower}


def _diverges_after(step):
    def go_on(trainer):
        if trainer.position.step > step:
            raise loop._EndsHereError(Ending.DIVERGED, "the loss is no longer finite")

    return go_on


def test_that_a_refused_resume_changes_no_configuration(stopped):
    before = stopped.config_file.read_text(encoding="utf-8")
    with holding(stopped), pytest.raises(UserError, match="another process"):
        next(train(config("epochs=9"), stopped))
    assert stopped.config_file.read_text(encoding="utf-8") == before
    for event in train(config("epochs=9"), stopped):
        if isinstance(event, Resumed):
            break
    assert "epochs = 9" in stopped.config_file.read_text(encoding="utf-8")


def test_that_the_summary_gives_no_error_for_a_model_that_was_not_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = new_run(tmp_path / "run", config())
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    for event in train(config(), run, asked):
        if isinstance(event, StepsDone) and event.first == STEPS + 2:
            asked.put(Stop())
    found = summary(run)
    assert found["epochs"] == 1
    assert found["top1_error"] is None
