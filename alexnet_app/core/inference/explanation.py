"""Why a network answers as it does: the answers of each tower alone, what each adds to a score, and where it looks."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_app.core.data.feed.augment import centre, ten_views
from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.opened import Opened
from alexnet_app.core.insight.attribution import grad_cam, grad_cam_of_towers, integrated_gradients, occlusion
from alexnet_app.core.insight.tower_parts import Contributions, contributions, tower_scores
from alexnet_app.core.network.bundle import Bundle


class Method(StrEnum):
    """The ways to ask where in the picture a score comes from."""

    OCCLUSION = "occlusion"
    GRADIENTS = "gradients"
    GRAD_CAM = "grad-cam"
    TOWERS = "towers"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answers of a network to one picture and of its towers alone, the likeliest first, and of one of its classes
    (``label``) what each tower adds to the score. ``tower_a`` and ``tower_b`` are empty and ``contributions`` is None
    for a network of one column.
    """

    label: str
    both: tuple[Prediction, ...]
    tower_a: tuple[Prediction, ...]
    tower_b: tuple[Prediction, ...]
    contributions: Contributions | None


@dataclass(frozen=True, slots=True, eq=False)
class CropView:
    """What a network sees of a picture at once, uint8 (S, S, 3), and the likeliest classes for it."""

    picture: NDArray[np.uint8]
    predictions: tuple[Prediction, ...]


class Explainer:
    """Explains the answers of a model. Computes in fp32, on ``device``, with the plain network: the one that classifies
    is faster and has no gradients.
    """

    def __init__(self, bundle: Bundle, device: torch.device | str = "cpu") -> None:
        self._model = Opened(bundle, device)
        self._network = self._model.network

    def seen(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of ``picture`` (P, P, 3) that the network sees with a single view: its centre, (S, S, 3)."""
        return self._model.seen(picture)

    def views(self, picture: NDArray[np.uint8], *, ten_view: bool = False) -> tuple[CropView, ...]:
        """What the network sees of ``picture`` (P, P, 3), with the answer for each: the centre, or the ten views whose
        mean is the answer with ten views: top left, top right, centre, bottom left, bottom right, then their mirror
        images.
        """
        model, spec = self._model, self._model.spec
        batch = torch.from_numpy(np.array(picture[None])).to(model.mean.device)
        crops = ten_views if ten_view else centre
        with torch.inference_mode():
            scores = self._network(crops(batch, spec.input_size, model.mean, spec.input_scale))
        plain = torch.zeros(3, 1, 1, device=model.mean.device)
        shown = crops(batch, spec.input_size, plain, 1.0).permute(0, 2, 3, 1).to(torch.uint8).cpu().numpy()
        pairs = zip(shown, scores, strict=True)
        return tuple(CropView(np.ascontiguousarray(each), model.predictions(row)) for each, row in pairs)

    def explain(self, picture: NDArray[np.uint8], label: str = "") -> Explanation:
        """The answers for ``picture``, uint8 (P, P, 3) with P the network's picture size; ``label`` is the class whose
        score is taken apart, the likeliest one where it is empty. UserError for a class that the model does not know.
        """
        inside = self._model.inside(picture)
        both, *alone = (self._model.predictions(each) for each in tower_scores(self._network, inside))
        tower_a, tower_b = alone or ((), ())
        place = self._model.place_of(label or both[0].label)
        parts = contributions(self._network, inside, place)
        return Explanation(self._model.classes[place], both, tower_a, tower_b, parts)

    def heat(self, picture: NDArray[np.uint8], label: str, method: Method) -> NDArray[np.float32]:
        """Where the score of ``label`` comes from in what is ``seen`` of ``picture``: (maps, S, S).

        One map, of which positive values speak for the class; with TOWERS one for each tower, by Grad-CAM.
        """
        inside, place = self._model.inside(picture), self._model.place_of(label)
        match method:
            case Method.OCCLUSION:
                found = occlusion(self._network, inside, place)[None]
            case Method.GRADIENTS:
                found = integrated_gradients(self._network, inside, place)[None]
            case Method.GRAD_CAM:
                found = grad_cam(self._network, inside, place)
            case Method.TOWERS:
                found = grad_cam_of_towers(self._network, inside, place)
        return np.asarray(found.numpy(), np.float32)
