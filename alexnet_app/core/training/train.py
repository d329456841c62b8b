"""A run from its configuration to its end: a generator of events."""

import logging
import queue
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from alexnet_app.core.crash_reports import noting
from alexnet_app.core.data.feed.share import part_of
from alexnet_app.core.data.prepared.expecting import NOTHING, expected_at
from alexnet_app.core.data.prepared.prepare import is_ready, placed, prepare
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.device import choose_precision, computing, give_back_memory
from alexnet_app.core.errors import DiskFullError, UnwritableError, UserError, Way
from alexnet_app.core.events import (
    BegunWith,
    CheckpointSaved,
    EpochDone,
    Event,
    Measured,
    Progress,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
    Warned,
)
from alexnet_app.core.network.header import summary_in
from alexnet_app.core.runs.holding import Held, holding
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.runs.log import RunLog
from alexnet_app.core.runs.run import IN_MASSES, Run
from alexnet_app.core.steering import Command
from alexnet_app.core.training.board import board_of
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.estimate import check_room, estimate
from alexnet_app.core.training.finetune import opened_model
from alexnet_app.core.training.loop import epochs
from alexnet_app.core.training.monitor import chance
from alexnet_app.core.training.own_network import kept_back, network_of, share_rule_of, split_rule_of
from alexnet_app.core.training.parallel import choose_devices, describe_all, exchanged
from alexnet_app.core.training.resume import check_data_is_there, config_of, keep_config
from alexnet_app.core.training.smaller import as_fits
from alexnet_app.core.training.trainer import Trainer

log = logging.getLogger(__name__)


def train(
    config: TrainConfig,
    run: Run,
    asked: queue.SimpleQueue[Command] | None = None,
    rate: float | None = None,
    *,
    asks: bool = False,
) -> Iterator[Event]:
    """Trains ``config`` in the folder of ``run``, from its checkpoint if it has one, from there on with the learning
    rate ``rate`` where it is given. Yields what happens.

    Every event is in the folder's ``events.jsonl`` when the caller gets it (steps merged to a line a second). Commands
    come through ``asked`` and through the folder. Stop saves and ends with ``RunEnded("stopped")``; closing the
    generator abandons the run at its last checkpoint. With ``asks`` somebody is there to answer a question: where
    memory is full the run waits for ``Halve``. Raises UserError for what the person can put right.
    """
    with (
        _with_room(run),
        holding(run) as events,
        _logged(run),
        noting(run.folder),
        board_of(run, config) as board,
    ):
        inbox = Inbox(run, asked)
        for event in as_fits(config, rate, lambda how, at: _train(how, run, events, inbox, at), inbox, asks=asks):
            if isinstance(event, RunEnded):
                with suppress(UnwritableError):  # what could be saved is
                    events.keep_place()
            for each in (*events.notices(), *board.notices(), event):
                events.append(each)
                board.take(each)
                if not isinstance(each, StepsDone | Progress | Measured):
                    log.log(logging.WARNING if isinstance(each, Warned) else logging.INFO, "%s", each)
                yield each


def _train(
    config: TrainConfig, run: Run, events: Held, inbox: Inbox, rate: float | None
) -> Generator[Event, None, None]:
    if run.resume_file.exists():
        check_data_is_there(config)
    else:
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
            keep_config(config, run)
            events.remember_settings()
            if model is not None and trainer.resumed is None:
                last = trainer.network.spec.layers[-1].name
                taken, frozen = trainer.taken, ", ".join(trainer.frozen)
                yield BegunWith(_named(config.init), last, taken.last_kept, frozen, ", ".join(taken.new))
            yield _first_event(config, trainer)
            if not trainer.position.step:
                splits = trainer.data.splits
                yield chance(splits["train"].labels, splits["validation"].labels, len(trainer.data.classes))
            yield from epochs(trainer, inbox, rate)


def _named(init: str) -> str:
    """The model that a run begins with, as a file where a folder was given."""
    return str(model_path(init)) if Path(init).expanduser().is_dir() else init


def _check_checkpoint_is_there(run: Run) -> None:
    """A checkpoint that was saved and is gone was removed: nothing is trained over its model.

    A model of the first epoch says nothing: a run that is killed in its first save has one before its checkpoint.
    """
    if run.resume_file.exists():
        return
    if any(isinstance(event, CheckpointSaved) for event in run.events()):
        raise UserError(
            "the run in {folder} has saved a checkpoint, but {name} is missing",
            hint="restore the file, or start a new run; its models can still be used",
            folder=run.folder,
            name=run.resume_file.name,
        )
    events = [event for _, event in run.past(*IN_MASSES).found]  # with those that a start from the beginning undid
    told = [event.epoch for event in events if isinstance(event, EpochDone)]
    most = 1 + max(told, default=0) if any(isinstance(event, RunStarted) for event in events) else 0
    for model in (run.best_file, run.last_file):
        epoch = summary_in(model).get("epoch")
        if isinstance(epoch, int) and epoch > most:
            raise UserError(
                "{model} is a model after {epoch:,} epochs of training, but {name} and the events of these are missing",
                hint="restore the files, or start a new run; the model can still be used",
                model=model,
                epoch=epoch,
                name=run.resume_file.name,
            )


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
            checked=trainer.checked,
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
def _with_room(run: Run) -> Iterator[None]:
    """Where the disk is full the way out is to resume, once there is something to resume."""
    try:
        yield
    except DiskFullError as error:
        if run.resume_file.exists() or run.has_started():
            raise error.replaced(Way.ROOM_TO_RESUME) from error
        raise


@contextmanager
def _logged(run: Run) -> Iterator[None]:
    """Keeps what happens, and the trace of what goes wrong, in the run's log."""
    handler = RunLog(run)
    everyone = logging.getLogger("alexnet_app")  # what has to be said of how it computes is said elsewhere
    everyone.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    except UserError as error:
        log.error("%s", error)  # noqa: TRY400  (the sentence says it all)
        raise
    except Exception:
        log.exception("the run failed")
        raise
    finally:
        everyone.removeHandler(handler)
        handler.close()
