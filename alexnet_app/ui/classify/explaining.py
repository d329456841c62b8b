"""Computes why a picture gets its class, on a thread. torch is first imported there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtGui import QImage

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.job import Asked
from alexnet_app.ui.models.opened import Models

if TYPE_CHECKING:  # torch comes with these: they are imported on the thread that needs them
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_app.core.events import Prediction
    from alexnet_app.core.inference.explanation import Explainer
    from alexnet_app.core.network.bundle import Bundle

NEAREST = "nearest"  # images that are alike: nothing is drawn over the picture
SEEN = "seen"  # beside the methods of the core: the part of the picture that the network sees, in its own pixels
TOWERS = ("tower-a", "tower-b")  # Grad-CAM of one of them


@dataclass(frozen=True, slots=True)
class WhyRequest:
    """A question: why does the model at ``model`` answer ``label`` (its first answer where that is empty) for the
    picture ``path``; ``view`` is what to draw over it. ``ten_view``: what each of the ten views says is wanted too.
    """

    model: str
    path: str
    label: str
    view: str
    ten_view: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """The answers of both towers and of each alone, as label and probability (0 to 1); ``parts`` is what tower A,
    tower B and the bias add to the score of ``label``, and the score; empty for a network of one column.
    """

    request: WhyRequest
    label: str
    both: tuple[tuple[str, float], ...]
    tower_a: tuple[tuple[str, float], ...]
    tower_b: tuple[tuple[str, float], ...]
    parts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """What is drawn over the centre of the picture, a square with ``share`` (0 to 1) of its shorter side."""

    request: WhyRequest
    picture: QImage
    share: float


@dataclass(frozen=True, slots=True)
class Crops:
    """What the network sees, one picture or those of the ten views in their order, each with its answers as label and
    probability (0 to 1).
    """

    request: WhyRequest
    pictures: "tuple[NDArray[np.uint8], ...]"
    answers: tuple[tuple[tuple[str, float], ...], ...]


Reason: TypeAlias = Explained | Layer | Crops


class Explainers:
    """The explainer of the model that was asked last."""

    def __init__(self) -> None:
        self._bundle: Bundle | None = None
        self._explainer: Explainer | None = None

    def of(self, bundle: "Bundle") -> "Explainer":
        """The explainer of ``bundle``."""
        from alexnet_app.core.inference.explanation import Explainer

        if self._explainer is None or self._bundle is not bundle:
            self._bundle, self._explainer = bundle, Explainer(bundle)
        return self._explainer


def explain(models: Models, explainers: Explainers, request: WhyRequest, asked: Asked) -> Iterator[Reason]:
    """Yields the answers first, then what is drawn over the picture."""
    from pathlib import Path

    from alexnet_app.core.data.decode import read_fitted
    from alexnet_app.core.inference.explanation import Method
    from alexnet_app.core.insight.heat import tinted

    bundle = models.bundle(request.model)
    explainer = explainers.of(bundle)
    spec = bundle.spec
    picture = read_fitted(Path(request.path), spec.picture_size)
    found = explainer.explain(picture, request.label)
    sums = found.contributions
    parts = (sums.tower_a, sums.tower_b, sums.bias, sums.score) if sums else ()
    both, tower_a, tower_b = (_pairs(each) for each in (found.both, found.tower_a, found.tower_b))
    yield Explained(request, found.label, both, tower_a, tower_b, parts)
    share = spec.input_size / spec.picture_size
    if request.view == NEAREST:
        return
    if request.view == SEEN:
        yield Layer(request, to_qimage(explainer.seen(picture)), share)
        views = explainer.views(picture, ten_view=request.ten_view)
        yield Crops(request, tuple(each.picture for each in views), tuple(_pairs(each.predictions) for each in views))
        return
    tower = TOWERS.index(request.view) if request.view in TOWERS else 0
    method = Method.TOWERS if request.view in TOWERS else Method(request.view)
    heats = explainer.heat(picture, found.label, method)
    yield Layer(request, to_qimage(tinted(heats[min(tower, len(heats) - 1)], float(abs(heats).max()))), share)


def _pairs(predictions: "tuple[Prediction, ...]") -> tuple[tuple[str, float], ...]:
    return tuple((each.label, each.probability) for each in predictions)
