"""What the Train panel lets run on worker threads: generators of events and of a few values that only it needs."""

import queue
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFile, QStandardPaths

from alexnet_app.core.data.sources.named import check_apart
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, FiltersSeen, StepsDone
from alexnet_app.core.runs.border import snapshot_file
from alexnet_app.core.runs.divergence import Divergence, divergence_of
from alexnet_app.core.runs.listing import Model, RunSummary, Standing, models, run_folders, runs_below
from alexnet_app.core.runs.naming import RunLabel, called, free_name, label_of, relabel
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.watching import MOST_WATCHED, FolderSeen, directory_times
from alexnet_app.core.steering import Command
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.core.training.resume import check_can_go_on, config_of
from alexnet_app.ui.models.knowledge import knows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GATHER_SECONDS = 0.1
FIND_SECONDS = 0.3  # between two reports of the runs that were read so far
GATHERED = 2_000  # losses at most in one of those
MERGED = 100_000  # losses in one report of a run that is read from its folder


@dataclass(frozen=True, slots=True)
class RunOpened:
    """What follows belongs to the run in ``folder``; ``follows`` a run that another process trains. ``name`` is the one
    that a person gave it, empty where it has none.
    """

    folder: Path
    config: TrainConfig
    follows: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """What follows happens now; what came since ``RunOpened`` was read from the folder: it is shown, but is no news."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """conv1 after ``step`` steps, uint8 (K, h, w, 3), tower A first, and each kernel's largest weight, fp32 (K,)."""

    step: int
    pictures: "NDArray[np.uint8]"
    scales: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class RunHistory:
    """The past of the run ``name``, to be shown beside another one."""

    name: str
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A download is there, whole and as it was published."""


@dataclass(frozen=True, slots=True)
class FoundRuns:
    """The runs in a folder, the latest first, and all models that can be opened, each with what it knows, None while
    runs are still read; the folder was as ``seen`` before.
    """

    runs: tuple[RunSummary, ...]
    models: tuple[tuple[Model, str], ...] | None
    seen: FolderSeen = field(default_factory=FolderSeen)


def training(config: TrainConfig, folder: Path, name: str, asked: "queue.SimpleQueue[Command]") -> Iterator[object]:
    """A new run in ``folder``, which is gone again if it never made a step; it is called ``name``, or as its folder
    where that is empty.
    """
    from alexnet_app.core.training.train import train

    check_apart(folder, config.data)
    run = Run.create(folder, to_toml(config))
    try:
        if name:
            relabel(run, name=free_name(name, (called(other.folder) for other in run_folders(folder.parent))))
        yield RunOpened(run.folder, config, name=label_of(run.folder).name)
        yield Now()
        yield from _with_pictures(run, train(config, run, asked, asks=True))
    finally:
        run.discard_unstarted()


def resuming(
    folder: Path, epochs: int | None, rate: float | None, data: str, asked: "queue.SimpleQueue[Command]"
) -> Iterator[object]:
    """The past of the run in ``folder``, then its training; ``epochs`` in all, on with the learning rate ``rate`` and
    with its images in ``data`` where they are given.
    """
    from alexnet_app.core.training.train import train

    run = Run.existing(folder)
    config = config_of(run)
    config = config if epochs is None else replace(config, epochs=epochs)
    config = replace(config, data=data) if data else config
    check_can_go_on(run, config, rate)
    yield RunOpened(run.folder, config, name=label_of(run.folder).name)
    yield from _with_pictures(run, _merged(run.events()), only_last=True)
    yield Now()
    yield from _with_pictures(run, train(config, run, asked, rate, asks=True))


def opening(folder: Path, asked: "queue.SimpleQueue[Command]") -> Iterator[object]:
    """The past of the run in ``folder``; then what another process adds to it, if one is training it."""
    run = Run.existing(folder)
    follows = run.is_being_written()
    yield RunOpened(run.folder, config_of(run), follows, label_of(run.folder).name)
    if follows:
        yield Now()  # how far it is belongs to its present
        yield from _with_pictures(run, _gathered(run.follow(asked)))
    else:
        yield from _with_pictures(run, _merged(run.events()), only_last=True)


def diverging(folder: Path) -> Iterator[Divergence]:
    """From where the run in ``folder``, which has diverged, can continue; nothing where it has not."""
    found = divergence_of(Run.existing(folder))
    if found is not None:
        yield found


def history(folder: Path) -> Iterator[RunHistory]:
    """The whole past of a run at once."""
    run = Run.existing(folder)
    yield RunHistory(called(run.folder), tuple(_merged(run.events())))


def finding(parent: Path) -> Iterator[FoundRuns]:
    """All runs and models; before, now and then, the runs that were read so far: one alone can take seconds."""
    times = directory_times(parent)
    runs: list[RunSummary] = []
    shown = time.monotonic()
    for run in runs_below(parent):
        runs.append(run)
        if time.monotonic() - shown >= FIND_SECONDS:
            yield FoundRuns(tuple(runs), None)
            shown = time.monotonic()
    trained = frozenset(str(run.folder) for run in runs[:MOST_WATCHED] if run.state == Standing.TRAINING)
    found = tuple((model, knows(model)) for model in models(parent, runs))
    yield FoundRuns(tuple(runs), found, FolderSeen(times, trained))


def estimating(config: TrainConfig, folder: Path) -> Iterator[Event]:
    """What a run of ``config`` would take; UserError where it could not run."""
    from alexnet_app.core.data.prepared.expecting import expecting
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.device import choose_precision, computing
    from alexnet_app.core.files import check_writable
    from alexnet_app.core.training.estimate import check_room, estimate
    from alexnet_app.core.training.finetune import opened_model
    from alexnet_app.core.training.parallel import choose_devices

    check_writable(folder)
    check_apart(folder, config.data)
    check_new(config)
    model = opened_model(config)
    side = (model.spec if model else config.spec()).picture_size
    devices = choose_devices(config)
    precision = choose_precision(config.precision, devices[0])
    source = yield from opening_source(config.data)
    expected = yield from expecting(source, side, storage=config.storage)
    with computing(precision, config.threads):
        yield check_room(estimate(config, source, devices[0], precision, expected), devices, folder)


def downloading() -> Iterator[object]:
    """CIFAR-10 into the person's cache folder; Arrived once it is whole."""
    from alexnet_app.core.download import fetch_cifar10

    yield from fetch_cifar10()
    yield Arrived()


def labelling(folder: Path, name: str, note: str) -> Iterator[RunLabel]:
    """Calls the run in ``folder`` ``name``, as its folder where that is empty, and keeps ``note`` on it."""
    yield relabel(Run.existing(folder), name=name, note=note)


def trashing(folder: Path) -> Iterator[Path]:
    """Moves a run to the system's trash; yields where it was."""
    if Run(folder).is_being_written():
        raise UserError("the run in {folder} is being trained", hint="stop it first", folder=folder)
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    with suppress(OSError):
        Path(data).mkdir(parents=True, exist_ok=True)  # a new home has none, and Qt makes the trash in it, not it
    moved = QFile.moveToTrash(str(folder))
    if not (moved[0] if isinstance(moved, tuple) else moved):
        raise UserError("{folder} cannot be moved to the trash", hint="delete it in the file manager", folder=folder)
    yield folder


def _merged(events: Iterable[Event]) -> Iterator[Event]:
    """The same events with neighbouring losses in one: what an old run has in lines would take long to show."""
    first = 0
    losses: list[float] = []
    last: StepsDone | None = None
    for event in events:
        if isinstance(event, StepsDone) and len(losses) < MERGED:
            first = first if losses else event.first
            losses += event.losses
            last = event
            continue
        if last is not None:
            yield replace(last, first=first, losses=tuple(losses))
            losses, last = [], None
        if isinstance(event, StepsDone):
            first, losses, last = event.first, list(event.losses), event
        else:
            yield event
    if last is not None:
        yield replace(last, first=first, losses=tuple(losses))


def _gathered(events: Iterator[Event]) -> Iterator[Event]:
    """The same events, but losses that come faster than they can be shown, as the past of a run does, in one."""
    held: StepsDone | None = None
    shown = -GATHER_SECONDS
    try:
        for event in events:
            if not isinstance(event, StepsDone):
                if held is not None:
                    yield held
                held = None
                yield event
                continue
            held = replace(event, first=held.first, losses=held.losses + event.losses) if held else event
            if time.monotonic() - shown >= GATHER_SECONDS or len(held.losses) >= GATHERED:
                shown = time.monotonic()
                yield held
                held = None
        if held is not None:
            yield held
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _with_pictures(run: Run, events: Iterator[Event], *, only_last: bool = False) -> Iterator[object]:
    """The events, each FiltersSeen followed by what its file shows. With ``only_last`` the last one alone is read and
    shown, after all others: there can be one for each step of a long past.
    """
    seen: FiltersSeen | None = None
    try:
        for event in events:
            if only_last and isinstance(event, FiltersSeen):
                seen = event
                continue
            yield event
            if isinstance(event, FiltersSeen):
                yield from _kernels(run, event)
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
    if seen is not None:
        yield seen
        yield from _kernels(run, seen)


def _kernels(run: Run, seen: FiltersSeen) -> Iterator[Kernels]:
    """Nothing where the file is gone or torn, or lies elsewhere: it only shows."""
    from alexnet_app.core.insight.snapshot import read_parts

    path = snapshot_file(run, seen.file)
    found = None if path is None else read_parts(path)
    if found is not None:
        yield Kernels(seen.step, *found)
