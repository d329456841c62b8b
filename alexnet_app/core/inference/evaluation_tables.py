"""An evaluation as tables for people: classes, matrix, mistakes."""

from pathlib import Path

from alexnet_app.core.inference.evaluation import Evaluation
from alexnet_app.core.inference.interval import wilson
from alexnet_app.core.tables import write_csv


def write_classes(path: Path, evaluation: Evaluation) -> None:
    """How often each class was wrong, with the 95 % interval (Wilson) of its error; empty where it has no images."""
    rows = []
    counts, errors = evaluation.class_pictures.tolist(), evaluation.class_errors.tolist()
    for name, count, wrong in zip(evaluation.classes, counts, errors, strict=True):
        limits = wilson(wrong, count) if count else (0.0, 0.0)
        share = f"{wrong / count:.6f}" if count else ""
        rows.append([name, count, wrong, share, *(f"{each:.6f}" if count else "" for each in limits)])
    write_csv(path, ["class", "pictures", "errors", "error", "low", "high"], rows)


def write_matrix(path: Path, evaluation: Evaluation) -> None:
    """How often each class (row) got each answer (column)."""
    rows = [[name, *counts] for name, counts in zip(evaluation.classes, evaluation.confusion.tolist(), strict=True)]
    write_csv(path, ["true class", *evaluation.classes], rows)


def write_mistakes(path: Path, evaluation: Evaluation) -> None:
    """The mistakes that are kept, the surest first."""
    classes = evaluation.classes
    rows = [
        [each.path, each.index, classes[each.true], classes[each.answered], each.probability]
        for each in evaluation.mistakes
    ]
    write_csv(path, ["path", "index", "true", "answered", "probability"], rows)
