"""The runs of the queue, one after the other on each device: which one is next, and what becomes of it."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.data.sources.named import check_apart
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Ending
from alexnet_app.core.runs.listing import new_folder, run_folders
from alexnet_app.core.runs.naming import called, free_name, relabel
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.waiting import Entry, Queue, QueueChange, new_entry
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import from_toml, to_toml
from alexnet_app.core.training.resume import config_of, why_not_resumed

if TYPE_CHECKING:
    from filelock import BaseFileLock

ONE, CPU = "one", "cpu"


@dataclass(slots=True)
class Claim:
    """The right to train ``entry`` in ``run``, until it is settled. ``queue`` is the list that it is from."""

    queue: Queue
    entry: Entry
    run: Run
    lock: "BaseFileLock"

    def settle(self, problem: str = "", *, keep: bool = False) -> None:
        """Takes it off the list, unless it failed for the ``problem``, or ``keep`` where it is to continue later. A run
        that failed before its first step leaves no folder.
        """
        if problem and not keep:
            self.run.discard_unstarted()
        self.queue.settle(self.entry.key, self.lock, problem=problem, keep=keep)

    def settle_by_its_end(self, *, keep: bool = False) -> str:
        """As the run ended: what stands for why it failed, empty where it did not."""
        ended = self.run.ended()
        problem = ""
        if ended is not None and ended.reason == Ending.DIVERGED:
            problem = f"it diverged after {ended.step:,} steps"
        finished = ended is not None and ended.reason == Ending.FINISHED
        self.settle(problem, keep=keep and not finished)
        return problem


def queued(config: TrainConfig, name: str, parent: Path, group: str = "") -> Entry:
    """An entry for a run of ``config`` in a folder of its own in ``parent``."""
    return new_entry(to_toml(config), name, parent, group)


def claim_next(queue: Queue, only: Collection[str] | None = None) -> Claim | None:
    """The first entry of ``queue`` that can be trained now, on a device that no run uses; None where there is none.

    ``only`` are the keys of those that are wanted now, also while the queue rests. Two processes never get the same.
    What cannot be begun is marked with its problem, and what had finished meanwhile leaves the list.
    """
    import alexnet_app.core.training.parallel  # noqa: F401  (torch takes seconds, for which nobody is to wait)

    with queue.changing() as change:
        if change.rests and only is None:
            return None
        held = queue.held(change.entries)
        busy = _busy(change.entries, held)
        for entry in change.entries:
            if entry.problem or (only is not None and entry.key not in only) or entry.key in held:
                continue
            try:
                claim = _claimed(queue, change, entry, busy)
            except UserError as error:
                change.put(replace(entry, problem=str(error)))
                continue
            if claim is not None:
                return claim
    return None


def is_left(queue: Queue, only: Collection[str] | None = None) -> bool:
    """Whether something still waits for its turn, or for a device."""
    found = queue.read()
    return (not found.rests or only is not None) and any(
        not each.problem and each.key not in found.held and (only is None or each.key in only) for each in found.entries
    )


def _claimed(queue: Queue, change: QueueChange, entry: Entry, busy: Collection[str]) -> Claim | None:
    """None where its device is busy, where another process has it, or where it has finished already."""
    run = Run(Path(entry.run)) if entry.run and Run(Path(entry.run)).config_file.is_file() else None
    if run is not None:
        ended = run.ended()
        if ended is not None and ended.reason == Ending.FINISHED and ended.epoch >= config_of(run).epochs:
            change.drop(entry.key)
            return None
        why = why_not_resumed(run)
        if why:
            raise UserError("it cannot be continued: {why}", why=why)
    config = config_of(run) if run is not None else from_toml(entry.config, entry.name)
    devices = free_devices(config, busy)
    if devices is None:
        return None
    lock = queue.take(entry.key)
    if lock is None:
        return None
    try:
        run = run or _begun(entry, config, devices)
    except BaseException:
        lock.release()
        raise
    entry = replace(entry, run=str(run.folder), device=",".join(devices))
    change.put(entry)
    return Claim(queue, entry, run, lock)


def _begun(entry: Entry, config: TrainConfig, devices: tuple[str, ...]) -> Run:
    """The run's new folder, with the device that was free and the name that it was given."""
    parent = Path(entry.parent)
    chosen = replace(config, device=devices[0]) if config.placement == ONE else config
    folder = new_folder(parent, entry.name or config.preset)
    check_apart(folder, config.data)
    run = Run.create(folder, to_toml(chosen))
    if entry.name:
        with suppress(UserError):  # a wish
            relabel(run, name=free_name(entry.name, (called(each.folder) for each in run_folders(parent))))
    return run


def free_devices(config: TrainConfig, busy: Collection[str]) -> tuple[str, ...] | None:
    """The device for ``config``, or those of its towers; None while one of them is ``busy``. A run that may have any
    device gets the first GPU that is free. UserError where there is no such device.
    """
    if config.placement == ONE and config.device == CPU:
        return None if CPU in busy else (CPU,)
    import torch

    from alexnet_app.core.training.parallel import choose_devices

    if config.placement == ONE and config.device == "auto" and torch.cuda.is_available():
        every = (f"cuda:{index}" for index in range(torch.cuda.device_count()))
        free = next((name for name in every if name not in busy), None)
        return None if free is None else (free,)
    names = tuple(dict.fromkeys(map(str, choose_devices(config))))
    return None if any(name in busy for name in names) else names


def _busy(entries: Iterable[Entry], held: Collection[str]) -> frozenset[str]:
    """The devices on which runs are trained: those of the queue, and any other in the same folders."""
    found = {name for each in entries if each.device and each.key in held for name in each.device.split(",")}
    for parent in {each.parent for each in entries}:
        for run in run_folders(Path(parent)):
            if run.is_being_written():
                found.update(_devices_of(run))
    return frozenset(found)


def _devices_of(run: Run) -> Iterator[str]:
    """Where ``run`` is trained; nothing where that cannot be told."""
    with suppress(UserError):
        config = config_of(run)
        if config.placement == ONE and config.device == CPU:
            yield CPU
            return
        from alexnet_app.core.training.parallel import choose_devices

        yield from map(str, choose_devices(config))
