"""What a model, or several together, get wrong: error rates, confusions, the mistakes they were surest of.

``evaluate`` is the quick look that training takes after each epoch; this is the thorough one.
"""

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.data.feed.augment import centre, ten_views
from alexnet_app.core.data.sources.values import Pictures
from alexnet_app.core.device import computing
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.inference.answering import TYPES, answering, answering_precision
from alexnet_app.core.inference.calibration import Calibration, calibration_of
from alexnet_app.core.inference.labelled import Labelled, class_places
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.runs.model import trained_splits

VIEWS_AT_ONCE = 250  # at most, of all pictures of a batch …
WORK_AT_ONCE = 20e9  # … and on a CPU about so many multiply-adds: a batch in well under a second
MISTAKES = 100  # so many are kept
CIFAR = "CIFAR-10"  # the one data set that is the same one in many places


@dataclass(frozen=True, slots=True)
class Member:
    """A model that took part: its name, and after how many steps and whole epochs of training it was saved where that
    is known.
    """

    name: str
    step: int | None = None
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture that was named wrongly: ``index`` counts within the split, ``true`` and ``answered`` are classes by
    number, ``probability`` (0 to 1) is that of the answer, ``path`` the picture's file where it comes from one.
    """

    index: int
    true: int
    answered: int
    probability: float
    path: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SplitAnswers:
    """Of each image of the split, in its order: the ``true`` and the ``answered`` class by number (N,), and how
    ``sure`` (N,) the answer was, 0 to 1.
    """

    true: NDArray[np.int64]
    answered: NDArray[np.int64]
    sure: NDArray[np.float64]

    def cell(self, true: int, answered: int) -> NDArray[np.int64]:
        """The images of one class that got one answer, the surest first."""
        found = np.flatnonzero((self.true == true) & (self.answered == answered))
        return found[np.argsort(-self.sure[found], kind="stable")]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How ``members`` did, together, on the pictures of ``split`` of ``data``, with 1 or 10 views of each.

    ``loss`` in nats, errors as fractions. ``confusion`` is (classes, classes): row the true class, column the answer.
    ``classes`` are the first model's, in its order. ``mistakes`` are those with the most probable wrong answers.
    ``precision`` is what was computed in. ``trained_on`` says that a member was trained on images of this split: its
    error is not one of new images. ``answers`` are those of every image, None where they were not kept.
    """

    data: str
    split: str
    views: int
    members: tuple[Member, ...]
    classes: tuple[str, ...]
    loss: float
    top1_error: float
    top5_error: float
    confusion: NDArray[np.int64]
    mistakes: tuple[Mistake, ...]
    precision: str = "fp32"
    trained_on: bool = False
    answers: SplitAnswers | None = None

    @property
    def calibration(self) -> Calibration | None:
        """Whether it is as often right as it is sure; None where that was not kept."""
        known = self.answers
        return None if known is None else calibration_of(known.sure, known.true == known.answered)

    @property
    def pictures(self) -> int:
        """How many pictures were shown."""
        return int(self.confusion.sum())

    @property
    def standard_error(self) -> float:
        """Of the top-1 error: how much it would differ on other pictures of the same kind (binomial)."""
        return math.sqrt(self.top1_error * (1 - self.top1_error) / self.pictures)

    @property
    def class_pictures(self) -> NDArray[np.int64]:
        """How many pictures each class has (classes,)."""
        counts: NDArray[np.int64] = self.confusion.sum(axis=1)
        return counts

    @property
    def class_errors(self) -> NDArray[np.int64]:
        """How many pictures of each class were named wrongly (classes,)."""
        return self.class_pictures - self.confusion.diagonal()

    def worst_confusions(self, count: int) -> list[tuple[int, int, int]]:
        """The most frequent kinds of mistake: true class, answered class, how often."""
        wrong = self.confusion - np.diag(self.confusion.diagonal())
        true, answered = np.nonzero(wrong)
        often = wrong[true, answered]
        order = np.argsort(-often, kind="stable")[:count]
        return [(int(true[at]), int(answered[at]), int(often[at])) for at in order]


def evaluating(
    bundles: Sequence[Bundle],
    data: Labelled,
    *,
    names: Sequence[str] = (),
    ten_view: bool = False,
    device: torch.device | str = "cpu",
    precision: str = "fp32",
    threads: int = 0,
) -> Generator[Event, None, Evaluation]:
    """Shows the pictures of ``data`` to each of ``bundles`` and averages their probabilities, as the paper's tables do.

    With ``ten_view`` those of ten views (section 4.1) are averaged too. Classes are matched by name: the models must
    know all classes of the data, in whatever order, and the same ones. ``names`` are what the models are called.
    ``precision`` is fp32 unless another one is asked for: these are numbers to compare, and bf16 changes answers.
    Yields Progress("evaluate"). Raises UserError where classes or sizes do not fit, an answer is no finite number, or
    the device does not have the precision.
    """
    precision = answering_precision(precision, torch.device(device))
    members = [_member(bundle, name) for bundle, name in zip(bundles, names or [""] * len(bundles), strict=True)]
    lead = bundles[0]
    labels = class_places(lead.classes, data.classes, _called(members[0]))[data.arrays.labels]
    if not len(labels):
        raise UserError("there are no images in {split}", split=data.split)
    pairs = zip(bundles, members, strict=True)
    voices = [_Voice(bundle, lead, _called(member), torch.device(device), precision) for bundle, member in pairs]
    tally = _Tally(labels)
    with computing(precision, threads):
        for rows in _answers(voices, data.arrays.pictures, ten_view=ten_view):
            tally.take(rows)
            yield Progress(Task.EVALUATE, tally.done, len(labels))
    return Evaluation(
        data=data.name,
        split=data.split,
        views=10 if ten_view else 1,
        members=tuple(members),
        classes=lead.classes,
        loss=tally.loss / len(labels),
        top1_error=float(tally.wrong.mean()),
        top5_error=tally.missed / len(labels),
        confusion=tally.confusion(len(lead.classes)),
        mistakes=tuple(tally.mistakes(data.paths)),
        precision=precision,
        trained_on=any(was_trained_on(bundle.summary, data) for bundle in bundles),
        answers=tally.answers(),
    )


def was_trained_on(summary: Mapping[str, Any], data: Labelled) -> bool:
    """Whether the model whose summary it is was trained on images of the split ``data``. False where nothing says."""
    config = summary.get("config")
    address = config.get("data") if isinstance(config, dict) else None
    same = bool(data.address) and address == data.address
    same = same or summary.get("data") == data.name == CIFAR  # wherever its archive lies
    return same and (data.undivided or data.split in trained_splits(summary))


class _Tally:
    """What was answered so far: of each picture the first answer and its probability, of all sums."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self._labels = labels
        self._answered = np.empty(len(labels), np.int64)
        self._sure = np.empty(len(labels))
        self.done = 0
        self.loss = 0.0
        self.missed = 0

    def take(self, rows: Tensor) -> None:
        """The logarithms of the probabilities (N, classes) of the next N pictures."""
        part = slice(self.done, self.done + len(rows))
        truth = torch.from_numpy(self._labels[part]).to(rows.device)[:, None]
        best = rows.topk(min(5, rows.shape[1]))
        self._answered[part] = best.indices[:, 0].cpu().numpy()
        self._sure[part] = best.values[:, 0].double().exp().cpu().numpy()
        self.loss -= float(rows.gather(1, truth).double().sum())
        self.missed += int((best.indices != truth).all(dim=1).sum())
        self.done = part.stop

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which first answers (N,) were none."""
        return np.not_equal(self._answered, self._labels)

    def answers(self) -> SplitAnswers:
        """What each image was answered, as precisely as it is kept."""
        sure = self._sure.clip(max=1.0).round(4)
        return SplitAnswers(self._labels, self._answered, sure)

    def confusion(self, classes: int) -> NDArray[np.int64]:
        """How often each class (row) got each answer (column)."""
        counts = np.bincount(self._labels * classes + self._answered, minlength=classes * classes)
        return counts.astype(np.int64).reshape(classes, classes)

    def mistakes(self, paths: Sequence[str]) -> Iterator[Mistake]:
        """The surest first."""
        found = np.flatnonzero(self.wrong)
        for at in found[np.argsort(-self._sure[found], kind="stable")][:MISTAKES].tolist():
            path = paths[at] if paths else ""
            sure = min(1.0, float(self._sure[at]))
            yield Mistake(at, int(self._labels[at]), int(self._answered[at]), sure, path)


class _Voice:
    """One model, its outputs in the order of the first model's classes."""

    def __init__(self, bundle: Bundle, first: Bundle, name: str, device: torch.device, precision: str) -> None:
        if bundle.spec.picture_size != first.spec.picture_size:
            raise UserError(
                "models for images of {one} and {other} pixels cannot be averaged",
                hint="choose models with the same image size",
                one=first.spec.picture_size,
                other=bundle.spec.picture_size,
            )
        if len(bundle.classes) != len(first.classes):
            raise UserError(
                "models with {one:,} and {other:,} classes cannot be averaged",
                hint="choose models with the same classes",
                one=len(first.classes),
                other=len(bundle.classes),
            )
        places = class_places(bundle.classes, first.classes, name)
        self.device, self.places = device, torch.from_numpy(places).to(device)
        self.network: AlexNet = answering(bundle, device, precision)
        self.type = TYPES[precision]
        self.mean = bundle.mean.to(device)

    @property
    def spec(self) -> NetworkSpec:
        return self.network.spec

    def log_probabilities(self, pictures: Tensor, *, ten_view: bool) -> Tensor:
        """Of every class for every view, fp32 (N, views, classes)."""
        crops = (ten_views if ten_view else centre)(pictures, self.spec.input_size, self.mean, self.spec.input_scale)
        rows = self.network(crops.to(self.type)).log_softmax(dim=1)
        views: Tensor = rows.reshape(len(pictures), -1, rows.shape[1])
        return views[:, :, self.places]


def _answers(voices: Sequence[_Voice], pictures: Pictures, *, ten_view: bool) -> Iterator[Tensor]:
    """For each batch the logarithms of the mean probabilities (N, classes)."""
    device, size = voices[0].device, _batch_size(voices, 10 if ten_view else 1)
    for first in range(0, len(pictures), size):
        batch = torch.from_numpy(pictures[first : first + size].copy()).to(device)  # it may be read-only
        with torch.inference_mode():
            views = torch.cat([voice.log_probabilities(batch, ten_view=ten_view) for voice in voices], dim=1)
            rows = views.logsumexp(dim=1) - math.log(views.shape[1])  # in logarithms: none of them becomes 0
        finite = torch.isfinite(rows).all(dim=1)
        if not finite.all():
            raise UserError(
                "the output of the model for image {index:,} is not finite",
                hint="choose another model",
                index=first + int((~finite).nonzero()[0]),
            )
        yield rows


def _batch_size(voices: Sequence[_Voice], views: int) -> int:
    work = max(voice.spec.multiply_adds for voice in voices)
    at_once = VIEWS_AT_ONCE if voices[0].device.type == "cuda" else min(VIEWS_AT_ONCE, int(WORK_AT_ONCE / work))
    return max(1, at_once // views)


def _member(bundle: Bundle, name: str) -> Member:
    step, epoch = bundle.summary.get("step"), bundle.summary.get("epoch")
    return Member(name, step if isinstance(step, int) else None, epoch if isinstance(epoch, int) else None)


def _called(member: Member) -> str:
    return member.name or "the model"
