"""An evaluation in the words and plain values of the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.inference.interval import extreme
from alexnet_app.core.inference.top5 import has_top5
from alexnet_app.core.runs.model import RunModel
from alexnet_app.ui.evaluation.views.evaluation_view import Details
from alexnet_app.ui.evaluation.views.mistake_strip import Mistaken
from alexnet_app.ui.evaluation.views.score_cards import ShownScore
from alexnet_app.ui.parts.numbers import local, shown

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation, Mistake


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
            "Top-1 error: the fraction of images whose most probable class is wrong, with its standard "
            "error, the typical deviation on another sample of such images; where none or all are wrong, with its 95 % "
            "interval (Wilson)",
        ),
    )


def _spread(evaluation: "Evaluation") -> str:
    """The standard error; where none or all were wrong that is 0 and says nothing, so the interval."""
    limits = extreme(evaluation.top1_error, evaluation.pictures)
    if limits is None:
        return local(f"± {100 * evaluation.standard_error:.2f}")
    text = QCoreApplication.translate("evaluation", "({low:.1f} to {high:.1f} %)")
    return text.format(**shown(low=100 * limits[0], high=100 * limits[1]))


def details(evaluation: "Evaluation") -> Details:
    """Everything below the headline."""
    counts, wrong = evaluation.class_pictures.tolist(), evaluation.class_errors.tolist()
    classes = list(zip(map(readable, evaluation.classes), counts, wrong, strict=True))
    return Details(classes, evaluation.confusion, [_mistaken(each, evaluation) for each in evaluation.mistakes])


def readable(name: str) -> str:
    """A name whose bytes need not be text, as text."""
    return name.encode(errors="replace").decode()


def _mistaken(mistake: "Mistake", evaluation: "Evaluation") -> Mistaken:
    number = QCoreApplication.translate("evaluation", "image {index:,}").format(**shown(index=mistake.index))
    return Mistaken(
        readable(evaluation.classes[mistake.true]),
        readable(evaluation.classes[mistake.answered]),
        local(f"{100 * mistake.probability:.1f} %"),
        readable(mistake.path) or number,
    )
