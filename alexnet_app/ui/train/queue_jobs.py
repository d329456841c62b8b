"""What is done with the queue on threads: reading it, changing it, taking the next run from it and training that."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alexnet_app.commands.queueing import start_working
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.waiting import Queue, Waiting
from alexnet_app.core.training.queued import Claim, claim_next
from alexnet_app.ui.job import Asked
from alexnet_app.ui.train.jobs import resuming


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """What waits, and whether a process of its own works through it."""

    waiting: Waiting
    is_worked: bool


def reading(queue: Queue) -> Iterator[QueueSeen]:
    """How it is now."""
    yield QueueSeen(queue.read(), queue.is_worked_through())


def changing(change: Callable[[], object]) -> Iterator[bool]:
    """Does ``change``."""
    change()
    yield True


def claiming(queue: Queue) -> Iterator[Claim]:
    """The next run that can be trained now, if there is one."""
    claim = claim_next(queue)
    if claim is not None:
        try:
            yield claim
        except GeneratorExit:  # nobody wants it any more
            claim.settle(keep=True)
            raise


def working(queue: Queue, *, low_priority: bool) -> "Iterator[subprocess.Popen[bytes]]":
    """A process of its own that works through it."""
    queue.rest(rests=False)
    yield start_working(queue, low_priority=low_priority)


def training_claim(claim: Claim, is_leaving: Callable[[], bool], asked: Asked) -> Iterator[object]:
    """The run of ``claim``, trained to its end; then it leaves the queue, unless it fails or the window is leaving: a
    run that was stopped for that continues in its turn.
    """
    run, problem = claim.run, ""
    try:
        yield from resuming(run.folder, None, None, "", asked)
    except UserError as error:
        problem = error.sentence
        raise
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise
    finally:
        if problem:
            claim.settle(problem)
        else:
            claim.settle_by_its_end(keep=is_leaving())
            run.discard_unstarted()
