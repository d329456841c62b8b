"""What the evaluation of a run lets run on worker threads."""

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, RunStarted, Skipped
from alexnet_app.core.generators import Driven
from alexnet_app.core.runs.model import RunModel, model_by, model_of
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.resume import check_data_is_there, config_of

SIDE = 192  # pixels of the shorter side of a photo: two for each that is shown
CELL_MOST = 100  # images of a cell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_app.core.data.sources.values import Source
    from alexnet_app.core.inference.evaluation import Evaluation, Mistake
    from alexnet_app.core.inference.labelled import Labelled


@dataclass(frozen=True, slots=True, eq=False)
class KeptEvaluations:
    """What is kept with the run in ``folder``. ``model`` is the one that is evaluated now; ``splits`` are those of its
    pictures, the one that judges it first; ``fresh`` was made just now.
    """

    folder: Path
    evaluations: "tuple[Evaluation, ...]"
    model: RunModel
    splits: tuple[str, ...]
    fresh: "Evaluation | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class MistakePictures:
    """Those of the mistakes of ``evaluation``, uint8 (side, side, 3); None where one can no longer be read."""

    evaluation: "Evaluation"
    pictures: "tuple[NDArray[np.uint8] | None, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class CellPictures:
    """The images of a ``cell`` (true class, answered class) of the matrix of ``evaluation``, the surest first, with
    their pictures, uint8 (height, width, 3), None where one can no longer be read.
    """

    evaluation: "Evaluation"
    cell: tuple[int, int]
    images: "tuple[Mistake, ...]"
    pictures: "tuple[NDArray[np.uint8] | None, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFolder:
    """What came of the model of the run in ``folder`` on the images in ``data``; ``unknown`` says which classes it does
    not know.
    """

    folder: Path
    data: str
    evaluation: "Evaluation"
    unknown: tuple[str, ...]


class Export(StrEnum):
    """What of an evaluation can be written into a file."""

    TABLE = "table"
    MATRIX = "matrix"
    MISTAKES = "mistakes"


@dataclass(frozen=True, slots=True)
class EvaluationExported:
    """The file at ``path`` is written."""

    path: Path


def reading(folder: Path) -> Iterator[KeptEvaluations]:
    """What is kept with the run in ``folder``."""
    yield _kept(Run.existing(folder))


def evaluating_run(folder: Path, split: str, *, ten_view: bool, data: str = "") -> Iterator[Event | KeptEvaluations]:
    """Shows the model of the run in ``folder`` its own pictures, keeps what comes of it, yields that last; ``data`` is
    where they are now, if they were moved.
    """
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.device import choose_device
    from alexnet_app.core.inference.evaluation import evaluating
    from alexnet_app.core.inference.evaluation_file import kept_file, write_evaluation
    from alexnet_app.core.inference.labelled import labelled
    from alexnet_app.core.network.bundle import read_bundle
    from alexnet_app.core.training.own_network import split_rule_of
    from alexnet_app.core.training.relocating import relocating

    run = Run.existing(folder)
    if data:
        yield from relocating(run, data)
    config = config_of(run)
    check_data_is_there(config)
    bundle = read_bundle(model_of(run).path)
    device = choose_device(config.device)
    source = yield from opening_source(config.data, split_rule=split_rule_of(run))
    pictures = yield from labelled(source, split, bundle.spec.picture_size)
    found = yield from evaluating(
        [bundle], pictures, names=[folder.name], ten_view=ten_view, device=device, threads=config.threads
    )
    write_evaluation(kept_file(run, found.split, found.views), found)
    yield _kept(run, found)


def evaluating_folder(folder: Path, data: str, *, ten_view: bool) -> Iterator[Event | MeasuredFolder]:
    """Shows the model of the run in ``folder`` the images of another folder, all of them where it has no splits. Yields
    what came of it last; nothing is kept.
    """
    from alexnet_app.core.device import choose_device
    from alexnet_app.core.inference.evaluation import evaluating
    from alexnet_app.core.network.bundle import read_bundle

    run = Run.existing(folder)
    config = config_of(run)
    bundle, name = read_bundle(model_of(run).path), called(folder)
    unknown: list[str] = []
    images = Driven(_images_of(data, "", bundle.classes, name, bundle.spec.picture_size))
    for event in images:
        if isinstance(event, Skipped) and not Path(event.path).is_absolute():
            unknown.append(f"{event.path}: {event.reason}")
        yield event
    device = choose_device(config.device)
    found = yield from evaluating(
        [bundle], images.result, names=[name], ten_view=ten_view, device=device, threads=config.threads
    )
    yield MeasuredFolder(folder, data, found, tuple(unknown))


def _images_of(data: str, split: str, known: Sequence[str], who: str, side: int) -> Generator[Event, None, "Labelled"]:
    """The images in ``data`` of the classes ``known`` to the model ``who``; an empty ``split``: those to test with."""
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.inference.class_matching import matching
    from alexnet_app.core.inference.labelled import default_split, labelled

    source = yield from opening_source(data, measuring=True)
    split = split or default_split(source)
    source = yield from matching(source, split, known, who)
    return (yield from labelled(source, split, side, alone=True))


def picturing(folder: Path, evaluation: "Evaluation", data: str = "") -> Iterator[Event | MistakePictures]:
    """The pictures of its mistakes: their files, or rows of the run's data set, or of ``data`` which it was measured
    on. No file outside that set is opened: the evaluation may be a stranger's.
    """
    run = Run.existing(folder)
    config = config_of(run)
    side, mistakes = config.spec().picture_size, evaluation.mistakes
    source = None
    if not all(each.path and _lies_in(each.path, data or config.data) for each in mistakes):
        from alexnet_app.core.data.sources.addresses import opening_source
        from alexnet_app.core.training.own_network import split_rule_of

        rule = None if data else split_rule_of(run)
        source = yield from opening_source(data or config.data, split_rule=rule, measuring=bool(data))
    with closing(_pictures(mistakes, source, evaluation.split, side)) as pictures:
        yield MistakePictures(evaluation, tuple(pictures))


def _own_images(run: Run, split: str) -> Generator[Event, None, "Labelled"]:
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.inference.labelled import labelled
    from alexnet_app.core.training.own_network import split_rule_of

    config = config_of(run)
    check_data_is_there(config)
    source = yield from opening_source(config.data, split_rule=split_rule_of(run))
    return (yield from labelled(source, split, config.spec().picture_size))


def picturing_cell(
    folder: Path, evaluation: "Evaluation", true: int, answered: int, measured: str = ""
) -> Iterator[Event | CellPictures]:
    """The images of the class ``true`` that were ``answered`` so, at most CELL_MOST, as far as they can be read;
    ``measured`` is the folder that was evaluated, where it is none of the run's own.
    """
    from alexnet_app.core.data.decode import read_picture
    from alexnet_app.core.inference.evaluation import Mistake

    if evaluation.answers is None:
        return
    run = Run.existing(folder)
    side = config_of(run).spec().picture_size
    if measured:
        data = yield from _images_of(measured, evaluation.split, evaluation.classes, called(folder), side)
    else:
        data = yield from _own_images(run, evaluation.split)
    places = evaluation.answers.cell(true, answered)[:CELL_MOST].tolist()
    if len(data.arrays.labels) != len(evaluation.answers.sure):
        raise UserError("the images of this split have changed since", "evaluate the run again")
    shown, pictures = [], list["NDArray[np.uint8] | None"]()
    for place in places:
        path = data.paths[place] if data.paths else ""
        shown.append(Mistake(place, true, answered, float(evaluation.answers.sure[place]), path))
        try:
            pictures.append(read_picture(Path(path), shorter_side=SIDE) if path else data.arrays.pictures[place])
        except (UserError, OSError, ValueError, MemoryError):  # it only shows
            pictures.append(None)
    yield CellPictures(evaluation, (true, answered), tuple(shown), tuple(pictures))


def exporting(evaluation: "Evaluation", what: Export, path: Path, replace: bool) -> Iterator[EvaluationExported]:
    """Writes a part of ``evaluation``; ``replace``: the person agreed to replace the file that is there."""
    from alexnet_app.core.inference.evaluation_tables import write_classes, write_matrix, write_mistakes
    from alexnet_app.core.insight.confusion import write_confusion
    from alexnet_app.core.outputs import PNG, TABLE, Guard

    is_picture = what is Export.MATRIX and path.suffix.lower() == ".png"
    Guard([each.path for each in evaluation.mistakes if each.path], replace=replace).file(
        path, PNG if is_picture else TABLE
    )
    if is_picture:
        write_confusion(evaluation.confusion, evaluation.classes, path)
    else:
        write = {Export.TABLE: write_classes, Export.MATRIX: write_matrix, Export.MISTAKES: write_mistakes}[what]
        write(path, evaluation)
    yield EvaluationExported(path)


def _kept(run: Run, fresh: "Evaluation | None" = None) -> KeptEvaluations:
    from alexnet_app.core.inference.evaluation_file import read_evaluations

    past = run.outline()
    started = next((event for event in reversed(past.lasting()) if isinstance(event, RunStarted)), None)
    splits = ("validation", "train") if started and not started.test_pictures else ("test", "validation", "train")
    return KeptEvaluations(run.folder, read_evaluations(run), model_by(run, past), splits, fresh)


def _lies_in(path: str, data: str) -> bool:
    """Whether ``path`` is below the folder ``data``, which is none that holds all that a person has."""
    folder, file = (Path(os.path.abspath(Path(each).expanduser())) for each in (data, path))  # noqa: PTH100  (no links)
    return folder.is_dir() and not Path.home().is_relative_to(folder) and file.is_relative_to(folder)


def _pictures(
    mistakes: "tuple[Mistake, ...]", source: "Source | None", split: str, side: int
) -> "Generator[NDArray[np.uint8] | None, None, None]":
    from alexnet_app.core.data.decode import fit, read_picture
    from alexnet_app.core.data.sources.values import Arrays, Files

    rows = source.splits.get(split) if source else None
    files = frozenset(rows.paths) if isinstance(rows, Files) else None if source is None else frozenset[str]()
    for each in mistakes:
        try:
            if each.path and (files is None or each.path in files):
                yield read_picture(Path(each.path), shorter_side=SIDE)
            elif isinstance(rows, Arrays) and each.index < len(rows.labels):
                yield fit(rows.pictures[each.index], side)
            else:
                yield None
        except (UserError, OSError, ValueError, MemoryError):  # it only shows
            yield None
