"""An evaluation in the words and plain values of the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.inference.interval import wilson
from alexnet_app.core.inference.top5 import has_top5
from alexnet_app.core.runs.model import RunModel
from alexnet_app.ui.evaluation.views.evaluation_view import Details
from alexnet_app.ui.evaluation.views.mistake_strip import Mistaken
from alexnet_app.ui.evaluation.views.reliability_view import ReliabilityBin
from alexnet_app.ui.evaluation.views.score_cards import ShownScore
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.plain import one_line

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation, Mistake


FOLDER = "\0folder"  # stands for the images of a folder that was evaluated; no split is called so


def split_name(split: str) -> str:
    """What people call a split."""
    names = {
        "test": QCoreApplication.translate("evaluation", "Test images"),
        "validation": QCoreApplication.translate("evaluation", "Validation images"),
        "train": QCoreApplication.translate("evaluation", "Training images"),
    }
    return names.get(split, split)


def model_name(model: RunModel) -> str:
    """Which model of a run is evaluated, and of which epoch."""
    if model.kind == "last":
        said = QCoreApplication.translate("evaluation", "the last model, because the validation images were trained on")
    else:
        said = QCoreApplication.translate("evaluation", "the best model")
    if model.epoch is None:
        return said
    return QCoreApplication.translate("evaluation", "{model} (epoch {epoch:,})").format(
        **shown(model=said, epoch=model.epoch)
    )


def score(evaluation: "Evaluation", step: int | None) -> ShownScore:
    """Its headline; ``step`` is that of the run's model now."""
    title = (
        QCoreApplication.translate("evaluation", "Ten views")
        if evaluation.views > 1
        else QCoreApplication.translate("evaluation", "Single view")
    )
    made = evaluation.members[0].step
    if made is not None and step is not None and made != step:
        earlier = QCoreApplication.translate("evaluation", "{title}, earlier model (step {step:,})")
        title = earlier.format(**shown(title=title, step=made))
    if evaluation.trained_on:
        seen = QCoreApplication.translate("evaluation", "{title}; these images were trained on")
        title = seen.format(title=title)
    detail = (
        QCoreApplication.translate("evaluation", "top-5 error {top5:.2f} % · loss {loss:.3f} · {count:,} images")
        if has_top5(len(evaluation.classes))
        else QCoreApplication.translate("evaluation", "loss {loss:.3f} · {count:,} images")
    )
    return ShownScore(
        title,
        local(f"{100 * evaluation.top1_error:.2f} %"),
        _spread(evaluation),
        detail.format(**shown(top5=100 * evaluation.top5_error, loss=evaluation.loss, count=evaluation.pictures)),
        QCoreApplication.translate(
            "evaluation",
            "Top-1 error: the fraction of images whose most probable class is wrong, with its 95 % interval (Wilson): "
            "where the error on all such images is likely to lie",
        ),
    )


def _spread(evaluation: "Evaluation") -> str:
    """Its 95 % interval."""
    low, high = wilson(int(evaluation.class_errors.sum()), evaluation.pictures)
    text = QCoreApplication.translate("evaluation", "({low:.1f} to {high:.1f} %)")
    return text.format(**shown(low=100 * low, high=100 * high))


def details(evaluation: "Evaluation") -> Details:
    """Everything below the headline."""
    counts, wrong = evaluation.class_pictures.tolist(), evaluation.class_errors.tolist()
    classes = list(zip(map(readable, evaluation.classes), counts, wrong, strict=True))
    mistakes = [mistaken(each, evaluation) for each in evaluation.mistakes]
    return Details(classes, evaluation.confusion, mistakes, *_reliability(evaluation))


def _reliability(evaluation: "Evaluation") -> tuple[tuple[ReliabilityBin, ...], str]:
    """The bars of the diagram, and what is said below it."""
    found = evaluation.calibration
    if found is None:
        return (), QCoreApplication.translate(
            "evaluation", "Evaluate again to see whether its confidence can be trusted."
        )
    bins = tuple(ReliabilityBin(each.low, each.high, each.count, each.confidence, each.right) for each in found.bins)
    text = QCoreApplication.translate(
        "evaluation",
        "Expected calibration error {error:.1f} %: so far confidence and accuracy are apart on average. "
        "Bars below the dashed line: more confident than right.",
    )
    return bins, text.format(**shown(error=100 * found.error))


def cell_title(evaluation: "Evaluation", true: int, answered: int, count: int) -> str:
    """Above the pictures of a cell of the matrix."""
    text = QCoreApplication.translate("evaluation", "{true} → {answered}: {count:,} of {all:,} images")
    names = (one_line(readable(evaluation.classes[each])) for each in (true, answered))
    every = int(evaluation.confusion[true, answered])
    first, second = names
    return text.format(**shown(true=first, answered=second, count=count, all=every))


def readable(name: str) -> str:
    """A name whose bytes need not be text, as text."""
    return name.encode(errors="replace").decode()


def mistaken(mistake: "Mistake", evaluation: "Evaluation") -> Mistaken:
    """Below a picture."""
    number = QCoreApplication.translate("evaluation", "image {index:,}").format(**shown(index=mistake.index))
    return Mistaken(
        readable(evaluation.classes[mistake.true]),
        readable(evaluation.classes[mistake.answered]),
        local(f"{100 * mistake.probability:.1f} %"),
        readable(mistake.path) or number,
        readable(mistake.path),
    )
