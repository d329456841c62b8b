"""Runs that are trained by a process of their own, followed here as if they were trained in this window."""

import queue
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from alexnet_app.commands.detaching import go_on_detached
from alexnet_app.core.events import Resumed, RunEnded, RunStarted
from alexnet_app.core.runs.background import ended_badly, interrupt
from alexnet_app.core.runs.naming import label_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Leave, Stop
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.resume import config_of
from alexnet_app.ui.job import Asked, Work
from alexnet_app.ui.train.jobs import Now, RunOpened, new_run, opening

SILENT = 3  # looks, a fifth of a second each, at a process that has ended, before no more is expected of it


@dataclass(frozen=True, slots=True)
class Apart:
    """What starts such runs. ``is_low`` tells whether they leave the processors to others; ``children`` keeps their
    processes: Python complains of one that is let go.
    """

    is_low: Callable[[], bool]
    children: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def training(self, config: TrainConfig, folder: Path, name: str) -> Work:
        """A new run in ``folder``, as ``jobs.training``."""
        return partial(self._training, config, folder, name, self.is_low())

    def resuming(self, folder: Path, epochs: int, rate: float, data: str) -> Work:
        """A run that continues, as ``jobs.resuming``; 0 and an empty text for what stays as it is."""
        words = ["--set", f"epochs={epochs}"] if epochs else []
        words += ["--set", f"learning_rate={rate!r}"] if rate else []
        words += ["--data", data] if data else []
        return partial(self._resuming, folder, words, self.is_low())

    def _training(self, config: TrainConfig, folder: Path, name: str, low: bool, asked: Asked) -> Iterator[object]:
        run = new_run(config, folder, name)
        try:
            yield RunOpened(run.folder, config, follows=True, name=label_of(run.folder).name)
            yield Now()
            yield from self._followed(run, (), low, asked)
        finally:
            if not run.is_being_written():
                run.discard_unstarted()

    def _resuming(self, folder: Path, words: list[str], low: bool, asked: Asked) -> Iterator[object]:
        run = Run.existing(folder)
        yield RunOpened(run.folder, config_of(run), follows=True, name=label_of(run.folder).name)
        yield Now()
        yield from self._followed(run, words, low, asked)

    def _followed(self, run: Run, words: "list[str] | tuple[()]", low: bool, asked: Asked) -> Iterator[object]:
        """The events of ``run`` while a process of its own trains it. UserError where that fails."""
        before = run.ended()
        child = go_on_detached(run, words, low_priority=low)
        self.children.append(child)
        passing = _Passing(asked, child)
        for event in opening(run.folder, passing):  # type: ignore[arg-type]
            if isinstance(event, RunOpened | Now):  # it was said before
                continue
            if before is not None and event == before:  # as it ended before this
                before = None
                continue
            passing.ended = passing.ended or isinstance(event, RunEnded)
            passing.begun = passing.begun or isinstance(event, RunStarted | Resumed)
            yield event
        if not passing.ended and not passing.interrupted and child.poll():
            raise ended_badly(run, child.returncode)


class _Passing:
    """Commands on their way to a run that another process trains: what it cannot hear yet is told the process itself.

    It has ``get`` of a queue.
    """

    def __init__(self, asked: Asked, child: "subprocess.Popen[bytes]") -> None:
        self._asked, self._child = asked, child
        self._silent = 0
        self.begun = self.ended = self.interrupted = False

    def get(self, timeout: float) -> Command:
        """The next command; queue.Empty where there is none within ``timeout`` seconds."""
        if self._child.poll() is not None:
            self._silent += 1
            if self._silent > SILENT:
                return Leave()
        command = self._asked.get(timeout=timeout)
        if isinstance(command, Stop) and not self.begun:
            self.interrupted = True
            interrupt(self._child)
            raise queue.Empty
        return command
