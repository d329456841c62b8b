"""The queue worked through: a process for each run, as many at once as there are devices for them."""

import queue
import subprocess
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.commands.detaching import go_on_detached
from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.progress import say
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs import background
from alexnet_app.core.runs.background import interrupt, last_words
from alexnet_app.core.runs.model import best_error
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.waiting import Entry, Queue
from alexnet_app.core.steering import Command
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.grid import variations
from alexnet_app.core.training.queued import Claim, claim_next, is_left, queued

LOOK = 0.5  # seconds between two looks at what is trained


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an entry: the ``run`` it had and, where it failed, the ``problem``."""

    name: str
    run: Path
    problem: str = ""

    @property
    def best_error(self) -> float | None:
        """The best validation error, 0 to 1; None where none was measured."""
        try:
            run = Run(self.run)
            return best_error(run, run.outline())
        except UserError:
            return None


def entries_for(config: TrainConfig, name: str, parent: Path, grid: Sequence[str]) -> list[Entry]:
    """What is put into the queue for ``config``: one run, or one for each combination of the values in ``grid``."""
    if not grid:
        return [queued(config, name, parent)]
    base = name or config.preset
    return [queued(each.config, each.name(base), parent, base) for each in variations(config, grid)]


def work_through(
    waiting: Queue, only: Collection[str] | None = None, *, low_priority: bool = False
) -> tuple[list[Done], bool]:
    """Trains what waits, ``only`` these keys where they are given, until nothing is left; whether Ctrl-C ended it.

    Ctrl-C saves and stops what is trained, which stays in the queue to be continued.
    """
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    begun: dict[subprocess.Popen[bytes], Claim] = {}
    done: list[Done] = []
    with interruptible(asked) as interrupted:
        while not interrupted():
            claim = claim_next(waiting, only)
            if claim is not None:
                done += _start(claim, begun, low_priority=low_priority)
                continue
            done += _ended(begun)
            if not (begun or is_left(waiting, only)):
                break
            time.sleep(LOOK)
        _stop(begun)
        return done, interrupted()


def start_working(waiting: Queue, *, low_priority: bool = False) -> "subprocess.Popen[bytes]":
    """Starts a process of its own that works through ``waiting``."""
    options = ["--low-priority"] if low_priority else []
    words = [*background.this_program(), "queue", "run", "--queue", str(waiting.folder), *options]
    return background.started_apart(words, waiting.said_file)


def _start(claim: Claim, begun: "dict[subprocess.Popen[bytes], Claim]", *, low_priority: bool) -> list[Done]:
    name = claim.entry.name or claim.run.folder.name
    try:
        child = go_on_detached(claim.run, low_priority=low_priority)
    except UserError as error:
        claim.settle(error.sentence)
        say(f"{name} failed: {error}; the queue continues")
        return [Done(name, claim.run.folder, error.sentence)]
    begun[child] = claim
    say(f'{name} is trained on {claim.entry.device}; follow it with: runs follow "{claim.run.folder}"')
    return []


def _ended(begun: "dict[subprocess.Popen[bytes], Claim]") -> list[Done]:
    """Settles what is no longer trained."""
    found = []
    for child, claim in list(begun.items()):
        if child.poll() is None:
            continue
        del begun[child]
        name = claim.entry.name or claim.run.folder.name
        problem = _problem(child.returncode, claim)
        done = Done(name, claim.run.folder, problem)
        error = done.best_error
        best = "" if error is None else f", best validation error {error:.1%}"
        say(f"{name} failed: {problem}; the queue continues" if problem else f"{name} has ended{best}")
        found.append(done)
    return found


def _problem(code: int, claim: Claim) -> str:
    """Settles ``claim``, whose process ended with ``code``; why it failed, empty where it did not."""
    if claim.run.ended() is not None:
        return claim.settle_by_its_end()
    problem = last_words(claim.run) or f"exit code {code}"
    claim.settle(problem)
    return problem


def _stop(begun: "dict[subprocess.Popen[bytes], Claim]") -> None:
    """Saves what is trained and keeps it for later."""
    for child in begun:
        interrupt(child)
    for child, claim in begun.items():
        child.wait()
        claim.settle_by_its_end(keep=True)
