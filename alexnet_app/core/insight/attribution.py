"""Where in a picture the score of a class comes from: three maps that answer it in three ways.

Each is computed on the network of ``Bundle.network``, whose parts are the plain ones; the scores are those before the
softmax, so a map says what speaks for the class, not what speaks against the others.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.insight.stepwise import scores, stages
from alexnet_app.core.network.alexnet import AlexNet

COVERED = 4  # a square of a quarter of the crop's side is covered …
SHIFTED = 16  # … and moved by a sixteenth of it
STEPS = 32  # on the way from the mean picture
AT_ONCE = 32  # pictures: their maps in alexnet-2012 take 0.1 GB


def occlusion(network: AlexNet, picture: Tensor, label: int) -> Tensor:
    """How much the score of ``label`` falls where a square is covered with the mean colour: (S, S) for (3, S, S).

    Each pixel has the mean over all squares that covered it. Positive where the class needs the pixels, negative where
    they speak against it (Zeiler and Fergus 2014).
    """
    side = picture.shape[-1]
    places = [(top, left) for top in _starts(side) for left in _starts(side)]
    size = _square(side)
    total, count = torch.zeros(side, side), torch.zeros(side, side)
    with torch.inference_mode():
        whole = scores(network, picture[None])[0, label]
        for some in _in_parts(places):
            covered = picture.repeat(len(some), 1, 1, 1)
            for each, (top, left) in zip(covered, some, strict=True):
                each[:, top : top + size, left : left + size] = 0  # what the mean becomes on its way in
            falls = (whole - scores(network, covered)[:, label]).cpu()
            for fall, (top, left) in zip(falls, some, strict=True):
                total[top : top + size, left : left + size] += fall
                count[top : top + size, left : left + size] += 1
    return total / count


def integrated_gradients(network: AlexNet, picture: Tensor, label: int) -> Tensor:
    """What each pixel adds to the score of ``label`` on the way from the mean picture to this one: (S, S).

    The map's sum is the score here minus the score of the mean picture, up to ``STEPS`` steps of the integral
    (Sundararajan, Taly and Yan 2017); the three colours of a pixel are added up.
    """
    shares = (torch.arange(STEPS, dtype=picture.dtype, device=picture.device) + 0.5) / STEPS
    total = torch.zeros_like(picture)
    for some in shares.split(AT_ONCE):
        on_the_way = (some[:, None, None, None] * picture).requires_grad_()
        with torch.enable_grad():
            score = scores(network, on_the_way)[:, label].sum()
        (gradient,) = torch.autograd.grad(score, on_the_way)
        total += gradient.sum(0)
    return (picture * total / STEPS).sum(0).cpu()


def grad_cam(network: AlexNet, picture: Tensor, label: int) -> Tensor:
    """Which places of the last convolution speak for ``label``: (1, S, S), at least 0.

    The maps after its activation, each weighted by the mean of its gradient, added up (Selvaraju and others 2017), and
    scaled to the picture. Where two towers contradict each other, only the difference is left.
    """
    return _spread(_weighted(network, picture, label).sum(0, keepdim=True), picture)


def grad_cam_of_towers(network: AlexNet, picture: Tensor, label: int) -> Tensor:
    """The same with the maps of tower A alone and with those of tower B alone: (towers, S, S)."""
    return _spread(_weighted(network, picture, label), picture)


def _weighted(network: AlexNet, picture: Tensor, label: int) -> Tensor:
    """The weighted maps of the last convolution, added up for each tower: (towers, H, W), of both signs."""
    spec = network.spec
    last = spec.convolutions[-1]
    maps: Tensor | None = None
    with torch.enable_grad():
        for stage in stages(network, picture[None]):
            if stage.layer == last.name and stage.step == _activation(last.then):
                maps = stage.value if stage.value.requires_grad else stage.value.requires_grad_()
        score = stage.value[0, label]
    assert maps is not None  # every spec has a convolution
    (gradient,) = torch.autograd.grad(score, maps)
    weighted = (maps * gradient.mean((2, 3), keepdim=True)).detach()[0]
    return torch.stack([weighted[place].sum(0) for place in spec.tower_slices(last.name)])


def _spread(maps: Tensor, picture: Tensor) -> Tensor:
    """What of ``maps`` (N, H, W) is positive, scaled to ``picture``."""
    scaled = F.interpolate(maps.relu()[None], size=picture.shape[-2:], mode="bilinear", align_corners=False)
    return scaled[0].cpu()


def _activation(then: tuple[str, ...]) -> str:
    """The step after which the maps of a layer are its answers: its activation, or none."""
    return next((step for step in then if step in ("relu", "tanh")), "")


def _square(side: int) -> int:
    return max(1, round(side / COVERED))


def _starts(side: int) -> list[int]:
    """Where squares begin: in steps of a sixteenth, the last one at the edge."""
    last = side - _square(side)
    return sorted({*range(0, last + 1, max(1, side // SHIFTED)), last})


def _in_parts(places: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    for at in range(0, len(places), AT_ONCE):
        yield places[at : at + AT_ONCE]
