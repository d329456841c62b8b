"""The epochs of a run: steps, validation, the schedule, checkpoints, and the commands that are obeyed in between."""

import logging
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import TypeVar

from alexnet_app.core.device import give_back_memory
from alexnet_app.core.errors import DataGoneError
from alexnet_app.core.events import (
    CheckpointSaved,
    Continued,
    Ending,
    EpochDone,
    Evaluated,
    Event,
    FiltersSeen,
    Notice,
    Paused,
    Progress,
    RateChanged,
    RateReason,
    RunEnded,
    StepsDone,
    Task,
    Warned,
)
from alexnet_app.core.generators import Driven
from alexnet_app.core.inference.evaluate import BATCH, Errors, evaluate
from alexnet_app.core.insight.snapshot import is_due, write_snapshot
from alexnet_app.core.memory import is_exhausted
from alexnet_app.core.network.towers import whole
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.steering import (
    LEAST_RATE,
    MOST_RATE,
    Command,
    Continue,
    DivideRate,
    Leave,
    Pause,
    SaveNow,
    SetRate,
    Stop,
    UndoRate,
)
from alexnet_app.core.training.measuring import is_watched
from alexnet_app.core.training.monitor import cuts, silence
from alexnet_app.core.training.trainer import Trainer
from alexnet_app.core.training.waiting import waiting

Read = TypeVar("Read")
REPORT_SECONDS = 0.05
UNSAVED = "the steps since the last checkpoint could not be saved"  # of a run that was stopped on a full disk
log = logging.getLogger(__name__)


class _EndsHereError(Exception):
    """Leads out of the loop to the end of the run, from wherever it was decided."""

    def __init__(self, reason: Ending, advice: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


def epochs(trainer: Trainer, inbox: Inbox, rate: float | None = None) -> Iterator[Event]:
    """All that are left of the run, what is measured at its end, and the closing evaluation; the last is RunEnded.

    Where ``rate`` is given the run goes on with it as its learning rate.
    """
    yield from _joined_before(trainer)
    try:
        yield from _with_rate(trainer, rate)
        while trainer.position.epoch < trainer.config.epochs and not _is_over(trainer):
            yield from _epoch(trainer, inbox)
            yield from _close_epoch(trainer, inbox)
        measured = lambda: cuts(trainer.bundle(), trainer.data, trainer.position.step)  # noqa: E731
        yield from (yield from _reading(trainer, inbox, measured))
        yield from _closing_evaluation(trainer, inbox)
        yield from _until_saved(trainer, inbox)
    except _EndsHereError as end:
        yield RunEnded(end.reason, trainer.position.step, trainer.position.epoch, end.advice)
        return
    yield RunEnded(Ending.FINISHED, trainer.position.step, trainer.position.epoch, early=_ended_early(trainer))


def _is_over(trainer: Trainer) -> bool:
    """Whether the run finishes before its last epoch."""
    return _has_learned_enough(trainer) or _waited(trainer) > 0


def _waited(trainer: Trainer) -> int:
    """How many epochs have brought no better validation error where these are as many as ``stop_after``, else 0. It
    follows from the position alone: a resume decides the same.
    """
    position, most = trainer.position, trainer.config.stop_after
    waited = position.epoch - position.best_epoch
    return waited if most and waited >= most else 0


def _ended_early(trainer: Trainer) -> int:
    return _waited(trainer) if trainer.position.epoch < trainer.config.epochs else 0


def _has_learned_enough(trainer: Trainer) -> bool:
    """Whether the last epoch's training error is as small as was asked for; a resume sees it in the folder."""
    enough = trainer.config.stop_at_training_error
    if not enough:
        return False
    last = trainer.last
    if last is None:
        events = reversed(trainer.run.events(StepsDone))
        last = next((event for event in events if isinstance(event, EpochDone)), None)
    return last is not None and last.train_error <= enough


def _epoch(trainer: Trainer, inbox: Inbox) -> Iterator[Event]:
    """Trains to the end of the epoch that is under way."""
    epoch = trainer.position.epoch
    if trainer.has_joined(epoch + 1) and not trainer.has_joined(epoch) and trainer.position.step == trainer.begun_at:
        yield trainer.joined()
    for step in range(trainer.position.step, trainer.epoch_ends_at):
        trainer.measuring.expect(is_watched(step, trainer.batches.steps_per_epoch))
        if is_due(step, trainer.batches.steps_per_epoch):
            yield from _filters(trainer, step)
        yield from _reading(trainer, inbox, trainer.train_step)
        if trainer.since_report() >= REPORT_SECONDS or step + 1 == trainer.epoch_ends_at:
            yield trainer.report()
            _go_on_if_finite(trainer)
            yield from trainer.measuring.told(trainer.position.step)
            standing = trainer.stands_at_chance()
            if standing is not None:
                yield standing
            yield from _obey(trainer, inbox.read(), inbox)
            if trainer.checkpoint_is_due():
                yield from _save(trainer)
            if trainer.owes_too_much():
                yield from _until_saved(trainer, inbox)


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
    if trainer.schedule_drops():
        how = trainer.config.optimization
        yield _change_rate(trainer, trainer.position.rate / how.factor, RateReason(how.schedule))
    # after that: while this waits for its images the run can be saved, and the schedule must not decide twice
    measured = lambda: silence(trainer.bundle(), trainer.data, trainer.position.step)  # noqa: E731
    yield (yield from _reading(trainer, inbox, measured))
    trainer.restart_clock()
    yield from _save(trainer)


def _closing_evaluation(trainer: Trainer, inbox: Inbox) -> Iterator[Event]:
    """The last weights on the pictures that steered nothing; the only time they are used."""
    if "test" in trainer.data.splits:
        errors = yield from _errors(trainer, "test", inbox)
        yield Evaluated("test", errors.pictures, errors.loss, errors.top1_error, errors.top5_error)


def _reading(trainer: Trainer, inbox: Inbox, read: Callable[[], Read]) -> Generator[Event, None, Read]:
    """What ``read`` gives, which reads images and does nothing where it cannot: then it waits for them."""
    while True:
        try:
            return read()
        except DataGoneError as error:
            gone = error.with_traceback(None)
        yield from _until_back(trainer, inbox, gone)


def _until_back(trainer: Trainer, inbox: Inbox, gone: DataGoneError) -> Iterator[Event]:
    """Saves what there is and waits until the images that are ``gone`` are the same again. Nothing is told where they
    are already, as those of another file that was open on a disk which has come back.
    """
    if gone.is_back is None:
        raise gone
    if gone.is_back():
        return
    began, path = time.monotonic(), str(gone.values["path"])
    if trainer.unreported:
        yield trainer.report()
        _go_on_if_finite(trainer)
    yield from _save(trainer)
    yield Warned(Notice.DATA_GONE, path, text=str(gone.values["why"]))
    yield from waiting(inbox, gone.is_back, lambda commands: _obey(trainer, commands, inbox))
    yield Warned(Notice.DATA_BACK, path, count=round(time.monotonic() - began))
    trainer.restart_clock()


def _errors(trainer: Trainer, split: str, inbox: Inbox) -> Generator[Event, None, Errors]:
    """Evaluates on ``split``, anew where its images were out of reach meanwhile, or fewer at a time where memory was
    full: nothing is learned there that would change.
    """
    at_once = BATCH
    gone: DataGoneError | None
    while True:
        try:
            return (yield from _evaluated(trainer, split, inbox, at_once))
        except DataGoneError as error:
            gone = error.with_traceback(None)
        except (MemoryError, RuntimeError) as error:
            if at_once == 1 or not is_exhausted(error):
                raise
            at_once, gone = at_once // 2, None
            log.warning("memory is full: %s is evaluated %d images at a time", split, at_once)
        if gone is None:
            give_back_memory()
        else:
            yield from _until_back(trainer, inbox, gone)


def _evaluated(trainer: Trainer, split: str, inbox: Inbox, at_once: int) -> Generator[Event, None, Errors]:
    """Evaluates on ``split`` and obeys commands between batches."""
    arrays = trainer.data.splits[split]
    maps = trainer.validation_maps if split == "validation" else None
    work = Driven(
        evaluate(trainer.network, arrays, trainer.mean, trainer.precision, maps.centres if maps else None, at_once)
    )
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
                    yield from _save(trainer, asked=True)
                    yield from _until_saved(trainer, inbox)
                    raise _EndsHereError(Ending.STOPPED)
                case SaveNow():
                    yield from _save(trainer, asked=True)
                case DivideRate() | SetRate() | UndoRate():
                    yield from _steer(trainer, command)
                case Pause() if not paused:
                    paused = True
                    yield Paused(trainer.position.step)
                case Continue() | Leave() if paused:  # whoever leaves can close this only when something is yielded
                    paused = False
                    yield Continued(trainer.position.step)
        commands = inbox.wait() if paused else []
        yield from inbox.notices()
        trainer.restart_clock()


def _steer(trainer: Trainer, command: DivideRate | SetRate | UndoRate) -> Iterator[Event]:
    """Changes the learning rate as a person wants it."""
    now = trainer.position.rate
    match command:
        case DivideRate(by):
            yield _change_rate(trainer, min(max(now / by, LEAST_RATE), MOST_RATE), RateReason.ASKED)
        case SetRate(rate):
            yield _change_rate(trainer, rate, RateReason.ASKED)
        case UndoRate():
            before = trainer.asked_rates.undone(now)
            if before is not None:
                yield _change_rate(trainer, before, RateReason.UNDONE)


def _with_rate(trainer: Trainer, rate: float | None) -> Iterator[Event]:
    """Begins a resume with another learning rate, and saves it: a later resume goes on from there."""
    if rate is not None and rate != trainer.position.rate:
        yield _change_rate(trainer, rate, RateReason.ASKED)
        yield from _save(trainer)


def _change_rate(trainer: Trainer, rate: float, reason: RateReason) -> Event:
    trainer.asked_rates.note(trainer.position.rate, rate, reason)
    trainer.set_rate(rate)
    return RateChanged(trainer.position.step, trainer.position.rate, reason)


def _go_on_if_finite(trainer: Trainer) -> None:
    if trainer.diverged:
        raise _EndsHereError(Ending.DIVERGED, _advice(trainer, "the loss is no longer finite"))


def _save(trainer: Trainer, *, asked: bool = False) -> Iterator[Event]:
    """Saves, if the system lets it: it is tried again later."""
    saved = trainer.save(asked=asked)
    if saved is False:
        raise _EndsHereError(Ending.DIVERGED, _advice(trainer, "a weight is no longer finite"))
    if saved:
        yield CheckpointSaved(trainer.position.step, trainer.position.epoch)


def _until_saved(trainer: Trainer, inbox: Inbox) -> Iterator[Event]:
    """Waits until all is on the disk. A Stop, where one has led here another one, gives up what is not."""

    def obey(commands: list[Command]) -> Iterator[Event]:
        if any(isinstance(command, Stop) for command in commands):
            raise _EndsHereError(Ending.STOPPED, UNSAVED)
        if commands or trainer.checkpoint_is_due():
            yield from _save(trainer)

    if not trainer.is_all_written():
        yield Warned(Notice.WAITS_TO_SAVE, str(trainer.run.folder))
        yield from waiting(inbox, trainer.is_all_written, obey)


def _advice(trainer: Trainer, what: str) -> str:
    """What has run away; the way out is told from what the folder holds (``runs/divergence.py``)."""
    return f"{what} after {trainer.position.step:,} steps with a learning rate of {trainer.position.rate:g}"


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
