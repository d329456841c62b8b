"""Jobs run to their end before the person's eyes: their events as bars and lines, Ctrl-C as a request to stop."""

import queue
from collections.abc import Generator
from typing import TypeVar

from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.progress import Bars
from alexnet_app.core.driven import Driven
from alexnet_app.core.events import Event, Resumed, RunEnded, RunStarted
from alexnet_app.core.requests import Command
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.resume import why_not_resumed

Result = TypeVar("Result")


def shown(work: Generator[Event, None, Result], bars: Bars) -> Result:
    """What ``work`` returns, its events shown meanwhile."""
    driven = Driven(work)
    for event in driven:
        bars.show(event)
    return driven.result


def train_to_end(config: TrainConfig, run: Run) -> RunEnded | None:
    """Trains with bars on stderr. Ctrl-C saves and stops, a second one breaks off. None if it broke off unsaved."""
    from alexnet_app.core.training.train import train as training

    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    last: Event | None = None
    begun = False
    with interruptible(asked) as interrupted, Bars() as bars:
        job = training(config, run, asked)
        for last in job:
            bars.show(last)
            begun = begun or isinstance(last, RunStarted | Resumed)
            if interrupted() and not begun:  # still preparing, which goes on where it was; there is nothing to save
                job.close()  # type: ignore[attr-defined]
                return None
    return last if isinstance(last, RunEnded) else None


def how_to_continue(run: Run) -> str:
    """What to say of a run that was stopped: the command that continues it, or why there is none that works."""
    why = why_not_resumed(run)
    return f"stopped; it cannot be resumed: {why}" if why else f'stopped; continue with: train --resume "{run.folder}"'


def download_cifar10() -> None:
    """Fetches CIFAR-10 with a bar; nothing where it is here already. UserError where it cannot be had."""
    from alexnet_app.core.download import fetch_cifar10

    with Bars() as bars:
        for event in fetch_cifar10():
            bars.show(event)
