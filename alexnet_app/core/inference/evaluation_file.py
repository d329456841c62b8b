"""Evaluations as JSON: kept in the folder of the run that they judge, read back with care."""

import json
import math
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.device import PRECISIONS
from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import read_json
from alexnet_app.core.inference.evaluation import MISTAKES, Evaluation, Member, Mistake, SplitAnswers
from alexnet_app.core.runs.run import Run

FORMAT = "alexnet-app evaluation 1"
DENSE = 100  # up to so many classes the file has every count, above only those that are not 0
LARGEST = 64 << 20  # bytes that are read
MOST_CLASSES = 10_000
MOST_ANSWERS = 200_000  # images whose answers are kept
MOST_FILES = {"evaluation": 12, "average": 60}  # that are read of a run; three splits with two views have six


def kept_file(run: Run, split: str, views: int) -> Path:
    """Where a run's evaluation lies."""
    return run.folder / f"evaluation-{split}-{views}.json"


def kept_average(runs: Sequence[Run], split: str, views: int) -> Path:
    """Where the evaluation of the mean of ``runs`` lies: in the folder of the first, one for each choice of runs."""
    names = "\n".join(str(run.folder.absolute()) for run in runs)
    which = blake2b(names.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return runs[0].folder / f"average-{split}-{views}-{which}.json"


def write_evaluation(path: Path, evaluation: Evaluation, *, answers: bool = True) -> None:
    """Writes ``path`` so that it is never half there, with the ``answers`` of every image where they are wanted;
    UserError where it cannot be written.
    """
    # ASCII: the name of a class is the name of a folder, whose bytes need not be text
    plain = to_plain(evaluation) | (_plain_answers(evaluation.answers) if answers else {})
    text = json.dumps(plain, allow_nan=False, separators=(",", ":"))
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="ascii"))


def read_evaluation(path: Path, most: int = MOST_CLASSES) -> Evaluation | None:
    """The evaluation in ``path``; None where there is none, it has more than ``most`` classes, or it is something else:
    another program may have written it.
    """
    try:
        return _from_plain(read_json(path, LARGEST, links=False), most)
    except (UserError, ValueError, TypeError, AttributeError, LookupError, OverflowError):
        return None


def evaluation_files(run: Run, kind: str = "evaluation") -> list[Path]:
    """The files of ``kind`` that are kept with ``run``, in order of their names; no more of it than MOST_FILES says."""
    try:
        return nsmallest(MOST_FILES[kind], run.folder.glob(f"{kind}-*.json"))
    except OSError:
        return []


def read_evaluations(run: Run) -> tuple[Evaluation, ...]:
    """Those that are kept with ``run``: by split, the single view first. What cannot be read is passed over, and so is
    what is more than MOST_FILES, or has a larger confusion matrix than the others have left of MOST_CLASSES.
    """
    found, cells = [], MOST_CLASSES**2
    for path in evaluation_files(run):
        evaluation = read_evaluation(path, math.isqrt(cells))
        if evaluation is not None:
            found.append(evaluation)
            cells -= len(evaluation.classes) ** 2
    return tuple(sorted(found, key=lambda each: (each.split, each.views)))


def to_plain(evaluation: Evaluation) -> dict[str, Any]:
    """Plain JSON values: what is kept, what ``evaluate --json`` prints."""
    counts, errors = evaluation.class_pictures.tolist(), evaluation.class_errors.tolist()
    return {
        "format": FORMAT,
        "data": evaluation.data,
        "split": evaluation.split,
        "views": evaluation.views,
        "precision": evaluation.precision,
        "models": [{"name": each.name, "step": each.step, "epoch": each.epoch} for each in evaluation.members],
        "trained_on": evaluation.trained_on,
        "pictures": evaluation.pictures,
        "loss": evaluation.loss,
        "top1_error": evaluation.top1_error,
        "standard_error": evaluation.standard_error,
        "top5_error": evaluation.top5_error,
        "classes": [
            {"name": name, "pictures": count, "errors": wrong}
            for name, count, wrong in zip(evaluation.classes, counts, errors, strict=True)
        ],
        "confusion": _plain_confusion(evaluation.confusion),
        "calibration": _plain_calibration(evaluation),
        "mistakes": [
            {
                "index": each.index,
                "path": each.path,
                "true": evaluation.classes[each.true],
                "answered": evaluation.classes[each.answered],
                "true_class": each.true,
                "answered_class": each.answered,
                "probability": each.probability,
            }
            for each in evaluation.mistakes
        ],
    }


def _plain_calibration(evaluation: Evaluation) -> dict[str, Any] | None:
    found = evaluation.calibration
    if found is None:
        return None
    bins = [
        {"from": each.low, "to": each.high, "count": each.count, "confidence": each.confidence, "right": each.right}
        for each in found.bins
    ]
    return {"expected_error": found.error, "bins": bins}


def _plain_answers(answers: SplitAnswers | None) -> dict[str, Any]:
    """Of every image, for the file only; nothing where they are too many."""
    if answers is None or len(answers.sure) > MOST_ANSWERS:
        return {}
    sure = answers.sure.tolist()
    return {
        "answers": {"true": answers.true.tolist(), "answered": answers.answered.tolist(), "probability": sure},
    }


def _read_answers(plain: Any, confusion: NDArray[np.int64]) -> SplitAnswers:
    """What every image was answered. Raises one of many errors where these are not the answers that were counted."""
    true, answered = ([_count(each) for each in _listed(plain[key])] for key in ("true", "answered"))
    sure = [_number(each) for each in _listed(plain["probability"])]
    classes = len(confusion)
    if not len(true) == len(answered) == len(sure) or max((*true, *answered), default=0) >= classes:
        raise ValueError(plain.keys())
    found = SplitAnswers(np.array(true, np.int64), np.array(answered, np.int64), np.array(sure))
    counted = np.bincount(found.true * classes + found.answered, minlength=classes * classes)
    if not np.array_equal(counted, confusion.ravel()):
        raise ValueError(counted)
    return found


def _plain_confusion(confusion: NDArray[np.int64]) -> dict[str, Any]:
    """Rows of counts, or of many classes triples (true class, answered class, count)."""
    if len(confusion) <= DENSE:
        return {"rows": confusion.tolist()}
    true, answered = np.nonzero(confusion)
    return {"counts": np.stack((true, answered, confusion[true, answered]), axis=1).tolist()}


def _from_plain(record: Mapping[str, Any], most: int) -> Evaluation | None:
    """Raises one of many errors, or gives None, where ``record`` is no whole evaluation."""
    if record["format"] != FORMAT or not 2 <= len(record["classes"]) <= most:
        return None
    classes = tuple(_text(each["name"]) for each in _listed(record["classes"]))
    confusion = _read_confusion(record["confusion"], len(classes))
    found = Evaluation(
        data=_text(record["data"]),
        split=_text(record["split"]),
        views=_count(record["views"]),
        members=tuple(map(_read_member, _listed(record["models"]))),
        classes=classes,
        loss=_number(record["loss"], math.inf),
        top1_error=_number(record["top1_error"]),
        top5_error=_number(record["top5_error"]),
        confusion=confusion,
        mistakes=tuple(_read_mistake(each, len(classes)) for each in _listed(record["mistakes"])[:MISTAKES]),
        precision=record.get("precision", "fp32"),  # all that older versions wrote
        trained_on=_flag(record.get("trained_on", False)),
        answers=_read_answers(record["answers"], confusion) if "answers" in record else None,
    )
    whole = found.pictures == _count(record["pictures"]) > 0
    agrees = whole and abs(found.class_errors.sum() / found.pictures - found.top1_error) < 1e-6
    known = found.views in (1, 10) and found.precision in PRECISIONS
    return found if agrees and found.members and known else None


def _read_confusion(plain: Mapping[str, Any], classes: int) -> NDArray[np.int64]:
    if "rows" in plain:
        confusion = np.array([[_count(each) for each in row] for row in plain["rows"]], np.int64)
    else:
        confusion = np.zeros((classes, classes), np.int64)
        for true, answered, count in plain["counts"]:
            confusion[_count(true), _count(answered)] = _count(count)
    if confusion.shape != (classes, classes):
        raise ValueError(confusion.shape)
    return confusion


def _read_member(plain: Mapping[str, Any]) -> Member:
    return Member(_text(plain["name"]), _maybe_count(plain["step"]), _maybe_count(plain.get("epoch")))


def _read_mistake(plain: Mapping[str, Any], classes: int) -> Mistake:
    true, answered = _count(plain["true_class"]), _count(plain["answered_class"])
    if max(true, answered) >= classes:
        raise ValueError(plain)
    return Mistake(_count(plain["index"]), true, answered, _number(plain["probability"]), _text(plain["path"]))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError(value)
    return value


def _maybe_count(value: Any) -> int | None:
    return None if value is None else _count(value)


def _number(value: Any, most: float = 1.0) -> float:
    if type(value) not in (int, float) or not 0 <= value <= most or math.isinf(value):
        raise ValueError(value)
    return float(value)
