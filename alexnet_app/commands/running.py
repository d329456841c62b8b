"""Jobs run to their end before the person's eyes: their events as bars and lines, Ctrl-C as a request to stop."""

import queue
from collections.abc import Generator
from typing import TypeVar

from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.progress import Bars, say
from alexnet_app.core.awake import kept_awake
from alexnet_app.core.events import Event, Resumed, RunEnded, RunStarted
from alexnet_app.core.generators import Driven
from alexnet_app.core.runs.divergence import divergence_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.resume import why_not_resumed

Result = TypeVar("Result")


def shown(work: Generator[Event, None, Result], bars: Bars) -> Result:
    """What ``work`` returns, its events shown meanwhile."""
    driven = Driven(work)
    for event in driven:
        bars.show(event)
    return driven.result


def train_to_end(config: TrainConfig, run: Run, rate: float | None = None) -> RunEnded | None:
    """Trains with bars on stderr, on from its checkpoint with the learning rate ``rate`` where it is given. Ctrl-C
    saves and stops, a second one breaks off. None if it broke off unsaved. UserError where the run diverged.
    """
    from alexnet_app.core.training.train import train as training

    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    last: Event | None = None
    begun = False
    with interruptible(asked) as interrupted, Bars(config.batch_size) as bars:
        job = kept_awake(training(config, run, asked, rate))
        for last in job:
            bars.show(last)
            begun = begun or isinstance(last, RunStarted | Resumed)
            if interrupted() and not begun:  # still preparing, which goes on where it was; there is nothing to save
                job.close()  # type: ignore[attr-defined]
                return None
    ended = last if isinstance(last, RunEnded) else None
    diverged = divergence_of(run) if ended else None
    if diverged is not None:
        raise diverged.told()
    return ended


def relocated(run: Run, data: str) -> None:
    """Lets ``data`` be the images of ``run`` from now on, with bars; UserError where they are others."""
    from alexnet_app.core.training.relocating import relocating

    with Bars() as bars:
        shown(relocating(run, data), bars)
    say(f"{run.folder.name}: its images are now in {data}")


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
