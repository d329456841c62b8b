"""What the Train panel lets run on worker threads: generators of events and of a few values that only it needs."""

import queue
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths

from alexnet_app.core.awake import kept_awake
from alexnet_app.core.data.sources.named import check_apart
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, StepsDone
from alexnet_app.core.runs.afar import follow_afar
from alexnet_app.core.runs.condensed_file import condensed
from alexnet_app.core.runs.divergence import Divergence, divergence_of
from alexnet_app.core.runs.listing import Model, RunSummary, Standing, models, run_folders, runs_below
from alexnet_app.core.runs.naming import RunLabel, called, free_name, label_of, relabel, tags_in
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.watching import MOST_WATCHED, FolderSeen, directory_times
from alexnet_app.core.steering import Command
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.core.training.resume import check_can_go_on, config_of
from alexnet_app.ui.models.knowledge import knows
from alexnet_app.ui.train.past import RunHistory, RunPast, drawn_run, settings_of
from alexnet_app.ui.train.snapshots import with_pictures

GATHER_SECONDS = 0.1
FIND_SECONDS = 0.3  # between two reports of the runs that were read so far
GATHERED = 2_000  # losses at most in one of those


@dataclass(frozen=True, slots=True)
class RunOpened:
    """What follows belongs to the run in ``folder``; ``follows`` a run that another process trains. ``name`` is the one
    that a person gave it, empty where it has none. One that is ``far`` is only read, whatever it does.
    """

    folder: Path
    config: TrainConfig
    follows: bool = False
    name: str = ""
    far: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """What follows happens now; what came since ``RunOpened`` was read from the folder: it is shown, but is no news."""


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

    run = new_run(config, folder, name)
    try:
        yield RunOpened(run.folder, config, name=label_of(run.folder).name)
        yield Now()
        yield from with_pictures(run, kept_awake(train(config, run, asked, asks=True)))
    finally:
        run.discard_unstarted()


def new_run(config: TrainConfig, folder: Path, name: str) -> Run:
    """A run of ``config`` in ``folder`` that has not started; it is called ``name``, with a number where another run
    beside it has that name, or as its folder where it is empty.
    """
    check_apart(folder, config.data)
    run = Run.create(folder, to_toml(config))
    try:
        if name:
            relabel(run, name=free_name(name, (called(other.folder) for other in run_folders(folder.parent))))
    except BaseException:
        run.discard_unstarted()
        raise
    return run


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
    yield from _past(run, config)
    yield Now()
    yield from with_pictures(run, kept_awake(train(config, run, asked, rate, asks=True)))


def opening(folder: Path, asked: "queue.SimpleQueue[Command]") -> Iterator[object]:
    """The past of the run in ``folder``; then what another process adds to it, if one is training it."""
    run = Run.existing(folder)
    follows, config = run.is_being_written(), config_of(run)
    yield RunOpened(run.folder, config, follows, label_of(run.folder).name)
    if follows:
        yield Now()  # how far it is belongs to its present
    read = yield from _past(run, config)
    if follows:
        yield from with_pictures(run, _gathered(run.follow(asked, read)))


def watching_afar(folder: Path, asked: "queue.SimpleQueue[Command]") -> Iterator[object]:
    """The past of the run in ``folder``, which another machine may write, then what comes; nothing is written there."""
    run = Run.existing(folder)
    yield RunOpened(run.folder, config_of(run), name=label_of(run.folder).name, far=True)
    yield from with_pictures(run, _gathered(follow_afar(run, asked)))  # type: ignore[arg-type]  # remarks pass


def diverging(folder: Path) -> Iterator[Divergence]:
    """From where the run in ``folder``, which has diverged, can continue; nothing where it has not."""
    found = divergence_of(Run.existing(folder))
    if found is not None:
        yield found


def history(folder: Path) -> Iterator[RunHistory]:
    """The whole past of a run at once."""
    run = Run.existing(folder)
    config = config_of(run)
    drawn = drawn_run(condensed(run), config.batch_size)
    yield RunHistory(run.folder, called(run.folder), drawn, settings_of(config))


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


def labelling(folder: Path, name: str, note: str, tags: str) -> Iterator[RunLabel]:
    """Calls the run in ``folder`` ``name``, as its folder where that is empty, and keeps ``note`` and ``tags``."""
    yield relabel(Run.existing(folder), name=name, note=note, tags=tags_in(tags))


def tagging(folders: Sequence[Path], before: Sequence[str], after: str) -> Iterator[RunLabel]:
    """Gives the runs in ``folders`` the tags ``after`` in place of those ``before``; their other ones stay."""
    wanted = tags_in(after)
    gone = {each.casefold() for each in before}
    for folder in folders:
        own = [each for each in label_of(folder).tags if each.casefold() not in gone]
        yield relabel(Run.existing(folder), tags=[*own, *wanted])


def archiving(folders: Sequence[Path], put: bool) -> Iterator[RunLabel]:
    """Leaves the runs in ``folders`` out of lists, or lists them again."""
    for folder in folders:
        yield relabel(Run.existing(folder), archived=put)


def trashing(folders: Sequence[Path]) -> Iterator[Path]:
    """Moves runs to the system's trash; yields where each was. Nothing is moved while one of them is trained."""
    for folder in folders:
        if Run(folder).is_being_written():
            raise UserError("the run in {folder} is being trained", hint="stop it first", folder=folder)
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    with suppress(OSError):
        Path(data).mkdir(parents=True, exist_ok=True)  # a new home has none, and Qt makes the trash in it, not it
    for folder in folders:
        moved = QFile.moveToTrash(str(folder))
        if not (moved[0] if isinstance(moved, tuple) else moved):
            raise UserError(
                "{folder} cannot be moved to the trash", hint="delete it in the file manager", folder=folder
            )
        yield folder


def _past(run: Run, config: TrainConfig) -> Generator[object, None, int]:
    """What holds of ``run`` so far, the last kernels alone; then all its steps at once. Returns the place in bytes to
    which its events were read.
    """
    kept = condensed(run)
    yield from with_pictures(run, iter(kept.events), only_last=True)
    yield RunPast(drawn_run(kept, config.batch_size))
    return kept.end


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
