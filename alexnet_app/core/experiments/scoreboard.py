"""Tables 1 and 2: the published errors, and beside them those of the person's own runs of the same kind."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, Evaluated, Event, RunStarted
from alexnet_app.core.experiments.experiment import Experiment, Finding, NamedRun, Outcome, Point, Row, Scale
from alexnet_app.core.experiments.protocol import (
    CIFAR_ERRORS,
    CIFAR_VIEWS,
    IMAGENET_NETWORKS,
    departures,
    is_on_cifar10,
    knows_ilsvrc,
)
from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.runs.listing import run_folders
from alexnet_app.core.runs.model import RunModel, model_by
from alexnet_app.core.runs.reading import Past
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.resume import config_of

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation

TEN, ONE = 10, 1
OLDER = 0  # views: of what is no network
# what was measured, with how many views, top-1 and top-5 error in percent: Tables 1 and 2 and the text of section 6;
# pre-trained is on the 2011 release
PUBLISHED: tuple[tuple[str, int, float | None, float], ...] = (
    ("ILSVRC-2010 test, sparse coding", OLDER, 47.1, 28.2),
    ("ILSVRC-2010 test, SIFT + FVs", OLDER, 45.7, 25.7),
    ("ILSVRC-2010 test, one net", TEN, 37.5, 17.0),
    ("ILSVRC-2010 test, one net", ONE, 39.0, 18.3),
    ("ILSVRC-2012 test, SIFT + FVs", OLDER, None, 26.2),
    ("ILSVRC-2012 validation, one net", TEN, 40.7, 18.2),
    ("ILSVRC-2012 validation, 5 nets", TEN, 38.1, 16.4),
    ("ILSVRC-2012 test, 5 nets", TEN, None, 16.4),
    ("ILSVRC-2012 validation, one net, pre-trained", TEN, 39.0, 16.6),
    ("ILSVRC-2012 validation, 7 nets, 2 pre-trained", TEN, 36.7, 15.4),
    ("ILSVRC-2012 test, 7 nets, 2 pre-trained", TEN, None, 15.3),
)
ILSVRC = {1: (40.7, 18.2), 5: (38.1, 16.4)}  # validation, ten views, by the number of nets


@dataclass(frozen=True, slots=True)
class Score:
    """Errors (0 to 1) of a run on a split, as the mean of ``views`` views; NaN where one was not measured.
    ``nets`` are the runs whose mean it is, where they are several; ``model`` says of which model of the run it is where
    the validation images were trained on.
    """

    split: str
    views: int
    top1_error: float
    top5_error: float
    pictures: int
    nets: tuple[str, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class KeptScores:
    """What a run's folder says of its errors, and which evaluations in it cannot be read: "run/file"."""

    scores: tuple[Score, ...]
    unread: tuple[str, ...]


def plan(scale: Scale) -> tuple[NamedRun, ...]:
    """None: what was trained is looked at."""
    return ()


def points(planned: NamedRun, run: Run, event: Event) -> tuple[Point, ...]:
    """None."""
    return ()


def conclude(scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
    """The published rows, then a row for each error of each own run that can be compared."""
    rows = [row for each in PUBLISHED for row in _published(*each)]
    own: list[Row] = []
    unread: list[str] = []
    others = 0
    for run, config in _runs(scale.runs):
        try:
            past = run.outline()
            kept = kept_scores(run, past)
            found = _own_rows(run, config, kept.scores, past)
        except UnreadableError as error:  # one run hides no other
            unread.append(f"{run.folder.name} ({error.short})")
            continue
        own += found
        others += not found
        unread += kept.unread
    text = f"{len(own)} errors of your own runs are compared with the paper's" if own else _none()
    are = "run is" if others == 1 else "runs are"
    left = f"; {others} {are} on other data, on part of the data, or not finished" if others else ""
    return Finding(
        "scoreboard", f"{text}{left}.{_left_out(unread)}", f"runs in {scale.runs}", (*rows, *own), scale.quick
    )


def kept_scores(run: Run, past: Past | None = None) -> KeptScores:
    """What is known of the errors of ``run``: its evaluations, and for a split that has none of one view the closing
    evaluation or the last validation. No error of images that were trained on, and where the validation images have
    joined, none of a model of before.
    """
    from alexnet_app.core.inference.evaluation_file import evaluation_files, read_evaluation

    files = (path for kind in ("evaluation", "average") for path in evaluation_files(run, kind))
    evaluations = {path: read_evaluation(path) for path in files}
    past = past or run.outline()
    model = model_by(run, past)
    judging = [each for each in evaluations.values() if each is not None and _judges(each, model)]
    found = [_score_in(each) for each in judging]
    known = {(score.split, score.views) for score in found if not score.nets}
    for event in reversed(past.lasting()):
        score = None if model.kind == "last" and isinstance(event, EpochDone) else _score_of(event)
        if score is not None and (score.split, score.views) not in known:
            known.add((score.split, score.views))
            found.append(score)
    if model.kind == "last":
        found = [each if each.nets else replace(each, model=model.name) for each in found]
    unread = tuple(f"{run.folder.name}/{path.name}" for path, each in evaluations.items() if each is None)
    return KeptScores(tuple(found), unread)


def _judges(evaluation: "Evaluation", model: RunModel) -> bool:
    """Whether it is one of new images, and of ``model`` where an earlier one of the run was another kind of model."""
    if evaluation.trained_on:
        return False
    steps = [each.step for each in evaluation.members]
    return model.kind == "best" or len(steps) > 1 or steps == [model.step]


def _score_in(evaluation: "Evaluation") -> Score:
    names = tuple(each.name for each in evaluation.members)
    errors = evaluation.top1_error, evaluation.top5_error
    return Score(evaluation.split, evaluation.views, *errors, evaluation.pictures, names if len(names) > 1 else ())


def _left_out(unread: Sequence[str]) -> str:
    """The sentence about evaluations that cannot be read; empty where all can."""
    if not unread:
        return ""
    said = (
        "This evaluation is damaged and was skipped"
        if len(unread) == 1
        else "These evaluations are damaged and were skipped"
    )
    return f" {said}: {', '.join(unread)}."


def _score_of(event: Event) -> Score | None:
    match event:
        case Evaluated(split, pictures, _, top1, top5):
            return Score(split, ONE, top1, top5, pictures)
        case EpochDone():
            return Score("validation", ONE, event.validation_error, event.validation_top5_error, 0)
    return None


def _runs(parent: Path) -> Iterator[tuple[Run, TrainConfig]]:
    for run in sorted(run_folders(parent), key=lambda each: each.folder):
        try:
            yield run, config_of(run)
        except UserError:  # of another version, or written by hand: it is nobody's score
            continue


def _own_rows(run: Run, config: TrainConfig, found: Sequence[Score], past: Past) -> list[Row]:
    started = next((event for event in past.lasting() if isinstance(event, RunStarted)), None)
    if is_on_cifar10(config, started):
        return [row for score in found for row in _cifar_rows(run, config, score)]
    if started is not None and config.share == 1 and knows_ilsvrc(run):
        return [row for score in found for row in _ilsvrc_rows(run, config, score)]
    return []


def _cifar_rows(run: Run, config: TrainConfig, score: Score) -> list[Row]:
    """The top-1 error, beside the published one where that was measured with as many views after the same training."""
    if score.split != "test":
        return []
    is_papers = not score.nets and not config.ablation.words()
    apart = departures(config)
    is_same = is_papers and score.views == CIFAR_VIEWS and not apart
    who = _who(run, (config.network, *config.ablation.words()), score)
    what = f"{who}: CIFAR-10 test, {_views(score.views)}, top-1"
    row = _row(what, score.top1_error, CIFAR_ERRORS[config.network] if is_same else None, score)
    if is_papers and not is_same:
        return [_with_published(row, (f"with {_views(CIFAR_VIEWS)}" if score.views != CIFAR_VIEWS else "", *apart))]
    return [row]


def _ilsvrc_rows(run: Run, config: TrainConfig, score: Score) -> list[Row]:
    is_papers = config.network in IMAGENET_NETWORKS and not config.ablation.words()
    top1, top5 = None, None
    apart = departures(config) if is_papers else ()
    beside = is_papers and score.split == "validation" and score.views == TEN and _are_alike(run, config, score)
    if beside and not apart:
        top1, top5 = ILSVRC.get(max(1, len(score.nets)), (None, None))
    who = _who(run, () if is_papers else (config.network, *config.ablation.words()), score)
    where = f"{who}: {score.split}, {_views(score.views)}"
    rows = [
        _row(f"{where}, top-1", score.top1_error, top1, score),
        _row(f"{where}, top-5", score.top5_error, top5, score),
    ]
    return [_with_published(row, apart) for row in rows] if beside and apart else rows


def _with_published(row: Row, how: Sequence[str]) -> Row:
    """``row`` with a note on how the published error was measured, which does not stand beside it."""
    return replace(row, note="; ".join(filter(None, (row.note, f"published {', '.join(filter(None, how))}"))))


def _who(run: Run, changed: Sequence[str], score: Score) -> str:
    """The run, or the mean that it begins, and what is otherwise in its network."""
    what = f"{run.folder.name} and {len(score.nets) - 1} more, their mean" if score.nets else run.folder.name
    return ", ".join((what, *changed))


def _are_alike(run: Run, config: TrainConfig, score: Score) -> bool:
    """Whether all nets of a mean are known, and like that of ``run``, whose configuration is ``config``."""
    try:
        others = [config_of(Run(run.folder.parent / name)) for name in score.nets]
    except (UserError, ValueError):  # gone, of another version, or a name that no folder can have
        return False
    own = config.network, config.ablation, 1, departures(config)
    return all(
        each.network == config.network and (each.network, each.ablation, each.share, departures(each)) == own
        for each in others
    )


def _row(what: str, error: float, paper: float | None, score: Score) -> Row:
    parts = f"{score.pictures:,} pictures" if score.pictures else "", ", ".join(score.nets), score.model
    note = "; ".join(filter(None, parts))
    return Row(what, None if math.isnan(error) else 100 * error, paper, "%", 1, None, note)


def _published(what: str, views: int, top1: float | None, top5: float) -> list[Row]:
    where = f"{what}, {_views(views)}" if views else what
    errors = (("top-1", top1), ("top-5", top5))
    return [Row(f"{where}, {name}", None, error, "%") for name, error in errors if error is not None]


def _views(count: int) -> str:
    return {ONE: "single view", TEN: "ten views"}.get(count, f"{count} views")


def _none() -> str:
    return (
        "None of your runs can be compared with the paper yet: that needs the 1000 classes of "
        "ILSVRC2012, or all of CIFAR-10 with the preset cifar10 or cifar10-13pct"
    )


SCOREBOARD = Experiment(
    name="scoreboard",
    title="Tables 1 and 2",
    question="How do your own runs compare with the published errors?",
    paper="37.5 % top-1 and 17.0 % top-5 error on the test set of ILSVRC-2010; 40.7 % and 18.2 % on the validation set "
    "of ILSVRC-2012 with one net. On CIFAR-10 11 % with normalization, 13 % without. All with ten views.",
    where="Tables 1 and 2, sections 3.3 and 6",
    plan=plan,
    points=points,
    conclude=conclude,
)
