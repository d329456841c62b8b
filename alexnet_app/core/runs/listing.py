"""The runs that a person has: where they lie, how each stands, and the models in them."""

import logging
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from alexnet_app import resources
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, Resumed, RunEnded, RunStarted
from alexnet_app.core.files import unwritable
from alexnet_app.core.foreign import UnreadableError, check_regular, open_regular
from alexnet_app.core.network.header import UNREADABLE, network_in, said_in, summary_in
from alexnet_app.core.runs.lines import LARGEST
from alexnet_app.core.runs.model import best_error, model_by, model_of, trained_splits
from alexnet_app.core.runs.naming import RunLabel, called, label_of
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.runs.state import epochs_done

BUNDLED = "bundled:"  # before the name of a model that comes with the program
FIRST = "photo-towers"  # the bundled model that whatever is dropped is shown to, until another one is chosen
SAMPLES = "shapes-towers"  # the one that knows the drawings of the sample data


MOST_NAME = 48  # characters of a preset's name in that of a folder: 4 bytes each, and systems take 255
_ODD = re.compile(r"[^\w +()-]")  # separators, dots, controls, marks that turn the direction of text

log = logging.getLogger(__name__)


class Standing(StrEnum):
    """How a run stands: as it ended, or, where it has not, whether some process trains it now."""

    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    TRAINING = "training"
    BROKEN_OFF = "broken off"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run stands. ``best_error`` is the best validation error, 0 to 1, of images that were not trained on, None
    before the first epoch is over; ``changed`` is when its events were last written, in seconds since 1970.
    ``problem`` says what cannot be read in it, ``newer`` how many events of a newer version are left out, ``judged`` by
    which model it is judged. Not ``whole`` is a run with so many events that only the first and the last were read.
    ``device`` is what it was begun on, ``seconds`` the time in its steps until its checkpoint, ``settings`` what its
    configuration says, as a stranger may have written it.
    """

    folder: Path
    state: Standing
    network: str
    data: str
    epoch: int
    epochs: int
    best_error: float | None
    changed: float
    problem: str = ""
    newer: int = 0
    judged: Path | None = None
    whole: bool = True
    label: RunLabel = RunLabel()  # noqa: RUF009  (it is frozen)
    device: str = ""
    seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called: as a person named it, else as its folder."""
        return self.label.name or self.folder.name


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be opened: "bundled", "imported", "best" or "last"; ``name`` is its own or that of its run."""

    kind: str
    name: str
    path: Path


def runs_folder() -> Path:
    """Where runs are kept unless a person says otherwise."""
    return Path.home() / "AlexNet" / "runs"


def models_folder() -> Path:
    """Where models are kept that were made from files of others: beside the runs."""
    return runs_folder().with_name("models")


def new_model_file(folder: Path, name: str) -> Path:
    """A file in ``folder`` for a new model that was not there yet; it is made, empty, so that nobody else takes its
    name. UserError where it cannot be made.
    """
    for count in range(1, 10_000):
        path = folder / (f"{name}-{count}.alexnet" if count > 1 else f"{name}.alexnet")
        try:
            path.open("xb").close()
        except FileExistsError:
            continue
        except OSError as error:
            raise unwritable(path, error) from error
        return path
    raise UserError("{folder} has 9,999 models called {name}", "rename or remove some", folder=folder, name=name)


def new_folder(parent: Path, preset: str) -> Path:
    """A folder in ``parent`` for a new run that is not there yet: the preset's name and the time. The name may come
    from a file of others: whatever could lead elsewhere or not be seen in it becomes "_".
    """
    plain = _ODD.sub("_", preset)[:MOST_NAME].strip(" ") or "run"
    name = f"{plain}-{datetime.now():%Y-%m-%d-%H%M%S}"
    tries = (parent / (f"{name}-{count}" if count else name) for count in range(10_000))
    return next(folder for folder in tries if not os.path.lexists(folder))  # a link to nowhere is somebody's too


def runs_below(parent: Path) -> Iterator[RunSummary]:
    """The runs in ``parent``, the latest first; folders that are none are passed over. One that cannot be read says so
    and hides no other.
    """
    for run in sorted(run_folders(parent), key=_changed, reverse=True):
        try:
            yield summarize(run)
        except UnreadableError as error:
            if os.path.lexists(run.config_file):  # it may have been deleted meanwhile
                yield _unreadable(run, error.short)
        except Exception as error:  # the border: a run folder is a stranger's
            log.exception("the run in %s cannot be read", run.folder)
            yield _unreadable(run, cause(error))


def run_folders(parent: Path) -> list[Run]:
    """What says in ``parent`` that it is a run: whether it can be read is another question."""
    try:
        return [Run(entry) for entry in parent.iterdir() if os.path.lexists(entry / "config.toml")]
    except OSError:
        return []


def _unreadable(run: Run, why: str) -> RunSummary:
    return RunSummary(
        run.folder,
        Standing.UNREADABLE,
        "",
        "",
        0,
        0,
        None,
        _changed(run),
        problem=why,
        judged=run.best_file,
        label=label_of(run.folder),
    )


def summarize(run: Run) -> RunSummary:
    """How ``run`` stands, from its events; the losses of single steps are not read. UnreadableError where it cannot be
    told.
    """
    check_regular(run.config_file, links=False)
    past = run.outline()
    events = past.lasting()
    started = next((event for event in reversed(events) if isinstance(event, RunStarted)), None)
    epochs = [event.epochs for event in events if isinstance(event, RunStarted | Resumed)]
    return RunSummary(
        run.folder,
        _state(run, events),
        started.network if started else "",
        started.data if started else "",
        epochs_done(events),
        epochs[-1] if epochs else 0,
        best_error(run, past),
        _changed(run),
        newer=past.newer,
        judged=model_by(run, past).path,
        whole=past.whole,
        label=label_of(run.folder),
        device=started.device if started else "",
        seconds=_seconds(run),
        settings=_settings(run),
    )


def _seconds(run: Run) -> float:
    """The time in the steps of ``run``, as the head of its checkpoint says; 0 where none does."""
    try:
        with open_regular(run.resume_file, links=False) as file:
            said = said_in(file, "position")["seconds"]
    except UNREADABLE:
        return 0.0
    return float(said) if isinstance(said, int | float) and 0 <= said < LARGEST else 0.0


def _settings(run: Run) -> Mapping[str, Any]:
    """What the configuration of ``run`` says; nothing where it cannot be read: whoever opens the run says why."""
    try:
        return tomllib.loads(read_config_text(run))
    except (UserError, ValueError, RecursionError):
        return {}


def models(parent: Path, known: Iterable[RunSummary] = ()) -> Iterator[Model]:
    """What can be shown pictures: the bundled models, the imported ones, the best and the last of each run in
    ``parent``, the one first by which the run is judged. The events of the runs in ``known`` are not read again.
    """
    judged_by = {run.folder: run.judged for run in known}
    for path in bundled_models():
        yield Model("bundled", path.stem, path)
    for path in sorted(models_folder().glob("*.alexnet")):
        if _is_file(path):
            yield Model("imported", path.stem, path)
    with suppress(OSError):
        runs = [Run(entry) for entry in parent.iterdir()]
        for run in sorted(runs, key=_changed, reverse=True):
            both = [(kind, path) for kind, path in (("best", run.best_file), ("last", run.last_file)) if _is_file(path)]
            judged = (judged_by.get(run.folder) or _judged(run)) if both else run.best_file
            for kind, path in sorted(both, key=lambda each: each[1] != judged):
                yield Model(kind, called(run.folder), path)


def has_own_model(folder: Path) -> bool:
    """Whether the run in ``folder`` has the model by which it is judged, as the heads of its models say it: its events
    can take long to read.
    """
    run = Run(folder)
    return _is_file(run.best_file) or "validation" in trained_splits(summary_in(run.last_file))


def _judged(run: Run) -> Path:
    """The model by which ``run`` is judged; the best one where nothing that can be read says."""
    try:
        return model_of(run).path
    except Exception:  # the border: a run folder is a stranger's
        log.info("the events in %s cannot be read", run.folder, exc_info=True)
        return run.best_file


def _is_file(path: Path) -> bool:
    with suppress(OSError):
        return path.is_file()
    return False


def bundled_models() -> list[Path]:
    """The models that come with the program, the one to begin with first."""
    return sorted(resources.path("models").glob("*.alexnet"), key=lambda path: (path.stem != FIRST, path.name))


def model_path(name: str) -> Path:
    """The file of a model that is given as a path, as the folder of a run or as ``bundled:NAME``; UserError where no
    such model is bundled.
    """
    if not name.startswith(BUNDLED):
        path = Path(name).expanduser()
        return model_of(Run(path)).path if os.path.lexists(path / "config.toml") else path
    known = {path.stem: path for path in bundled_models()}
    wanted = name.removeprefix(BUNDLED)
    if wanted not in known:
        raise UserError(
            "no model named {name!r} comes with the program",
            hint="available are {known}; name a file for any other",
            name=wanted,
            known=", ".join(known),
            key="init",
        )
    return known[wanted]


def whole_name(model: str) -> str:
    """``model``, a path or ``bundled:NAME``, as it holds from everywhere; empty stays empty."""
    return model if not model or model.startswith(BUNDLED) else str(Path(model).expanduser().absolute())


def sample_model() -> Path:
    """The bundled model that knows what is on the drawings of the sample data."""
    return resources.path(f"models/{SAMPLES}.alexnet")


def sample_pictures(model: str) -> Path:
    """The folder of the pictures that come with the program for ``model``, a path: drawings for the model of the
    sample data, photos for any other; drawings too where a copy of the program has no photos.
    """
    photos, drawings = resources.path("sample_photos"), resources.path("samples")
    knows_drawings = Path(model).stem == SAMPLES or network_in(Path(model)) == SAMPLES
    return drawings if knows_drawings or not photos.is_dir() else photos


def _changed(run: Run) -> float:
    return changed_at(run.events_file) or changed_at(run.folder)


def changed_at(path: Path) -> float:
    """When ``path`` was last written, in seconds since 1970; 0 where it is not there."""
    with suppress(OSError):
        return os.stat(path).st_mtime  # noqa: PTH116  (called for every run of a long list)
    return 0.0


def _state(run: Run, events: list[Event]) -> Standing:
    if run.is_being_written():
        return Standing.TRAINING  # also of a run that has ended before: a resume says so only when it has prepared
    last = events[-1] if events else None
    return Standing(last.reason) if isinstance(last, RunEnded) else Standing.BROKEN_OFF
