"""Why a network answers as it does: the answers of each tower alone, what each adds to a score, and where it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.data.feed.augment import centre, ten_views
from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.class_matching import places_of, unknown_class
from alexnet_app.core.insight.attribution import grad_cam, grad_cam_of_towers, integrated_gradients, occlusion
from alexnet_app.core.insight.tower_parts import Contributions, contributions, tower_scores
from alexnet_app.core.network.bundle import Bundle

TOP = 5


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
class View:
    """What a network sees of a picture at once, uint8 (S, S, 3), and the likeliest classes for it."""

    picture: NDArray[np.uint8]
    predictions: tuple[Prediction, ...]


class Explainer:
    """A model that says why. It computes in fp32, on ``device``, as the plain network: what answers people is quicker
    and has no gradients.
    """

    def __init__(self, bundle: Bundle, device: torch.device | str = "cpu") -> None:
        self._bundle = bundle
        self._network = bundle.network(device)
        self._mean = bundle.mean.to(device)
        for parameter in self._network.parameters():
            parameter.requires_grad_(False)

    def seen(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of ``picture`` (P, P, 3) that the network sees with a single view: its centre, (S, S, 3)."""
        side, size = len(picture), self._bundle.spec.input_size
        begin = (side - size) // 2
        return picture[begin : begin + size, begin : begin + size]

    def views(self, picture: NDArray[np.uint8], *, ten_view: bool = False) -> tuple[View, ...]:
        """What the network sees of ``picture`` (P, P, 3), with the answer for each: the centre, or the ten views whose
        mean is the answer with ten views: top left, top right, centre, bottom left, bottom right, then their mirror
        images.
        """
        spec, batch = self._bundle.spec, torch.from_numpy(picture[None]).to(self._mean.device)
        crops = ten_views if ten_view else centre
        with torch.inference_mode():
            scores = self._network(crops(batch, spec.input_size, self._mean, spec.input_scale))
        plain = torch.zeros(3, 1, 1, device=self._mean.device)
        shown = crops(batch, spec.input_size, plain, 1.0).permute(0, 2, 3, 1).to(torch.uint8).cpu().numpy()
        pairs = zip(shown, scores, strict=True)
        return tuple(View(np.ascontiguousarray(each), self._predictions(row)) for each, row in pairs)

    def explain(self, picture: NDArray[np.uint8], label: str = "") -> Explanation:
        """The answers for ``picture``, uint8 (P, P, 3) with P the network's picture size; ``label`` is the class whose
        score is taken apart, the likeliest one where it is empty. UserError for a class that the model does not know.
        """
        inside = self._inside(picture)
        both, *alone = (self._predictions(each) for each in tower_scores(self._network, inside))
        tower_a, tower_b = alone or ((), ())
        place = self._place(label or both[0].label)
        parts = contributions(self._network, inside, place)
        return Explanation(self._bundle.classes[place], both, tower_a, tower_b, parts)

    def heat(self, picture: NDArray[np.uint8], label: str, method: Method) -> NDArray[np.float32]:
        """Where the score of ``label`` comes from in what is ``seen`` of ``picture``: (maps, S, S).

        One map, of which positive values speak for the class; with TOWERS one for each tower, by Grad-CAM.
        """
        inside, place = self._inside(picture), self._place(label)
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

    def _inside(self, picture: NDArray[np.uint8]) -> Tensor:
        spec = self._bundle.spec
        batch = torch.from_numpy(picture[None]).to(self._mean.device)
        return centre(batch, spec.input_size, self._mean, spec.input_scale)[0].contiguous()

    def _predictions(self, scores: Tensor) -> tuple[Prediction, ...]:
        values, classes = scores.double().softmax(0).topk(min(TOP, len(scores)))
        pairs: Sequence[tuple[int, float]] = list(zip(classes.tolist(), values.tolist(), strict=True))
        return tuple(Prediction(self._bundle.classes[each], probability) for each, probability in pairs)

    def _place(self, label: str) -> int:
        (place,) = places_of(self._bundle.classes, [label])
        if place is None:
            raise unknown_class("the model", label, self._bundle.classes)
        return place
