"""The training loop: a generator of events that reads commands between steps."""

import logging
import math
import queue
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from alexnet_app.core.data.feed.share import part_of
from alexnet_app.core.data.prepared.expecting import NOTHING, expected_at
from alexnet_app.core.data.prepared.prepare import is_ready, placed, prepare
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.device import choose_precision, computing, give_back_memory
from alexnet_app.core.driven import Driven
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import (
    BegunWith,
    CheckpointSaved,
    Command,
    Continue,
    Continued,
    DivideRate,
    Ending,
    EpochDone,
    Evaluated,
    Event,
    FiltersSeen,
    Leave,
    Pause,
    Paused,
    Progress,
    RateChanged,
    RateReason,
    Resumed,
    RunEnded,
    RunStarted,
    SaveNow,
    StepsDone,
    Stop,
    Task,
    Warned,
)
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.evaluate import Errors, evaluate
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.network.towers import whole
from alexnet_app.core.runs.holding import Held
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.runs.log import RunLog
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.core.training.estimate import check_room, estimate
from alexnet_app.core.training.finetune import opened_model
from alexnet_app.core.training.measuring import chance, cuts, silence
from alexnet_app.core.training.own_network import kept_back, network_of, share_rule_of, split_rule_of
from alexnet_app.core.training.placement import choose_devices, describe_all, exchanged
from alexnet_app.core.training.resume import config_of
from alexnet_app.core.training.trainer import Trainer

REPORT_SECONDS = 0.05
log = logging.getLogger(__name__)


class _EndsHereError(Exception):
    """Leads out of the loop to the end of the run, from wherever it was decided."""

    def __init__(self, reason: Ending, advice: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


def train(config: TrainConfig, run: Run, asked: queue.SimpleQueue[Command] | None = None) -> Iterator[Event]:
    """Trains ``config`` in the folder of ``run``, from its checkpoint if it has one. Yields what happens.

    Every event is in the folder's ``events.jsonl`` when the caller gets it (steps merged to a line a second). Commands
    come through ``asked`` and through the folder. Stop saves and ends with ``RunEnded("stopped")``; closing the
    generator abandons the run at its last checkpoint. Raises UserError for what the person can put right.
    """
    with run.opened() as events, _logged(run):
        for event in _train(config, run, events, Inbox(run, asked)):
            if isinstance(event, RunEnded):
                events.keep_place()
            for each in (*events.notices(), event):
                events.append(each)
                if not isinstance(each, StepsDone | Progress):
                    log.log(logging.WARNING if isinstance(each, Warned) else logging.INFO, "%s", each)
                yield each


def _train(config: TrainConfig, run: Run, events: Held, inbox: Inbox) -> Generator[Event, None, None]:
    if not run.resume_file.exists():
        check_new(config)
    devices = choose_devices(config)
    precision = choose_precision(config.precision, devices[0])
    with computing(precision, config.threads):
        _check_checkpoint_is_there(run)
        if events.position() and not run.resume_file.exists():
            yield Resumed(step=0, epoch=0, position=0, epochs=config.epochs)  # broken off before its first checkpoint
        model = opened_model(config, run)
        source = yield from opening_source(config.data, split_rule=split_rule_of(run))
        if run.resume_file.exists() and config.storage == "auto":
            config = replace(config, storage=config_of(run).storage)  # as it was chosen at first: JPEG is not raw
        spec = network_of(config, run, model)
        side = spec.picture_size
        place = None if is_ready(source, side) else (yield from placed(source, side, config.storage))
        if not run.resume_file.exists():
            expected = NOTHING if place is None else expected_at(place, source)
            yield check_room(estimate(config, source, devices[0], precision, expected), devices, run.folder)
            config = replace(config, storage=place.new.storage if place else config.storage)  # for good
        data = part_of((yield from prepare(source, side, place=place)), config.share, share_rule_of(run))
        give_back_memory()  # what preparing took
        with Trainer(config, data, devices, precision, run, events, model, spec) as trainer:
            _keep_config(config, run)
            events.remember_settings()
            if model is not None and trainer.resumed is None:
                last = trainer.network.spec.layers[-1].name
                yield BegunWith(_named(config.init), last, trainer.last_kept, ", ".join(trainer.frozen))
            yield _first_event(config, trainer)
            if not trainer.position.step:
                splits = trainer.data.splits
                yield chance(splits["train"].labels, splits["validation"].labels, len(trainer.data.classes))
            yield from _joined_before(trainer)
            try:
                while trainer.position.epoch < config.epochs and not _has_learned_enough(config, run):
                    yield from _epoch(trainer, inbox)
                    yield from _close_epoch(trainer, inbox)
                yield from cuts(trainer.bundle(), trainer.data, trainer.position.step)
                yield from _closing_evaluation(trainer, inbox)
            except _EndsHereError as end:
                yield RunEnded(end.reason, trainer.position.step, trainer.position.epoch, end.advice)
                return
            yield RunEnded(Ending.FINISHED, trainer.position.step, trainer.position.epoch)


def _named(init: str) -> str:
    """The model that a run begins with, as a file where a folder was given."""
    return str(model_path(init)) if Path(init).expanduser().is_dir() else init


def _has_learned_enough(config: TrainConfig, run: Run) -> bool:
    """Whether the last epoch's training error is as small as was asked for; a resume sees it in the folder."""
    if not config.stop_at_training_error:
        return False
    last = next((event for event in reversed(run.events(StepsDone)) if isinstance(event, EpochDone)), None)
    return last is not None and last.train_error <= config.stop_at_training_error


def _check_checkpoint_is_there(run: Run) -> None:
    """A checkpoint that was saved and is gone was removed: nothing is trained over its model.

    A model alone says nothing: a run that is killed in its first save has one before its checkpoint.
    """
    if not run.resume_file.exists() and any(isinstance(event, CheckpointSaved) for event in run.events()):
        raise UserError(
            "the run in {folder} has saved a checkpoint, but {name} is missing",
            hint="restore the file, or start a new run; its models can still be used",
            folder=run.folder,
            name=run.resume_file.name,
        )


def _keep_config(config: TrainConfig, run: Run) -> None:
    """Writes what a resume has changed, now that nothing has refused it."""
    text = to_toml(config)
    if text != read_config_text(run):
        replace_file(run.config_file, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _epoch(trainer: Trainer, inbox: Inbox) -> Iterator[Event]:
    """Trains to the end of the epoch that is under way."""
    epoch = trainer.position.epoch
    if trainer.has_joined(epoch + 1) and not trainer.has_joined(epoch) and trainer.position.step == trainer.begun_at:
        yield trainer.joined()
    for step in range(trainer.position.step, trainer.epoch_ends_at):
        if trainer.wants_filters(step):
            yield from _filters(trainer, step)
        trainer.train_step()
        if trainer.since_report() >= REPORT_SECONDS or step + 1 == trainer.epoch_ends_at:
            yield trainer.report()
            _go_on_if_finite(trainer)
            standing = trainer.stands_at_chance()
            if standing is not None:
                yield standing
            yield from _obey(trainer, inbox.read(), inbox)
            if trainer.checkpoint_is_due():
                yield _save(trainer)


def _joined_before(trainer: Trainer) -> Iterator[Event]:
    """Where a run goes on after the validation images have joined: says so again."""
    if trainer.has_joined(trainer.position.epoch + 1) and trainer.position.step > trainer.joined().step:
        yield trainer.joined()


def _close_epoch(trainer: Trainer, inbox: Inbox) -> Iterator[Event]:
    """Validates, lets the schedule decide, saves."""
    errors = yield from _errors(trainer, "validation", inbox)
    yield trainer.close_epoch(errors)
    if not math.isfinite(errors.loss):
        raise _EndsHereError(Ending.DIVERGED, _advice(trainer, "the validation loss is no longer finite"))
    yield from _filters(trainer, trainer.position.step)
    yield silence(trainer.bundle(), trainer.data, trainer.position.step)
    trainer.restart_clock()
    if trainer.schedule_drops():
        how = trainer.config.optimization
        yield _divide_rate(trainer, how.factor, RateReason(how.schedule))
    yield _save(trainer)


def _closing_evaluation(trainer: Trainer, inbox: Inbox) -> Iterator[Event]:
    """The last weights on the pictures that steered nothing; the only time they are used."""
    if "test" in trainer.data.splits:
        errors = yield from _errors(trainer, "test", inbox)
        yield Evaluated("test", errors.pictures, errors.loss, errors.top1_error, errors.top5_error)


def _errors(trainer: Trainer, split: str, inbox: Inbox) -> Generator[Event, None, Errors]:
    """Evaluates on ``split`` and obeys commands between batches."""
    arrays = trainer.data.splits[split]
    work = Driven(evaluate(trainer.network, arrays, trainer.mean, trainer.precision))
    reported = time.monotonic()
    for done in work:
        if time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            yield Progress(Task(split), done, len(arrays.labels))
            yield from _obey(trainer, inbox.read(), inbox)
    trainer.restart_clock()
    return work.result


def _obey(trainer: Trainer, commands: list[Command], inbox: Inbox) -> Iterator[Event]:
    """Does what was asked, in order; waits while it is asked to pause."""
    paused = False
    yield from inbox.notices()
    while commands or paused:
        for command in commands:
            match command:
                case Stop():
                    yield _save(trainer)
                    raise _EndsHereError(Ending.STOPPED)
                case SaveNow():
                    yield _save(trainer)
                case DivideRate(by):
                    yield _divide_rate(trainer, by, RateReason.ASKED)
                case Pause() if not paused:
                    paused = True
                    yield Paused(trainer.position.step)
                case Continue() | Leave() if paused:  # whoever leaves can close this only when something is yielded
                    paused = False
                    yield Continued(trainer.position.step)
        commands = inbox.wait() if paused else []
        yield from inbox.notices()
        trainer.restart_clock()


def _divide_rate(trainer: Trainer, by: float, reason: RateReason) -> Event:
    trainer.set_rate(trainer.position.rate / by)
    return RateChanged(trainer.position.step, trainer.position.rate, reason)


def _go_on_if_finite(trainer: Trainer) -> None:
    if trainer.diverged:
        raise _EndsHereError(Ending.DIVERGED, _advice(trainer, "the loss is no longer finite"))


def _save(trainer: Trainer) -> Event:
    if not trainer.save():
        raise _EndsHereError(Ending.DIVERGED, _advice(trainer, "a weight is no longer finite"))
    return CheckpointSaved(trainer.position.step, trainer.position.epoch)


def _advice(trainer: Trainer, what: str) -> str:
    """What a person can do about a run whose numbers have run away."""
    kept = "; the last good model is kept" if trainer.run.last_file.exists() else ""
    return (
        f"{what} after {trainer.position.step:,} steps; start again with a learning rate below "
        f"{trainer.position.rate:g}, for example --set learning_rate={trainer.config.learning_rate / 10:g}{kept}"
    )


def _filters(trainer: Trainer, step: int) -> Iterator[Event]:
    """Writes conv1's kernels as they are now: a small file that only shows, so it is not waited for on the disk.

    Where it cannot be written there is none: a run does not end for it.
    """
    name = f"filters/step-{step:08d}.npy"
    path = trainer.run.folder / name
    try:
        write_snapshot(path, whole(trainer.network.parts("conv1.weight")))
    except OSError as error:
        log.warning("the kernels after step %d could not be saved: %s", step, error)
        with suppress(OSError):
            path.unlink(missing_ok=True)  # a torn one
        return
    yield FiltersSeen(step, name)


def _first_event(config: TrainConfig, trainer: Trainer) -> Event:
    if trainer.resumed is not None:
        difference = trainer.difference()
        return Resumed(
            trainer.position.step,
            trainer.position.epoch,
            trainer.resumed,
            config.epochs,
            trainer.batches.steps_per_epoch,
            exact=not difference,
            difference=difference,
            network=kept_back(trainer.network.spec, config),
        )
    splits = trainer.data.splits
    return RunStarted(
        network=config.title,
        data=trainer.data.name,
        parameters=trainer.network.spec.parameters,
        train_pictures=len(splits["train"].labels),
        validation_pictures=len(splits["validation"].labels),
        test_pictures=len(splits["test"].labels) if "test" in splits else 0,
        steps_per_epoch=trainer.batches.steps_per_epoch,
        epochs=config.epochs,
        device=describe_all(trainer.devices, config.placement),
        precision=trainer.precision,
        threads=torch.get_num_threads(),
        exchanged=exchanged(trainer.network.spec, config.placement, trainer.batches.batch_size, trainer.precision),
    )


@contextmanager
def _logged(run: Run) -> Iterator[None]:
    """Keeps what happens, and the trace of what goes wrong, in the run's log; a full memory becomes a sentence."""
    handler = RunLog(run)
    everyone = logging.getLogger("alexnet_app")  # what has to be said of how it computes is said elsewhere
    everyone.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    except UserError as error:
        log.error("%s", error)  # noqa: TRY400  (the sentence says it all)
        raise
    except (MemoryError, RuntimeError) as error:
        log.exception("the run failed")
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise UserError(
                "there is not enough memory",
                hint=Way.FEWER_AT_ONCE,
            ) from error
        raise
    except Exception:
        log.exception("the run failed")
        raise
    finally:
        everyone.removeHandler(handler)
        handler.close()
