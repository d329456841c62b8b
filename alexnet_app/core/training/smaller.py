"""A run whose device has too little memory goes on with fewer images per forward pass: the batch stays as it is."""

import gc
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from alexnet_app.core.device import give_back_memory
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import CheckpointSaved, Event, MemoryShort
from alexnet_app.core.memory import is_exhausted
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.steering import Command, Halve, Stop
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.waiting import waiting

log = logging.getLogger(__name__)


def as_fits(
    config: TrainConfig,
    rate: float | None,
    train: Callable[[TrainConfig, float | None], Iterator[Event]],
    inbox: Inbox,
    *,
    asks: bool,
) -> Iterator[Event]:
    """What ``train`` yields for ``config`` and the learning rate ``rate``. Where memory is full it is called again with
    half as many images per forward pass, to go on from the last checkpoint: at once where the configuration says so,
    with ``asks`` when somebody agrees. UserError with the way out where nobody does, or one image is too many.
    """
    while True:
        try:
            for event in train(config, rate):
                if isinstance(event, CheckpointSaved):
                    rate = None  # it is in there
                yield event
        except (MemoryError, RuntimeError) as error:
            if not is_exhausted(error):
                raise
            log.warning("memory is full with %d images per forward pass: %s", config.at_once, error)
        else:
            return
        gc.collect()  # what the frames of the error held
        give_back_memory()
        half = config.at_once // 2
        if not half or not (asks or config.halve_micro_batch):
            raise _short(config)
        yield MemoryShort(config.at_once, half, asked=not config.halve_micro_batch)
        if not config.halve_micro_batch:
            yield from _agreed(config, inbox)
        config = replace(config, micro_batch=half)


def _agreed(config: TrainConfig, inbox: Inbox) -> Iterator[Event]:
    """Waits until somebody agrees to go on. UserError where the run is to be stopped."""
    answers: list[Command] = []

    def obey(commands: list[Command]) -> Iterator[Event]:
        answers.extend(command for command in commands if isinstance(command, Halve))
        if any(isinstance(command, Stop) for command in commands):
            raise _short(config)
        yield from ()

    yield from waiting(inbox, lambda: bool(answers), obey)


def _short(config: TrainConfig) -> UserError:
    half = config.at_once // 2
    if not half:
        return UserError(
            "there is not enough memory for a single image", "choose a smaller network, or a device with more memory"
        )
    return UserError(
        "there is not enough memory for {count:,} images per forward pass",
        hint=Way.FEWER_AT_ONCE,
        count=config.at_once,
        half=half,
        key="micro_batch",
    )
