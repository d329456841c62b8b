"""The end of a run on one's own photos, on threads: how good it is, its mistakes, corrected labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.data.sources.corrections import correct, table_of, undo
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, RunEnded
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.resume import config_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_app.core.inference.outcome import Judged

SIDE = 192  # pixels of the shorter side of a photo: two for each that is shown


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The run in ``folder``, called ``name``, on the images in ``data``: its ``model``, how it ended, and how good it
    is. ``why_not`` says why labels cannot be corrected.
    """

    folder: Path
    name: str
    data: str
    model: Path
    ended: RunEnded | None
    judged: "Judged"
    why_not: UserError | None


@dataclass(frozen=True, slots=True, eq=False)
class MistakePhotos:
    """Those of the first mistakes of ``judged``, uint8 (height, width, 3); None where one cannot be read."""

    judged: "Judged"
    photos: "tuple[NDArray[np.uint8] | None, ...]"


@dataclass(frozen=True, slots=True)
class Corrected:
    """The image ``path`` is of the class ``label`` now, empty where its own holds again; ``count`` labels of the data
    are corrected in all.
    """

    path: str
    label: str
    count: int


def judging_run(folder: Path) -> Iterator[Event | Result]:
    """Shows the model of the run in ``folder`` what it was not trained on; yields Progress, then a Result."""
    from alexnet_app.core.training.judging import judging

    run = Run.existing(folder)
    config = config_of(run)
    judged = yield from judging(run)
    why_not = None
    try:
        table_of(config.data)
    except UserError as error:
        why_not = error
    yield Result(folder, called(folder), config.data, model_of(run).path, run.ended(), judged, why_not)


def showing(judged: "Judged") -> Iterator[MistakePhotos | None]:
    """The photos of its mistakes, in handfuls that are more each time."""
    from alexnet_app.core.data.decode import read_picture

    photos: list[NDArray[np.uint8] | None] = []
    for each in judged.evaluation.mistakes:
        try:
            photos.append(read_picture(Path(each.path), shorter_side=SIDE) if each.path else None)
        except (UserError, OSError, ValueError, MemoryError):  # it only shows
            photos.append(None)
        if len(photos) % 8 == 0:
            yield MistakePhotos(judged, tuple(photos))
    yield MistakePhotos(judged, tuple(photos))


def correcting(data: str, path: str, label: str, classes: tuple[str, ...]) -> Iterator[Corrected]:
    """Writes down that the image ``path`` is of the class ``label``; with an empty one it is of its own again."""
    rows = correct(data, path, label, classes) if label else undo(data, path)
    yield Corrected(path, label, len(rows))
